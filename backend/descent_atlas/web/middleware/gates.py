"""Middleware that checks host and body of a request, and sends responses in pieces."""

import asyncio
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from descent_atlas.web.middleware.unread_answers import UnreadAnswers, is_kept
from descent_atlas.web.problems import RETRY_AFTER, make_problem

SMALL_BYTES = 256
"""Bodies up to this length are read at once: they name a function, a start and an optimizer."""

PIECE_BYTES = 262_144
"""Bytes of a response that are handed to the server at once. uvicorn copies them into a buffer of
the connection, where they stay until the client reads them."""

FULL = "Too many large answers are waiting to be read by others. Try again in a moment."


class HostGate:
    """Responds with 421 to requests whose Host header is not allowed.

    `allowed` holds names without port; `*` allows any.
    """

    def __init__(self, app: ASGIApp, allowed: Collection[str]) -> None:
        self.app = app
        self.allowed = frozenset(name.lower() for name in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or "*" in self.allowed or self._is_allowed(Headers(scope=scope)):
            await self.app(scope, receive, send)
        else:
            refusal = make_problem(421, "This server does not serve that host name.")
            await refusal(scope, receive, send)

    def _is_allowed(self, headers: Headers) -> bool:
        name, colon, port = headers.get("host", "").rpartition(":")
        if not colon or port.endswith("]"):  # no port; an IPv6 address has colons in brackets
            name = headers.get("host", "")
        return name.lower() in self.allowed


class BodyGate:
    """Responds with 413 to bodies of more than `limit` bytes, with or without a Content-Length.

    The error is raised where the route reads the body, so that the exception handlers turn it into
    a problem (RFC 9457).

    Requests with a body of more than `SMALL_BYTES` wait for a gap first (`turns.Gaps`), before
    their route is looked for.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        content_length = headers.get("content-length", "")
        is_small = content_length.isdecimal() and int(content_length) <= SMALL_BYTES
        if not is_small and (content_length or "transfer-encoding" in headers):
            await scope["app"].state.gaps.wait()
        too_large = HTTPException(
            413,
            f"The body may have {self.limit:,} bytes at most.",
            # After `Expect: 100-continue`, a refused client does not send the body, so that the
            # connection cannot be used for another request.
            {"Connection": "close"} if "expect" in headers else None,
        )
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            if content_length.isdecimal() and int(content_length) > self.limit:
                raise too_large
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.limit:
                raise too_large
            return message

        await self.app(scope, receive_within_limit, send)


class ResponseGate:
    """Sends large bodies in pieces, each after the client has read the one before.

    A large body stays in memory until then. One for which `unread` has no room is dropped, and the
    client gets a 503 with `Retry-After`; unless its status is sent already, before its length is
    known (`routes.streamed_results`).

    It responds to HEAD as to GET, without the body. It suppresses the cancellation of a request
    on shutdown: the connection is closed by then (`web.server.STOP_SECONDS`), and uvicorn would log
    a traceback.
    """

    def __init__(self, app: ASGIApp, unread: UnreadAnswers) -> None:
        self.app = app
        self.unread = unread

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            await send({**message, "body": b""} if "body" in message else message)

        try:
            if scope["method"] == "HEAD":
                await self.app({**scope, "method": "GET"}, receive, send_head)
            else:
                await self.app(scope, receive, SentAnswer(self.unread, scope, receive, send))
        except asyncio.CancelledError:
            pass


class SentAnswer:
    """The `send` of one request, behind which a `ResponseGate` does its work."""

    def __init__(self, unread: UnreadAnswers, scope: Scope, receive: Receive, send: Send) -> None:
        self._unread = unread
        self._scope, self._receive, self._send = scope, receive, send
        self._head: Message | None = None
        self._is_refused = False

    async def __call__(self, message: Message) -> None:
        """Send a message, or keep the head of a large answer until its body is here."""
        if message["type"] == "http.response.start" and read_length(message) > PIECE_BYTES:
            self._head = message
            return
        body = message.get("body", b"")
        if self._head is not None:
            if not is_kept(self._scope) and not self._unread.may_hold(body):
                await self._refuse()
            else:
                await self._send(self._head)
            self._head = None
        if self._is_refused:
            return
        if len(body) <= PIECE_BYTES:
            await self._send(message)
        elif is_kept(self._scope):
            await self._send_pieces(message)
        else:
            with self._unread.hold(body):
                await self._send_pieces(message)

    async def _refuse(self) -> None:
        self._is_refused = True
        refusal = make_problem(503, FULL, headers={"Retry-After": str(RETRY_AFTER)})
        await refusal(self._scope, self._receive, self._send)

    async def _send_pieces(self, message: Message) -> None:
        body = message["body"]
        more_body = message.get("more_body", False)
        pieces = memoryview(body)
        for start in range(0, len(body), PIECE_BYTES):
            end = start + PIECE_BYTES
            rest = {"more_body": more_body or end < len(body)}
            await self._send({**message, "body": bytes(pieces[start:end]), **rest})


def read_length(head: Message) -> int:
    """Return the length of the body that an answer's head announces, or 0."""
    return next(
        (int(value) for name, value in head.get("headers", ()) if name == b"content-length"), 0
    )
