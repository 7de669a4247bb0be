"""View of one landscape: content, controls, measures of quality."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.backend.landscapes.landscape_samples import make_landscape
from tests.backend.landscapes.run_samples import FLOORS, RUNS, lift
from tests.browser.conftest import OpenLandscapes
from tests.browser.landscape_view import COLOURS, View, place
from tests.browser.painting import read_painting
from tests.browser.playground import Axes, parse_numbers
from tests.browser.views import DRAWING_NOTES
from tests.servers import run_server


@pytest.fixture(scope="module")
def dot_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server with a random plane on which a run hardly moves."""
    folder = tmp_path_factory.mktemp("dot")
    run = replace(RUNS["sgd"], start=(0.01, 0.005, 0.5))
    make_landscape("dot", plane="random", runs=[run]).write(folder)
    with run_server(landscapes_folder=str(folder)) as url:
        yield url


STEEP = 1000.0
"""The loss in one corner of a landscape whose other losses reach from 1 to 3.5."""


@pytest.fixture(scope="module")
def odd_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server of a landscape with a steep corner and one that is not finite."""
    folder = tmp_path_factory.mktemp("odd")
    for id in ("steep", "nothing"):
        sample = make_landscape(id)
        for surface in sample.manifest["surfaces"]:
            loss = sample.arrays[surface["arrays"]["loss"]]
            if id == "steep":
                loss[-1, -1] = surface["highest"] = STEEP
            else:
                loss[:] = np.nan
                surface |= {"lowest": None, "highest": None, "not_finite": loss.size, "minima": 0}
        sample.write(folder)
    with run_server(landscapes_folder=str(folder)) as url:
        yield url


def test_it_says_what_it_shows(view: View) -> None:
    expect(view.root.get_by_role("heading", level=1)).to_have_text("GD, SGD and Adam on one plane")
    expect(view.root).to_contain_text("A bowl, and who comes to its middle.")
    expect(view.root).to_contain_text("Figure 3")
    legend = view.root.locator(".landscape-legend")
    expect(legend).to_contain_text("Its origin, marked +, is the end of SGD")
    expect(legend).to_contain_text("11 × 9 points")
    expect(legend).to_contain_text("640 images: loss 1.000 to 3.500")


def test_the_heatmap_is_deep_where_the_loss_is_low(view: View) -> None:
    assert sum(view.colour_at(0.2, 0.25)) < sum(view.colour_at(0.2, -0.6))
    axes = view.axes()
    assert axes.contains(-1, -1) and axes.contains(1, 1)
    ticks = view.root.locator(".color-scale span").all_inner_texts()
    low, *_, high = (parse_numbers(text)[0] for text in ticks)
    assert sorted([low, high]) == pytest.approx([1.0, 3.5])


def test_each_run_ends_where_it_ended_in_its_own_colour(view: View) -> None:
    painting, axes = read_painting(view.paths), view.axes()
    for run, colour in COLOURS.items():
        assert painting.has_at(colour, *axes.pixel(*place(run, 1.0)))


def test_a_circle_takes_a_run_away_from_everything_and_back(view: View) -> None:
    view.circle("gd").hover()
    view.frame()
    # Who points at one run sees the others faintly.
    faint = read_painting(view.paths)
    assert not faint.has_at(COLOURS["adam"], *view.axes().pixel(*place("adam", 0.5)))
    circle = view.circle("adam")
    expect(circle).to_have_accessible_name("Adam")
    circle.click()
    view.frame()
    expect(circle).to_have_attribute("aria-pressed", "false")
    assert view.landscapes.query()["off"] == "adam"
    for canvas in (view.paths, view.charts.first.locator(".paths")):
        assert not read_painting(canvas).has(COLOURS["adam"])
    expect(view.fidelity.locator("li")).to_have_count(2)
    view.page.go_back()
    expect(circle).to_have_attribute("aria-pressed", "true")
    view.frame()
    assert read_painting(view.paths).has(COLOURS["adam"])


def test_surface_and_metric_change_the_heatmap_and_the_address(view: View) -> None:
    view.choose("Surface", "Test set")
    view.rest()
    legend = view.root.locator(".landscape-legend")
    expect(legend).to_contain_text("160 images: loss 1.250 to 3.750")
    view.choose("Metric", "Accuracy")
    view.rest()
    ticks = view.root.locator(".color-scale span").all_inner_texts()
    assert all(text.endswith("%") for text in ticks)
    assert sum(view.colour_at(0.2, 0.25)) > sum(view.colour_at(0.2, -0.6))
    assert view.landscapes.query() == {
        "show": "optimizers",
        "surface": "test",
        "metric": "accuracy",
    }
    view.page.reload()
    view.rest()
    expect(view.root.get_by_role("button", name="Test set")).to_have_attribute(
        "aria-pressed", "true"
    )


@pytest.mark.long
def test_a_range_that_leaves_something_out_says_what(view: View) -> None:
    expect(view.clipped).to_be_hidden()
    high = view.settings.get_by_role("spinbutton", name="Highest colour at")
    low = view.settings.get_by_role("spinbutton", name="Lowest colour at")
    high.fill("2")
    high.press("Enter")
    low.fill("1.2")
    low.press("Enter")
    view.rest()
    x, y = np.meshgrid(np.linspace(-1, 1, 11), np.linspace(-1, 1, 9))
    loss = lift(FLOORS["train"], x, y)
    above, below = int((loss > 2).sum()), int((loss < 1.2).sum())
    expect(view.clipped).to_contain_text(f"{above} of 99 points are above 2.000 (up to 3.500)")
    expect(view.clipped).to_contain_text(f"{below} of 99 points are below 1.200 (down to 1.000)")
    marked = [view.colour_at(0.6, y) for y in np.linspace(0.93, 1.0, 30)]
    assert len(set(marked)) > 3
    high.fill("1")
    high.press("Enter")
    assert not high.evaluate("field => field.validity.valid")
    view.settings.get_by_role("button", name="Default", exact=True).click()
    expect(view.clipped).to_be_hidden()
    assert "range" not in view.landscapes.query()


def test_colours_open_where_outliers_begin_and_can_be_fitted(
    open_landscapes: OpenLandscapes, odd_server: str
) -> None:
    view = View(open_landscapes("?show=steep", at=odd_server))
    x, y = np.meshgrid(np.linspace(-1, 1, 11), np.linspace(-1, 1, 9))
    loss = lift(FLOORS["train"], x, y)
    loss[-1, -1] = STEEP
    first, third = np.quantile(loss, (0.25, 0.75))
    fence = third + 1.5 * (third - first)
    expect(view.clipped).to_contain_text(
        "Colours end where outliers begin, 1.5 interquartile ranges above the third quartile: "
        f"{(loss > fence).sum()} of 99 point"
    )
    expect(view.clipped).to_contain_text(f"above {fence:.3f} (up to 1000), hatched /.")
    colour = view.colour_at(0.2, -0.6)
    view.settings.get_by_role("button", name="All", exact=True).click()
    view.rest()
    expect(view.clipped).to_be_hidden()
    assert sum(view.colour_at(0.2, -0.6)) < sum(colour)
    view.settings.get_by_role("button", name="Default", exact=True).click()
    view.rest()
    assert view.colour_at(0.2, -0.6) == colour
    assert "range" not in view.landscapes.query()


def test_axes_can_have_one_scale(view: View) -> None:
    legend = view.root.locator(".landscape-legend")
    expect(legend).to_contain_text("The axes have scales of their own: one unit of α is drawn")
    view.choose("Scales of the axes", "Equal scales")
    view.rest()
    axes = view.axes()
    across, up = axes.width / (axes.x1 - axes.x0), axes.height / (axes.y1 - axes.y0)
    assert across == pytest.approx(up, rel=1e-3)
    expect(legend).to_contain_text("Both axes have one scale.")
    assert view.landscapes.query()["axes"] == "equal"


def test_what_is_not_finite_is_marked_and_counted(open_landscapes: OpenLandscapes) -> None:
    view = View(open_landscapes("?show=learning-rates"))
    expect(view.clipped).to_contain_text("3 of 99 points are not finite")
    x, y = np.linspace(-1, 1, 11)[:3], -1.0
    shades = {view.colour_at(float(one) + 0.05, y + 0.02) for one in x}
    grey = (139, 143, 149)
    assert any(max(abs(a - b) for a, b in zip(one, grey, strict=True)) < 6 for one in shades)


def test_logarithmic_colours_have_the_same_ends(view: View) -> None:
    linear = view.colour_at(0.2, -0.6)
    view.choose("Scale of the colours", "Log")
    view.rest()
    assert view.colour_at(0.2, -0.6) != linear
    texts = view.root.locator(".color-scale span").all_inner_texts()
    ticks = [parse_numbers(text)[0] for text in texts]
    assert (min(ticks), max(ticks)) == pytest.approx((1.0, 3.5))
    assert view.landscapes.query()["scale"] == "log"


def test_another_plane_keeps_what_applies_to_it(view: View) -> None:
    view.choose("Surface", "Test set")
    view.circle("gd").click()
    plane = view.settings.get_by_role("combobox", name="Plane")
    groups = plane.locator("optgroup").evaluate_all("all => all.map((one) => one.label)")
    assert groups[0] == "Of all runs together" and len(groups) == 4
    plane.focus()
    plane.select_option("three-minima")
    heading = view.root.get_by_role("heading", level=1)
    expect(heading).to_have_text("GD, SGD and Adam on the plane of their ends")
    query = view.landscapes.query()
    assert (query["show"], query["surface"], query["off"]) == ("three-minima", "test", "gd")
    expect(plane).to_be_focused()
    plane.select_option("adam-pca")
    expect(heading).to_contain_text("Adam")
    expect(view.root.locator(".circle")).to_have_count(1)
    view.page.go_back()
    expect(heading).to_have_text("GD, SGD and Adam on the plane of their ends")


def test_the_wheel_keys_and_a_drag_move_the_window(view: View) -> None:
    first = view.axes()
    pixel = (500, 300)
    view.page.mouse.move(*pixel)
    view.page.keyboard.down("Control")
    view.page.mouse.wheel(0, -300)
    view.page.keyboard.up("Control")
    view.rest()
    zoomed = view.axes()
    assert zoomed.x1 - zoomed.x0 < 0.7 * (first.x1 - first.x0)
    assert zoomed.data(*pixel) == pytest.approx(first.data(*pixel), abs=1e-6)
    view.page.mouse.move(*zoomed.pixel(0.5, 0.25))
    view.page.mouse.down()
    view.page.mouse.move(*zoomed.pixel(0.6, 0.25), steps=4)
    view.page.mouse.up()
    view.rest()
    assert view.axes().x0 == pytest.approx(zoomed.x0 - 0.1, abs=0.01)
    for key in ("+", "-", "ArrowRight"):
        before = view.axes()

        def has_moved(before: Axes = before) -> bool:
            return view.axes() != before

        view.stage.press(key)
        view.landscapes.wait_until(has_moved)
    view.page.reload()
    view.rest()
    assert view.axes() != first
    view.stage.press("0")
    view.landscapes.wait_until(lambda: view.axes() == first)
    expect(view.root.get_by_role("button", name="Show all")).to_be_hidden()


def test_a_pointer_hears_the_snapshot_and_the_heatmap(view: View) -> None:
    x, y = place("adam", 100 / 200)
    view.page.mouse.move(*view.axes().pixel(x, y))
    expect(view.readout).to_contain_text("Adam, step 100, epoch 10")
    distance = RUNS["adam"].start[2] + 0.5 * (RUNS["adam"].end[2] - RUNS["adam"].start[2])
    expect(view.readout).to_contain_text(
        f"loss {lift(1, x, y, distance):.3f}, in the plane {lift(1, x, y):.3f}"
    )
    expect(view.readout).to_contain_text(f"{distance:.4f} out of the plane")
    view.page.mouse.move(*view.axes().pixel(0.81, -0.74))
    expect(view.readout).to_have_text(f"loss {lift(1, 0.8, -0.75):.3f} at (0.80, −0.75)")


def test_what_the_picture_is_worth_is_always_in_sight(view: View) -> None:
    expect(view.fidelity).to_be_in_viewport()
    rows = view.fidelity.locator("li")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("random walks 85.0 % to 90.0 %")
    expect(view.fidelity).to_contain_text("only what exceeds it says something")
    expect(view.root.locator(".ends-note")).to_be_hidden()  # every end is drawn near its loss
    for row in rows.all():
        expect(row.locator(".meaning").first).to_contain_text("random walks")
        expect(row.locator(".meaning").last).to_contain_text("of the way from start to end")


def test_on_a_random_plane_the_path_is_a_dot_and_can_be_magnified(
    open_landscapes: OpenLandscapes, dot_server: str
) -> None:
    view = View(open_landscapes("?show=dot", at=dot_server))
    note = view.root.locator(".dot-note")
    expect(note).to_contain_text("0.01 across on a plane 2 wide. Of 10 dimensions")
    whole = view.axes()
    note.get_by_role("button", name="Zoom to the path").click()
    view.landscapes.wait_until(lambda: view.axes().x1 - view.axes().x0 < 0.1)
    view.rest()
    painting, axes = read_painting(view.paths), view.axes()
    x, y = axes.pixel(0, 0)
    assert painting.has_at(COLOURS["sgd"], x - 5, y)  # beside the minimum in which it ended
    view.root.get_by_role("button", name="Show all").click()
    view.landscapes.wait_until(lambda: view.axes() == whole)


def test_in_3d_the_surface_carries_the_same_runs(open_landscapes: OpenLandscapes) -> None:
    view = View(open_landscapes("?show=optimizers&view=3d", tolerated=DRAWING_NOTES))
    space = view.stage.locator("> .surface3d")
    read = """root => root.data?.map(({ type, x, z, line }) =>
      ({ type, x: [...x], color: line?.color, z: Array.from(z) }))"""
    view.landscapes.wait_until(lambda: space.evaluate(read))

    def lines() -> list[Any]:
        return [one for one in space.evaluate(read) if one["type"] == "scatter3d"]

    assert len(lines()) == 5  # three paths, their ends, the minima
    adam = next(one for one in lines() if one["color"] == "#007d53")
    x, y = place("adam", 1)
    # The surface is piecewise flat, and the path is drawn slightly above it.
    assert adam["z"][-1] == pytest.approx(lift(1, x, y), abs=0.1)
    view.circle("gd").click()
    view.landscapes.wait_until(lambda: len(lines()) == 4)
    space.press("ArrowLeft")
    view.landscapes.wait_until(lambda: "camera" in view.landscapes.query())
    camera = view.landscapes.query()["camera"]
    view.page.reload()
    view.landscapes.wait_until(lambda: space.evaluate(read))
    assert view.landscapes.query()["camera"] == camera
    view.choose("View", "Contour")
    view.rest()
    expect(space).to_be_hidden()
    # Back from 3D, once its surface has been drawn anew.
    view.choose("View", "3D")
    view.landscapes.wait_until(lambda: space.evaluate(read))
    view.page.go_back()
    view.rest()
    expect(space).to_be_hidden()
    expect(view.landscapes.problem).to_be_hidden()


def test_a_surface_without_a_finite_loss_is_told_of_in_3d(
    open_landscapes: OpenLandscapes, odd_server: str
) -> None:
    page = open_landscapes("?show=nothing&view=3d", at=odd_server)
    space = page.landscape.locator(".surface3d")
    expect(space).to_have_text("No value in view is finite: there is no surface to draw.")
    expect(page.problem).to_be_hidden()


def test_picture_rows_and_files_can_be_taken_home(view: View) -> None:
    page = view.page
    page.get_by_role("button", name="Export", exact=True).click()
    menu = page.get_by_role("group", name="Export")

    def save(name: str, kind: str = "Trajectories") -> tuple[str, bytes]:
        offers = menu.get_by_role("group", name=kind, exact=True)
        with page.expect_download() as event:
            offers.get_by_role("button", name=name, exact=True).click()
        return event.value.suggested_filename, event.value.path().read_bytes()

    assert save("PNG", "Picture")[1].startswith(b"\x89PNG")
    name, svg = save("SVG", "Picture")
    assert name == "optimizers-train-loss.svg" and b"GD, SGD and Adam on one plane" in svg
    name, csv = save("CSV")
    header, *rows = csv.decode().split()
    assert name == "optimizers-trajectories.csv" and len(rows) == 3 * 13
    assert header.startswith("run,step,epoch,images,x,y")
    read = json.loads(save("JSON")[1])
    assert read["surface"]["id"] == "train" and len(read["trajectories"]) == 3
    for file in ("manifest.json", "arrays.npz"):
        with page.expect_download() as event:
            menu.get_by_role("link", name=file).click()
        assert event.value.suggested_filename == f"optimizers-{file}"
    expect(menu.locator(".export-code")).to_contain_text('np.load("optimizers-arrays.npz")')


def test_the_lines_of_python_are_copied(open_landscapes: OpenLandscapes) -> None:
    view = View(
        open_landscapes("?show=optimizers", permissions=["clipboard-read", "clipboard-write"])
    )
    view.page.get_by_role("button", name="Export", exact=True).click()
    menu = view.page.get_by_role("group", name="Export")
    menu.get_by_role("button", name="Copy", exact=True).click()
    expect(menu.get_by_role("status")).to_have_text("Lines copied")
    copied = view.page.evaluate("navigator.clipboard.readText()")
    assert copied == menu.locator(".export-code").inner_text() and len(copied.splitlines()) == 3


def test_a_screen_reader_hears_what_changed(view: View) -> None:
    view.choose("Surface", "Test set")
    expect(view.landscapes.announcement).to_contain_text("Test set, 160 images")
    expect(view.landscapes.announcement).to_contain_text("Shown: GD, SGD, Adam.")
    expect(view.stage).to_have_attribute(
        "aria-label",
        "Loss, Test set. Focused, arrow keys move it, plus and minus zoom, 0 shows all; "
        "Space plays and pauses.",
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_is_wider_than_the_screen(
    open_landscapes: OpenLandscapes, scheme: str
) -> None:
    view = View(
        open_landscapes(
            "?show=optimizers&range=1.2,2&truth=true",
            viewport={"width": 390, "height": 844},
            color_scheme=scheme,
            has_touch=True,
        )
    )
    assert view.page.evaluate("document.documentElement.scrollWidth") == 390
    expect(view.stage).to_be_in_viewport()
