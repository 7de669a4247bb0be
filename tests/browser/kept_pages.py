"""Pages that the tests of one file use one after the other, each as if it had just been opened.

Opening a page takes seconds of processor time, most of them for scripts and first drawings. A kept
page goes back to its address by the history instead, as with the browser's Back. It serves another
test only if the one before passed and everything to be seen is again what it was when the page had
been opened; otherwise it is loaded anew.

What a test changes of the page from outside of it (its size, routes, scripts at its start, where
Tab begins) stays: such a test opens a page of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar, cast

from playwright.sync_api import Page, Request

from tests.browser.watch import Watch

READ_VIEW = r"""() => {
  const lines = [location.href, document.title, `${scrollX} ${scrollY}`];
  lines.push(JSON.stringify({ ...localStorage, ...sessionStorage }));
  // What is built anew has ids with other numbers.
  const MADE = /\b[a-z][\w-]*-\d+\b|(?<=\b(top)?defs-|\bclip)[0-9a-f]{6}/g;
  const ids = new Map();
  const order = (id) => ids.get(id) ?? ids.set(id, `#${ids.size}`).get(id);
  const read = (node, indent) => {
    if (node instanceof Text && node.data.trim() !== "") lines.push(indent + node.data.trim());
    if (!(node instanceof Element) || !node.checkVisibility({ visibilityProperty: true })) return;
    if (node.getAttribute("role") === "status") return; // It tells what has happened.
    if (node.id === "matrix") return; // It comes when it is near, and stays.
    const attributes = [...node.attributes].filter(({ value }) => value !== "");
    const words = attributes.map(({ name, value }) => `${name}=${value}`).sort();
    const { value, checked, scrollTop, scrollLeft } = node;
    words.push(value, checked, scrollTop, scrollLeft, node === document.activeElement);
    const line = `${node.localName} ${words.join(" ")}`;
    lines.push(indent + line.replace(MADE, order));
    for (const child of node.childNodes) read(child, ` ${indent}`);
  };
  read(document.body, "");
  return lines.join("\n");
}"""
"""The content and state of all elements to be seen; not the pixels of canvases."""

GO_BACK = """address => {
  const seen = (selector) =>
    [...document.querySelectorAll(selector)].filter((node) =>
      node.checkVisibility({ visibilityProperty: true }),
    );
  document.activeElement?.blur();
  for (const details of seen("details[open]")) details.open = false;
  for (const opener of seen("button[aria-expanded=true]")) opener.click();
  for (const scrubber of seen(".transport-scrubber")) {
    if (scrubber.value === scrubber.max) continue;
    scrubber.value = scrubber.max;
    scrubber.dispatchEvent(new Event("input", { bubbles: true }));
  }
  history.pushState(null, "", address);
  dispatchEvent(new PopStateEvent("popstate"));
  scrollTo(0, 0);
}"""
"""Fold what a test has unfolded, let the playhead be at its end, and go to the address."""

FRAMES = 8
FRAME_MS = 50
"""What is drawn again after it has moved, such as a chart's axes, takes so long at most."""

FORGET = "() => { localStorage.clear(); sessionStorage.clear(); }"


class Shown(Protocol):
    """A page object, such as `Playground`."""

    page: Page
    watch: Watch

    def rest(self) -> None:
        """Wait until everything is drawn and no request is in flight."""


Kind = TypeVar("Kind", bound=Shown)


def load_anew(page: Page, address: str) -> None:
    """Load an address as if nobody had been there before, but for what the browser has cached."""
    page.mouse.move(0, 0)
    page.evaluate(FORGET)
    if "#" in address:
        page.goto("about:blank")  # from the same page, it would load nothing
    page.goto(address)


@dataclass
class KeptPage:
    """A page that is at rest after it was opened.

    Attributes:
        shown: the page object.
        address: the page's address then.
        view: what there was to be seen.
        requests: those that the page had made.
    """

    shown: Shown
    address: str = field(init=False)
    view: str = field(init=False)
    requests: list[Request] = field(init=False)

    def __post_init__(self) -> None:
        self.address = self.shown.page.url
        self._remember()

    def restore(self) -> None:
        """Let the page be as it was when it had been opened.

        Raises:
            AssertionError: if the page has a problem on its way.
        """
        page, watch = self.shown.page, self.shown.watch
        page.mouse.move(0, 0)
        if not self._goes_back():
            load_anew(page, self.address)
            self.shown.rest()
            self._remember()
        watch.begin()

    def _goes_back(self) -> bool:
        """Go back within the page; tell whether it is as it was."""
        page, watch = self.shown.page, self.shown.watch
        if watch.requests[: len(self.requests)] != self.requests:
            return False  # it was loaded again, and what it had answers for is gone
        if self._read() != self.view:
            page.evaluate(GO_BACK, self.address)
            self.shown.rest()
        watch.requests[:] = self.requests
        return self._looks_as_then()

    def _looks_as_then(self) -> bool:
        """Tell whether there is to be seen what there was, a few frames later at the latest."""
        for _ in range(FRAMES):
            if self._read() == self.view:
                return True
            self.shown.page.wait_for_timeout(FRAME_MS)
        return False

    def _remember(self) -> None:
        self.view = self._read()
        self.requests = [*self.shown.watch.requests]

    def _read(self) -> str:
        view: str = self.shown.page.evaluate(READ_VIEW)
        return view


class KeptPages:
    """The kept pages of one file: those that are shared, and those that others may load anew."""

    def __init__(self) -> None:
        self._pages: dict[str, KeptPage] = {}
        self._idle: dict[str, list[tuple[Page, Watch]]] = {}

    def lend(self, key: str, make: Callable[[], Kind]) -> Kind:
        """Return the page that is kept under a key as it was when opened, or else make one."""
        if kept := self._pages.pop(key, None):
            kept.restore()
        else:
            kept = KeptPage(make())
        self._pages[key] = kept
        return cast(Kind, kept.shown)

    def load(self, origin: str, path: str, tolerated: tuple[str, ...]) -> tuple[Page, Watch] | None:
        """Load a path anew in a page of its origin that no test uses any more, if there is one."""
        if not self._idle.get(origin):
            return None
        page, watch = self._idle[origin].pop()
        watch.begin(tolerated)
        load_anew(page, path)
        return page, watch

    def leave(self, page: Page, watch: Watch) -> None:
        """Leave a page to others, whose context is as it was made."""
        self._idle.setdefault(watch.origin, []).append((page, watch))

    def drop(self, shown: Shown) -> None:
        """Close a page whose state is unknown."""
        for key, kept in list(self._pages.items()):
            if kept.shown is shown:
                del self._pages[key]
        shown.watch.close()

    def close(self) -> None:
        """Close all pages."""
        watches = [kept.shown.watch for kept in self._pages.values()]
        watches += [watch for pages in self._idle.values() for _, watch in pages]
        for watch in watches:
            watch.close()
