"""About page: illustrations drawn from data, and the paper's claims with verdicts."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage, SharePage
from tests.browser.painting import read_painting
from tests.browser.test_accessibility import AUDIT, AXE, DARK, MOST_STOPS, NEXT_FOCUS, PHONE
from tests.browser.watched_page import WatchedPage
from tests.servers import CLIENT, run_server

FIGURES = ("plane", "filters", "paths", "lost", "batches", "convexity", "convergence")

BROWSER_SAYS = "console error: Failed to load resource"


@pytest.fixture(scope="module")
def bare_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server without landscapes."""
    folder = tmp_path_factory.mktemp("none")
    with run_server(landscapes_folder=str(folder)) as url:
        yield url


def rest(page: Page) -> None:
    """Wait until everything is loaded and drawn."""
    page.wait_for_function("() => !document.querySelector('[aria-busy]')")
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )


class About(WatchedPage):
    """A page on which About is open."""

    def rest(self) -> None:
        """Wait until everything is loaded and drawn."""
        rest(self.page)


@pytest.fixture
def about(share_page: SharePage, landscapes_server: str) -> Page:
    """The About page of a server with small landscapes of every kind."""
    return share_page("/about", About, at=landscapes_server).page


def shades(canvas: Locator) -> int:
    """Return the number of colours on a canvas."""
    pixels = read_painting(canvas).pixels.reshape(-1, 4)
    return len(np.unique(pixels[pixels[:, 3] > 0], axis=0))


def test_every_picture_is_drawn_from_its_data(about: Page) -> None:
    for name in FIGURES:
        canvases = about.locator(f"#{name}-figure canvas")
        assert canvases.count() > 0, name
        for canvas in canvases.all():
            canvas.scroll_into_view_if_needed()
            assert shades(canvas) > 3, name
            assert canvas.get_attribute("aria-label")


def test_the_numbers_of_the_data_stand_in_the_text(about: Page) -> None:
    expect(about.locator("#plane-measured")).to_contain_text("θ has 10 dimensions")
    expect(about.locator("#plane-measured")).to_contain_text("99 networks")
    expect(about.locator("#filters-measured")).to_contain_text("between v and η is 90.0°")
    # The bowl is 1 in the middle and 1.5 at a distance of 1 along v.
    expect(about.locator("#filters-measured")).to_contain_text(
        "1.00 in the middle and 1.50 and 1.50"
    )
    # From (-0.75, 0.5) and 0.5 out of the plane.
    expect(about.locator("#lost-measured")).to_contain_text(
        "The path began 1.03 from where it ended"
    )
    expect(about.locator("#batches-measured")).to_contain_text("0.02 for one image")
    rows = about.locator("#lost-figure tbody tr")
    assert rows.locator("th").all_inner_texts() == [
        "GD",
        "SGD, lr 0.002, batch 64, momentum 0.9",
        "Adam",
    ]
    assert rows.last.locator("td").last.inner_text() == "90.0%"


def test_sliders_move_the_point_and_tell_the_loss_there(about: Page) -> None:
    alpha = about.get_by_role("slider", name="α")
    beta = about.get_by_role("slider", name="β")
    canvas = about.locator("#plane-figure canvas")
    alpha.fill("0")
    beta.fill("0")
    read = about.locator("#plane-figure .read")
    expect(read).to_have_text(
        "There the loss is 1.0000, and 50.0% of the training images are labelled rightly."
    )
    before = read_painting(canvas).pixels
    alpha.press("End")
    # (1² + 4·0²) / 2 above the floor.
    expect(read).to_contain_text("the loss is 1.5000, and 45.0%")
    assert (read_painting(canvas).pixels != before).any()


def test_a_click_on_the_plane_moves_both_sliders(about: Page) -> None:
    canvas = about.locator("#plane-figure canvas")
    box = canvas.bounding_box()
    assert box is not None
    canvas.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    for symbol in "αβ":
        value = float(about.get_by_role("slider", name=symbol).input_value())
        assert abs(value) < 0.02
    expect(about.locator("#plane-figure .read")).to_contain_text("the loss is 1.00")


