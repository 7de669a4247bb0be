"""A landscape's folder while its points are computed: served as it grows.

Each refinement of the grid is a complete version of its own, which replaces the one before
atomically. A complete landscape that is there already stays until the new one is complete.
"""

import time
from collections.abc import Callable, Container, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from descent_atlas.drawing.drawn_landscape import DrawnLandscape
from descent_atlas.landscapes.format import read_landscape
from descent_atlas.storage.regular_files import DamagedError

if TYPE_CHECKING:
    from descent_atlas.drawing.draw_landscape import Drawing

INTERVAL = 2.0
"""Seconds between two versions: a page asks about as often. What is drawn sooner is written once,
complete."""


class GrowingLandscape:
    """Writes what is computed of a drawing, from one refinement of its grid to the next.

    `write` writes a landscape to `folder`.
    """

    def __init__(
        self,
        drawing: "Drawing",
        folder: Path,
        write: Callable[[DrawnLandscape], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.drawing, self.write, self.clock = drawing, write, clock
        self.may_write = may_grow(folder)
        self._due = clock() + INTERVAL
        self._reached = 0  # points of the order that are there, up to the first that is not
        self._written = 0  # refinements that the last version has

    def update(self, rows: Mapping[int, Sequence[float]]) -> bool:
        """Write a version if a finer subgrid is complete; return whether there is a new one.

        `rows` are the numbers of the points that are computed, by their indices.
        """
        order = self.drawing.order
        self._reached = count_there(order.points.tolist(), rows, self._reached)
        finished = sum(stop <= self._reached for stop in order.stops)
        is_whole = self._reached == len(order.points)
        if not self.may_write or is_whole or finished <= self._written or self.clock() < self._due:
            return False
        values = np.full((len(order.points), len(self.drawing.rules.names)), np.nan)
        computed = np.zeros(len(order.points), dtype=np.bool_)
        for index, numbers in rows.items():
            values[index], computed[index] = numbers, True
        self.write(self.drawing.sketch(values, computed, order.subgrids[finished - 1]))
        self._written, self._due = finished, self.clock() + INTERVAL
        return True


def count_there(order: Sequence[int], there: Container[int], begin: int) -> int:
    """Return how many points of an order are there before the first that is not.

    The first `begin` are known to be.
    """
    while begin < len(order) and order[begin] in there:
        begin += 1
    return begin


def may_grow(folder: Path) -> bool:
    """Tell whether nothing complete would be lost in a landscape's folder."""
    if not folder.exists():
        return True
    try:
        return not read_landscape(folder.absolute()).manifest.complete
    except DamagedError:
        return False
