"""File locks that several processes share; the lock is free when the last of them ends."""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import Any

RETRY_SECONDS = 0.05
"""Time between two attempts to take a lock that another process holds."""


class LockError(Exception):
    """A lock that another process holds; the message says what to do."""


@dataclass(frozen=True)
class Lock:
    """A lock that this process holds. A process spawned with it as an argument shares it."""

    descriptor: int

    def __reduce__(self) -> tuple[Callable[[Any], "Lock"], tuple[Any]]:
        return inherit_lock, (DupFd(self.descriptor),)


def inherit_lock(duplicate: Any) -> Lock:
    """Return the shared lock in a spawned process, which holds it until it ends."""
    return Lock(duplicate.detach())


@contextlib.contextmanager
def hold_lock(path: Path, seconds: float, fault: str) -> Iterator[Lock]:
    """Hold the lock on a file, which is created if it is missing.

    The operating system releases the lock when the last process that shares it ends, even if it is
    killed. Wait for up to `seconds` while others hold it, then raise LockError with the message
    `fault`.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        deadline = time.monotonic() + seconds
        while not try_lock(descriptor):
            if time.monotonic() > deadline:
                raise LockError(fault)
            time.sleep(RETRY_SECONDS)
        yield Lock(descriptor)
    finally:
        os.close(descriptor)  # LOCK_UN would release it for the other processes too


def try_lock(descriptor: int) -> bool:
    """Try to take the lock on an open file without waiting; return whether it succeeded."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
