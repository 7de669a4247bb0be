"""Minima at bends: points at which a typed function has no gradient that could vanish.

A grid finds candidates: points that are lower than their neighbours. Gradient sampling, which needs
no gradient at the point itself, goes downhill from each. Its end counts as a minimum if it lies on
a bend and all points on rings around it are higher.
"""

import math

import numpy as np
from numpy.typing import NDArray

from descent_atlas.compilation.kernels import call_objective, compile_function
from descent_atlas.expressions import machine
from descent_atlas.objectives.objective import Domain, evaluate_each

NODES = 129
"""Nodes of the grid along each axis."""

MOST_CANDIDATES = 200
"""The lowest candidates are followed; more are not, to bound the time."""

SAMPLES = 8
"""Gradients sampled on a circle around the point. The circle turns each time, so that it soon has
points on both sides of a bend."""

TURN = math.pi * (3 - math.sqrt(5))
"""The angle by which it turns: no two circles have the same points."""

SHRINK = 4.0
"""The circle's radius is divided by this where no step downhill is found."""

SMALLEST = 1e-13
"""The radius at which the search ends, relative to 1 + the distance from the origin."""

MOST_STEPS = 400
"""Steps of a search; most end after a hundred."""

DESCENT = 1e-4
"""The share of the decrease that the gradient promises, which a step must bring (Armijo)."""

ON_BEND = 1e-7
"""A point this close to a bend lies on it: across a bend the search finds a minimum to 1e-15, along
it to 1e-8, where the rounding of the values hides the rest."""

RINGS = (1e-5, 1e-4, 1e-3)
"""Radii of the rings that must be higher, relative to 1 + the distance from the origin."""

RING_POINTS = 64
"""Points on a ring."""

DIGITS = range(4, 13)
"""Decimals to which a minimum is rounded, if that makes it no higher."""


def find_cusps(code: NDArray[np.float64], domain: Domain) -> tuple[tuple[float, float], ...]:
    """Return the minima of a program that lie on bends, the lowest first.

    They are exact to 1e-7. A valley that bends so sharply that a grid point beside it is not
    lower than its neighbours may be missed.
    """
    address = np.uintp(machine.value_and_gradient.address)
    found: list[tuple[float, float]] = []
    candidates, spacing = _find_candidates(address, code, domain)
    for x, y in _search(address, code, candidates, spacing).tolist():
        if measure_bend(code, x, y) > ON_BEND:
            continue
        x, y = _round(address, code, x, y)
        if (
            domain.x[0] <= x <= domain.x[1]
            and domain.y[0] <= y <= domain.y[1]
            and all(math.hypot(x - a, y - b) > RINGS[-1] for a, b in found)
            and _is_lowest(address, code, x, y)
        ):
            found.append((x, y))
    return tuple(found)


def measure_bend(code: NDArray[np.float64], x: float, y: float) -> float:
    """Return the distance from (x, y) to the nearest bend, to first order; infinite without any."""
    address = np.uintp(machine.distance_to_bend.address)
    return float(evaluate_each(address, np.array([x]), np.array([y]), code)[0, 0])


def _find_candidates(
    address: np.uintp, code: NDArray[np.float64], domain: Domain
) -> tuple[NDArray[np.float64], float]:
    """Return the grid's nodes that no neighbour is below, float64[n, 2], and the grid's spacing."""
    x = np.linspace(*domain.x, NODES)
    y = np.linspace(*domain.y, NODES)
    grid_x, grid_y = np.meshgrid(x, y)
    values = evaluate_each(address, grid_x.ravel(), grid_y.ravel(), code)[0]
    z = np.pad(values.reshape(grid_x.shape), 1, constant_values=np.inf)
    z[np.isnan(z)] = np.inf
    middle = z[1:-1, 1:-1]
    around = [
        z[1 + i : NODES + 1 + i, 1 + j : NODES + 1 + j]
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
        if (i, j) != (0, 0)
    ]
    is_low = np.isfinite(middle) & (middle <= np.minimum.reduce(around))
    is_low &= middle < np.maximum.reduce(around)  # not on a plateau
    rows, columns = np.nonzero(is_low)
    order = np.argsort(middle[rows, columns], kind="stable")[:MOST_CANDIDATES]
    points = np.column_stack((x[columns[order]], y[rows[order]]))
    return points, float(max(x[1] - x[0], y[1] - y[0]))


