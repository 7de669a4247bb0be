"""Page object of the landscapes: gallery, figures and tables."""

from playwright.sync_api import Locator, Page

from tests.browser.watch import Watch
from tests.browser.watched_page import WatchedPage

IS_AT_REST = """() => {
  const cards = document.querySelector("#cards");
  if (!cards || cards.hasAttribute("aria-busy")) return false;  // another page may be leaving
  if (document.querySelector("main [aria-busy]")) return false;
  // What is shown first is revealed once its data have come.
  if (!document.querySelector("main > section:not([hidden])")) return false;
  const isVisible = (node) => {
    const { top, bottom, width } = node.getBoundingClientRect();
    return width > 0 && bottom > 0 && top < innerHeight;
  };
  const pictures = [...cards.querySelectorAll("canvas")].filter(isVisible);
  const spaces = [...document.querySelectorAll(".twin-surfaces .space")].filter(isVisible);
  return pictures.every((canvas) => canvas.classList.contains("painted"))
    && spaces.every((space) => space.querySelector("canvas"));
}"""


class Landscapes(WatchedPage):
    """A page on which the landscapes are open."""

    def __init__(self, page: Page, watch: Watch) -> None:
        super().__init__(page, watch)
        self.gallery = page.locator("#gallery")
        self.cards = page.locator("#cards .card")
        self.table = page.locator("#table")
        self.batch_figure = page.locator("#batch-figure")
        self.twin_figure = page.locator("#twin-figure")
        self.landscape = page.locator("#landscape")
        self.problem = page.locator("#problem")
        self.announcement = page.locator("#announcement")

    def rest(self) -> None:
        """Wait until everything visible is drawn and no request is in flight."""
        self.rest_at(IS_AT_REST)

    def card(self, id: str) -> Locator:
        """Return the card, or the part of one, whose first landscape this is."""
        return self.page.locator(f'#cards [data-id="{id}"]').first

    def link(self, id: str) -> Locator:
        """Return the first link of the gallery to a landscape."""
        return self.page.locator(f'#cards a[href="./landscapes?show={id}"]').first

    def title(self) -> str:
        """Return the heading of the open view."""
        return self.page.locator("main > section:not([hidden]) h1").inner_text()
