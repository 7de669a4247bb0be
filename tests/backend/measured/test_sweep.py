"""The table of learning rates: what the sweep measures, by the rules that it states."""

import itertools
import math
import os
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor

import numpy as np
import pytest
from fastapi.testclient import TestClient

from descent_atlas.measured import sweep_measures
from descent_atlas.measured.sweep import SweepCell, load_sweep
from descent_atlas.measured.sweep_design import RATES
from descent_atlas.measured.sweep_measures import RULE, Choice, RateTrial
from descent_atlas.objectives.objective import Objective
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS, Optimizer
from descent_atlas.simulation.descent import DEFAULT_STEPS, descend
from descent_atlas.simulation.noise import Noise, start_seed

CELLS = {(cell["objective"], cell["optimizer"]): cell for cell in load_sweep()["cells"]}


@pytest.fixture(scope="module")
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(os.cpu_count()) as executor:
        yield executor


def rows() -> Iterator[tuple[str, dict[str, SweepCell]]]:
    """Each objective with its cells by optimizer."""
    for objective in OBJECTIVES:
        yield objective, {id: CELLS[objective, id] for id in OPTIMIZERS}


def choice_of(cell: SweepCell) -> Choice:
    return Choice(cell["lr"], cell["works"], cell["tuned"])


def test_the_table_has_one_cell_for_every_optimizer_on_every_objective() -> None:
    table = load_sweep()
    pairs = [(cell["objective"], cell["optimizer"]) for cell in table["cells"]]
    assert pairs == [(objective, optimizer) for objective in OBJECTIVES for optimizer in OPTIMIZERS]
    assert table["budget"] == DEFAULT_STEPS
    assert table["tuning"] == {
        "starts": 400,
        "scatter": 0,
        "rates": [*RATES],
        "seeds": [1, 2, 3, 4, 5],
    }
    assert table["scoring"]["starts"] == 2048
    assert table["rule"] == RULE


@pytest.mark.parametrize(
    ("objective", "optimizer"),
    [
        ("two-gaussian-bowl", "adam"),
        ("himmelblau", "momentum"),
        ("saddle", "gd"),
        ("rosenbrock", "newton"),
    ],
)
def test_a_rate_tuned_anew_is_the_rate_in_the_table(
    objective: str, optimizer: str, pool: Executor
) -> None:
    chosen = sweep_measures.tune(OBJECTIVES[objective], OPTIMIZERS[optimizer], pool)
    assert chosen == choice_of(CELLS[objective, optimizer])


def test_a_noisy_rate_tried_anew_is_that_in_the_table(pool: Executor) -> None:
    cell = CELLS["two-gaussian-bowl", "sgd"]
    trial = sweep_measures.try_rate(
        OBJECTIVES["two-gaussian-bowl"], OPTIMIZERS["sgd"], cell["lr"], pool
    )
    assert (cell["tuned"]["arrived"], cell["tuned"]["descents"]) == (trial.arrived, 5 * 400)
    assert cell["tuned"]["distance"] == trial.distance


@pytest.mark.parametrize("objective", ["two-gaussian-bowl", "ackley"])
def test_a_row_scored_anew_is_the_row_in_the_table(objective: str, pool: Executor) -> None:
    """Shares, intervals, steps, ranks and ties, bit for bit."""
    row = {id: CELLS[objective, id] for id in OPTIMIZERS}
    choices = {id: choice_of(cell) for id, cell in row.items()}
    assert sweep_measures.compare(OBJECTIVES[objective], choices, pool) == [*row.values()]


def test_every_rate_of_the_table_is_one_that_was_tried_or_the_default() -> None:
    for (_, optimizer), cell in CELLS.items():
        if OPTIMIZERS[optimizer].searches_lines:
            assert cell["lr"] == 1.0
        elif cell["works"]:
            assert cell["lr"] in RATES
            assert cell["tuned"]["arrived"] > 0
        else:
            assert cell["lr"] == OPTIMIZERS[optimizer].pack({}).lr
            assert (cell["tuned"]["arrived"], cell["rank"], cell["ties"]) == (0, None, [])
        assert cell["at_edge"] == (cell["works"] and cell["lr"] in (1e-8, 1000.0))


def test_good_rates_surround_the_kept_one_and_are_those_that_arrive_nearly_as_often(
    pool: Executor,
) -> None:
    for (_, id), cell in CELLS.items():
        low, high = cell["tuned"]["good_low"], cell["tuned"]["good_high"]
        has_none = not cell["works"] or OPTIMIZERS[id].searches_lines
        assert (low is None, high is None) == (has_none, has_none)
        if low is not None and high is not None:
            assert low in RATES and high in RATES
            assert low <= cell["lr"] <= high
    cell = CELLS["quadratic", "momentum"]
    first, last = (RATES.index(cell["tuned"][end]) for end in ("good_low", "good_high"))
    objective, optimizer = OBJECTIVES["quadratic"], OPTIMIZERS["momentum"]
    least = 0.9 * cell["tuned"]["arrived"]
    for index in (first - 1, first, last, last + 1):
        trial = sweep_measures.try_rate(objective, optimizer, RATES[index], pool)
        assert (trial.arrived >= least) == (first <= index <= last)


def test_a_share_lies_in_its_interval_and_is_its_count() -> None:
    for cell in CELLS.values():
        assert cell["share"] == cell["arrived"] / 2048
        assert cell["low"] <= round(cell["share"], 4) <= cell["high"]
        assert (cell["steps"] is None) == (cell["arrived"] == 0)


