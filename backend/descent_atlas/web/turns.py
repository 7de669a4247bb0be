"""Turns for long computations: how many run at once, how long others wait, how they end."""

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from starlette.exceptions import HTTPException
from starlette.types import Receive

from descent_atlas.simulation.outcomes import CancelledError
from descent_atlas.web.problems import RETRY_AFTER
from descent_atlas.web.settings import Settings


class UnavailableError(HTTPException):
    """The server cannot compute this now; later it can."""

    def __init__(self, detail: str) -> None:
        super().__init__(503, detail, {"Retry-After": str(RETRY_AFTER)})


class Turns:
    """The turns of requests whose computations take long.

    `at_once` requests have a turn at a time; another waits for `patience` seconds.
    """

    def __init__(self, at_once: int, patience: float) -> None:
        self._patience = patience
        self._free = asyncio.Semaphore(at_once)
        self._cancellations: set[threading.Event] = set()
        self._stopped = False

    @asynccontextmanager
    async def take(self, receive: Receive) -> AsyncIterator[threading.Event]:
        """Wait for a turn, and hold it; yield the event that cancels what is done with it.

        The event is set when the client disconnects, which `receive` tells, and by `stop`.
        Whoever holds the turn ends with `CancelledError` then.

        Raises:
            UnavailableError: if no turn came in time, or the computation was cancelled.
        """
        cancelled = threading.Event()
        self._cancellations.add(cancelled)
        watch = asyncio.create_task(_set_on_disconnect(cancelled, receive))
        try:
            async with self._wait():
                if self._stopped or cancelled.is_set():
                    raise self.explain_end()
                yield cancelled
        except CancelledError:
            raise self.explain_end() from None
        finally:
            cancelled.set()  # for a request that is itself cancelled
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

    def explain_end(self) -> UnavailableError:
        """Return what is said of a computation that was cancelled."""
        if self._stopped:
            return UnavailableError("The server is stopping.")
        return UnavailableError("Nobody waits for the answer any more.")

    def stop(self) -> None:
        """Cancel everything that is being computed, and give no more turns."""
        self._stopped = True
        for cancelled in self._cancellations:
            cancelled.set()


class BasinService:
    """The threads that compute basins, and the turns of the requests that want them."""

    def __init__(self, settings: Settings) -> None:
        self.executor = ThreadPoolExecutor(settings.threads, thread_name_prefix="basins")
        self.max_evaluations = settings.max_basin_evaluations
        self.turns = Turns(settings.basin_requests, settings.basin_patience)


async def _set_on_disconnect(cancelled: threading.Event, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass  # what is left of the body
    cancelled.set()
