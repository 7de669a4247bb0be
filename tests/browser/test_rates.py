"""Curves over the learning rate: opened, dragged, in the link, exported; a row of who wins."""

import csv
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from tests.browser.conftest import OpenPlayground
from tests.browser.playground import Playground, read_table
from tests.browser.test_exports import save
from tests.browser.views import go_to_matrix
from tests.servers import CLIENT

CURVES = "/api/v1/rate-curves"


def rates(playground: Playground) -> Locator:
    """Return the panel."""
    return playground.page.locator("#rates")


def finish(playground: Playground) -> dict[str, dict[str, str]]:
    """Return the panel's table once all curves are complete."""
    table = rates(playground).locator(".results")
    expect(table.locator("tbody")).not_to_contain_text("…")
    expect(rates(playground).get_by_role("progressbar")).to_be_hidden()
    return read_table(table)


def slider(playground: Playground, name: str) -> Locator:
    """Return the mark at a variant's rate."""
    return rates(playground).get_by_role("slider", name=f"Learning rate of {name}", exact=True)


def rate_of(handle: Locator) -> float:
    """Return the rate at which a mark stands."""
    return float(handle.get_attribute("aria-valuenow") or "nan")


def test_a_rate_is_dragged_on_its_curve_and_the_path_follows(
    open_playground: OpenPlayground, server: str
) -> None:
    playground = open_playground("?objective=quadratic&optimizers=gd,adam&steps=200")
    playground.page.get_by_role("button", name="Curves over the learning rate").first.click()
    expect(rates(playground).get_by_role("heading", name="Learning rate")).to_be_focused()
    assert playground.query()["rates"] == "gd"
    table = finish(playground)
    asked = playground.watch.bodies(CURVES)
    assert [body["optimizer"]["id"] for body in asked] == ["gd", "adam"]
    answers = [CLIENT.post(f"{server}{CURVES}", json=body).json() for body in asked]
    best = {one["optimizer"]: one["best"]["score"]["lr"] for one in answers}
    assert {id: float(row["best η"]) for id, row in table.items()} == pytest.approx(best, rel=0.05)
    # The default condition number is 20, so that the largest eigenvalue is 20 and the limit 2/20.
    expect(rates(playground)).to_contain_text("GD 0.1 at (0.00, 0.00)")

    handle = slider(playground, "Gradient descent")
    before = rate_of(handle)
    x, y = playground.centre(handle)
    playground.page.mouse.move(x, y)
    playground.page.mouse.down()
    followed = playground.exchange(lambda: playground.page.mouse.move(x - 40, y, steps=4))
    playground.page.mouse.up()
    playground.wait_until(
        lambda: (
            playground.last().request["optimizers"][0]["hyperparameters"]["lr"] == rate_of(handle)
        )
    )
    assert rate_of(handle) < before / 5
    assert followed.request["optimizers"][0]["hyperparameters"]["lr"] < before
    playground.wait_until(lambda: float(playground.query()["gd.lr"]) == rate_of(handle))
    dragged = rate_of(handle)
    playground.exchange(lambda: handle.press("ArrowRight"))
    pressed = pytest.approx(dragged * 10 ** (1 / 20), rel=0.01)
    playground.wait_until(lambda: rate_of(handle) == pressed)
    expect(handle).to_have_attribute("aria-valuetext", re.compile("of starts arrive"))
    playground.exchange(lambda: handle.press("PageDown"))
    playground.wait_until(lambda: rate_of(handle) != pressed)
    # A button of the table is pressed while numbers arrive in it.
    take = rates(playground).locator('[data-optimizer="gd"]').get_by_role("button").last
    take.scroll_into_view_if_needed()
    playground.page.mouse.move(*playground.centre(take))
    playground.page.mouse.down()
    playground.exchange(playground.page.go_back)
    playground.wait_until(lambda: rate_of(handle) == pressed)
    playground.rest()
    assert len(playground.watch.bodies(CURVES)) == 2, "a rate that moves measures nothing anew"

    playground.exchange(playground.page.mouse.up)
    playground.wait_until(lambda: rate_of(handle) == best["gd"])
    rates(playground).get_by_role("button", name="Close").click()
    expect(rates(playground)).to_be_hidden()
    assert "rates" not in playground.query()


def test_a_link_opens_the_curves_and_a_map_which_leave_as_files(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground(
        "?objective=himmelblau&optimizers=momentum,-gd&steps=100&rates=momentum&across=momentum",
        viewport={"width": 390, "height": 844},
    )
    assert list(finish(playground)) == ["momentum"]
    cells = rates(playground).get_by_role("grid").get_by_role("button")
    expect(cells).to_have_count(8 * 45)
    expect(rates(playground)).to_contain_text("128 starts")
    width = playground.page.evaluate("() => document.documentElement.scrollWidth")
    assert width == 390
    cells.first.focus()
    playground.page.keyboard.press("ArrowDown")
    told: Any = playground.page.evaluate("() => document.activeElement.getAttribute('aria-label')")
    assert told.startswith("momentum 0.995: At 1e−8")
    playground.exchange(lambda: playground.page.keyboard.press("Enter"))
    assert (playground.query()["momentum.lr"], playground.query()["momentum.momentum"]) == (
        "1e-8",
        "0.995",
    )
    playground.page.get_by_role("button", name="Export", exact=True).click()
    name, path = save(playground, "Learning rate", "CSV")
    assert name.endswith("_learning-rates.csv")
    lines = path.read_text().splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert [row["across"] for row in rows].count("momentum") == 8 * 45
    assert [row["across"] for row in rows].count("") == 45
    assert any("himmelblau" in line for line in lines if line.startswith("#"))
    _, drawing = save(playground, "Learning rate", "SVG")
    text = drawing.read_text()
    assert (
        "learning rate η" in text and "median arrival, in gradients" in text and "2(1+μ)/λ" in text
    )
    _, picture = save(playground, "Learning rate", "PNG")
    assert picture.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_a_row_of_who_wins_is_measured_with_the_pages_function_and_budget(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground("?f=x^2%2B3*y^2&steps=60")
    go_to_matrix(playground)
    matrix = playground.page.locator("#matrix")
    # It stands first, and unfolded, because a typed function is in no column.
    expect(matrix.locator("h2 ~ p.finding").first).to_contain_text("Your function is in no column")
    matrix.get_by_role("button", name="Measure").click()
    table = matrix.locator(".row-panel")
    rated = [one for one in OPTIMIZERS.values() if not one.searches_lines]
    expect(table.locator("tbody tr")).to_have_count(len(rated))
    shares = [row["arrive"] for row in read_table(table).values()]
    order = [float(share.split()[0].lstrip("<>")) if share[0].isdigit() else -1 for share in shares]
    assert order == sorted(order, reverse=True)
    bodies = playground.watch.bodies(CURVES)
    assert len(bodies) == len(rated)
    assert {body["optimizer"]["steps"] for body in bodies} == {60}
    assert all(body["objective"]["expression"] == "x^2+3*y^2" for body in bodies)
