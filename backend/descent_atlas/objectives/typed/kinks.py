"""Kinks of typed expressions: where they have no derivative, and minima that lie there.

A kink is a node with an argument g(x, y) at whose zeros the node has no derivative: the argument
of `abs` and of `sqrt`, the base of a power with an exponent below 1 that is not whole, the
difference of the arguments of `min` and `max`. Along the curve g = 0 the function is smooth, except
where it crosses another one.
"""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from descent_atlas.objectives.objective import Domain, evaluate_each
from descent_atlas.objectives.typed.expression_tree import Node, walk
from descent_atlas.objectives.typed.tape import assemble
from descent_atlas.objectives.typed.tape_machine import (
    RULES,
    typed_hessian,
    typed_value_and_gradient,
)

GRID = 96
"""Cells of the search along each side of the domain."""

MAX_SEARCHED = 8
"""Kinks among which minima are searched: the first ones of the expression."""

MAX_CANDIDATES = 400
"""Cells that are searched for one pair of curves; the work is bounded by it."""

NEWTON_STEPS = 30
BISECTIONS = 50

RINGS = (1e-5, 1e-4, 1e-3)
"""The radii, relative to the domain's larger side, on which a minimum is the lowest point. On
smaller ones rounding would hide shallow kinks."""

RING_POINTS = 48

TOUCHING = 1e-12
"""The size of an argument that counts as 0 where it is least."""

Points = NDArray[np.float64]
"""Points of the plane, float64[n, 2]."""


@dataclass(frozen=True)
class Kink:
    """A node that has no derivative where its argument is 0."""

    node: Node
    argument: Node


@lru_cache(maxsize=256)
def list_kinks(tree: Node) -> tuple[Kink, ...]:
    """Return the kinks of an expression, by their place in the text."""
    kinks = []
    for node in walk(tree):
        match node.operation:
            case "abs" | "sqrt":
                kinks.append(Kink(node, node.arguments[0]))
            case "min" | "max":
                kinks.append(Kink(node, Node("-", node.arguments)))
            case "^" if not _is_whole(node.arguments[1]):
                kinks.append(Kink(node, node.arguments[0]))
    return tuple(sorted(kinks, key=lambda kink: kink.node.position))


def _is_whole(exponent: Node) -> bool:
    return exponent.operation == "number" and exponent.value.is_integer()


@dataclass(frozen=True)
class _Curve:
    """A kink's argument as a program; it varies with x and y."""

    kink: Kink
    program: NDArray[np.float64]

    def evaluate(self, points: Points) -> NDArray[np.float64]:
        """Return g, ∂g/∂x and ∂g/∂y, float64[3, n]."""
        return _evaluate(self.program, points)


def _evaluate(program: NDArray[np.float64], points: Points) -> NDArray[np.float64]:
    x, y = points.T.copy()
    found: NDArray[np.float64] = evaluate_each(
        np.uintp(typed_value_and_gradient.address), x, y, program
    )
    return found


@lru_cache(maxsize=256)
def _make_curves(
    kinks: tuple[Kink, ...], values: tuple[tuple[str, float], ...]
) -> tuple[_Curve, ...]:
    """Return the curves of the kinks that exist at the parameters' values."""
    parameters = dict(values)
    curves = []
    for kink in kinks:
        if kink.node.operation == "^":
            exponent = kink.node.arguments[1]
            if not any(leaf.operation == "variable" for leaf in walk(exponent)):
                program = assemble(exponent, parameters)
                value = _evaluate(program, np.zeros((1, 2)))[0, 0]
                if value >= 1.0 or float(value).is_integer():
                    continue
        if any(leaf.operation == "variable" for leaf in walk(kink.argument)):
            curves.append(_Curve(kink, assemble(kink.argument, parameters)))
    return tuple(curves)


