"""Termination of the command and its workers on signals."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from descent_atlas.training.loops.parent_process import end_with_parent

SIGNALLED = 128
"""Offset from a signal's number to the exit status of the process that it ended, as in shells."""

ENDING = (signal.SIGTERM, signal.SIGHUP)
"""Signals that end the command as Ctrl-C does, unless they are ignored (as under nohup)."""

LEAVE_SECONDS = 5.0
"""Time that a worker's job has to save its state after SIGTERM. Docker sends SIGKILL after ten
seconds."""


class SignalError(KeyboardInterrupt):
    """A signal that ends the command as Ctrl-C does."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


@contextlib.contextmanager
def raise_on_signals() -> Iterator[None]:
    """Raise SignalError on the first SIGTERM or SIGHUP within this context; ignore later ones.

    A signal may arrive twice: GNU `timeout`, for example, signals the command and then its process
    group.
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
    """Termination of a pool's worker: with its parent, or on SIGTERM after saving its job's state.

    Ctrl-C and SIGHUP reach the whole process group. The worker ignores them, because the command
    handles them and stops the jobs.
    """

    def __init__(self) -> None:
        self.is_leaving = False
        self._is_working = False

    def begin(self) -> None:
        """Install the signal handlers, and exit if the parent has already ended."""
        end_with_parent()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._leave)

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """Delay the exit on SIGTERM until the job in this context has saved its state."""
        self._is_working = True
        try:
            yield
        finally:
            self._is_working = False
            if self.is_leaving:
                os._exit(SIGNALLED + signal.SIGTERM)

    def _leave(self, number: int, frame: FrameType | None) -> None:
        if not self._is_working:
            raise SystemExit(SIGNALLED + number)
        if not self.is_leaving:
            self.is_leaving = True
            deadline = threading.Timer(LEAVE_SECONDS, os._exit, [SIGNALLED + number])
            deadline.daemon = True
            deadline.start()


worker = Worker()
"""Termination of this process as a pool's worker."""
