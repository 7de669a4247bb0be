"""Schedules of the learning rate: chosen, set, drawn, and kept in the link."""

from typing import Any

from playwright.sync_api import expect

from tests.backend.web.arrays import decode
from tests.browser.playground import Playground, enter


def find_schedule(request: Any, id: str) -> Any:
    """Return the schedule of an optimizer in a request; None where its rate is constant."""
    (found,) = [one for one in request["optimizers"] if one["id"] == id]
    return found.get("schedule")


def test_a_schedule_is_chosen_set_drawn_and_kept_in_the_link(playground: Playground) -> None:
    before = playground.last().request
    panel = playground.panel("adam")
    choice = panel.get_by_role("combobox", name="Learning rate schedule of Adam")
    expect(choice).to_have_value("constant")
    curve = panel.get_by_role("img", name="Learning rate of Adam")
    expect(curve).to_have_count(0)

    exchange = playground.exchange(lambda: choice.select_option("cosine"))
    assert find_schedule(exchange.request, "adam") == {"id": "cosine", "T_max": 1000, "eta_min": 0}
    assert find_schedule(exchange.request, "gd") is None
    adam = exchange.answer["descents"][-1]
    rates = decode(adam["rates"]["rate"])
    first, last = (float(f"{rate:.3g}") for rate in (rates[0], rates[-1]))
    expect(curve).to_have_accessible_name(
        f"Learning rate of Adam: {first:g} in step 1, then {last:g} in step 1,000".replace(
            "e-0", "e−"
        )
    )
    expect(panel.locator("summary")).to_contain_text("cosine")
    expect(panel.locator(".schedule .formula math")).to_be_visible()

    lowest = panel.get_by_role("spinbutton", name="Lowest learning rate, exact value")
    exchange = playground.exchange(lambda: enter(lowest, 0.001))
    assert find_schedule(exchange.request, "adam")["eta_min"] == 0.001
    assert "adam.schedule=cosine&adam.schedule.eta_min=0.001" in playground.page.url

    playground.exchange(lambda: choice.select_option("multistep"))
    milestones = panel.get_by_role("textbox", name="Milestones")
    expect(milestones).to_have_value("500, 750")
    milestones.fill("0, 5")
    milestones.press("Enter")
    expect(panel.get_by_role("alert").filter(has_text="Enter 1 to 20")).to_be_visible()
    milestones.fill("10 20")
    exchange = playground.exchange(lambda: milestones.press("Enter"))
    assert find_schedule(exchange.request, "adam")["milestones"] == [10, 20]

    playground.exchange(lambda: choice.select_option("onecycle"))
    exchange = playground.exchange(panel.get_by_role("switch", name="Three phases").check)
    assert find_schedule(exchange.request, "adam")["three_phase"] is True
    exchange = playground.exchange(panel.get_by_role("button", name="linear", exact=True).click)
    assert find_schedule(exchange.request, "adam")["anneal_strategy"] == "linear"
    playground.rest()
    assert "one cycle" in playground.table()["adam"]["Optimizer"]

    # The link opens the same, and back leads to what was chosen before.
    asked = playground.last().request
    playground.page.reload()
    playground.rest()
    assert playground.last().request == asked
    exchange = playground.exchange(lambda: playground.page.go_back())
    assert "three_phase" in find_schedule(exchange.request, "adam")
    panel = playground.panel("adam")
    exchange = playground.exchange(panel.get_by_role("button", name="Reset").click)
    assert exchange.request == before
    expect(panel.get_by_role("img", name="Learning rate of Adam")).to_have_count(0)
