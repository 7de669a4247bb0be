"""Views of curvature: sharpness, eigenvalues, segments, lotteries, batches, two side by side."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.backend.landscapes.curvature_samples import write_curvatures
from tests.backend.landscapes.landscape_samples import make_landscape
from tests.browser.conftest import OpenLandscapes
from tests.browser.landscapes import Landscapes
from tests.browser.painting import IS_PAINTED
from tests.servers import run_server


@pytest.fixture(scope="module")
def curvature_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server of what is measured of curvature, and of a plane of three runs."""
    folder = tmp_path_factory.mktemp("curvature")
    write_curvatures(folder)
    make_landscape().write(folder)
    with run_server(landscapes_folder=str(folder)) as url:
        yield url


def expect_drawn(page: Landscapes, canvases: Locator, count: int) -> None:
    """Wait until so many canvases are painted."""
    expect(canvases).to_have_count(count)
    page.wait_until(lambda: all(canvas.evaluate(IS_PAINTED) for canvas in canvases.all()))


def follow(page: Landscapes, id: str) -> None:
    """Go back to the gallery and open another landscape, as a user does."""
    page.page.get_by_role("link", name="All landscapes").locator("visible=true").click()
    page.link(id).click()


def test_each_view_of_curvature_is_drawn_and_told_in_words(
    open_landscapes: OpenLandscapes, curvature_server: str
) -> None:
    page = open_landscapes("?show=sharpness", at=curvature_server)
    charts = page.landscape.locator(".sharpness-charts .landscape-chart")
    expect(charts).to_have_count(2)
    expect(charts.first).to_contain_text("Sharpness on 160 training images")
    expect(charts.first).to_contain_text("the full-batch limit of each rule")
    expect(charts.first).to_contain_text("Not converged, and left open (×): GD at step 12")
    expect(charts.last).to_contain_text("Adam 2(1+β₁)/((1−β₁)η) = 7600")
    expect_drawn(page, charts.locator(".paths"), 2)
    page.page.get_by_role("button", name="Fade paths by their distance").click()
    expect(page.landscape.locator(".fade-note")).to_contain_text("12.0 % opaque at 0.5000")
    page.page.get_by_role("button", name="Train-test gap").click()
    legend = page.landscape.locator(".landscape-legend").last
    expect(legend).to_contain_text("test set (160 images) less that on the whole training set (640")
    assert page.query()["metric"] == "train-test-gap" and page.query()["fade"] == "true"

    follow(page, "sgd-saddle")
    eigenvalues = page.landscape.get_by_role("region", name="Eigenvalues at the origin")
    expect(eigenvalues).to_contain_text("λ = −2.000, the smallest; residual 0.5 %")
    expect(eigenvalues).to_contain_text("on 320 training samples (drawn with seed 0)")
    eigenvalues.get_by_role("button", name="Quadratic model over the surface").click()
    assert page.query()["quadratic"] == "true"

    follow(page, "segments")
    segments = page.page.locator("#segments")
    expect(segments.locator("figure")).to_have_count(6)
    expect(segments.get_by_role("row", name="SGD, lr 0.002")).to_have_count(3)
    segments.get_by_role("button", name="Accuracy").click()
    expect(segments.get_by_role("table")).to_contain_text("%")

    follow(page, "sgd-lottery")
    lottery = page.page.locator("#lottery")
    expect_drawn(page, lottery.locator("canvas"), 9)
    expect(lottery).to_contain_text("The sharpness there is 50.00 on 320 training samples")
    lottery.get_by_role("button", name="Seeds 18–19").click()
    expect_drawn(page, lottery.locator("canvas"), 2)
    assert page.query()["draw"] == "2"

    follow(page, "sgd-batches")
    batches = page.page.locator("#batch-path")
    expect_drawn(page, batches.locator("canvas"), 4 + 4 * 8)
    expect(batches.locator(".now")).to_contain_text("Step 200, epoch 20")
    batches.get_by_role("button", name="Back to the start").click()
    expect(batches.locator(".now")).to_contain_text("Step 0, epoch 0, 0.5000 out of the plane")
    expect(batches.get_by_role("button", name="0", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    page.wait_until(lambda: page.query().get("at") == "0")
    assert page.query()["clock"] == "step"
    page.page.get_by_role("button", name="Export", exact=True).locator("visible=true").click()
    with page.page.expect_download() as event:
        page.page.get_by_role("button", name="CSV", exact=True).locator("visible=true").click()
    assert event.value.path().read_text().startswith("step,epoch,x,y,distance_from_plane")


def test_a_view_that_is_opened_again_before_its_module_has_come_is_made_once(
    open_landscapes: OpenLandscapes, curvature_server: str
) -> None:
    held: list[Route] = []
    page = open_landscapes(
        at=curvature_server,
        prepare=lambda page: page.route("**/lottery-view.js", lambda route: held.append(route)),
    )
    page.link("sgd-lottery").click()
    page.page.go_back()
    page.link("sgd-lottery").click()
    page.wait_until(lambda: held)
    for module in held:
        module.continue_()
    expect(page.page.locator("#lottery")).to_be_visible()
    expect(page.page.locator("#lottery-export")).to_have_count(1)


def test_two_landscapes_share_scale_runs_and_playhead_and_stand_one_above_the_other_on_a_phone(
    open_landscapes: OpenLandscapes, curvature_server: str
) -> None:
    page = open_landscapes("", at=curvature_server)
    page.gallery.get_by_role("link", name="Compare two landscapes").click()
    expect(page.card("segments")).to_have_count(0)  # what is no plane cannot be chosen
    page.card("optimizers").get_by_role("link").press("Enter")
    picking = page.page.locator("#picking")
    expect(picking).to_contain_text("to stand beside “GD, SGD and Adam on one plane”")
    chosen = page.card("optimizers").get_by_role("link")
    expect(chosen).to_be_focused()
    assert page.query() == {"pick": "true", "beside": "optimizers"}
    chosen.press("Enter")
    expect(picking).to_contain_text("Choose the first")
    chosen.press("Enter")
    page.card("sgd-saddle").get_by_role("link").first.click()
    pair = page.page.locator("#pair")
    expect(pair.get_by_role("heading", level=1)).to_have_text("Two landscapes side by side")
    expect_drawn(page, pair.locator(".heatmap"), 2)
    low, high = (pair.locator(".map-scale > span").nth(place) for place in (0, 2))
    expect(low).to_have_text("0.0000")  # of the saddle's plane
    expect(high).to_have_text("3.500")  # of the bowl
    pair.locator('.circle[data-run="gd"]').click()
    assert page.query()["off"] == "gd"
    pair.get_by_role("button", name="Swap").click()
    assert page.query()["beside"] == "optimizers"
    expect(pair.get_by_role("combobox", name="Left landscape")).to_have_value("sgd-saddle")
    page.page.set_viewport_size({"width": 390, "height": 844})
    # What is drawn is given its new size a frame later.
    page.page.wait_for_function("() => document.documentElement.scrollWidth === 390")
    first, second = (pair.locator(".stage").nth(place).bounding_box() for place in (0, 1))
    assert first and second and first["y"] + first["height"] <= second["y"]
    expect(pair.get_by_role("link", name="Single view")).to_be_visible()