def test_time_moves_every_run_and_tells_what_the_plane_does_not_show(about: Page) -> None:
    time = about.get_by_role("slider", name="Time")
    moments = about.locator(".moments .moment")
    time.press("Home")
    # All begin at (-0.75, 0.5), 0.5 out of the plane: (0.5625 + 4·0.25 + 0.25) / 2 above 1.
    for text in moments.all_inner_texts():
        assert (
            text == "step 0 · 0.90 in the plane, 0.50 out of it · loss 1.91, under its shadow 1.78"
        )
    before = read_painting(about.locator("#paths-figure canvas")).pixels
    time.press("End")
    expect(moments.nth(1)).to_contain_text("0.00 in the plane, 0.00 out of it · loss 1.00")
    assert (read_painting(about.locator("#paths-figure canvas")).pixels != before).any()


def test_every_claim_shows_what_the_server_tells_of_it(about: Page, landscapes_server: str) -> None:
    claims = CLIENT.get(f"{landscapes_server}/api/v1/claims").json()["claims"]
    told = about.locator(".claim")
    assert told.count() == len(claims)
    for claim, card in zip(claims, told.all(), strict=True):
        expect(card.locator("h3")).to_have_text(claim["title"])
        expect(card.locator("blockquote")).to_contain_text(claim["statement"])
        expect(card.locator(".verdict strong")).to_have_text(claim["verdict"].capitalize())
        expect(card.locator(".finding")).to_have_text(claim["finding"])
        passed = [check["passed"] for check in claim["checks"]]
        marks = [li.get_attribute("data-passed") for li in card.locator(".checks li").all()]
        assert marks == [json.dumps(one) for one in passed]
        expect(card.locator(".rule p")).to_have_text(claim["rule"])
        rows = card.locator("details tr")
        assert rows.count() == len(claim["numbers"])
        link = card.get_by_role("link", name="See it")
        if claim["verdict"] == "cannot be told":
            expect(link).to_have_count(0)
        else:
            assert link.get_attribute("href") == claim["link"]
            leads_to = urlsplit(urljoin(f"{landscapes_server}/about", claim["link"]))
            assert leads_to.path == "/landscapes"
    verdicts = {claim["verdict"] for claim in claims}
    assert len(verdicts) > 2, "the sample is to show most verdicts"
    expect(about.locator("#claims-summary")).to_contain_text(f"Of {len(claims)} claims")
    expect(about.locator("#claims-lead")).to_contain_text("was fixed on 26 November 2026")
    rules = about.get_by_role("link", name="a file of rules").get_attribute("href")
    served = CLIENT.get(urljoin(f"{landscapes_server}/about", rules))
    assert "fixed = 2026-11-26" in served.text


def test_every_claim_has_a_picture_or_says_what_is_missing(
    open_page: OpenPage, landscapes_server: str
) -> None:
    narrow = {"width": 390, "height": 844}
    about, _ = open_page("/about", at=landscapes_server, viewport=narrow)
    rest(about)
    pictured = 0
    for card in about.locator(".claim").all():
        picture = card.locator(".claim-picture")
        if picture.count() == 0:
            expect(card).to_have_attribute("data-verdict", "cannot be told")
            expect(card.locator(".claim-missing .finding")).to_be_visible()
            continue
        pictured += 1
        expect(picture.locator(".says").first).to_be_visible()
        assert picture.locator("canvas, .measure-track i").count() > 0
        for track in picture.locator(".measure-track:has(i)").all():
            box = track.bounding_box()
            assert box is not None
            for mark in track.locator("i").all():
                drawn = mark.bounding_box()
                assert drawn is not None
                assert box["x"] - 8 <= drawn["x"]
                assert drawn["x"] + drawn["width"] <= box["x"] + box["width"] + 8
    assert pictured > 1
    assert about.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_report_and_its_method_are_named_and_the_training_is_told(about: Page) -> None:
    lead = about.locator(".lead")
    expect(lead).to_contain_text("Andrea Cerutti’s report A visual analysis of optimization")
    method = lead.get_by_role("link", name="Visualizing the loss landscape of neural nets")
    expect(method).to_have_attribute("href", "https://arxiv.org/abs/1712.09913")
    facts = about.locator("#training-figure")
    expect(facts).to_contain_text("10 parameters")
    expect(facts).to_contain_text("It ended because")
    expect(about.locator("#training-title + p")).to_contain_text(
        "scaled to [0, 1] and nothing more"
    )


def test_the_numbers_unfold_by_keyboard(about: Page) -> None:
    card = about.locator("#claim-ranking")
    card.locator("summary").first.press("Enter")
    expect(card.locator("details tr").first).to_be_visible()
    expect(card.locator("details tr").first).to_contain_text("37.50%")


