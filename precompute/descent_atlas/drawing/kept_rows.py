"""Rows of numbers that are kept as they are computed, so that work which was killed continues.

The file begins with a line of JSON: the key of the work, which is the hash of all that determines
its numbers, and how many a row has. Rows of fixed length follow: an index, the numbers, and a
checksum. A row that a kill has cut short, and whatever follows a damaged one, is dropped.
"""

import json
import os
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

HEADER_BYTES = 2**12
"""The longest first line that is read: a file may be anything."""


class KeptRows:
    """The rows of one piece of work by their indices, each of `width` numbers.

    Rows of other work (with another key) in the same file are dropped. `found` is how many rows
    there were when the file was opened.
    """

    def __init__(self, path: Path, *, key: str, width: int) -> None:
        self.path, self.width = path, width
        self._header = json.dumps({"key": key, "width": width}).encode() + b"\n"
        self._row = struct.Struct(f"<q{width}d")
        self.rows: dict[int, tuple[float, ...]] = {}
        size = self._read()
        self.found = len(self.rows)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("r+b" if size else "wb")
        self._file.truncate(size)
        self._file.seek(size)
        if not size:
            self._file.write(self._header)
        self._file.flush()

    def _read(self) -> int:
        """Read the undamaged rows; return the bytes up to their end, 0 without a valid header."""
        if not self.path.is_file():
            return 0
        length = self._row.size + 4
        with self.path.open("rb") as file:
            if file.readline(HEADER_BYTES) != self._header:
                return 0
            size = file.tell()
            while len(data := file.read(length)) == length:
                body, checksum = data[:-4], data[-4:]
                if int.from_bytes(checksum, "little") != zlib.crc32(body):
                    break
                index, *numbers = self._row.unpack(body)
                self.rows[index] = tuple(numbers)
                size = file.tell()
        return size

    def keep(self, index: int, numbers: Sequence[float]) -> None:
        """Keep a row."""
        body = self._row.pack(index, *numbers)
        self._file.write(body + zlib.crc32(body).to_bytes(4, "little"))
        self._file.flush()
        self.rows[index] = tuple(numbers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.fsync(self._file.fileno())
        self._file.close()
