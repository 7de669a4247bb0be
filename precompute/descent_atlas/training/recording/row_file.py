"""Files of rows that grow while a run is trained, and are cut to a checkpoint when it resumes."""

import hashlib
import logging
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

from torch import Tensor

from descent_atlas.storage.durable import remove, rename
from descent_atlas.storage.fencing import is_fenced

logger = logging.getLogger(__name__)


class RowFile:
    """Rows of `row_bytes` bytes each. `steps` are the steps at which they were appended.

    `restart` or `resume` prepares the file, `open` opens it. Its hash is computed as it grows.
    """

    def __init__(self, path: Path, row_bytes: int) -> None:
        self.path, self.row_bytes = path, row_bytes
        self.steps: list[int] = []
        self._digest = hashlib.sha256()
        self._file: BinaryIO | None = None

    def restart(self) -> None:
        """Make the file empty."""
        remove(self.path)
        self.path.touch()
        self.steps, self._digest = [], hashlib.sha256()

    def resume(self, steps: Sequence[int], sha256: str) -> bool:
        """Remove whatever follows the rows of some steps.

        Return False if these rows do not have the given hash.
        """
        size = len(steps) * self.row_bytes
        digest = hash_start(self.path, size)
        if digest.hexdigest() != sha256:
            logger.warning("%s is damaged", self.path)
            return False
        self.steps, self._digest = list(steps), digest
        self.path.touch()
        if is_fenced():
            copy_start(self.path, size)
        else:
            os.truncate(self.path, size)
        return True

    def open(self) -> None:
        """Open the file for further rows."""
        self._file = self.path.open("ab")

    def append(self, step: int, row: memoryview) -> None:
        """Append a row."""
        self._opened.write(row)
        self._digest.update(row)
        self.steps.append(step)

    def flush(self) -> None:
        """Write all rows to the disk."""
        self._opened.flush()
        os.fsync(self._opened.fileno())

    def close(self) -> None:
        """Close the file; do nothing if it is not open."""
        if self._file is not None:
            self._file.close()

    @property
    def _opened(self) -> BinaryIO:
        assert self._file is not None
        return self._file

    @property
    def sha256(self) -> str:
        """The hash of all rows."""
        return self._digest.hexdigest()

    def describe(self) -> dict[str, Any]:
        """Return the file's entry of a run's manifest."""
        return {"size": len(self.steps) * self.row_bytes, "sha256": self.sha256}


def hash_start(path: Path, size: int) -> "hashlib._Hash":
    """Return the SHA-256 of the first `size` bytes of a file, or of all if it is shorter.

    A missing file counts as empty.
    """
    digest = hashlib.sha256()
    if path.exists():
        with path.open("rb") as file:
            while size > 0 and (block := file.read(min(size, 2**20))):
                digest.update(block)
                size -= len(block)
    return digest


def copy_start(path: Path, size: int) -> None:
    """Replace a file by a copy of its first `size` bytes.

    A process that still appends to the file, though this one has taken over its run, then appends
    to the former file, which has no name any more.
    """
    copy = path.with_name(f".{path.name}.copy.tmp")
    shutil.copyfile(path, copy)
    os.truncate(copy, size)
    rename(copy, path)


def to_bytes(theta: Tensor) -> memoryview:
    """Return parameters float32[P] as their bytes in a file, little-endian."""
    return theta.numpy().astype("<f4", copy=False).data
