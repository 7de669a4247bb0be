"""Presenting, keys, lessons, and the playground in a frame of another page."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import OpenPage, OpenPlayground
from tests.browser.playground import Playground
from tests.browser.test_accessibility import AUDIT, AXE

ZOOM = 1.5
"""The magnification of what is presented in a window of 1280 × 720."""


def audit(page: Page) -> list[str]:
    """Return the violations of accessibility that axe finds."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    told: list[str] = page.evaluate(AUDIT)["told"]
    return told


def read_density(canvas: Locator) -> float:
    """Return how many pixels of a canvas there are to each pixel of the screen."""
    density: float = canvas.evaluate("e => e.width / e.getBoundingClientRect().width")
    return density


def test_one_key_presents_the_plot_and_the_others_drive_it(open_playground: OpenPlayground) -> None:
    playground = open_playground(viewport={"width": 1280, "height": 720})
    page, keyboard = playground.page, playground.page.keyboard
    opener = page.get_by_role("button", name="Present")
    around = [page.locator(one) for one in (".masthead", ".objectives", "#results", "#loss")]
    opener.focus()
    keyboard.press("p")

    root = page.locator("html")
    expect(root).to_have_attribute("data-present", "plot")
    assert playground.query() == {"present": "true"}
    for part in (playground.stage, playground.bar, playground.transport):
        expect(part).to_be_in_viewport()
    for part in around:
        expect(part).to_be_hidden()
    size = playground.transport.locator(".transport-counter").evaluate(
        "e => parseFloat(getComputedStyle(e).fontSize) * e.currentCSSZoom"
    )
    assert size >= 18
    playground.wait_until(lambda: abs(read_density(playground.paths) - 1) < 0.01)
    assert not audit(page)

    # A click means the point under the pointer, although all is magnified.
    playground.rest()
    axes = playground.axes()
    box = playground.stage.bounding_box()
    assert box is not None
    px, py = box["x"] + 0.3 * box["width"], box["y"] + 0.3 * box["height"]
    start = playground.exchange(lambda: playground.click(px, py)).request["start"]
    within = (box["x"] + (px - box["x"]) / ZOOM, box["y"] + (py - box["y"]) / ZOOM)
    x, y = axes.data(*within)
    assert abs(start["x"] - x) < 0.01 and abs(start["y"] - y) < 0.01

    keyboard.press("r")
    keyboard.press(".")
    playground.wait_until(lambda: playground.step() == 1)
    keyboard.press("2")
    expect(playground.circle("sgd")).to_have_attribute("aria-pressed", "false")
    keyboard.press("f")
    expect(playground.transport.get_by_role("combobox", name="Speed")).to_have_value("2")
    keyboard.press("n")
    playground.wait_until(lambda: "story" in playground.query())
    assert playground.query()["present"] == "true", "a story leaves the page presented"
    keyboard.press("i")
    told = page.locator("#stories .tale.current .told")
    expect(told).to_be_in_viewport()
    keyboard.press("Escape")
    expect(root).not_to_have_attribute("data-present", "text")
    assert "present" not in playground.query()
    for part in around:
        expect(part).to_be_visible()

    opener.focus()
    keyboard.press("p")
    expect(playground.transport.get_by_role("button", name="Play")).to_be_focused()
    playground.transport.get_by_role("button", name="Stop presenting").press("Enter")
    expect(opener).to_be_focused()

    keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    expect(sheet).to_be_visible()
    assert not audit(page)
    keyboard.press("1")
    keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(opener).to_be_focused()
    steps = page.get_by_role("spinbutton", name="Steps of all")
    steps.focus()
    steps.press("1")
    page.locator("body").press("Control+1")
    expect(playground.circle("gd")).to_have_attribute("aria-pressed", "true")


