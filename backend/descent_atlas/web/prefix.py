"""The prefix below which a reverse proxy shows the server."""

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send


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