@compile_function
def _search(
    address: np.uintp, code: NDArray[np.float64], starts: NDArray[np.float64], spacing: float
) -> NDArray[np.float64]:
    """Return where gradient sampling ends from each start, float64[n, 2].

    J. V. Burke, A. S. Lewis and M. L. Overton: A robust gradient sampling algorithm for nonsmooth,
    nonconvex optimization, SIAM Journal on Optimization 15, 2005,
    https://doi.org/10.1137/030601296.
    """
    ends = starts.copy()
    gradients = np.empty((SAMPLES + 1, 2))
    for i in range(starts.shape[0]):
        x, y = starts[i, 0], starts[i, 1]
        lowest, _, _ = call_objective(address, x, y, code)
        radius, angle = spacing, 0.0
        for _ in range(MOST_STEPS):
            if radius < SMALLEST * (1 + math.hypot(x, y)):
                break
            for k in range(SAMPLES):
                direction = angle + 2 * math.pi * k / SAMPLES
                a, b = x + radius * math.cos(direction), y + radius * math.sin(direction)
                _, gradients[k, 0], gradients[k, 1] = call_objective(address, a, b, code)
            _, gradients[SAMPLES, 0], gradients[SAMPLES, 1] = call_objective(address, x, y, code)
            angle += TURN
            gx, gy = _find_shortest(gradients)
            length = math.hypot(gx, gy)
            step, has_moved = spacing, False
            while length > 0.0 and step > radius / 100:
                a, b = x - step * gx / length, y - step * gy / length
                f, _, _ = call_objective(address, a, b, code)
                if f < lowest - DESCENT * step * length:
                    x, y, lowest, has_moved = a, b, f, True
                    break
                step /= 2
            if not has_moved:
                radius /= SHRINK
        ends[i, 0], ends[i, 1] = x, y
    return ends


@compile_function
def _find_shortest(vectors: NDArray[np.float64]) -> tuple[float, float]:
    """Return the shortest vector of the convex hull of vectors, float64[n, 2]; 0 if 0 is in it."""
    count = vectors.shape[0]
    shortest_x, shortest_y, least = 0.0, 0.0, math.inf
    for i in range(count):
        for j in range(i, count):
            ax, ay = vectors[i, 0], vectors[i, 1]
            bx, by = vectors[j, 0] - ax, vectors[j, 1] - ay
            square = bx * bx + by * by
            t = min(max(-(ax * bx + ay * by) / square, 0.0), 1.0) if square > 0.0 else 0.0
            x, y = ax + t * bx, ay + t * by
            if x * x + y * y < least:
                shortest_x, shortest_y, least = x, y, x * x + y * y
    for i in range(count):
        # Where one of them lies on this side of the nearest edge, 0 is inside.
        if vectors[i, 0] * shortest_x + vectors[i, 1] * shortest_y < least * (1 - 1e-6):
            return 0.0, 0.0
    return shortest_x, shortest_y


def _round(address: np.uintp, code: NDArray[np.float64], x: float, y: float) -> tuple[float, float]:
    """Return a point with as few decimals as leave its value no higher."""
    for digits in DIGITS:
        a, b = round(x, digits) + 0.0, round(y, digits) + 0.0
        here, there = evaluate_each(address, np.array([x, a]), np.array([y, b]), code)[0].tolist()
        if there <= here:
            return a, b
    return x, y


def _is_lowest(address: np.uintp, code: NDArray[np.float64], x: float, y: float) -> bool:
    """Return whether a point is lower than every point on the rings around it."""
    angle = 2 * np.pi * np.arange(RING_POINTS) / RING_POINTS
    radius = np.multiply.outer(np.array(RINGS) * (1 + math.hypot(x, y)), np.ones(RING_POINTS))
    xs = (x + radius * np.cos(angle)).ravel()
    ys = (y + radius * np.sin(angle)).ravel()
    values = evaluate_each(address, np.append(xs, x), np.append(ys, y), code)[0]
    return bool((values[:-1] > values[-1]).all())
