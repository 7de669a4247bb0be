"""Exports of the playground: picture, paths, script, link."""

import csv
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, Route, expect

from tests.backend.web.arrays import decode
from tests.browser.conftest import OpenPage, OpenPlayground, SharePage
from tests.browser.playground import Playground
from tests.servers import CLIENT

QUERY = "?objective=himmelblau&start=1.25,-2.5&optimizers=gd,-sgd,adam&steps=120&n.seed=3"
PNG = b"\x89PNG\r\n\x1a\n"
SVG = "{http://www.w3.org/2000/svg}"
ARRAYS = ("step", "x", "y", "loss")


@pytest.fixture
def exporter(share_page: SharePage) -> Playground:
    """A view without defaults, with the export panel open and one optimizer hidden."""
    playground = share_page(f"/{QUERY}", Playground)
    playground.page.get_by_role("button", name="Export", exact=True).click()
    expect(playground.page.get_by_role("group", name="Export", exact=True)).to_be_visible()
    return playground


def save(playground: Playground, kind: str, name: str) -> tuple[str, Path]:
    """Press an export button; return the name and the path of the download."""
    group = playground.page.get_by_role("group", name=kind, exact=True)
    with playground.page.expect_download() as event:
        group.get_by_role("button", name=name, exact=True).click()
    name = event.value.suggested_filename
    expect(playground.page.locator("#export").get_by_role("status")).to_have_text(f"Saved {name}")
    return name, event.value.path()


def shown_descents(playground: Playground) -> list[dict[str, Any]]:
    """Return the response's descents without the hidden one, arrays as lists."""
    answered = playground.last().answer["descents"]
    assert [one["optimizer"] for one in answered] == ["gd", "sgd", "adam"]
    return [
        {name: decode(value).tolist() if name in ARRAYS else value for name, value in one.items()}
        for one in answered
        if one["optimizer"] != "sgd"
    ]


def test_the_contour_is_saved_as_a_png_picture(exporter: Playground) -> None:
    name, path = save(exporter, "Picture", "PNG")
    content = path.read_bytes()
    assert name == "himmelblau_from_1.25_-2.5_contour.png"
    assert content.startswith(PNG)
    assert len(content) > 10_000


def test_the_contour_is_saved_as_an_svg_picture_with_its_title(exporter: Playground) -> None:
    name, path = save(exporter, "Picture", "SVG")
    root = ElementTree.fromstring(path.read_bytes())
    words = " ".join(root.itertext())
    assert name == "himmelblau_from_1.25_-2.5_contour.svg"
    assert root.tag == f"{SVG}svg"
    for text in ("Himmelblau", "GD", "Adam", "start (1.25, −2.5)"):
        assert text in words
    assert "SGD" not in words


@pytest.mark.long
def test_the_surface_in_3d_is_saved_as_a_picture(exporter: Playground) -> None:
    exporter.choose("View", "3D")
    exporter.rest()
    exporter.page.get_by_role("button", name="Export", exact=True).click()
    for name, begin in (("PNG", PNG), ("SVG", b"<svg ")):
        file, path = save(exporter, "Picture", name)
        assert file == f"himmelblau_from_1.25_-2.5_3d.{name.lower()}"
        content = path.read_bytes()
        assert content.startswith(begin)
        assert len(content) > 10_000


def test_the_csv_has_a_row_for_every_point_that_reads_as_the_same_doubles(
    exporter: Playground,
) -> None:
    name, path = save(exporter, "Paths", "CSV")
    assert name == "himmelblau_from_1.25_-2.5_paths.csv"
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(file)
    settings = [line for line in lines if line.startswith("#")]
    head, *rows = csv.reader(lines[len(settings) :])
    assert settings[0].rstrip() == f"# Descent Atlas: {exporter.page.url}"
    assert any(line.startswith("# adam: lr = ") for line in settings)
    assert not any(line.startswith("# sgd") for line in settings)
    assert head == ["optimizer", *ARRAYS]
    points = [
        (descent["optimizer"], *point)
        for descent in shown_descents(exporter)
        for point in zip(*(descent[array] for array in ARRAYS), strict=True)
    ]
    assert [(one, int(step), *map(float, rest)) for one, step, *rest in rows] == points
    assert len(points) == sum(descent["steps"] + 1 for descent in shown_descents(exporter))


