"""Parts of a surface on disk: blocks of its points, of any length.

A surface's points are numbered row by row, or coarse first, in the order in which its grid is
refined. A part holds consecutive points; parts may overlap, since a point's numbers do not depend
on the part in which they were computed. A part of an older program holds points row by row, or
whole rows.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.point_values import PointValues
from descent_atlas.analysis.sharding.refinements import RefinedOrder, order_refinements
from descent_atlas.storage.array_folder import MANIFEST, parse_header, read_folder, write_folder
from descent_atlas.storage.durable import remove
from descent_atlas.storage.regular_files import DamagedError, read_file
from descent_atlas.storage.sealed import SIZE_LIMIT

Span = tuple[int, int]
"""Points from the first number to the one before the second."""

AT, FROM = "at", "from"
"""What stands in a part's name before the number of its first point: row by row, coarse first."""

find_order = lru_cache(maxsize=4)(order_refinements)
"""`order_refinements`, which the blocks of a surface ask for again and again."""


@dataclass(frozen=True, kw_only=True)
class SurfaceParts:
    """The parts of one surface that have a key, the hash of all that determines the surface.

    `folder` holds the parts of a landscape, `shape` is that of the grid: rows, columns. `metrics`
    are the names of what is there for each point, the loss first. With `together`, points are
    numbered coarse first, as `order_refinements` has them; without it, row by row.
    """

    folder: Path
    surface: str
    key: str
    shape: tuple[int, int]
    metrics: tuple[str, ...] = PointValues._fields
    together: int | None = None

    @property
    def points(self) -> int:
        """The number of the surface's points."""
        return self.shape[0] * self.shape[1]

    @property
    def order(self) -> RefinedOrder | None:
        """The order in which points are numbered; None if that is row by row."""
        return None if self.together is None else find_order(self.shape, self.together)

    def pick(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return values that are given row by row in the order of the numbers."""
        return values if self.order is None else values[self.order.points]

    def place(self, start: int) -> Path:
        """Return the folder of the part that begins at a point."""
        return self.folder / f"{self.surface}-{AT if self.order is None else FROM}-{start}"

    def write(self, start: int, values: Mapping[str, Floats]) -> None:
        """Write a part atomically."""
        span = [start, start + len(values[self.metrics[0]])]
        numbered = "points" if self.together is None else "refined"
        header = {"key": self.key, "surface": self.surface, numbered: span}
        write_folder(self.place(start), header, dict(values))

    def remove_others(self, start: int, stop: int) -> None:
        """Remove parts of another key, and damaged ones, that begin within a span."""
        kept = {path for path, _, _ in self._read(start, stop)}
        for path in self._list_folders():
            name, _, number = path.name.rpartition("-")
            is_refined = name.endswith(f"-{FROM}")
            is_whole = is_refined or name.endswith(f"-{AT}")
            first = int(number) * (1 if is_whole else self.shape[1])
            is_own = is_refined == (self.order is not None)
            if is_own and path not in kept and start <= first < stop:
                remove(path)

    def find_missing(self, start: int, stop: int) -> list[Span]:
        """Return the spans between two points that no undamaged part holds."""
        missing = np.zeros(self.points + 1, dtype=np.int8)
        missing[start:stop] = 1
        for _, points, _ in self._read(start, stop):
            missing[self._find_numbers(points)] = 0
        edges = np.diff(missing, prepend=0).nonzero()[0].tolist()
        return list(zip(edges[::2], edges[1::2], strict=True))

    def read(self) -> dict[str, Floats]:
        """Return each metric of the whole surface, float64[rows, columns].

        Raises DamagedError if points are missing.
        """
        found, there = self.read_computed()
        missing = ~self.pick(there.ravel())
        if missing.any():
            raise DamagedError(
                f"lacks {missing.sum():,} of the {self.points:,} points of the surface "
                f"{self.surface}, from point {missing.argmax():,} on",
                self.folder,
            )
        return found

    def read_computed(self) -> tuple[dict[str, Floats], NDArray[np.bool_]]:
        """Return each metric, float64[rows, columns], and which points are computed.

        Those that are not have NaN.
        """
        found = {name: np.full(self.points, np.nan) for name in self.metrics}
        there = np.zeros(self.points, dtype=np.bool_)
        for _, points, values in self._read(0, self.points):
            there[points] = True
            for name, array in found.items():
                array[points] = values[name]
        shaped = {name: array.reshape(self.shape) for name, array in found.items()}
        return shaped, there.reshape(self.shape)

    def _find_numbers(self, points: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the numbers of points that are given row by row."""
        if self.order is None:
            return points
        numbers = np.empty(self.points, dtype=np.int64)
        numbers[self.order.points] = np.arange(self.points)
        return numbers[points]

    def _list_folders(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        pattern = re.compile(rf"{re.escape(self.surface)}(-{AT}|-{FROM})?-\d+")
        return sorted(path for path in self.folder.iterdir() if pattern.fullmatch(path.name))

    def _read(
        self, start: int, stop: int
    ) -> Iterator[tuple[Path, NDArray[np.int64], dict[str, Floats]]]:
        """Yield the undamaged parts that have the key and points with numbers between two.

        Their points are numbered by rows.
        """
        for path in self._list_folders():
            try:
                header = parse_header(path / MANIFEST, read_file(path / MANIFEST, limit=SIZE_LIMIT))
                if header["key"] != self.key:
                    continue
                points = self._read_points(header)
                numbers = self._find_numbers(points)
                if not ((start <= numbers) & (numbers < stop)).any():
                    continue
                _, arrays = read_folder(path)
                values = {name: arrays[name].ravel() for name in self.metrics}
            except (DamagedError, KeyError, TypeError, ValueError):
                continue
            if {len(column) for column in values.values()} == {len(points)}:
                yield path, points, values

    def _read_points(self, header: Mapping[str, Any]) -> NDArray[np.int64]:
        """Return a part's points. Raises KeyError, TypeError or ValueError if it names none."""
        if "refined" in header and self.order is not None:
            first, last = map(int, header["refined"])
            return self.order.points[first:last]
        if "points" in header:
            first, last = map(int, header["points"])
        else:
            first, last = (int(row) * self.shape[1] for row in header["rows"])
        return np.arange(first, min(last, self.points))
