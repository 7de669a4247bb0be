"""Views that a user can reach from the opening one."""

from playwright.sync_api import expect

from tests.browser.playground import Playground

DRAWING_NOTES = (r"console warning: .*GL Driver Message .*ReadPixels",)
"""Chromium's messages about WebGL without a graphics card."""


def stay(_: Playground) -> None:
    """Keep the opening view."""


def show_space(playground: Playground) -> None:
    """Show the surface in 3D."""
    playground.choose("View", "3D")
    playground.rest()


def show_basins(playground: Playground) -> None:
    """Show the basin maps, and wait until all are computed."""
    playground.exchange(playground.show_basins, "/api/v1/basins").response.finished()
    playground.rest()
    expect(playground.basins).to_contain_text("%")
    expect(playground.basins.get_by_role("progressbar")).to_have_count(0)


def unfold_panels(playground: Playground) -> None:
    """Unfold all panels of the optimizers and the noise."""
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
    """Scroll to the matrix of optimizers and objectives."""
    playground.page.get_by_role("link", name="Who wins").click()
    expect(playground.page.get_by_role("grid", name="Who wins where")).to_be_in_viewport()


def open_export(playground: Playground) -> None:
    """Open the export menu."""
    playground.page.get_by_role("button", name="Export", exact=True).click()
    expect(playground.page.get_by_role("group", name="Export")).to_be_visible()


def open_video(playground: Playground) -> None:
    """Open the dialog in which a video is made, and wait until it shows a frame."""
    open_export(playground)
    playground.page.get_by_role("button", name="Video or GIF…").click()
    dialog = playground.page.get_by_role("dialog", name="Playback as video or GIF")
    expect(dialog.locator(".video-make")).to_be_enabled()
