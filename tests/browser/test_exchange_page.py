"""Landscapes that left, as one page without network, and that came in from another program."""

import re
from html.parser import HTMLParser
from pathlib import Path

import h5py
import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from descent_atlas.drawing import import_landscape, open_landscape
from descent_atlas.drawing.exchange.loss_landscape_import import as_parts
from descent_atlas.landscapes.format import write_landscape
from tests.backend.landscapes.landscape_samples import make_landscape
from tests.browser.conftest import PATIENCE_MS, OpenLandscapes
from tests.servers import run_server


class References(HTMLParser):
    """Collects what a page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [str(value) for name, value in attrs if name in ("src", "href", "srcset")]


@pytest.mark.parametrize("kind", ["contour", "surface"])
def test_a_page_of_one_file_needs_no_network(kind: str, chromium: Browser, tmp_path: Path) -> None:
    landscape = open_landscape(make_landscape().write(tmp_path))
    (file,) = landscape.export(tmp_path / "a.html", kind=kind)  # type: ignore[arg-type]
    references = References()
    references.feed(file.read_text())
    assert references.found == ["data:,"]
    context = chromium.new_context(offline=True)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    drawn = ".heatmaplayer image" if kind == "contour" else ".gl-container canvas"
    page.locator(f"#figure {drawn}").first.wait_for(state="attached")
    expect(page.locator("footer")).to_contain_text("two squares; training samples: 640")
    assert page.title() == "GD, SGD and Adam on one plane"
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert told == []
    context.close()


def test_an_imported_landscape_shows_nothing_in_place_of_what_is_unknown(
    open_landscapes: OpenLandscapes, tmp_path: Path
) -> None:
    x = np.linspace(-1, 1, 9)
    with h5py.File(tmp_path / "s.h5", "w") as file:
        file["xcoordinates"], file["ycoordinates"] = x, x
        file["train_loss"] = 1 + x**2 + 2 * x[:, np.newaxis] ** 2
    with h5py.File(tmp_path / "p.h5", "w") as file:
        file["proj_xcoord"], file["proj_ycoord"] = np.linspace(0.8, 0, 5), np.linspace(-0.6, 0, 5)
    found = import_landscape(tmp_path / "s.h5", [tmp_path / "p.h5"], id="s", title="A stranger's")
    write_landscape(tmp_path / "atlas", *as_parts(found))
    with run_server(landscapes_folder=str(tmp_path / "atlas")) as url:
        view = open_landscapes("?show=s", at=url)
        view.page.wait_for_selector("#landscape .stage > .lines .xtick text")
        view.rest()
        text = view.landscape.inner_text()
        assert "unknown" in text and "checkpoint" in text.lower()
        for invented in ("nats", "image", "NaN", "undefined", "null", "Software"):
            assert not re.search(rf"\b{invented}", text), invented
        assert not view.landscape.locator(".fidelity").is_visible()
