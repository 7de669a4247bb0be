"""Optimizers whose steps take several gradients, and those whose averages are drawn."""

from playwright.sync_api import expect

from tests.backend.web.arrays import decode
from tests.browser.conftest import OpenPlayground

BAR = "adam,sam,asgd,schedule-free-sgd,lbfgs,newton"


def test_the_page_says_what_a_step_takes_and_what_is_drawn(open_playground: OpenPlayground) -> None:
    playground = open_playground(
        f"?objective=himmelblau&optimizers={BAR}&start=1,-0.5&steps=400&sam.schedule=cosine"
        "&newton.schedule=cosine"
    )
    page = playground.page
    last = playground.last()
    schedules = {one["id"]: one.get("schedule") for one in last.request["optimizers"]}
    assert schedules["sam"]["T_max"] == 200
    assert schedules["newton"] is None, "it takes none"
    descents = {one["optimizer"]: one for one in last.answer["descents"]}
    assert descents["sam"]["evaluations"] == 2 * descents["sam"]["steps"] == 400
    spent = decode(descents["newton"]["spent"])
    assert spent[-1] <= 400 and len(spent) == descents["newton"]["steps"] + 1

    sam = playground.panel("sam")
    expect(sam.locator("summary")).to_contain_text("400 gradients")
    expect(sam.get_by_role("spinbutton", name="Gradients of SAM")).to_have_value("400")
    expect(playground.panel("adam").locator("summary")).to_contain_text("400 steps")
    averaging = playground.panel("schedule-free-sgd")
    expect(averaging).to_contain_text("those of the average")
    expect(averaging).to_contain_text("No schedule: its average takes the place")
    expect(averaging.get_by_label("Learning rate schedule")).to_have_count(0)
    expect(playground.panel("asgd").get_by_label("Learning rate schedule")).to_have_count(1)
    for id in ("lbfgs", "newton"):
        expect(playground.panel(id)).to_contain_text("No schedule, no noise and no curve")

    # At an equal budget SAM's path has half the steps of Adam's, and rests at its end.
    playground.rest()
    assert playground.end() == 400
    for id in descents:
        expect(
            playground.results.locator(f'[data-optimizer="{id}"] .status').first
        ).not_to_be_empty()

    page.get_by_role("button", name="Add or remove optimizers").click()
    expect(playground.bar.get_by_role("menu")).to_contain_text("Muon is not here")
