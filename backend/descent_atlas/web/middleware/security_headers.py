"""Security headers of every response."""

from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

FRAME_OPTIONS = "x-frame-options"
"""The header that forbids frames to browsers without `frame-ancestors`. It cannot name several
origins, so that a page that others may frame is sent without it."""


def write_policy(frame_ancestors: str) -> str:
    """Return a Content-Security-Policy.

    Example:
        >>> write_policy("'none'").rpartition("; ")[2]
        "frame-ancestors 'none'"
    """
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",  # the page exports pictures as blobs
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {frame_ancestors}",
        )
    )


CONTENT_SECURITY_POLICY = write_policy("'none'")

SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    FRAME_OPTIONS: "DENY",
}

ANYONE = "*"
"""The item of `Settings.frame_ancestors` with which any page may frame `/embed`. In a policy, `*`
leaves out pages that are files on a disk, such as slides."""

NO_ONE = "none"
"""The only item of `Settings.frame_ancestors` if no page may frame `/embed`."""

_MARK = "may_be_framed"


def allow_framing(scope: Scope) -> None:
    """Let the pages that the settings name frame the response to this request."""
    scope.setdefault("state", {})[_MARK] = True


class SecurityHeaders:
    """Adds `SECURITY_HEADERS` to every response.

    `frame_ancestors` are those of `Settings`. They hold for the responses that `allow_framing` has
    marked; no page may frame any other.
    """

    def __init__(self, app: ASGIApp, frame_ancestors: Sequence[str]) -> None:
        self.app = app
        self._usual = encode(SECURITY_HEADERS)
        self._framed = self._usual
        if list(frame_ancestors) != [NO_ONE]:
            words = {"self": "'self'", ANYONE: "* file:"}
            sources = [words.get(source, source) for source in frame_ancestors]
            framed = {
                **SECURITY_HEADERS,
                "content-security-policy": write_policy(" ".join(sources)),
            }
            del framed[FRAME_OPTIONS]
            self._framed = encode(framed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        # The other middleware copies the scope; this dictionary is the same in all copies.
        state = scope.setdefault("state", {})

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = self._framed if state.get(_MARK) else self._usual
                message["headers"] = [*message.get("headers", ()), *headers]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def encode(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """Return headers as ASGI sends them."""
    return [(name.encode(), value.encode()) for name, value in headers.items()]