def describe_kink(
    kinks: tuple[Kink, ...], parameters: Mapping[str, float], x: float, y: float
) -> str | None:
    """Return why an expression has no derivative at (x, y) and what counts as it, or None."""
    point = np.array([[x, y]])
    for curve in _make_curves(kinks, tuple(parameters.items())):
        if curve.evaluate(point)[0, 0] == 0.0:
            node = curve.kink.node
            what = {"^": "a power", "sqrt": "a root"}.get(node.operation, node.operation)
            return (
                f"There is no derivative at the last point: it lies on a kink of {what} at "
                f"character {node.position + 1}. {RULES[node.operation]}"
            )
    return None


def find_root(
    kinks: tuple[Kink, ...], parameters: Mapping[str, float], points: Points
) -> int | None:
    """Return the index of the first point at which the argument of a root or power is 0, or None.

    There automatic differentiation multiplies infinity by 0 if the argument's derivative is 0.
    """
    roots = tuple(kink for kink in kinks if kink.node.operation in ("sqrt", "^"))
    is_zero = np.zeros(len(points), dtype=np.bool_)
    for curve in _make_curves(roots, tuple(parameters.items())):
        is_zero |= curve.evaluate(points)[0] == 0.0
    return int(np.argmax(is_zero)) if is_zero.any() else None


def find_cusps(
    tree: Node, domain: Domain, parameters: Mapping[str, float], program: NDArray[np.float64]
) -> tuple[tuple[float, float], ...]:
    """Return the minima on kinks, in the domain.

    Candidates are the points where two kinks cross, where the function has a minimum along one, and
    where the argument of one touches 0. A candidate is a minimum if f is larger at all points of
    small rings around it. The work is bounded: of the kinks the first `MAX_SEARCHED` are searched.

    Args:
        tree: the function.
        domain: where to search.
        parameters: the parameters' values.
        program: the function's program at these values.
    """
    curves = _make_curves(list_kinks(tree), tuple(parameters.items()))[:MAX_SEARCHED]
    if not curves:
        return ()
    with np.errstate(all="ignore"):  # what is not finite is no candidate
        grid = _Grid(domain)
        fields = [curve.evaluate(grid.nodes) for curve in curves]
        fx, fy = _evaluate(program, grid.nodes)[1:]
        crossed = [grid.find_sign_changes(g) for g, _, _ in fields]
        candidates = [
            _intersect(a, b, grid.list_cells(crossed[i] & crossed[j]), grid.reach)
            for (i, a), (j, b) in itertools.combinations(enumerate(curves), 2)
        ]
        for curve, cells, (_, gx, gy) in zip(curves, crossed, fields, strict=True):
            bends = grid.find_sign_changes(fy * gx - fx * gy)
            candidates.append(_descend_along(curve, program, grid.list_cells(cells & bends), grid))
            flat = grid.find_sign_changes(gx) & grid.find_sign_changes(gy)
            candidates.append(_find_touching(curve, grid.list_cells(flat), grid.reach))
        points = np.concatenate(candidates)
        points = points[domain.contains(*points.T)] + 0.0
        found: list[tuple[float, float]] = []
        for x, y in points[_are_lowest(program, points, grid.side)].tolist():
            if all(math.hypot(x - a, y - b) > RINGS[0] * grid.side for a, b in found):
                found.append((round(x, 13) + 0.0, round(y, 13) + 0.0))
    return tuple(found)


