"""HTTP connections: stricter parsing than h11's, timeouts, and a limit on their number.

uvicorn parses HTTP with h11 and has no timeout for a slow client. Here a client has limited time to
send a request's head, to send its body, and to read the response. No timeout runs while the server
computes. Invalid HTTP gets a problem (RFC 9457) as its response, like every other error.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from http import HTTPStatus
from itertools import chain
from types import MappingProxyType
from typing import Any, ClassVar

import h11
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from descent_atlas.web.middleware.security_headers import SECURITY_HEADERS
from descent_atlas.web.problems import RETRY_AFTER, make_problem
from descent_atlas.web.settings import Settings

MAX_HEAD_BYTES = 16_384
"""Limit on the bytes of a request's target and headers. A browser sends less than 2,000."""

MAX_DISCARDED_BYTES = 1_048_576
"""Limit on the bytes of a body that are read and discarded after an early response, so that the
client can read the response before the connection closes."""

LINGER_SECONDS = 2.0
"""Time that a client has to read an error and close the connection. Closing at once, with bytes of
the request unread, would reset the connection (TCP RST), and the error could be lost."""

STATUSES = (400, 408, 431, 501, 503, 505)
"""Statuses of the errors that a connection itself responds with, before any route."""

ABSOLUTE_TARGET = re.compile(rb"https?://([^/?#]+)(.*)", re.IGNORECASE)
"""A request target in absolute form (RFC 9112, section 3.2.2)."""

HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::[0-9]{0,5})?", re.ASCII)
"""A host and a port (RFC 9110, section 7.2). Either may be empty."""

FAULTS = {
    HTTPStatus.BAD_REQUEST: "The request is not valid HTTP/1.1.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The request's target and headers may have "
    f"{MAX_HEAD_BYTES:,} bytes at most.",
    HTTPStatus.NOT_IMPLEMENTED: "The only transfer coding supported is chunked.",
}
"""Details of h11's errors for the client. h11's own messages quote the request."""


class RefusedRequestError(h11.RemoteProtocolError):
    """A request that h11 accepts and this server refuses."""


class StrictConnection(h11.Connection):
    """h11 connection with the checks of HTTP/1.1 that h11 omits.

    Attributes:
        method: the last request's method, or None before the first.
        fault: the error after which the connection cannot be read further, or None.
    """

    method: bytes | None = None
    fault: h11.RemoteProtocolError | None = None

    def next_event(self) -> Any:
        """Return the next event; check a request and reduce its target to a path."""
        try:
            event = super().next_event()
            if type(event) is h11.Request:
                self.method = event.method
                event = check_request(event)
        except h11.RemoteProtocolError as error:
            self.fault = error
            raise
        return event


def check_request(request: h11.Request) -> h11.Request:
    """Return a valid request, its target reduced to a path.

    Raises:
        RefusedRequestError: if its head is too long, it is not HTTP/1, its length is ambiguous,
            or its host or target is invalid.
    """
    raw = request.headers.raw_items()
    if len(request.target) + sum(map(len, chain.from_iterable(raw))) > MAX_HEAD_BYTES:
        status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        raise RefusedRequestError(FAULTS[status], status)
    if not request.http_version.startswith(b"1."):
        raise RefusedRequestError("The only version supported is HTTP/1.1.", 505)
    headers = {name.lower(): value for name, value in raw}
    # Request smuggling: a proxy might read another length (RFC 9112, section 6.1).
    if b"transfer-encoding" in headers and (
        b"content-length" in headers or request.http_version == b"1.0"
    ):
        raise RefusedRequestError("The length of the request's body is ambiguous.", 400)
    host = headers.get(b"host", b"")
    if not request.target.startswith(b"/"):
        host, request = make_relative(request)
    if not HOST.fullmatch(host):
        raise RefusedRequestError("The request's host is invalid.", 400)
    return request