def test_ties_are_mutual_and_ranks_count_those_ahead() -> None:
    for _, row in rows():
        working = {id: cell for id, cell in row.items() if cell["works"]}
        for id, cell in working.items():
            assert id not in cell["ties"]
            assert all(id in row[other]["ties"] for other in cell["ties"])
            ahead = [
                other
                for other, theirs in working.items()
                if theirs["share"] > cell["share"] and other not in cell["ties"]
            ]
            assert cell["rank"] == 1 + len(ahead)
        if working:
            best = max(working.values(), key=lambda cell: cell["share"])
            assert best["rank"] == 1
            assert {id for id, cell in working.items() if cell["rank"] == 1} >= {best["optimizer"]}


def test_no_rate_works_where_there_is_no_minimum() -> None:
    assert not any(CELLS["saddle", id]["works"] for id in OPTIMIZERS)


def test_weight_decay_pulls_to_the_global_minimum_where_it_is_the_origin() -> None:
    pulled = {pair for pair, cell in CELLS.items() if cell["decays_to_minimum"]}
    at_origin = ("rastrigin", "ackley", "three-hump-camel", "quadratic")
    assert pulled == {(objective, "adamw") for objective in at_origin}


def test_a_scored_descent_of_stochastic_gradient_descent_can_be_drawn_alone(
    pool: Executor,
) -> None:
    """Each start has its own noise, and its seed reproduces its descent."""
    bowl, sgd = OBJECTIVES["two-gaussian-bowl"], OPTIMIZERS["sgd"]
    lr = CELLS["two-gaussian-bowl", "sgd"]["lr"]
    scored = sweep_measures.score(bowl, sgd, lr, pool)
    x, y = sweep_measures.place_scoring_starts(bowl)
    for i in (0, 7, 2047):
        descent = descend(
            bowl,
            bowl.pack({}),
            sgd,
            sgd.pack({"lr": lr}),
            start=(x[i], y[i]),
            steps=DEFAULT_STEPS,
            noise=Noise(std=1.0, seed=start_seed(0, i)),
        )
        assert scored.arrived[i] == (descent.arrived and descent.minimum == 0)


def test_tuning_and_scoring_share_no_start() -> None:
    for objective in OBJECTIVES.values():
        tuning = set(zip(*sweep_measures.place_tuning_starts(objective), strict=True))
        scoring = set(zip(*sweep_measures.place_scoring_starts(objective), strict=True))
        assert (len(tuning), len(scoring)) == (400, 2048)
        assert not tuning & scoring


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (RateTrial(0.1, 6, 9, 3.0, 90.0), RateTrial(0.01, 5, 9, 0.0, 10.0)),
        (RateTrial(0.1, 6, 9, 0.5, 90.0), RateTrial(0.01, 6, 9, 0.6, 10.0)),
        (RateTrial(0.1, 6, 9, 0.009, 80.0), RateTrial(0.01, 6, 9, 0.0, 90.0)),
        (RateTrial(0.01, 6, 9, 0.5, 90.0), RateTrial(0.1, 6, 9, 0.5, 90.0)),
    ],
    ids=[
        "most descents that arrive",
        "then the smaller distance left",
        "then fewer steps, where what is left cannot be seen",
        "then the smaller rate",
    ],
)
def test_the_better_of_two_rates_has(
    better: RateTrial,
    worse: RateTrial,
    pool: Executor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answer(
        objective: Objective, optimizer: Optimizer, lr: float, executor: Executor
    ) -> RateTrial:
        known = {trial.lr: trial for trial in (better, worse)}
        return known.get(lr, RateTrial(lr, 0, 9, math.inf, math.inf))

    monkeypatch.setattr(sweep_measures, "try_rate", answer)
    chosen = sweep_measures.tune(OBJECTIVES["himmelblau"], OPTIMIZERS["gd"], pool)
    assert (chosen.lr, chosen.works) == (better.lr, True)


def test_without_a_rate_that_arrives_the_default_stays_and_is_marked(
    pool: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sweep_measures,
        "try_rate",
        lambda objective, optimizer, lr, executor: RateTrial(lr, 0, 9, 1.0, math.inf),
    )
    chosen = sweep_measures.tune(OBJECTIVES["himmelblau"], OPTIMIZERS["adam"], pool)
    nothing = {"arrived": 0, "descents": 9, "distance": None, "good_low": None, "good_high": None}
    assert chosen == (0.001, False, nothing)


def test_a_rate_of_lion_is_not_chosen_on_a_lattice_that_meets_the_minimum(
    pool: Executor,
) -> None:
    """From the cells' centres, multiples of 0.01 from the minimum, most descents would arrive."""
    trial = sweep_measures.try_rate(OBJECTIVES["three-hump-camel"], OPTIMIZERS["lion"], 0.01, pool)
    assert trial.arrived < 0.05 * trial.descents


def test_a_rank_is_defined_where_ties_are_not_transitive() -> None:
    """a ties with b and b with c, but a is ahead of c."""
    generator = np.random.default_rng(3)
    arrived = {id: generator.random(2000) < p for id, p in (("a", 0.53), ("b", 0.505), ("c", 0.48))}
    assert sweep_measures.rank(arrived) == {"a": (1, ["b"]), "b": (1, ["a", "c"]), "c": (2, ["b"])}


def test_the_page_offers_the_rates_of_the_table(client: TestClient) -> None:
    offered = client.get("/api/v1/optimizers").json()["optimizers"]
    for optimizer, objective in itertools.product(offered, OBJECTIVES):
        cell = CELLS[objective, optimizer["id"]]
        assert optimizer["learning_rates"][objective] == cell["lr"]
        assert (objective in optimizer["no_rate_works"]) == (not cell["works"])
