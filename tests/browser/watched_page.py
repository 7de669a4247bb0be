"""Base class of the page objects."""

from collections.abc import Callable
from urllib.parse import parse_qs

from playwright.sync_api import Page

from tests.browser.watch import Watch

# What changes continuously is written into the address a moment later, or when the page is left.
LEAVE = """() => {
  dispatchEvent(new PageTransitionEvent("pagehide"));
  return location.search;
}"""


class WatchedPage:
    """A page with its watch."""

    def __init__(self, page: Page, watch: Watch) -> None:
        self.page = page
        self.watch = watch

    def wait_until(self, condition: Callable[[], object]) -> None:
        """Wait until a condition holds; raise if the page has a problem."""
        for _ in range(3000):
            self.watch.check()
            if condition():
                return
            self.page.wait_for_timeout(20)
        raise AssertionError("It did not happen.")

    def query(self) -> dict[str, str]:
        """Return the query of the page's address, as it is when the page is left at this moment."""
        query = self.page.evaluate(LEAVE).removeprefix("?")
        return {name: value[0] for name, value in parse_qs(query).items()}
