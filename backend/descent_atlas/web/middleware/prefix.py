"""Prefixes of paths: the proxy's, and the API's version."""

from datetime import UTC, datetime
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

API = "/api/v1"
"""The prefix of the API's routes. A change that breaks clients gets another version."""

API_WITHOUT_VERSION = "/api/"
"""The prefix before there were versions; answered for one more release."""

WITHOUT_VERSION = (f"{API}/", "/api/health", "/api/reference")
"""Addresses below `/api` that are not deprecated. Containers and proxies ask for the health."""

DEPRECATED_SINCE = datetime(2026, 11, 26, tzinfo=UTC)
"""When `API_WITHOUT_VERSION` was deprecated."""


class Prefix:
    """Answers below a prefix as without it, whether or not the proxy takes the prefix away.

    `prefix` is `Settings.root_path`. The application behind never sees it.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self.app = app
        self.prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope.get("path", "")
        if scope["type"] == "http" and path == self.prefix:
            query = scope["query_string"].decode("latin-1")
            location = f"{self.prefix}/{query and '?'}{query}"
            await Response(status_code=308, headers={"location": location})(scope, receive, send)
            return
        if path.startswith(f"{self.prefix}/"):
            # Nothing reads the path as it was sent, and it would contradict this one.
            scope = {**scope, "path": path.removeprefix(self.prefix), "raw_path": None}
        await self.app(scope, receive, send)


class DeprecatedPrefix:
    """Answers `/api/…` as `/api/v1/…`, and says so.

    The answer carries the headers `Deprecation` (RFC 9745) and `Link` (RFC 8288), which leads to
    the successor relative to the address that was asked for, so that it holds below a proxy's
    prefix too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope.get("path", "")
        if (
            scope["type"] != "http"
            or not path.startswith(API_WITHOUT_VERSION)
            or path.startswith(WITHOUT_VERSION)
        ):
            await self.app(scope, receive, send)
            return
        rest = path.removeprefix(API_WITHOUT_VERSION)
        successor = "../" * rest.count("/") + f"v1/{quote(rest)}"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["deprecation"] = f"@{DEPRECATED_SINCE.timestamp():.0f}"
                headers["link"] = f'<{successor}>; rel="successor-version"'
            await send(message)

        await self.app(
            {**scope, "path": f"{API}/{rest}", "raw_path": None}, receive, send_with_headers
        )
