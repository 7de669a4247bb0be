"""Base class of the page objects."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page

from tests.browser.watch import Watch


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
        """Return the query of the page's address."""
        return {name: value[0] for name, value in parse_qs(urlsplit(self.page.url).query).items()}
