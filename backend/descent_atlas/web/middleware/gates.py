"""Middleware that checks host and body of a request, and sends responses in pieces."""

import asyncio
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from descent_atlas.web.problems import make_problem

PIECE_BYTES = 262_144
"""Bytes of a response that are handed to the server at once. uvicorn copies them into a buffer of
the connection, where they stay until the client reads them."""


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

    It responds to HEAD as to GET, without the body. It suppresses the cancellation of a request
    on shutdown: the connection is closed by then (`web.server.STOP_SECONDS`), and uvicorn would log
    a traceback.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_pieces(message: Message) -> None:
            body = message.get("body", b"")
            if len(body) <= PIECE_BYTES:
                await send(message)
                return
            more_body = message.get("more_body", False)
            pieces = memoryview(body)
            for start in range(0, len(body), PIECE_BYTES):
                end = start + PIECE_BYTES
                rest = {"more_body": more_body or end < len(body)}
                await send({**message, "body": bytes(pieces[start:end]), **rest})

        async def send_head(message: Message) -> None:
            await send({**message, "body": b""} if "body" in message else message)

        try:
            if scope["method"] == "HEAD":
                await self.app({**scope, "method": "GET"}, receive, send_head)
            else:
                await self.app(scope, receive, send_pieces)
        except asyncio.CancelledError:
            pass
