"""Playback: transport row, keys, and one playhead for all paths and charts."""

import math

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.backend.web.arrays import decode
from tests.browser.conftest import OpenPlayground
from tests.browser.painting import read_painting
from tests.browser.playground import Playground, parse_number, unit_of_last_digit

SECONDS_AT_SPEED_1 = 8


def test_play_and_pause_move_and_hold_the_playhead(open_playground: OpenPlayground) -> None:
    playground = open_playground(frozen=True)
    clock, transport = playground.page.clock, playground.transport
    transport.get_by_role("button", name="Back to the start").click()
    assert playground.step() == 0
    transport.get_by_role("button", name="Play").click()
    clock.run_for(2000)
    first = playground.step()
    clock.run_for(2000)
    assert 0 < first < playground.step() < playground.end()
    transport.get_by_role("button", name="Pause").click()
    held = playground.step()
    clock.run_for(5000)
    assert playground.step() == held
    expect(transport.get_by_role("button", name="Play")).to_be_visible()


def test_the_playhead_stops_at_the_end_and_plays_from_the_start_again(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground("?speed=4", frozen=True)
    play = playground.transport.get_by_role("button", name="Play")
    assert playground.step() == playground.end() == 1000
    play.click()
    playground.page.clock.run_for(500)
    assert 0 < playground.step() < 1000
    playground.page.clock.run_for(5000)
    assert playground.step() == 1000
    expect(play).to_be_visible()


@pytest.mark.parametrize("speed", [pytest.param(0.5, marks=pytest.mark.long), 4])
def test_at_a_speed_the_longest_descent_takes_so_much_less_time(
    open_playground: OpenPlayground, speed: float
) -> None:
    playground = open_playground(frozen=True)
    playground.transport.get_by_role("combobox", name="Speed").select_option(str(speed))
    playground.transport.get_by_role("button", name="Play").click()
    playground.page.clock.run_for(round(1000 * SECONDS_AT_SPEED_1 / speed) - 200)
    assert playground.step() < playground.end()
    playground.page.clock.run_for(400)
    assert playground.step() == playground.end()


def test_space_plays_and_pauses_wherever_it_does_nothing_else(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground(frozen=True)
    page = playground.page
    playing = playground.transport.get_by_role("button", name="Pause")
    for place in (page.locator("body"), playground.stage, playground.handle):
        place.focus()
        page.keyboard.press("Space")
        expect(playing).to_be_visible()
        page.clock.run_for(500)
        page.keyboard.press("Space")
        expect(playing).to_be_hidden()
        assert 0 < playground.step() < playground.end()
    playground.circle("adam").focus()
    page.keyboard.press("Space")
    expect(playing).to_be_hidden()
    expect(playground.circle("adam")).to_have_attribute("aria-pressed", "false")


def test_single_steps_forward_and_back(playground: Playground) -> None:
    forward = playground.transport.get_by_role("button", name="One step forward")
    back = playground.transport.get_by_role("button", name="One step back")
    playground.seek(40)
    forward.click()
    assert playground.step() == 41
    back.click()
    back.click()
    assert playground.step() == 39
    playground.transport.get_by_role("button", name="Back to the start").click()
    back.click()
    assert playground.step() == 0
    playground.seek(1000)
    forward.click()
    assert playground.step() == 1000


def test_a_step_taken_while_playing_pauses(open_playground: OpenPlayground) -> None:
    playground = open_playground(frozen=True)
    playground.transport.get_by_role("button", name="Play").click()
    playground.page.clock.run_for(1000)
    playground.transport.get_by_role("button", name="One step forward").click()
    at = playground.step()
    playground.page.clock.run_for(1000)
    assert playground.step() == at


def test_the_scrubber_is_worked_by_pointer_and_keys(playground: Playground) -> None:
    box = playground.scrubber.bounding_box()
    assert box is not None
    playground.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert playground.step() == pytest.approx(500, abs=5)
    for key, step in (("Home", 0), ("ArrowRight", 1), ("End", 1000), ("ArrowLeft", 999)):
        playground.scrubber.press(key)
        assert playground.step() == step


@pytest.mark.parametrize("scale", ["linear", pytest.param("log", marks=pytest.mark.long)])
def test_one_playhead_stands_in_the_table_on_the_contour_and_on_the_loss_chart(
    open_playground: OpenPlayground, scale: str
) -> None:
    playground = open_playground(f"?start=0.4,1.6&loss={scale}&step=120")
    assert_one_playhead(playground, scale, 120)
    for step in (0, 7, 1000):
        playground.seek(step)
        playground.frame()
        assert_one_playhead(playground, scale, step)


def assert_one_playhead(playground: Playground, scale: str, step: int) -> None:
    """Check that transport, table, contour and loss chart show a step of all descents."""
    answer = playground.last().answer
    assert playground.count() == (step, 1000)
    assert playground.scrubber.input_value() == str(step)
    table, axes = playground.table(), playground.axes()
    stage = read_painting(playground.paths)
    colours = [playground.colour(descent["optimizer"]) for descent in answer["descents"]]
    losses = {}
    for descent in answer["descents"]:
        steps = decode(descent["step"])
        i = int(np.searchsorted(steps, min(step, descent["steps"]), side="right")) - 1
        assert steps[i] == min(step, descent["steps"])
        x, y, loss = (float(decode(descent[name])[i]) for name in ("x", "y", "loss"))
        losses[descent["optimizer"]] = loss
        written = table[descent["optimizer"]]["Loss"]
        assert abs(parse_number(written) - loss) <= 0.5001 * unit_of_last_digit(written)
        # Where several heads overlap, the last one is on top.
        assert any(stage.has_at(colour, *axes.pixel(x, y)) for colour in colours)

    chart, axes = read_painting(playground.loss.locator("> .paths")), playground.loss_axes()
    every = [float(v) for descent in answer["descents"] for v in decode(descent["loss"])]
    lowest = min(*every, *(minimum["value"] for minimum in answer["minima"]))
    for descent in answer["descents"]:
        loss = losses[descent["optimizer"]]
        height = loss if scale == "linear" else math.log10(max(loss - lowest, 1e-16))
        place = axes.pixel(min(step, descent["steps"]), height)
        assert any(chart.has_at(colour, *place) for colour in colours)
    px, _ = axes.pixel(step, 0)
    rule = chart.pixels[:, round(px - chart.left) - 1 : round(px - chart.left) + 2, 3]
    assert (rule > 0).any(axis=1).sum() >= axes.height - 2


def test_the_loss_chart_is_linear_or_logarithmic(playground: Playground) -> None:
    ticks = playground.loss.locator("> .lines .ytick text")
    assert not any("10" in text for text in ticks.all_text_contents())
    linear = playground.loss_axes()
    playground.choose("Scale of the loss", "Log (f − f*)")
    expect(ticks.first).to_contain_text("10")
    assert playground.loss_axes().y0 < 0 and playground.loss_axes() != linear
    playground.choose("Scale of the loss", "Linear")
    playground.wait_until(lambda: playground.loss_axes() == linear)


def test_hovering_over_a_loss_line_names_it_with_its_step_and_loss(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground("?optimizers=gd&start=1.5,1.5&steps=30")
    (gd,) = playground.last().answer["descents"]
    loss = float(decode(gd["loss"])[4])
    playground.page.mouse.move(*playground.loss_axes().pixel(4, loss))
    readout = playground.loss.locator("> .readout")
    expect(readout).to_contain_text("GD, step 4: ")
    written = readout.inner_text().rpartition(" ")[2]
    assert abs(parse_number(written) - loss) <= 0.5001 * unit_of_last_digit(written)


def test_a_click_on_the_loss_chart_moves_the_playhead_there(playground: Playground) -> None:
    axes = playground.loss_axes()
    playground.page.mouse.click(*axes.pixel(250, (axes.y0 + axes.y1) / 2))
    assert playground.count() == (250, 1000)
    playground.wait_until(lambda: playground.query().get("step") == "250")


def test_nothing_plays_by_itself_under_reduced_motion(open_playground: OpenPlayground) -> None:
    playground = open_playground(frozen=True)
    playing = playground.transport.get_by_role("button", name="Pause")
    acts = [
        lambda: playground.click(700, 300),
        lambda: playground.thumbnail("beale").click(),
        lambda: playground.choose("Hyperparameters", "As in the article"),
    ]
    for act in acts:
        playground.exchange(act)
        playground.page.clock.run_for(1000)
        playground.rest()
        assert playground.step() == playground.end()
        expect(playing).to_be_hidden()
    moving = "document.getAnimations().filter((one) => one.playState === 'running').length"
    assert playground.page.evaluate(moving) == 0
