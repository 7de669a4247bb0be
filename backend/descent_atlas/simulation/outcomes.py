"""Outcomes of one optimizer's descents from many starts, computed in blocks by an executor."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.objectives.objective import Objective
from descent_atlas.optimizers.optimizer_table import Optimizer
from descent_atlas.optimizers.schedules.rate_factors import CONSTANT
from descent_atlas.simulation.descent import choose_loop, minima_table, noise_scale
from descent_atlas.simulation.noise import Noise, start_seed

BLOCK_STEPS = 100_000
"""Steps in one block, if there are few: about 5 ms."""

LONG_BLOCK_STEPS = 400_000
"""Steps in one block, if there are many: about 20 ms, the longest delay of a cancellation. Between
two blocks a thread needs the GIL, for which a server's event loop then waits."""

BLOCKS = 64
"""Blocks that many cores still share evenly; beyond that, blocks become longer."""

WALKS = 2
"""Walks that take their steps in turn on one core, see `descent.run`; more bring no speed."""


class CancelledError(Exception):
    """The computation was cancelled before it was complete."""


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """The ends of one optimizer's descents, one for each start.

    Attributes:
        minima: the index (in `find_minima`) of the minimum in whose gradient-flow basin the
            last point lies, int16[starts], -1 for none.
        arrivals: the step of arrival there, int32[starts], -1 where it did not arrive.
        spent: the evaluations until then, int32[starts]; as many unless a step takes several.
        statuses: the status's number (`simulation.descent.STATUSES`), uint8[starts].
        x, y: the last point, float64[starts]; not finite where the descent overflowed.
    """

    minima: NDArray[np.int16]
    arrivals: NDArray[np.int32]
    spent: NDArray[np.int32]
    statuses: NDArray[np.uint8]
    x: NDArray[np.float64]
    y: NDArray[np.float64]


def run_from_each(
    objective: Objective,
    parameters: NDArray[np.float64],
    optimizer: Optimizer,
    hyperparameters: Any,
    *,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    steps: int,
    noise: Noise,
    factors: NDArray[np.float64] = CONSTANT,
    noise_per_start: bool = False,
    executor: Executor,
    cancelled: threading.Event | None = None,
    progress: Callable[[float], None] | None = None,
) -> Outcomes:
    """Run one optimizer from many starts.

    Args:
        objective: the objective.
        parameters: its packed parameters.
        optimizer: the optimizer.
        hyperparameters: its packed hyperparameters.
        x, y: the starts, float64[starts] each.
        steps: the steps to take from each start, or the evaluations where a step takes several.
        noise: the noise of the gradient oracle.
        factors: what the learning rate is multiplied by at each step, float64[steps]; empty for a
            constant rate.
        noise_per_start: whether start i draws noise of its own, as a descent with the seed
            `start_seed(noise.seed, i)` does. Otherwise all draw the same, that of `noise.seed`.
        executor: runs the blocks; threads suffice, because the compiled loop releases the GIL.
        cancelled: when set, the computation ends within about one block.
        progress: called with the fraction done after each block.

    Raises:
        CancelledError: if `cancelled` was set before all descents were complete.
    """
    count = x.size
    loop = choose_loop(optimizer)
    ends = np.empty((count, loop.columns), dtype=np.int32)
    points = np.stack((x, y), axis=1, dtype=np.float64)
    table = minima_table(objective, parameters.tobytes())
    scale = noise_scale(optimizer, noise)
    seeds = np.full(count, noise.seed, dtype=np.uint64)
    if noise_per_start and scale > 0.0:
        seeds[:] = [start_seed(noise.seed, i) for i in range(count)]

    def compute(block: slice) -> None:
        if cancelled is not None and cancelled.is_set():
            raise CancelledError
        loop.run(
            *objective.addresses,
            parameters,
            table,
            hyperparameters,
            factors,
            scale,
            seeds[block],
            points[block],
            steps,
            np.empty((WALKS, loop.rows, steps + 1)),
            ends[block],
        )

    cost = objective.estimate_cost(parameters)
    work = min(LONG_BLOCK_STEPS, max(BLOCK_STEPS, count * steps * cost / BLOCKS))
    size = max(1, int(work / cost) // steps)
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
    return Outcomes(
        minima=ends[:, 2].astype(np.int16),
        arrivals=ends[:, 3].copy(),
        spent=ends[:, 7 if loop.columns > 7 else 3].copy(),
        statuses=ends[:, 0].astype(np.uint8),
        x=points[:, 0].copy(),
        y=points[:, 1].copy(),
    )