def test_the_json_holds_the_request_and_its_answer(exporter: Playground) -> None:
    _, path = save(exporter, "Paths", "JSON")
    saved = json.loads(path.read_bytes())
    last = exporter.last()
    optimizers = [one for one in last.request["optimizers"] if one["id"] != "sgd"]
    assert saved == {
        "request": {**last.request, "optimizers": optimizers},
        "variants": [
            {"id": one["id"], "name": exporter.circle(one["id"]).inner_text()} for one in optimizers
        ],
        "answer": {"descents": shown_descents(exporter), "minima": last.answer["minima"]},
    }


def test_the_saved_request_is_answered_with_the_saved_paths(
    exporter: Playground, server: str
) -> None:
    _, path = save(exporter, "Paths", "JSON")
    saved = json.loads(path.read_bytes())
    again = CLIENT.post(f"{server}/api/v1/descents", json=saved["request"]).json()
    for descent, kept in zip(again["descents"], saved["answer"]["descents"], strict=True):
        for array in ARRAYS:
            assert decode(descent[array]).tolist() == kept[array]


def test_the_script_is_that_of_the_server(exporter: Playground, server: str) -> None:
    name, path = save(exporter, "PyTorch script", "Adam")
    assert name == "adam-on-himmelblau.py"
    request = exporter.last().request
    (optimizer,) = (one for one in request.pop("optimizers") if one["id"] == "adam")
    answer = CLIENT.post(f"{server}/api/v1/scripts", json={**request, "optimizer": optimizer})
    answer.raise_for_status()
    script = path.read_text(encoding="utf-8")
    assert script == answer.text
    compile(script, name, "exec")


def test_scripts_are_offered_of_what_is_shown_and_one_of_all(
    exporter: Playground, server: str
) -> None:
    scripts = exporter.page.get_by_role("group", name="PyTorch script", exact=True)
    assert scripts.get_by_role("button").all_inner_texts() == ["All in one", "GD", "Adam"]
    name, path = save(exporter, "PyTorch script", "All in one")
    assert name == "descents-on-himmelblau.py"
    request = exporter.last().request
    shown = [one for one in request.pop("optimizers") if one["id"] != "sgd"]
    body = {**request, "optimizers": shown}
    answer = CLIENT.post(f"{server}/api/v1/scripts/descents", json=body)
    answer.raise_for_status()
    assert path.read_text(encoding="utf-8") == answer.text


def test_what_comes_while_the_export_panel_is_open_is_offered(open_page: OpenPage) -> None:
    held: list[Route] = []

    def prepare(page: Page) -> None:
        for late in ("**/api/v1/ensembles", "**/rate-panel.js"):
            page.route(late, lambda route: held.append(route))

    page, watch = open_page(
        "/?optimizers=sgd&n.std=2&ensemble=sgd,30&steps=100&rates=sgd", prepare=prepare
    )
    page.get_by_role("button", name="Export", exact=True).click()
    expect(page.get_by_role("group", name="Export", exact=True)).to_be_visible()
    offers = [page.get_by_role("group", name=kind) for kind in ("Many seeds", "Learning rate")]
    for offer in offers:
        expect(offer).to_be_hidden()
    Playground(page, watch).wait_until(lambda: len(held) == len(offers))
    for late in held:
        late.continue_()
    for offer in offers:
        expect(offer).to_be_visible()


def test_copy_link_puts_the_address_on_the_clipboard(open_playground: OpenPlayground) -> None:
    playground = open_playground(QUERY, permissions=["clipboard-read", "clipboard-write"])
    playground.page.get_by_role("button", name="Export", exact=True).click()
    playground.page.get_by_role("button", name="Copy link").click()
    status = playground.page.locator("#export").get_by_role("status")
    expect(status).to_have_text("Link copied")
    assert playground.page.evaluate("navigator.clipboard.readText()") == playground.page.url


def test_where_the_clipboard_is_out_of_reach_the_link_is_shown(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground(QUERY)
    playground.page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no leave')); }"
    )
    playground.page.get_by_role("button", name="Export", exact=True).click()
    playground.page.get_by_role("button", name="Copy link").click()
    field = playground.page.get_by_role("textbox", name="Link to this view")
    expect(field).to_have_value(playground.page.url)
    expect(field).to_be_focused()
