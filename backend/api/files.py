"""The page's files, and the one script that comes from a Python package."""

import importlib.util
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

import anyio.to_thread
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from backend.api.representations import IMMUTABLE, REVALIDATE, Representation
from backend.kernels import CACHE_FOLDER

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

PLOTLY_PATH: Final = "/plotly.min.js"
PLOTLY_VERSION: Final = version("plotly")


class Files:
    """An ASGI application that serves the files of one folder, `/` being its index.html.

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
        found = await anyio.to_thread.run_sync(self.find, scope["path"])
        if found is None:
            raise HTTPException(404)
        if scope["method"] not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        asked_version = parse_qs(scope["query_string"]).get(b"v", [b""])[0].decode("latin-1")
        is_pinned = scope["path"] == PLOTLY_PATH and asked_version == PLOTLY_VERSION
        response = found.respond(Headers(scope=scope), IMMUTABLE if is_pinned else REVALIDATE)
        await response(scope, receive, send)

    def find(self, path: str) -> Representation | None:
        """Return the file at the path of a URL, decoded, or None."""
        if path == PLOTLY_PATH:
            return load_plotly()
        if path == "/":
            path = "/index.html"
        file = self.folder / path[1:]
        if not PATH.fullmatch(path) or file.suffix not in MEDIA_TYPES or not file.is_file():
            return None
        modified = file.stat().st_mtime_ns
        known = self._read.get(file)
        if known is None or known[0] != modified:
            known = modified, Representation(file.read_bytes(), MEDIA_TYPES[file.suffix])
            self._read[file] = known
        return known[1]


@cache
def load_plotly() -> Representation:
    """Return plotly.js as the installed Python package carries it, compressed.

    The package is found, not imported: that would take half a second and serve nothing.
    """
    spec = importlib.util.find_spec("plotly")
    assert spec is not None
    assert spec.origin is not None
    script = Path(spec.origin).parent / "package_data" / "plotly.min.js"
    plotly = Representation(script.read_bytes(), MEDIA_TYPES[".js"], keep_in=CACHE_FOLDER)
    plotly.as_brotli, plotly.as_gzip  # noqa: B018  # made now, while the server warms up
    return plotly
