"""Exports of figures, tables and charts: their size, their metadata, their whole caption."""

import struct
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, Route, expect

from tests.backend.landscapes.curvature_samples import make_curvatures
from tests.backend.landscapes.landscape_samples import Sample, make_landscape
from tests.backend.landscapes.study_samples import make_study
from tests.browser.conftest import OpenLandscapes
from tests.servers import run_server

SVG = "{http://www.w3.org/2000/svg}"
LONG = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunter"
TITLE = f"{LONG} around the end of a training, a title that is longer than a line"
SHOWS = "A sentence on what is to be seen in the picture. " * 6 + LONG
VIEWS = {
    "batches-end": ["Picture"],
    "bowl": ["Picture"],
    "optimizers": ["Picture", "Loss chart", "Accuracy chart"],
    "table-1": ["Picture"],
}

FITS = """(root) => {
  const { width, height } = root.viewBox.baseVal;
  return [...root.querySelectorAll("text")].filter((text) => {
    const own = text.getBoundingClientRect();
    const sheet = root.getBoundingClientRect();
    return own.width > 0 && (own.left < sheet.left - 1 || own.right > sheet.left + width + 1
      || own.top < sheet.top - 1 || own.bottom > sheet.top + height + 1);
  }).map((text) => text.textContent);
}"""


@pytest.fixture(scope="module")
def wordy_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server whose landscapes have long titles and sentences, and a study."""
    folder = tmp_path_factory.mktemp("wordy")
    for sample in make_study():
        words = {"title": TITLE, "shows": SHOWS, "study": "small-study"}
        Sample({**sample.manifest, **words}, sample.arrays).write(folder)
    with run_server(landscapes_folder=str(folder)) as url:
        yield url


def save(page: Page, kind: str, name: str) -> bytes:
    """Press an export button; return the content of the download."""
    offers = page.get_by_role("group", name=kind, exact=True)
    with page.expect_download() as event:
        offers.get_by_role("button", name=name, exact=True).click()
    return event.value.path().read_bytes()


def read_png(content: bytes) -> tuple[tuple[int, int], dict[str, str]]:
    """Return the size of a PNG and its texts, after a check of every chunk's sum."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    texts, at = {}, 8
    size = struct.unpack(">II", content[16:24])
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        body = content[at + 4 : at + 8 + length]
        assert struct.unpack(">I", content[at + 8 + length : at + 12 + length]) == (
            zlib.crc32(body),
        )
        if body.startswith(b"iTXt"):
            keyword, _, text = body[4:].partition(b"\0\0\0\0\0")
            texts[keyword.decode()] = text.decode()
        at += 12 + length
    return (size[0], size[1]), texts


def squeeze(text: str) -> str:
    """Return a text without its spaces, where its lines may end."""
    return "".join(text.split())


@pytest.mark.slow
@pytest.mark.parametrize(
    "id",
    [id if id == "optimizers" else pytest.param(id, marks=pytest.mark.long) for id in VIEWS],
)
def test_every_figure_exports_whole_pictures_that_say_where_they_come_from(
    open_landscapes: OpenLandscapes, wordy_server: str, id: str
) -> None:
    page = open_landscapes(f"?show={id}", at=wordy_server).page
    blank = page.context.new_page()
    page.get_by_role("button", name="Export", exact=True).click()
    for kind in VIEWS[id]:
        svg = save(page, kind, "SVG").decode()
        root = ElementTree.fromstring(svg)
        width, height = (int(str(root.get(side))) for side in ("width", "height"))
        size, texts = read_png(save(page, kind, "PNG"))
        assert size == (2 * width, 2 * height)
        metadata = root.findtext(f"{SVG}metadata") or ""
        command = f"descent-atlas-precompute run small-study --data DATA --out RESULTS --only {id}"
        assert texts["Command"] == command
        assert texts["Study"].startswith(f"small-study; {'table' if id == 'table-1' else 'land'}")
        assert texts["Software"].startswith("Descent Atlas")
        assert f"show={id}" in texts["Link"]
        assert "Seeds" in texts
        for name, text in texts.items():
            assert f"{name}: {text}" in metadata
        drawn = squeeze("".join(text.text or "" for text in root.iter(f"{SVG}text")))
        assert root.findtext(f"{SVG}title") == texts["Title"] == TITLE
        assert squeeze(TITLE) in drawn
        for text in ("Command: " + command, "Link: " + texts["Link"]):
            assert squeeze(text) in drawn
        if kind == "Picture" and id != "table-1":
            assert squeeze(SHOWS) in drawn
        blank.set_content(svg)
        assert blank.locator("svg").first.evaluate(FITS) == []
    blank.close()
    expect(page.locator(".export-report:visible")).to_contain_text("Saved")


