"""Middleware that checks requests and paces responses."""

import asyncio
from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from descent_atlas.web.problems import make_problem

PIECE_BYTES = 262_144
"""Bytes of an answer that are handed to the server at once: what a slow client has not read yet
is held in memory once more for each client."""


class HostGate:
    """Refuses requests that address the server by a name that is not its own.

    `allowed` holds names without port; `*` lets everything pass.
    """

    def __init__(self, app: ASGIApp, allowed: Collection[str]) -> None:
        self.app = app
        self.allowed = frozenset(name.lower() for name in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or "*" in self.allowed or self._is_allowed(Headers(scope=scope)):
            await self.app(scope, receive, send)
        else:
            refusal = make_problem(421, "This server does not answer to that host name.")
            await refusal(scope, receive, send)

    def _is_allowed(self, headers: Headers) -> bool:
        name, colon, port = headers.get("host", "").rpartition(":")
        if not colon or port.endswith("]"):  # no port; an IPv6 address has colons in brackets
            name = headers.get("host", "")
        return name.lower() in self.allowed


class BodyGate:
    """Refuses bodies of more than `limit` bytes, whether or not they announce their length.

    The refusal is raised where the route reads the body, so that it becomes a problem like
    every other error.
    """

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        announced = headers.get("content-length", "")
        too_large = HTTPException(
            413,
            f"The body may have {self.limit:,} bytes at most.",
            # A client that waits to be told to go on never sends what the next request follows.
            {"Connection": "close"} if "expect" in headers else None,
        )
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            if announced.isdecimal() and int(announced) > self.limit:
                raise too_large
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.limit:
                raise too_large
            return message

        await self.app(scope, receive_within_limit, send)


class AnswerGate:
    """Lets answers out: large bodies in pieces, each once the client has read the one before.

    HEAD is answered as GET, without the body. A request that a stopping server cancels ends
    quietly: its connection is closed by then (`web.server.STOP_SECONDS`), so that nobody is
    left to be told, and uvicorn would log a traceback.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
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
