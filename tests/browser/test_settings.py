"""Parameters, hyperparameters, budgets and noise, set by sliders and number fields."""

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.backend.web.arrays import decode
from tests.browser.conftest import OpenPlayground
from tests.browser.painting import read_painting
from tests.browser.playground import Playground, enter
from tests.servers import CLIENT

LEGIBLE_PX = 12
BOWL = {"a": 2, "b": 3, "c": 0.2, "d": 0.2}


def find_optimizer(request: Any, id: str) -> Any:
    """Return a request's settings of an optimizer."""
    (found,) = [one for one in request["optimizers"] if one["id"] == id]
    return found


def parameter(playground: Playground, index: int) -> tuple[Locator, Locator]:
    """Return slider and number field of a parameter of the objective."""
    control = playground.page.locator("#parameters .control").nth(index)
    return control.get_by_role("slider"), control.get_by_role("spinbutton")


def hyperparameter(panel: Locator, name: str) -> tuple[Locator, Locator]:
    """Return slider and number field of a hyperparameter."""
    return (
        panel.get_by_role("slider", name=name, exact=True),
        panel.get_by_role("spinbutton", name=f"{name}, exact value"),
    )


def test_a_parameter_is_set_exactly_by_its_field(playground: Playground) -> None:
    slider, field = parameter(playground, 1)
    surface = playground.exchange(lambda: enter(field, 1.2345), "/api/v1/surfaces")
    playground.rest()
    descents = playground.last()
    expected = {"id": "two-gaussian-bowl", "parameters": BOWL | {"b": 1.2345}}
    assert surface.request["objective"] == descents.request["objective"] == expected
    assert slider.get_attribute("aria-valuetext") == "1.2345"
    # Now the right minimum is the lower one.
    best = max(descents.answer["minima"], key=lambda minimum: bool(minimum["global"]))
    assert best["x"] > 0.9


def test_a_parameter_is_set_by_its_slider_and_its_field_shows_the_value(
    playground: Playground,
) -> None:
    slider, field = parameter(playground, 0)
    exchange = playground.exchange(lambda: slider.fill("100"))
    value = exchange.request["objective"]["parameters"]["a"]
    assert value != 2 and field.input_value() == f"{value:g}"
    slider.press("ArrowRight")
    playground.rest()
    assert playground.last().request["objective"]["parameters"]["a"] > value


def test_a_hyperparameter_is_set_by_slider_and_field(playground: Playground) -> None:
    panel = playground.panel("momentum")
    slider, field = hyperparameter(panel, "Learning rate")
    exchange = playground.exchange(lambda: enter(field, 0.0123))
    assert find_optimizer(exchange.request, "momentum")["hyperparameters"]["lr"] == 0.0123
    before = playground.watch.bodies("/api/v1/descents")[0]
    for other in ("gd", "sgd", "rmsprop", "adam"):
        assert find_optimizer(exchange.request, other) == find_optimizer(before, other)
    playground.exchange(lambda: slider.fill("300"))
    playground.rest()
    lr = find_optimizer(playground.last().request, "momentum")["hyperparameters"]["lr"]
    assert lr > 0.0123 and float(field.input_value()) == lr
    expect(panel.locator("summary")).to_contain_text(f"lr (η) {lr:g}")


def test_a_switch_of_a_rule_is_set_and_reset_leads_back(playground: Playground) -> None:
    before = playground.last().request
    panel = playground.panel("adam")
    bias_correction = panel.get_by_role("switch", name="Bias correction")
    exchange = playground.exchange(bias_correction.uncheck)
    adam = find_optimizer(exchange.request, "adam")
    assert adam["hyperparameters"]["bias_correction"] is False
    exchange = playground.exchange(panel.get_by_role("button", name="Reset").click)
    assert exchange.request == before
    expect(bias_correction).to_be_checked()


