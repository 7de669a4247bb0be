"""A shared page is as it was when it had been opened, whatever the test before did to it."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenPlayground
from tests.browser.kept_pages import READ_VIEW, KeptPages
from tests.browser.playground import Playground


def test_a_kept_page_goes_back_or_else_is_loaded_anew(open_playground: OpenPlayground) -> None:
    kept = KeptPages()

    def open_to_the_last_request() -> Playground:
        playground = open_playground()
        asked = playground.watch.asked
        playground.wait_until(lambda: any(one.url.endswith("/functions") for one in asked()))
        playground.rest()
        return playground

    def lend() -> Playground:
        return kept.lend("playground", open_to_the_last_request)

    playground = lend()
    page, watch = playground.page, playground.watch
    view, requests = page.evaluate(READ_VIEW), [*watch.requests]
    page.evaluate("window.here = true")
    playground.exchange(playground.thumbnail("himmelblau").click)
    playground.circle("adam").click()
    playground.panel("gd")
    playground.seek(20)

    assert lend() is playground
    assert page.evaluate(READ_VIEW) == view
    assert watch.requests == requests
    assert page.evaluate("window.here") is True

    page.evaluate("() => { localStorage.theme = 'dark'; document.body.append('intruder'); }")
    assert lend() is playground
    expect(page.locator("body")).not_to_contain_text("intruder")
    assert page.evaluate("localStorage.length") == 0
    assert page.evaluate("window.here") is None
    assert playground.last().answer["descents"]
