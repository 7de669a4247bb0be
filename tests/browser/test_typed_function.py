"""One's own function: typing it, its faults, its parameters, its domain, known ones, its link."""

from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenPlayground
from tests.browser.playground import Playground, enter


def open_typed(playground: Playground) -> Locator:
    """Choose one's own function; return the field."""
    playground.page.get_by_role("button", name="Your own function").click()
    field = playground.page.get_by_label("f(x, y) =")
    expect(field).to_be_visible()
    playground.rest()
    return field


def objective(playground: Playground) -> Any:
    return playground.last().request["objective"]


def test_typing_a_function_shows_its_mathematics_its_sliders_and_its_descents(
    playground: Playground,
) -> None:
    field = open_typed(playground)
    assert objective(playground)["id"] == "typed"
    playground.exchange(lambda: field.fill("k*x^2 + y^2/2"))
    playground.rest()
    assert objective(playground)["expression"] == "k*x^2 + y^2/2"
    assert objective(playground)["parameters"] == {"k": 1}
    expect(playground.page.locator("#objective-formula mfrac")).to_have_count(1)
    expect(playground.page.locator("#objective-about")).to_contain_text("One minimum in the domain")
    expect(playground.page.locator("#objective-about")).to_contain_text("none were searched")
    control = playground.page.locator("#parameters .control")
    expect(control).to_have_count(1)
    playground.exchange(lambda: enter(control.get_by_role("spinbutton"), 7))
    playground.rest()
    assert objective(playground)["parameters"] == {"k": 7}


def test_a_fault_stands_under_its_character_and_the_last_function_stays(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground(tolerated=("422",))  # browsers log every refusal
    field = open_typed(playground)
    playground.exchange(lambda: field.fill("x^2 + y^2"))
    playground.rest()
    field.fill("x^2 + 3y")
    fault = playground.page.locator("#typed-fault")
    expect(fault).to_contain_text("Character 8")
    expect(fault).to_contain_text("write * to multiply")
    expect(playground.page.locator(".typed-echo mark")).to_have_text("y")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert objective(playground)["expression"] == "x^2 + y^2"
    playground.exchange(lambda: field.fill("x^2 + 3*y^2"))
    expect(fault).to_be_empty()
    expect(playground.page.locator(".typed-echo mark")).to_have_count(0)


def test_a_known_function_opens_with_its_domain(playground: Playground) -> None:
    open_typed(playground)
    known = playground.page.get_by_label("Begin from a known function")
    expect(known.locator("option")).to_have_count(31)
    playground.exchange(lambda: known.select_option("branin"))
    playground.rest()
    domain = {"x": {"min": -5, "max": 10}, "y": {"min": 0, "max": 15}}
    assert objective(playground)["domain"] == domain
    about = playground.page.locator("#objective-about")
    expect(about).to_contain_text("3 minima in the domain. 3 of them are lowest")


def test_a_domain_is_set_by_its_fields(playground: Playground) -> None:
    open_typed(playground)
    field = playground.page.get_by_role("spinbutton", name="x from")
    playground.exchange(lambda: enter(field, -3))
    playground.rest()
    assert objective(playground)["domain"]["x"] == {"min": -3, "max": 5}


def test_a_link_opens_the_function_and_back_returns_to_it(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground("?objective=typed&f=a*x%5E2%2By%5E4&p.a=3&domain=-2,2,-1,1")
    playground.rest()
    assert objective(playground) == {
        "id": "typed",
        "expression": "a*x^2+y^4",
        "parameters": {"a": 3},
        "domain": {"x": {"min": -2, "max": 2}, "y": {"min": -1, "max": 1}},
    }
    expect(playground.page.get_by_label("f(x, y) =")).to_have_value("a*x^2+y^4")
    playground.exchange(lambda: playground.page.locator("[data-objective=beale]").click())
    expect(playground.page.get_by_label("f(x, y) =")).to_be_hidden()
    playground.exchange(lambda: playground.page.go_back())
    playground.rest()
    assert objective(playground)["expression"] == "a*x^2+y^4"
