"""Long computations: their queues, with limits and cancellation, and threads that give way."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress

from starlette.exceptions import HTTPException
from starlette.types import Receive

from descent_atlas.simulation.outcomes import CancelledError
from descent_atlas.web.problems import RETRY_AFTER
from descent_atlas.web.settings import Settings

NICENESS = 10
"""How much later than others the threads of long computations get a core where all want one. They
still use every core that is idle."""

LOWEST = 19

LONGEST_GAP = 0.01
"""Limit in seconds on the gap between two large requests, for one that was held up itself."""


class UnavailableError(HTTPException):
    """A 503 with `Retry-After`: the server cannot compute this now."""

    def __init__(self, detail: str) -> None:
        super().__init__(503, detail, {"Retry-After": str(RETRY_AFTER)})


class Turns:
    """Queue of requests with long computations.

    At most `at_once` requests hold a turn at a time; others wait for up to `patience` seconds.
    """

    def __init__(self, at_once: int, patience: float) -> None:
        self._patience = patience
        self._free = asyncio.Semaphore(at_once)
        self._cancellations: set[threading.Event] = set()
        self._stopped = False

    @asynccontextmanager
    async def take(self, receive: Receive) -> AsyncIterator[threading.Event]:
        """Wait for a turn and hold it within the context; yield the computation's cancel event.

        The event is set when `receive` reports that the client has disconnected, and by `stop`. The
        computation should then raise `CancelledError`.

        Raises:
            UnavailableError: if the wait timed out, or the computation was cancelled.
        """
        cancelled = threading.Event()
        self._cancellations.add(cancelled)
        watch = asyncio.create_task(_set_on_disconnect(cancelled, receive))
        try:
            async with self._wait():
                if self._stopped or cancelled.is_set():
                    raise self.make_cancellation_error()
                yield cancelled
        except CancelledError:
            raise self.make_cancellation_error() from None
        finally:
            cancelled.set()  # for a computation whose request was cancelled
            watch.cancel()
            self._cancellations.remove(cancelled)

    @asynccontextmanager
    async def _wait(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._patience):
                await self._free.acquire()
        except TimeoutError:
            raise UnavailableError(
                "The server is busy with other computations. Try again in a moment."
            ) from None
        try:
            yield
        finally:
            self._free.release()

    def make_cancellation_error(self) -> UnavailableError:
        """Return the error to raise for a cancelled computation."""
        if self._stopped:
            return UnavailableError("The server is stopping.")
        return UnavailableError("The client has disconnected.")

    def stop(self) -> None:
        """Cancel all computations, and refuse waiting and later requests."""
        self._stopped = True
        for cancelled in self._cancellations:
            cancelled.set()


def open_background(threads: int, name: str) -> ThreadPoolExecutor:
    """Return a pool of threads that give way to all others of this process."""
    return ThreadPoolExecutor(threads, thread_name_prefix=name, initializer=give_way)


def give_way() -> None:
    """Lower the priority of this thread. Only Linux has one for each thread."""
    if sys.platform == "linux":
        thread = threading.get_native_id()
        with suppress(OSError):  # a sandbox may forbid it
            niceness = os.getpriority(os.PRIO_PROCESS, thread) + NICENESS
            os.setpriority(os.PRIO_PROCESS, thread, min(niceness, LOWEST))


class Gaps:
    """Lets requests with large bodies begin one after another, with a gap for others between two.

    To read and check one takes a millisecond or two of the event loop: with two hundred at once, a
    small request, which needs several iterations of the loop, would wait for most of them. So each
    gap is as long as the request before it took: others have half of the event loop.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._began = 0.0

    async def wait(self) -> None:
        """Return in an iteration of the event loop that is this request's alone."""
        loop = asyncio.get_running_loop()
        is_first = not self._lock.locked()
        async with self._lock:
            # The one before has begun in an iteration that ends when this one gets the lock.
            taken = 0.0 if is_first else loop.time() - self._began
            await asyncio.sleep(min(taken, LONGEST_GAP))
            self._began = loop.time()


class BasinService:
    """The threads that compute basins, and the queue of basin requests."""

    def __init__(self, settings: Settings) -> None:
        self.executor = open_background(settings.threads, "basins")
        self.max_evaluations = settings.max_basin_evaluations
        self.turns = Turns(settings.basin_requests, settings.basin_patience)


async def _set_on_disconnect(cancelled: threading.Event, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass  # the rest of the body
    cancelled.set()
