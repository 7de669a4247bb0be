"""Refinements of a grid: nested subgrids, the coarsest first.

A subgrid has every s-th row and every t-th column, for powers of two s and t, the middle row and
column among them. It is evenly spaced, its points are points of the whole grid, and the next one
has about twice as many: the longer of its steps is halved.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST = 6
"""Points along each axis of the coarsest subgrid: with fewer, level lines show no shape."""


@dataclass(frozen=True)
class Subgrid:
    """Some rows and columns of a grid: the first of each, and the step from one to the next."""

    row: int
    row_step: int
    column: int
    column_step: int

    def find_points(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Return which points of a grid it has, bool[rows, columns]."""
        found = np.zeros(shape, dtype=np.bool_)
        found[self.row :: self.row_step, self.column :: self.column_step] = True
        return found

    def describe(self) -> dict[str, list[int]]:
        """Return the subgrid as a manifest has it."""
        return {
            "rows": [self.row, self.row_step],
            "columns": [self.column, self.column_step],
        }


def list_refinements(shape: tuple[int, int]) -> list[Subgrid]:
    """Return the subgrids of a grid of rows and columns, the coarsest first, the grid itself last.

    >>> [(each.row_step, each.column_step) for each in list_refinements((31, 31))]
    [(4, 4), (4, 2), (2, 2), (2, 1), (1, 1)]
    """
    steps = [find_longest_step(count) for count in shape]
    found = []
    while True:
        rows, columns = steps
        found.append(Subgrid(shape[0] // 2 % rows, rows, shape[1] // 2 % columns, columns))
        if steps == [1, 1]:
            return found
        longer = 0 if rows > columns else 1
        steps[longer] //= 2


def find_longest_step(count: int) -> int:
    """Return the largest power of two by whose steps an axis has at least `LEAST` points."""
    step = 1
    while len(range(count // 2 % (2 * step), count, 2 * step)) >= LEAST:
        step *= 2
    return step


@dataclass(frozen=True)
class RefinedOrder:
    """The points of a grid in the order of its refinements, and where each of these is complete.

    `points` int64[n] numbers the points row by row. Once as many of them are there as one of
    `stops` says, the subgrid of the same place in `subgrids` is complete.
    """

    points: NDArray[np.int64]
    subgrids: Sequence[Subgrid]
    stops: Sequence[int]


def order_refinements(shape: tuple[int, int], together: int = 1) -> RefinedOrder:
    """Return the points of a grid of rows and columns, those of the coarsest subgrid first.

    `together` neighbouring points stay side by side, as the bits of their numbers may depend on
    each other: the points from each multiple of it to the next. They come with the first of them;
    the last ones, if they are fewer, come at the end, so that any number of whole groups precedes
    them.
    """
    subgrids = list_refinements(shape)
    count = shape[0] * shape[1]
    whole = count - count % together
    ranks = np.full(-(-count // together), len(subgrids))  # of each group, its first subgrid
    wanted = [np.flatnonzero(subgrid.find_points(shape)) for subgrid in subgrids]
    for rank in reversed(range(len(subgrids))):
        ranks[wanted[rank] // together] = rank
    groups = np.argsort(ranks[: whole // together], kind="stable")
    points = (groups[:, np.newaxis] * together + np.arange(together)).ravel()
    points = np.concatenate([points, np.arange(whole, count)])
    places = np.empty(count, dtype=np.int64)
    places[points] = np.arange(count)
    stops = np.maximum.accumulate([places[own].max() + 1 for own in wanted])
    return RefinedOrder(points, subgrids, stops.tolist())
