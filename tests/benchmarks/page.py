"""The page in a real Chromium: how it loads, how soon a click shows, how smoothly a start drags."""

import asyncio
import math
import re
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from statistics import median, quantiles
from typing import TypeVar

from playwright.async_api import Browser, CDPSession, Page, ViewportSize, async_playwright

from descent_atlas.web.settings import Settings
from tests.benchmarks.measuring import Goal, Measurement, Result
from tests.browser.chromium import find_or_install
from tests.servers import run_server

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZE = ViewportSize(width=1280, height=800)
PROBE = Path(__file__).with_name("probe.js")

FIRST_SCRIPT = '<script type="module"'
TELL_BY_TITLE = "\nprobe.ready.then((time) => { document.title = `ready after ${time} ms`; });\n"
READY = re.compile(r"ready after ([\d.]+) ms")
WINDOW = {"width": 1280, "height": 890}
"""With the browser's own bars in it, which leave the page about `SIZE`."""

LOADS = 9
REST_SECONDS = 0.5
PATIENCE_SECONDS = 60.0

WEIGHTS = 2
IDLE_MS = 4000
"""Longer than the page lets wait what is not needed at once (thumbnails, the matrix)."""

ENSEMBLE = "ensemble=sgd,200"
"""What a link says of the ensemble; a descent takes 1,000 steps unless it says otherwise."""

CLICKS = 12
DRAGS = 5
DRAG_SECONDS = 2.0
MOVES_PER_SECOND = 120
"""Positions of the pointer: twice as many as there are frames, as a good mouse has it."""

ROUNDING = 1e-4
"""Frame times are told in tenths of a millisecond; a sixtieth of a second is 16.7."""

T = TypeVar("T")


def time_load() -> Result:
    """The page, from the navigation until contour lines, paths and start are drawn."""
    with tempfile.TemporaryDirectory() as folder:
        frontend = Path(folder) / "frontend"
        copy_with_probe(frontend)
        seconds = in_chromium(load, frontend_folder=str(frontend))
    return Result(
        ours=Measurement.of(seconds),
        goal=Goal(relation="≤", bound=1.5, unit="s"),
        note="an empty cache, on localhost, in a tab that no debugger is attached to",
    )


def count_bytes() -> Result:
    """Everything that the page loads, as it travels."""
    return Result(
        ours=Measurement.of(in_chromium(weigh), "bytes"),
        goal=Goal(relation="<", bound=1e6, unit="bytes"),
        note="headers and bodies, with what it fetches at leisure afterwards",
    )


def time_click() -> Result:
    """A click on the contour, from the pointer's release until its first descent is drawn."""
    return Result(
        ours=Measurement.of(in_chromium(click)),
        goal=Goal(relation="<", bound=0.1, unit="s"),
        note="the frame after which the canvas of the paths is no longer empty around the click",
    )


def time_cloud() -> Result:
    """A click, until the cloud of 200 seeds × 1,000 steps from there is drawn."""
    return Result(
        ours=Measurement.of(in_chromium(click_for_cloud)),
        goal=Goal(relation="<", bound=0.15, unit="s"),
        note="from the pointer's release; one frame more than it takes, so that the cloud is drawn "
        "in any case",
    )


def time_median_frame() -> Result:
    """Frames while the start is dragged: the median of a drag."""
    drags = drag_starts()
    return Result(
        ours=Measurement.of([median(intervals) for intervals, _ in drags]),
        goal=Goal(relation="≤", bound=0.0167 + ROUNDING, unit="s"),
        note=f"{MOVES_PER_SECOND} moves a second; paths for a new start came "
        f"{median(rate for _, rate in drags):.0f} times a second",
    )


def time_slow_frame() -> Result:
    """Frames while the start is dragged: the 95th percentile of a drag."""
    return Result(
        ours=Measurement.of([quantiles(intervals, n=20)[-1] for intervals, _ in drag_starts()]),
        goal=Goal(relation="≤", bound=0.033 + ROUNDING, unit="s"),
    )


@cache
def drag_starts() -> list[tuple[list[float], float]]:
    """Drag the start; return for each drag the frames' seconds, and new paths a second."""
    return in_chromium(drag)


def in_chromium(measure: Callable[[Browser, str], Awaitable[T]], **settings: str) -> T:
    """Return what a function measures, given a browser and the URL of a server with settings."""

    async def run(url: str) -> T:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=find_or_install(), args=FLAGS
            )
            return await measure(browser, url)

    with run_server(**settings) as url:
        return asyncio.run(run(url))


def copy_with_probe(frontend: Path) -> None:
    """Copy the page's files; in the copy the page observes itself and tells it by its title."""
    shutil.copytree(Settings().frontend_folder, frontend)
    (frontend / "probe.js").write_text(PROBE.read_text() + TELL_BY_TITLE)
    page = frontend / "index.html"
    html = page.read_text()
    assert FIRST_SCRIPT in html
    page.write_text(
        html.replace(FIRST_SCRIPT, f'<script src="/probe.js"></script>{FIRST_SCRIPT}', 1)
    )


