"""Bytes that are made once and sent often: compressed once, and revalidated by their hash."""

import gzip
import hashlib
from collections.abc import Mapping
from functools import cached_property

from starlette.responses import Response

REVALIDATE = "no-cache"
IMMUTABLE = "public, max-age=31536000, immutable"

MIN_COMPRESSED_BYTES = 1_000
"""Smaller bodies fit into one network packet anyway."""


class Representation:
    """One resource's bytes, with their ETag and their compressed form.

    Compression is at gzip's highest level and takes 0.2 s for the largest file there is, so it
    is done on first use; a lost race between two threads costs time only.
    """

    def __init__(self, content: bytes, media_type: str) -> None:
        self.content = content
        self.media_type = media_type
        self.etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'

    @cached_property
    def compressed(self) -> bytes:
        """The bytes as gzip, the same on every machine and at any time."""
        return gzip.compress(self.content, compresslevel=9, mtime=0)

    def respond(
        self, request_headers: Mapping[str, str], cache_control: str = REVALIDATE
    ) -> Response:
        """Return the answer to a request with these headers: the bytes, or 304."""
        # Weak, because the same tag stands for the plain and the compressed form.
        headers = {
            "etag": f"W/{self.etag}",
            "cache-control": cache_control,
            "vary": "Accept-Encoding",
        }
        if self._is_current(request_headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        body = self.content
        if len(body) >= MIN_COMPRESSED_BYTES and _accepts_gzip(
            request_headers.get("accept-encoding", "")
        ):
            body = self.compressed
            headers["content-encoding"] = "gzip"
        return Response(body, headers=headers, media_type=self.media_type)

    def _is_current(self, if_none_match: str) -> bool:
        tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return self.etag in tags or "*" in tags


def _accepts_gzip(accept_encoding: str) -> bool:
    """Tell whether gzip is among the encodings, and not as `gzip;q=0`."""
    for coding in accept_encoding.split(","):
        name, _, weight = coding.replace(" ", "").lower().partition(";")
        if name in ("gzip", "*"):
            return weight.removeprefix("q=").strip("0.") != "" if weight else True
    return False
