"""Lower bar: circles that show and hide optimizers, and the menu that adds more."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenPlayground
from tests.browser.painting import read_painting
from tests.browser.playground import Playground
from tests.servers import CLIENT

FIVE = ["gd", "sgd", "momentum", "rmsprop", "adam"]
TOUCH_PX = 44


def test_a_circle_hides_path_loss_line_and_row_at_once_with_nothing_recomputed(
    playground: Playground,
) -> None:
    chart = playground.loss.locator("> .paths")
    asked = len(playground.watch.asked())
    for optimizer in FIVE:
        colour = playground.colour(optimizer)
        assert read_painting(playground.paths).has(colour)
        assert read_painting(chart).has(colour)
        playground.circle(optimizer).click()
        assert optimizer not in playground.table()
        playground.frame()
        assert not read_painting(playground.paths).has(colour)
        assert not read_painting(chart).has(colour)
        playground.circle(optimizer).click()
        assert list(playground.table()) == FIVE
        playground.frame()
        assert read_painting(playground.paths).has(colour)
    playground.rest()
    assert len(playground.watch.asked()) == asked


def test_circles_are_buttons_with_names_and_states(playground: Playground, server: str) -> None:
    optimizers = CLIENT.get(f"{server}/api/v1/optimizers").json()["optimizers"]
    names = {one["id"]: one["name"] for one in optimizers}
    for optimizer in FIVE:
        circle = playground.bar.get_by_role(
            "button", name=re.compile(rf"(^|, ){names[optimizer]}$")
        )
        expect(circle).to_have_attribute("aria-pressed", "true")
        circle.press("Enter")
        expect(circle).to_have_attribute("aria-pressed", "false")
        expect(circle).to_be_focused()
        circle.press("Space")
        expect(circle).to_have_attribute("aria-pressed", "true")


def test_with_every_circle_off_the_page_still_stands(playground: Playground) -> None:
    playground.seek(200)
    for optimizer in FIVE:
        playground.circle(optimizer).click()
    assert playground.table() == {}
    playground.circle("sgd").click()
    assert list(playground.table()) == ["sgd"]
    assert playground.count() == (200, 1000)


def test_the_menu_adds_an_optimizer_which_is_computed_and_drawn(playground: Playground) -> None:
    playground.bar.get_by_role("button", name="Add an optimizer").click()
    exchange = playground.exchange(playground.bar.get_by_role("menuitem", name="Nesterov").click)
    asked = [optimizer["id"] for optimizer in exchange.request["optimizers"]]
    assert sorted(asked) == sorted([*FIVE, "nesterov"])
    playground.rest()
    assert list(playground.table()) == asked
    expect(playground.circle("nesterov")).to_have_attribute("aria-pressed", "true")
    expect(playground.circle("nesterov")).to_be_focused()
    expect(playground.bar.get_by_role("menu")).to_be_hidden()
    assert read_painting(playground.paths).has(playground.colour("nesterov"))


def test_the_menu_is_worked_by_keys(playground: Playground) -> None:
    more = playground.bar.get_by_role("button", name="Add an optimizer")
    keyboard = playground.page.keyboard
    more.press("Enter")
    items = playground.bar.get_by_role("menuitem")
    expect(items.nth(0)).to_be_focused()
    for key, index in (("ArrowDown", 1), ("End", -1), ("ArrowDown", 0), ("ArrowUp", -1)):
        keyboard.press(key)
        expect(items.nth(index)).to_be_focused()
    keyboard.press("Escape")
    expect(more).to_be_focused()
    expect(more).to_have_attribute("aria-expanded", "false")


def test_the_menu_offers_all_others_and_goes_when_none_is_left(
    playground: Playground, server: str
) -> None:
    optimizers = CLIENT.get(f"{server}/api/v1/optimizers").json()["optimizers"]
    more = playground.bar.get_by_role("button", name="Add an optimizer")
    for left in range(len(optimizers) - len(FIVE), 0, -1):
        more.click()
        assert playground.bar.get_by_role("menuitem").count() == left
        playground.exchange(playground.bar.get_by_role("menuitem").first.click)
    expect(more).to_be_hidden()
    playground.rest()
    assert set(playground.table()) == {optimizer["id"] for optimizer in optimizers}
    # All colours differ.
    assert len({playground.colour(one) for one in playground.table()}) == len(optimizers)


def test_circles_and_buttons_are_large_enough_for_a_finger(
    open_playground: OpenPlayground,
) -> None:
    for size in ({"width": 390, "height": 844}, {"width": 1024, "height": 768}):
        playground = open_playground(viewport=size, is_mobile=True, has_touch=True)
        playground.bar.get_by_role("button", name="Add an optimizer").click()
        small = playground.page.evaluate(
            """least => [...document.querySelectorAll("button, select, summary, [type=range]")]
              .filter((node) => node.checkVisibility({ visibilityProperty: true }))
              .map((node) => [node, node.getBoundingClientRect()])
              .filter(([, { width, height }]) => Math.min(width, height) < least - 0.01)
              .map(([node, { width, height }]) =>
                `${node.getAttribute("aria-label") ?? node.textContent}: ${width} by ${height}`)""",
            TOUCH_PX,
        )
        assert small == []
