"""Minima of objectives, and the minimum to which the gradient flow leads from a point.

`find_minima` brackets every zero of the gradient on a grid and polishes each by Newton's
method. Where the Hessian is singular, as where two wells have just merged, the gradient fades so
fast that rounding hides it, and Newton's method ends at many points around the minimum: they are
one minimum unless the Hessian finds a ridge between them.

`basin_of` follows dx/dt = -∇f(x), the path that gradient descent with an infinitely small learning
rate takes; the valleys of these objectives make it stiff, so it is integrated by a linearly
implicit method with the exact Hessian.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from descent_atlas.compilation.kernels import call_objective, compile_function
from descent_atlas.objectives.objective import Objective, evaluate_each

CELLS = 128
"""Cells of the search grid along each axis of the domain: twelve for each bump of Rastrigin's."""

NEWTON_STEPS = 50
"""Newton's method converges in five steps from the middle of a cell, or not at all."""

SAME_POINT = 1e-7
"""Polished points closer than this are one minimum: they agree to about 1e-15, or not at all."""

BLUR = 1e-3
"""Within this distance of a minimum with a singular Hessian, rounding may hide the gradient: within
6e-4 if the gradient grows with the fifth power, within 1e-5 if with the third."""

SINGULAR = 1e-8
"""The Hessian counts as singular if its eigenvalues have this ratio or a smaller one."""

ROUNDING = 1e-13
"""Rounding in a gradient or a curvature, relative to the largest curvature: a few hundred units in
the last place."""

SAME_VALUE = 1e-12
"""Values that differ by less, relative to the larger of 1 and their size, differ by rounding."""

SAFETY = 0.9
"""The share of a minimum's sampled radius that is trusted."""

TOLERANCE = 1e-4
"""Error allowed in one step of the flow, relative to 1 + the distance from the origin.

Of 30,000 random points an objective, 5 or fewer change their basin when it is 1e-7."""

FAR = 100.0
"""A flow this far from the origin and moving outwards does not return: the domains end within 8 of
the origin."""

STALLED = 1e-10
"""A gradient this short outside the balls of all minima: the flow may rest at a saddle point."""

FLOW_STEPS = 2000
"""From within the domain, no objective's flow needs 500 steps to reach a ball or `FAR`."""


@dataclass(frozen=True)
class Minimum:
    """A local minimum.

    Attributes:
        x, y: its position, to 1e-10; where the Hessian is singular, to `BLUR` or better.
        value: the objective there.
        is_global: whether no other minimum in the domain is lower (ties within rounding).
        cusp: whether the gradient jumps there instead of vanishing.
        radius: the radius of a ball around it in which the gradient points away from it, so that
            a flow in the ball only approaches it. Sampled on rings, not proved; see `SAFETY`.
    """

    x: float
    y: float
    value: float
    is_global: bool
    cusp: bool
    radius: float


def find_minima(objective: Objective, parameters: NDArray[np.float64]) -> tuple[Minimum, ...]:
    """Return all minima in the objective's domain, sorted by value, then x, then y.

    `parameters` is what `objective.pack` returns. Results are cached.

    Where a minimum merges with a saddle point as the parameters change, it is found until the
    parameters are within about a millionth of the value at which it vanishes.
    """
    return _find_minima(objective, parameters.tobytes())


@lru_cache(maxsize=256)
def _find_minima(objective: Objective, packed: bytes) -> tuple[Minimum, ...]:
    parameters = np.frombuffer(packed).copy()  # writable: the type that compiled code takes
    gradient = np.uintp(objective.value_and_gradient.address)
    hessian = np.uintp(objective.hessian.address)
    x_range, y_range = objective.domain.x, objective.domain.y
    spacing = max(x_range[1] - x_range[0], y_range[1] - y_range[0]) / CELLS
    diagonal = math.hypot(x_range[1] - x_range[0], y_range[1] - y_range[0])

    polished = _polish(gradient, hessian, parameters, _bracket(objective, parameters), 4 * spacing)
    smooth = _merge(hessian, parameters, polished)
    # Newton's method leaves noise in the fifteenth decimal; + 0.0 turns -0.0 into 0.0.
    points = [(round(x, 13) + 0.0, round(y, 13) + 0.0, False) for x, y in smooth.tolist()]
    points += [(x, y, True) for x, y in objective.cusps]
    points = [
        point
        for point in points
        if x_range[0] <= point[0] <= x_range[1] and y_range[0] <= point[1] <= y_range[1]
    ]
    radii = []
    for i, (x, y, _) in enumerate(points):
        is_alone = all(
            math.hypot(x - other_x, y - other_y) > 10 * BLUR
            for j, (other_x, other_y, _) in enumerate(points)
            if j != i
        )
        is_blurred = is_alone and _is_singular(hessian, parameters, x, y)
        smallest = BLUR if is_blurred else SAME_POINT
        radii.append(
            _measure_ball(gradient, hessian, parameters, x, y, spacing, diagonal, smallest)
        )
    # Without a ball around it, a point with a singular Hessian is no minimum.
    points = [point for point, radius in zip(points, radii, strict=True) if radius > 0.0]
    radii = [radius for radius in radii if radius > 0.0]
    values = [float(objective.evaluate(x, y, parameters)[0]) for x, y, _ in points]
    lowest = min(values, default=0.0)
    minima = [
        Minimum(
            x=x,
            y=y,
            value=value,
            is_global=value - lowest <= SAME_VALUE * max(1.0, abs(lowest)),
            cusp=cusp,
            radius=radius,
        )
        for (x, y, cusp), value, radius in zip(points, values, radii, strict=True)
    ]
    # Rounded, so that noise in the last digits does not decide the order of equals.
    return tuple(sorted(minima, key=lambda m: (round(m.value, 9), round(m.x, 9), round(m.y, 9))))


