"""Basin maps: the minimum that each start of a grid leads to, and the steps it takes."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.objectives.minima import find_minima
from descent_atlas.objectives.objective import Objective
from descent_atlas.optimizers.optimizer_table import Optimizer
from descent_atlas.optimizers.schedules.rate_factors import CONSTANT
from descent_atlas.simulation.descent import DIVERGED
from descent_atlas.simulation.noise import Noise
from descent_atlas.simulation.outcomes import run_from_each


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
        arrived: the fraction of starts that arrive there, see `arrival.find_arrival`.
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
    factors: NDArray[np.float64] = CONSTANT,
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
        steps: the steps to take from each start.
        noise: the noise of the gradient oracle.
        factors: what the learning rate is multiplied by at each step, float64[steps]; empty for a
            constant rate.
        executor: runs the blocks of the grid; threads suffice, because the compiled loop releases
            the GIL.
        cancelled: when set, the computation ends within about one block.
        progress: called with the fraction done after each block.

    Raises:
        CancelledError: if `cancelled` was set before the grid was complete.
    """
    grid_x, grid_y = (a.ravel() for a in np.meshgrid(x.coordinates(), y.coordinates()))
    outcomes = run_from_each(
        objective,
        parameters,
        optimizer,
        hyperparameters,
        x=grid_x,
        y=grid_y,
        steps=steps,
        noise=noise,
        factors=factors,
        executor=executor,
        cancelled=cancelled,
        progress=progress,
    )
    labels, arrivals = outcomes.minima, outcomes.arrivals
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
        statuses=outcomes.statuses.reshape(shape),
        shares=shares,
    )
