"""A landscape in the browser while it is being computed."""

from pathlib import Path

from playwright.sync_api import expect

from tests.backend.landscapes.growing_samples import make_growing
from tests.backend.landscapes.landscape_samples import make_landscape
from tests.browser.conftest import OpenLandscapes
from tests.browser.landscape_view import View
from tests.servers import run_server


def test_a_landscape_is_refined_in_place_until_it_is_complete(
    tmp_path: Path, open_landscapes: OpenLandscapes
) -> None:
    """Neither the part in view nor the playhead nor the place of anything else changes."""
    folder = tmp_path / "growing"
    sample = make_landscape("optimizers", grid=(25, 25))
    make_growing(sample, rows=(4, 8), columns=(4, 8), measured=False).write(folder)
    with run_server(landscapes_folder=str(folder)) as url:
        gallery = open_landscapes(at=url)
        expect(gallery.card("optimizers").locator(".face").first).to_be_visible()
        view = View(open_landscapes("?show=optimizers&window=-0.9,0.9,-0.7,0.7", at=url))
        status = view.root.locator(".figure-header .progress")
        expect(status).to_have_text("· computed: 1 % of points")
        export = view.page.locator("#export")
        expect(export).to_be_hidden()
        expect(view.root.get_by_text("every 8th column and every 8th row")).to_be_visible()
        view.seek(100)
        before = view.axes(), view.playhead(), view.charts.first.bounding_box()
        coarse = view.colour_at(0.5, 0.5)

        make_growing(sample, rows=(0, 2), columns=(0, 2)).write(folder)
        expect(status).to_have_text("· computed: 27 % of points")
        view.rest()
        assert (view.axes(), view.playhead(), view.charts.first.bounding_box()) == before
        expect(export).to_be_hidden()

        sample.write(folder)
        expect(status).to_be_empty()
        view.rest()
        assert (view.axes(), view.playhead(), view.charts.first.bounding_box()) == before
        assert view.colour_at(0.5, 0.5) != coarse
        expect(export).to_be_visible()
        expect(view.root.get_by_text("25 × 25 points")).to_be_visible()
