"""What a page does besides what it shows: what it asks the server, and what goes wrong in it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

CANCELLED = "net::ERR_ABORTED"
"""How Chromium names a request that the page itself gave up; the newest replaces the older."""

INTERNAL = ("data", "blob")
"""URL schemes with which nothing leaves the browser."""

MACHINE = (
    # The driver of the software renderer, about the way in which Plotly reads its 3D picture.
    "GL Driver Message",
    # On a machine that is busy enough the first answer takes longer than browsers expect.
    "preloaded using link preload but not used within a few seconds",
)
"""Messages about the machine that runs the tests, not about the page."""


@dataclass
class Watch:
    """What a browser context asked for since it was last loaded, and all that went wrong in it.

    Of the problems it leaves out those that match a pattern of `tolerated`. The first of the others
    closes the context, with the problem for a reason: whatever waits on one of its pages raises it
    at once instead of waiting for something that may never come.
    """

    context: BrowserContext
    origin: str
    tolerated: Iterable[str] = ()
    requests: list[Request] = field(default_factory=list)
    unanswered: set[Request] = field(default_factory=set)
    cancelled: list[Request] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    interrupts: bool = True

    def __post_init__(self) -> None:
        self.context.on("request", self._note_request)
        self.context.on("requestfinished", self._note_answer)
        self.context.on("requestfailed", self._note_failure)
        self.context.on("response", self._note_response)
        self.context.on("console", self._note_message)
        self.context.on("weberror", self._note_error)

    def asked(self) -> list[Request]:
        """Return what was asked of the server's routes; the rest are files."""
        return [one for one in self.requests if urlsplit(one.url).path.startswith("/api/v1/")]

    def posted(self, path: str) -> list[Request]:
        """Return what was posted to a path, oldest first."""
        return [
            request
            for request in self.requests
            if request.method == "POST" and urlsplit(request.url).path == path
        ]

    def bodies(self, path: str) -> list[Any]:
        """Return the bodies of what was posted to a path, oldest first."""
        return [request.post_data_json for request in self.posted(path)]

    def check(self) -> None:
        """Raise AssertionError if anything went wrong."""
        assert not self.problems, "\n".join(self.problems)

    def _note(self, problem: str) -> None:
        if any(re.search(pattern, problem) for pattern in (*MACHINE, *self.tolerated)):
            return
        self.problems.append(problem)
        if self.interrupts:
            self.interrupts = False
            self.context.close(reason=problem)

    def _note_request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in INTERNAL:
            return
        if request.is_navigation_request():
            self.requests.clear()
        self.requests.append(request)
        self.unanswered.add(request)
        if f"{url.scheme}://{url.netloc}" != self.origin:
            self._note(f"another origin: {request.url}")

    def _note_answer(self, request: Request) -> None:
        self.unanswered.discard(request)

    def _note_failure(self, request: Request) -> None:
        self.unanswered.discard(request)
        if request.failure == CANCELLED:
            self.cancelled.append(request)
        else:
            self._note(f"request failed: {request.url}: {request.failure}")

    def _note_response(self, response: Response) -> None:
        if response.status >= 400:
            self._note(f"answer {response.status}: {response.url}")

    def _note_message(self, message: ConsoleMessage) -> None:
        self._note(f"console {message.type}: {message.text}")

    def _note_error(self, error: WebError) -> None:
        self._note(f"page error: {error.error}")
