"""What can be read off a surface or a table as a number."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from descent_atlas.analysis.array_types import Counts, Floats

NOISE = 1e-5
"""How far two ways of computing one loss in float32 may differ, relative to it: curvatures and
depths below it are rounding, and count as none."""

RADII = 20
"""Radii at which the share of convex cells is given."""


@dataclass(frozen=True)
class Convexity:
    """How much of a surface within a distance of the origin curves upward in every direction.

    `radius` float64[n] is a distance from the origin in grid coordinates, `share` float64[n] the
    share of the cells within it whose discrete Hessian is positive definite, `cells` int64[n] how
    many there are. The share of no cells is NaN.
    """

    radius: Floats
    share: Floats
    cells: Counts


def measure_convexity(loss: Floats, x: Floats, y: Floats) -> Convexity:
    """Measure the share of convex cells as a curve over the radius.

    A cell is convex if the smaller eigenvalue of its second differences, in steps of the grid, is
    above the noise, which is 4 `NOISE` of its loss since a second difference adds up four losses.
    The sign of the eigenvalues does not depend on the angle between the directions or their
    lengths. Cells at the border, or with a neighbour that is not finite, are not counted.
    """
    f = loss
    middle = f[1:-1, 1:-1]
    with np.errstate(invalid="ignore"):
        xx = f[1:-1, 2:] - 2 * middle + f[1:-1, :-2]
        yy = f[2:, 1:-1] - 2 * middle + f[:-2, 1:-1]
        xy = (f[2:, 2:] - f[2:, :-2] - f[:-2, 2:] + f[:-2, :-2]) / 4
        smaller = (xx + yy) / 2 - np.hypot((xx - yy) / 2, xy)
        convex = smaller > 4 * NOISE * np.abs(middle)
    counted = np.isfinite(smaller)
    distance = np.hypot(*np.meshgrid(x[1:-1], y[1:-1]))
    radius = np.linspace(0.0, distance.max(), RADII + 1)[1:]
    within = counted & (distance <= radius[:, None, None])
    cells = within.sum(axis=(1, 2))
    found = (within & convex).sum(axis=(1, 2))
    share = np.divide(found, cells, out=np.full(RADII, np.nan), where=cells > 0)
    return Convexity(radius, share, cells)


def count_minima(loss: Floats) -> tuple[int, int]:
    """Return how many minima a surface has, and how many of them lie on its border.

    A minimum counts if one must climb more than the noise, `NOISE` of its loss, to leave it for a
    lower one; cells touch at edges and corners. Cells that are not finite are walls.
    """
    rows, columns = loss.shape
    order = np.argsort(loss, axis=None, kind="stable")
    basin: dict[int, int] = {}  # cell -> a cell of the same basin, in the end its lowest
    kept: set[int] = set()

    def lowest(cell: int) -> int:
        while basin[cell] != cell:
            basin[cell] = basin[basin[cell]]
            cell = basin[cell]
        return cell

    flat = loss.ravel()
    for cell in order.tolist():
        if not np.isfinite(flat[cell]):
            continue
        row, column = divmod(cell, columns)
        neighbours = {
            lowest(r * columns + c)
            for r in range(max(row - 1, 0), min(row + 2, rows))
            for c in range(max(column - 1, 0), min(column + 2, columns))
            if r * columns + c in basin
        }
        basin[cell] = cell
        if not neighbours:
            kept.add(cell)
            continue
        deepest = min(neighbours, key=lambda root: (flat[root], root))
        for root in neighbours - {deepest}:
            # The two basins meet here: the shallower one ends, or was never more than noise.
            if flat[cell] - flat[root] <= NOISE * abs(flat[root]):
                kept.discard(root)
            basin[root] = deepest
        basin[cell] = deepest
    border = sum(
        cell // columns in (0, rows - 1) or cell % columns in (0, columns - 1) for cell in kept
    )
    return len(kept), border


def correlate(a: Floats, b: Floats) -> float:
    """Return Pearson's correlation of two surfaces where both are finite; NaN if one is flat."""
    finite = np.isfinite(a) & np.isfinite(b)
    a, b = a[finite], b[finite]
    if len(a) < 2 or not np.ptp(a) or not np.ptp(b):
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def explained_share(values: Sequence[float], groups: Sequence[Hashable]) -> float:
    """Return η², the share of the values' variance that lies between groups; NaN if there is none.

    In a full factorial design, as Table II is, the shares of the factors can be compared.

    Example:
        >>> explained_share([1.0, 1.0, 3.0, 3.0], ["low", "low", "high", "high"])
        1.0
    """
    array = np.asarray(values, dtype=np.float64)
    total = float(((array - array.mean()) ** 2).sum())
    if not total:
        return float("nan")
    between = 0.0
    for group in set(groups):
        members = array[[other == group for other in groups]]
        between += len(members) * float((members.mean() - array.mean()) ** 2)
    return between / total
