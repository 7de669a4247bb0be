"""Views of the objective: zoom, pan, and the surface in 3D with the same paths."""

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Route, expect

from tests.backend.web.arrays import decode
from tests.browser.conftest import OpenPlayground
from tests.browser.playground import Axes, Playground, enter

READ_SCENE = """root => ({
  camera: root._fullLayout.scene.camera,
  traces: root.data.map(({ type, mode, x, y, z, line, marker }) => ({
    type, mode, color: line?.color ?? marker?.color,
    x: Array.from(x), y: Array.from(y), z: Array.from(z, (v) => typeof v === "number" ? v : [...v]),
  })),
})"""


def read_scene(playground: Playground) -> Any:
    """Return camera and traces of the 3D view."""
    return playground.stage.locator("> .surface3d").evaluate(READ_SCENE)


def turn(playground: Playground) -> None:
    """Rotate the 3D view with the mouse."""
    before = playground.page.url
    px, py = playground.centre(playground.stage)
    playground.page.mouse.move(px, py)
    playground.page.mouse.down()
    playground.page.mouse.move(px + 120, py - 30, steps=5)
    playground.page.mouse.up()
    playground.wait_until(lambda: playground.page.url != before)


def window(playground: Playground) -> tuple[float, float, float, float]:
    """Return the left, right, bottom and top limits of the view."""
    axes = playground.axes()
    return axes.x0, axes.x1, axes.y0, axes.y1