def test_a_lesson_leads_through_its_views(open_playground: OpenPlayground) -> None:
    playground = open_playground(
        "?lesson=momentum-and-damping&lesson-step=2", rest=False, routed=True
    )
    page = playground.page
    lesson = page.get_by_role("complementary", name="Lessons")
    progress = lesson.get_by_role("status")
    expect(progress).to_have_text("Step 2 of 8: Why not a larger rate?")
    playground.rest()
    (choice,) = playground.last().request["optimizers"]
    assert (choice["id"], choice["hyperparameters"]["lr"]) == ("gd", 0.11)
    assert not audit(page)

    lesson.get_by_role("button", name="Next").click()
    expect(lesson.get_by_role("heading", name="A velocity")).to_be_focused()
    expect(progress).to_have_text("Step 3 of 8: A velocity")
    playground.wait_until(lambda: set(playground.table()) == {"gd", "momentum"})
    assert playground.table()["momentum"]["Arrival"].endswith("97")
    assert playground.query()["lesson-step"] == "3"
    assert lesson.locator("code").first.inner_text() == "v ← μ v + g"

    back = lesson.get_by_role("button", name="Back to this step’s settings")
    expect(back).to_be_hidden()
    playground.exchange(lambda: playground.stage.press("ArrowRight"))
    expect(back).to_be_visible()
    playground.exchange(back.click)
    expect(back).to_be_hidden()

    page.keyboard.press("b")
    expect(progress).to_have_text("Step 2 of 8: Why not a larger rate?")
    lesson.get_by_role("button", name="All lessons").click()
    expect(lesson.locator("[data-lesson]")).to_have_count(3)
    # Who turns back to the lessons before the stories came does not get both.
    held: list[Route] = []
    page.route("**/panels/stories.js", lambda route: held.append(route))
    page.get_by_role("button", name="Stories", exact=True).click()
    expect(lesson).to_be_hidden()
    page.get_by_role("button", name="Lessons", exact=True).click()
    expect(lesson).to_be_visible()
    playground.wait_until(lambda: held)
    held[0].continue_()
    playground.rest()
    expect(page.locator("#stories")).to_be_hidden()
    page.get_by_role("button", name="Stories", exact=True).click()
    expect(page.locator("#stories .tale").first).to_be_visible()
    expect(lesson).to_be_hidden()
    page.get_by_role("button", name="Lessons", exact=True).click()
    expect(page.locator("#stories")).to_be_hidden()
    lesson.get_by_role("button", name="Close the lessons").click()
    expect(page.get_by_role("button", name="Lessons", exact=True)).to_be_focused()
    assert "lesson" not in playground.query()


def test_another_page_frames_a_view_and_no_other_page_of_the_site(
    open_page: OpenPage, server: str, tmp_path: Path
) -> None:
    query = "objective=rosenbrock&optimizers=adam&hide=header,transport,loss,panels"
    host = tmp_path / "course.html"
    host.write_text(
        f'<!doctype html><iframe name="view" src="{server}/embed?{query}" width="600" height="400">'
        f'</iframe><iframe name="whole" src="{server}/"></iframe>'
    )
    page, watch = open_page(
        host.as_uri(),
        tolerated=(
            r"another origin: file:",
            r"console error: .*frame-ancestors 'none'",
            r"request failed: \S+/: net::ERR_BLOCKED_BY_RESPONSE",
        ),
    )
    view = page.frame_locator('[name="view"]')
    link = view.get_by_role("link", name="Open in Descent Atlas")
    expect(link).to_be_visible()
    expect(view.locator("#bar .circle")).to_have_count(1)
    expect(view.locator("#stage > .lines .xtick text").first).to_be_visible()
    for part in (".masthead", ".caption .switches", "#transport", "#loss", "#results", "#matrix"):
        expect(view.locator(part)).to_be_hidden()
    playground = Playground(page, watch)
    playground.wait_until(lambda: watch.bodies("/api/v1/descents"))
    # What is set in the frame is set in the page to which the link leads.
    view.locator("#bar .circle").press("1")
    expect(view.locator("#bar .circle")).to_have_attribute("aria-pressed", "false")
    expect(link).to_have_attribute("href", re.compile(r"optimizers=-adam"))
    address = link.get_attribute("href")
    assert address is not None
    assert address.startswith(f"{server}/?")
    assert parse_qs(urlsplit(address).query) == {
        "objective": ["rosenbrock"],
        "optimizers": ["-adam"],
    }
    expect(page.frame_locator('[name="whole"]').locator("#stage")).to_have_count(0)
