"""Failing requests: the page shows a message and keeps working."""

import json
from functools import partial

from playwright.sync_api import Route, expect

from tests.browser.conftest import OpenPlayground
from tests.browser.painting import read_painting

FAILED = r"console error: Failed to load resource"


def be_broken(route: Route) -> None:
    """Respond with 500 as plain text, not as a problem (RFC 9457)."""
    route.fulfill(status=500, body="Internal Server Error", content_type="text/plain")


def be_garbled(route: Route) -> None:
    """Respond with truncated JSON."""
    route.fulfill(status=200, body='{"descents": [{"opti', content_type="application/json")


def break_off(route: Route) -> None:
    """Start a response in rows and never finish it."""
    row = json.dumps({"progress": 0.25, "optimizer": "adam"})
    route.fulfill(status=200, body=f"{row}\n", content_type="application/x-ndjson")


def test_without_plotly_paths_and_heatmap_are_there_and_a_message_says_what_is_not(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground(
        routed=True,
        tolerated=(
            FAILED,
            r"request failed: \S+/plotly-cartesian\.min\.js",
            r"page error: Plotly could not be loaded",
        ),
    )
    playground.page.route("**/plotly-cartesian.min.js", lambda route: route.abort())
    playground.page.reload()
    expect(playground.problem).to_have_text("Plotly could not be loaded.")
    playground.wait_until(lambda: len(playground.table()) == 5)
    playground.wait_until(lambda: read_painting(playground.paths).has(playground.colour("adam")))
    heatmap = playground.stage.locator("> .heatmap")
    playground.wait_until(lambda: read_painting(heatmap).pixels[..., 3].max() == 255)


def test_without_the_script_for_3d_a_message_says_so_until_it_comes(
    open_playground: OpenPlayground,
) -> None:
    script = "**/plotly-gl3d.min.js"
    playground = open_playground(
        routed=True,
        tolerated=(
            FAILED,
            r"request failed: \S+/plotly-gl3d\.min\.js",
            r"page error: Plotly could not be loaded",
        ),
    )
    playground.page.route(script, lambda route: route.abort())
    playground.choose("View", "3D")
    expect(playground.problem).to_have_text("Plotly could not be loaded.")
    playground.page.unroute(script)
    playground.choose("View", "Contour")
    playground.choose("View", "3D")
    playground.rest()


def test_a_server_without_an_answer_is_said_to_have_none_and_the_next_answer_clears_it(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground(
        routed=True, tolerated=(FAILED, r"answer 500: \S+/api/v1/descents")
    )
    faults = ((be_broken, "The server answered 500."), (be_garbled, "cannot be read"))
    for i, (fault, message) in enumerate(faults):
        playground.page.route("**/api/v1/descents", fault)
        playground.exchange(partial(playground.click, 550 + 150 * i, 300))
        expect(playground.problem).to_contain_text(message)
        playground.page.unroute("**/api/v1/descents")
        playground.exchange(partial(playground.click, 550 + 150 * i, 400))
        expect(playground.problem).to_be_hidden()
    playground.rest()
    assert len(playground.table()) == 5


def test_a_connection_that_is_lost_is_said_to_be_lost(open_playground: OpenPlayground) -> None:
    playground = open_playground(
        routed=True, tolerated=(FAILED, r"request failed: \S+(/api/v1/|/favicon)")
    )
    before = playground.table()
    playground.page.context.set_offline(True)
    playground.click(700, 300)
    expect(playground.problem).to_have_text("The server cannot be reached.")
    assert playground.table() == before
    playground.page.context.set_offline(False)
    playground.exchange(lambda: playground.click(720, 320))
    expect(playground.problem).to_be_hidden()


def test_a_basin_map_that_breaks_off_says_so(open_playground: OpenPlayground) -> None:
    playground = open_playground(routed=True)
    playground.page.route("**/api/v1/basins", break_off)
    playground.show_basins()
    expect(playground.basins).to_contain_text("The answer broke off.")
    expect(playground.basins.get_by_role("progressbar")).to_be_hidden()


def test_stories_and_matrix_that_do_not_come_say_why(open_playground: OpenPlayground) -> None:
    playground = open_playground(
        routed=True, tolerated=(FAILED, r"answer 500: \S+/api/v1/(stories|sweep)")
    )
    page = playground.page
    page.route("**/api/v1/stories", be_broken)
    page.route("**/api/v1/sweep", be_broken)
    page.reload()
    page.get_by_role("link", name="Who wins").click()
    expect(page.locator("#matrix").get_by_role("alert")).to_have_text("The server answered 500.")
    page.get_by_role("button", name="Stories", exact=True).click()
    expect(page.locator("#stories").get_by_role("alert")).to_have_text("The server answered 500.")
    page.unroute_all()
    page.get_by_role("button", name="Close the stories").click()
    page.get_by_role("button", name="Stories", exact=True).click()
    expect(page.locator("#stories .tale")).to_have_count(10)
