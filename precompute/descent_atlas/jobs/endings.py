"""How the command ends on a signal, and its workers with it."""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from multiprocessing.connection import wait
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGHUP)
"""The signals that end the command as Ctrl-C does; what is ignored, as under nohup, stays so."""

LEAVE_SECONDS = 5.0
"""How long a worker's job may take to save its state after SIGTERM. Containers are killed ten
seconds after it."""


class SignalError(KeyboardInterrupt):
    """A signal that ends the command as Ctrl-C does."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


@contextlib.contextmanager
def raise_on_signals() -> Iterator[None]:
    """Raise SignalError on SIGTERM and SIGHUP as long as this lasts; once, as they may come twice.

    GNU `timeout`, for one, sends its signal to the command, and then to the command's group.
    """
    former = {
        number: handler
        for number in ENDING
        if (handler := signal.getsignal(number)) != signal.SIG_IGN
    }

    def end(number: int, frame: FrameType | None) -> None:
        for other in former:
            signal.signal(other, signal.SIG_IGN)
        raise SignalError(number)

    for number in former:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


class Worker:
    """How the worker that this process is ends: with its parent, and on SIGTERM between jobs.

    Ctrl-C and SIGHUP reach the whole group of processes, of which the command alone answers, and
    calls the jobs off.
    """

    def __init__(self) -> None:
        self.is_leaving = False
        self._is_working = False

    def begin(self) -> None:
        """Make this process one that ends so; end it at once if its parent has ended."""
        end_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._leave)

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """Let a job that runs meanwhile save its state before SIGTERM ends the process."""
        self._is_working = True
        try:
            yield
        finally:
            self._is_working = False
            if self.is_leaving:
                os._exit(128 + signal.SIGTERM)

    def _leave(self, number: int, frame: FrameType | None) -> None:
        if not self._is_working:
            raise SystemExit(128 + number)
        if not self.is_leaving:
            self.is_leaving = True
            deadline = threading.Timer(LEAVE_SECONDS, os._exit, [128 + number])
            deadline.daemon = True
            deadline.start()


def end_with_parent() -> None:
    """End this process as soon as its parent has ended, however that was."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel
    if wait([sentinel], timeout=0):
        os._exit(1)

    def watch() -> None:
        wait([sentinel])
        os._exit(1)

    threading.Thread(target=watch, name="watch-parent", daemon=True).start()


worker = Worker()
"""How this process ends, where it is a pool's."""
