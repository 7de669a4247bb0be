"""The page's files, vendored scripts included."""

import re
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from descent_atlas.storage.cache import CACHE
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
"""The kinds of files that are served; whatever else lies in the folder is not."""

PATH = re.compile(r"(?=.{1,200}$)(/[A-Za-z0-9_][A-Za-z0-9_.-]*)+")
"""The paths that can name a file. No part begins with a dot, so none is hidden or leads up."""

PAGES: Final = {"/": "/index.html", "/landscapes": "/landscapes.html", "/about": "/about.html"}
"""The files of the pages that have an address of their own."""

VENDOR: Final = "vendor"
"""The folder of scripts by others: large, and each on a path that names its version."""


def lead_to_page(scope: Scope) -> Response:
    """Return the answer to a page's address with a slash too many.

    The page names everything relative to its own address, which must not be a folder's. So does
    this answer, for the sake of a prefix that only a proxy knows of.
    """
    page = scope["path"].strip("/")
    query = scope["query_string"].decode("latin-1")
    return Response(status_code=308, headers={"location": f"../{page}{query and '?'}{query}"})


class Files:
    """An ASGI application that serves the files of one folder, and `PAGES`.

    A file is read again when it has changed on disk.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[Path, tuple[int, Representation]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            HTTPException: 404 if no file has this path, 405 if the method does not read.
        """
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        found = self.find(scope["path"])  # a thread would take longer than to look after the file
        if found is None and scope["path"].removesuffix("/") in PAGES:
            await lead_to_page(scope)(scope, receive, send)
            return
        if found is None:
            raise HTTPException(404)
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        # Another version would have another path: what is there stays as it is.
        cache_control = IMMUTABLE if scope["path"].startswith(f"/{VENDOR}/") else REVALIDATE
        response = found.respond(Headers(scope=scope), cache_control)
        await response(scope, receive, send)

    def find(self, path: str) -> Representation | None:
        """Return the file at the path of a URL, decoded, or None."""
        path = PAGES.get(path, path)
        file = self.folder / path[1:]
        if not PATH.fullmatch(path) or file.suffix not in MEDIA_TYPES or not file.is_file():
            return None
        modified = file.stat().st_mtime_ns
        known = self._read.get(file)
        if known is None or known[0] != modified:
            keep_in = CACHE if path.startswith(f"/{VENDOR}/") else None
            known = modified, Representation(file.read_bytes(), MEDIA_TYPES[file.suffix], keep_in)
            self._read[file] = known
        return known[1]

    def compress_vendored(self) -> None:
        """Compress what others wrote, so that nobody who asks for it has to wait for that."""
        for file in (self.folder / VENDOR).rglob("*.js"):
            script = self.find(f"/{file.relative_to(self.folder).as_posix()}")
            if script is not None:  # some names cannot be asked for
                script.as_brotli, script.as_gzip  # noqa: B018  # making them keeps them
