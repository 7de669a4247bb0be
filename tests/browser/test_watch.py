"""Watch of a page: a problem interrupts whatever waits for the page, with its description."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.browser.watch import Watch
from tests.browser.watched_page import WatchedPage

PROBLEMS: dict[str, tuple[str, str]] = {
    "an answer 404": ("fetch('./api/nothing')", r"answer 404: \S+/api/nothing"),
    "a failed request": ("fetch('./unreachable')", r"request failed: \S+/unreachable"),
    "a console error": ("console.error('in vain')", "console error: in vain"),
    "a page error": ("(() => { throw new Error('broken'); })()", "page error: broken"),
}
"""Problems of a page: a script that causes it, and the message."""

INTERRUPTED = (Error, AssertionError)
"""Exceptions of an interrupted wait: AssertionError for expectations and conditions, else Error."""

NOTHING = "#nothing"
"""An element that never appears."""

WAITS: dict[str, Callable[[WatchedPage], object]] = {
    "an expectation": lambda watched: expect(watched.page.locator(NOTHING)).to_be_visible(),
    "an action": lambda watched: watched.page.locator(NOTHING).click(),
    "a function of the page": lambda watched: watched.page.wait_for_function("() => false"),
    "a condition": lambda watched: watched.wait_until(lambda: False),
}
"""Ways in which a test waits. Each has a timeout of a minute."""


@pytest.fixture(scope="module")
def page_of(chromium: Browser, server: str) -> Iterator[Callable[..., WatchedPage]]:
    """Open a watched page without scripts."""
    contexts = []

    def open_page(*tolerated: str) -> WatchedPage:
        context = chromium.new_context(base_url=server)
        contexts.append(context)
        page = context.new_page()
        page.route("**/unreachable", lambda route: route.abort())
        page.goto("/favicon.svg")
        return WatchedPage(page, Watch(context, server, tolerated))

    yield open_page
    for context in contexts:
        context.close()


def bring_about(page: Page, act: str) -> None:
    """Make a page run a script after the test has begun to wait."""
    page.evaluate(f"() => void setTimeout(() => {{ {act}; }}, 100)")


@pytest.mark.parametrize("problem", PROBLEMS)
def test_an_expectation_ends_at_once_with(
    page_of: Callable[..., WatchedPage], problem: str
) -> None:
    act, said = PROBLEMS[problem]
    watched = page_of()
    bring_about(watched.page, act)
    with pytest.raises(INTERRUPTED, match=said):
        WAITS["an expectation"](watched)
    assert watched.watch.problems


@pytest.mark.parametrize("wait", WAITS)
def test_a_problem_ends(page_of: Callable[..., WatchedPage], wait: str) -> None:
    act, said = PROBLEMS["an answer 404"]
    watched = page_of()
    bring_about(watched.page, act)
    with pytest.raises(INTERRUPTED, match=said):
        WAITS[wait](watched)


def test_what_a_test_has_announced_ends_nothing(page_of: Callable[..., WatchedPage]) -> None:
    act, said = PROBLEMS["an answer 404"]
    watched = page_of(said, "console error: Failed to load resource")
    with watched.page.expect_response("**/api/nothing"):
        bring_about(watched.page, act)
    watched.page.evaluate("0")
    assert watched.watch.problems == []
