"""Reading of untrusted files, and the errors of damaged ones."""

import errno
import os
import re
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
"""Transient errors of the operating system, which do not mean that a file is damaged."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class DamagedError(Exception):
    """A damaged file. `fault` completes a sentence that begins with the path."""

    def __init__(self, fault: str, path: Path | None = None) -> None:
        self.fault, self.path = fault, path

    def __str__(self) -> str:
        return f"{self.path} {self.fault}" if self.path is not None else self.fault

    def describe_relative(self, root: Path) -> str:
        """Return the message with the path relative to a folder."""
        if self.path is None:
            return self.fault
        return f"{os.path.relpath(self.path, root)} {self.fault}"


class TransientError(DamagedError):
    """A file that cannot be read now, because of a transient error."""


def read_file(path: Path, *, limit: int) -> bytes:
    """Read a regular file of at most `limit` bytes. Raises DamagedError for anything else."""
    try:
        # Without O_NONBLOCK, opening a named pipe that nobody writes to would block for ever.
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
    """Convert an OSError about a path into a DamagedError or TransientError."""
    kind = TransientError if error.errno in TRANSIENT else DamagedError
    return kind(f"cannot be read: {error.strerror}", path)


def printable(text: str) -> str:
    """Return a text as valid Unicode in one line: what is neither, as Python writes it.

    Names of files may hold any bytes, and keys line ends, which would add lines to a log.
    """
    valid = text.encode("utf-8", "backslashreplace").decode()
    return _CONTROLS.sub(lambda found: ascii(found[0])[1:-1], valid)
