"""Typing a function: it is drawn while it is typed, and its faults are marked."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenPlayground
from tests.browser.playground import Playground
from tests.browser.watched_page import SETTLE

TEXT = "(a - x)^2 + b*(y - x^2)^2; b = 20 in [1, 50]"
DESCENTS = "/api/v1/descents"
PAUSE_MS = 100
"""More than the pause of typing after which a function is drawn."""


def test_what_is_typed_is_drawn_and_its_faults_are_marked(playground: Playground) -> None:
    page = playground.page
    field = page.get_by_label("Your own function of x and y")
    first = TEXT.partition(" +")[0]
    exchange = playground.exchange(lambda: field.press_sequentially(first))
    assert exchange.request["objective"]["expression"] in first
    # Who types slowly has parts of it drawn.
    playground.wait_until(
        lambda: playground.watch.bodies(DESCENTS)[-1]["objective"].get("expression") == first
    )
    playground.rest()
    exchange = playground.exchange(lambda: field.fill(TEXT))
    assert exchange.request["objective"] == {
        "expression": TEXT,
        "domain": {"x": {"min": -5, "max": 5}, "y": {"min": -5, "max": 5}},
        "parameters": {"a": 1, "b": 20},
    }
    expect(page.locator("#objective-formula math")).to_contain_text("b")
    expect(page).to_have_title("f(x, y) = (a − x)² + b·(y − x²)² · Descent Atlas")
    expect(page.locator("#objective-about")).to_contain_text(
        "One minimum in the domain, at (1.00, 1.00)"
    )
    expect(page.locator("#objective-stories button")).to_have_count(0)
    expect(page.locator("#optimizers")).to_contain_text("for a typed function none was measured")

    slider = page.get_by_role("slider", name="Parameter b")
    exchange = playground.exchange(lambda: slider.press("ArrowRight"))
    assert exchange.request["objective"]["parameters"]["b"] > 20

    field.fill("x^2 + * y")
    problem = page.locator("#own-function-problem")
    expect(problem).to_have_text("Character 7: A number, a name or ( is expected before “*”.")
    expect(field).to_have_attribute("aria-invalid", "true")
    mark = page.locator("#own-function mark")
    assert mark.inner_text() == "*"
    letters = mark.bounding_box()
    around = field.bounding_box()
    assert letters is not None
    assert around is not None
    assert around["y"] < letters["y"] < around["y"] + around["height"]
    # The plot keeps the last function.
    expect(page).to_have_title("f(x, y) = (a − x)² + b·(y − x²)² · Descent Atlas")

    playground.exchange(lambda: field.fill("x^2 + y^2"))
    expect(problem).to_be_hidden()
    expect(mark).to_have_count(0)


def test_a_link_opens_a_typed_function_and_back_leads_from_it(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground("?f=abs(x)%2Babs(y)&domain=-2,2,-1,1&start=0,0")
    page = playground.page
    assert playground.last().request["objective"]["domain"]["y"] == {"min": -1, "max": 1}
    assert "on a kink" in playground.table()["gd"]["Optimizer"]
    library = page.get_by_label("Begin from a known function")
    expect(library.locator("option")).to_have_count(31)
    exchange = playground.exchange(lambda: library.select_option("booth"))
    assert exchange.request["objective"]["domain"]["x"] == {"min": -10, "max": 10}
    expect(page.locator("#objective-name")).to_have_text("Booth")
    playground.exchange(page.go_back)
    expect(page.get_by_label("Your own function of x and y")).to_have_value("abs(x)+abs(y)")
    playground.exchange(playground.thumbnail("saddle").click)
    assert "f" not in parse_qs(urlsplit(page.url).query)


def test_a_link_with_a_fault_opens_the_page_and_marks_it(open_playground: OpenPlayground) -> None:
    playground = open_playground("?f=sin(x%20%2B", frozen=True, routed=True)
    page = playground.page
    field = page.get_by_label("Your own function of x and y")
    expect(page.locator("#own-function-problem")).to_contain_text("Character 8: ")
    expect(field).to_have_value("sin(x +")
    expect(page.locator("#objective-name")).to_have_text("Two-Gaussian bowl")

    # What is typed while a text before it is on its way stays.
    held: list[Route] = []
    page.route("**/api/v1/expressions", lambda route: held.append(route))
    field.fill("x^2")
    page.clock.run_for(PAUSE_MS)
    field.press("End")
    field.press_sequentially(" + y^2")
    playground.wait_until(lambda: held)
    page.unroute("**/api/v1/expressions")
    with page.expect_response("**/api/v1/expressions"):
        held[0].continue_()
    for route in held[1:]:
        route.continue_()
    playground.wait_until(playground.is_answered)
    page.evaluate(SETTLE)
    expect(field).to_have_value("x^2 + y^2")
    exchange = playground.exchange(lambda: page.clock.run_for(PAUSE_MS))
    assert exchange.request["objective"]["expression"] == "x^2 + y^2"
