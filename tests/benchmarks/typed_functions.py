"""Typed functions: beside built-in objectives, and on the page."""

from functools import cache
from statistics import median, quantiles

from playwright.async_api import Browser

from descent_atlas.objectives.typed.typed_objective import make_typed
from tests.benchmarks.descents import BOWL, FIVE, descend_each, descend_five
from tests.benchmarks.measuring import Goal, Measurement, Result, interleave, timed
from tests.benchmarks.page import ROUNDING, drag_start, in_chromium, open_page

BOWL_TEXT = (
    "x^2 + y^2 - a*exp(-((x - 1)^2 + y^2)/c) - b*exp(-((x + 1)^2 + y^2)/d); "
    "a = {0}; b = {1}; c = {2}; d = {3}"
)
"""The built-in objective as a person types it, with its default parameters."""

TYPED = "(x^2 + 3*y^2 + sin(3*x)*cos(2*y))"
"""No part of it that ends before its last character is a function: only the last key asks."""

PLAIN = "x^2 + y^2"
ENTRIES = 9
SHOWN_MS = 700
"""Longer than a function takes to be drawn whole after its first paths."""


def compare_with_built_in() -> Result:
    """Five optimizers × 500 steps on a function as it is typed, times the same one built in."""
    typed = make_typed(BOWL_TEXT.format(*BOWL.pack({}).tolist()))
    parameters = typed.pack({})
    ours, peer = (
        Measurement.of(samples)
        for samples in interleave(
            50,
            timed(lambda: descend_each(FIVE, typed, parameters), calls=10),
            timed(descend_five, calls=10),
        )
    )
    return Result(
        ours=ours,
        peer_name="built in",
        peer=peer,
        ratio=ours.median / peer.median,
        goal=Goal(relation="≤", bound=5),
        note="nothing is compiled for a typed function: a tape is run instead",
    )


def time_first_paths() -> Result:
    """A function that is typed, from its last key until the first of its paths is drawn."""
    return Result(
        ours=Measurement.of(in_chromium(type_functions)),
        goal=Goal(relation="<", bound=0.2, unit="s"),
        note="a pause of typing in it, after which the function is read",
    )


def time_median_frame() -> Result:
    """Frames while the start is dragged on a typed function: the median of a drag."""
    return Result(
        ours=Measurement.of([median(intervals) for intervals in drag_on_typed()]),
        goal=Goal(relation="≤", bound=0.0167 + ROUNDING, unit="s"),
    )


def time_slow_frame() -> Result:
    """Frames while the start is dragged on a typed function: the 95th percentile of a drag."""
    return Result(
        ours=Measurement.of([quantiles(intervals, n=20)[-1] for intervals in drag_on_typed()]),
        goal=Goal(relation="≤", bound=0.033 + ROUNDING, unit="s"),
    )


@cache
def drag_on_typed() -> list[list[float]]:
    """Drag the start on a typed function; return for each drag the frames' seconds."""
    return in_chromium(drag)


async def drag(browser: Browser, url: str) -> list[list[float]]:
    """Measure `drag_on_typed`."""
    page = await open_page(browser, f"{url}/?f={TYPED.replace('+', '%2B')}")
    return [intervals for intervals, _ in await drag_start(page)]


async def type_functions(browser: Browser, url: str) -> list[float]:
    """Measure `time_first_paths`: another function each time, which the server does not know."""
    page = await open_page(browser, url)
    field = page.get_by_role("textbox", name="Your own function")
    times = []
    for number in range(ENTRIES + 1):
        await field.fill(f"{TYPED[:-1]} + {number}/7")
        await page.wait_for_timeout(SHOWN_MS)
        await page.evaluate("probe.awaitPaths()")
        await field.press_sequentially(")")
        times.append(await page.evaluate("probe.paths") / 1000)
        await page.wait_for_timeout(SHOWN_MS)
        await field.fill(PLAIN)
        await page.wait_for_timeout(SHOWN_MS)
    return times[1:]  # the first compiles and loads
