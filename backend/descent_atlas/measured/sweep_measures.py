"""Measurement of default learning rates and ranks: `descent-atlas sweep` writes the table.

`measured.sweep` states the rules.
"""

import math
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Executor
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from descent_atlas.measured.sweep import (
    Sweep,
    SweepCell,
    SweepNoise,
    SweepScoring,
    SweepTuned,
    SweepTuning,
    load_sweep,
)
from descent_atlas.measured.sweep_design import (
    CONFIDENCE,
    HIGHEST,
    LOWEST,
    RATES,
    SCRAMBLE,
    find_good_rates,
)
from descent_atlas.measured.sweep_design import place_scoring_starts as place_sobol_starts
from descent_atlas.objectives.minima import find_minima
from descent_atlas.objectives.objective import Objective, evaluate_each
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS, Optimizer
from descent_atlas.simulation.arrival import ARRIVAL_DISTANCE
from descent_atlas.simulation.descent import DEFAULT_STEPS, DIVERGED, noise_scale
from descent_atlas.simulation.noise import DEFAULT_NOISE, Noise
from descent_atlas.simulation.outcomes import Outcomes, run_from_each
from descent_atlas.statistics.bootstrap import RESAMPLES, SEED, bootstrap_difference
from descent_atlas.statistics.designs import scatter_in_cells
from descent_atlas.statistics.proportions import wilson_interval

TUNING_SIDE = 20
"""Cells along each side of the domain, each with a tuning start."""

SCATTER = 0
"""The seed of the tuning starts' places in their cells."""

TUNING_SEEDS = (1, 2, 3, 4, 5)

SCORING_EXPONENT = 11
"""2^11 = 2,048 starts: a share of a half is then known to ±2.2 points."""

SCORING_SEED = 0

PERCENT = f"{100 * CONFIDENCE:g}\xa0%"

RULE = (
    f"Each optimizer takes one of {len(RATES)} learning rates from 1e{LOWEST} to 1e{HIGHEST}: that "
    f"at which most descents from {TUNING_SIDE**2} starts, a random point in each of as many equal "
    f"cells of the domain, arrive at a global minimum within {DEFAULT_STEPS:,} steps and stay "
    "there. Ties go to the smaller median distance left, then to fewer steps, then to the smaller "
    f"rate. It is scored from {2**SCORING_EXPONENT:,} other starts, scrambled Sobol points: the "
    f"share that arrives, with its {PERCENT} Wilson interval. Two optimizers tie where the "
    f"{PERCENT} paired bootstrap interval of the difference of their shares holds 0; a rank is 1 "
    "more than the number of optimizers that are ahead beyond a tie. Where an optimizer meets "
    f"noise, each start draws its own, in tuning under {len(TUNING_SEEDS)} seeds. Good rates are "
    "those around the one taken, without a gap, at which at least nine tenths as many tuning "
    "descents arrive."
)
"""The rules of `measured.sweep` in short, as the API and the page state them; steps are
gradients (`measured.sweep`)."""


class RateTrial(NamedTuple):
    """Tuning descents of one optimizer on one objective at one rate.

    Attributes:
        lr: the rate.
        arrived: how many descents arrive at a global minimum.
        descents: how many there are.
        distance: the median distance from the last point to the nearest global minimum, infinite
            if half of them diverge or there is no minimum.
        steps: the median step of arrival, infinite if none arrives.
    """

    lr: float
    arrived: int
    descents: int
    distance: float
    steps: float

    def order(self) -> tuple[float, ...]:
        """Return the key by which the best trial is the least."""
        return -self.arrived, max(self.distance, ARRIVAL_DISTANCE), self.steps, self.lr


class Choice(NamedTuple):
    """The rate of one optimizer on one objective, and what decided it."""

    lr: float
    works: bool
    tuned: SweepTuned


class Score(NamedTuple):
    """Scored descents of one optimizer on one objective, one for each start.

    Attributes:
        arrived: whether it arrives at a global minimum, bool[starts].
        steps: the median step of arrival, infinite if none arrives.
    """

    arrived: NDArray[np.bool_]
    steps: float


