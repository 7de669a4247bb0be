"""Files of descents in the playground: opened, dropped, played, exported, refused, closed."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from torch import Tensor

from descent_atlas.torch2d import Descents, descend
from tests.browser.conftest import OpenPlayground
from tests.browser.playground import Playground, parse_number, unit_of_last_digit
from tests.precompute.torch2d.own_optimizers import SignDescent

DROP = """([name, text]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], name, { type: "application/json" }));
  const event = (type) =>
    new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true });
  document.querySelector(".masthead").dispatchEvent(event("dragover"));
  const invited = !document.querySelector(".drop-veil").hidden;
  const dropped = event("drop");
  document.querySelector(".masthead").dispatchEvent(dropped);
  return invited && dropped.defaultPrevented && document.querySelector(".drop-veil").hidden;
}"""

STEPS = 120


def hyperbola(x: Tensor, y: Tensor) -> Tensor:
    return (1 - x * y) ** 2


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A third party's optimizer on a built-in objective away from its default parameters."""
    import pytorch_optimizer  # takes seconds

    found = descend(
        "rosenbrock",
        pytorch_optimizer.AdaBelief,
        lr=0.01,
        parameters={"b": 20.0},
        start=(-1, 2),
        steps=STEPS,
    )
    return found.save(tmp_path_factory.mktemp("theirs") / "belief.json")


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two starts on a function that no server knows."""
    starts = [(2, 1), (1, 3)]
    found = descend(hyperbola, SignDescent, lr=0.1, starts=starts, steps=STEPS, label="Mine")
    return found.save(tmp_path_factory.mktemp("foreign") / "mine.json")


def choose(playground: Playground, path: Path) -> None:
    """Pick a file by the menu of the bar, with the keyboard alone."""
    more = playground.bar.get_by_role("button", name="Add or remove optimizers")
    entry = playground.page.get_by_role("menuitem", name="Your own, from a file …")
    # The browser must know that it is watched long before the chooser opens.
    with playground.page.expect_file_chooser() as event:
        more.focus()
        more.press("Enter")
        expect(playground.bar.locator("[role^=menuitem]").first).to_be_focused()
        playground.page.keyboard.press("End")
        expect(entry).to_be_focused()
        playground.page.keyboard.press("Enter")
    event.value.set_files(path)


def drop(playground: Playground, name: str, text: str) -> None:
    """Drop a file on the masthead, away from the plot."""
    assert playground.page.evaluate(DROP, [name, text]) is True


def region(playground: Playground, name: str) -> Locator:
    return playground.page.get_by_role("region", name=name)


def is_shown(cell: Locator, value: float) -> bool:
    """Tell whether a cell shows a number, to its last digit."""
    text = cell.inner_text()
    return abs(parse_number(text) - value) <= unit_of_last_digit(text)


def circles(playground: Playground) -> list[str]:
    return playground.bar.locator(".circle").all_inner_texts()


@pytest.mark.slow
def test_a_third_partys_optimizer_descends_beside_the_built_in_ones(
    playground: Playground, theirs: Path
) -> None:
    before = playground.page.url
    (one,) = Descents.load(theirs)
    made = playground.exchange(lambda: choose(playground, theirs))
    playground.rest()
    assert made.request["objective"] == {"id": "rosenbrock", "parameters": {"a": 1, "b": 20}}
    assert made.request["start"] == {"x": -1, "y": 2}
    assert circles(playground) == ["GD", "SGD", "Momentum", "RMSProp", "Adam", "AdaBelief"]
    expect(region(playground, "belief.json")).to_contain_text("keep their own starts")
    row = playground.results.locator("tbody tr").last
    expect(row).to_contain_text("AdaBelief")
    playground.seek(50)
    expect(row).to_contain_text("under way")
    assert is_shown(row.locator("td").first, one.loss[50])
    circle = playground.bar.get_by_role("button", name="AdaBelief")
    circle.click()
    expect(circle).to_have_attribute("aria-pressed", "false")
    assert playground.results.locator("tbody tr").count() == 5
    assert "belief" not in playground.page.url.lower()

    playground.page.get_by_role("slider", name="Steepness of the valley's walls").fill("30")
    expect(region(playground, "belief.json")).to_contain_text("another function: Rosenbrock, a = 1")
    assert circles(playground) == ["GD", "SGD", "Momentum", "RMSProp", "Adam"]
    playground.page.get_by_role("button", name="Show them").click()
    playground.wait_until(lambda: len(circles(playground)) == 6)
    playground.page.get_by_role("button", name="Close file").click()
    playground.rest()
    assert playground.page.url == before
    expect(playground.page.locator("#opened")).to_be_hidden()
    assert circles(playground) == ["GD", "SGD", "Momentum", "RMSProp", "Adam"]


@pytest.mark.slow
def test_a_function_of_ones_own_is_shown_by_its_values_alone(
    open_playground: OpenPlayground, foreign: Path
) -> None:
    playground = open_playground("?objective=beale&optimizers=gd,-adam&basins=gd")
    before, controls = playground.page.url, playground.controls()
    asked = len(playground.watch.asked())
    drop(playground, "mine.json", foreign.read_text())
    playground.wait_until(lambda: circles(playground) == ["Mine (2, 1)", "Mine (1, 3)"])
    expect(playground.page.get_by_role("heading", level=1)).to_have_text("hyperbola")
    expect(region(playground, "mine.json")).to_contain_text("no basins and no new start")
    expect(playground.page.get_by_role("switch", name="Basins")).to_be_hidden()
    expect(playground.page.locator("#basins")).to_be_hidden()
    expect(playground.page.locator("#optimizers")).to_be_hidden()
    expect(playground.handle).to_be_hidden()
    heads = playground.results.locator("thead th:visible").all_inner_texts()
    assert heads == ["Optimizer", "Loss"]
    expect(playground.results.locator("tbody tr").first).to_contain_text("out of steps")
    assert playground.end() == STEPS
    playground.seek(7)
    (first, _) = Descents.load(foreign)
    assert is_shown(playground.results.locator("tbody td").first, first.loss[7])

    playground.click(*playground.centre(playground.stage))
    playground.stage.press("ArrowLeft")
    playground.choose("View", "3D")
    playground.page.locator("#stage > .surface3d canvas").first.wait_for()
    playground.choose("View", "Contour")
    playground.stage.focus()
    playground.stage.press("+")
    playground.frame()
    assert len(playground.watch.asked()) == asked
    assert playground.page.url == before
    playground.page.get_by_role("button", name="Close file").click()
    playground.rest()
    assert playground.page.url == before
    assert playground.controls() == controls


@pytest.mark.slow
def test_what_is_exported_holds_the_files_descents(
    open_playground: OpenPlayground, foreign: Path
) -> None:
    playground = open_playground()
    drop(playground, "mine.json", foreign.read_text())
    playground.wait_until(lambda: len(circles(playground)) == 2)
    playground.page.get_by_role("button", name="Export", exact=True).click()
    panel = playground.page.locator("#export-panel")
    expect(panel).to_contain_text("A link cannot hold mine.json")
    expect(panel.get_by_role("group", name="PyTorch script")).to_be_hidden()

    def save(kind: str, name: str) -> Path:
        group = panel.get_by_role("group", name=kind, exact=True)
        with playground.page.expect_download() as event:
            group.get_by_role("button", name=name, exact=True).click()
        assert event.value.suggested_filename.startswith("mine_")
        return Path(event.value.path())

    with save("Paths", "CSV").open(newline="", encoding="utf-8") as file:
        lines = list(file)
    settings = [line for line in lines if line.startswith("#")]
    assert any("file mine.json, function hyperbola" in line for line in settings)
    assert any("Mine (2, 1): SignDescent: lr 0.1" in line for line in settings)
    rows = list(csv.DictReader(lines[len(settings) :]))
    saved: dict[str, Any] = json.loads(save("Paths", "JSON").read_bytes())
    assert saved["opened"]["name"] == "mine.json"
    for one, kept in zip(Descents.load(foreign), saved["opened"]["descents"], strict=True):
        own = [row for row in rows if row["optimizer"] == one.label]
        assert [float(row["x"]) for row in own] == kept["x"] == one.x.tolist()
        assert [float(row["loss"]) for row in own] == kept["loss"] == one.loss.tolist()
    words = save("Picture", "SVG").read_text(encoding="utf-8")
    assert "hyperbola" in words and "Mine (1, 3), lr 0.1" in words
    assert "Mine (2, 1)" in save("Loss chart", "SVG").read_text(encoding="utf-8")


def test_files_that_are_not_descents_are_refused_in_one_sentence(
    playground: Playground, foreign: Path
) -> None:
    document = json.loads(foreign.read_text())
    newer, damaged = {**document, "schema": 2}, {**document, "descents": []}
    for name, text, sentence in [
        ("cat.json", "meow", "cat.json cannot be opened: it is not JSON."),
        ("list.json", "[]", "list.json cannot be opened: it is no file of descents."),
        ("new.json", json.dumps(newer), "it has schema 2, and this page reads 1"),
        ("old.json", json.dumps(damaged), "descents must have 1 to 16 values, not 0."),
        ("big.json", " " * (8 * 2**20 + 1), "it has 8.0 MiB, more than 8."),
    ]:
        drop(playground, name, text)
        alert = playground.page.locator("#file-problem")
        expect(alert).to_contain_text(sentence)
        alert.get_by_role("button", name="Dismiss").click()
        expect(alert).to_be_hidden()
    assert len(circles(playground)) == 5
