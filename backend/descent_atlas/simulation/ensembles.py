"""Ensembles: the descents of one optimizer from one start under many seeds of the noise."""

import threading
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.objectives.minima import find_minima
from descent_atlas.objectives.objective import Objective
from descent_atlas.optimizers.optimizer_table import Optimizer
from descent_atlas.optimizers.schedules.rate_factors import CONSTANT
from descent_atlas.simulation.descent import (
    DIVERGED,
    choose_loop,
    minima_table,
    noise_scale,
)
from descent_atlas.simulation.noise import Noise
from descent_atlas.simulation.outcomes import BLOCK_STEPS, CancelledError

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""The quantiles of the losses: the median, the middle half and the middle nine tenths."""

WALKS = 4
"""Walks that take their steps in turn on one core, see `descent.run`. The draws of the noise give
each step more to wait for than in a basin map."""


@dataclass(frozen=True, kw_only=True)
class MinimumShare:
    """The descents of an ensemble that end in the basin of one minimum.

    Attributes:
        minimum: the minimum's index in `find_minima`.
        is_global: whether it is a global minimum.
        ended: how many descents have their last point in its gradient-flow basin.
        arrived: how many of these arrive there, see `arrival.find_arrival`.
    """

    minimum: int
    is_global: bool
    ended: int
    arrived: int


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """Descents with consecutive seeds; descent i has the seed `first_seed` + i.

    Attributes:
        optimizer: the optimizer's id.
        first_seed: the seed of the first descent.
        step: the steps at which positions and losses are kept, int32[points], from 0 to the last
            of the budget, see `choose_steps`; the same for all descents.
        x, y: the positions at these steps, float64[seeds, points]; NaN from the step on at which a
            descent diverged.
        last_x, last_y: the last points, float64[seeds]; NaN where a descent diverged.
        statuses: the status's number (`simulation.descent.STATUSES`), uint8[seeds].
        steps: the steps that each took, int32[seeds]: the budget, or that at which it diverged.
        minima: the index (in `find_minima`) of the minimum in whose gradient-flow basin the last
            point lies, int16[seeds], -1 for none.
        arrivals: the step of arrival there, int32[seeds], -1 where it did not arrive.
        running: how many descents have not diverged at each of the steps kept, int32[points].
        loss_quantiles: the quantiles `LEVELS` of the losses of these, float64[levels, points];
            NaN where none is left.
        shares: one entry for each minimum in whose basin a descent ends, the commonest first.
    """

    optimizer: str
    first_seed: int
    step: NDArray[np.int32]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    last_x: NDArray[np.float64]
    last_y: NDArray[np.float64]
    statuses: NDArray[np.uint8]
    steps: NDArray[np.int32]
    minima: NDArray[np.int16]
    arrivals: NDArray[np.int32]
    running: NDArray[np.int32]
    loss_quantiles: NDArray[np.float64]
    shares: tuple[MinimumShare, ...]


def run_ensemble(
    objective: Objective,
    parameters: NDArray[np.float64],
    optimizer: Optimizer,
    hyperparameters: Any,
    *,
    start: tuple[float, float],
    steps: int,
    noise: Noise,
    factors: NDArray[np.float64] = CONSTANT,
    seeds: int,
    max_points: int,
    executor: Executor,
    cancelled: threading.Event | None = None,
) -> Ensemble:
    """Run one optimizer from one start under `noise.seed` and the seeds after it.

    Each descent is, to the bit, the one that `descend` takes with that seed.

    Args:
        objective: the objective.
        parameters: its packed parameters.
        optimizer: the optimizer.
        hyperparameters: its packed hyperparameters.
        start: the starting point (x, y).
        steps: the steps to take, or the evaluations where a step takes several.
        noise: the noise of the gradient oracle.
        factors: what the learning rate is multiplied by at each step, float64[steps]; empty for a
            constant rate.
        seeds: how many descents to run, 1 or more.
        max_points: the most steps at which positions and losses are kept, 2 or more.
        executor: runs the blocks; threads suffice, because the compiled loop releases the GIL.
        cancelled: when set, the computation ends within about one block.

    Raises:
        CancelledError: if `cancelled` was set before all descents were complete.
    """
    loop = choose_loop(optimizer)
    step = choose_steps(optimizer.count_steps(steps), max_points)
    kept = np.empty((seeds, 3, step.size))
    ends = np.empty((seeds, loop.columns), dtype=np.int32)
    last = np.full((seeds, 2), start, dtype=np.float64)
    numbers = np.arange(noise.seed, noise.seed + seeds, dtype=np.uint64)
    table = minima_table(objective, parameters.tobytes())
    scale = noise_scale(optimizer, noise)

    def compute(block: range) -> None:
        # `run` overwrites the paths of earlier walks, so that each call has as many as there are.
        paths = np.empty((min(WALKS, seeds), loop.rows, steps + 1))
        for first in block:
            if cancelled is not None and cancelled.is_set():
                raise CancelledError
            walks = slice(first, min(first + WALKS, seeds))
            loop.run(
                *objective.addresses,
                parameters,
                table,
                hyperparameters,
                factors,
                scale,
                numbers[walks],
                last[walks],
                steps,
                paths,
                ends[walks],
            )
            kept[walks] = paths[: walks.stop - walks.start, :3, step]

    together = max(1, int(BLOCK_STEPS / objective.estimate_cost(parameters)) // (steps * WALKS))
    groups = range(0, seeds, WALKS)
    blocks = [groups[i : i + together] for i in range(0, len(groups), together)]
    futures = [executor.submit(compute, block) for block in blocks]
    try:
        for future in as_completed(futures):
            future.result()
    finally:
        for future in futures:
            future.cancel()

    has_diverged = ends[:, 0] == DIVERGED
    kept.transpose(0, 2, 1)[has_diverged[:, np.newaxis] & (step >= ends[:, 1:2])] = np.nan
    last[has_diverged] = np.nan
    running, loss_quantiles = find_quantiles(kept[:, 2], LEVELS)
    return Ensemble(
        optimizer=optimizer.id,
        first_seed=noise.seed,
        step=step,
        x=kept[:, 0],
        y=kept[:, 1],
        last_x=last[:, 0].copy(),
        last_y=last[:, 1].copy(),
        statuses=ends[:, 0].astype(np.uint8),
        steps=ends[:, 1].copy(),
        minima=ends[:, 2].astype(np.int16),
        arrivals=ends[:, 3].copy(),
        running=running,
        loss_quantiles=loss_quantiles,
        shares=_count_ends(objective, parameters, ends[:, 2], ends[:, 3]),
    )


def choose_steps(steps: int, max_points: int) -> NDArray[np.int32]:
    """Return at most `max_points` of the steps 0, 1, …, `steps`: all of them, or these two too.

    They are evenly spaced in the square root of the step, as the page's playback is in time:
    descents decide early and then settle for long.

    Example:
        >>> choose_steps(100, 6).tolist(), choose_steps(3, 6).tolist()
        ([0, 4, 16, 36, 64, 100], [0, 1, 2, 3])
    """
    if steps < max_points:
        return np.arange(steps + 1, dtype=np.int32)
    spaced = steps * np.linspace(0.0, 1.0, max_points) ** 2
    return np.unique(spaced.round()).astype(np.int32)


def find_quantiles(
    values: NDArray[np.float64], levels: tuple[float, ...]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return how many values of each column are finite, and the quantiles of these.

    A quantile between two values is interpolated linearly, as NumPy's is. Where no value is finite
    it is NaN.

    Args:
        values: float64[rows, columns].
        levels: the quantiles' levels, 0 to 1.

    Returns:
        int32[columns] and float64[levels, columns].

    Example:
        >>> running, quantiles = find_quantiles(
        ...     np.array([[3.0, np.nan], [1.0, 5.0], [2.0, np.nan]]), (0.25, 0.5)
        ... )
        >>> running.tolist(), quantiles.tolist()
        ([3, 1], [[1.5, 5.0], [2.0, 5.0]])
    """
    finite = np.isfinite(values)
    ordered = np.sort(np.where(finite, values, np.nan), axis=0)  # NaN comes last
    counts = finite.sum(axis=0)
    place = np.array(levels)[:, np.newaxis] * np.maximum(counts - 1, 0)
    below = place.astype(np.intp)
    above = np.minimum(below + 1, np.maximum(counts - 1, 0))
    low = np.take_along_axis(ordered, below, axis=0)
    high = np.take_along_axis(ordered, above, axis=0)
    return counts.astype(np.int32), low + (high - low) * (place - below)


def _count_ends(
    objective: Objective,
    parameters: NDArray[np.float64],
    minima: NDArray[np.int32],
    arrivals: NDArray[np.int32],
) -> tuple[MinimumShare, ...]:
    shares = [
        MinimumShare(
            minimum=index,
            is_global=minimum.is_global,
            ended=int(np.sum(minima == index)),
            arrived=int(np.sum((minima == index) & (arrivals >= 0))),
        )
        for index, minimum in enumerate(find_minima(objective, parameters))
    ]
    reached = [share for share in shares if share.ended > 0]
    return tuple(sorted(reached, key=lambda share: -share.ended))
