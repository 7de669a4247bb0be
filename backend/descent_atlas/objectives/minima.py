"""Minima of objectives.

`find_minima` brackets every zero of the gradient on a grid and polishes each by Newton's
method. Where the Hessian is singular, as where two wells have just merged, the gradient fades so
fast that rounding hides it, and Newton's method ends at many points around the minimum: they are
one minimum unless the Hessian finds a ridge between them.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from descent_atlas.compilation.kernels import call_objective, compile_function
from descent_atlas.objectives.objective import Objective, evaluate_each
from descent_atlas.storage.recent_results import RecentResults

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

MAX_CANDIDATES = 100_000
"""Limit on the cells from which Newton's method starts, divided by the cost of the objective: it
takes a fifth of a second at most. Of the table's functions Ackley's has most, 8,096."""

MAX_MINIMA = 400
"""Limit on the minima: more are no longer told apart on the page."""

KEPT_SEARCHES = 256
"""Objectives, each with its parameters, whose minima are kept."""

FREE_COST = 20.0
"""Around the minima of objectives that cost more than this, smaller balls are sampled."""

SAFETY = 0.9
"""The share of a minimum's sampled radius that is trusted."""


@dataclass(frozen=True)
class Minimum:
    """A local minimum.

    Attributes:
        x, y: its position, to 1e-10; where the Hessian is singular, to `BLUR` or better.
        value: the objective there.
        is_global: whether no other minimum in the domain is lower (ties within rounding).
        cusp: whether the gradient jumps there instead of vanishing, or has no derivative.
        radius: the radius of a ball around it in which the gradient points away from it, so that
            a flow in the ball only approaches it. Sampled on rings, not proved; see `SAFETY`. 0
            for a point that stands for a curve of minima, see `objective.Valley`.
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
    parameters are within about a millionth of the value at which it vanishes. None is returned if
    there are too many to list, see `has_too_many_minima`.
    """
    return _find_once(objective, parameters) or ()


def has_too_many_minima(objective: Objective, parameters: NDArray[np.float64]) -> bool:
    """Return whether `find_minima` lists none because there are more than `MAX_MINIMA`.

    Cells of the grid in which the gradient may vanish count, too, if there are very many of them.
    """
    return _find_once(objective, parameters) is None


def are_minima_known(objective: Objective, parameters: NDArray[np.float64]) -> bool:
    """Return whether `find_minima` need not search, which takes up to some tenths of a second."""
    return (objective, parameters.tobytes()) in _known


_known = RecentResults[tuple[Objective, bytes], tuple[Minimum, ...] | None](KEPT_SEARCHES)


def _find_once(objective: Objective, parameters: NDArray[np.float64]) -> tuple[Minimum, ...] | None:
    packed = parameters.tobytes()
    return _known.find((objective, packed), lambda: _find_minima(objective, packed))


def _find_minima(objective: Objective, packed: bytes) -> tuple[Minimum, ...] | None:
    parameters = np.frombuffer(packed).copy()  # writable: the type that compiled code takes
    if objective.valley is not None:
        return tuple(
            Minimum(
                x=x,
                y=y,
                value=float(objective.evaluate(x, y, parameters)[0]),
                is_global=True,
                cusp=False,
                radius=0.0,
            )
            for x, y in objective.valley.points
        )
    gradient = np.uintp(objective.value_and_gradient.address)
    hessian = np.uintp(objective.hessian.address)
    x_range, y_range = objective.domain.x, objective.domain.y
    spacing = max(x_range[1] - x_range[0], y_range[1] - y_range[0]) / CELLS
    diagonal = math.hypot(x_range[1] - x_range[0], y_range[1] - y_range[0])

    cost = objective.estimate_cost(parameters)
    candidates = _bracket(objective, parameters)
    if len(candidates) > MAX_CANDIDATES / cost:
        return None
    polished = _polish(gradient, hessian, parameters, candidates, 4 * spacing)
    if len(polished) > MAX_MINIMA:
        return None
    smooth = _merge(hessian, parameters, polished)
    # Newton's method leaves noise in the fifteenth decimal; + 0.0 turns -0.0 into 0.0.
    points = [(round(x, 13) + 0.0, round(y, 13) + 0.0, False) for x, y in smooth.tolist()]
    points += [
        (x, y, True)
        for x, y in objective.find_cusps(parameters)
        if all(math.hypot(x - a, y - b) > BLUR for a, b, _ in points)
    ]
    points = [
        point
        for point in points
        if x_range[0] <= point[0] <= x_range[1] and y_range[0] <= point[1] <= y_range[1]
    ]
    # Rings cost the cube of their radius.
    largest = diagonal * min(1.0, (FREE_COST / cost) ** (1 / 3))
    radii = []
    for i, (x, y, _) in enumerate(points):
        is_alone = all(
            math.hypot(x - other_x, y - other_y) > 10 * BLUR
            for j, (other_x, other_y, _) in enumerate(points)
            if j != i
        )
        is_blurred = is_alone and _is_singular(hessian, parameters, x, y)
        smallest = BLUR if is_blurred else SAME_POINT
        radii.append(_measure_ball(gradient, hessian, parameters, x, y, spacing, largest, smallest))
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
    with np.errstate(invalid="ignore"):  # NaN, from infinities, compares false
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
        groups = [group for group in groups if all(group is not other for other in same)]
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
