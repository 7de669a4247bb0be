"""Cached representations with ETags and compressed forms, and compressed one-off responses."""

import gzip
import hashlib
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Literal

import brotli
from starlette.responses import Response

from descent_atlas.storage.cache import Cache

REVALIDATE = "no-cache"
IMMUTABLE = "public, max-age=31536000, immutable"

CURRENT: dict[int | str, dict[str, Any]] = {304: {"description": "The client's copy is current"}}
"""OpenAPI description of a 304, for routes that revalidate."""

MIN_COMPRESSED_BYTES = 1_000
"""Smaller bodies are not compressed: they fit into one packet."""


BROTLI_QUALITY = 9
"""Plotly's script becomes a tenth smaller than with gzip, in 0.2 s. Saving as much again would take
4 s."""

LARGE_BYTES = 4 * 2**20
"""Larger bodies, such as the catalog of ten thousand landscapes, are compressed at
`FAST_QUALITY`."""

FAST_QUALITY = 5
"""Brotli's and gzip's quality for large bodies and those that are made for one request."""


class Representation:
    """The bytes of one resource, with their ETag and compressed forms.

    Compression takes up to 0.2 s, so it is done on first use. Two threads may both do it; the
    result is the same. With a cache, the compressed forms are stored there for later processes. A
    resource that `is_compressed` already, such as an .npz file, is sent unchanged. One that is not
    `is_lasting` is compressed fast.
    """

    def __init__(
        self,
        content: bytes,
        media_type: str,
        cache: Cache | None = None,
        *,
        is_compressed: bool = False,
        is_lasting: bool = True,
    ) -> None:
        self.content = content
        self.media_type = media_type
        self.is_compressed = is_compressed
        self._is_fast = not is_lasting or len(content) > LARGE_BYTES
        self._hash = hashlib.sha256(content).hexdigest()[:32]
        self._cache = cache

    @property
    def etag(self) -> str:
        """The strong ETag of the uncompressed bytes."""
        return f'"{self._hash}"'

    @cached_property
    def as_gzip(self) -> bytes:
        """The bytes as gzip, without a timestamp, so that they are reproducible."""
        level = FAST_QUALITY if self._is_fast else 9
        return self._load_or_compress(
            "gz", lambda: gzip.compress(self.content, compresslevel=level, mtime=0)
        )

    @cached_property
    def as_brotli(self) -> bytes:
        """The bytes as Brotli, which browsers accept only over HTTPS and from localhost."""
        quality = FAST_QUALITY if self._is_fast else BROTLI_QUALITY
        return self._load_or_compress("br", lambda: brotli.compress(self.content, quality=quality))

    def _load_or_compress(self, suffix: str, compress: Callable[[], bytes]) -> bytes:
        if self._cache is None:
            return compress()
        name = f"{self._hash}.{suffix}"
        compressed = self._cache.read(name)
        if compressed is None:
            compressed = compress()
            self._cache.write(name, compressed)
        return compressed

    def respond(
        self, request_headers: Mapping[str, str], cache_control: str = REVALIDATE
    ) -> Response:
        """Return the response to a request with these headers: the bytes, or 304."""
        # A weak ETag, because the plain and the compressed form share it.
        headers = {
            "etag": f"W/{self.etag}",
            "cache-control": cache_control,
            "vary": "Accept-Encoding",
        }
        if self._is_current(request_headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        body = self.content
        coding = self._choose_coding(request_headers)
        if coding is not None:
            body = self.as_brotli if coding == "br" else self.as_gzip
            headers["content-encoding"] = coding
        return Response(body, headers=headers, media_type=self.media_type)

    def is_ready(self, request_headers: Mapping[str, str]) -> bool:
        """Tell whether `respond` can answer a request with these headers without compressing."""
        coding = self._choose_coding(request_headers)
        return coding is None or ("as_brotli" if coding == "br" else "as_gzip") in vars(self)

    def _choose_coding(self, request_headers: Mapping[str, str]) -> Literal["br", "gzip"] | None:
        if self.is_compressed:
            return None
        return _choose_coding(request_headers, len(self.content))

    def _is_current(self, if_none_match: str) -> bool:
        tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return self.etag in tags or "*" in tags


def respond_once(content: bytes, media_type: str, request_headers: Mapping[str, str]) -> Response:
    """Return a response with bytes made for one request, compressed at the fastest level.

    The fastest level makes a grid of numbers a third smaller and takes a millisecond.
    """
    headers = {"vary": "Accept-Encoding"}
    coding = _choose_coding(request_headers, len(content))
    if coding is not None:
        headers["content-encoding"] = coding
        content = (
            brotli.compress(content, quality=1)
            if coding == "br"
            else gzip.compress(content, compresslevel=1)
        )
    return Response(content, headers=headers, media_type=media_type)


def _choose_coding(request_headers: Mapping[str, str], length: int) -> Literal["br", "gzip"] | None:
    """Return the content coding for a body of this length, or None to send it uncompressed."""
    accepted = request_headers.get("accept-encoding", "")
    if length < MIN_COMPRESSED_BYTES:
        return None
    if _accepts("br", accepted):
        return "br"
    return "gzip" if _accepts("gzip", accepted) else None


def _accepts(encoding: str, accept_encoding: str) -> bool:
    """Tell whether an Accept-Encoding header accepts an encoding with a weight above 0.

    Example:
        >>> _accepts("br", "gzip, br;q=0.5"), _accepts("br", "gzip, br;q=0"), _accepts("br", "*")
        (True, False, True)
    """
    for coding in accept_encoding.split(","):
        name, _, weight = coding.replace(" ", "").lower().partition(";")
        if name in (encoding, "*"):
            return weight.removeprefix("q=").strip("0.") != "" if weight else True
    return False
