"""Descents under many seeds: their control, the cloud, what became of them, the link."""

import re

from playwright.sync_api import expect

from tests.backend.web.arrays import decode
from tests.browser.conftest import OpenPlayground
from tests.browser.painting import read_painting
from tests.browser.playground import Playground, enter

ENSEMBLES = "/api/v1/ensembles"


def count_painted(playground: Playground) -> int:
    """Return how many pixels of the canvas are painted at all."""
    return int((read_painting(playground.paths).pixels[:, :, 3] > 0).sum())


def test_many_seeds_are_a_cloud_a_table_and_a_link(open_playground: OpenPlayground) -> None:
    playground = open_playground("?optimizers=gd,sgd&sgd.lr=0.01&n.std=6&step=1000")
    page = playground.page
    panel = page.locator("#ensemble")
    noise = playground.noise()
    switch = noise.get_by_role("switch", name="Many seeds")
    expect(noise).to_contain_text("Not for GD: it sees the exact gradient.")
    before = count_painted(playground)

    exchange = playground.exchange(switch.check, ENSEMBLES)
    assert exchange.request["seeds"] == 200
    assert exchange.request["optimizer"]["id"] == "sgd"
    answer = exchange.answer
    expect(panel.locator("tbody tr")).to_have_count(len(answer["shares"]))
    first = answer["shares"][0]["ended"]
    shown = f"{100 * first['share']:.1f} % ({100 * first['low']:.1f} % to "
    expect(panel).to_contain_text(shown)
    expect(page).to_have_url(re.compile(r"ensemble=sgd,200"))
    playground.wait_until(lambda: count_painted(playground) > 2 * before)
    # A screen reader hears the same.
    expect(panel.get_by_role("status")).to_contain_text("SGD under 200 seeds, 0 to 199: ")

    # At the first step all lie at the start.
    playground.seek(0)
    playground.wait_until(lambda: count_painted(playground) < before)

    # The cloud follows the start, and the number of seeds.
    moved = playground.exchange(lambda: playground.stage.press("ArrowRight"), ENSEMBLES)
    assert moved.request["start"] != exchange.request["start"]
    fewer = playground.exchange(
        lambda: enter(noise.get_by_label("Number of seeds, exact value"), 30), ENSEMBLES
    )
    assert decode(fewer.answer["x"]).shape[0] == 30
    expect(page).to_have_url(re.compile(r"ensemble=sgd,30"))

    # Without noise it is not offered, and the control says why.
    enter(noise.get_by_label("Standard deviation of a one-sample gradient, exact value"), 0)
    expect(switch).to_be_disabled()
    expect(noise).to_contain_text("σ is 0: without noise all seeds draw one descent.")
    expect(panel).to_be_hidden()
