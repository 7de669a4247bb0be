"""About's chapter on curvature: each claim with its picture, where a study has the measurements."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.backend.landscapes.curvature_study import write_curvature_study
from tests.browser.conftest import OpenPage
from tests.browser.painting import IS_PAINTED
from tests.browser.test_about import rest, shades
from tests.servers import run_server

ROWS = ".measure-track i"

TOLD = {
    "edge-of-stability": ("Holds", "canvas", "1 is the full-batch limit of the rule, here 20."),
    "adaptive-edge": ("Holds in part", "canvas", "Adam 76,000; RMSProp 4,000."),
    "flat-batches": ("Holds", ROWS, "Sharpness by batch size"),
    "flatness": ("Holds", "canvas", "A dot is a run"),
    "reparametrisation": ("Holds", ROWS, "Test accuracy of the same networks"),
    "random-planes": ("Holds", ROWS, "as a share of the sharpness"),
}
"""The verdict on each claim, what draws it, and what its picture says."""


@pytest.fixture(scope="module")
def curvature_study_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server of a study on which every claim about curvature can be judged."""
    folder = tmp_path_factory.mktemp("curvature-study")
    write_curvature_study(folder)
    with run_server(landscapes_folder=str(folder)) as url:
        yield url


def test_each_claim_about_curvature_has_its_picture_and_leads_to_its_table(
    open_page: OpenPage, curvature_study_server: str
) -> None:
    narrow = {"width": 390, "height": 844}
    about, _ = open_page("/about", at=curvature_study_server, viewport=narrow)
    rest(about)
    expect(about.locator("#curvature .claim")).to_have_count(len(TOLD))
    for id, (verdict, drawn, says) in TOLD.items():
        card = about.locator(f"#claim-{id}")
        expect(card.locator(".verdict strong").first).to_have_text(verdict)
        picture = card.locator(".claim-picture")
        expect(picture).to_contain_text(says)
        marks = picture.locator(f"{drawn} >> visible=true")
        expect(marks.first).to_be_visible()
        if drawn == "canvas":
            marks.scroll_into_view_if_needed()
            about.wait_for_function(IS_PAINTED, arg=marks.element_handle())
            assert shades(marks) > 3, id
            assert marks.get_attribute("aria-label")
    assert about.evaluate("document.documentElement.scrollWidth") <= 390
    source = about.locator("#claim-edge-of-stability figcaption")
    source.get_by_role("link", name="Trainings with the full batch").click()
    rescaled = about.locator("#table .rescaled")
    expect(rescaled).to_contain_text("GD, lr 0.1: the same function, other parameters")
    expect(rescaled.get_by_role("row", name="× 8")).to_contain_text("1536")
    expect(rescaled.get_by_role("row", name="as trained")).to_contain_text("37.50 %")
    assert about.evaluate("document.documentElement.scrollWidth") <= 390
