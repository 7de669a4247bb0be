"""Variants in the bar: duplicates, names, order, pins; and the start as numbers."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import OpenPlayground
from tests.browser.painting import read_painting
from tests.browser.playground import Playground

ADAMS = ["adam", *(f"adam~{place}" for place in range(2, 25))]


def test_a_variant_is_duplicated_tuned_named_pinned_moved_and_removed(
    playground: Playground,
) -> None:
    page = playground.page
    panels = page.locator(".optimizer-panels")
    panels.locator("[data-optimizer=adam] summary").click()
    panels.locator("[data-optimizer=adam]").get_by_role("button", name="Duplicate").click()
    second = panels.locator('[data-optimizer="adam~2"]')
    expect(second.locator("summary")).to_be_focused()
    expect(playground.circle("adam~2")).to_have_text("Adam (2)")
    rate = second.get_by_role("spinbutton", name="Learning rate, exact value")
    rate.fill("0,1")
    exchange = playground.exchange(lambda: rate.press("Enter"))
    adams = [one for one in exchange.request["optimizers"] if one["id"] == "adam"]
    assert [one["hyperparameters"]["lr"] == 0.1 for one in adams] == [False, True]
    playground.rest()
    for place in ("#bar", "#results", ".optimizer-panels"):
        expect(page.locator(f'{place} [data-optimizer="adam~2"]')).to_contain_text("Adam, lr 0.1")
    page.mouse.move(2, 2)
    playground.frame()
    for optimizer in ("adam", "adam~2"):
        assert read_painting(playground.paths).has(playground.colour(optimizer))

    # What it showed stays as a ghost, which Back and Unpin take away.
    playground.exchange(lambda: second.get_by_role("button", name="Pin").click())
    rate.fill("0.2")
    playground.exchange(lambda: rate.press("Enter"))
    ghost = page.locator('#results [data-optimizer="adam~2~pin"]')
    expect(ghost).to_contain_text("Adam, lr 0.1, pinned")
    expect(playground.circle("adam~2")).to_have_text("Adam, lr 0.2")
    playground.rest()
    second.get_by_label("Name").fill("Bold")
    second.get_by_label("Name").press("Enter")
    expect(playground.circle("adam~2")).to_have_text("Bold")
    expect(ghost).to_contain_text("Bold, lr 0.1, pinned")
    link = page.evaluate("location.search")
    assert "adam~2.name=Bold" in link and "adam~2~pin.lr=0.1" in link
    ghost.get_by_role("button", name="Unpin").click()
    expect(ghost).to_have_count(0)
    page.go_back()
    expect(ghost).to_have_count(1)

    # Dragged by the mouse, moved by keys and by the menu; a drag switches no circle off.
    order = page.locator("#bar .circle")
    circle = playground.circle("adam~2")
    circle.drag_to(playground.circle("gd"), target_position={"x": 4, "y": 8})
    expect(order.first).to_have_attribute("data-optimizer", "adam~2")
    expect(circle).to_have_attribute("aria-pressed", "true")
    circle.press("Shift+ArrowRight")
    expect(order.nth(1)).to_have_attribute("data-optimizer", "adam~2")
    expect(circle).to_be_focused()
    expect(page.locator("#bar-announcement")).to_have_text("Bold: place 2 of 6")
    circle.click(button="right")
    menu = page.get_by_role("menu", name="Bold")
    expect(menu.get_by_role("menuitem", name="Duplicate")).to_be_focused()
    menu.get_by_role("menuitem", name="Move right").click()
    expect(order.nth(2)).to_have_attribute("data-optimizer", "adam~2")
    expect(circle).to_be_focused()
    circle.click(button="right")
    expect(menu.get_by_role("menuitem", name="Duplicate")).to_be_focused()
    page.keyboard.press("End")
    expect(menu.get_by_role("menuitem", name="Remove")).to_be_focused()
    page.keyboard.press("Enter")
    expect(circle).to_have_count(0)
    expect(ghost).to_have_count(0)
    assert "~" not in page.evaluate("location.search")


def test_the_start_is_typed_in_step_with_its_handle(playground: Playground) -> None:
    page = playground.page
    x = page.get_by_role("spinbutton", name="Start, x")
    y = page.get_by_role("spinbutton", name="Start, y")
    x.fill("0,5")
    exchange = playground.exchange(lambda: x.press("Enter"))
    assert exchange.request["start"]["x"] == 0.5
    expect(x).to_have_value("0.5")
    y.fill("20000")
    y.press("Enter")
    expect(page.locator("#start [role=alert]:visible")).to_have_text(
        "Enter a number between −10000 and 10000, not 20000."
    )
    handle = playground.handle.bounding_box()
    assert handle is not None
    page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2)
    page.mouse.down()
    page.mouse.move(handle["x"] + 60, handle["y"] + 40, steps=4)
    page.mouse.up()
    playground.rest()  # the last place is asked for once the one before is answered
    shown = {"x": float(x.input_value()), "y": float(y.input_value())}
    assert shown == playground.watch.bodies("/api/v1/descents")[-1]["start"]
    expect(page.locator("#start [role=alert]:visible")).to_have_count(0)
    handle_name = playground.handle.get_attribute("aria-label") or ""
    assert re.search(r"Start at x ", handle_name)


def test_twenty_four_variants_scroll_in_the_bar_of_a_phone(
    open_playground: OpenPlayground,
) -> None:
    rates = "".join(f"&{id}.lr=0.{place:02}" for place, id in enumerate(ADAMS[1:], 1))
    playground = open_playground(
        f"?optimizers={','.join(ADAMS)}{rates}",
        viewport={"width": 390, "height": 844},
        is_mobile=True,
        has_touch=True,
    )
    page = playground.page
    playground.rest()
    assert list(playground.table()) == ADAMS
    bar, stage = playground.bar.bounding_box(), playground.stage.bounding_box()
    assert bar is not None and stage is not None
    assert bar["x"] >= stage["x"] and bar["width"] <= stage["width"]
    assert bar["height"] < 0.2 * stage["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    last = playground.circle(ADAMS[-1])
    last.scroll_into_view_if_needed()
    expect(last).to_be_in_viewport(ratio=1)
    # A finger that rests on a circle asks for its menu, and switches nothing.
    last.dispatch_event("pointerdown", {"pointerType": "touch", "bubbles": True})
    menu = page.get_by_role("menu", name="Adam, lr 0.23")
    expect(menu).to_be_visible()
    box = menu.bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390
    duplicate = menu.get_by_role("menuitem", name="Duplicate")
    expect(duplicate).to_have_attribute("aria-disabled", "true")  # the bar is full
    menu.get_by_role("menuitem", name="Remove").tap()
    expect(last).to_have_count(0)
    playground.bar.get_by_role("button", name="Add or remove optimizers").tap()
    playground.bar.get_by_role("menuitem", name="Another variant of Adam").tap()
    expect(playground.bar.locator(".circle")).to_have_count(24)
