"""Arrival at a minimum: a stay that lasts to the end of a path.

Being near a minimum once proves nothing: Adam's variants, Lion and momentum come close and leave
again. A path has arrived if it stays close over the last tenth of its steps. The claim is for the
steps that were taken, never for ever.
"""

import math

import numpy as np
from numpy.typing import NDArray

from descent_atlas.compilation.kernels import call_objective, compile_function

ARRIVAL_DISTANCE = 1e-2
"""Points this close to a minimum count as near: in a plot both are one point."""

SHORTEST_WINDOW = 20
"""The least number of steps over which a path must stay near: ten periods of an oscillation that
changes sides in each step."""

WINDOWS = 10
"""A longer path must stay near for the last tenth of its steps."""

OUTLIERS = 20
"""One point in this many may be far if the gradient is noisy: 95 % must be near."""


FEW = 4
"""Minima to each of which all points of a path are compared first. With more of them it is quicker
to leave out points that cannot be near any."""


@compile_function
def count_window(steps: int) -> int:
    """Return W = max(20, ⌈steps / 10⌉), the steps over which a path must stay near.

    A path of fewer than 20 steps must be near at all of its points. Where a step takes several
    evaluations, `steps` and W count these, so that equal budgets are judged alike.
    """
    return min(steps, max(SHORTEST_WINDOW, (steps + WINDOWS - 1) // WINDOWS))


@compile_function
def is_far(path: NDArray[np.float64], k: int, x: float, y: float) -> bool:
    """Return whether point k of a path lies beyond `ARRIVAL_DISTANCE` of (x, y)."""
    dx, dy = path[0, k] - x, path[1, k] - y
    far: bool = dx * dx + dy * dy > ARRIVAL_DISTANCE**2
    return far


@compile_function
def find_arrival(
    path: NDArray[np.float64], steps: int, window: int, x: float, y: float, is_noisy: bool
) -> int:
    """Return the step in which a path arrives at the minimum (x, y), or -1.

    A window is W + 1 consecutive points. It passes if all of them are near
    the minimum, or 95 % of them if the gradient is noisy. The path has arrived if its last window
    passes. It arrived at the first near point of the earliest window from which on every window
    passes. Without noise that is the first step of the unbroken stay that lasts to the end.

    Args:
        path: float64[2 or more, steps + 1]; x and y at each step, finite.
        steps: the number of steps.
        window: W, from `count_window`.
        x, y: the minimum.
        is_noisy: whether the gradient was noisy.
    """
    allowed = (window + 1) // OUTLIERS if is_noisy else 0
    first = steps - window
    far = 0
    for k in range(steps, first - 1, -1):
        far += is_far(path, k, x, y)
        if far > allowed:
            return -1
    while first > 0:
        far += is_far(path, first - 1, x, y)
        if is_noisy:
            far -= is_far(path, first + window, x, y)
        if far > allowed:
            break
        first -= 1
    while is_far(path, first, x, y):
        first += 1
    return first


@compile_function
def find_visit(
    path: NDArray[np.float64], last: int, minima: NDArray[np.float64]
) -> tuple[int, int, int]:
    """Return the longest unbroken stay near one minimum: its index, the first and the last step.

    The path reaches from step 0 to step `last`; `minima` has x and y in its first two columns. If
    the path is near no minimum, all three are -1.
    """
    longest = (-1, -1, -1)
    if minima.shape[0] <= FEW and not _comes_near(path, last, minima):
        return longest
    k = 0
    while k <= last and minima.shape[0] > 0:
        nearest, distance = find_nearest(minima, path[0, k], path[1, k])
        first = k
        k += 1
        if distance <= ARRIVAL_DISTANCE:
            x, y = minima[nearest, 0], minima[nearest, 1]
            while k <= last and not is_far(path, k, x, y):
                k += 1
            if longest[0] < 0 or k - 1 - first > longest[2] - longest[1]:
                longest = (nearest, first, k - 1)
        else:
            # No minimum is near before the path has gone that far. The margin exceeds rounding.
            way = distance - ARRIVAL_DISTANCE - 1e-9
            while k <= last:
                dx, dy = path[0, k] - path[0, k - 1], path[1, k] - path[1, k - 1]
                way -= math.sqrt(dx * dx + dy * dy)
                if not way > 0.0:
                    break
                k += 1
    return longest


@compile_function
def _comes_near(path: NDArray[np.float64], last: int, minima: NDArray[np.float64]) -> bool:
    """Return whether any point of a path is near a minimum."""
    for i in range(minima.shape[0]):
        x, y = minima[i, 0], minima[i, 1]
        near = 0
        for k in range(last + 1):  # without a branch, several points at a time
            dx, dy = path[0, k] - x, path[1, k] - y
            near += dx * dx + dy * dy <= ARRIVAL_DISTANCE**2
        if near > 0:
            return True
    return False


@compile_function
def find_nearest(minima: NDArray[np.float64], x: float, y: float) -> tuple[int, float]:
    """Return the index of the minimum nearest to (x, y) and its distance, infinity for NaN."""
    nearest, least = -1, math.inf
    for i in range(minima.shape[0]):
        dx, dy = x - minima[i, 0], y - minima[i, 1]
        distance = dx * dx + dy * dy
        if distance < least:
            nearest, least = i, distance
    return nearest, math.sqrt(least)


@compile_function
def straighten(
    valley: np.uintp,
    parameters: NDArray[np.float64],
    minima: NDArray[np.float64],
    path: NDArray[np.float64],
    last: int,
) -> NDArray[np.float64]:
    """Return a path as one sees it whose curve of minima has shrunk to its listed point.

    Where minima form a curve, all of it counts: a point of the path is near if it lies within
    `ARRIVAL_DISTANCE` of the curve's nearest point, wherever that is. Each point is moved by what
    moves its nearest point onto the curve's point among the minima; its distance and its direction
    from the curve stay. Where the flow leads to no curve, the point is infinitely far.

    Args:
        valley: the address of `objective.Valley.nearest`.
        parameters: the objective's parameters.
        minima: float64[n, 2 or more]; x and y of the curves' points.
        path: float64[2 or more, last + 1 or more]; x and y at each step.
        last: the last step.

    Returns:
        float64[2, last + 1].
    """
    seen = np.empty((2, last + 1))
    for k in range(last + 1):
        x, y = path[0, k], path[1, k]
        _, nx, ny = call_objective(valley, x, y, parameters)
        index, _ = find_nearest(minima, nx, ny)
        if index < 0:
            seen[0, k], seen[1, k] = math.inf, math.inf
        else:
            seen[0, k] = minima[index, 0] + (x - nx)
            seen[1, k] = minima[index, 1] + (y - ny)
    return seen
