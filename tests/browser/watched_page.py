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

# What an answer sets off is done in tasks of their own after it has come, and drawn in a frame.
SETTLE = """async () => {
  await scheduler.postTask(() => undefined, { priority: "background" });
  // Unlike the callbacks of frames, this one comes while the page's clock is stopped too.
  await new Promise((done) => {
    const observer = new ResizeObserver(() => {
      observer.disconnect();
      done();
    });
    observer.observe(document.body);
  });
}"""

FRAME_MS = 20
"""By so much a stopped clock goes on while a page is waited for."""


class WatchedPage:
    """A page with its watch.

    Attributes:
        frozen: the page's clock is stopped.
    """

    def __init__(self, page: Page, watch: Watch) -> None:
        self.page = page
        self.watch = watch
        self.frozen = False

    def rest_at(self, condition: str) -> None:
        """Wait until a condition holds, no request is in flight, and all that came is drawn.

        Args:
            condition: a function of JavaScript.
        """
        while True:
            self._await(condition)
            self.wait_until(self.is_answered)
            self.page.evaluate(SETTLE)
            if self.is_answered() and self.page.evaluate(condition):
                return

    def is_answered(self) -> bool:
        """Tell whether all that the page has to ask for by itself is there."""
        return not self.watch.unanswered

    def _await(self, condition: str) -> None:
        if not self.frozen:
            self.page.wait_for_function(condition)
            return

        def holds() -> object:
            self.page.clock.run_for(FRAME_MS)
            return self.page.evaluate(condition)

        self.wait_until(holds)

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
