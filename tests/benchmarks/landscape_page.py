"""A landscape that ships, in a real Chromium: how soon it opens and changes, how it plays."""

import asyncio
from functools import cache
from pathlib import Path
from statistics import median, quantiles

from playwright.async_api import Browser, Page

from descent_atlas.landscapes.shipped_studies import PAPER, find_folder
from tests.benchmarks.measuring import Goal, Measurement, Result
from tests.benchmarks.page import PROBE, ROUNDING, SIZE, in_chromium

SHIPPED = find_folder(PAPER)
LANDSCAPE = "momentum"
"""Figure 6: four trajectories, two surfaces."""
TRAJECTORIES = 4

LANDSCAPE_PROBE = Path(__file__).with_name("landscape_probe.js")

PAGES = 4
OPENS = 4
"""On each page; the first of them loads Plotly."""
CHANGES = 12
PLAYS = 4
PLAYED_SECONDS = 5.0
"""Of the eight that it takes at speed 1."""
REST_MS = 700
"""Until everything has come to rest again, pictures and charts too."""
PATIENCE_SECONDS = 60.0


def time_open() -> Result:
    """A click on Figure 6 in the gallery, until heatmap, trajectories and level lines are drawn."""
    return Result(
        ours=Measurement.of([max(times) for opens in open_landscapes() for times in opens[1:]]),
        goal=Goal(relation="≤", bound=0.3, unit="s"),
        note="from the event's time to the frame after which all of it is to be seen: an opaque "
        "pixel of the heatmap (the canvas was cleared before), a pixel of a run's colour on the "
        "overlay, level lines that Plotly drew since the click and that are not hidden; the "
        "gallery was reached by the history, so that Plotly and the landscape are there already",
    )


def time_ground() -> Result:
    """The same opens, until heatmap and trajectories are drawn, without the level lines."""
    return Result(
        ours=Measurement.of([painted for opens in open_landscapes() for painted, _ in opens[1:]]),
        goal=None,
    )


def time_first_open() -> Result:
    """The same click, the first on a page: Plotly is loaded and run for the level lines."""
    firsts = [opens[0] for opens in open_landscapes()]
    return Result(
        ours=Measurement.of([max(times) for times in firsts]),
        goal=None,
        note=f"on {PAGES} fresh pages; the heatmap and trajectories were drawn after "
        f"{1000 * median(painted for painted, _ in firsts):.0f} ms",
    )


def time_surface() -> Result:
    """A click that switches the surface, until its heatmap and its level lines are drawn."""
    changes = in_chromium(switch_surfaces, landscapes_folder=str(SHIPPED))
    return Result(
        ours=Measurement.of([max(times) for times in changes]),
        goal=Goal(relation="≤", bound=0.1, unit="s"),
        note="training set and test set in turn; until a pixel of the heatmap has changed and "
        "Plotly has drawn; the heatmap alone took "
        f"{1000 * median(painted for painted, _ in changes):.0f} ms",
    )


def time_toggle() -> Result:
    """A click on a run's circle, until the overlay has changed."""
    return Result(
        ours=Measurement.of(in_chromium(toggle_runs, landscapes_folder=str(SHIPPED))),
        goal=Goal(relation="≤", bound=0.1, unit="s"),
        note="the four runs in turn, whole trajectories; each is taken away and brought back",
    )


def time_median_frame() -> Result:
    """Frames while four trajectories are played: the median of a playback."""
    plays = in_chromium(play, landscapes_folder=str(SHIPPED))
    slow = median(quantiles(intervals, n=20)[-1] for intervals in plays)
    return Result(
        ours=Measurement.of([median(intervals) for intervals in plays]),
        goal=Goal(relation="≤", bound=0.0167 + ROUNDING, unit="s"),
        note=f"the 95th percentile is {1000 * slow:.1f} ms; the charts beside it move too",
    )


@cache
def open_landscapes() -> list[list[tuple[float, float]]]:
    """Open Figure 6 several times on each of some pages.

    Returns:
        For each open of each page the seconds until heatmap and trajectories, and until the level
        lines were drawn.
    """
    return in_chromium(open_from_gallery, landscapes_folder=str(SHIPPED))


