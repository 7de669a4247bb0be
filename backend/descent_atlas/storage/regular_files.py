"""Files that somebody else may have damaged or replaced: how they are read, and what is wrong."""

import errno
import os
import stat
from pathlib import Path

TRANSIENT = {
    errno.EMFILE,
    errno.ENFILE,
    errno.ENOMEM,
    errno.EIO,
    errno.EINTR,
    errno.EAGAIN,
    errno.ESTALE,
    errno.ETIMEDOUT,
}
"""Errors of the machine at this moment, which say nothing of the file."""


class DamagedError(Exception):
    """A file that cannot be trusted: what is wrong, as the rest of a sentence about its path."""

    def __init__(self, fault: str, path: Path | None = None) -> None:
        self.fault, self.path = fault, path

    def __str__(self) -> str:
        return f"{self.path} {self.fault}" if self.path is not None else self.fault

    def relate(self, root: Path) -> str:
        """Return the sentence with the path as it is in a folder: the folder's own is left out."""
        if self.path is None:
            return self.fault
        return f"{os.path.relpath(self.path, root)} {self.fault}"


class TransientError(DamagedError):
    """A file that cannot be read at this moment, for an error of the machine."""


def read_file(path: Path, *, limit: int) -> bytes:
    """Read a regular file whole. Raises DamagedError if it is none, missing, or over the limit."""
    try:
        # A pipe that nobody writes to would keep a blocking open waiting for good.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise DamagedError("is not a regular file", path)
            if found.st_size > limit:
                raise DamagedError(f"has {found.st_size:,} bytes, more than {limit:,}", path)
            with open(descriptor, "rb", closefd=False) as file:
                return file.read(found.st_size)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise DamagedError("is missing", path) from None
    except OSError as error:
        raise describe_error(error, path) from error


def describe_error(error: OSError, path: Path) -> DamagedError:
    """Return the error to raise for one of the system's about a path."""
    kind = TransientError if error.errno in TRANSIENT else DamagedError
    return kind(f"cannot be read: {error.strerror}", path)
