"""A lock on a file that processes hold together, and that ends with the last of them."""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import Any

POLL_SECONDS = 0.05
"""How often a lock that another process holds is tried again."""


class LockError(Exception):
    """A lock that another process holds; the message tells what to do."""


@dataclass(frozen=True)
class Lock:
    """A lock that this process holds; a process that is spawned with it as an argument does too."""

    descriptor: int

    def __reduce__(self) -> tuple[Callable[[Any], "Lock"], tuple[Any]]:
        return share, (DupFd(self.descriptor),)


def share(duplicate: Any) -> Lock:
    """Return a lock in the process that was spawned with it, which holds it until its end."""
    return Lock(duplicate.detach())


@contextlib.contextmanager
def hold(path: Path, seconds: float, fault: str) -> Iterator[Lock]:
    """Hold the lock on a file, which is made if need be.

    The system frees it when the last process that holds it has ended, however that was. Waits for
    so many seconds where others hold it, then raises LockError with the fault.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        deadline = time.monotonic() + seconds
        while not try_lock(descriptor):
            if time.monotonic() > deadline:
                raise LockError(fault)
            time.sleep(POLL_SECONDS)
        yield Lock(descriptor)
    finally:
        os.close(descriptor)  # and no unlocking, which would take the lock from the others too


def try_lock(descriptor: int) -> bool:
    """Take the lock on an open file, if nobody holds it; return whether that was so."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
