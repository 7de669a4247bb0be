"""Server process: file descriptors, signals, start-up and shutdown."""

import asyncio
import errno
import gc
import logging
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.config import STARTUP_FAILURE

from descent_atlas.web.connections import Connection, limit_connections
from descent_atlas.web.settings import Settings

logger = logging.getLogger("uvicorn.error")

RESERVED_DESCRIPTORS = 64
"""File descriptors for everything except connections: the log, the listening socket, open files."""

BACKLOG = 256
"""Limit on the connections that wait to be accepted. A burst of clients brings as many while the
loop computes for a few milliseconds."""

MAX_ACCEPTED = 8
"""Limit on the connections that are accepted in one iteration of the event loop. Each takes a third
of a millisecond until its request is parsed, so that open connections wait a few milliseconds."""

BATCHES = 4
"""Batches of `MAX_ACCEPTED` connections that may be open beyond the limit: asyncio takes three
iterations of its loop from accepting a connection to closing it."""

SWITCH_SECONDS = 0.001
"""How long a thread that needs the GIL waits before it asks for it. The event loop gives the GIL up
at each call of the system, and needs it back some ten times for one request: with Python's 5 ms,
a single thread that computes in Python would make that 50 ms."""

COLLECTED_AFTER = 10_000
"""New objects after which Python looks for unreachable ones, instead of 700: two hundred requests
make tens of thousands within a second, and each look holds the GIL."""

EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
"""Errors of `accept` when the process or the machine has run out of descriptors or memory."""

STOP_SECONDS = 2.0
"""Time that open requests have to finish on shutdown. It is shorter than uvicorn's timeout, after
which uvicorn sends an error that is not a problem (RFC 9457)."""

LOG_INTERVAL = 10.0
"""Seconds between two log lines about `EXHAUSTED`. asyncio would log a traceback for each
attempt."""


class Server(uvicorn.Server):
    """uvicorn's server, with a callback at the start of the shutdown.

    `stop` is called before the server waits for open requests.
    """

    def __init__(self, config: uvicorn.Config, stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._stop = stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Install the error log and start to listen."""
        asyncio.get_running_loop().set_exception_handler(ErrorLog())
        await super().startup(sockets)
        # asyncio has one number for what waits and for what is accepted at once.
        for server in self.servers:
            for listener in server.sockets:
                with listener.dup() as same:
                    same.listen(BACKLOG)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Cancel computations, wait for open requests, then stop."""
        self._stop()
        asyncio.get_running_loop().call_later(STOP_SECONDS, self._end_connections)
        await super().shutdown(sockets)

    def _end_connections(self) -> None:
        for connection in list(self.server_state.connections):
            assert isinstance(connection, Connection)
            connection.end()


class ErrorLog:
    """Exception handler of the event loop. Rate-limits the errors in `EXHAUSTED` to one line."""

    def __init__(self) -> None:
        self._logged = -LOG_INTERVAL

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log one error."""
        exception = context.get("exception")
        if not isinstance(exception, OSError) or exception.errno not in EXHAUSTED:
            loop.default_exception_handler(context)
        elif time.monotonic() - self._logged >= LOG_INTERVAL:
            self._logged = time.monotonic()
            logger.error("No connection could be accepted: %s", exception.strerror)


def run(app: FastAPI, settings: Settings, stop: Callable[[], None], **options: Any) -> None:
    """Serve an application until SIGINT or SIGTERM, then exit with status 0.

    `options` are uvicorn's.

    Raises:
        SystemExit: if the server cannot start.
    """
    connections, accepted = share_descriptors(
        raise_descriptor_limit(settings.max_connections), settings.max_connections
    )
    http = limit_connections(settings, connections)
    server = Server(uvicorn.Config(app, http=http, backlog=accepted, **options), stop)
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.set_threshold(COLLECTED_AFTER)
    # After the shutdown, uvicorn restores these handlers and raises the signal again.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, exit_immediately)
    server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def freeze_objects() -> None:
    """Leave all objects of this process to themselves: Python looks for unreachable ones elsewhere.

    Compiled code and tables are two hundred thousand objects, which stay for good. To look through
    them holds the GIL for a tenth of a second, whenever a burst of requests makes Python do so.
    """
    gc.collect()
    gc.freeze()


def exit_immediately(number: int, frame: FrameType | None) -> None:
    """Exit with status 0, without the interpreter's finalization.

    Everything is closed and joined by now; Python would spend seconds on freeing compiled code.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def raise_descriptor_limit(connections: int) -> int:
    """Raise the soft limit on open files for a number of connections; return the limit.

    The hard limit bounds it.
    """
    wanted = RESERVED_DESCRIPTORS + connections + BATCHES * MAX_ACCEPTED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    reachable = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, hard))
    return reachable


def share_descriptors(available: int, connections: int) -> tuple[int, int]:
    """Return the limits on open connections, and on those accepted at once, for the descriptors.

    Example:
        >>> share_descriptors(20_000, 2_000), share_descriptors(256, 2_000)
        ((2000, 8), (160, 8))
    """
    free = available - RESERVED_DESCRIPTORS
    accepted = max(1, min(MAX_ACCEPTED, free // (4 * BATCHES)))
    return max(1, min(connections, free - BATCHES * accepted)), accepted
