"""A gallery of more landscapes than a page has: pages, filters, and links to both."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.backend.landscapes.many_landscapes import write_many
from tests.browser.conftest import OpenLandscapes
from tests.browser.test_accessibility import AUDIT, AXE, DARK, PHONE
from tests.servers import run_server

COUNT = 300

PAGE_CARDS = 120


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server with landscapes of three kinds, a hundred of each."""
    root = tmp_path_factory.mktemp("many") / "landscapes"
    write_many(root, COUNT)
    with run_server(landscapes_folder=str(root)) as url:
        yield url


def test_pages_and_filters_are_links_and_reach_every_landscape(
    open_landscapes: OpenLandscapes, many: str
) -> None:
    landscapes = open_landscapes(at=many)
    page = landscapes.page
    pages = page.get_by_role("navigation", name="Pages of the gallery", exact=True)
    expect(pages).to_contain_text("Page 1 of 3")
    expect(landscapes.cards).to_have_count(PAGE_CARDS)
    expect(page.locator(".study-head p")).to_contain_text("300 landscapes.")

    pages.get_by_role("link", name="Next").focus()
    page.keyboard.press("Enter")
    expect(pages.locator("p")).to_have_text("Page 2 of 3")
    expect(pages.locator("p")).to_be_focused()
    expect(pages.locator("[aria-current=page]")).to_have_text("2")
    landscapes.wait_until(lambda: landscapes.query() == {"page": "2"})
    id = landscapes.cards.nth(5).get_attribute("data-id")
    assert id is not None

    landscapes.link(id).click()
    expect(landscapes.landscape).to_be_visible()
    page.go_back()
    expect(landscapes.link(id)).to_be_focused()
    assert landscapes.query() == {"page": "2"}

    page.get_by_label("Kind").select_option("pca")
    expect(landscapes.cards).to_have_count(COUNT // 3)
    expect(page.locator("#found")).to_have_text("100 of 300")
    offered = page.get_by_label("Kind").locator("option").all_inner_texts()
    kinds = ["Any", "PCA plane (100)", "Random plane (100)", "Shared plane (100)"]
    assert sorted(offered) == kinds
    page.get_by_label("Search the landscapes").fill("landscape 15")
    landscapes.wait_until(lambda: landscapes.query() == {"kind": "pca", "find": "landscape 15"})
    expect(page.locator("#found")).to_have_text("5 of 300")  # 15, 150, 153, 156 and 159

    page.go_back()
    page.go_back()
    expect(pages).to_contain_text("Page 2 of 3")


@pytest.mark.parametrize(
    ("query", "context"),
    [
        pytest.param("?page=2", {}, marks=pytest.mark.long),
        ("?kind=random&page=9", PHONE | DARK),
    ],
)
def test_a_link_to_a_page_opens_it_and_axe_finds_no_violation(
    open_landscapes: OpenLandscapes, many: str, query: str, context: dict[str, Any]
) -> None:
    landscapes = open_landscapes(query, at=many, **context)
    page = landscapes.page
    if "kind" in query:
        expect(page.get_by_label("Kind")).to_have_value("random")
        expect(landscapes.cards).to_have_count(COUNT // 3)
    else:
        expect(
            page.get_by_role("navigation", name="Pages of the gallery", exact=True)
        ).to_contain_text("2 of 3")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(AUDIT)
    assert not found["told"], "\n".join(found["told"])
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
