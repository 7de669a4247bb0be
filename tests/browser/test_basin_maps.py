"""Basin maps: the minimum that each start leads to, on the contour and in a table."""

from colorsys import rgb_to_hls
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from tests.backend.web.arrays import decode
from tests.browser.conftest import OpenPlayground
from tests.browser.painting import read_painting
from tests.browser.playground import Playground, enter, read_table
from tests.servers import CLIENT, PATIENCE_SECONDS, run_server

BASINS = "/api/v1/basins"
SLOW = "gd.lr=0.000001&steps=30000"
"""Steps that make a map slow enough for other actions during its computation."""


def percent(share: float) -> str:
    """Format a share as the page does."""
    value = 100 * share
    if 0 < value < 0.1:
        return "<0.1 %"
    if 99.9 < value < 100:
        return ">99.9 %"
    if value in (0, 100):
        return f"{value:.0f} %"
    return f"{Decimal(value).quantize(Decimal('0.1'), ROUND_HALF_UP)} %"


def ask(server: str, body: Any) -> dict[str, str]:
    """Request a map from the server and format it as the page's table does."""
    answer = CLIENT.post(f"{server}{BASINS}", json=body).json()
    best = [one for one in answer["basins"][0]["shares"] if one["global"]]
    return {
        "in its basin": percent(sum(one["share"] for one in best)),
        "★ arrived": percent(sum(one["arrived"] for one in best)),
    }


def progress(playground: Playground) -> Locator:
    """Return the progress bar of the maps."""
    return playground.basins.get_by_role("progressbar")


def finish(playground: Playground) -> dict[str, dict[str, str]]:
    """Return the table once all its maps are complete."""
    shares = playground.basins.locator("tbody")
    expect(shares).not_to_contain_text("…", timeout=1000 * PATIENCE_SECONDS)
    expect(progress(playground)).to_be_hidden()
    return read_table(playground.basins)


def assert_newest(playground: Playground, server: str, optimizers: list[str]) -> None:
    """Check that the complete table matches the server's responses to the newest requests."""
    table = finish(playground)
    newest = {body["optimizers"][0]["id"]: body for body in playground.watch.bodies(BASINS)}
    assert list(table) == optimizers
    for optimizer, cells in table.items():
        expected = ask(server, newest[optimizer])
        assert {name: cells[name] for name in expected} == expected


def heatmap(playground: Playground) -> Any:
    """Return the pixels of the contour's heatmap."""
    return read_painting(playground.stage.locator("> .heatmap")).pixels


def wait_for_change(playground: Playground, before: Any) -> Any:
    """Return the heatmap once most of its pixels have changed."""

    def has_changed() -> bool:
        now = heatmap(playground)
        return now.shape == before.shape and bool(np.mean((now != before).any(axis=2)) > 0.1)

    playground.wait_until(has_changed)
    return heatmap(playground)


def test_the_switch_shows_progress_and_then_a_map_and_the_servers_shares(
    open_playground: OpenPlayground, server: str
) -> None:
    playground = open_playground("?optimizers=gd,momentum,adam&p.a=2.125")
    contour = heatmap(playground)
    expect(playground.basins).to_be_hidden()
    playground.show_basins()
    expect(progress(playground)).to_be_visible()
    assert playground.query()["basins"] == "adam"
    pick = playground.basins.locator('[data-optimizer="gd"]').get_by_role("button")
    pick.focus()
    assert_newest(playground, server, ["gd", "momentum", "adam"])
    expect(pick).to_be_focused()  # while rows are filled, each stays where it is
    wait_for_change(playground, contour)
    first, *_ = playground.watch.bodies(BASINS)
    assert [one["id"] for one in first["optimizers"]] == ["adam"]

    playground.page.get_by_role("switch", name="Basins").uncheck()
    expect(playground.basins).to_be_hidden()
    assert "basins" not in playground.query()
    playground.wait_until(lambda: np.array_equal(heatmap(playground), contour))