async def open_from_gallery(browser: Browser, url: str) -> list[list[tuple[float, float]]]:
    """Measure `open_landscapes`."""
    pages = []
    for _ in range(PAGES):
        page = await visit(browser, f"{url}/landscapes", calm=False)
        link = page.locator(f'#cards .card[data-id="{LANDSCAPE}"] h3 a')
        await link.scroll_into_view_if_needed()
        opens = []
        for _ in range(OPENS):
            await rest(page)
            await page.evaluate("probe.expectOpening()")
            opens.append(await click(page, f'#cards .card[data-id="{LANDSCAPE}"] h3 a'))
            await rest(page)
            await page.go_back()
            await link.wait_for(state="visible")
        pages.append(opens)
        await page.context.close()
    return pages


async def switch_surfaces(browser: Browser, url: str) -> list[tuple[float, float]]:
    """Measure `time_surface`: seconds until the heatmap and until the level lines."""
    page = await open_landscape(browser, url)
    changes = []
    for _ in range(CHANGES):
        await rest(page)
        await page.evaluate("probe.expectSurface()")
        other = '#landscape [aria-label="Surface"] button[aria-pressed="false"]'
        changes.append(await click(page, other))
    return changes


async def toggle_runs(browser: Browser, url: str) -> list[float]:
    """Measure `time_toggle`."""
    page = await open_landscape(browser, url)
    times = []
    for number in range(CHANGES):
        await rest(page)
        await page.evaluate("probe.expectOverlay()")
        circle = f"#landscape .circle:nth-child({number // 2 % TRAJECTORIES + 1})"
        painted, _ = await click(page, circle)
        times.append(painted)
    return times


async def play(browser: Browser, url: str) -> list[list[float]]:
    """Measure `time_median_frame`: the frames' seconds of each playback."""
    page = await open_landscape(browser, url)
    plays = []
    for _ in range(PLAYS):
        await rest(page)
        await page.locator('#landscape .play[aria-label="Play"]').click()
        await page.wait_for_timeout(500)
        await page.evaluate("probe.intervals.length = 0")
        before = await read_playhead(page)
        await page.wait_for_timeout(1000 * PLAYED_SECONDS)
        intervals = await page.evaluate("probe.intervals")
        assert await read_playhead(page) > before
        plays.append([interval / 1000 for interval in intervals])
    return plays


async def read_playhead(page: Page) -> float:
    """Return where the scrubber is."""
    return float(await page.locator("#landscape .transport input[type=range]").input_value())


async def open_landscape(browser: Browser, url: str) -> Page:
    """Return the page of Figure 6 at rest, its trajectories drawn whole."""
    page = await visit(browser, f"{url}/landscapes?show={LANDSCAPE}", calm=True)
    await page.locator("#landscape .stage:not(.moving) > .lines .xtick text").first.wait_for()
    circles = page.locator("#landscape .circle")
    assert await circles.count() == TRAJECTORIES
    return page


async def visit(browser: Browser, url: str, *, calm: bool) -> Page:
    """Return a fresh page at rest. A calm one plays nothing by itself."""
    page = await browser.new_page(
        viewport=SIZE, reduced_motion="reduce" if calm else "no-preference"
    )
    await page.add_init_script(path=PROBE)
    await page.goto(url)
    await page.locator("#landscape .stage").wait_for(state="attached")
    await page.evaluate(LANDSCAPE_PROBE.read_text())
    await rest(page)
    return page


async def rest(page: Page) -> None:
    """Return once nothing is under way."""
    await page.wait_for_load_state("networkidle")
    await page.wait_for_timeout(REST_MS)


async def click(page: Page, selector: str) -> tuple[float, float]:
    """Click what a selector names; return the seconds until what was expected was painted.

    The second number is that of the level lines; where they are not expected, it is the same.
    """
    box = await page.locator(selector).bounding_box()
    assert box is not None
    await page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    seen = await asyncio.wait_for(page.evaluate("probe.seen"), PATIENCE_SECONDS)
    painted = seen["painted"] / 1000
    return painted, seen.get("lines", seen["painted"]) / 1000
