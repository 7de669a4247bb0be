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
        playground.page.mouse.move(2, 2)  # a path that is pointed at dims the others
        playground.frame()
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


def test_a_circle_that_is_pointed_at_names_its_settings_and_brings_its_path_to_the_front(
    playground: Playground,
) -> None:
    row = playground.page.locator("#results .lit")
    circle = playground.circle("adam")
    expect(circle).to_have_attribute("title", re.compile(r"\nlr [\d.]+, .*1,000 steps$"))
    playground.stage.hover(position={"x": 300, "y": 60})
    circle.hover()
    expect(circle).to_have_class(re.compile(r"\blit\b"))
    box = circle.bounding_box()
    assert box is not None
    # The plot under the bar hears of the pointer as well, and takes nothing back.
    playground.page.mouse.move(box["x"] + 6, box["y"] + 8)
    expect(circle).to_have_class(re.compile(r"\blit\b"))
    expect(row).to_contain_text("Adam")
    playground.page.mouse.move(2, 2)
    expect(circle).not_to_have_class(re.compile(r"\blit\b"))


def test_with_every_circle_off_the_page_still_stands(playground: Playground) -> None:
    playground.seek(200)
    for optimizer in FIVE:
        playground.circle(optimizer).click()
    assert playground.table() == {}
    playground.circle("sgd").click()
    assert list(playground.table()) == ["sgd"]
    assert playground.count() == (200, 1000)


def test_the_menu_adds_an_optimizer_which_is_computed_and_drawn(playground: Playground) -> None:
    open_menu(playground)
    nesterov = playground.bar.get_by_role("menuitemcheckbox", name="Nesterov")
    expect(nesterov).to_have_attribute("aria-checked", "false")
    exchange = playground.exchange(nesterov.click)
    expect(nesterov).to_have_attribute("aria-checked", "true")
    asked = [optimizer["id"] for optimizer in exchange.request["optimizers"]]
    assert sorted(asked) == sorted([*FIVE, "nesterov"])
    playground.rest()
    assert list(playground.table()) == asked
    expect(playground.circle("nesterov")).to_have_attribute("aria-pressed", "true")
    assert read_painting(playground.paths).has(playground.colour("nesterov"))


def test_an_optimizer_is_removed_and_added_again_and_the_last_one_stays(
    playground: Playground,
) -> None:
    open_menu(playground)
    asked = len(playground.watch.bodies("/api/v1/descents"))
    for optimizer, name in (("sgd", "Stochastic gradient descent"), ("adam", "Adam")):
        playground.bar.get_by_role("menuitemcheckbox", name=name, exact=True).click()
        expect(playground.circle(optimizer)).to_have_count(0)
    assert list(playground.table()) == ["gd", "momentum", "rmsprop"]
    playground.page.keyboard.press("Escape")
    for optimizer in ("gd", "momentum", "rmsprop"):
        playground.circle(optimizer).press("Delete")
    expect(playground.bar.locator(".circle")).to_have_count(1)
    assert list(playground.table()) == ["rmsprop"]
    playground.rest()
    assert len(playground.watch.bodies("/api/v1/descents")) == asked
    open_menu(playground)
    playground.bar.get_by_role("menuitemcheckbox", name="Adam", exact=True).click()
    playground.rest()
    assert list(playground.table()) == ["rmsprop", "adam"]


def open_menu(playground: Playground) -> None:
    """Open the menu of all optimizers."""
    playground.bar.get_by_role("button", name="Add or remove optimizers").click()
    expect(playground.bar.get_by_role("menu")).to_be_visible()


def test_the_menu_is_worked_by_keys(playground: Playground) -> None:
    more = playground.bar.get_by_role("button", name="Add or remove optimizers")
    keyboard = playground.page.keyboard
    more.press("Enter")
    items = playground.bar.locator("[role^=menuitem]")  # the last one opens a file
    expect(items.nth(0)).to_be_focused()
    for key, index in (("ArrowDown", 1), ("End", -1), ("ArrowDown", 0), ("ArrowUp", -1)):
        keyboard.press(key)
        expect(items.nth(index)).to_be_focused()
    keyboard.press("Escape")
    expect(more).to_be_focused()
    expect(more).to_have_attribute("aria-expanded", "false")


def test_the_menu_offers_all_and_a_bar_of_all_covers_no_more_of_the_plot(
    open_playground: OpenPlayground, server: str
) -> None:
    playground = open_playground(viewport={"width": 1280, "height": 720})
    optimizers = CLIENT.get(f"{server}/api/v1/optimizers").json()["optimizers"]
    before = playground.bar.bounding_box()
    open_menu(playground)
    items = playground.bar.get_by_role("menuitemcheckbox")
    assert items.count() == len(optimizers)
    for item in items.all():
        if item.get_attribute("aria-checked") == "false":
            playground.exchange(item.click)
    playground.page.keyboard.press("Escape")
    playground.rest()
    assert set(playground.table()) == {optimizer["id"] for optimizer in optimizers}
    # All colours differ.
    assert len({playground.colour(one) for one in playground.table()}) == len(optimizers)
    after, stage = playground.bar.bounding_box(), playground.stage.bounding_box()
    assert before is not None and after is not None and stage is not None
    assert after["height"] == before["height"] < 0.2 * stage["height"]
    assert after["x"] >= stage["x"] and after["width"] <= stage["width"]
    # The last is reached by the keyboard all the same.
    playground.circle(optimizers[-1]["id"]).focus()
    expect(playground.circle(optimizers[-1]["id"])).to_be_in_viewport(ratio=1)


def test_circles_and_buttons_are_large_enough_for_a_finger(
    open_playground: OpenPlayground,
) -> None:
    for size in ({"width": 390, "height": 844}, {"width": 1024, "height": 768}):
        playground = open_playground(viewport=size, is_mobile=True, has_touch=True)
        open_menu(playground)
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
