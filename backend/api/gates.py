"""What a request must pass before it reaches a route: the host check and the limit on bodies."""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.api.problems import make_problem


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
        announced = Headers(scope=scope).get("content-length", "")
        too_large = HTTPException(413, f"The body may have {self.limit:,} bytes at most.")
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
