"""Basin maps: the minimum that each start of a grid leads to, and the steps it takes."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.objectives.minima import find_minima
from descent_atlas.objectives.objective import Objective
from descent_atlas.optimizers.optimizer_table import Optimizer
from descent_atlas.simulation.descent import DIVERGED, minima_table, noise_scale, run
from descent_atlas.simulation.noise import Noise

BLOCK_STEPS = 100_000
"""Steps in one block: about 5 ms, the longest delay of a cancellation."""

WALKS = 2
"""Walks that take their steps in turn on one core, see `descent.run`; more bring no speed."""


class CancelledError(Exception):
    """The computation was cancelled before it was complete."""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Evenly spaced coordinates, both ends included."""

    minimum: float
    maximum: float
    count: int

    def coordinates(self) -> NDArray[np.float64]:
        """Return the coordinates, float64[count]."""
        return np.linspace(self.minimum, self.maximum, self.count)


@dataclass(frozen=True, kw_only=True)
class Share:
    """The share of a grid's starts that lead to one minimum.

    Attributes:
        minimum: the minimum's index in `find_minima`.
        is_global: whether it is a global minimum.
        share: the fraction of starts whose last point lies in its gradient-flow basin.
        arrived: the fraction of starts whose last point is within the arrival distance of it.
    """

    minimum: int
    is_global: bool
    share: float
    arrived: float


@dataclass(frozen=True, kw_only=True)
class Basins:
    """The ends of one optimizer's descents from every start of a grid.

    Attributes:
        optimizer: the optimizer's id.
        labels: the minimum each start leads to, int16[y, x], -1 for none.
        arrivals: the step of arrival there, int32[y, x], -1 where it did not arrive.
        statuses: the status's number (`simulation.descent.STATUSES`), uint8[y, x].
        shares: one entry for each minimum.
    """

    optimizer: str
    labels: NDArray[np.int16]
    arrivals: NDArray[np.int32]
    statuses: NDArray[np.uint8]
    shares: tuple[Share, ...]

    @property
    def none(self) -> float:
        """The fraction of starts that lead to no minimum of the domain."""
        return float(np.mean(self.labels < 0))

    @property
    def diverged(self) -> float:
        """The fraction of starts that diverge."""
        return float(np.mean(self.statuses == DIVERGED))


def basins(
    objective: Objective,
    parameters: NDArray[np.float64],
    optimizer: Optimizer,
    hyperparameters: Any,
    *,
    x: Axis,
    y: Axis,
    steps: int,
    noise: Noise,
    executor: Executor,
    cancelled: threading.Event | None = None,
    progress: Callable[[float], None] | None = None,
) -> Basins:
    """Run one optimizer from every start of a grid.

    Each start draws the same noise as in `simulation.descent.descend`, so that a cell of the map
    predicts the descent from there.

    Args:
        objective: the objective.
        parameters: its packed parameters.
        optimizer: the optimizer.
        hyperparameters: its packed hyperparameters.
        x, y: the axes of the grid.
        steps: the most steps to take from each start.
        noise: the noise of the gradient oracle.
        executor: runs the blocks of the grid; threads suffice, because the compiled loop releases
            the GIL.
        cancelled: when set, the computation ends within about one block.
        progress: called with the fraction done after each block.

    Raises:
        CancelledError: if `cancelled` was set before the grid was complete.
    """
    grid_x, grid_y = (a.ravel() for a in np.meshgrid(x.coordinates(), y.coordinates()))
    count = grid_x.size
    ends = np.empty((count, 4), dtype=np.int32)
    table = minima_table(objective, parameters.tobytes())
    scale = noise_scale(optimizer, noise)

    def compute(block: slice) -> None:
        if cancelled is not None and cancelled.is_set():
            raise CancelledError
        run(
            np.uintp(objective.value_and_gradient.address),
            np.uintp(objective.hessian.address),
            parameters,
            table,
            hyperparameters,
            scale,
            np.uint64(noise.seed),
            grid_x[block],
            grid_y[block],
            steps,
            np.empty((WALKS, 3, steps + 1)),
            ends[block],
        )

    size = max(1, BLOCK_STEPS // steps)
    blocks = [slice(start, min(start + size, count)) for start in range(0, count, size)]
    futures = [executor.submit(compute, block) for block in blocks]
    try:
        for done, future in enumerate(as_completed(futures), start=1):
            future.result()
            if progress is not None:
                progress(done / len(blocks))
    finally:
        for future in futures:
            future.cancel()

    labels, arrivals = ends[:, 2].astype(np.int16), ends[:, 3].copy()
    shares = tuple(
        Share(
            minimum=index,
            is_global=minimum.is_global,
            share=float(np.mean(labels == index)),
            arrived=float(np.mean((labels == index) & (arrivals >= 0))),
        )
        for index, minimum in enumerate(find_minima(objective, parameters))
    )
    shape = (y.count, x.count)
    return Basins(
        optimizer=optimizer.id,
        labels=labels.reshape(shape),
        arrivals=arrivals.reshape(shape),
        statuses=ends[:, 0].astype(np.uint8).reshape(shape),
        shares=shares,
    )
