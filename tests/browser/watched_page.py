"""What is read off every page under watch, and waited for on it."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page

from tests.browser.watch import Watch


class WatchedPage:
    """A page under watch."""

    def __init__(self, page: Page, watch: Watch) -> None:
        self.page = page
        self.watch = watch

    def wait_until(self, condition: Callable[[], object]) -> None:
        """Return once a condition holds, while the page goes on and nothing goes wrong in it."""
        for _ in range(3000):
            self.watch.check()
            if condition():
                return
            self.page.wait_for_timeout(20)
        raise AssertionError("It did not happen.")

    def query(self) -> dict[str, str]:
        """Return the query of the page's address."""
        return {name: value[0] for name, value in parse_qs(urlsplit(self.page.url).query).items()}
