"""Parameter vectors that need not fit in memory: rows of a file, read a stretch at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, overload

import numpy as np
from numpy.typing import DTypeLike, NDArray

from descent_atlas.training.recording.snapshot_precision import EXACT, STORED, Precision, decode
from descent_atlas.training.run_manifest import RunError


@dataclass(frozen=True)
class SnapshotRows:
    """Parameter vectors as the rows of a table float32[n, P].

    The numbers of the file have a `precision`. `index` int64[n] tells where each row lies: at that
    place in the file or, if it is negative, in `kept`, counted from -1 backwards. The table is
    indexed as an array is: `rows[i]` reads a vector, `rows[:, block]` a stretch of every vector's
    parameters, `rows[mask]` and `rows[i:j]` choose rows without reading them. Nothing is mapped:
    memory holds what was asked for alone.

    Reading raises RunError if the file is shorter than its rows.
    """

    path: Path
    size: int
    index: NDArray[np.int64]
    kept: tuple[NDArray[np.float32], ...] = ()
    precision: Precision = EXACT

    @property
    def shape(self) -> tuple[int, int]:
        """The number of rows n, and that of parameters P."""
        return len(self.index), self.size

    def __len__(self) -> int:
        return len(self.index)

    def __iter__(self) -> Iterator[NDArray[np.float32]]:
        return (self[row] for row in range(len(self)))

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        return self._read(slice(None)).astype(dtype or np.float32, copy=False)

    @overload
    def __getitem__(self, key: int | tuple[slice, slice]) -> NDArray[np.float32]: ...

    @overload
    def __getitem__(self, key: slice | NDArray[np.bool_]) -> "SnapshotRows": ...

    def __getitem__(
        self, key: int | tuple[slice, slice] | slice | NDArray[np.bool_]
    ) -> "NDArray[np.float32] | SnapshotRows":
        if isinstance(key, tuple):
            rows, block = key
            return self[rows]._read(block)
        if isinstance(key, slice | np.ndarray):
            return replace(self, index=self.index[key])
        vector: NDArray[np.float32] = replace(self, index=self.index[[key]])._read(slice(None))[0]
        return vector

    def append(self, theta: NDArray[np.float32]) -> "SnapshotRows":
        """Return these rows and a vector float32[P], which stays in memory."""
        kept = (*self.kept, theta)
        return replace(self, index=np.append(self.index, -len(kept)), kept=kept)

    def _read(self, block: slice) -> NDArray[np.float32]:
        start, stop, _ = block.indices(self.size)
        found = np.empty((len(self), stop - start), dtype=np.float32)
        if not found.size:
            return found
        with self.path.open("rb", buffering=0) as file:
            for row, place in zip(found, self.index.tolist(), strict=True):
                if place < 0:
                    row[:] = self.kept[-place - 1][start:stop]
                else:
                    self._read_row(file, place * self.size + start, row)
        return found

    def _read_row(self, file: IO[bytes], first: int, row: NDArray[np.float32]) -> None:
        """Read the numbers of the file from `first` on into a row."""
        stored = np.empty(row.shape, STORED[self.precision])
        file.seek(first * stored.itemsize)
        left = stored.data.cast("B")
        while left:
            count = file.readinto(left)  # type: ignore[attr-defined]  # a raw file has it
            if not count:
                raise RunError(f"{self.path} is damaged: it has fewer snapshots than its run")
            left = left[count:]
        row[:] = decode(stored, self.precision)
