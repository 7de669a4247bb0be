"""Why paths move: arrows, states, the preview under the pointer, guesses."""

from functools import partial
from typing import Any

from playwright.sync_api import Route, expect

from tests.backend.web.arrays import decode
from tests.browser.conftest import OpenPlayground
from tests.browser.painting import read_painting
from tests.browser.playground import Playground

STATES = "/api/v1/states"
DESCENTS = "/api/v1/descents"


def test_arrows_show_what_was_seen_and_done_and_the_readout_what_is_remembered(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground("?optimizers=momentum,adam&start=1.5,1.5&steps=100&step=4")
    page = playground.page
    legend = page.get_by_role("group", name="Arrows", exact=True)
    expect(legend).to_have_count(0)
    exchange = playground.exchange(page.get_by_role("switch", name="Arrows").check, STATES)
    assert playground.query()["arrows"] == "1"
    expect(legend).to_contain_text("velocity −η v (Momentum); −η m̂ (Adam)")
    expect(legend).to_contain_text(
        "step 4: in the plot’s units; the gradient from where it was seen"
    )

    legend.get_by_label("Length of the arrows").select_option("10")
    expect(legend).to_contain_text("10 times as long as in the plot’s units")
    assert playground.query()["arrows"] == "10"
    states: dict[str, Any] = {one["optimizer"]: one for one in exchange.answer["states"]}
    adam = states["adam"]
    step = adam["moves"][-1]
    assert step["kind"] == "step"
    (x, dx), (y, dy) = (
        (decode(adam["seen_at"][axis])[3], decode(step[axis])[3]) for axis in ("x", "y")
    )
    middle = playground.axes().pixel(x + 8 * dx, y + 8 * dy)
    green = playground.colour("adam")
    playground.wait_until(lambda: read_painting(playground.paths).has_at(green, *middle))

    # By keyboard the state at the playhead, by pointer that of the step pointed at.
    playground.bar.get_by_role("button", name="Momentum").focus()
    page.keyboard.press("Tab")
    expect(playground.readout).to_contain_text("Adam, step 4: loss")
    expect(playground.readout).to_contain_text("t = 4   η = ")
    expect(playground.readout).to_contain_text("m̂ = (")
    page.keyboard.press("Shift+Tab")
    expect(playground.readout).to_contain_text("Momentum, step 4: loss")
    expect(playground.readout).not_to_contain_text("m̂")
    (path, _) = playground.last().answer["descents"]
    page.mouse.move(*playground.axes().pixel(decode(path["x"])[3], decode(path["y"])[3]))
    expect(playground.readout).to_contain_text("t = 3   η = ")

    page.get_by_role("switch", name="Arrows").uncheck()
    expect(legend).to_be_hidden()
    assert "arrows" not in playground.query()
    page.get_by_role("switch", name="Arrows").check()
    expect(legend).to_be_visible()
    # A surface has no arrows on it.
    page.get_by_role("button", name="3D").click()
    expect(legend).to_be_hidden()


def test_the_pointer_at_rest_previews_what_a_click_would_start(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground("?preview=on&optimizers=gd,adam&start=1.5,1.5", frozen=True)
    page, axes = playground.page, playground.axes()
    usual = len(playground.watch.bodies(DESCENTS))
    page.mouse.move(*axes.pixel(-1.4, 1.2))
    page.mouse.move(*axes.pixel(-1.5, 1.0))
    exchange = playground.exchange(partial(page.clock.run_for, 500))
    assert axes.means(exchange.request["start"], *axes.pixel(-1.5, 1.0))
    assert len(playground.watch.bodies(DESCENTS)) == usual + 1
    (_, adam) = exchange.answer["descents"]
    at = axes.pixel(decode(adam["x"])[30], decode(adam["y"])[30])

    def is_drawn() -> bool:
        page.clock.run_for(20)
        painting = read_painting(playground.paths)
        row, column = round(at[1] - painting.top), round(at[0] - painting.left)
        near = painting.pixels[row - 2 : row + 3, column - 2 : column + 3, 3]
        return bool(near.any())

    playground.wait_until(is_drawn)
    assert playground.query()["start"] == "1.5,1.5"
    page.mouse.move(5, 5)
    playground.wait_until(lambda: not is_drawn())

    page.get_by_label("Preview").uncheck()
    assert playground.query()["preview"] == "off"
    page.mouse.move(*axes.pixel(-1.5, 0.8))
    page.clock.run_for(1000)
    playground.rest()
    assert len(playground.watch.bodies(DESCENTS)) == usual + 1


def test_a_guess_comes_before_the_path_and_is_judged_after_it(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground("?optimizers=adam,gd&steps=200", routed=True)
    page = playground.page
    page.get_by_role("button", name="Guess first").click()
    panel = page.get_by_role("region", name="Guess first")
    expect(panel).to_contain_text("Click where you think that it ends")
    assert playground.query()["guess"] == "adam"
    playground.wait_until(lambda: is_hidden(playground))
    expect(playground.results).to_be_hidden()

    descents = len(playground.watch.bodies(DESCENTS))
    page.mouse.click(*playground.axes().pixel(-0.5, 0.5))
    expect(panel).to_contain_text("Adam ended at (")
    expect(panel).to_contain_text("from your guess")
    expect(panel).to_contain_text("1 guess")
    expect(playground.results).to_be_visible()
    asked = playground.watch.bodies(DESCENTS)[descents:]
    assert [body["optimizers"][0]["steps"] for body in asked] == [1]  # the guess's basin

    page.mouse.click(*playground.axes().pixel(0.4, 1.5))  # the next round
    expect(panel).to_contain_text("Click where you think that it ends")
    playground.stage.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    expect(panel).to_contain_text("Enter takes it as your guess.")
    start = playground.query()["start"]
    page.keyboard.press("Enter")
    expect(panel).to_contain_text("2 guesses")
    assert playground.query()["start"] == start

    # A guess that comes before its path waits for it, and shows nothing of the path before.
    held: list[Route] = []
    page.route(f"**{DESCENTS}", lambda route: held.append(route))
    panel.get_by_role("button", name="New start").click()
    playground.wait_until(lambda: is_hidden(playground))
    panel.get_by_role("button", name="It diverges").click()
    expect(panel).to_contain_text("The path is on its way.")
    playground.frame()
    assert is_hidden(playground)
    (path,) = held
    page.unroute(f"**{DESCENTS}")
    path.continue_()
    expect(panel).to_contain_text("it did not diverge")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    assert "guess" not in playground.query()


def is_hidden(playground: Playground) -> bool:
    """Tell whether no path is drawn."""
    painting = read_painting(playground.paths)
    return not painting.has(playground.colour("adam"))
