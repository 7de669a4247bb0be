"""Starting descents by click, drag and keys; the readout on hover."""

import math
from functools import partial

import pytest
from playwright.sync_api import expect

from tests.backend.web.arrays import decode
from tests.browser.conftest import OpenPlayground
from tests.browser.painting import read_painting
from tests.browser.playground import (
    Playground,
    parse_number,
    unit_of_last_digit,
)

FIVE = ["gd", "sgd", "momentum", "rmsprop", "adam"]
FRAME_MS = 17
ARROWS = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, -1), "ArrowDown": (0, 1)}
"""Keys, with the direction in which they move the start on the screen."""

COUNT_PLOTLY_CALLS = """() => {
  window.plotlyCalls = [];
  for (const [name, call] of Object.entries(Plotly)) {
    if (typeof call !== "function") continue;
    Plotly[name] = (...rest) => {
      window.plotlyCalls.push(name);
      return call(...rest);
    };
  }
}"""


def test_a_click_starts_all_five_from_exactly_the_point_under_the_pointer(
    playground: Playground,
) -> None:
    px, py = (round(pixel) for pixel in playground.axes().pixel(0.5, 1.1))
    exchange = playground.exchange(lambda: playground.click(px, py))
    assert playground.axes().means(exchange.request["start"], px, py)
    assert [one["optimizer"] for one in exchange.answer["descents"]] == FIVE
    playground.rest()
    assert list(playground.table()) == FIVE
    painting = read_painting(playground.paths)
    assert all(painting.has(playground.colour(one)) for one in FIVE)


def test_a_click_beside_two_tick_marks_starts_at_the_numbers_they_bear(
    playground: Playground,
) -> None:
    centres, numbers = [], []
    for name in ("xtick", "ytick"):
        label = playground.stage.locator(f"> .lines .{name} text").nth(2)
        box = label.bounding_box()
        assert box is not None
        centres.append((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2))
        numbers.append(parse_number(label.text_content() or ""))
    (px, _), (_, py) = centres
    start = playground.exchange(lambda: playground.click(px, py)).request["start"]
    # A label's box is centred on its mark to within a fraction of a letter.
    assert playground.axes().pixel(*numbers) == pytest.approx((px, py), abs=3)
    assert playground.axes().means(start, px, py)


