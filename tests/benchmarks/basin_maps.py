"""A grid of starts, beside vectorised NumPy."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

import numpy as np
from numpy.typing import NDArray

from descent_atlas.objectives.minima import find_minima
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.arrival import ARRIVAL_DISTANCE, count_window
from descent_atlas.simulation.basins import Axis, Basins, basins
from descent_atlas.simulation.ending import CONVERGED, GRADIENT_TOLERANCE, STEP_TOLERANCE
from descent_atlas.simulation.noise import Noise
from tests.benchmarks.measuring import Goal, Measurement, Result, interleave, timed

BOWL = OBJECTIVES["two-gaussian-bowl"]
PARAMETERS = BOWL.pack({})
ADAM = OPTIMIZERS["adam"]
HYPERPARAMETERS = ADAM.pack({"lr": 0.01})
SIDE = Axis(minimum=-2.0, maximum=2.0, count=161)
STEPS = 500

Array = NDArray[np.float64]


def compare_with_numpy() -> Result:
    """161×161 starts × 500 Adam steps, times vectorised NumPy."""
    cores = os.cpu_count() or 1
    busy = []
    with ThreadPoolExecutor(cores) as executor:

        def map_basins() -> Basins:
            began, worked = time.perf_counter(), time.process_time()
            result = basins(
                BOWL,
                PARAMETERS,
                ADAM,
                HYPERPARAMETERS,
                x=SIDE,
                y=SIDE,
                steps=STEPS,
                noise=Noise(),
                executor=executor,
            )
            busy.append((time.process_time() - worked) / (time.perf_counter() - began))
            return result

        check(map_basins())
        ours, peer, bare = (
            Measurement.of(samples)
            for samples in interleave(
                11,
                timed(map_basins),
                timed(lambda: walk_in_numpy(watch=True)),
                timed(lambda: walk_in_numpy(watch=False)),
            )
        )
    return Result(
        ours=ours,
        peer_name="NumPy",
        peer=peer,
        ratio=ours.median / peer.median,
        goal=Goal(relation="<", bound=1),
        note=f"ours kept {median(busy):.1f} of {cores} cores busy; both take all steps and find "
        "where a start ends, when it arrives and whether it converges, ours also the basin of "
        "those that do not arrive; "
        f"NumPy walking with its eyes shut takes {bare}",
    )


def check(ours: Basins) -> None:
    """Assert that NumPy finds what we find, but for starts that rounding sends elsewhere."""
    rests, last_far = walk_in_numpy(watch=True)
    label = last_far.argmin(axis=0)
    # It has arrived in the step after the last one in which it was far away.
    arrival = last_far.min(axis=0) + 1
    arrived = arrival <= STEPS - count_window(STEPS)
    converged = arrived & rests
    for theirs, mine in (
        (arrived, ours.arrivals >= 0),
        (label[arrived], ours.labels.ravel()[arrived]),
        (arrival[arrived], ours.arrivals.ravel()[arrived]),
        (converged, ours.statuses == CONVERGED),
    ):
        assert np.mean(theirs != mine.ravel()) < 1e-3


def walk_in_numpy(*, watch: bool) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    """Take all steps from all starts at once, in place.

    Args:
        watch: whether to look after each step where the walks are, or to walk only.

    Returns:
        Whether each walk is at rest in the end, bool[starts]; the last step in which it was far
        from each minimum, -1 if it never was, int32[minima, starts].
    """
    a, b, c, d = PARAMETERS.tolist()
    h = HYPERPARAMETERS
    x, y = (axis.ravel() for axis in np.meshgrid(SIDE.coordinates(), SIDE.coordinates()))
    fx, fy, mx, my, vx, vy, away, right, left, t = np.zeros((10, x.size))
    far = np.zeros(x.size, dtype=np.bool_)
    minima = find_minima(BOWL, PARAMETERS)
    last_far = np.full((len(minima), x.size), -1, dtype=np.int32)

    def evaluate() -> None:
        # right = 2a/c exp(-((x - 1)² + y²)/c), left = 2b/d exp(-((x + 1)² + y²)/d)
        np.multiply(y, y, out=t)
        for well, across, shift, depth, width in ((right, fx, -1, a, c), (left, fy, 1, b, d)):
            np.add(x, shift, out=across)
            np.multiply(across, across, out=well)
            np.add(well, t, out=well)
            np.multiply(well, -1 / width, out=well)
            np.exp(well, out=well)
            np.multiply(well, 2 * depth / width, out=well)
            np.multiply(across, well, out=across)
        # ∂f/∂x = 2x + (x - 1) right + (x + 1) left, ∂f/∂y = y (2 + right + left)
        np.add(fx, fy, out=fx)
        np.add(fx, x, out=fx)
        np.add(fx, x, out=fx)
        np.add(right, left, out=fy)
        np.add(fy, 2, out=fy)
        np.multiply(fy, y, out=fy)

    def step(k: int) -> None:
        for theta, g, m, v in ((x, fx, mx, vx), (y, fy, my, vy)):
            np.multiply(g, 1 - h.beta1, out=t)
            np.multiply(m, h.beta1, out=m)
            np.add(m, t, out=m)
            np.multiply(g, g, out=t)
            np.multiply(t, 1 - h.beta2, out=t)
            np.multiply(v, h.beta2, out=v)
            np.add(v, t, out=v)
            # The bias corrections are numbers: they cost nothing outside the arrays.
            np.sqrt(v, out=t)
            np.multiply(t, (1 - h.beta2**k) ** -0.5, out=t)
            np.add(t, h.eps, out=t)
            np.divide(m, t, out=t)
            np.multiply(t, h.lr / (1 - h.beta1**k), out=t)
            np.subtract(theta, t, out=theta)

    def look(k: int) -> None:
        for minimum, last in zip(minima, last_far, strict=True):
            np.subtract(x, minimum.x, out=t)
            np.multiply(t, t, out=t)
            np.subtract(y, minimum.y, out=away)
            np.multiply(away, away, out=away)
            np.add(t, away, out=t)
            np.greater(t, ARRIVAL_DISTANCE**2, out=far)
            np.copyto(last, k, where=far)

    evaluate()
    if watch:
        look(0)
    for k in range(1, STEPS + 1):
        if k == STEPS:
            before = x.copy(), y.copy()
        step(k)
        evaluate()
        if watch:
            look(k)
    moved = np.hypot(x - before[0], y - before[1])
    rests = (moved <= STEP_TOLERANCE) & (np.hypot(fx, fy) <= GRADIENT_TOLERANCE)
    return rests, last_far
