"""Page object of one landscape."""

from playwright.sync_api import Locator

from tests.backend.landscapes.run_samples import RUNS
from tests.browser.landscapes import Landscapes
from tests.browser.painting import Colour, read_painting
from tests.browser.playground import READ_AXES, Axes

COLOURS = {"gd": (31, 35, 40), "sgd": (10, 102, 183), "adam": (0, 125, 83)}
"""The colours of the playground in the light theme."""

IS_DRAWN = """() => {
  const flat = document.querySelector("#landscape .stage:not(.moving) > .lines .xtick text");
  const deep = document.querySelector("#landscape .surface3d:not([hidden]) canvas");
  return (flat || deep) && document.querySelector("#landscape .charts .lines .xtick text");
}"""


class View:
    """A page on which one landscape is open."""

    def __init__(self, landscapes: Landscapes) -> None:
        self.landscapes = landscapes
        self.page = landscapes.page
        self.watch = landscapes.watch
        self.root = landscapes.landscape
        self.stage = self.root.locator(".stage")
        self.paths = self.stage.locator("> .paths")
        self.readout = self.stage.locator("> .readout")
        self.transport = self.root.get_by_role("group", name="Playback", exact=True)
        self.scrubber = self.transport.get_by_role("slider")
        self.charts = self.root.locator(".charts .loss")
        self.clipped = self.root.locator(".clipped")
        self.settings = self.root.get_by_role("region", name="Settings")
        self.fidelity = self.root.get_by_role("region", name="What the picture is worth")
        self.rest()

    def rest(self) -> None:
        """Wait until everything is drawn."""
        self.page.wait_for_function(IS_DRAWN)
        self.landscapes.rest()
        self.frame()

    def frame(self) -> None:
        """Wait until the next frame is drawn."""
        self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def axes(self) -> Axes:
        """Return the axes of the contour."""
        return Axes(**self.stage.locator("> .lines").evaluate(READ_AXES))

    def chart_axes(self, number: int) -> Axes:
        """Return the axes of one of the charts."""
        return Axes(**self.charts.nth(number).locator("> .lines").evaluate(READ_AXES))

    def circle(self, run: str) -> Locator:
        """Return a run's circle in the lower bar."""
        return self.root.locator(f'.circle[data-run="{run}"]')

    def choose(self, group: str, choice: str) -> None:
        """Press a button of a group."""
        buttons = self.root.get_by_role("group", name=group, exact=True)
        buttons.get_by_role("button", name=choice, exact=True).click()

    def colour_at(self, x: float, y: float) -> Colour:
        """Return the heatmap's colour at a point of the plane."""
        heatmap = read_painting(self.stage.locator("> .heatmap"))
        px, py = self.axes().pixel(x, y)
        red, green, blue, _ = heatmap.pixels[round(py - heatmap.top), round(px - heatmap.left)]
        return int(red), int(green), int(blue)

    def playhead(self) -> str:
        """Return the text of the counter."""
        return self.transport.locator(".transport-counter").inner_text()

    def seek(self, value: float) -> None:
        """Move the scrubber."""
        self.scrubber.fill(f"{value:g}")
        self.frame()


def place(run: str, part: float) -> tuple[float, float]:
    """Return the position of a run after a fraction of its path."""
    sample = RUNS[run]
    x, y = (a + part * (b - a) for a, b in zip(sample.start[:2], sample.end[:2], strict=True))
    return x, y
