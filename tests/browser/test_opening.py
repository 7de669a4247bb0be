"""First visit: what the page shows, loads and requests."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import expect

from descent_atlas.objectives.objective_table import OBJECTIVES
from tests.backend.web.arrays import decode
from tests.browser.conftest import OpenPlayground
from tests.browser.painting import read_painting
from tests.browser.playground import Playground
from tests.servers import CLIENT

FIVE = ["gd", "sgd", "momentum", "rmsprop", "adam"]


def test_the_paths_run_as_soon_as_the_page_opens(open_playground: OpenPlayground) -> None:
    playground = open_playground(reduced_motion="no-preference", rest=False)
    expect(playground.transport.get_by_role("button", name="Pause")).to_be_visible()
    playground.wait_until(lambda: playground.step() > 0)
    before = playground.step()
    playground.wait_until(lambda: playground.step() > before)


def test_one_line_says_click_anywhere_until_somebody_does(playground: Playground) -> None:
    hint = playground.stage.get_by_text("Click anywhere")
    expect(hint).to_be_visible()
    playground.click(*playground.axes().pixel(0.5, 0.5))
    expect(hint).to_be_hidden()


def test_the_page_opens_with_the_five_optimizers_where_the_objective_starts(
    playground: Playground, server: str
) -> None:
    objective = CLIENT.get(f"{server}/api/v1/objectives").json()["objectives"][0]
    (request,) = playground.watch.bodies("/api/v1/descents")
    assert request["objective"]["id"] == objective["id"] == "two-gaussian-bowl"
    assert request["start"] == objective["start"]
    assert [optimizer["id"] for optimizer in request["optimizers"]] == FIVE
    assert list(playground.table()) == FIVE


def test_learning_rates_open_at_what_the_sweep_found(playground: Playground, server: str) -> None:
    optimizers = CLIENT.get(f"{server}/api/v1/optimizers").json()["optimizers"]
    swept = {one["id"]: one["learning_rates"]["two-gaussian-bowl"] for one in optimizers}
    (request,) = playground.watch.bodies("/api/v1/descents")
    for optimizer in request["optimizers"]:
        assert optimizer["hyperparameters"]["lr"] == swept[optimizer["id"]]
    expect(playground.page.locator("#optimizers")).to_contain_text("sweep")


def test_optimizers_disagree_about_the_opening_start(playground: Playground) -> None:
    assert len({row["Basin"] for row in playground.table().values()}) > 1


def test_paths_on_the_canvas_lead_through_every_point_that_was_computed(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground("?start=-0.4,1.2&steps=60")
    axes = playground.axes()
    for optimizer in FIVE[1:]:
        playground.circle(optimizer).click()
    for i, descent in enumerate(playground.last().answer["descents"]):
        if i > 0:
            playground.circle(FIVE[i]).click()
            playground.circle(FIVE[i - 1]).click()
        playground.frame()
        painting, colour = read_painting(playground.paths), playground.colour(FIVE[i])
        points = list(zip(decode(descent["x"]), decode(descent["y"]), strict=True))
        # The start's ring covers the first points, and a dash pattern has gaps.
        seen = [painting.has_at(colour, *axes.pixel(x, y), reach=5) for x, y in points]
        assert len(seen) == 61 and sum(seen) > 0.8 * len(seen) and seen[-1]
        assert not any(painting.has(playground.colour(one)) for one in FIVE if one != FIVE[i])


def test_the_objective_is_named_explained_and_written_as_mathematics(
    playground: Playground,
) -> None:
    page = playground.page
    expect(page.get_by_role("heading", level=1)).to_have_text("Two-Gaussian bowl")
    expect(page).to_have_title(re.compile("Two-Gaussian bowl"))
    formula = page.locator("#objective-formula math")
    assert formula.evaluate("e => e.namespaceURI") == "http://www.w3.org/1998/Math/MathML"
    assert formula.locator("mfrac").count() == 2 and formula.locator("msup").count() > 2
    expect(page.locator("#objective-about").get_by_role("link")).to_have_attribute(
        "href", re.compile("^https://")
    )


def test_every_objective_has_a_thumbnail_drawn_live(playground: Playground) -> None:
    thumbnails = playground.page.locator("#thumbnails button")
    assert thumbnails.count() == len(OBJECTIVES)
    pictures = [
        read_painting(thumbnails.nth(i).locator("canvas")).pixels for i in range(thumbnails.count())
    ]
    assert all(picture[..., 3].min() == 255 for picture in pictures)
    assert len({picture.tobytes() for picture in pictures}) == len(OBJECTIVES)


def test_another_objective_is_drawn_and_run_by_a_click_on_its_thumbnail(
    playground: Playground,
) -> None:
    exchange = playground.exchange(playground.thumbnail("himmelblau").click)
    playground.rest()
    assert exchange.request["objective"] == {"id": "himmelblau", "parameters": {}}
    expect(playground.thumbnail("himmelblau")).to_have_attribute("aria-pressed", "true")
    expect(playground.page.get_by_role("heading", level=1)).to_have_text(re.compile("Himmelblau"))
    assert playground.axes().contains(-5, -5) and playground.axes().contains(5, 5)


def test_nothing_is_asked_of_any_other_origin(playground: Playground, server: str) -> None:
    hosts = {urlsplit(request.url).netloc for request in playground.watch.requests}
    assert hosts == {urlsplit(server).netloc}


def test_the_contour_has_level_lines_axes_and_a_colour_bar(playground: Playground) -> None:
    lines = playground.stage.locator("> .lines")
    assert lines.locator(".contourlevel path, .contourlines path").count() > 20
    assert lines.locator(".xtick text").count() > 3 and lines.locator(".ytick text").count() > 3
    bar = playground.page.locator("#scale")
    assert bar.locator("span").count() > 2
    heatmap = read_painting(playground.stage.locator("> .heatmap")).pixels
    assert len({tuple(pixel) for pixel in heatmap[100:-100:7, 100:-100:7].reshape(-1, 4)}) > 100