def test_the_wheel_zooms_and_keeps_the_point_under_the_pointer(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground()
    before = playground.axes()
    pixel = (500, 300)
    point = before.data(*pixel)
    playground.page.mouse.move(*pixel)
    # Alone it scrolls the page, and says once how to zoom.
    playground.page.mouse.wheel(0, 300)
    expect(playground.stage.locator(".stage-note")).to_contain_text("wheel zoom")
    playground.page.wait_for_function("() => window.scrollY > 0")
    assert playground.query() == {}
    playground.page.mouse.wheel(0, -300)
    playground.page.wait_for_function("() => window.scrollY === 0")
    playground.page.keyboard.down("Control")
    playground.page.mouse.wheel(0, -300)
    playground.page.keyboard.up("Control")
    playground.rest()
    after = playground.axes()
    assert after.data(*pixel) == pytest.approx(point, abs=1e-6)
    assert after.x1 - after.x0 < 0.7 * (before.x1 - before.x0)
    surface = [b for b in playground.watch.bodies("/api/v1/surfaces") if b["x"]["count"] == 161][-1]
    assert surface["x"]["min"] <= after.x0 < after.x1 <= surface["x"]["max"]


def test_dragging_the_ground_pans_and_starts_nothing(playground: Playground) -> None:
    before = playground.axes()
    px, py = before.pixel(-1.5, 1.5)
    playground.page.mouse.move(px, py)
    playground.page.mouse.down()
    playground.page.mouse.move(px + 80, py + 40, steps=4)
    playground.page.mouse.up()
    playground.rest()
    assert playground.axes().data(px + 80, py + 40) == pytest.approx((-1.5, 1.5), abs=0.02)
    assert len(playground.watch.bodies("/api/v1/descents")) == 1


def test_keys_zoom_and_zero_shows_all(playground: Playground) -> None:
    whole = window(playground)
    playground.stage.focus()
    widths = [whole[1] - whole[0]]
    for key in ("+", "+", "-"):
        playground.page.keyboard.press(key)
        playground.rest()
        widths.append(playground.axes().x1 - playground.axes().x0)
    assert widths[1] == pytest.approx(widths[3]) and widths[2] < widths[1] < widths[0]
    playground.page.keyboard.press("0")
    playground.rest()
    assert window(playground) == whole


def test_show_all_leads_back_to_the_whole_domain(playground: Playground) -> None:
    whole = window(playground)
    show_all = playground.stage.get_by_role("button", name="Show all")
    expect(show_all).to_be_hidden()
    playground.stage.press("+")
    playground.rest()
    assert window(playground) != whole
    show_all.click()
    playground.rest()
    assert window(playground) == whole
    expect(show_all).to_be_hidden()


def test_the_zoom_stays_through_toggles_and_recomputation(playground: Playground) -> None:
    playground.stage.press("+")
    playground.rest()
    zoomed = window(playground)
    playground.circle("adam").click()
    playground.exchange(lambda: playground.click(*playground.axes().pixel(0.3, 0.7)))
    rate = playground.panel("gd").get_by_role("spinbutton", name="Learning rate")
    playground.exchange(lambda: enter(rate, 0.01))
    playground.exchange(lambda: enter(playground.page.locator("#parameters input.number").first, 1))
    playground.rest()
    assert window(playground) == zoomed


@pytest.mark.parametrize(
    "query", ["", pytest.param("?objective=rosenbrock", marks=pytest.mark.long)]
)
def test_the_surface_in_3d_carries_the_same_paths(
    open_playground: OpenPlayground, query: str
) -> None:
    playground = open_playground(query)
    answer = playground.last().answer
    playground.choose("View", "3D")
    playground.rest()
    surface, *lines, heads, marks = read_scene(playground)["traces"]
    minima = [(minimum["x"], minimum["y"]) for minimum in answer["minima"]]
    assert list(zip(marks["x"], marks["y"], strict=True)) == minima
    assert surface["type"] == "surface" and len(surface["z"]) == len(surface["y"])
    assert np.isfinite(surface["z"]).all() and np.ptp(surface["z"]) > 0
    assert len(lines) == 5 and heads["mode"] == "markers"
    axes = Axes(surface["x"][0], surface["x"][-1], surface["y"][0], surface["y"][-1], 0, 0, 1, 1)
    for i, (line, descent) in enumerate(zip(lines, answer["descents"], strict=True)):
        assert line["color"] == playground.circle(descent["optimizer"]).evaluate(
            "e => e.style.getPropertyValue('--color')"
        )
        drawn = np.array([line["x"], line["y"]]).T
        points = list(zip(decode(descent["x"]), decode(descent["y"]), strict=True))
        for x, y in points:
            nearest = abs(drawn - (x, y)).max(axis=1).argmin()
            assert drawn[nearest] == pytest.approx((x, y), abs=1e-12)
            assert np.isfinite(line["z"][nearest]) == axes.contains(x, y)
        assert (heads["x"][i], heads["y"][i]) == pytest.approx(points[-1])


def scripts(playground: Playground) -> list[str]:
    """Return which of Plotly's bundles were requested."""
    names = [request.url.rpartition("/")[2] for request in playground.watch.requests]
    return [name for name in names if name.startswith("plotly-")]


def test_the_script_for_3d_is_asked_for_once_and_not_before_3d_is_shown(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground()
    flat, deep = "plotly-cartesian.min.js", "plotly-gl3d.min.js"
    assert scripts(playground) == [flat]
    for view in ("3D", "Contour", "3D"):
        playground.choose("View", view)
        playground.rest()
        assert scripts(playground) == [flat, deep]


def test_nothing_is_drawn_in_3d_for_who_has_left_before_its_script_came(
    open_playground: OpenPlayground,
) -> None:
    held: list[Route] = []
    playground = open_playground(routed=True)
    playground.page.route("**/plotly-gl3d.min.js", lambda route: held.append(route))
    playground.page.evaluate("() => { window.flat = Plotly; }")
    playground.choose("View", "3D")
    playground.wait_until(lambda: len(held) == 1)
    playground.choose("View", "Contour")
    held[0].continue_()
    playground.wait_until(lambda: playground.page.evaluate("Plotly !== flat"))
    playground.frame()
    assert playground.stage.locator("> .surface3d canvas").count() == 0


@pytest.mark.long
def test_the_camera_stays_through_toggles_and_recomputation(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground("?surface=3d")
    opening = read_scene(playground)["camera"]
    turn(playground)
    camera = read_scene(playground)["camera"]
    assert camera["eye"] != opening["eye"]

    playground.circle("adam").click()
    playground.frame()
    playground.wait_until(lambda: len(read_scene(playground)["traces"]) == 7)
    assert read_scene(playground)["camera"] == camera

    rate = playground.panel("gd").get_by_role("spinbutton", name="Learning rate")
    playground.exchange(lambda: enter(rate, 0.01))
    playground.rest()
    assert read_scene(playground)["camera"] == camera

    playground.choose("View", "Contour")
    playground.choose("View", "3D")
    playground.rest()
    assert read_scene(playground)["camera"]["eye"] == pytest.approx(camera["eye"], abs=1e-3)


def test_the_height_is_linear_or_logarithmic(open_playground: OpenPlayground) -> None:
    playground = open_playground("?surface=3d&objective=rosenbrock")
    height = playground.page.get_by_role("switch", name="Log height")
    expect(height).to_be_checked()
    logarithmic = np.array(read_scene(playground)["traces"][0]["z"])
    height.uncheck()
    playground.wait_until(lambda: read_scene(playground)["traces"][0]["z"][0][0] > 100)
    linear = np.array(read_scene(playground)["traces"][0]["z"])
    order = np.argsort(linear, axis=None)
    assert (np.diff(logarithmic.ravel()[order]) >= 0).all()


@pytest.mark.long
def test_playback_moves_heads_and_cloud_in_3d_too(open_playground: OpenPlayground) -> None:
    playground = open_playground("?surface=3d&optimizers=sgd&sgd.lr=0.01&n.std=6&ensemble=sgd,30")
    (sgd,) = playground.last().answer["descents"]
    playground.wait_until(lambda: len(read_scene(playground)["traces"]) == 6)
    (asked,) = playground.watch.posted("/api/v1/ensembles")
    response = asked.response()
    assert response is not None
    ensemble = {name: decode(response.json()[name]) for name in ("step", "x", "y")}
    for step in (30, 90):
        playground.seek(step)
        head = [float(decode(sgd[name])[step]) for name in ("x", "y")]
        kept = int(np.searchsorted(ensemble["step"], step, side="right")) - 1
        cloud = [ensemble[name][:, kept] for name in ("x", "y")]

        def is_there(head: list[float] = head, cloud: list[Any] = cloud) -> bool:
            _, _, heads, _, trails, dots = read_scene(playground)["traces"]
            assert (trails["mode"], dots["mode"]) == ("lines", "markers")
            places = [heads["x"][0], heads["y"][0]]
            is_moved = len(dots["x"]) == 30 and np.allclose([dots["x"], dots["y"]], cloud)
            return bool(np.allclose(places, head, rtol=0, atol=1e-9) and is_moved)

        playground.wait_until(is_there)
        dots = read_scene(playground)["traces"][-1]
        assert np.isfinite(dots["z"]).sum() > 20