def test_every_optimizer_shows_its_formula_as_mathematics(playground: Playground) -> None:
    for optimizer in playground.table():
        formula = playground.panel(optimizer).locator(".formula math")
        expect(formula).to_be_visible()
        assert formula.evaluate("e => e.namespaceURI") == "http://www.w3.org/1998/Math/MathML"
        assert formula.locator("msub, mi").count() > 3
    smallest = playground.page.evaluate(
        """Math.min(...[...document.querySelectorAll("math :is(mi, mn, mo)")]
          .map((leaf) => parseFloat(getComputedStyle(leaf).fontSize)))"""
    )
    assert smallest >= LEGIBLE_PX


def test_budgets_are_set_for_all_and_for_one(playground: Playground) -> None:
    every = playground.page.get_by_role("spinbutton", name="Steps of all optimizers")
    exchange = playground.exchange(lambda: enter(every, 77))
    assert {one["steps"] for one in exchange.request["optimizers"]} == {77}
    adam = playground.panel("adam").get_by_role("spinbutton", name="Steps of Adam")
    exchange = playground.exchange(lambda: enter(adam, 140))
    assert {one["id"]: one["steps"] for one in exchange.request["optimizers"]} == {
        "gd": 77, "sgd": 77, "momentum": 77, "rmsprop": 77, "adam": 140
    }  # fmt: skip
    playground.rest()
    assert playground.end() == 140


def test_the_preset_as_in_the_article_is_what_the_server_says_it_is(
    playground: Playground, server: str
) -> None:
    optimizers = CLIENT.get(f"{server}/api/v1/optimizers").json()["optimizers"]
    article = {one["id"]: one["article"] for one in optimizers}
    exchange = playground.exchange(
        lambda: playground.choose("Hyperparameters", "As in the article")
    )
    for one in exchange.request["optimizers"]:
        assert {"hyperparameters": one["hyperparameters"], "steps": one["steps"]} == article[
            one["id"]
        ]
    assert exchange.request["noise"]["std"] == 0
    back = playground.exchange(lambda: playground.choose("Hyperparameters", "Swept defaults"))
    assert back.request == playground.watch.bodies("/api/v1/descents")[0]


def test_noise_is_set_and_drawn_again(playground: Playground) -> None:
    noise = playground.noise()
    deviation = noise.get_by_role("spinbutton", name="Standard deviation")
    exchange = playground.exchange(lambda: enter(deviation, 2.5))
    assert exchange.request["noise"]["std"] == 2.5
    exchange = playground.exchange(
        lambda: enter(noise.get_by_role("spinbutton", name="Batch size"), 4)
    )
    assert exchange.request["noise"]["batch_size"] == 4
    seed = exchange.request["noise"]["seed"]
    again = playground.exchange(noise.get_by_role("button", name="Draw again").click)
    assert again.request["noise"]["seed"] == seed + 1
    for old, new in zip(exchange.answer["descents"], again.answer["descents"], strict=True):
        assert (old["x"] != new["x"]) is (old["optimizer"] == "sgd")
    every = playground.exchange(noise.get_by_role("switch", name="Noise for all").check)
    assert every.request["noise"]["all"] is True
    for old, new in zip(again.answer["descents"], every.answer["descents"], strict=True):
        assert (old["x"] == new["x"]) is (old["optimizer"] in ("gd", "sgd"))
    seeded = playground.exchange(lambda: enter(noise.locator("#noise-seed"), 12345))
    assert seeded.request["noise"]["seed"] == 12345


