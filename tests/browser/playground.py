"""Page object of the playground."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, Response

from tests.browser.watch import Watch
from tests.browser.watched_page import WatchedPage

SURFACE_COUNT = 161
"""Points along an axis of the main surface; thumbnails and the readout request fewer."""


@dataclass(frozen=True)
class Axes:
    """Conversion of a chart's data coordinates to CSS pixels of the viewport."""

    x0: float
    x1: float
    y0: float
    y1: float
    left: float
    top: float
    width: float
    height: float

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """Return the pixel of a point."""
        across = (x - self.x0) / (self.x1 - self.x0)
        down = (self.y1 - y) / (self.y1 - self.y0)
        return self.left + across * self.width, self.top + down * self.height

    def data(self, px: float, py: float) -> tuple[float, float]:
        """Return the point at a pixel."""
        across = (px - self.left) / self.width
        down = (py - self.top) / self.height
        return self.x0 + across * (self.x1 - self.x0), self.y1 - down * (self.y1 - self.y0)

    def means(self, start: Mapping[str, float], px: float, py: float) -> bool:
        """Tell whether a start is the point at a pixel, to a tenth of a pixel (its rounding)."""
        x, y = self.pixel(start["x"], start["y"])
        return max(abs(x - px), abs(y - py)) <= 0.0501

    def contains(self, x: float, y: float) -> bool:
        """Tell whether a point is in view."""
        return self.x0 <= x <= self.x1 and self.y0 <= y <= self.y1


READ_AXES = """element => {
  const { xaxis, yaxis, margin, width, height } = element.layout;
  const { left, top } = element.getBoundingClientRect();
  return {
    x0: xaxis.range[0], x1: xaxis.range[1], y0: yaxis.range[0], y1: yaxis.range[1],
    left: left + margin.l, top: top + margin.t,
    width: width - margin.l - margin.r, height: height - margin.t - margin.b,
  };
}"""

IS_AT_REST = """() => {
  const shown = document.querySelectorAll('#bar .circle[aria-pressed="true"]').length;
  const circles = document.querySelectorAll("#bar .circle").length;
  const rows = document.querySelectorAll("#results tbody tr:not(:has(.unpin))").length;
  const flat = document.querySelector("#stage:not(.moving) > .lines .xtick text");
  const spatial = document.querySelector("#stage.spatial");
  const space = document.querySelector(".surface3d:not([hidden]) :is(canvas, .undrawable)");
  const chart = document.querySelector("#loss > .lines .xtick text");
  const drawn = (spatial ? space : flat) && chart;
  const matrix = document.querySelector("#matrix");
  const inSight = matrix.checkVisibility() && matrix.getBoundingClientRect().top < innerHeight;
  const ranked = !inSight || matrix.childElementCount > 0;
  const mapping = document.querySelector("#basins:not([hidden]) progress:not([hidden])");
  return circles > 0 && rows === shown && drawn && ranked && !mapping;
}"""

READ_CONTROLS = """() => {
  // The matrix comes when it is near, and is no setting.
  const seen = (node) =>
    !node.closest("#matrix") && node.checkVisibility({ visibilityProperty: true });
  const controls = [...document.querySelectorAll("button, input, select, summary")];
  return controls.filter(seen).map((node) => [
    node.getAttribute("aria-label") ?? node.labels?.[0]?.textContent ?? node.textContent,
    node.type === "checkbox" ? node.checked : node.value ?? null,
    node.getAttribute("aria-pressed") ?? node.getAttribute("aria-expanded"),
  ]);
}"""


@dataclass(frozen=True)
class Exchange:
    """A request of the page, and its response."""

    request: Any
    response: Response

    @property
    def answer(self) -> Any:
        """The body of the response."""
        return self.response.json()


