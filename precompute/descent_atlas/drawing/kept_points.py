"""Values that are kept as they are computed, so that a drawing which was killed continues.

The file begins with a line of JSON: the drawing's key, which is the hash of all that determines
its values, and their names. Rows of fixed length follow: a point's coordinates, its values, and a
checksum. A row that a kill has cut short, and whatever follows a damaged one, is dropped.
"""

import json
import os
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

HEADER_BYTES = 2**16
"""The longest first line that is read: names are short, but a file may be anything."""


class KeptPoints:
    """The values of the points of one drawing, by their coordinates.

    `names` are those of the values, `dimensions` the number of coordinates. The points of another
    drawing (with another key, or other names) in the same file are dropped. `found` is how many
    there were when the file was opened.
    """

    def __init__(self, path: Path, *, key: str, names: Sequence[str], dimensions: int = 2) -> None:
        self.path, self.names, self.dimensions = path, tuple(names), dimensions
        self.header = json.dumps({"key": key, "names": list(names), "dimensions": dimensions})
        self.row = struct.Struct(f"<{dimensions + len(self.names)}dI")
        self.values: dict[tuple[float, ...], dict[str, float]] = {}
        size = self._read()
        self.found = len(self.values)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("r+b" if size else "wb")
        self._file.truncate(size)
        self._file.seek(size)
        if not size:
            self._file.write(self.header.encode() + b"\n")
        self._file.flush()

    def _read(self) -> int:
        """Read the undamaged rows; return the bytes up to their end, 0 without a valid header."""
        if not self.path.is_file():
            return 0
        with self.path.open("rb") as file:
            if file.readline(HEADER_BYTES) != self.header.encode() + b"\n":
                return 0
            size = file.tell()
            while len(data := file.read(self.row.size)) == self.row.size:
                *numbers, checksum = self.row.unpack(data)
                if checksum != zlib.crc32(data[:-4]):
                    break
                point = tuple(numbers[: self.dimensions])
                self.values[point] = dict(zip(self.names, numbers[self.dimensions :], strict=True))
                size = file.tell()
        return size

    def find(self, point: Sequence[float]) -> dict[str, float] | None:
        """Return the values at a point; None if they were not kept."""
        return self.values.get(tuple(point))

    def keep(self, point: Sequence[float], values: Mapping[str, float]) -> None:
        """Keep the values at a point."""
        own = {name: float(values[name]) for name in self.names}
        self.values[tuple(point)] = own
        body = struct.pack(f"<{self.dimensions + len(own)}d", *point, *own.values())
        self._file.write(body + struct.pack("<I", zlib.crc32(body)))
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