def sweep(
    executor: Executor,
    optimizers: Collection[str] = tuple(OPTIMIZERS),
    objectives: Collection[str] = tuple(OBJECTIVES),
    *,
    report: Callable[[str], None] = lambda line: None,
) -> Sweep:
    """Tune some optimizers on some objectives; score and rank all optimizers there again.

    All other rates come from the committed table. A cell that the table lacks is tuned in any
    case, and so is every cell if the table was measured with other settings. `report` is called
    with a line when an objective is done.
    """
    table = Sweep(
        rule=RULE,
        budget=DEFAULT_STEPS,
        tuning=SweepTuning(
            starts=TUNING_SIDE**2, scatter=SCATTER, rates=[*RATES], seeds=[*TUNING_SEEDS]
        ),
        scoring=SweepScoring(
            starts=2**SCORING_EXPONENT,
            scramble=SCRAMBLE,
            seed=SCORING_SEED,
            confidence=CONFIDENCE,
            resamples=RESAMPLES,
            resampling_seed=SEED,
        ),
        noise=SweepNoise(std=DEFAULT_NOISE.std, batch_size=DEFAULT_NOISE.batch_size),
        cells=[],
    )
    committed = load_sweep()
    known = {(cell["objective"], cell["optimizer"]): cell for cell in committed["cells"]}
    if {**committed, "cells": []} != table:
        known = {}
    for objective in OBJECTIVES.values():
        row = [known.get((objective.id, optimizer)) for optimizer in OPTIMIZERS]
        choices = {}
        tuned = 0
        for optimizer, cell in zip(OPTIMIZERS.values(), row, strict=True):
            if cell is None or (objective.id in objectives and optimizer.id in optimizers):
                choices[optimizer.id] = tune(objective, optimizer, executor)
                tuned += 1
            else:
                choices[optimizer.id] = Choice(cell["lr"], cell["works"], cell["tuned"])
        if tuned:
            table["cells"] += compare(objective, choices, executor)
            report(f"{objective.id}: tuned {tuned} of {len(row)} optimizers")
        else:
            table["cells"] += [cell for cell in row if cell is not None]
    return table


def tune(objective: Objective, optimizer: Optimizer, executor: Executor) -> Choice:
    """Return the best of all rates, or the optimizer's default if none works.

    One that searches lines keeps its default.
    """
    if optimizer.searches_lines:
        return _keep_default(objective, optimizer, executor)
    trials = [try_rate(objective, optimizer, lr, executor) for lr in RATES]
    best = min(trials, key=RateTrial.order)
    works = best.arrived > 0
    first, last = find_good_rates([trial.arrived for trial in trials], trials.index(best))
    return Choice(
        lr=best.lr if works else optimizer.pack({}).lr,
        works=works,
        tuned=SweepTuned(
            arrived=best.arrived,
            descents=best.descents,
            distance=_finite(best.distance) if works else None,
            good_low=RATES[first] if works else None,
            good_high=RATES[last] if works else None,
        ),
    )


def _keep_default(objective: Objective, optimizer: Optimizer, executor: Executor) -> Choice:
    trial = try_rate(objective, optimizer, optimizer.pack({}).lr, executor)
    works = trial.arrived > 0
    tuned = SweepTuned(
        arrived=trial.arrived,
        descents=trial.descents,
        distance=_finite(trial.distance) if works else None,
        good_low=None,
        good_high=None,
    )
    return Choice(lr=trial.lr, works=works, tuned=tuned)


def try_rate(
    objective: Objective, optimizer: Optimizer, lr: float, executor: Executor
) -> RateTrial:
    """Run the tuning descents at one rate."""
    x, y = place_tuning_starts(objective)
    hyperparameters = optimizer.pack({"lr": lr})
    is_noisy = noise_scale(optimizer, DEFAULT_NOISE) > 0.0
    repetitions = [
        _run(objective, optimizer, hyperparameters, x, y, seed, executor)
        for seed in (TUNING_SEEDS if is_noisy else TUNING_SEEDS[:1])
    ]
    arrived = np.concatenate([_reach(objective, outcomes) for outcomes in repetitions])
    steps = np.concatenate([outcomes.spent for outcomes in repetitions])[arrived]
    distances = np.concatenate([_measure_left(objective, outcomes) for outcomes in repetitions])
    return RateTrial(
        lr=lr,
        arrived=int(arrived.sum()),
        descents=arrived.size,
        # To three digits: smaller differences are not worth a rate, nor equal on every machine.
        distance=float(f"{np.median(distances):.3g}"),
        steps=float(np.median(steps)) if steps.size else math.inf,
    )


def score(objective: Objective, optimizer: Optimizer, lr: float, executor: Executor) -> Score:
    """Run the scored descents."""
    x, y = place_scoring_starts(objective)
    hyperparameters = optimizer.pack({"lr": lr})
    outcomes = _run(objective, optimizer, hyperparameters, x, y, SCORING_SEED, executor)
    arrived = _reach(objective, outcomes)
    steps = outcomes.spent[arrived]
    return Score(arrived=arrived, steps=float(np.median(steps)) if steps.size else math.inf)


