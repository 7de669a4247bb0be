"""Fixtures that open a page in Chromium and watch it for errors."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.backend.landscapes.study_samples import write_study
from tests.browser.chromium import choose_arguments, find_or_install
from tests.browser.landscape_view import View
from tests.browser.landscapes import Landscapes
from tests.browser.playground import Playground
from tests.browser.watch import Watch
from tests.servers import run_server

PATIENCE_MS = 60_000
"""Timeout for conditions: enough for a slow and busy machine."""

expect.set_options(timeout=PATIENCE_MS)


class OpenPage(Protocol):
    """Opens a page in a new browser context."""

    def __call__(
        self,
        path: str,
        *,
        at: str | None = None,
        tolerated: tuple[str, ...] = (),
        prepare: Callable[[Page], None] = lambda _: None,
        **context: Any,
    ) -> tuple[Page, Watch]:
        """Return the opened page and its watch.

        Args:
            path: the address after the server's.
            at: the server's URL; the session's server without it.
            tolerated: patterns of the problems that the test causes on purpose.
            prepare: called before the page is loaded.
            context: options of Playwright's `Browser.new_context`.
        """


class OpenPlayground(Protocol):
    """Opens the playground in a new browser context."""

    def __call__(
        self,
        query: str = "",
        *,
        at: str | None = None,
        tolerated: tuple[str, ...] = (),
        frozen: bool = False,
        routed: bool = False,
        rest: bool = True,
        **context: Any,
    ) -> Playground:
        """Return the opened page.

        Args:
            query: the address after its path, such as `?objective=ackley`.
            at: the server's URL; the session's server without it.
            tolerated: patterns of the problems that the test causes on purpose.
            frozen: stop the page's clock; only `page.clock.run_for` advances it.
            routed: enable interception of the page's requests.
            rest: wait until everything is drawn.
            context: options of Playwright's `Browser.new_context`.
        """


class OpenLandscapes(Protocol):
    """Opens the landscapes in a new browser context."""

    def __call__(
        self, query: str = "", *, at: str | None = None, rest: bool = True, **options: Any
    ) -> Landscapes:
        """Return the opened page.

        Args:
            query: the address after its path, such as `?show=bowl`.
            at: the server's URL; without it, one with landscapes of every kind.
            rest: wait until everything is drawn.
            options: those of `OpenPage`.
        """


# As long as a browser is open, its event loop occupies the main thread: not beyond these tests.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for all tests. Each test opens its own contexts, which share no storage."""
    path = find_or_install()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=choose_arguments())
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[OpenPage]:
    """Open pages; any console message, error, failed or cross-origin request fails the test."""
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def open_page(
        path: str,
        *,
        at: str | None = None,
        tolerated: tuple[str, ...] = (),
        prepare: Callable[[Page], None] = lambda _: None,
        **options: Any,
    ) -> tuple[Page, Watch]:
        origin: str = at or request.getfixturevalue("server")
        # With reduced motion, only the test itself moves things.
        usual = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
        context = chromium.new_context(base_url=origin, **(usual | options))
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        watches.append(Watch(context, origin, tolerated))
        page = context.new_page()
        prepare(page)
        page.goto(path)
        return page, watches[-1]

    yield open_page
    for watch in watches:
        watch.interrupts = False  # nothing waits for the page now
    for context in contexts:
        for page in context.pages:
            page.evaluate("0")  # earlier messages arrive before its result
        context.close()
    assert not [problem for watch in watches for problem in watch.problems]


@pytest.fixture
def open_playground(open_page: OpenPage) -> OpenPlayground:
    """Open the playground, watched in the same way."""

    def open_playground(
        query: str = "",
        *,
        at: str | None = None,
        tolerated: tuple[str, ...] = (),
        frozen: bool = False,
        routed: bool = False,
        rest: bool = True,
        **options: Any,
    ) -> Playground:
        def prepare(page: Page) -> None:
            if frozen:
                page.clock.install()
            if routed:
                # Chromium may miss requests of a page that is open when interception starts.
                page.route("**/nowhere", lambda route: route.abort())

        page, watch = open_page(f"/{query}", at=at, tolerated=tolerated, prepare=prepare, **options)
        playground = Playground(page, watch)
        if rest:
            playground.rest()
        if frozen:
            page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 1)
        return playground

    return open_playground


@pytest.fixture
def playground(open_playground: OpenPlayground) -> Playground:
    """The playground with its defaults, fully drawn, on a large screen."""
    return open_playground()


@pytest.fixture(scope="session")
def landscapes_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server with small landscapes of every kind."""
    folder = tmp_path_factory.mktemp("landscapes")
    write_study(folder)
    with run_server(landscapes_folder=str(folder)) as url:
        yield url


@pytest.fixture
def open_landscapes(open_page: OpenPage, landscapes_server: str) -> OpenLandscapes:
    """Open the landscapes, watched in the same way."""

    def open_landscapes(
        query: str = "", *, at: str | None = None, rest: bool = True, **options: Any
    ) -> Landscapes:
        page, watch = open_page(f"/landscapes{query}", at=at or landscapes_server, **options)
        landscapes = Landscapes(page, watch)
        if rest:
            landscapes.rest()
        return landscapes

    return open_landscapes


@pytest.fixture
def view(open_landscapes: OpenLandscapes) -> View:
    """GD, SGD and Adam on one plane."""
    return View(open_landscapes("?show=optimizers"))
