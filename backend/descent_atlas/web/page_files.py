"""Static files of the page, including vendored scripts."""

import re
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from descent_atlas.storage.cache import CACHE
from descent_atlas.web.middleware.security_headers import allow_framing
from descent_atlas.web.middleware.unread_answers import mark_kept
from descent_atlas.web.representations import IMMUTABLE, REVALIDATE, Representation

MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""Media types by suffix. Files with other suffixes are not served."""

PATH = re.compile(r"(?=.{1,200}$)(/[A-Za-z0-9_][A-Za-z0-9_.-]*)+")
"""Paths that can name a file. No segment begins with a dot: none is hidden, and none is `..`."""

EMBED: Final = "/embed"
"""Address of the playground that other sites may frame. It is the file of the playground, whose
root element has the attribute `data-embed` here, so that it is laid out for a frame at once."""

PAGES: Final = {
    "/": "/index.html",
    EMBED: "/index.html",
    "/landscapes": "/landscapes.html",
    "/about": "/about.html",
}
"""The HTML files that are served at addresses without a suffix."""

VENDOR: Final = "vendor"
"""Folder of third-party scripts. Their paths contain their version."""


def redirect_to_page(scope: Scope) -> Response:
    """Return the redirect from a page's address with a trailing slash to the one without.

    With the slash, the relative addresses in the page would be wrong. The redirect is relative too,
    because only the proxy may know the prefix.
    """
    page = scope["path"].strip("/")
    query = scope["query_string"].decode("latin-1")
    return Response(status_code=308, headers={"location": f"../{page}{query and '?'}{query}"})


class Files:
    """ASGI application that serves the files of one folder, and `PAGES`.

    Files are cached in memory and read again when their modification time changes.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[tuple[Path, bool], tuple[int, Representation]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request.

        Raises:
            HTTPException: 404 if no file has this path, 405 unless the method is GET or HEAD.
        """
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        found = self.find(scope["path"])  # a thread would cost more time than `stat`
        if found is None and scope["path"].removesuffix("/") in PAGES:
            await redirect_to_page(scope)(scope, receive, send)
            return
        if found is None:
            raise HTTPException(404)
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        if scope["path"] == EMBED:
            allow_framing(scope)
        # A vendored file never changes: another version has another path.
        cache_control = IMMUTABLE if scope["path"].startswith(f"/{VENDOR}/") else REVALIDATE
        mark_kept(scope)
        response = found.respond(Headers(scope=scope), cache_control)
        await response(scope, receive, send)

    def find(self, path: str) -> Representation | None:
        """Return the file at a URL's decoded path, or None."""
        is_embedded = path == EMBED
        path = PAGES.get(path, path)
        file = self.folder / path[1:]
        if not PATH.fullmatch(path) or file.suffix not in MEDIA_TYPES or not file.is_file():
            return None
        modified = file.stat().st_mtime_ns
        known = self._read.get((file, is_embedded))
        if known is None or known[0] != modified:
            cache = CACHE if path.startswith(f"/{VENDOR}/") else None
            content = file.read_bytes()
            if is_embedded:
                content = content.replace(b"<html", b"<html data-embed", 1)
            known = modified, Representation(content, MEDIA_TYPES[file.suffix], cache)
            self._read[file, is_embedded] = known
        return known[1]

    def compress_vendored(self) -> None:
        """Compress the vendored scripts now, so that no request waits for it."""
        for file in (self.folder / VENDOR).rglob("*.js"):
            script = self.find(f"/{file.relative_to(self.folder).as_posix()}")
            if script is not None:  # None for a name that `PATH` does not match
                script.as_brotli, script.as_gzip  # noqa: B018  # cached properties
