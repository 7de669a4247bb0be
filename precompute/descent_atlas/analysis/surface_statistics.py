"""Statistics of surfaces: convexity and minima."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.analysis.array_types import Counts, Floats
from descent_atlas.analysis.sharding.refinements import Subgrid

NOISE = 1e-5
"""Relative difference that two computations of one loss in float32 may have. Curvatures and depths
below it are rounding errors, and count as zero."""

RADII = 20
"""Radii at which the share of convex cells is measured."""


@dataclass(frozen=True)
class Convexity:
    """Share of a surface around the origin on which it is convex, as a curve over the radius.

    `radius` float64[n] is the distance from the origin in grid coordinates, `share` float64[n] the
    share of the cells within it whose discrete Hessian is positive definite, `cells` int64[n] the
    number of cells within it. The share of no cells is NaN.
    """

    radius: Floats
    share: Floats
    cells: Counts


def measure_convexity(loss: Floats, x: Floats, y: Floats) -> Convexity:
    """Measure the share of convex cells as a curve over the radius.

    `loss` is float64[ny, nx], `x` and `y` are the grid's axes. A cell is convex if the smaller
    eigenvalue of its second differences, in steps of the grid, exceeds the noise: 4 `NOISE` of its
    loss, since a second difference is a sum of four losses. The sign of the eigenvalues does not
    depend on the angle between the directions or their lengths. Cells at the border, or with a
    neighbour that is not finite, do not count.
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
    """Return the number of minima of a surface float64[ny, nx], and how many lie on its border.

    A minimum counts if every path to a lower one climbs more than the noise, `NOISE` of its loss.
    A path moves between cells that touch at edges or corners, and avoids cells that are not finite.
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
            # Two basins meet here. The shallower one ends; it counts if it is deeper than noise.
            if flat[cell] - flat[root] <= NOISE * abs(flat[root]):
                kept.discard(root)
            basin[root] = deepest
        basin[cell] = deepest
    border = sum(
        cell // columns in (0, rows - 1) or cell % columns in (0, columns - 1) for cell in kept
    )
    return len(kept), border


def describe_surface(
    name: str, values: Mapping[str, Floats], x: Floats, y: Floats, arrays: dict[str, NDArray[Any]]
) -> dict[str, Any]:
    """Add a surface's values to the arrays; return its entry of a manifest.

    `values` are float64[len(y), len(x)], the loss and any metrics; the arrays' names begin with
    that of the surface. What the surface is of is left to the caller.
    """
    loss = values["loss"]
    finite = loss[np.isfinite(loss)]
    convexity = measure_convexity(loss, x, y)
    minima, on_border = count_minima(loss)
    own: dict[str, NDArray[Any]] = {
        **values,
        "convexity.radius": convexity.radius,
        "convexity.share": convexity.share,
        "convexity.cells": convexity.cells,
    }
    arrays |= {f"surface.{name}.{key}": array for key, array in own.items()}
    return {
        "id": name,
        "arrays": {key: f"surface.{name}.{key}" for key in own},
        "lowest": float(finite.min()) if len(finite) else None,
        "highest": float(finite.max()) if len(finite) else None,
        "not_finite": loss.size - len(finite),
        "minima": minima,
        "minima_on_border": on_border,
        "noise": NOISE,
    }


def describe_growing(
    name: str,
    values: Mapping[str, Floats],
    computed: NDArray[np.bool_],
    arrays: dict[str, NDArray[Any]],
) -> dict[str, Any]:
    """Add a surface's values as far as they are computed; return its entry of a manifest.

    The arguments are those of `describe_surface`; `computed` bool[rows, columns] tells which points
    there are. No statistic is read off a surface that is incomplete.
    """
    own: dict[str, NDArray[Any]] = {**values, "computed": computed}
    arrays |= {f"surface.{name}.{key}": array for key, array in own.items()}
    return {
        "id": name,
        "arrays": {key: f"surface.{name}.{key}" for key in own},
        "lowest": None,
        "highest": None,
        "not_finite": None,
        "minima": None,
        "minima_on_border": None,
        "noise": NOISE,
        "correlation": None,
    }


def describe_progress(masks: Iterable[NDArray[np.bool_]], subgrid: Subgrid) -> dict[str, Any]:
    """Return how far surfaces are computed, as a manifest has it: at least those of a subgrid."""
    listed = list(masks)
    return {
        "computed": int(sum(mask.sum() for mask in listed)),
        "points": sum(mask.size for mask in listed),
        **subgrid.describe(),
    }