class Playground(WatchedPage):
    """A page on which the playground is open."""

    def __init__(self, page: Page, watch: Watch) -> None:
        super().__init__(page, watch)
        self.stage = page.locator("#stage")
        self.paths = page.locator("#stage > .paths")
        self.handle = page.locator("#stage > .stage-start")
        self.readout = page.locator("#stage > .readout")
        self.loss = page.locator("#loss")
        self.bar = page.get_by_role("group", name="Optimizers")
        self.transport = page.get_by_role("group", name="Playback")
        self.scrubber = self.transport.get_by_role("slider", name="Step")
        self.problem = page.locator("#problem")
        self.results = page.locator("#results")
        self.basins = page.locator("#basins")

    def rest(self) -> None:
        """Wait until everything is drawn and no request is in flight."""
        self.rest_at(IS_AT_REST)

    def is_answered(self) -> bool:
        """Tell whether all that the page asks for by itself is there: thumbnails come last."""
        asked = any(request.url.endswith("/api/v1/thumbnails") for request in self.watch.asked())
        return asked and super().is_answered()

    def frame(self) -> None:
        """Wait until the next frame is drawn."""
        self.page.evaluate("() => new Promise((r) => requestAnimationFrame(() => setTimeout(r)))")

    # Requests

    def exchange(self, act: Callable[[], object], path: str = "/api/v1/descents") -> Exchange:
        """Perform an action; return the page's next request to a path, with the response."""

        def is_meant(response: Response) -> bool:
            if urlsplit(response.url).path != path or response.request.method != "POST":
                return False
            body: Any = response.request.post_data_json
            return path != "/api/v1/surfaces" or body["x"]["count"] == SURFACE_COUNT

        with self.page.expect_response(is_meant) as event:
            act()
        return Exchange(event.value.request.post_data_json, event.value)

    def last(self) -> Exchange:
        """Return the last request for descents, with the response."""
        request = self.watch.posted("/api/v1/descents")[-1]
        response = request.response()
        assert response is not None, "It was not answered."
        return Exchange(request.post_data_json, response)

    # Content

    def axes(self) -> Axes:
        """Return the axes of the contour."""
        return Axes(**self.stage.locator("> .lines").evaluate(READ_AXES))

    def loss_axes(self) -> Axes:
        """Return the axes of the loss chart; y is the exponent of ten on a logarithmic one."""
        return Axes(**self.loss.locator("> .lines").evaluate(READ_AXES))

    def step(self) -> int:
        """Return the step of the playhead in the transport row."""
        return self.count()[0]

    def end(self) -> int:
        """Return the last step in the transport row."""
        return self.count()[1]

    def count(self) -> tuple[int, int]:
        """Return the text of the counter in the transport row."""
        now, _, end = self.transport.locator(".transport-counter").inner_text().partition("/")
        return int(now.replace(",", "")), int(end.replace(",", ""))

    def table(self) -> dict[str, dict[str, str]]:
        """Return the table of descents: cells by column heading, by optimizer."""
        return read_table(self.results)

    def colour(self, optimizer: str) -> tuple[int, int, int]:
        """Return the colour of an optimizer's circle."""
        value = self.circle(optimizer).evaluate("e => e.style.getPropertyValue('--color')")
        red, green, blue = bytes.fromhex(value.strip().removeprefix("#"))
        return red, green, blue

    def controls(self) -> Any:
        """Return the name and state of every visible control."""
        return self.page.evaluate(READ_CONTROLS)

    # Actions

    def circle(self, optimizer: str) -> Locator:
        """Return an optimizer's circle in the lower bar."""
        return self.bar.locator(f'.circle[data-optimizer="{optimizer}"]')

    def thumbnail(self, objective: str) -> Locator:
        """Return the thumbnail of an objective."""
        return self.page.locator(f'#thumbnails [data-objective="{objective}"]')

    def choose(self, group: str, choice: str) -> None:
        """Press a button of a group."""
        buttons = self.page.get_by_role("group", name=group)
        buttons.get_by_role("button", name=choice, exact=True).click()

    def panel(self, optimizer: str) -> Locator:
        """Unfold and return an optimizer's panel of hyperparameters."""
        panel = self.page.locator(f'#optimizers details[data-optimizer="{optimizer}"]')
        if panel.get_attribute("open") is None:
            panel.locator("summary").click()
        return panel

    def noise(self) -> Locator:
        """Unfold and return the panel of the gradient noise."""
        panel = self.page.locator("#optimizers details.noise")
        if panel.get_attribute("open") is None:
            panel.locator("summary").click()
        return panel

    def show_basins(self) -> None:
        """Turn the basin map on."""
        self.page.get_by_role("switch", name="Basins").check()

    def click(self, px: float, py: float) -> None:
        """Click at a pixel of the viewport."""
        self.page.mouse.click(px, py)

    def centre(self, locator: Locator) -> tuple[float, float]:
        """Return the pixel at the centre of an element."""
        box = locator.bounding_box()
        assert box is not None, "It is not to be seen."
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def seek(self, step: int) -> None:
        """Move the scrubber."""
        self.scrubber.fill(str(step))


def enter(field: Locator, value: float) -> None:
    """Type a number into a field."""
    field.fill(str(value))
    field.press("Enter")


def read_table(root: Locator) -> dict[str, dict[str, str]]:
    """Return a table's cells by the optimizer of their row and the heading of their column."""
    rows: dict[str, dict[str, str]] = root.evaluate(
        """root => {
          const headings = [...root.querySelectorAll("thead th")].map((th) => th.innerText.trim());
          const rows = [...root.querySelectorAll("tbody tr")];
          const cells = (row) => [...row.children].map((cell, i) => [headings[i], cell.innerText]);
          return Object.fromEntries(
            rows.map((row) => [row.dataset.optimizer, Object.fromEntries(cells(row))]),
          );
        }"""
    )
    return rows


def parse_number(text: str) -> float:
    """Parse a number of the page, with a minus sign (U+2212) and commas between thousands."""
    return float(text.replace("−", "-").replace(",", ""))


def parse_numbers(text: str) -> list[float]:
    """Parse all numbers in a text of the page."""
    return [
        parse_number(number)
        for number in re.findall(r"[-−]?\d[\d,]*(?:\.\d+)?(?:e[-−]?\d+)?", text)
    ]


def unit_of_last_digit(text: str) -> float:
    """Return the value of one unit in the last digit of a formatted number."""
    mantissa, _, exponent = text.replace("−", "-").replace(",", "").partition("e")
    decimals = len(mantissa.partition(".")[2])
    return float(10.0 ** (int(exponent or 0) - decimals))