def test_a_claim_leads_to_the_view_that_shows_it(about: Page) -> None:
    about.locator("#claim-convergence").get_by_role("link", name="See it").click()
    about.wait_for_url("**/landscapes?show=optimizers")


def test_without_landscapes_the_text_stands_and_nothing_is_said_of_the_paper(
    open_page: OpenPage, bare_server: str
) -> None:
    page, _ = open_page("/about", at=bare_server)
    rest(page)
    expect(page.locator("#nothing")).to_be_visible()
    expect(page.get_by_role("link", name="How to compute them")).to_be_visible()
    assert page.locator("figure:visible").count() == 0
    assert page.locator(".measured:visible").count() == 0
    expect(page.locator("math").first).to_be_visible()
    expect(page.locator("#claims")).to_be_hidden()
    expect(page.get_by_role("link", name="Claims")).to_be_hidden()
    expect(page.locator("main")).not_to_have_text(re.compile("Cerutti"), use_inner_text=True)


def test_claims_that_do_not_come_are_reported_and_the_rest_stands(
    open_page: OpenPage, landscapes_server: str
) -> None:
    def break_claims(page: Page) -> None:
        page.route("**/api/v1/claims", lambda route: route.fulfill(status=503, body="{}"))

    page, _ = open_page(
        "/about",
        at=landscapes_server,
        prepare=break_claims,
        tolerated=(BROWSER_SAYS, r"answer 503: .*/api/v1/claims"),
    )
    rest(page)
    expect(page.get_by_role("alert")).to_have_text("The server answered 503.")
    assert shades(page.locator("#plane-figure canvas")) > 3


def test_a_picture_whose_landscape_does_not_come_says_so_alone(
    open_page: OpenPage, landscapes_server: str
) -> None:
    def break_batches(page: Page) -> None:
        page.route("**/api/v1/landscapes/batches-end*", lambda route: route.fulfill(status=500))

    page, _ = open_page(
        "/about",
        at=landscapes_server,
        prepare=break_batches,
        tolerated=(BROWSER_SAYS, r"answer 500: .*/batches-end"),
    )
    rest(page)
    expect(page.locator("#batches-figure")).to_have_text("The server answered 500.")
    assert shades(page.locator("#plane-figure canvas")) > 3


def test_pictures_follow_the_theme(about: Page) -> None:
    canvas = about.locator("#filters-figure canvas")
    before = read_painting(canvas).pixels
    about.get_by_role("button", name="Switch to the dark theme").click()
    rest(about)
    assert (read_painting(canvas).pixels != before).any()


def test_a_link_into_the_page_arrives_where_it_leads(
    open_page: OpenPage, landscapes_server: str
) -> None:
    page, _ = open_page("/about#claim-ranking", at=landscapes_server)
    rest(page)
    expect(page.locator("#claim-ranking h3")).to_be_in_viewport()


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="light"),
        pytest.param(DARK, id="dark", marks=pytest.mark.long),
        pytest.param(PHONE, id="phone", marks=pytest.mark.long),
        pytest.param(PHONE | DARK, id="phone, dark"),
    ],
)
def test_axe_finds_no_violation(
    open_page: OpenPage, landscapes_server: str, options: dict[str, Any]
) -> None:
    page, _ = open_page("/about", at=landscapes_server, **options)
    rest(page)
    page.locator("#claim-ranking summary").first.click()
    page.locator("#claim-ranking .rule summary").click()
    page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    found = page.evaluate(AUDIT)
    assert found["passed"] > 10
    assert not found["told"], "\n".join(found["told"])


def test_nothing_is_wider_than_a_phone(open_page: OpenPage, landscapes_server: str) -> None:
    options: dict[str, Any] = PHONE
    page, _ = open_page("/about", at=landscapes_server, **options)
    rest(page)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390


def test_tab_reaches_every_control_and_always_shows_where_it_is(
    open_page: OpenPage, landscapes_server: str
) -> None:
    about, _ = open_page("/about", at=landscapes_server)
    rest(about)
    stops: list[dict[str, Any]] = []
    for _ in range(MOST_STOPS):
        about.keyboard.press("Tab")
        stop = about.evaluate(NEXT_FOCUS)
        if stop is None:
            break
        stops.append(stop)
    assert not [stop["element"] for stop in stops if not stop["indicated"] or not stop["seen"]]
    kinds = [stop["kind"] for stop in stops]
    assert kinds.count("input") == 3
    assert kinds.count("summary") == about.locator("summary").count() > 2