def _bracket(objective: Objective, parameters: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the middles of the grid's cells where the gradient may vanish, float64[n, 2].

    The cells reach one beyond the domain, the nodes around them two.
    """
    axes = []
    for low, high in (objective.domain.x, objective.domain.y):
        margin = 2 * (high - low) / CELLS
        axes.append(np.linspace(low - margin, high + margin, CELLS + 5))
    x, y = axes
    _, fx, fy = objective.evaluate(x, y[:, np.newaxis], parameters)
    rows, columns = np.nonzero(_may_vanish(fx) & _may_vanish(fy))
    middle_x, middle_y = (x[1:-2] + x[2:-1]) / 2, (y[1:-2] + y[2:-1]) / 2
    return np.column_stack((middle_x[columns], middle_y[rows]))


def _may_vanish(component: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return for each inner cell whether a component of the gradient may be zero in it.

    It may where 0 lies between the extremes on the 4 by 4 nodes around the cell, or outside by
    no more than a quarter of their difference: where a minimum and a saddle point are about to
    merge, the component dips below zero between two nodes and shows it on neither.
    """
    lowest = highest = component
    for _ in range(2):  # along one axis, then along the other
        nodes = range(4)
        count = len(lowest) - len(nodes) + 1
        lowest = np.minimum.reduce([lowest[i : i + count] for i in nodes]).T
        highest = np.maximum.reduce([highest[i : i + count] for i in nodes]).T
    slack = (highest - lowest) / 4
    return np.logical_and(lowest <= slack, highest >= -slack)


@compile_function
def _polish(
    gradient: np.uintp,
    hessian: np.uintp,
    parameters: NDArray[np.float64],
    candidates: NDArray[np.float64],
    reach: float,
) -> NDArray[np.float64]:
    """Run Newton's method from each candidate; return the minima that it finds, float64[n, 2].

    At a singular Hessian these may be many points around the minimum, or a degenerate saddle. A
    candidate is dropped when it moves further than `reach` from its start: another one
    is nearer to its target.
    """
    polished = np.empty_like(candidates)
    count = 0
    for i in range(candidates.shape[0]):
        x, y = candidates[i, 0], candidates[i, 1]
        last = math.inf
        for _ in range(NEWTON_STEPS):
            _, fx, fy = call_objective(gradient, x, y, parameters)
            fxx, fxy, fyy = call_objective(hessian, x, y, parameters)
            determinant = fxx * fyy - fxy * fxy
            dx = (fxy * fy - fyy * fx) / determinant
            dy = (fxy * fx - fxx * fy) / determinant
            moved = math.hypot(dx, dy)
            middle, half = (fxx + fyy) / 2, math.hypot((fxx - fyy) / 2, fxy)
            rounding = ROUNDING * (abs(middle) + half)
            is_hidden = moved < BLUR and math.hypot(fx, fy) <= rounding * (1 + math.hypot(x, y))
            if moved >= last and (moved < SAME_POINT or is_hidden):  # only rounding is left
                is_minimum = middle > 0 and middle - half >= -rounding
                if is_minimum and not _is_among(polished[:count], x, y):
                    polished[count, 0], polished[count, 1] = x, y
                    count += 1
                break
            x += dx
            y += dy
            last = moved
            # Written so that NaN, from a singular Hessian, drops the candidate as well.
            if not math.hypot(x - candidates[i, 0], y - candidates[i, 1]) <= reach:
                break
    return polished[:count]


@compile_function
def _is_among(points: NDArray[np.float64], x: float, y: float) -> bool:
    """Return whether (x, y) is one of the points, float64[n, 2]."""
    for i in range(points.shape[0]):
        if math.hypot(x - points[i, 0], y - points[i, 1]) <= SAME_POINT:
            return True
    return False


def _merge(
    hessian: np.uintp, parameters: NDArray[np.float64], points: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return one point for each minimum, float64[minima, 2], from the points that Newton found.

    Points within `BLUR` of each other are one minimum, at their mean, unless the Hessian tells
    that the objective rises between them.
    """
    groups: list[list[NDArray[np.float64]]] = []
    for point in points:
        same = [
            group
            for group in groups
            if any(_share_valley(hessian, parameters, point, member) for member in group)
        ]
        groups = [group for group in groups if group not in same]
        groups.append([point, *(member for group in same for member in group)])
    return np.array([np.mean(group, axis=0) for group in groups]).reshape(len(groups), 2)


def _share_valley(
    hessian: np.uintp,
    parameters: NDArray[np.float64],
    a: NDArray[np.float64],
    b: NDArray[np.float64],
) -> bool:
    """Return whether no ridge can be told between two points within `BLUR` of each other."""
    distance = math.dist(a, b)
    if distance > BLUR:
        return False
    ux, uy = (b - a) / distance
    x, y = (a + np.multiply.outer([0.25, 0.5, 0.75], b - a)).T.copy()
    fxx, fxy, fyy = evaluate_each(hessian, x, y, parameters)
    along = ux * ux * fxx + 2 * ux * uy * fxy + uy * uy * fyy
    largest = np.abs((fxx + fyy) / 2) + np.hypot((fxx - fyy) / 2, fxy)
    return bool((along >= -ROUNDING * largest).all())


def _is_singular(hessian: np.uintp, parameters: NDArray[np.float64], x: float, y: float) -> bool:
    """Return whether the Hessian at a minimum is singular or nearly so; not at a cusp."""
    fxx, fxy, fyy = evaluate_each(hessian, np.array([x]), np.array([y]), parameters)[:, 0].tolist()
    middle, half = (fxx + fyy) / 2, math.hypot((fxx - fyy) / 2, fxy)
    return bool(middle - half <= SINGULAR * (middle + half) < math.inf)


@compile_function
def _measure_ball(
    gradient: np.uintp,
    hessian: np.uintp,
    parameters: NDArray[np.float64],
    x: float,
    y: float,
    spacing: float,
    largest: float,
    smallest: float,
) -> float:
    """Return the radius of a ball around a minimum in which the gradient points away from it.

    Rings are sampled at multiples of `spacing`, at points half as far apart, up to the radius
    `largest`. If the first one fails, rings are sampled from the radius `smallest` on, each a
    fifth larger than the last. If `smallest` fails as well, the radius is that of a point that
    Newton's method has found, or 0 where the Hessian is singular.
    """
    ring = 1
    while ring * spacing <= largest and _points_away(
        gradient, hessian, parameters, x, y, ring * spacing, spacing, 64 + 13 * ring
    ):
        ring += 1
    if ring > 1:
        return SAFETY * (ring - 1) * spacing
    radius, found = smallest, 0.0 if smallest > SAME_POINT else SAME_POINT
    # A ring vouches for an eighth of its radius to either side, more than the way to the next.
    while radius <= 2 * spacing and _points_away(
        gradient, hessian, parameters, x, y, radius, radius / 4, 64
    ):
        found = radius
        radius *= 1.2
    if radius > 2 * spacing:
        ring = 2
        while ring * spacing <= largest and _points_away(
            gradient, hessian, parameters, x, y, ring * spacing, spacing, 64 + 13 * ring
        ):
            found = ring * spacing
            ring += 1
    return SAFETY * found


@compile_function
def _points_away(
    gradient: np.uintp,
    hessian: np.uintp,
    parameters: NDArray[np.float64],
    x: float,
    y: float,
    radius: float,
    spacing: float,
    samples: int,
) -> bool:
    """Return whether on the ring of this radius the gradient has a component outwards everywhere.

    It must be large enough to stay positive halfway to the next ring on either side at the rate
    at which it changes here, or a shallow minimum could hide between two rings.
    """
    for i in range(samples):
        angle = 2 * math.pi * i / samples
        ux, uy = math.cos(angle), math.sin(angle)
        px, py = x + radius * ux, y + radius * uy
        _, fx, fy = call_objective(gradient, px, py, parameters)
        fxx, fxy, fyy = call_objective(hessian, px, py, parameters)
        outwards = ux * fx + uy * fy
        rate = ux * ux * fxx + 2 * ux * uy * fxy + uy * uy * fyy
        if not outwards > spacing / 2 * abs(rate):
            return False
    return True


@compile_function
def basin_of(
    gradient: np.uintp,
    hessian: np.uintp,
    parameters: NDArray[np.float64],
    minima: NDArray[np.float64],
    x: float,
    y: float,
) -> int:
    """Return the index of the minimum to which the gradient flow leads from (x, y), or -1.

    -1 means that the flow leaves far beyond the domain, rests at a saddle point or at a minimum
    outside the domain, or has not arrived after `FLOW_STEPS` steps.

    Args:
        gradient: the address of the objective's compiled value and gradient.
        hessian: the address of its compiled Hessian.
        parameters: its parameters.
        minima: float64[n, 4], a row a minimum: x, y, radius, cusp.
        x: the point's first coordinate.
        y: its second one.

    The method is the second-order Rosenbrock formula with a third-order error estimate of
    ode23s: L. F. Shampine and M. W. Reichelt, The MATLAB ODE Suite, SIAM Journal on Scientific
    Computing 18, 1997, https://doi.org/10.1137/S1064827594276424.
    """
    d = 1 / (2 + math.sqrt(2))
    e = 6 + math.sqrt(2)

    index: int = _find_ball(minima, x, y)
    if index >= 0 or minima.shape[0] == 0:
        return index
    _, fx, fy = call_objective(gradient, x, y, parameters)
    fxx, fxy, fyy = call_objective(hessian, x, y, parameters)
    h = 1e-2 * (1 + math.hypot(x, y)) / math.hypot(fx, fy)
    for _ in range(FLOW_STEPS):
        # Along a direction of negative curvature I + hdH must stay well above zero: beyond it,
        # the method would carry the point to the other side of a saddle's ridge.
        lowest = (fxx + fyy) / 2 - math.hypot((fxx - fyy) / 2, fxy)
        if lowest < 0:
            h = min(h, -0.5 / (d * lowest))
        wxx, wxy, wyy = 1 + h * d * fxx, h * d * fxy, 1 + h * d * fyy
        determinant = wxx * wyy - wxy * wxy

        # Shampine and Reichelt's k₁, k₂, k₃, with F₀, F₁, F₂ = -∇f at the start, the middle
        # and the end of the step.
        k1x = (wxy * fy - wyy * fx) / determinant
        k1y = (wxy * fx - wxx * fy) / determinant
        _, mx, my = call_objective(gradient, x + h / 2 * k1x, y + h / 2 * k1y, parameters)
        rx, ry = -mx - k1x, -my - k1y
        k2x = k1x + (wyy * rx - wxy * ry) / determinant
        k2y = k1y + (wxx * ry - wxy * rx) / determinant
        new_x, new_y = x + h * k2x, y + h * k2y
        _, gx, gy = call_objective(gradient, new_x, new_y, parameters)
        rx = -gx - e * (k2x + mx) - 2 * (k1x + fx)
        ry = -gy - e * (k2y + my) - 2 * (k1y + fy)
        k3x = (wyy * rx - wxy * ry) / determinant
        k3y = (wxx * ry - wxy * rx) / determinant
        error = h / 6 * math.hypot(k1x - 2 * k2x + k3x, k1y - 2 * k2y + k3y)
        error /= TOLERANCE * (1 + math.hypot(x, y))

        if error <= 1:
            x, y, fx, fy = new_x, new_y, gx, gy
            index = _find_ball(minima, x, y)
            if index >= 0:
                return index
            if math.hypot(x, y) > FAR and x * fx + y * fy < 0:  # it leaves
                return -1
            fxx, fxy, fyy = call_objective(hessian, x, y, parameters)
            slope = math.hypot(fx, fy)
            if slope < STALLED:
                # In a flat valley the flow goes on while Newton's method sees the minimum ahead.
                lowest = (fxx + fyy) / 2 - math.hypot((fxx - fyy) / 2, fxy)
                if lowest <= 0.0 or slope <= SAME_POINT * lowest:
                    return -1
            h *= min(5.0, 0.8 * max(error, 1e-9) ** (-1 / 3))
        elif error < math.inf:
            h *= max(0.2, 0.8 * error ** (-1 / 3))
        else:  # overflow, or NaN
            h *= 0.1
    return -1


@compile_function
def _find_ball(minima: NDArray[np.float64], x: float, y: float) -> int:
    """Return the index of the minimum in whose ball (x, y) lies, or -1."""
    for i in range(minima.shape[0]):
        dx, dy = x - minima[i, 0], y - minima[i, 1]
        if dx * dx + dy * dy <= minima[i, 2] * minima[i, 2]:
            return i
    return -1
