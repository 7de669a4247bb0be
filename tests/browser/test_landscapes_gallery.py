"""Gallery: the paper's figures and tables as cards, and navigation from and to them."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.backend.landscapes.landscape_samples import make_landscape
from tests.browser.conftest import OpenLandscapes, SharePage
from tests.browser.landscapes import Landscapes
from tests.browser.painting import read_painting
from tests.servers import run_server

BROWSER_SAYS = r"console error: Failed to load resource"

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}


@pytest.fixture
def landscapes(share_page: SharePage, landscapes_server: str) -> Landscapes:
    """The gallery of small landscapes of every kind, fully drawn."""
    return share_page("/landscapes", Landscapes, at=landscapes_server)


def test_cards_stand_in_the_order_of_the_paper(landscapes: Landscapes) -> None:
    headings = landscapes.cards.locator(".heading").all_inner_texts()
    # The sample has no Figure 6, so its tables appear with the other tables.
    assert headings == [
        "Figure 1",
        "Figure 2",
        "Figure 3",
        "Table I",
        "Figure 4",
        "Beside Figure 6",
    ]
    titles = landscapes.cards.locator("h3").all_inner_texts()
    assert titles[0] == "Batches of 1, 64 and 256 and the whole set"
    assert "GD, SGD and Adam" in titles
    shows = landscapes.card("optimizers").locator(".shows").first
    expect(shows).to_have_text("A bowl, and who comes to its middle.")


def test_every_picture_is_painted_from_its_data(landscapes: Landscapes) -> None:
    for canvas in landscapes.page.locator("#cards canvas").all():
        canvas.scroll_into_view_if_needed()
        expect(canvas).to_have_class(re.compile(r"\bpainted\b"))
        opaque = read_painting(canvas).pixels
        shades = np.unique(opaque[opaque[:, :, 3] == 255][:, :3], axis=0)
        assert len(shades) > 2


def test_a_picture_has_the_colours_of_its_runs(landscapes: Landscapes) -> None:
    canvas = landscapes.card("optimizers").locator("canvas.large")
    canvas.scroll_into_view_if_needed()
    landscapes.rest()
    painting = read_painting(canvas)
    marks = landscapes.card("optimizers").locator(".planes .run i")
    assert marks.count() == 3
    for mark in marks.all():
        colour = mark.evaluate("e => getComputedStyle(e).color")
        red, green, blue = (int(part) for part in re.findall(r"\d+", colour))
        assert painting.has((red, green, blue))


def test_own_planes_stand_below_their_figure(landscapes: Landscapes) -> None:
    planes = landscapes.card("optimizers").locator(".planes")
    assert planes.locator(".run").all_inner_texts() == ["GD", "SGD", "Adam"]
    links = [link.get_attribute("href") for link in planes.get_by_role("link").all()]
    assert links == [
        f"./landscapes?show={run}-{plane}"
        for run in ("gd", "sgd", "adam")
        for plane in ("pca", "random")
    ]
    expect(planes.get_by_role("link").first).to_have_accessible_name("GD, PCA")


@pytest.mark.parametrize(
    ("id", "root"),
    [
        ("batches-end", "batch-figure"),
        ("bowl", "twin-figure"),
        ("optimizers", "landscape"),
        ("adam-pca", "landscape"),
        ("table-1", "table"),
    ],
)
def test_a_card_opens_its_view_and_back_returns_to_it(
    open_landscapes: OpenLandscapes, id: str, root: str
) -> None:
    landscapes = open_landscapes(tolerated=(r"GL Driver Message",))
    page = landscapes.page
    link = landscapes.link(id)
    link.scroll_into_view_if_needed()
    scrolled = page.evaluate("scrollY")
    title = link.get_attribute("title") or ""
    link.click()
    expect(page.locator(f"#{root}")).to_be_visible()
    expect(landscapes.gallery).to_be_hidden()
    landscapes.rest()
    assert landscapes.query() == {"show": id}
    heading = page.locator(f"#{root} h1")
    expect(heading).to_be_focused()
    expect(page).to_have_title(re.compile(f"^{re.escape(heading.inner_text())} – Descent Atlas$"))
    assert title in ("", heading.inner_text())
    assert page.evaluate("scrollY") == 0

    page.go_back()
    expect(landscapes.gallery).to_be_visible()
    expect(page).to_have_title("Landscapes – Descent Atlas")
    assert landscapes.query() == {}
    expect(landscapes.link(id)).to_be_focused()
    landscapes.wait_until(lambda: abs(page.evaluate("scrollY") - scrolled) <= 1)
    page.go_forward()
    expect(page.locator(f"#{root}")).to_be_visible()
    assert landscapes.title() == heading.inner_text()


def test_opening_what_the_gallery_shows_asks_the_server_for_nothing_more(
    landscapes: Landscapes,
) -> None:
    asked = len(landscapes.watch.asked())
    landscapes.link("batches-end").click()
    expect(landscapes.batch_figure).to_be_visible()
    landscapes.rest()
    assert len(landscapes.watch.asked()) == asked


def test_an_opened_landscape_is_announced(landscapes: Landscapes) -> None:
    landscapes.link("table-1").click()
    expect(landscapes.announcement).to_have_text(
        "Table I: GD, SGD and Adam. Test accuracies beside the paper's."
    )


def test_all_landscapes_leads_back_without_loading_a_page(landscapes: Landscapes) -> None:
    landscapes.page.evaluate("window.here = true")
    landscapes.link("batches-end").click()
    landscapes.batch_figure.get_by_role("link", name="All landscapes").click()
    expect(landscapes.gallery).to_be_visible()
    landscapes.page.get_by_role("navigation", name="Pages").get_by_role(
        "link", name="Landscapes"
    ).click()
    expect(landscapes.gallery).to_be_visible()
    assert landscapes.page.evaluate("window.here") is True


def test_the_keyboard_opens_a_card(landscapes: Landscapes) -> None:
    landscapes.link("batches-end").focus()
    landscapes.page.keyboard.press("Enter")
    expect(landscapes.batch_figure).to_be_visible()


def test_pictures_follow_the_theme(landscapes: Landscapes) -> None:
    canvas = (
        landscapes.link("batches-end").locator("xpath=ancestor::article").locator("canvas.large")
    )
    before = read_painting(canvas).pixels
    landscapes.page.get_by_role("button", name="Switch to the dark theme").click()
    landscapes.wait_until(lambda: not np.array_equal(read_painting(canvas).pixels, before))


def test_pages_lead_to_each_other(landscapes: Landscapes) -> None:
    pages = landscapes.page.get_by_role("navigation", name="Pages")
    expect(pages.locator("[aria-current=page]")).to_have_text("Landscapes")
    pages.get_by_role("link", name="Playground").click()
    expect(pages.locator("[aria-current=page]")).to_have_text("Playground")
    pages.get_by_role("link", name="Landscapes").click()
    landscapes.rest()
    expect(landscapes.cards.first).to_be_visible()


def columns_of(cards: Locator) -> int:
    """Return the number of columns of cards."""
    return len({box["x"] for card in cards.all() if (box := card.bounding_box())})


def test_cards_stand_in_three_columns_and_on_a_phone_in_one(
    landscapes: Landscapes, open_landscapes: OpenLandscapes
) -> None:
    assert columns_of(landscapes.cards) == 3
    phone = open_landscapes(**PHONE)
    assert columns_of(phone.cards) == 1
    assert phone.page.evaluate("document.scrollingElement.scrollWidth") <= 390


def test_nothing_moves_when_the_cards_come(open_landscapes: OpenLandscapes) -> None:
    held: list[Route] = []
    landscapes = open_landscapes(
        rest=False,
        prepare=lambda page: page.route("**/api/v1/landscapes", lambda route: held.append(route)),
    )
    expect(landscapes.page.locator("#cards .waiting")).to_have_count(9)
    expect(landscapes.page.locator("#cards")).to_have_attribute("aria-busy", "true")
    before = landscapes.page.locator("#cards .waiting").first.bounding_box()
    assert before is not None
    landscapes.wait_until(lambda: held)
    held.pop().continue_()
    landscapes.rest()
    after = landscapes.card("batches-end").bounding_box()
    assert after is not None
    assert (after["x"], after["y"], after["width"]) == (before["x"], before["y"], before["width"])


def test_without_landscapes_it_tells_how_to_compute_them(
    open_landscapes: OpenLandscapes, tmp_path: Path
) -> None:
    with run_server(landscapes_folder=str(tmp_path)) as url:
        landscapes = open_landscapes(at=url)
        empty = landscapes.page.get_by_role("region", name="No landscapes yet")
        expect(empty).to_contain_text(f"in the folder {tmp_path.name}.")  # its name, not its path
        expect(empty).to_contain_text("descent-atlas-precompute run")
        expect(empty).to_contain_text("descent-atlas serve --landscapes")


def test_a_damaged_landscape_is_listed_with_its_reason(
    open_landscapes: OpenLandscapes, tmp_path: Path
) -> None:
    make_landscape().write(tmp_path)
    damaged = make_landscape("broken").write(tmp_path)
    (damaged / "arrays.npz").write_bytes(b"not whole")
    with run_server(landscapes_folder=str(tmp_path)) as url:
        landscapes = open_landscapes(at=url)
        missing = landscapes.page.get_by_role("region", name="Not available")
        expect(missing).to_contain_text("broken")
        expect(missing).to_contain_text("SHA-256")
        assert landscapes.cards.count() == 1

        opened = open_landscapes("?show=broken", at=url)
        expect(opened.problem).to_contain_text("cannot be shown")
        expect(opened.problem).to_contain_text("SHA-256")


def test_a_link_to_a_landscape_that_is_not_there_says_so(open_landscapes: OpenLandscapes) -> None:
    landscapes = open_landscapes("?show=atlantis")
    expect(landscapes.problem).to_contain_text("There is no landscape “atlantis”")
    expect(landscapes.gallery).to_be_visible()


def be_gone(route: Route) -> None:
    """Abort a request, as if there were no server."""
    route.abort()


def test_a_catalog_that_does_not_come_can_be_asked_for_again(
    open_landscapes: OpenLandscapes,
) -> None:
    landscapes = open_landscapes(
        rest=False,
        tolerated=(BROWSER_SAYS, r"request failed: \S+/api/v1/landscapes"),
        prepare=lambda page: page.route("**/api/v1/landscapes", be_gone),
    )
    expect(landscapes.problem).to_contain_text("The server cannot be reached.")
    landscapes.page.unroute("**/api/v1/landscapes")
    landscapes.problem.get_by_role("button", name="Try again").click()
    landscapes.rest()
    expect(landscapes.problem).to_be_hidden()
    expect(landscapes.cards.first).to_be_visible()


def block_landscapes(page: Page) -> None:
    """Abort all requests for single landscapes."""
    page.route("**/api/v1/landscapes/*", be_gone)


def test_a_landscape_that_does_not_come_can_be_asked_for_again(
    open_landscapes: OpenLandscapes,
) -> None:
    landscapes = open_landscapes(
        "?show=batches-end",
        rest=False,
        tolerated=(BROWSER_SAYS, r"request failed: \S+/api/v1/landscapes/"),
        prepare=block_landscapes,
    )
    expect(landscapes.problem).to_contain_text("The server cannot be reached.")
    expect(landscapes.gallery.locator(".failed").first).to_have_text(
        "The server cannot be reached."
    )
    landscapes.page.unroute("**/api/v1/landscapes/*")
    landscapes.problem.get_by_role("button", name="Try again").click()
    expect(landscapes.batch_figure).to_be_visible()
    expect(landscapes.problem).to_be_hidden()
