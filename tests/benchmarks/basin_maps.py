"""A grid of starts, beside vectorised NumPy."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from backend.basins import Axis, basins
from backend.descent import ARRIVAL_DISTANCE
from backend.minima import find_minima
from backend.noise import Noise
from backend.objectives import OBJECTIVES
from backend.optimizers import OPTIMIZERS
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

        def map_basins() -> tuple[NDArray[np.int16], NDArray[np.bool_]]:
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
            return result.labels.ravel(), result.arrivals.ravel() >= 0

        labels, arrived = map_basins()
        nearest, distance = find_nearest_minimum(*walk_in_numpy())
        near = distance <= ARRIVAL_DISTANCE
        # A start on a ridge may fall to either side, as rounding has it.
        assert np.mean(near != arrived) < 1e-3
        assert np.mean((nearest != labels)[near]) < 1e-3
        ours, peer = (
            Measurement.of(samples)
            for samples in interleave(15, timed(map_basins), timed(walk_in_numpy))
        )
    return Result(
        ours=ours,
        peer_name="NumPy",
        peer=peer,
        ratio=ours.median / peer.median,
        goal=Goal(relation="<", bound=1),
        note=f"ours keeps {np.median(busy):.1f} of {cores} cores busy; it also checks every step "
        "for convergence and finds basins and steps of arrival, NumPy only walks",
    )


def find_nearest_minimum(x: Array, y: Array) -> tuple[NDArray[np.intp], Array]:
    """Return for each point which minimum is nearest, and how far away it is."""
    minima = find_minima(BOWL, PARAMETERS)
    distances = np.array([np.hypot(x - minimum.x, y - minimum.y) for minimum in minima])
    return distances.argmin(axis=0), distances.min(axis=0)


def walk_in_numpy() -> tuple[Array, Array]:
    """Take all steps from all starts at once, in place; return where they end, float64[starts]."""
    a, b, c, d = PARAMETERS.tolist()
    h = HYPERPARAMETERS
    x, y = (axis.ravel() for axis in np.meshgrid(SIDE.coordinates(), SIDE.coordinates()))
    mx, my, vx, vy, fx, fy, right, left, t = np.zeros((9, x.size))
    for k in range(1, STEPS + 1):
        # right = 2a/c exp(-((x - 1)² + y²)/c), left = 2b/d exp(-((x + 1)² + y²)/d)
        np.multiply(y, y, out=t)
        np.subtract(x, 1, out=fx)
        np.multiply(fx, fx, out=right)
        right += t
        right *= -1 / c
        np.exp(right, out=right)
        right *= 2 * a / c
        np.add(x, 1, out=fy)
        np.multiply(fy, fy, out=left)
        left += t
        left *= -1 / d
        np.exp(left, out=left)
        left *= 2 * b / d
        # ∂f/∂x = 2x + (x - 1) right + (x + 1) left, ∂f/∂y = y (2 + right + left)
        fx *= right
        fy *= left
        fx += fy
        fx += x
        fx += x
        np.add(right, left, out=fy)
        fy += 2
        fy *= y
        for theta, g, m, v in ((x, fx, mx, vx), (y, fy, my, vy)):
            m *= h.beta1
            np.multiply(g, 1 - h.beta1, out=t)
            m += t
            v *= h.beta2
            g *= g
            g *= 1 - h.beta2
            v += g
            # The bias corrections are numbers: they cost nothing outside the arrays.
            np.sqrt(v, out=t)
            t *= (1 - h.beta2**k) ** -0.5
            t += h.eps
            np.divide(m, t, out=t)
            t *= h.lr / (1 - h.beta1**k)
            theta -= t
    return x, y
