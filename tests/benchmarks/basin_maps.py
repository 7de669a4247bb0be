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
from descent_atlas.simulation.basins import Axis, Basins, basins
from descent_atlas.simulation.descent import (
    ARRIVAL_DISTANCE,
    CONVERGED,
    GRADIENT_TOLERANCE,
    STEP_TOLERANCE,
)
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
        note=f"ours kept {median(busy):.1f} of {cores} cores busy; both find where a start ends "
        "and converges and when it arrives, ours also the basin of those that do not arrive; "
        f"NumPy walking with its eyes shut takes {bare}",
    )


def check(ours: Basins) -> None:
    """Assert that NumPy finds what we find, but for starts that rounding sends elsewhere."""
    x, y, converged, last_far = walk_in_numpy(watch=True)
    minima = find_minima(BOWL, PARAMETERS)
    distances = np.array([np.hypot(x - minimum.x, y - minimum.y) for minimum in minima])
    label = distances.argmin(axis=0)
    # It has arrived in the step after the last one in which it was far away.
    arrival = np.take_along_axis(last_far, label[np.newaxis], axis=0)[0] + 1
    arrived = distances.min(axis=0) <= ARRIVAL_DISTANCE
    for theirs, mine in (
        (arrived, ours.arrivals >= 0),
        (label[arrived], ours.labels.ravel()[arrived]),
        (arrival[arrived], ours.arrivals.ravel()[arrived]),
        (converged, ours.statuses == CONVERGED),
    ):
        assert np.mean(theirs != mine.ravel()) < 1e-3


def walk_in_numpy(*, watch: bool) -> tuple[Array, Array, NDArray[np.bool_], NDArray[np.int32]]:
    """Take all steps from all starts at once, in place.

    Args:
        watch: whether to look after each step where the walks are, or to walk only.

    Returns:
        x and y of the ends, float64[starts]; whether each walk converged, bool[starts]; the last
        step in which it was far from each minimum, int32[minima, starts].
    """
    a, b, c, d = PARAMETERS.tolist()
    h = HYPERPARAMETERS
    x, y = (axis.ravel() for axis in np.meshgrid(SIDE.coordinates(), SIDE.coordinates()))
    fx, fy, mx, my, vx, vy, moved, slope, right, left, t = np.zeros((11, x.size))
    converged, flat, resting, far = np.zeros((4, x.size), dtype=np.bool_)
    minima = find_minima(BOWL, PARAMETERS)
    last_far = np.zeros((len(minima), x.size), dtype=np.int32)

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
        moved.fill(0)  # the step's length, squared
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
            if watch:
                np.multiply(t, t, out=t)
                np.add(moved, t, out=moved)

    def look(k: int) -> None:
        np.multiply(fx, fx, out=slope)
        np.multiply(fy, fy, out=t)
        np.add(slope, t, out=slope)
        np.less_equal(slope, GRADIENT_TOLERANCE**2, out=flat)
        np.less_equal(moved, STEP_TOLERANCE**2, out=resting)
        np.logical_and(flat, resting, out=flat)
        np.logical_or(converged, flat, out=converged)
        for minimum, last in zip(minima, last_far, strict=True):
            np.subtract(x, minimum.x, out=t)
            np.multiply(t, t, out=t)
            np.subtract(y, minimum.y, out=slope)
            np.multiply(slope, slope, out=slope)
            np.add(t, slope, out=t)
            np.greater(t, ARRIVAL_DISTANCE**2, out=far)
            np.copyto(last, k, where=far)

    evaluate()
    for k in range(1, STEPS + 1):
        step(k)
        evaluate()
        if watch:
            look(k)
    return x, y, converged, last_far
