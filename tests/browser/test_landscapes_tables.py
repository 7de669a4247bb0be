"""Tables: our accuracy with its range, the paper's, the difference; links from cells to runs."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.backend.landscapes.landscape_samples import make_landscape, make_table
from tests.backend.landscapes.run_samples import RUNS, RunSample
from tests.browser.conftest import SharePage
from tests.browser.landscapes import Landscapes
from tests.servers import run_server

LONELY = RunSample("lonely", "Lonely, in no landscape", epochs=3, accuracy=0.2)
WILD = RunSample("wild", "Wild, too fast", accuracy=0.1, diverges=True)


@pytest.fixture(scope="module")
def tables_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server with a table, some of whose runs have landscapes."""
    folder = tmp_path_factory.mktemp("tables")
    make_landscape("sgd-pca", plane="pca", runs=[RUNS["sgd"]]).write(folder)
    make_table(
        "table-2",
        title="Table II: some runs",
        runs=[RUNS["sgd"], LONELY, WILD],
        paper=[48.16, None, 10.0],
    ).write(folder)
    with run_server(landscapes_folder=str(folder)) as url:
        yield url


@pytest.fixture
def table(share_page: SharePage, tables_server: str) -> Landscapes:
    """The table, open."""
    return share_page("/landscapes?show=table-2", Landscapes, at=tables_server)


def cell(table: Landscapes, run: str) -> Locator:
    """Return a run's cell."""
    return table.page.locator(f'td[data-run="{run}"]')


def texts(table: Landscapes, run: str) -> list[str]:
    """Return the lines of a run's cell; a mark stands behind its number."""
    spans = cell(table, run).locator("span").all_inner_texts()
    return [text.replace("\u00a0", " ").replace("\n", " ") for text in spans]


def test_a_cell_has_our_mean_its_range_and_the_papers(table: Landscapes) -> None:
    # The mark says how the mean compares with the highest of the table: here with too few seeds.
    assert texts(table, "sgd") == ["45.0 △", "44.0–46.0 · 3 seeds", "paper 48.16"]
    assert texts(table, "lonely") == ["20.0 ?", "19.0–21.0 · 3 seeds", "not in the paper"]
    assert texts(table, "wild") == ["10.0 ?", "9.0–11.0 · 3 seeds", "paper 10.00", "diverged"]


def test_a_switch_shows_the_papers_and_the_difference(table: Landscapes) -> None:
    table.page.get_by_role("button", name="Paper", exact=True).click()
    assert texts(table, "sgd")[0] == "48.16"
    assert texts(table, "lonely")[0] == "—"
    table.page.get_by_role("button", name="Difference").click()
    assert texts(table, "sgd")[:2] == ["−3.2", "45.0 − 48.16"]
    assert table.query() == {"show": "table-2", "compare": "difference"}
    table.page.go_back()
    expect(cell(table, "sgd").locator(".main")).to_have_text("48.16")


def test_the_better_a_run_the_farther_its_colour_is_from_the_page(table: Landscapes) -> None:
    def lightness(run: str) -> float:
        target = cell(table, run).locator("a, button")
        colour: str = target.evaluate("e => getComputedStyle(e).backgroundColor")
        return sum(float(part) for part in colour[4:-1].split(","))

    assert lightness("sgd") < lightness("lonely") < lightness("wild")


def test_a_cell_opens_its_runs_landscape(table: Landscapes) -> None:
    cell(table, "sgd").get_by_role("link").click()
    expect(table.landscape).to_be_visible()
    assert table.query()["show"] == "sgd-pca"
    table.page.go_back()
    expect(cell(table, "sgd")).to_be_visible()


def test_a_cell_without_a_landscape_tells_its_numbers(table: Landscapes) -> None:
    detail = table.page.locator("#cell-detail")
    cell(table, "lonely").get_by_role("button").click()
    table.page.mouse.move(2, 2)
    for words in (
        "Lonely, in no landscape",
        "all epochs were made",
        "20.00 %",
        "1,920",
        "No landscape",
    ):
        expect(detail).to_contain_text(words)
    assert table.query() == {"show": "table-2", "cell": "lonely"}
    cell(table, "wild").hover()
    expect(detail).to_contain_text("the loss is not finite")
    table.page.mouse.move(2, 2)
    expect(detail).to_contain_text("Lonely")


def test_arrow_keys_go_from_cell_to_cell(table: Landscapes) -> None:
    cell(table, "sgd").get_by_role("link").focus()
    table.page.keyboard.press("ArrowRight")
    expect(cell(table, "lonely").get_by_role("button")).to_be_focused()
    expect(table.page.locator("#cell-detail")).to_contain_text("Lonely")
    table.page.keyboard.press("Enter")
    expect(cell(table, "lonely").get_by_role("button")).to_have_attribute("aria-pressed", "true")
    expect(cell(table, "lonely").get_by_role("button")).to_be_focused()
    table.page.keyboard.press("End")
    expect(cell(table, "wild").get_by_role("button")).to_be_focused()


def test_what_explains_the_spread_stands_under_the_table(table: Landscapes) -> None:
    expect(table.table).to_contain_text("the learning rate alone explains 75 % (η²)")
