"""Fixtures that open a page in Chromium and watch it for errors."""

from collections.abc import Callable, Generator, Iterator
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.backend.landscapes.study_samples import write_study
from tests.browser.chromium import choose_arguments, find_or_install
from tests.browser.kept_pages import KeptPages, Kind, Shown
from tests.browser.landscape_view import View
from tests.browser.landscapes import Landscapes
from tests.browser.playground import Playground
from tests.browser.watch import Watch
from tests.servers import run_server

PATIENCE_MS = 60_000
"""Timeout for conditions: enough for a slow and busy machine."""

expect.set_options(timeout=PATIENCE_MS)

SCREEN: ViewportSize = {"width": 1440, "height": 900}
"""The size of a page unless a test chooses another."""

FAILED = pytest.StashKey[bool]()
"""Set for a test of which a phase has failed."""


class OpenPage(Protocol):
    """Opens a page in a browser context of its own.

    A context of the usual options may have been a test's before, which has passed. Nothing is left
    of that one's pages; who changes more of a context than its pages do gives `prepare`.
    """

    def __call__(
        self,
        path: str,
        *,
        at: str | None = None,
        tolerated: tuple[str, ...] = (),
        prepare: Callable[[Page], None] | None = None,
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
        script: str | None = None,
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
            script: runs in the page before the page's own.
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


class SharePage(Protocol):
    """Lends a page of the default size that the tests of a file use one after the other."""

    def __call__(
        self, path: str, make: Callable[[Page, Watch], Kind], at: str | None = None
    ) -> Kind:
        """Return the page as it is when it has been opened.

        Args:
            path: the address after the server's.
            make: makes the page object.
            at: the server's URL; the session's server without it.
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


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note whether a test has failed."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


def open_watched(
    chromium: Browser,
    path: str,
    origin: str,
    tolerated: tuple[str, ...] = (),
    prepare: Callable[[Page], None] | None = None,
    **options: Any,
) -> tuple[Page, Watch]:
    """Open a page in a new browser context; return it with its watch."""
    # With reduced motion, only the test itself moves things.
    usual = {"viewport": SCREEN, "reduced_motion": "reduce"}
    context = chromium.new_context(base_url=origin, **(usual | options))
    context.set_default_timeout(PATIENCE_MS)
    watch = Watch(context, origin, tolerated)
    page = context.new_page()
    if prepare:
        prepare(page)
    page.goto(path)
    return page, watch


@pytest.fixture(scope="module")
def kept_pages() -> Iterator[KeptPages]:
    """The pages that the tests of a file use one after the other."""
    kept = KeptPages()
    yield kept
    kept.close()


@pytest.fixture
def open_page(
    chromium: Browser, kept_pages: KeptPages, request: pytest.FixtureRequest
) -> Iterator[OpenPage]:
    """Open pages; any console message, error, failed or cross-origin request fails the test."""
    plain: list[tuple[Page, Watch]] = []
    special: list[Watch] = []

    def open_page(
        path: str,
        *,
        at: str | None = None,
        tolerated: tuple[str, ...] = (),
        prepare: Callable[[Page], None] | None = None,
        **options: Any,
    ) -> tuple[Page, Watch]:
        origin: str = at or request.getfixturevalue("server")
        if prepare or options:
            page, watch = open_watched(chromium, path, origin, tolerated, prepare, **options)
            special.append(watch)
        else:
            page, watch = kept_pages.load(origin, path, tolerated) or open_watched(
                chromium, path, origin, tolerated
            )
            plain.append((page, watch))
        return page, watch

    yield open_page
    watches = [*special, *(watch for _, watch in plain)]
    for watch in watches:
        watch.settle()
    passed = not request.node.stash.get(FAILED, False)
    for page, watch in plain:
        whole = watch.context.pages == [page] and page.viewport_size == SCREEN
        if passed and whole and not watch.problems:
            kept_pages.leave(page, watch)
        else:
            watch.close()
    for watch in special:
        watch.close()
    assert not [problem for watch in watches for problem in watch.problems]


@pytest.fixture
def share_page(
    chromium: Browser, kept_pages: KeptPages, request: pytest.FixtureRequest
) -> Iterator[SharePage]:
    """Share a page with the other tests of a file, each of which watches it for errors anew."""
    shared: list[Shown] = []

    def share_page(path: str, make: Callable[[Page, Watch], Kind], at: str | None = None) -> Kind:
        origin: str = at or request.getfixturevalue("server")

        def open_anew() -> Kind:
            shown = make(*open_watched(chromium, path, origin))
            shown.rest()
            return shown

        shared.append(shown := kept_pages.lend(origin + path, open_anew))
        return shown

    yield share_page
    for shown in shared:
        shown.watch.settle()
        failed = request.node.stash.get(FAILED, False) or shown.watch.problems
        if failed or shown.page.is_closed() or shown.page.viewport_size != SCREEN:
            kept_pages.drop(shown)
    assert not [problem for shown in shared for problem in shown.watch.problems]


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
        script: str | None = None,
        rest: bool = True,
        **options: Any,
    ) -> Playground:
        def prepare(page: Page) -> None:
            if script:
                page.add_init_script(script)
            if frozen:
                page.clock.install()
            if routed:
                # Chromium may miss requests of a page that is open when interception starts.
                page.route("**/nowhere", lambda route: route.abort())

        if frozen or routed or script:
            options["prepare"] = prepare
        page, watch = open_page(f"/{query}", at=at, tolerated=tolerated, **options)
        playground = Playground(page, watch)
        if rest:
            playground.rest()
        if frozen:
            page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 1)
            playground.frozen = True
        return playground

    return open_playground


@pytest.fixture
def playground(share_page: SharePage) -> Playground:
    """The playground with its defaults, fully drawn, on a large screen; a page that is shared."""
    return share_page("/", Playground)


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
def view(share_page: SharePage, landscapes_server: str) -> View:
    """GD, SGD and Adam on one plane; a page that is shared."""

    def make(page: Page, watch: Watch) -> View:
        return View(Landscapes(page, watch))

    return share_page("/landscapes?show=optimizers", make, at=landscapes_server)
