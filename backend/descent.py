"""The one loop: any optimizer on any objective, from one start.

Nothing is faked: positions are never clamped, gradients never clipped. A descent that
leaves for infinity is a result like any other, and says at which step it left.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.kernels import call_objective, compile_function
from backend.minima import basin_of, find_minima
from backend.noise import Noise, normal_pair
from backend.objectives import OBJECTIVES, Objective
from backend.optimizers import Optimizer, init, update

GRADIENT_TOLERANCE = 1e-8
"""A gradient of this length or less counts as none: rounding leaves about 1e-12 at a minimum."""

STEP_TOLERANCE = 1e-8
"""A last step of this length or less counts as standing still (momentum may still be moving)."""

ARRIVAL_DISTANCE = 1e-2
"""Within this distance of its minimum a descent has arrived: to the eye it is the same point."""

DIVERGENCE_BOUND = 1e6
"""A coordinate beyond this has left for good: no domain reaches further than 6."""

CONVERGED, STATIONARY, EXHAUSTED, DIVERGED = range(4)


class Status(StrEnum):
    """How a descent ended."""

    CONVERGED = "converged"
    """Small gradient, small last step, positive-definite Hessian (at a cusp: close to it)."""
    STATIONARY = "stationary"
    """Small gradient and small last step elsewhere: a saddle, a maximum, a plateau."""
    EXHAUSTED = "exhausted"
    """Its steps ran out."""
    DIVERGED = "diverged"
    """Not finite, or beyond `DIVERGENCE_BOUND`."""


STATUSES = (Status.CONVERGED, Status.STATIONARY, Status.EXHAUSTED, Status.DIVERGED)
"""The statuses by the number that compiled code gives them."""


@dataclass(frozen=True, kw_only=True)
class Descent:
    """One optimizer's run on one objective from one start.

    Attributes:
        optimizer: the optimizer's id.
        status: how it ended.
        steps: the steps it took; for a diverged descent the step at which it left.
        minimum: the index (in `find_minima`) of the minimum in whose gradient-flow basin the
            last point lies, whatever the status; None if it diverged or if there is none.
        arrived: whether the last point is within `ARRIVAL_DISTANCE` of that minimum.
        arrival: the first step from which it stays that close to the end; None if it did not.
        step: the step number of each point kept, int32[points].
        x, y: the positions, float64[points], finite.
        loss: the objective there, float64[points], finite.
    """

    optimizer: str
    status: Status
    steps: int
    minimum: int | None
    arrived: bool
    arrival: int | None
    step: NDArray[np.int32]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    loss: NDArray[np.float64]


def descend(
    objective: Objective,
    parameters: NDArray[np.float64],
    optimizer: Optimizer,
    hyperparameters: Any,
    *,
    start: tuple[float, float],
    steps: int,
    noise: Noise,
    max_points: int = 2000,
) -> Descent:
    """Run one optimizer on one objective from one start.

    Args:
        objective: the objective.
        parameters: its packed parameters, from `objective.pack`.
        optimizer: the optimizer.
        hyperparameters: its packed hyperparameters, from `optimizer.pack`.
        start: the starting point (x, y).
        steps: how many steps to take at most.
        noise: the noise of the gradient oracle.
        max_points: longer paths are thinned to at most this many points; the first and the
            last point always stay.

    Example:
        >>> from backend.optimizers import OPTIMIZERS
        >>> bowl, gd = OBJECTIVES["two-gaussian-bowl"], OPTIMIZERS["gd"]
        >>> descent = descend(bowl, bowl.pack({}), gd, gd.pack({"lr": 0.02}),
        ...                   start=(1.2, 0.3), steps=500, noise=Noise())
        >>> descent.status.value, descent.arrived
        ('converged', True)
    """
    path = np.empty((3, steps + 1))
    code, last, minimum, arrival = run(
        np.uintp(objective.value_and_gradient.address),
        np.uintp(objective.hessian.address),
        parameters,
        minima_table(objective.id, parameters.tobytes()),
        hyperparameters,
        noise_scale(optimizer, noise),
        np.uint64(noise.seed),
        start[0],
        start[1],
        steps,
        path,
    )
    count = _count_finite(path, last) if code == DIVERGED else last + 1
    kept = _thin(path[:, :count], max_points)
    return Descent(
        optimizer=optimizer.id,
        status=STATUSES[code],
        steps=last,
        minimum=minimum if minimum >= 0 else None,
        arrived=arrival >= 0,
        arrival=arrival if arrival >= 0 else None,
        step=np.arange(count, dtype=np.int32) if kept is None else kept,
        x=path[0, :count] if kept is None else path[0, kept],
        y=path[1, :count] if kept is None else path[1, kept],
        loss=path[2, :count] if kept is None else path[2, kept],
    )


def noise_scale(optimizer: Optimizer, noise: Noise) -> float:
    """Return the standard deviation of the noise in the gradients that this optimizer sees.

    Stochastic gradient descent always draws noise, gradient descent never, for that is what
    their names mean; the others draw it where `noise.all` is set.
    """
    draws = optimizer.draws_noise or (noise.all and optimizer.id != "gd")
    return noise.scale if draws else 0.0


@lru_cache(maxsize=256)
def minima_table(objective_id: str, parameters: bytes) -> NDArray[np.float64]:
    """Return the minima as compiled code reads them, the lowest first.

    float64[minima, 5]: x, y, radius, cusp, value.
    """
    minima = find_minima(OBJECTIVES[objective_id], np.frombuffer(parameters))
    rows = [(m.x, m.y, m.radius, float(m.cusp), m.value) for m in minima]
    return np.array(rows, dtype=np.float64).reshape(len(rows), 5)


@compile_function
def run(  # type: ignore[no-untyped-def]  # compiled for each optimizer's types
    objective, hessian, parameters, minima, h, noise_scale, seed, x, y, steps, path
):
    """Walk, and say where the walk ended.

    Args:
        objective, hessian: the addresses of the compiled objective and its Hessian.
        parameters: the objective's parameters, float64[parameters].
        minima: its minima, float64[minima, 5], from `minima_table`.
        h: the optimizer's hyperparameters; their type chooses the rule.
        noise_scale: the standard deviation of the gradient's noise, 0 for none.
        seed: the noise's seed.
        x, y: the start.
        steps: the most steps to take.
        path: float64[3, steps + 1]; receives x, y and the loss at each step.

    Returns:
        the status's number, the last step, the index of the minimum in whose basin the last
        point lies (-1 for none), the step of arrival there (-1 for none).
    """
    state = init(h)
    lowest = 0.0  # the global minimum, which Eve has to be told
    if minima.shape[0] > 0:
        lowest, _, _ = call_objective(objective, minima[0, 0], minima[0, 1], parameters)
    f, fx, fy = call_objective(objective, x, y, parameters)
    path[0, 0], path[1, 0], path[2, 0] = x, y, f
    code, last = EXHAUSTED, steps
    for k in range(1, steps + 1):
        if noise_scale > 0.0:
            noise_x, noise_y = normal_pair(seed, np.uint64(k))
            fx += noise_scale * noise_x
            fy += noise_scale * noise_y
        previous_x, previous_y = x, y
        x, y, state = update(x, y, fx, fy, f - lowest, state, h)
        f, fx, fy = call_objective(objective, x, y, parameters)
        path[0, k], path[1, k], path[2, k] = x, y, f
        # Written so that NaN, which compares false, ends the walk as well.
        if not (abs(x) <= DIVERGENCE_BOUND and abs(y) <= DIVERGENCE_BOUND and math.isfinite(f)):
            code, last = DIVERGED, k
            break
        moved = (x - previous_x) ** 2 + (y - previous_y) ** 2
        if moved <= ARRIVAL_DISTANCE**2 and _is_at_cusp(minima, x, y):
            code, last = CONVERGED, k
            break
        if moved <= STEP_TOLERANCE**2 and fx * fx + fy * fy <= GRADIENT_TOLERANCE**2:
            fxx, fxy, fyy = call_objective(hessian, x, y, parameters)
            convex = fxx > 0.0 and fxx * fyy > fxy * fxy
            code, last = (CONVERGED if convex else STATIONARY), k
            break
    if code == DIVERGED:
        return code, last, -1, -1
    minimum = basin_of(objective, hessian, parameters, minima, x, y)
    return code, last, minimum, _find_arrival(minima, minimum, path, last)


@compile_function
def _is_at_cusp(minima, x, y):  # type: ignore[no-untyped-def]
    """Tell whether (x, y) lies within `ARRIVAL_DISTANCE` of a cusp.

    Around a cusp the gradient does not shrink, so a fixed learning rate steps over it for
    ever: distance decides instead.
    """
    for i in range(minima.shape[0]):
        if minima[i, 3] > 0.0:
            distance = (x - minima[i, 0]) ** 2 + (y - minima[i, 1]) ** 2
            if distance <= ARRIVAL_DISTANCE**2:
                return True
    return False


@compile_function
def _find_arrival(minima, minimum, path, last):  # type: ignore[no-untyped-def]
    """Return the first step from which the path stays close to its minimum, or -1."""
    if minimum < 0:
        return -1
    k = last
    while k >= 0:
        distance = (path[0, k] - minima[minimum, 0]) ** 2 + (path[1, k] - minima[minimum, 1]) ** 2
        if distance > ARRIVAL_DISTANCE**2:
            break
        k -= 1
    return k + 1 if k < last else -1


def _count_finite(path: NDArray[np.float64], last: int) -> int:
    """Return how many leading points of a diverged path are finite: all of them or a few less."""
    count = last + 1
    while count > 1 and not np.isfinite(path[:, count - 1]).all():
        count -= 1
    return count


def _thin(path: NDArray[np.float64], max_points: int) -> NDArray[np.int32] | None:
    """Return the indices of at most `max_points` points to keep, or None to keep all.

    Half of them are uniform in steps and half uniform in the length travelled, so that
    neither a fast beginning nor a slow end is lost. First and last always stay.
    """
    count = path.shape[1]
    if count <= max_points:
        return None
    lengths = np.hypot(np.diff(path[0]), np.diff(path[1]))
    travelled = np.concatenate(([0.0], np.cumsum(lengths)))
    half = max_points // 2
    by_step = np.linspace(0, count - 1, half).round()
    by_length = np.searchsorted(travelled, np.linspace(0.0, travelled[-1], half))
    kept = np.union1d(by_step, np.minimum(by_length, count - 1))
    return kept.astype(np.int32)
