"""Parts of a surface on disk: blocks of its points, of any length.

A surface's points are numbered row by row. A part holds consecutive points; parts may overlap,
since a point's numbers do not depend on the part in which they were computed. A part of an older
program holds whole rows.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.point_values import PointValues
from descent_atlas.storage.array_folder import MANIFEST, parse_header, read_folder, write_folder
from descent_atlas.storage.durable import remove
from descent_atlas.storage.regular_files import DamagedError, read_file
from descent_atlas.storage.sealed import SIZE_LIMIT

Span = tuple[int, int]
"""Points from the first number to the one before the second."""


@dataclass(frozen=True, kw_only=True)
class SurfaceParts:
    """The parts of one surface that have a key, the hash of all that determines the surface.

    `folder` holds the parts of a landscape, `shape` is that of the grid: rows, columns. `metrics`
    are the names of what is there for each point, the loss first.
    """

    folder: Path
    surface: str
    key: str
    shape: tuple[int, int]
    metrics: tuple[str, ...] = PointValues._fields

    @property
    def points(self) -> int:
        """The number of the surface's points."""
        return self.shape[0] * self.shape[1]

    def place(self, start: int) -> Path:
        """Return the folder of the part that begins at a point."""
        return self.folder / f"{self.surface}-at-{start}"

    def write(self, start: int, values: Mapping[str, Floats]) -> None:
        """Write a part atomically."""
        span = [start, start + len(values[self.metrics[0]])]
        header = {"key": self.key, "surface": self.surface, "points": span}
        write_folder(self.place(start), header, dict(values))

    def remove_others(self, start: int, stop: int) -> None:
        """Remove parts of another key, and damaged ones, that begin within a span."""
        kept = {path for path, _, _ in self._read(start, stop)}
        for path in self._list_folders():
            name, _, number = path.name.rpartition("-")
            first = int(number) * (1 if name.endswith("-at") else self.shape[1])
            if path not in kept and start <= first < stop:
                remove(path)

    def find_missing(self, start: int, stop: int) -> list[Span]:
        """Return the spans between two points that no undamaged part holds."""
        missing: list[Span] = []
        reached = start
        for first, last in sorted(span for _, span, _ in self._read(start, stop)):
            if first > reached:
                missing.append((reached, first))
            reached = max(reached, last)
        if reached < stop:
            missing.append((reached, stop))
        return missing

    def read(self) -> dict[str, Floats]:
        """Return each metric of the whole surface, float64[rows, columns].

        Raises DamagedError if points are missing.
        """
        found = {name: np.empty(self.points) for name in self.metrics}
        missing = np.ones(self.points, dtype=np.bool_)
        for _, (start, stop), values in self._read(0, self.points):
            missing[start:stop] = False
            for name, array in found.items():
                array[start:stop] = values[name]
        if missing.any():
            raise DamagedError(
                f"lacks {missing.sum():,} of the {self.points:,} points of the surface "
                f"{self.surface}, from point {missing.argmax():,} on",
                self.folder,
            )
        return {name: array.reshape(self.shape) for name, array in found.items()}

    def _list_folders(self) -> list[Path]:
        if not self.folder.is_dir():
            return []
        pattern = re.compile(rf"{re.escape(self.surface)}(-at)?-\d+")
        return sorted(path for path in self.folder.iterdir() if pattern.fullmatch(path.name))

    def _read(self, start: int, stop: int) -> Iterator[tuple[Path, Span, dict[str, Floats]]]:
        """Yield the undamaged parts that have the key and points between two."""
        for path in self._list_folders():
            try:
                header = parse_header(path / MANIFEST, read_file(path / MANIFEST, limit=SIZE_LIMIT))
                first, last = self._read_span(header)
                if header["key"] != self.key or last <= start or stop <= first:
                    continue
                _, arrays = read_folder(path)
                values = {name: arrays[name].ravel() for name in self.metrics}
            except (DamagedError, KeyError, TypeError, ValueError):
                continue
            lengths = {len(column) for column in values.values()}
            if lengths == {last - first} and last <= self.points:
                yield path, (first, last), values

    def _read_span(self, header: Mapping[str, Any]) -> Span:
        """Return a part's points. Raises KeyError, TypeError or ValueError if it names none."""
        if "points" in header:
            start, stop = map(int, header["points"])
            return start, stop
        first, last = map(int, header["rows"])
        return first * self.shape[1], last * self.shape[1]