@pytest.mark.parametrize("value", [1000, -1])
def test_a_value_out_of_range_is_refused_with_the_limit(
    playground: Playground, value: float
) -> None:
    _, field = parameter(playground, 0)
    limit = field.get_attribute("aria-valuemax" if value > 0 else "aria-valuemin")
    problem = playground.page.locator("#parameters").get_by_role("alert")
    enter(field, value)
    expect(field).to_be_focused()
    expect(problem).to_contain_text(f"between 0 and {limit}" if value > 0 else f"{limit} and")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("abc")
    field.press("Enter")
    expect(problem).to_contain_text("“abc” is not a number")
    playground.rest()
    assert len(playground.watch.bodies("/api/v1/descents")) == 1
    field.fill("2,5")
    exchange = playground.exchange(lambda: field.press("Enter"))
    assert exchange.request["objective"]["parameters"]["a"] == 2.5
    expect(problem).to_be_hidden()
    reset = playground.page.locator("#parameters").get_by_role("button", name="Reset")
    exchange = playground.exchange(reset.click)
    assert exchange.request["objective"]["parameters"] == BOWL
    expect(reset).to_be_hidden()


def test_a_diverging_descent_says_so_in_the_table_and_with_an_arrow_at_the_edge(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground(
        "?objective=himmelblau&gd.lr=0.5&optimizers=gd,-sgd,-momentum,-rmsprop,-adam"
    )
    gd = playground.last().answer["descents"][0]
    assert gd["status"] == "diverged"
    row = playground.results.locator('tr[data-optimizer="gd"]')
    expect(row).to_contain_text(f"diverged at step {gd['steps']}")
    expect(row).to_contain_text("none")

    axes = playground.axes()
    x, y = decode(gd["x"]), decode(gd["y"])
    last_inside = max(i for i in range(len(x)) if axes.contains(x[i], y[i]))
    assert last_inside < len(x) - 1
    # Find where the line from the last visible point to the next crosses the edge.
    (px, py), (qx, qy) = (axes.pixel(x[i], y[i]) for i in (last_inside, last_inside + 1))
    crossings = [
        (edge - a) / (b - a)
        for a, b, low, size in ((px, qx, axes.left, axes.width), (py, qy, axes.top, axes.height))
        for edge in ((low,) if b < a else (low + size,) if b > a else ())
    ]
    t = min(crossings)
    exit_x, exit_y = px + t * (qx - px), py + t * (qy - py)
    painting = read_painting(playground.paths)
    mine = painting.where(playground.colour("gd"))
    column, line = round(exit_x - painting.left), round(exit_y - painting.top)
    near = mine[max(line - 16, 0) : line + 17, max(column - 16, 0) : column + 17]
    # A path is two pixels wide; an arrow is more.
    assert near.sum() > 60


def test_a_row_tells_basin_and_arrival_apart_once_the_playhead_is_at_the_end(
    playground: Playground,
) -> None:
    answer = playground.last().answer
    table = playground.table()
    for descent in answer["descents"]:
        row = table[descent["optimizer"]]
        minimum = answer["minima"][descent["minimum"]]
        place = f"({minimum['x']:.2f}, {minimum['y']:.2f})".replace("-", "−")
        assert row["Basin"].replace("−0.00", "0.00") == place.replace("−0.00", "0.00")
        arrival = f"{descent['arrival']:,}" if descent["arrived"] else "—"
        star = "★ " if descent["arrived"] and minimum["global"] else ""
        assert row["Arrival"] == star + arrival
        status = f"arrived at step {arrival}, stayed" if descent["arrived"] else "out of steps"
        assert status in row["Optimizer"]

    rows = playground.results.locator("tbody tr")
    widths = "rows => rows.map((row) => [...row.children].map((cell) => cell.offsetWidth))"
    before = rows.evaluate_all(widths)
    playground.seek(playground.end() // 2)
    for row in playground.table().values():
        assert "under way" in row["Optimizer"]
        assert (row["Basin"], row["Arrival"]) == ("", "")
    assert rows.evaluate_all(widths) == before


def test_a_screen_reader_is_told_what_became_of_the_descents(playground: Playground) -> None:
    status = playground.page.locator("#announcement")
    expect(status).to_have_attribute("role", "status")
    adam = next(one for one in playground.last().answer["descents"] if one["optimizer"] == "adam")
    told = f"Adam: arrived at step {adam['arrival']}, stayed. It arrived at the global minimum"
    assert adam["arrived"]
    expect(status).to_contain_text(told)
