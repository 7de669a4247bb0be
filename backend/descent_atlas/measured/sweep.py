"""Measured default learning rates: `descent-atlas sweep` writes the table that the app reads.

Every optimizer runs on every objective from a grid of starts at each rate of a logarithmic grid,
with the page's default number of steps and all other hyperparameters at their defaults. The best
rate is the one with the largest share of starts that end within the arrival distance of a global
minimum; among equals, the one that arrives in fewer steps; then the smaller one.
"""

import json
from collections.abc import Callable, Collection
from concurrent.futures import Executor
from functools import cache
from pathlib import Path

import numpy as np
from typing_extensions import TypedDict  # Pydantic reads the standard one from Python 3.12 on

from descent_atlas.objectives.objective import Objective
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS, Optimizer
from descent_atlas.simulation.basins import Axis, basins
from descent_atlas.simulation.descent import DEFAULT_STEPS
from descent_atlas.simulation.noise import DEFAULT_NOISE
from descent_atlas.storage.durable import write_whole

STARTS = 20
"""Starts along each side of the domain. An even number avoids a start on a minimum in the middle of
the domain, where every rate would arrive."""

RATES = np.logspace(-7, 1, 33)
"""Four rates a decade. The steepest objective, Goldstein–Price, needs the lowest."""

TABLE = Path(__file__).parent / "tables" / "learning_rates.json"


class SweepCell(TypedDict):
    """Results of one optimizer on one objective at its best rate.

    `share` is the share of starts that arrive at a global minimum, `steps` the mean number of
    steps they take (None if none arrives), `rank` the optimizer's rank on this objective by
    (share, steps); equal results share a rank. If no rate arrives from any start, `lr` is the
    optimizer's own default and `rank` None.
    """

    objective: str
    optimizer: str
    lr: float
    share: float
    steps: float | None
    rank: int | None


class SweepNoise(TypedDict):
    """The noise of stochastic gradient descent."""

    std: float
    batch_size: int


class Sweep(TypedDict):
    """The whole table, with the settings of the measurement.

    `budget` is the number of gradients of a descent, `starts` the number of starts at each rate,
    `rates` the rates.
    """

    budget: int
    starts: int
    rates: list[float]
    noise: SweepNoise
    cells: list[SweepCell]


@cache
def load_sweep() -> Sweep:
    """Read the committed table."""
    table: Sweep = json.loads(TABLE.read_text())
    return table


def write_sweep(table: Sweep, path: Path) -> None:
    """Write a table, atomically."""
    write_whole(path, (json.dumps(table, indent=1) + "\n").encode())


def sweep(
    executor: Executor,
    optimizers: Collection[str] = tuple(OPTIMIZERS),
    objectives: Collection[str] = tuple(OBJECTIVES),
    *,
    report: Callable[[str], None] = lambda line: None,
) -> Sweep:
    """Measure some optimizers on some objectives and rank all optimizers again.

    All other cells come from the committed table. A cell that the table lacks is measured in any
    case, and so is every cell if the table was measured with another budget, other starts, rates
    or noise. `report` is called with a line when an objective is done.
    """
    table = Sweep(
        budget=DEFAULT_STEPS,
        starts=STARTS * STARTS,
        rates=[float(f"{rate:.4g}") for rate in RATES],
        noise=SweepNoise(std=DEFAULT_NOISE.std, batch_size=DEFAULT_NOISE.batch_size),
        cells=[],
    )
    committed = load_sweep()
    known = {(cell["objective"], cell["optimizer"]): cell for cell in committed["cells"]}
    if {**committed, "cells": []} != table:
        known = {}
    for objective in OBJECTIVES.values():
        row = []
        measured = 0
        for optimizer in OPTIMIZERS.values():
            is_wanted = objective.id in objectives and optimizer.id in optimizers
            cell = known.get((objective.id, optimizer.id))
            if cell is None or is_wanted:
                cell = measure(objective, optimizer, executor)
                measured += 1
            row.append(cell.copy())
        rank(row)
        table["cells"] += row
        if measured:
            report(f"{objective.id}: measured {measured} of {len(row)} optimizers")
    return table


def measure(objective: Objective, optimizer: Optimizer, executor: Executor) -> SweepCell:
    """Find one optimizer's best rate on one objective."""
    outcomes = [
        (*try_rate(objective, optimizer, float(f"{rate:.4g}"), executor), float(f"{rate:.4g}"))
        for rate in RATES
    ]
    share, steps, lr = min(outcomes, key=lambda outcome: (-outcome[0], outcome[1], outcome[2]))
    if share == 0.0:
        lr = getattr(optimizer.pack({}), "lr")  # noqa: B009  # every rule has a learning rate
    return SweepCell(
        objective=objective.id,
        optimizer=optimizer.id,
        lr=lr,
        share=share,
        steps=steps if share else None,
        rank=None,
    )


def try_rate(
    objective: Objective, optimizer: Optimizer, lr: float, executor: Executor
) -> tuple[float, float]:
    """Return the share of starts that arrive at a global minimum, and their mean steps."""
    result = basins(
        objective,
        objective.pack({}),
        optimizer,
        optimizer.pack({"lr": lr}),
        x=Axis(minimum=objective.domain.x[0], maximum=objective.domain.x[1], count=STARTS),
        y=Axis(minimum=objective.domain.y[0], maximum=objective.domain.y[1], count=STARTS),
        steps=DEFAULT_STEPS,
        noise=DEFAULT_NOISE,
        executor=executor,
    )
    best = [share.minimum for share in result.shares if share.is_global]
    arrived = np.isin(result.labels, best) & (result.arrivals >= 0)
    if not arrived.any():
        return 0.0, float("inf")
    return round(float(arrived.mean()), 4), round(float(result.arrivals[arrived].mean()), 1)


def rank(row: list[SweepCell]) -> None:
    """Set the rank of each cell of one objective, 1 for the best."""
    scores = {
        cell["optimizer"]: (-cell["share"], cell["steps"])
        for cell in row
        if cell["steps"] is not None
    }
    for cell in row:
        if cell["optimizer"] in scores:
            mine = scores[cell["optimizer"]]
            cell["rank"] = 1 + sum(score < mine for score in scores.values())
