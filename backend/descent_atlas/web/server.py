"""The server's process: file descriptors, signals, and how it starts and stops."""

import asyncio
import errno
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
"""File descriptors for everything but connections: the log, the listening socket, files that
are being read."""

MAX_BACKLOG = 256
"""Connections that wait to be accepted, and that asyncio accepts in one go: as many as a burst
of clients brings while the event loop computes for a few milliseconds."""

BATCHES = 4
"""Batches of `MAX_BACKLOG` connections that may be open at once beyond the limit: asyncio takes
three rounds of its loop from accepting one to closing it."""

EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
"""How `accept` fails when the machine or the process has no more to give."""

STOP_SECONDS = 2.0
"""How long a stopping server lets connections finish before it ends them: less than uvicorn's own
limit, after which uvicorn answers each request with an error of its own."""

LOG_INTERVAL = 10.0
"""Seconds between two lines that say so: asyncio would write a traceback for each attempt."""


class Server(uvicorn.Server):
    """uvicorn's server, which tells the application at once that it stops.

    `stop` is called before the server waits for what it still answers.
    """

    def __init__(self, config: uvicorn.Config, stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._stop = stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to listen."""
        asyncio.get_running_loop().set_exception_handler(ErrorLog())
        await super().startup(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what is being computed, then answer what is left and stop."""
        self._stop()
        asyncio.get_running_loop().call_later(STOP_SECONDS, self._end_connections)
        await super().shutdown(sockets)

    def _end_connections(self) -> None:
        for connection in list(self.server_state.connections):
            assert isinstance(connection, Connection)
            connection.end()


class ErrorLog:
    """Logs the event loop's errors; running out of descriptors is one line now and then."""

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
    """Serve an application until SIGINT or SIGTERM; then end the process with status 0.

    `options` are uvicorn's.

    Raises:
        SystemExit: if the server could not start.
    """
    connections, backlog = share_descriptors(
        raise_descriptor_limit(settings.max_connections), settings.max_connections
    )
    http = limit_connections(settings, connections)
    server = Server(uvicorn.Config(app, http=http, backlog=backlog, **options), stop)
    # Having stopped, uvicorn restores these and raises the signal anew.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end_process)
    server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def end_process(number: int, frame: FrameType | None) -> None:
    """End the process with status 0, as it was asked to.

    At once: where everything is closed and joined, Python would spend seconds on taking compiled
    code apart.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def raise_descriptor_limit(connections: int) -> int:
    """Let the process open files for some connections, as far as it may; return its new limit."""
    wanted = RESERVED_DESCRIPTORS + connections + BATCHES * MAX_BACKLOG
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    reachable = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, hard))
    return reachable


def share_descriptors(available: int, connections: int) -> tuple[int, int]:
    """Return how many connections may be open, and how many may wait, so that files suffice.

    Example:
        >>> share_descriptors(20_000, 2_000), share_descriptors(256, 2_000)
        ((2000, 256), (144, 12))
    """
    free = available - RESERVED_DESCRIPTORS
    backlog = max(1, min(MAX_BACKLOG, free // (4 * BATCHES)))
    return max(1, min(connections, free - BATCHES * backlog)), backlog
