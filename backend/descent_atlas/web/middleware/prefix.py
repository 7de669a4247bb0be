"""Path prefixes: the proxy's, and the version of the API."""

from datetime import UTC, datetime
from urllib.parse import quote

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

API = "/api/v1"
"""Prefix of the API's routes. A breaking change needs a new version."""

API_WITHOUT_VERSION = "/api/"
"""The former prefix, without a version; supported for one more release."""

WITHOUT_VERSION = (f"{API}/", "/api/health", "/api/reference")
"""Paths below `/api` that are not deprecated. Containers and proxies request `/api/health`."""

DEPRECATED_SINCE = datetime(2026, 11, 26, tzinfo=UTC)
"""When `API_WITHOUT_VERSION` was deprecated."""


class Prefix:
    """Removes the prefix of a reverse proxy from paths that still have it.

    `prefix` is `Settings.root_path`. It works whether or not the proxy removes the prefix itself.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self.app = app
        self.prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        path = scope.get("path", "")
        if scope["type"] == "http" and path == self.prefix:
            query = scope["query_string"].decode("latin-1")
            location = f"{self.prefix}/{query and '?'}{query}"
            await Response(status_code=308, headers={"location": location})(scope, receive, send)
            return
        if path.startswith(f"{self.prefix}/"):
            # The raw path, which nothing here reads, would still have the prefix.
            scope = {**scope, "path": path.removeprefix(self.prefix), "raw_path": None}
        await self.app(scope, receive, send)


class DeprecatedPrefix:
    """Maps `/api/…` to `/api/v1/…`, and marks the response as deprecated.

    The response has the headers `Deprecation` (RFC 9745) and `Link` (RFC 8288). The link to the
    successor is relative to the requested address, so that it is valid below a proxy's prefix.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
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
