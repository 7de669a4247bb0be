"""Playback of a landscape's runs, with charts on the same clock."""

import pytest
from playwright.sync_api import expect

from tests.backend.landscapes.run_samples import RUNS, TRAIN_IMAGES
from tests.browser.conftest import OpenLandscapes
from tests.browser.landscape_view import COLOURS, View, place
from tests.browser.painting import read_painting
from tests.browser.playground import parse_numbers


@pytest.mark.parametrize(
    ("clock", "ends"),
    [
        ("Steps", {"gd": 40, "sgd": 200, "adam": 200}),
        ("Epochs", {"gd": 40, "sgd": 20, "adam": 20}),
        ("Images", {run: RUNS[run].epochs * TRAIN_IMAGES for run in ("gd", "sgd", "adam")}),
    ],
)
def test_each_clock_lets_each_run_go_to_its_own_end(
    view: View, clock: str, ends: dict[str, float]
) -> None:
    view.choose("Playback counts", clock)
    end = max(ends.values())
    assert parse_numbers(view.playhead()) == [end, end]
    view.seek(end / 4)
    painting, axes = read_painting(view.paths), view.axes()
    for run, own in ends.items():
        assert painting.has_at(COLOURS[run], *axes.pixel(*place(run, min(end / 4 / own, 1))), 5)
    view.page.wait_for_function("() => new URLSearchParams(location.search).has('at')")
    assert float(view.landscapes.query()["at"]) == pytest.approx(end / 4)
    view.page.reload()
    view.rest()
    assert parse_numbers(view.playhead()) == [end / 4, end]
    for number in (0, 1):
        px, _ = view.chart_axes(number).pixel(end / 4, 0)
        chart = read_painting(view.charts.nth(number).locator("> .paths"))
        column = round(px - chart.left)
        assert (chart.pixels[:, column - 1 : column + 2, 3] > 0).any(axis=1).mean() > 0.5


def test_playing_goes_on_and_stops_at_the_end(view: View) -> None:
    def at() -> float:
        return parse_numbers(view.playhead())[0]

    assert parse_numbers(view.playhead()) == [40, 40]
    playing = view.transport.get_by_role("button", name="Pause")
    view.page.locator("body").press("Space")
    view.landscapes.wait_until(lambda: 0 < at() < 40)
    view.page.locator("body").press("Space")
    expect(playing).to_be_hidden()
    held = at()
    view.page.wait_for_timeout(500)
    assert at() == held
    view.transport.get_by_role("button", name="To the next snapshot").click()
    assert at() > held or held == 40
    view.transport.get_by_role("combobox", name="Speed").select_option("4")
    view.transport.get_by_role("button", name="Play").click()
    view.landscapes.wait_until(lambda: at() == 40)
    expect(playing).to_be_hidden()


def test_it_plays_by_itself_unless_motion_is_unwanted(open_landscapes: OpenLandscapes) -> None:
    moving = open_landscapes("?show=optimizers", reduced_motion="no-preference", rest=False)
    playing = moving.landscape.get_by_role("button", name="Pause")
    expect(playing).to_be_visible()
    calm = View(open_landscapes("?show=optimizers"))
    expect(calm.root.get_by_role("button", name="Pause")).to_be_hidden()
    assert parse_numbers(calm.playhead()) == [40, 40]


def test_the_charts_show_loss_and_accuracy(view: View) -> None:
    axes = view.chart_axes(1)
    painting = read_painting(view.charts.nth(1).locator("> .paths"))
    assert painting.has_at(COLOURS["adam"], *axes.pixel(20, RUNS["adam"].accuracy), 4)
    view.page.mouse.move(*axes.pixel(10, RUNS["adam"].accuracy / 2))
    expect(view.charts.nth(1).locator(".readout")).to_contain_text(", epoch 10: 2")
    linear = view.chart_axes(0)
    view.choose("Scale of the losses", "Log")
    view.landscapes.wait_until(lambda: view.chart_axes(0) != linear)
    assert view.landscapes.query()["chart"] == "log"


def test_true_loss_and_loss_in_the_plane_are_drawn_on_request(view: View) -> None:
    truth = view.root.locator(".truth .loss")
    expect(truth).to_be_hidden()
    view.choose("True loss against loss in the plane", "True loss against loss in the plane")
    expect(truth.locator(".xtick text").first).to_be_visible()
    assert view.landscapes.query()["truth"] == "true"
    assert read_painting(truth.locator(".paths")).has(COLOURS["gd"])