def test_the_map_has_a_hue_for_each_minimum_and_is_lighter_where_it_is_reached_sooner(
    open_playground: OpenPlayground, server: str
) -> None:
    playground = open_playground("?objective=himmelblau&optimizers=adam&basins=adam&steps=300")
    finish(playground)
    (body,) = playground.watch.bodies(BASINS)
    answer = CLIENT.post(f"{server}{BASINS}", json=body).json()["basins"][0]
    labels, arrivals = decode(answer["labels"]), decode(answer["steps"])
    painting, axes = read_painting(playground.stage.locator("> .heatmap")), playground.axes()
    minima, tones = np.unique(labels[labels >= 0]), []
    for minimum in minima:
        lights = []
        for j, i in np.argwhere((labels == minimum) & (arrivals >= 0))[::7]:
            x = np.linspace(body["x"]["min"], body["x"]["max"], body["x"]["count"])[i]
            y = np.linspace(body["y"]["min"], body["y"]["max"], body["y"]["count"])[j]
            px, py = axes.pixel(x, y)
            colour = painting.pixels[int(py - painting.top), int(px - painting.left), :3] / 255
            hue, light, _ = rgb_to_hls(*colour)
            tones.append((minimum, hue))
            lights.append((arrivals[j, i], light))
        steps, light = np.array(lights).T
        assert light[steps <= np.quantile(steps, 0.2)].min() > light[steps == steps.max()].max()
    hues = {minimum: np.array([hue for one, hue in tones if one == minimum]) for minimum in minima}
    middles = np.array([np.median(hue) for hue in hues.values()])
    # A pixel at a border may belong to the adjacent cell.
    assert all(np.mean(abs(hues[m] - np.median(hues[m])) < 0.04) > 0.98 for m in minima)
    assert len(minima) == 4 and np.diff(np.sort(middles)).min() > 0.08


def test_another_optimizer_has_another_map_without_computing_it_again(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground("?optimizers=gd,adam&p.a=2.25&steps=300&basins=adam")
    finish(playground)
    adam = heatmap(playground)
    count = len(playground.watch.bodies(BASINS))
    pick = playground.basins.locator('[data-optimizer="gd"]').get_by_role("button")
    pick.click()
    assert playground.query()["basins"] == "gd"
    expect(pick).to_have_attribute("aria-pressed", "true")
    gd = wait_for_change(playground, adam)
    playground.page.go_back()
    playground.wait_until(lambda: np.array_equal(heatmap(playground), adam))
    assert not np.array_equal(gd, adam)
    assert playground.query()["basins"] == "adam"
    assert len(playground.watch.bodies(BASINS)) == count == 2


def test_a_parameter_changed_meanwhile_abandons_the_older_request_for_the_newest(
    open_playground: OpenPlayground, server: str
) -> None:
    playground = open_playground(f"?optimizers=gd&p.a=2.375&{SLOW}")
    parameter = playground.page.locator("#parameters input.number").first
    playground.show_basins()
    expect(progress(playground)).to_be_visible()
    playground.wait_until(lambda: playground.watch.posted(BASINS))
    enter(parameter, 1.5)
    playground.wait_until(lambda: playground.watch.cancelled)
    # With all its steps, the newest map would take as long as the older one.
    enter(playground.page.get_by_role("spinbutton", name="Steps of all optimizers"), 50)
    assert_newest(playground, server, ["gd"])
    newest = playground.watch.bodies(BASINS)[-1]
    assert newest["objective"]["parameters"]["a"] == 1.5
    assert newest["objective"] == playground.last().request["objective"]


@pytest.mark.long
def test_a_server_that_computes_one_map_at_a_time_drops_the_older_for_the_newest(
    open_playground: OpenPlayground,
) -> None:
    # With noise, descents do not converge: the older map would take a minute.
    endless = "?optimizers=sgd&n.std=5&steps=60000"
    with run_server(basin_requests="1", basin_patience="20") as url:
        playground = open_playground(endless, at=url)
        playground.show_basins()
        expect(progress(playground)).to_be_visible()
        steps = playground.page.get_by_role("spinbutton", name="Steps of all optimizers")
        enter(steps, 50)
        assert list(finish(playground)) == ["sgd"]
        assert len(playground.watch.cancelled) == 1


def test_cancel_ends_the_computation_and_the_page_goes_on(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground(f"?optimizers=gd&p.a=2.625&{SLOW}")
    contour = heatmap(playground)
    playground.show_basins()
    playground.wait_until(lambda: playground.watch.posted(BASINS))
    playground.basins.get_by_role("button", name="Cancel").click()
    expect(progress(playground)).to_be_hidden()
    asked = playground.watch.posted(BASINS)
    playground.wait_until(lambda: asked[-1] in playground.watch.cancelled)
    playground.rest()
    assert playground.watch.posted(BASINS) == asked
    assert {cells["★ arrived"] for cells in read_table(playground.basins).values()} == {"…"}
    assert np.array_equal(heatmap(playground), contour)
    playground.exchange(lambda: playground.click(*playground.axes().pixel(0.3, 0.7)))


def test_a_link_with_basins_opens_with_the_map(
    open_playground: OpenPlayground, server: str
) -> None:
    playground = open_playground("?optimizers=gd,adam&p.a=2.75&steps=200&basins=gd")
    expect(playground.page.get_by_role("switch", name="Basins")).to_be_checked()
    assert_newest(playground, server, ["gd", "adam"])
    row = playground.basins.locator('[data-optimizer="gd"]')
    expect(row.get_by_role("button")).to_have_attribute("aria-pressed", "true")