async def load(browser: Browser, url: str) -> list[float]:
    """Measure `time_load`, through the browser alone, as nobody's visit is debugged.

    Under a debugger Chromium looks up where in the source each error's stack lies, those that
    Plotly throws and catches while it starts too: a fifth of the time until everything is drawn.
    """
    session = await browser.new_browser_cdp_session()
    loads = []
    for _ in range(LOADS):
        context = await session.send("Target.createBrowserContext")
        target = await session.send("Target.createTarget", {"url": url, **context, **WINDOW})
        loads.append(await read_title(session, target["targetId"]))
        await asyncio.sleep(REST_SECONDS)
        await session.send("Target.disposeBrowserContext", context)
    return loads


async def read_title(session: CDPSession, target: str) -> float:
    """Return the seconds that the title of a tab tells, once it does."""
    began = time.perf_counter()
    while time.perf_counter() - began < PATIENCE_SECONDS:
        await asyncio.sleep(0.05)
        answer = await session.send("Target.getTargetInfo", {"targetId": target})
        if found := READY.fullmatch(answer["targetInfo"]["title"]):
            return float(found[1]) / 1000
    raise AssertionError("The page did not become ready.")


async def weigh(browser: Browser, url: str) -> list[int]:
    """Measure `count_bytes`, with an empty cache each time."""
    weights = []
    for _ in range(WEIGHTS):
        page = await browser.new_page(viewport=SIZE)
        await page.add_init_script(path=PROBE)
        network = await page.context.new_cdp_session(page)
        sizes: list[int] = []
        network.on("Network.loadingFinished", lambda e, s=sizes: s.append(e["encodedDataLength"]))
        await network.send("Network.enable")
        await page.goto(url)
        await page.evaluate("probe.ready")
        await page.wait_for_timeout(IDLE_MS)
        await page.wait_for_load_state("networkidle")
        weights.append(sum(sizes))
        await page.context.close()
    return weights


async def open_page(browser: Browser, url: str) -> Page:
    """Return the page, at rest."""
    page = await browser.new_page(viewport=SIZE)
    await page.add_init_script(path=PROBE)
    await page.goto(url)
    await page.evaluate("probe.ready")
    await page.wait_for_load_state("networkidle")
    return page


async def click(browser: Browser, url: str) -> list[float]:
    """Measure `time_click`: in the four corners in turn, from which all paths lead away."""
    page = await open_page(browser, url)
    stage = await page.locator("#stage").bounding_box()
    assert stage is not None
    times = []
    for number in range(CLICKS):
        across, down = ((0.25, 0.15), (0.8, 0.2), (0.2, 0.7), (0.85, 0.65))[number % 4]
        x, y = stage["x"] + across * stage["width"], stage["y"] + down * stage["height"]
        assert not await page.evaluate("([x, y]) => probe.isDrawnAround(x, y)", [x, y])
        await page.mouse.click(x, y)
        times.append(await page.evaluate("probe.answer") / 1000)
        await page.wait_for_timeout(500)
    return times


async def click_for_cloud(browser: Browser, url: str) -> list[float]:
    """Measure `time_cloud`."""
    page = await open_page(browser, f"{url}/?{ENSEMBLE}")
    await page.wait_for_selector("#ensemble .results")
    stage = await page.locator("#stage").bounding_box()
    assert stage is not None
    times = []
    for number in range(CLICKS):
        across, down = ((0.25, 0.15), (0.8, 0.2), (0.2, 0.7), (0.85, 0.65))[number % 4]
        await page.evaluate("probe.awaitCloud()")
        await page.mouse.click(
            stage["x"] + across * stage["width"], stage["y"] + down * stage["height"]
        )
        times.append(await page.evaluate("probe.cloud") / 1000)
        await page.wait_for_timeout(1500)
    return times


async def drag(browser: Browser, url: str) -> list[tuple[list[float], float]]:
    """Measure `drag_starts`."""
    return await drag_start(await open_page(browser, url))


async def drag_start(page: Page) -> list[tuple[list[float], float]]:
    """Drag a page's start; return for each drag the frames' seconds, and new paths a second."""
    # Playwright waits for each move to be handled; a hand does not.
    pointer = await page.context.new_cdp_session(page)
    drags = []
    for _ in range(DRAGS):
        start = await page.locator("#stage .stage-start").bounding_box()
        assert start is not None
        x, y = start["x"] + start["width"] / 2, start["y"] + start["height"] / 2
        await page.mouse.move(x, y)
        await page.mouse.down()
        await page.evaluate("probe.intervals.length = probe.answers = 0")
        began = time.perf_counter()
        moves = []
        while (passed := time.perf_counter() - began) < DRAG_SECONDS:
            angle = 2 * math.pi * passed / DRAG_SECONDS
            move = {"x": x + 60 * math.sin(angle), "y": y + 60 * (1 - math.cos(angle))}
            moves.append(
                asyncio.ensure_future(
                    pointer.send(
                        "Input.dispatchMouseEvent",
                        {"type": "mouseMoved", "button": "left", "buttons": 1, **move},
                    )
                )
            )
            await asyncio.sleep(len(moves) / MOVES_PER_SECOND - passed)
        intervals, answers = await page.evaluate("[probe.intervals, probe.answers]")
        await asyncio.gather(*moves)
        await page.mouse.up()
        drags.append(([interval / 1000 for interval in intervals], answers / DRAG_SECONDS))
    return drags
