"""Fence around the writes of a process whose work another process may take over.

Where several machines share a folder, a job can be given to another process while the first is
only slow. The first must not write any more, or it would replace what its successor wrote. Within
`fenced`, a check runs before each rename and removal; on one machine alone nothing is checked.
"""

import contextlib
from collections.abc import Callable, Iterator

_check: Callable[[], None] | None = None


@contextlib.contextmanager
def fenced(check: Callable[[], None]) -> Iterator[None]:
    """Call `check` before each write of this process; an error that it raises prevents the write.

    Between the check and the write, a process may still lose its right. What it writes then must do
    no harm: complete files of the same content or of an earlier state of the same work.
    """
    global _check
    former, _check = _check, check
    try:
        yield
    finally:
        _check = former


def check_fence() -> None:
    """Raise the check's error if this process may not write any more."""
    if _check is not None:
        _check()


def is_fenced() -> bool:
    """Return whether another process may take over this one's work."""
    return _check is not None