class _Grid:
    """The cells of the search."""

    def __init__(self, domain: Domain) -> None:
        axes = [
            np.linspace(low - (high - low) / GRID, high + (high - low) / GRID, GRID + 3)
            for low, high in (domain.x, domain.y)
        ]
        self.side = max(domain.x[1] - domain.x[0], domain.y[1] - domain.y[0])
        self.reach = 2 * self.side / GRID
        x, y = np.meshgrid(*axes)
        self.nodes = np.stack((x.ravel(), y.ravel()), axis=1)
        middles = np.meshgrid(*((axis[1:] + axis[:-1]) / 2 for axis in axes))
        self.middles = np.stack(middles, axis=2)

    def find_sign_changes(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return for each cell whether 0 lies between the values at its corners."""
        corners = values.reshape(GRID + 3, GRID + 3)
        four = [corners[i : i + GRID + 2, j : j + GRID + 2] for i in (0, 1) for j in (0, 1)]
        changes: NDArray[np.bool_] = np.logical_and(
            np.minimum.reduce(four) <= 0, np.maximum.reduce(four) >= 0
        )
        return changes

    def list_cells(self, chosen: NDArray[np.bool_]) -> Points:
        """Return the middles of at most `MAX_CANDIDATES` chosen cells."""
        points = self.middles[chosen]
        every = -(-len(points) // MAX_CANDIDATES) or 1
        return points[::every]


def _intersect(a: _Curve, b: _Curve, points: Points, reach: float) -> Points:
    """Return the points near the given ones where two curves cross, by Newton's method."""
    start = points
    for _ in range(NEWTON_STEPS):
        g, gx, gy = a.evaluate(points)
        h, hx, hy = b.evaluate(points)
        determinant = gx * hy - gy * hx
        step = np.stack(((g * hy - h * gy) / determinant, (h * gx - g * hx) / determinant), axis=1)
        points = points - step
    near: Points = points[np.hypot(*(points - start).T) <= reach]
    return near


def _find_touching(curve: _Curve, points: Points, reach: float) -> Points:
    """Return the points near the given ones where a curve's argument touches 0."""
    start = points
    for _ in range(NEWTON_STEPS):
        _, gx, gy = curve.evaluate(points)
        x, y = points.T.copy()
        gxx, gxy, gyy = evaluate_each(np.uintp(typed_hessian.address), x, y, curve.program)
        determinant = gxx * gyy - gxy * gxy
        step = np.stack(
            ((gx * gyy - gy * gxy) / determinant, (gy * gxx - gx * gxy) / determinant), axis=1
        )
        points = points - np.where(np.isfinite(step), step, 0.0)
    is_zero = np.abs(curve.evaluate(points)[0]) <= TOUCHING
    touching: Points = points[is_zero & (np.hypot(*(points - start).T) <= reach)]
    return touching


def _descend_along(
    curve: _Curve, program: NDArray[np.float64], points: Points, grid: _Grid
) -> Points:
    """Return the minima of f along a curve near the given points, by bisection of its slope."""
    points = _project(curve, points, NEWTON_STEPS)
    _, gx, gy = curve.evaluate(points)
    along = np.stack((-gy, gx), axis=1) / np.hypot(gx, gy)[:, np.newaxis]
    low, high = np.full(len(points), -grid.reach), np.full(len(points), grid.reach)

    def slope(s: NDArray[np.float64]) -> tuple[Points, NDArray[np.float64]]:
        places = _project(curve, points + s[:, np.newaxis] * along, 4)
        _, gx, gy = curve.evaluate(places)
        _, fx, fy = _evaluate(program, places)
        return places, fy * gx - fx * gy

    falls_then_rises = (slope(low)[1] < 0) & (slope(high)[1] > 0)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        rises = slope(middle)[1] > 0
        low, high = np.where(rises, low, middle), np.where(rises, middle, high)
    return slope((low + high) / 2)[0][falls_then_rises]


def _project(curve: _Curve, points: Points, steps: int) -> Points:
    """Return the points moved onto a curve, by Newton's method along its gradient."""
    for _ in range(steps):
        g, gx, gy = curve.evaluate(points)
        points = points - np.stack((gx, gy), axis=1) * (g / (gx * gx + gy * gy))[:, np.newaxis]
    return points


def _are_lowest(program: NDArray[np.float64], points: Points, side: float) -> NDArray[np.bool_]:
    """Return which points are lower than all points of the rings around them."""
    value = _evaluate(program, points)[0]
    angles = 2 * np.pi * np.arange(RING_POINTS) / RING_POINTS
    directions = np.stack((np.cos(angles), np.sin(angles)), axis=1)
    is_lowest: NDArray[np.bool_] = np.isfinite(value)
    for radius in RINGS:
        ring = points[:, np.newaxis] + radius * side * directions
        f = _evaluate(program, ring.reshape(-1, 2))[0].reshape(len(points), RING_POINTS)
        is_lowest &= (f > value[:, np.newaxis]).all(axis=1)
    return is_lowest
