"""Stories beside the plot, and the matrix of optimizers and objectives."""

import math
import re
from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenPlayground
from tests.browser.playground import Playground
from tests.browser.test_basin_maps import percent
from tests.browser.views import go_to_matrix
from tests.servers import CLIENT

DESCENTS = "/api/v1/descents"


@pytest.fixture
def stories(server: str) -> list[dict[str, Any]]:
    """The stories in the server's response."""
    told: list[dict[str, Any]] = CLIENT.get(f"{server}/api/v1/stories").json()["stories"]
    return told


@pytest.fixture
def cells(server: str) -> list[dict[str, Any]]:
    """The matrix's cells in the server's response."""
    swept: list[dict[str, Any]] = CLIENT.get(f"{server}/api/v1/sweep").json()["cells"]
    return swept


def read_names(server: str, kind: str) -> dict[str, str]:
    """Return the names of the server's objectives or optimizers by id."""
    return {one["id"]: one["name"] for one in CLIENT.get(f"{server}/api/v1/{kind}").json()[kind]}


def ordered(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request with its optimizers sorted."""
    optimizers = sorted(body["optimizers"], key=lambda one: str(one["id"]))
    return {**body, "optimizers": optimizers}


def request_of(view: Mapping[str, Any], server: str) -> dict[str, Any]:
    """Return the request of a story's view."""
    objectives = CLIENT.get(f"{server}/api/v1/objectives").json()["objectives"]
    (objective,) = (one for one in objectives if one["id"] == view["objective"])
    usual = {one["id"]: one["default"] for one in objective["parameters"]}
    body = {name: view[name] for name in ("start", "optimizers", "noise")}
    parameters = usual | view["parameters"]
    return ordered({**body, "objective": {"id": view["objective"], "parameters": parameters}})


def unfold(playground: Playground) -> Locator:
    """Open the list of stories; return its entries."""
    playground.page.get_by_role("button", name="Stories", exact=True).click()
    tales = playground.page.locator("#stories .tale")
    expect(tales.first).to_be_visible()
    return tales


def open_story(playground: Playground, story: Mapping[str, Any]) -> None:
    """Choose a story from the list."""
    stories = playground.page.locator("#stories")
    stories.get_by_role("button", name=story["title"], exact=True).click()


def wait_for(playground: Playground, body: Mapping[str, Any]) -> None:
    """Wait until the page's last request is this one."""

    def is_there() -> bool:
        bodies = playground.watch.bodies(DESCENTS)
        return bool(bodies) and ordered(bodies[-1]) == ordered(body)

    try:
        playground.wait_until(is_there)
    except AssertionError:
        assert ordered(playground.watch.bodies(DESCENTS)[-1]) == ordered(body)


def assert_told(playground: Playground, story: Mapping[str, Any]) -> None:
    """Expect this story, and no other, to be open."""
    current = playground.page.locator("#stories .tale.current")
    expect(current).to_have_count(1)
    expect(current).to_have_attribute("data-story", story["id"])
    expect(current.get_by_text(story["explanation"], exact=True)).to_be_visible()
    query = playground.query()
    assert query["story"] == story["id"]
    assert query.get("surface", "contour") == story["view"]["surface"]
    assert query.get("basins") == story["view"]["basins"]


def test_the_list_tells_every_title_verdict_and_its_evidence(
    playground: Playground, stories: list[dict[str, Any]]
) -> None:
    opener = playground.page.get_by_role("button", name="Stories", exact=True)
    expect(opener).to_have_attribute("aria-expanded", "false")
    tales = unfold(playground)
    expect(opener).to_have_attribute("aria-expanded", "true")
    expect(tales).to_have_count(len(stories))
    assert len(stories) == 10
    for i, story in enumerate(stories):
        tale = tales.nth(i)
        expect(tale.get_by_role("heading")).to_have_text(story["title"])
        expect(tale.locator("blockquote")).to_have_text(story["claim"])
        verdict = story["verdict"].capitalize()
        judgements = tale.locator(".verdict")
        expect(judgements.first).to_have_text(f"{verdict}: {story['evidence']}")
        expect(judgements).to_have_count(1 + len(story["sides"]))
        for at, side in enumerate(story["sides"], start=1):
            answer = f"{side['verdict'].capitalize()}: {side['evidence']}"
            expect(judgements.nth(at)).to_have_text(answer)
    playground.page.keyboard.press("Escape")
    expect(tales.first).to_be_hidden()
    expect(opener).to_be_focused()


def test_every_story_sets_the_whole_view_and_back_leads_to_the_one_before(
    open_playground: OpenPlayground, server: str, stories: list[dict[str, Any]]
) -> None:
    playground = open_playground("?objective=rosenbrock&optimizers=-adam,gd&start=1,1.5&n.seed=7")
    before = playground.page.url
    opening = playground.last().request
    unfold(playground)
    for story in stories:
        open_story(playground, story)
        wait_for(playground, request_of(story["view"], server))
        assert_told(playground, story)
    for story in stories[-2::-1]:
        playground.page.go_back()
        wait_for(playground, request_of(story["view"], server))
        assert_told(playground, story)
    playground.page.go_back()
    wait_for(playground, opening)
    assert playground.page.url == before
    playground.rest()
    assert list(playground.table()) == ["gd"]


def test_a_reload_tells_the_same_story(
    playground: Playground, server: str, stories: list[dict[str, Any]]
) -> None:
    story = stories[2]
    unfold(playground)
    open_story(playground, story)
    wait_for(playground, request_of(story["view"], server))
    url = playground.page.url
    playground.page.reload()
    playground.rest()
    assert playground.page.url == url
    assert ordered(playground.last().request) == request_of(story["view"], server)
    assert_told(playground, story)


def test_a_row_of_a_storys_table_opens_its_own_view(
    playground: Playground, server: str, stories: list[dict[str, Any]]
) -> None:
    story = stories[0]
    row = next(row for row in story["table"]["rows"] if row["view"])
    tales = unfold(playground)
    open_story(playground, story)
    button = tales.first.get_by_role("button", name=row["label"], exact=True)
    button.click()
    wait_for(playground, request_of(row["view"], server))
    expect(button).to_have_attribute("aria-current", "true")
    tales.first.get_by_role("button", name=re.compile("^Back to this story")).click()
    wait_for(playground, request_of(story["view"], server))


def brief(share: float) -> str:
    """Format a share as the matrix does."""
    value = 100 * share
    whole = math.floor(value + 0.5)
    return f"{whole} %" if value == whole or 9 < whole < 100 else percent(share)


def test_the_matrix_has_the_share_of_every_optimizer_on_every_objective_and_marks_the_first(
    playground: Playground, server: str, cells: list[dict[str, Any]]
) -> None:
    assert not any(request.url.endswith("/api/v1/sweep") for request in playground.watch.asked())
    go_to_matrix(playground)
    table = playground.page.locator("#matrix").get_by_role("grid")
    names = {kind: read_names(server, kind) for kind in ("objectives", "optimizers")}
    read = table.evaluate(
        """table => {
          const columns = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
          return [...table.tBodies[0].rows].flatMap((row) =>
            [...row.cells].flatMap((cell, i) => cell.querySelector("button") === null ? [] : [[
              row.cells[0].title, columns[i], cell.querySelector(".share").textContent,
              cell.classList.contains("winner"), cell.querySelector(".rank").textContent,
            ]]),
          );
        }"""
    )
    shown = {(optimizer, objective): rest for optimizer, objective, *rest in read}
    assert len(read) == len(shown) == len(cells)
    assert len(cells) == len(names["objectives"]) * len(names["optimizers"])
    for cell in cells:
        key = names["optimizers"][cell["optimizer"]], names["objectives"][cell["objective"]]
        share = brief(cell["share"]) if cell["works"] else "—"
        *known, rank = shown[key]
        assert (key, *known) == (key, share, cell["rank"] == 1)
        shared = [
            one
            for one in cells
            if one["objective"] == cell["objective"] and one["rank"] == cell["rank"]
        ]
        assert rank.startswith("=") == (cell["works"] and len(shared) > 1)


def test_a_cell_of_the_matrix_shows_its_interval_when_it_has_the_focus(
    playground: Playground, server: str, cells: list[dict[str, Any]]
) -> None:
    names = {kind: read_names(server, kind) for kind in ("objectives", "optimizers")}
    cell = next(one for one in cells if one["objective"] == "beale" and one["works"])
    name = f"{names['optimizers'][cell['optimizer']]} on {names['objectives']['beale']}: "
    go_to_matrix(playground)
    matrix = playground.page.locator("#matrix")
    button = matrix.get_by_role("button", name=re.compile(f"^{re.escape(name)}"))
    button.focus()
    readout = matrix.locator(".cell-readout")
    interval = f"(95 % interval {percent(cell['low'])} to {percent(cell['high'])})"
    expect(readout).to_contain_text(interval)
    expect(button).to_have_accessible_name(str(readout.text_content()))


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.long)])
def test_a_cell_of_the_matrix_opens_its_race(
    playground: Playground, server: str, cells: list[dict[str, Any]], every: int
) -> None:
    names = {kind: read_names(server, kind) for kind in ("objectives", "optimizers")}
    first = {"gd", "sgd", "momentum", "rmsprop", "adam"}
    before = [playground.page.url]
    go_to_matrix(playground)
    # With all of them, each objective and each optimizer occurs once or twice.
    for i, optimizer in [*enumerate(names["optimizers"])][::every]:
        objective = list(names["objectives"])[(i + 2) % len(names["objectives"])]
        here = {cell["optimizer"]: cell for cell in cells if cell["objective"] == objective}
        name = f"{names['optimizers'][optimizer]} on {names['objectives'][objective]}: "
        matrix = playground.page.locator("#matrix")
        button = matrix.get_by_role("button", name=re.compile(f"^{re.escape(name)}"))
        exchange = playground.exchange(button.click)
        assert exchange.request["objective"]["id"] == objective
        asked = {one["id"]: one["hyperparameters"]["lr"] for one in exchange.request["optimizers"]}
        working = [cell for cell in here.values() if cell["works"]]
        best = sorted(working, key=lambda cell: (-cell["share"], cell["steps"]))[:1]
        members = first | {optimizer} | {cell["optimizer"] for cell in best}
        assert asked == {one: here[one]["lr"] for one in members}
        expect(playground.stage).to_be_focused()
        expect(playground.stage).to_be_in_viewport()
        before.append(playground.page.url)
    playground.rest()
    assert set(playground.table()) == asked.keys()
    for url in before[-2::-1]:
        playground.page.go_back()
        expect(playground.page).to_have_url(url)