@pytest.fixture(scope="module")
def measured_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server of what is measured of curvature, in a study."""
    folder = tmp_path_factory.mktemp("measured")
    for sample in [*make_curvatures(), make_landscape()]:
        Sample({**sample.manifest, "study": "small-study"}, sample.arrays).write(folder)
    with run_server(landscapes_folder=str(folder)) as url:
        yield url


PAIR = "optimizers&beside=sgd-saddle"

MEASURED = {
    "sharpness": (["Sharpness", "Preconditioned"], "Sharpness"),
    "sgd-saddle&quadratic=true": (["Picture"], "Trajectories"),
    "segments": (["Picture"], "Profiles"),
    "sgd-lottery": (["Picture"], "Seeds"),
    "sgd-batches": (["Picture"], "Arrows"),
    PAIR: (["Picture"], "Trajectories"),
}
"""What each view of curvature offers, by its link: pictures, and rows as CSV."""


@pytest.mark.slow
@pytest.mark.parametrize(
    "link",
    [link if link == PAIR else pytest.param(link, marks=pytest.mark.long) for link in MEASURED],
)
def test_every_view_of_curvature_exports_whole_pictures_and_its_rows(
    open_landscapes: OpenLandscapes, measured_server: str, link: str
) -> None:
    page = open_landscapes(f"?show={link}", at=measured_server).page
    blank = page.context.new_page()
    page.get_by_role("button", name="Export", exact=True).locator("visible=true").click()
    id, (kinds, rows_of) = link.partition("&")[0], MEASURED[link]
    for kind in kinds:
        svg = save(page, kind, "SVG").decode()
        root = ElementTree.fromstring(svg)
        width, height = (int(str(root.get(side))) for side in ("width", "height"))
        size, texts = read_png(save(page, kind, "PNG"))
        assert size == (2 * width, 2 * height)
        assert texts["Command"].endswith(f"--only {id}")
        assert f"show={id}" in texts["Link"]
        if link == PAIR:
            assert texts["Command, right"].endswith("--only sgd-saddle")
        assert squeeze(texts["Title"]) in squeeze("".join(root.itertext()))
        blank.set_content(svg)
        assert blank.locator("svg").first.evaluate(FITS) == []
    blank.close()
    header, *rows = save(page, rows_of, "CSV").decode().split("\r\n")
    assert len(rows) > 10 and len(rows[0].split(",")) >= header.count(",") + 1
    expect(page.locator(".export-report:visible")).to_contain_text("Saved")
    offers = page.get_by_role("group", name="Its own files").locator("visible=true")
    expect(offers.get_by_role("link")).to_have_count(4 if link == PAIR else 2)  # of both


def test_a_chart_that_comes_while_the_export_panel_is_open_is_offered(
    open_landscapes: OpenLandscapes, measured_server: str
) -> None:
    held: list[Route] = []
    view = open_landscapes(
        "?show=sharpness",
        at=measured_server,
        rest=False,
        prepare=lambda page: page.route("**/sharpness-charts.js", lambda route: held.append(route)),
    )
    page = view.page
    page.get_by_role("button", name="Export", exact=True).locator("visible=true").click()
    expect(page.get_by_role("group", name="Loss chart", exact=True)).to_be_visible()
    offers = page.get_by_role("group", name="Sharpness", exact=True)
    expect(offers).to_have_count(0)
    view.wait_until(lambda: held)
    (charts,) = held
    charts.continue_()
    expect(offers.get_by_role("button")).to_have_count(3)  # two pictures, and rows
    assert save(page, "Sharpness", "CSV").startswith(b"run,")


def test_a_table_exports_its_numbers_as_text(
    open_landscapes: OpenLandscapes, wordy_server: str
) -> None:
    page = open_landscapes("?show=table-1", at=wordy_server).page
    page.get_by_role("button", name="Export", exact=True).click()
    header, *rows = save(page, "Table", "CSV").decode().split("\r\n")
    own = "run,row,column,mean,lowest,highest,paper,seeds,status"
    assert header == f"{own},standing,difference,difference_low,difference_high"
    assert len(rows) == page.locator("#table td[data-run]").count() + 1
    assert "| --- |" in save(page, "Table", "Markdown").decode()
    latex = save(page, "Table", "LaTeX").decode()
    assert "\\begin{tabular}" in latex
    assert "% Command: descent-atlas-precompute run small-study" in latex
