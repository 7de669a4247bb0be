"""The end of a descent: by which rules a path that was taken is judged."""

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from descent_atlas.compilation.kernels import call_objective, compile_function
from descent_atlas.objectives.gradient_flow import basin_of
from descent_atlas.simulation.arrival import (
    count_window,
    find_arrival,
    find_nearest,
    find_visit,
    is_far,
    straighten,
)

SPENT = 3
"""The row of a path, after x, y and the loss, with the evaluations spent until each point."""

GRADIENT_TOLERANCE = 1e-8
"""A gradient of at most this length counts as zero: rounding leaves about 1e-12 at a minimum."""

STEP_TOLERANCE = 1e-8
"""A last step of at most this length counts as rest; with momentum, a zero gradient does not.

The step is that of the unscheduled learning rate: see `Status`."""

FLAT = 1e-10
"""A curvature downwards beyond this, relative to the largest one, is not rounding: the point is no
minimum, however near one is."""

DIVERGENCE_BOUND = 1e6
"""A coordinate beyond this counts as divergence: no domain reaches further than 6."""

CONVERGED, STATIONARY, EXHAUSTED, DIVERGED = range(4)


class Status(StrEnum):
    """The end of a descent.

    A schedule that takes the learning rate to zero makes any step small, which is no rest. Where
    there is a schedule, the last step is therefore judged as it would have been at the unscheduled
    rate: the rule takes it once more with the factor 1, from the same point, state and gradient.
    """

    CONVERGED = "converged"
    """Arrived at a smooth minimum, with a small last gradient and a small last step."""
    STATIONARY = "stationary"
    """Small last gradient and small last step elsewhere: a saddle, a maximum, a plateau, a minimum
    outside the domain."""
    EXHAUSTED = "exhausted"
    """Its steps ran out, whether it has arrived or not. At a cusp it never converges."""
    DIVERGED = "diverged"
    """Not finite, or beyond `DIVERGENCE_BOUND`."""


STATUSES = (Status.CONVERGED, Status.STATIONARY, Status.EXHAUSTED, Status.DIVERGED)
"""The statuses by their number in compiled code."""


@dataclass(frozen=True)
class Visit:
    """An unbroken stay near a minimum.

    Attributes:
        minimum: the minimum's index in `find_minima`.
        first, last: the first and the last step of the stay.
    """

    minimum: int
    first: int
    last: int


@compile_function
def has_left(x: float, y: float, f: float) -> bool:
    """Return whether a descent has diverged at (x, y), where the objective is f."""
    # Written so that NaN, which compares false, has left as well.
    return not (abs(x) <= DIVERGENCE_BOUND and abs(y) <= DIVERGENCE_BOUND and math.isfinite(f))


@compile_function
def describe_end(  # type: ignore[no-untyped-def]  # compiled for the types that the loops pass
    objective, hessian, valley, parameters, minima, path, budget, last, left, fx, fy, moved_x,
    moved_y, is_noisy, end,
):  # fmt: skip
    """Write how a path ended.

    Args:
        objective, hessian: the addresses of the compiled objective and its Hessian.
        valley: the address of what finds the nearest point of a curve of minima, or 0.
        parameters: the objective's parameters, float64[parameters].
        minima: its minima, float64[minima, 5], from `descent.minima_table`.
        path: float64[3 or 4, points]; x, y, the loss and, where steps take several evaluations,
            those spent until each point.
        budget: the evaluations that it had.
        last: its last step.
        left: whether it has left for good.
        fx, fy: the gradient at its last point.
        moved_x, moved_y: its last step at the unscheduled rate.
        is_noisy: whether its gradients were noisy.
        end: int32[4 or 7]; receives the status's number, the last step, the index of the minimum
            in whose basin the last point lies (-1 for none), the step of arrival there (-1 for
            none); then a `Visit`: the minimum, the first and the last step (-1 for none).
    """
    seen = path
    if valley != 0:
        seen = straighten(valley, parameters, minima, path, last)
    code, minimum, arrival = DIVERGED, -1, -1
    if not left:
        code, minimum, arrival = _judge(
            objective, hessian, valley, parameters, minima, seen, find_window(path, budget, last),
            last, fx, fy, moved_x, moved_y, is_noisy,
        )  # fmt: skip
    end[0], end[1], end[2], end[3] = code, last, minimum, arrival
    if end.shape[0] > 4:
        end[4], end[5], end[6] = -1, -1, -1
        if arrival < 0:  # a stay counts if it is as long as one that arrives
            visited, first, final = find_visit(seen, last, minima)
            if count_spent(path, final) - count_spent(path, first) >= count_window(budget):
                end[4], end[5], end[6] = visited, first, final


@compile_function
def count_spent(path: NDArray[np.float64], k: int) -> int:
    """Return how many evaluations a path had spent at step k."""
    if path.shape[0] > SPENT and k >= 0:
        return int(path[SPENT, k])
    return k


@compile_function
def find_window(path: NDArray[np.float64], budget: int, last: int) -> int:
    """Return how many steps at the end of a path take the evaluations of `count_window`."""
    window: int = count_window(budget)
    if path.shape[0] <= SPENT:  # each step takes one
        return min(window, last)
    first = last
    while first > 0 and count_spent(path, first) > budget - window:
        first -= 1
    return last - first


@compile_function
def _judge(  # type: ignore[no-untyped-def]  # compiled for the types that the loops pass
    objective, hessian, valley, parameters, minima, path, window, steps, fx, fy, moved_x, moved_y,
    is_noisy,
):  # fmt: skip
    """Return the status's number, the minimum and the step of arrival of a whole path.

    `window` is the steps at its end over which it must stay near; (fx, fy) is the gradient at its
    last point, (moved_x, moved_y) its last step at the unscheduled rate.
    """
    x, y = path[0, steps], path[1, steps]
    if valley != 0:  # the path is straightened: the curve's point is the nearest
        minimum, _ = find_nearest(minima, x, y)
    else:
        minimum = basin_of(objective, hessian, parameters, minima, x, y)
    arrival = -1
    if minimum >= 0:
        arrival = find_arrival(
            path, steps, window, minima[minimum, 0], minima[minimum, 1], is_noisy
        )
    is_at_rest = (
        moved_x * moved_x + moved_y * moved_y <= STEP_TOLERANCE**2
        and fx * fx + fy * fy <= GRADIENT_TOLERANCE**2
    )
    if not is_at_rest:
        return EXHAUSTED, minimum, arrival
    if minimum < 0 or is_far(path, steps, minima[minimum, 0], minima[minimum, 1]):
        return STATIONARY, minimum, arrival
    if minima[minimum, 3] > 0.0:  # a cusp, where the gradient says nothing
        return EXHAUSTED, minimum, arrival
    if valley != 0:  # along a curve of minima the curvature is zero, and rounding gives it a sign
        return CONVERGED if arrival >= 0 else EXHAUSTED, minimum, arrival
    fxx, fxy, fyy = call_objective(hessian, x, y, parameters)
    middle, half = (fxx + fyy) / 2, math.hypot((fxx - fyy) / 2, fxy)
    if middle - half < -FLAT * (abs(middle) + half):
        return STATIONARY, minimum, arrival
    return CONVERGED if arrival >= 0 else EXHAUSTED, minimum, arrival
