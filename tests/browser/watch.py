"""Watch of a page: its requests, errors and console messages."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, Response, WebError

CANCELLED = "net::ERR_ABORTED"
"""Chromium's error for a request that the page aborted because a newer one replaces it."""

INTERNAL = ("data", "blob")
"""URL schemes that cause no network request."""

MACHINE = (
    # A warning of the software renderer about how Plotly reads pixels in 3D.
    "GL Driver Message",
    # On a busy machine, the first response may come later than browsers expect.
    "preloaded using link preload but not used within a few seconds",
)
"""Messages about the machine that runs the tests, not about the page."""


@dataclass
class Watch:
    """Requests of a browser context since its page was loaded, and all its problems.

    It ignores problems that match a pattern of `tolerated`. The first of the others
    closes the context with the problem as the reason, so that whatever waits for one of its pages
    raises it at once instead of timing out.
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
        """Return the requests to the API, without those for files."""
        return [one for one in self.requests if urlsplit(one.url).path.startswith("/api/v1/")]

    def posted(self, path: str) -> list[Request]:
        """Return the POST requests to a path, oldest first."""
        return [
            request
            for request in self.requests
            if request.method == "POST" and urlsplit(request.url).path == path
        ]

    def bodies(self, path: str) -> list[Any]:
        """Return the bodies of the POST requests to a path, oldest first."""
        return [request.post_data_json for request in self.posted(path)]

    def check(self) -> None:
        """Raise AssertionError if there was a problem."""
        assert not self.problems, "\n".join(self.problems)

    def settle(self) -> None:
        """Wait for the messages of all pages, while nothing else waits for these."""
        self.interrupts = False
        for page in self.context.pages:
            page.evaluate("0")  # earlier messages arrive before its result

    def begin(self, tolerated: Iterable[str] = ()) -> None:
        """Watch for another test, whose problems may be tolerated."""
        self.check()
        self.cancelled.clear()
        self.tolerated = tolerated
        self.interrupts = True

    def close(self) -> None:
        """Close the context."""
        self.interrupts = False
        self.context.close()

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
            if request in self.requests:  # and not by the page that was left
                self.cancelled.append(request)
        else:
            self._note(f"request failed: {request.url}: {request.failure}")

    def _note_response(self, response: Response) -> None:
        if response.request.is_navigation_request() and response.frame.parent_frame is None:
            # Until now, the page that is left may have made requests.
            self.requests[:] = [response.request]
        if response.status >= 400:
            self._note(f"answer {response.status}: {response.url}")

    def _note_message(self, message: ConsoleMessage) -> None:
        self._note(f"console {message.type}: {message.text}")

    def _note_error(self, error: WebError) -> None:
        self._note(f"page error: {error.error}")