def make_relative(request: h11.Request) -> tuple[bytes, h11.Request]:
    """Return the host of an absolute target, and the same request with a path as its target.

    The target's host replaces the header's (RFC 9112, section 3.2.2).

    Raises:
        RefusedRequestError: if the target is not an `http` or `https` URL.
    """
    if request.method == b"CONNECT" or request.target == b"*":
        raise RefusedRequestError("This server is not a proxy.", 501)
    match = ABSOLUTE_TARGET.fullmatch(request.target)
    if match is None:
        raise RefusedRequestError("The request's target is neither a path nor a URL.", 400)
    host, path = match.groups()
    others = [
        (name, value) for name, value in request.headers.raw_items() if name.lower() != b"host"
    ]
    return host, h11.Request(
        method=request.method,
        target=path if path.startswith(b"/") else b"/" + path,
        headers=[(b"Host", host), *others],
        http_version=request.http_version,
    )


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Timeouts of a connection, and the limit on the number of connections.

    Attributes:
        head: seconds for a request's head, from the connection's start or the head's first byte.
        body: seconds for a request's body.
        reading: seconds without a byte of the response read.
        connections: open connections.
    """

    head: float
    body: float
    reading: float
    connections: int


class Awaited(Enum):
    """The part of a request that the server waits for."""

    HEAD = auto()
    BODY = auto()


class Connection(H11Protocol):
    """uvicorn's HTTP/1.1 protocol over a `StrictConnection`, with `limits`."""

    limits: ClassVar[Limits]

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn: StrictConnection = StrictConnection(h11.SERVER, MAX_HEAD_BYTES)
        self._awaited: Awaited | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._reading_deadline: asyncio.TimerHandle | None = None
        self._unread = 0
        self._discarded = 0
        self._lingers = False

    def connection_made(  # type: ignore[override]  # uvicorn narrows asyncio's type too
        self, transport: asyncio.Transport
    ) -> None:
        """Start the timeout for a request's head; refuse a connection beyond the limit."""
        super().connection_made(transport)
        # asyncio then calls `pause_writing` whenever the client has bytes left to read.
        transport.set_write_buffer_limits(high=0)
        if len(self.connections) > self.limits.connections:
            self._refuse(503, "There are too many connections. Try again in a moment.", RETRY)
            transport.close()
        else:
            self._update_timeout()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the timeouts."""
        super().connection_lost(exc)
        self._set_deadline(None)
        self._cancel_reading_timeout()

    def data_received(self, data: bytes) -> None:
        """Process the client's bytes; discard them after an error or an early response."""
        if not self._lingers:
            super().data_received(data)
        if self._lingers or self._is_answered_early():
            self._discarded += len(data)
            if self._discarded > MAX_DISCARDED_BYTES:
                self.transport.abort()

    def _is_answered_early(self) -> bool:
        """Tell whether the response is complete before the request's body is."""
        is_answered = self.cycle is not None and self.cycle.response_complete
        return is_answered and self.conn.their_state is h11.SEND_BODY

    def handle_events(self) -> None:
        """Process the parsed events, then set the timeout for the next part of a request."""
        super().handle_events()
        if not self._lingers:
            self._update_timeout()

    def _update_timeout(self) -> None:
        state = self.conn.their_state
        if state is h11.SEND_BODY:
            awaited, seconds = Awaited.BODY, self.limits.body
        elif state is h11.IDLE and self.timeout_keep_alive_task is None:
            awaited, seconds = Awaited.HEAD, self.limits.head
        else:  # the server computes, or the connection is idle and uvicorn's timeout runs
            if self._awaited is not None:
                self._awaited = None
                self._discarded = 0
                self._set_deadline(None)
            return
        if awaited is not self._awaited:
            self._awaited = awaited
            self._discarded = 0
            self._set_deadline(self.loop.call_later(seconds, self._time_out))

    def _set_deadline(self, deadline: asyncio.TimerHandle | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = deadline

    def _time_out(self) -> None:
        if self._awaited is Awaited.HEAD and not self.conn.trailing_data[0]:
            self.transport.close()  # without a request there is nothing to respond to
        else:
            self._refuse(408, "The request did not arrive in time.")
            self._linger()

    def send_400_response(self, msg: str) -> None:
        """Respond to invalid HTTP with a problem (RFC 9457); uvicorn's response is plain text."""
        fault = self.conn.fault
        assert fault is not None
        if isinstance(fault, RefusedRequestError):
            self._refuse(fault.error_status_hint, str(fault))
        else:
            status = HTTPStatus(fault.error_status_hint)
            if self.conn.our_state is not h11.IDLE:
                status = HTTPStatus.BAD_REQUEST  # not the head is too long, but a chunk's header
            self._refuse(status, FAULTS[status])
        self._linger()

    def _refuse(
        self, status: int, detail: str, headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Cancel the request in progress; respond with a problem unless a response has begun."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            return
        problem = make_problem(
            status, detail, headers={**SECURITY_HEADERS, "connection": "close", **headers}
        )
        head = h11.Response(
            status_code=status,
            headers=[*self.server_state.default_headers, *problem.raw_headers],
            reason=HTTPStatus(status).phrase.encode(),
        )
        body = b"" if self.conn.method == b"HEAD" else bytes(problem.body)
        for event in (head, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")

    def _linger(self) -> None:
        """Close the sending side now, and the connection when the client does (RFC 9112, 9.6)."""
        self._lingers = True
        self._unset_keepalive_if_required()
        if not self.transport.is_closing():
            self.transport.write_eof()
            self.flow.resume_reading()
            self._set_deadline(self.loop.call_later(LINGER_SECONDS, self.transport.abort))

    def pause_writing(self) -> None:
        """Start the timeout for the client to read."""
        super().pause_writing()
        self._unread = self.transport.get_write_buffer_size()
        self._reading_deadline = self.loop.call_later(self.limits.reading, self._check_reading)

    def resume_writing(self) -> None:
        """Cancel the timeout: the client has read everything."""
        super().resume_writing()
        self._cancel_reading_timeout()

    def _check_reading(self) -> None:
        unread = self.transport.get_write_buffer_size()
        if unread < self._unread:
            self._unread = unread
            self._reading_deadline = self.loop.call_later(self.limits.reading, self._check_reading)
        else:
            self.transport.abort()

    def _cancel_reading_timeout(self) -> None:
        if self._reading_deadline is not None:
            self._reading_deadline.cancel()
            self._reading_deadline = None

    def end(self) -> None:
        """Respond with 503 and close the connection, because the server is stopping."""
        self._refuse(503, "The server is stopping.", RETRY)
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()


RETRY = {"Retry-After": str(RETRY_AFTER)}


def limit_connections(settings: Settings, number: int) -> type[Connection]:
    """Return the protocol class with the timeouts of the settings and a number of connections."""

    class LimitedConnection(Connection):
        limits = Limits(
            head=settings.head_seconds,
            body=settings.body_seconds,
            reading=settings.reading_seconds,
            connections=number,
        )

    return LimitedConnection