def place_tuning_starts(objective: Objective) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the starts of the tuning descents, float64[starts] each for x and y."""
    return scatter_in_cells(objective.domain.x, objective.domain.y, TUNING_SIDE, SCATTER)


def place_scoring_starts(objective: Objective) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the starts of the scored descents, float64[starts] each for x and y."""
    return place_sobol_starts(objective, SCORING_EXPONENT)


def compare(
    objective: Objective, choices: Mapping[str, Choice], executor: Executor
) -> list[SweepCell]:
    """Score optimizers at the rates chosen, and return their cells with ranks and ties."""
    scores = {
        id: score(objective, OPTIMIZERS[id], choice.lr, executor) for id, choice in choices.items()
    }
    standings = rank({id: scores[id].arrived for id, choice in choices.items() if choice.works})
    cells = []
    for id, (lr, works, tuned) in choices.items():
        arrived, starts = int(scores[id].arrived.sum()), scores[id].arrived.size
        low, high = wilson_interval(arrived, starts, CONFIDENCE)
        place, ties = standings.get(id, (None, []))
        cells.append(
            SweepCell(
                objective=objective.id,
                optimizer=id,
                lr=lr,
                works=works,
                at_edge=works and lr in (RATES[0], RATES[-1]),
                tuned=tuned,
                arrived=arrived,
                share=arrived / starts,
                low=round(low, 4),
                high=round(high, 4),
                steps=_finite(scores[id].steps),
                rank=place,
                ties=ties,
                decays_to_minimum=_decays_to_minimum(objective, OPTIMIZERS[id]),
            )
        )
    return cells


def rank(arrived: Mapping[str, NDArray[np.bool_]]) -> dict[str, tuple[int, list[str]]]:
    """Return for each optimizer its rank, and those that it ties with.

    `arrived` says for each optimizer from which starts it arrives, bool[starts].

    Example:
        >>> starts = np.arange(1000)
        >>> rank({"a": starts < 500, "b": starts < 499, "c": starts < 300})
        {'a': (1, ['b']), 'b': (1, ['a']), 'c': (3, [])}
    """
    ahead = dict.fromkeys(arrived, 0)
    ties: dict[str, list[str]] = {id: [] for id in arrived}
    for a, b in combinations(arrived, 2):
        low, high = bootstrap_difference(arrived[a], arrived[b], CONFIDENCE)
        if low > 0.0:
            ahead[b] += 1
        elif high < 0.0:
            ahead[a] += 1
        else:
            ties[a].append(b)
            ties[b].append(a)
    return {id: (1 + ahead[id], ties[id]) for id in arrived}


def _run(
    objective: Objective,
    optimizer: Optimizer,
    hyperparameters: Any,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    seed: int,
    executor: Executor,
) -> Outcomes:
    return run_from_each(
        objective,
        objective.pack({}),
        optimizer,
        hyperparameters,
        x=x,
        y=y,
        steps=DEFAULT_STEPS,
        noise=Noise(std=DEFAULT_NOISE.std, batch_size=DEFAULT_NOISE.batch_size, seed=seed),
        noise_per_start=True,
        executor=executor,
    )


def _reach(objective: Objective, outcomes: Outcomes) -> NDArray[np.bool_]:
    """Return whether each descent arrives at a global minimum."""
    minima = find_minima(objective, objective.pack({}))
    best = [index for index, minimum in enumerate(minima) if minimum.is_global]
    return np.isin(outcomes.minima, best) & (outcomes.arrivals >= 0)


def _measure_left(objective: Objective, outcomes: Outcomes) -> NDArray[np.float64]:
    """Return the distance of each last point from the nearest global minimum."""
    left = np.full(outcomes.x.shape, np.inf)
    ended = outcomes.statuses != DIVERGED
    if objective.valley is not None:
        address = np.uintp(objective.valley_address)
        parameters = objective.pack({})
        x, y = outcomes.x[ended], outcomes.y[ended]
        left[ended] = evaluate_each(address, x, y, parameters)[0]
        return left
    for minimum in find_minima(objective, objective.pack({})):
        if minimum.is_global:
            distance = np.hypot(outcomes.x[ended] - minimum.x, outcomes.y[ended] - minimum.y)
            left[ended] = np.minimum(left[ended], distance)
    return left


def _decays_to_minimum(objective: Objective, optimizer: Optimizer) -> bool:
    """Return whether the default weight decay pulls to a global minimum at the origin."""
    decay: float = getattr(optimizer.pack({}), "weight_decay", 0.0)
    return decay > 0.0 and any(
        minimum.is_global and math.hypot(minimum.x, minimum.y) <= ARRIVAL_DISTANCE
        for minimum in find_minima(objective, objective.pack({}))
    )


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
