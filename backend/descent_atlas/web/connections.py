"""Connections of the HTTP server: stricter than h11, and limited in time and number.

uvicorn reads HTTP through h11 and waits for a client as long as the client likes. Here each duty
of a client has a limit: to send a request's head, to send its body, to read the answer. While the
server computes, the client has none. What is not HTTP is refused with a problem, like every
other error.
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
"""Bytes of a request's target and headers: a browser sends less than 2,000."""

MAX_DISCARDED_BYTES = 1_048_576
"""Bytes of a body that are read and thrown away after its request was answered, so that the
client finds the answer instead of a broken connection."""

LINGER_SECONDS = 2.0
"""How long a client may take to read a refusal and close: closing at once, with bytes of its
request unread, would reset the connection and may destroy the refusal on its way."""

STATUSES = (400, 408, 431, 501, 503, 505)
"""How a connection refuses a request before any route sees it."""

ABSOLUTE_TARGET = re.compile(rb"https?://([^/?#]+)(.*)", re.IGNORECASE)
"""A target that names the host as well (RFC 9112, section 3.2.2)."""

HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[\w.~!$&'()*+,;=%-]*)(?::[0-9]{0,5})?", re.ASCII)
"""A host and a port (RFC 9110, section 7.2), of which either may be empty."""

FAULTS = {
    HTTPStatus.BAD_REQUEST: "The request is not valid HTTP/1.1.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The request's target and headers may have "
    f"{MAX_HEAD_BYTES:,} bytes at most.",
    HTTPStatus.NOT_IMPLEMENTED: "The only transfer coding known here is chunked.",
}
"""What a client is told of h11's faults, whose own words repeat the request."""


class RefusedRequestError(h11.RemoteProtocolError):
    """A request that h11 lets pass, and that is refused all the same."""


class StrictConnection(h11.Connection):
    """What h11 reads, checked where HTTP/1.1 is stricter than h11.

    Attributes:
        method: the last request's method, or None before the first.
        fault: why the connection cannot be read any further, or None.
    """

    method: bytes | None = None
    fault: h11.RemoteProtocolError | None = None

    def next_event(self) -> Any:
        """Return the next event; requests for an absolute target come as for its path."""
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
    """Return a request as routes see it: its target is a path.

    Raises:
        RefusedRequestError: if its head is too long, it is not HTTP/1, its length is ambiguous,
            or its host or target is not valid.
    """
    raw = request.headers.raw_items()
    if len(request.target) + sum(map(len, chain.from_iterable(raw))) > MAX_HEAD_BYTES:
        status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        raise RefusedRequestError(FAULTS[status], status)
    if not request.http_version.startswith(b"1."):
        raise RefusedRequestError("This server speaks HTTP/1.1.", 505)
    headers = {name.lower(): value for name, value in raw}
    # Two programs that read the same bytes in two ways may be played off against each other
    # (RFC 9112, section 6.1).
    if b"transfer-encoding" in headers and (
        b"content-length" in headers or request.http_version == b"1.0"
    ):
        raise RefusedRequestError("The length of the request's body is ambiguous.", 400)
    host = headers.get(b"host", b"")
    if not request.target.startswith(b"/"):
        host, request = make_relative(request)
    if not HOST.fullmatch(host):
        raise RefusedRequestError("The request's host is not valid.", 400)
    return request


def make_relative(request: h11.Request) -> tuple[bytes, h11.Request]:
    """Return the host of an absolute target, and the request for a path that means the same.

    The target's host takes the place of the header's (RFC 9112, section 3.2.2).

    Raises:
        RefusedRequestError: if the target is none of `http` or `https`.
    """
    if request.method == b"CONNECT" or request.target == b"*":
        raise RefusedRequestError("This server is no proxy, and has paths alone.", 501)
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
    """How long connections may keep the server waiting, and how many there may be.

    Attributes:
        head: seconds for a request's head, from the connection's start or the head's first byte.
        body: seconds for a request's body.
        reading: seconds in which a client must read something of its answer.
        connections: open connections.
    """

    head: float
    body: float
    reading: float
    connections: int


class Duty(Enum):
    """What a client has to do before the server can go on."""

    SEND_HEAD = auto()
    SEND_BODY = auto()


class Connection(H11Protocol):
    """uvicorn's HTTP/1.1 over `StrictConnection`, within `limits`."""

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
        self._duty: Duty | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._reading_deadline: asyncio.TimerHandle | None = None
        self._unread = 0
        self._discarded = 0
        self._lingers = False

    # uvicorn narrows the type of asyncio's base class in the same way.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request, or refuse the connection if there are too many."""
        super().connection_made(transport)
        # Writing counts as paused while anything waits to be sent: then the client has to read.
        transport.set_write_buffer_limits(high=0)
        if len(self.connections) > self.limits.connections:
            self._refuse(503, "There are too many connections. Try again in a moment.", RETRY)
            transport.close()
        else:
            self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting for the client."""
        super().connection_lost(exc)
        self._set_deadline(None)
        self._stop_watching_reading()

    def data_received(self, data: bytes) -> None:
        """Take what the client sent; throw away what follows a refusal."""
        if not self._lingers:
            super().data_received(data)
        if self._lingers or self._is_answered_early():
            self._discarded += len(data)
            if self._discarded > MAX_DISCARDED_BYTES:
                self.transport.abort()

    def _is_answered_early(self) -> bool:
        """Tell whether a request was answered whose body has not arrived whole."""
        is_answered = self.cycle is not None and self.cycle.response_complete
        return is_answered and self.conn.their_state is h11.SEND_BODY

    def handle_events(self) -> None:
        """Do what the client's bytes say, and see what it has to do next."""
        super().handle_events()
        if not self._lingers:
            self._watch()

    def _watch(self) -> None:
        state = self.conn.their_state
        if state is h11.SEND_BODY:
            duty, seconds = Duty.SEND_BODY, self.limits.body
        elif state is h11.IDLE and self.timeout_keep_alive_task is None:
            duty, seconds = Duty.SEND_HEAD, self.limits.head
        else:  # the server's turn, or an idle connection, which uvicorn closes in time
            if self._duty is not None:
                self._duty = None
                self._discarded = 0
                self._set_deadline(None)
            return
        if duty is not self._duty:
            self._duty = duty
            self._discarded = 0
            self._set_deadline(self.loop.call_later(seconds, self._end_waiting))

    def _set_deadline(self, deadline: asyncio.TimerHandle | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = deadline

    def _end_waiting(self) -> None:
        if self._duty is Duty.SEND_HEAD and not self.conn.trailing_data[0]:
            self.transport.close()  # it said nothing, and is told nothing
        else:
            self._refuse(408, "The request did not arrive in time.")
            self._linger()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP; uvicorn's own answer is no problem (RFC 9457)."""
        fault = self.conn.fault
        assert fault is not None
        if isinstance(fault, RefusedRequestError):
            self._refuse(fault.error_status_hint, str(fault))
        else:
            status = HTTPStatus(fault.error_status_hint)
            if self.conn.our_state is not h11.IDLE:
                status = HTTPStatus.BAD_REQUEST  # what is too long is no head, but a chunk's
            self._refuse(status, FAULTS[status])
        self._linger()

    def _refuse(
        self, status: int, detail: str, headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        """Answer with a problem, if no answer has begun; whatever is being done is cancelled."""
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
        """End the answers at once, and the connection once the client has closed it."""
        self._lingers = True
        self._unset_keepalive_if_required()
        if not self.transport.is_closing():
            self.transport.write_eof()
            self.flow.resume_reading()
            self._set_deadline(self.loop.call_later(LINGER_SECONDS, self.transport.abort))

    def pause_writing(self) -> None:
        """Begin to wait for the client to read."""
        super().pause_writing()
        self._unread = self.transport.get_write_buffer_size()
        self._reading_deadline = self.loop.call_later(self.limits.reading, self._check_reading)

    def resume_writing(self) -> None:
        """Stop waiting for the client to read: it has."""
        super().resume_writing()
        self._stop_watching_reading()

    def _check_reading(self) -> None:
        unread = self.transport.get_write_buffer_size()
        if unread < self._unread:
            self._unread = unread
            self._reading_deadline = self.loop.call_later(self.limits.reading, self._check_reading)
        else:
            self.transport.abort()

    def _stop_watching_reading(self) -> None:
        if self._reading_deadline is not None:
            self._reading_deadline.cancel()
            self._reading_deadline = None

    def end(self) -> None:
        """Close the connection now, because the server stops."""
        self._refuse(503, "The server is stopping.", RETRY)
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()


RETRY = {"Retry-After": str(RETRY_AFTER)}


def limit_connections(settings: Settings, number: int) -> type[Connection]:
    """Return the protocol of a server with these settings and this number of connections."""

    class LimitedConnection(Connection):
        limits = Limits(
            head=settings.head_seconds,
            body=settings.body_seconds,
            reading=settings.reading_seconds,
            connections=number,
        )

    return LimitedConnection
