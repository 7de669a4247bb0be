"""The views into which somebody can bring the page, beyond the one with which it opens."""

from playwright.sync_api import expect

from tests.browser.playground import Playground

DRAWING_NOTES = (r"console warning: .*GL Driver Message .*ReadPixels",)
"""What Chromium notes about drawing in 3D without a graphics card."""


def stay(_: Playground) -> None:
    """Leave the page as it opened."""


def show_space(playground: Playground) -> None:
    """Show the surface in 3D."""
    playground.choose("View", "3D")
    playground.rest()


def show_basins(playground: Playground) -> None:
    """Show the basins once they are all computed."""
    playground.exchange(playground.show_basins, "/api/v1/basins").response.finished()
    playground.rest()
    expect(playground.basins).to_contain_text("%")
    expect(playground.basins.get_by_role("progressbar")).to_have_count(0)


def unfold_panels(playground: Playground) -> None:
    """Unfold everything that can be set of the optimizers and of the noise."""
    for summary in playground.page.locator("#optimizers summary").all():
        summary.click()
    folded = playground.page.locator("#optimizers details:not([open])")
    expect(folded).to_have_count(0)


def open_stories(playground: Playground) -> None:
    """Open the stories."""
    playground.page.get_by_role("button", name="Stories", exact=True).click()
    expect(playground.page.locator("#stories .tales > li").first).to_be_visible()
    playground.rest()


def go_to_matrix(playground: Playground) -> None:
    """Go down to the matrix of who wins."""
    playground.page.get_by_role("link", name="Who wins").click()
    expect(playground.page.get_by_role("grid", name="Who wins where")).to_be_in_viewport()


def open_export(playground: Playground) -> None:
    """Open the menu of what can be taken home."""
    playground.page.get_by_role("button", name="Export", exact=True).click()
    expect(playground.page.get_by_role("group", name="Export")).to_be_visible()