def test_the_playhead_runs_from_the_first_step_after_a_click(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground("?speed=4", frozen=True, reduced_motion="no-preference")
    playground.page.clock.run_for(3000)
    assert playground.step() == playground.end()
    playground.exchange(lambda: playground.click(700, 300))
    playground.wait_until(lambda: playground.step() == 0)
    playground.page.clock.run_for(1000)
    assert 0 < playground.step() < playground.end()


def test_a_click_on_the_tick_labels_starts_nothing(playground: Playground) -> None:
    axes = playground.axes()
    playground.click(axes.left - 20, axes.top + axes.height / 2)
    playground.click(axes.left + axes.width / 2, axes.top + axes.height + 15)
    playground.rest()
    assert len(playground.watch.bodies("/api/v1/descents")) == 1


def test_a_tap_starts_too(open_playground: OpenPlayground) -> None:
    playground = open_playground(has_touch=True)
    exchange = playground.exchange(lambda: playground.page.touchscreen.tap(700, 300))
    assert playground.axes().means(exchange.request["start"], 700, 300)


def test_dragging_the_start_recomputes_while_the_pointer_moves_without_plotly(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground(frozen=True)
    page, axes = playground.page, playground.axes()
    px, py = playground.centre(playground.handle)
    page.mouse.move(px, py)
    page.mouse.down()
    page.evaluate(COUNT_PLOTLY_CALLS)
    for i in range(1, 11):
        to = (px + 8 * i, py - 5 * i)
        exchange = playground.exchange(partial(page.mouse.move, *to))
        assert axes.means(exchange.request["start"], *to)
        assert [one["optimizer"] for one in exchange.answer["descents"]] == FIVE
        page.clock.run_for(FRAME_MS)
        assert playground.centre(playground.handle) == pytest.approx(to, abs=1)
    assert page.evaluate("plotlyCalls") == []
    page.mouse.up()
    page.clock.run_for(1000)
    playground.wait_until(lambda: page.evaluate("plotlyCalls.length") > 0)
    assert playground.watch.bodies("/api/v1/descents")[-1]["start"] == exchange.request["start"]


def test_paths_follow_the_start_while_it_is_dragged(open_playground: OpenPlayground) -> None:
    playground = open_playground("?optimizers=gd&start=1.5,1.5&steps=20", frozen=True)
    page, axes = playground.page, playground.axes()
    page.mouse.move(*axes.pixel(1.5, 1.5))
    page.mouse.down()
    for x in (1.2, 0.9, 0.6):
        exchange = playground.exchange(partial(page.mouse.move, *axes.pixel(x, 1.6)))
        (descent,) = exchange.answer["descents"]
        points = list(zip(decode(descent["x"]), decode(descent["y"]), strict=True))

        def is_drawn(points: list[tuple[float, float]] = points) -> bool:
            page.clock.run_for(FRAME_MS)
            painting, colour = read_painting(playground.paths), playground.colour("gd")
            return all(painting.has_at(colour, *axes.pixel(*point)) for point in points[1:])

        playground.wait_until(is_drawn)


def test_a_double_click_leaves_the_start_where_it_was_and_shows_all(
    playground: Playground,
) -> None:
    start = playground.last().request["start"]
    playground.stage.press("+")
    playground.rest()
    px, py = playground.axes().pixel(-0.4, 0.9)
    playground.page.mouse.dblclick(px, py)
    playground.rest()
    assert playground.last().request["start"] == start
    assert playground.query() == {}


def test_a_slow_double_click_whose_second_click_meets_the_handle_does_the_same(
    playground: Playground,
) -> None:
    mouse = playground.page.mouse
    start = playground.last().request["start"]
    playground.stage.press("+")
    playground.rest()
    mouse.click(*playground.axes().pixel(-0.4, 0.9))
    playground.rest()
    assert playground.last().request["start"] != start
    mouse.down(click_count=2)
    mouse.up(click_count=2)
    playground.rest()
    assert playground.last().request["start"] == start
    assert playground.query() == {}


def test_a_drag_is_one_step_back_in_the_history(playground: Playground) -> None:
    page, axes = playground.page, playground.axes()
    page.mouse.click(*axes.pixel(0.5, 1.0))
    playground.rest()
    clicked = playground.query()["start"]
    page.mouse.move(*axes.pixel(0.5, 1.0))
    page.mouse.down()
    page.mouse.move(*axes.pixel(1.0, 1.2), steps=6)
    page.mouse.up()
    playground.rest()
    playground.wait_until(lambda: playground.query()["start"] == link_of(playground))
    assert link_of(playground) != clicked
    playground.exchange(page.go_back)
    assert playground.query()["start"] == link_of(playground) == clicked


def link_of(playground: Playground) -> str:
    """Return the last computed start in the format of a link."""
    start = playground.watch.bodies("/api/v1/descents")[-1]["start"]
    return f"{start['x']:.12g},{start['y']:.12g}"


def test_the_start_cannot_be_dragged_out_of_sight(playground: Playground) -> None:
    page, axes = playground.page, playground.axes()
    page.mouse.move(*playground.centre(playground.handle))
    page.mouse.down()
    exchange = playground.exchange(lambda: page.mouse.move(axes.left - 300, 5))
    page.mouse.up()
    assert axes.means(exchange.request["start"], axes.left, axes.top)
    playground.rest()
    expect(playground.handle).to_be_visible()


@pytest.mark.parametrize("focused", ["stage", "start"])
def test_arrow_keys_move_the_start_and_shift_makes_them_finer(
    playground: Playground, focused: str
) -> None:
    axes = playground.axes()
    (playground.stage if focused == "stage" else playground.handle).focus()
    before = axes.pixel(**playground.last().request["start"])
    for key, (right, down) in ARROWS.items():
        for press, part in ((key, 0.01), (f"Shift+{key}", 0.001)):
            exchange = playground.exchange(partial(playground.page.keyboard.press, press))
            after = axes.pixel(**exchange.request["start"])
            step = part * axes.width
            expected = (before[0] + step * right, before[1] + step * down)
            assert after == pytest.approx(expected, abs=0.11)
            before = after


def value_and_gradient(x: float, y: float) -> tuple[float, float, float]:
    """Return value and gradient of the article's function with a=2, b=3, c=d=0.2."""
    right = 2 * math.exp(-((x - 1) ** 2 + y**2) / 0.2)
    left = 3 * math.exp(-((x + 1) ** 2 + y**2) / 0.2)
    return (
        x**2 + y**2 - right - left,
        2 * x + right * 2 * (x - 1) / 0.2 + left * 2 * (x + 1) / 0.2,
        2 * y + right * 2 * y / 0.2 + left * 2 * y / 0.2,
    )


def test_hovering_shows_value_and_gradient_true_to_every_digit_shown(
    playground: Playground,
) -> None:
    axes = playground.axes()
    for at in ((1.3, 0.4), (-0.8, -0.3), (0.2, 1.7), (1.8, -1.1)):
        px, py = (round(pixel) for pixel in axes.pixel(*at))
        x, y = axes.data(px, py)
        playground.page.mouse.move(px, py)
        place = f"({x:.3f}, {y:.3f})".replace("-", "−")
        expect(playground.readout).to_contain_text(place)
        playground.rest()
        shown = playground.readout.inner_text().partition("f =")[2].replace("∇f = ", ",")
        written = [part.strip(" ()") for part in shown.split(",")]
        for text, true in zip(written, value_and_gradient(x, y), strict=True):
            assert abs(parse_number(text) - true) <= 0.5001 * unit_of_last_digit(text)


def test_hovering_over_a_path_names_it_with_its_step_and_loss(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground("?optimizers=adam&start=1.5,1.5&steps=100")
    (adam,) = playground.last().answer["descents"]
    x, y, loss = (float(decode(adam[name])[40]) for name in ("x", "y", "loss"))
    playground.page.mouse.move(*playground.axes().pixel(x, y))
    expect(playground.readout).to_contain_text("Adam, step 40: loss")
    written = playground.readout.inner_text().partition("loss ")[2].split()[0]
    assert abs(parse_number(written) - loss) <= 0.5001 * unit_of_last_digit(written)


def test_the_readout_leaves_with_the_pointer(playground: Playground) -> None:
    playground.page.mouse.move(*playground.axes().pixel(-1.5, 1.5))
    expect(playground.readout).to_be_visible()
    playground.page.mouse.move(5, 5)
    expect(playground.readout).to_be_hidden()
