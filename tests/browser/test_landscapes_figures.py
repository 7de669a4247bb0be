"""The paper's Figures 1 and 2: four surfaces with one cursor, two with one camera."""

import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.backend.landscapes.landscape_samples import make_landscape
from tests.backend.landscapes.run_samples import FLOORS, RUNS, lift
from tests.browser.conftest import OpenLandscapes, SharePage
from tests.browser.landscapes import Landscapes
from tests.browser.painting import read_painting
from tests.browser.playground import parse_number
from tests.browser.views import DRAWING_NOTES
from tests.servers import run_server

SURFACES = ("batch-1", "batch-64", "batch-256", "train")

MARGINS = {"left": 26, "right": 1, "top": 1, "bottom": 20}
"""Room for the numbers on a panel's axes, in CSS pixels."""

READ_CAMERA = "space => space.layout?.scene.camera"
READ_HEIGHTS = "space => space.layout.scene.zaxis.range"


@pytest.fixture(scope="module")
def figures_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a server with Figure 1, early and late, and Figure 2."""
    folder = tmp_path_factory.mktemp("figures")
    options: dict[str, Any] = {"plane": "random", "runs": [RUNS["sgd"]]}
    for id, figure, surfaces in (
        ("four", "1", SURFACES),
        ("four-again", "1", SURFACES),
        ("two", "2", SURFACES[1::2]),
    ):
        make_landscape(
            id, title=id, figures=[figure], surfaces=surfaces, arrows=figure == "1", **options
        ).write(folder)
    with run_server(landscapes_folder=str(folder)) as url:
        yield url


class Twins(Landscapes):
    """A page on which Figure 2 is open."""

    def rest(self) -> None:
        """Wait until both surfaces are drawn."""
        super().rest()
        self.wait_until(lambda: all(camera_of(space) for space in spaces_of(self)))


@pytest.fixture
def figure_1(share_page: SharePage, figures_server: str) -> Landscapes:
    """Figure 1, drawn."""
    return share_page("/landscapes?show=four", Landscapes, at=figures_server)


@pytest.fixture
def figure_2(share_page: SharePage, figures_server: str) -> Landscapes:
    """Figure 2, drawn."""
    return share_page("/landscapes?show=two", Twins, at=figures_server)


def panel(figure_1: Landscapes, surface: str) -> Locator:
    """Return one of the four."""
    return figure_1.page.locator(f'.batch-panel[data-surface="{surface}"]')


def pixel(figure_1: Landscapes, surface: str, x: float, y: float) -> tuple[float, float]:
    """Return the pixel of a point of the plane."""
    box = panel(figure_1, surface).locator(".batch-map canvas").bounding_box()
    assert box is not None
    width = box["width"] - MARGINS["left"] - MARGINS["right"]
    height = box["height"] - MARGINS["top"] - MARGINS["bottom"]
    across, down = (x + 1) / 2 * width, (1 - y) / 2 * height
    return box["x"] + MARGINS["left"] + across, box["y"] + MARGINS["top"] + down


def ranges(figure_1: Landscapes) -> list[list[float]]:
    """Return the limits of the four colour bars."""
    bars = figure_1.page.locator(".batch-range").all()
    return [[parse_number(end) for end in bar.inner_text().split()] for bar in bars]


def test_four_surfaces_stand_side_by_side(figure_1: Landscapes) -> None:
    names = figure_1.page.locator(".batch-panel .name").all_inner_texts()
    assert names == ["One image", "Batch of 64", "Batch of 256", "Whole training set"]
    boxes = [panel(figure_1, surface).bounding_box() for surface in SURFACES]
    assert len({box["x"] for box in boxes if box}) == 4
    assert len({box["y"] for box in boxes if box}) == 1
    expect(panel(figure_1, "batch-1").locator(".arrow-text")).to_have_text(
        "gradient 2.000 long, cosine 0.07"
    )
    expect(panel(figure_1, "train").locator(".arrow-text")).to_have_text("gradient 2.000 long")


def test_an_arrow_points_down_from_the_origin(figure_1: Landscapes) -> None:
    # The sample's full gradient points along x, that of one image by 1.5 radians upwards.
    ink = figure_1.page.evaluate("getComputedStyle(document.body).color")
    red, green, blue = (int(part) for part in re.findall(r"\d+", ink))
    for surface, on, off in (
        ("train", (0.4, 0.0), (0.0, 0.4)),
        ("batch-1", (0.028, 0.4), (0.4, 0.0)),
    ):
        painting = read_painting(panel(figure_1, surface).locator(".batch-map canvas"))
        assert painting.has_at((red, green, blue), *pixel(figure_1, surface, *on))
        assert not painting.has_at((red, green, blue), *pixel(figure_1, surface, *off))


def test_one_cursor_reads_all_four(figure_1: Landscapes) -> None:
    page = figure_1.page
    page.mouse.move(*pixel(figure_1, "batch-64", 0.5, -0.25))
    for surface in SURFACES:
        output = panel(figure_1, surface).locator("output")
        expect(output).not_to_be_empty()
        truth = lift(FLOORS[surface], 0.5, -0.25)
        assert parse_number(output.inner_text()) == pytest.approx(truth, abs=0.03)
        expect(panel(figure_1, surface).locator(".crosshair.across")).to_be_visible()
        hair = panel(figure_1, surface).locator(".crosshair.down").bounding_box()
        assert hair is not None
        assert hair["x"] == pytest.approx(pixel(figure_1, surface, 0.5, -0.25)[0], abs=1.5)
    place = re.compile(r"^At α 0\.(49|50|51), β −0\.2[456]$")
    expect(page.locator(".cursor-readout")).to_have_text(place)
    page.mouse.move(2, 2)
    expect(page.locator(".batch-panel output").first).to_be_empty()
    expect(page.locator(".crosshair.down").first).to_be_hidden()


def test_arrow_keys_move_the_cursor_and_tell_where_it_is(figure_1: Landscapes) -> None:
    group = figure_1.page.get_by_role("application", name="Four surfaces")
    group.focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowUp"):
        figure_1.page.keyboard.press(key)
    expect(figure_1.page.locator(".cursor-readout")).to_have_text("At α 0.10, β 0.01")
    expect(figure_1.announcement).to_contain_text("Alpha 0.10, beta 0.01: One image 0.2")
    figure_1.page.keyboard.press("Escape")
    expect(figure_1.page.locator(".batch-panel output").first).to_be_empty()


def test_colours_have_their_own_ranges_or_one(figure_1: Landscapes) -> None:
    assert ranges(figure_1) == [[FLOORS[s], lift(FLOORS[s], 1, 1)] for s in SURFACES]
    figure_1.page.get_by_role("button", name="One range").click()
    assert ranges(figure_1) == [[FLOORS["batch-1"], lift(FLOORS["train"], 1, 1)]] * 4
    assert figure_1.query() == {"show": "four", "common": "true"}
    figure_1.page.go_back()
    figure_1.wait_until(lambda: ranges(figure_1)[1][0] == FLOORS["batch-64"])


def test_cosines_of_many_batches_say_what_one_plane_does_not(figure_1: Landscapes) -> None:
    plot = figure_1.page.get_by_role("img", name="The median cosine of 5 batches")
    expect(plot).to_be_visible()
    assert plot.locator(".dot").count() == 3 * 5
    assert plot.locator(".median").count() == plot.locator(".quartiles").count() == 3
    expect(figure_1.batch_figure).to_contain_text("one plane is a lottery")
    expect(figure_1.batch_figure).to_contain_text("stands at 29° to the whole set’s")


def test_the_other_figure_1_and_the_single_view_are_a_click_away(figure_1: Landscapes) -> None:
    page = figure_1.page
    page.get_by_role("button", name="four-again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("four-again")
    assert figure_1.query() == {"show": "four-again"}
    page.get_by_role("link", name="Single view").click()
    expect(figure_1.landscape).to_be_visible()
    expect(figure_1.batch_figure).to_be_hidden()
    assert figure_1.query() == {"show": "four-again", "layout": "single"}
    page.get_by_role("link", name="All four surfaces").click()
    expect(figure_1.batch_figure).to_be_visible()


def spaces_of(figure_2: Landscapes) -> list[Locator]:
    """Return the two surfaces."""
    return figure_2.page.locator(".twin-surfaces .space").all()


def camera_of(space: Locator) -> Any:
    """Return a surface's camera position, rounded."""
    camera = space.evaluate(READ_CAMERA)
    return camera and [round(camera["eye"][axis], 6) for axis in "xyz"]


def assert_one_camera(figure_2: Landscapes, before: Any) -> None:
    """Raise unless both surfaces come to be looked at from one place, another than before."""

    def is_so() -> bool:
        first, second = (camera_of(space) for space in spaces_of(figure_2))
        # Of several turns the address has the last, while the surfaces still come to it.
        eye = [float(part) for part in figure_2.query().get("camera", "").split(",")[:3] if part]
        is_one = bool(first and first == second != before)
        return is_one and eye == pytest.approx(first, abs=1e-3)

    figure_2.wait_until(is_so)


@pytest.mark.long
def test_turning_one_surface_turns_the_other(figure_2: Landscapes) -> None:
    first, second = spaces_of(figure_2)
    before = camera_of(first)
    assert before == camera_of(second)
    box = second.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    figure_2.page.mouse.move(*middle)
    figure_2.page.mouse.down()
    figure_2.page.mouse.move(middle[0] + 60, middle[1] + 20, steps=4)
    figure_2.page.mouse.up()
    assert_one_camera(figure_2, before)


@pytest.mark.long
def test_keys_turn_both_surfaces_and_the_address_keeps_the_camera(
    figure_2: Landscapes, open_landscapes: OpenLandscapes, figures_server: str
) -> None:
    before = camera_of(spaces_of(figure_2)[0])
    figure_2.page.get_by_role("application", name="Two surfaces").focus()
    figure_2.page.keyboard.press("ArrowRight")
    figure_2.page.keyboard.press("+")
    assert_one_camera(figure_2, before)
    turned = camera_of(spaces_of(figure_2)[0])
    query = figure_2.page.url.partition("/landscapes")[2]
    # A key that comes before the surfaces are drawn turns both as well.
    copy = open_landscapes(query, at=figures_server, tolerated=DRAWING_NOTES, rest=False)
    copy.page.get_by_role("application", name="Two surfaces").press("+")
    assert_one_camera(copy, turned)
    nearer = [0.88 * part for part in turned]
    assert camera_of(spaces_of(copy)[1]) == pytest.approx(nearer, abs=2e-3)


@pytest.mark.long
def test_the_wheel_over_a_surface_scrolls_the_page_and_says_how_to_zoom(
    open_landscapes: OpenLandscapes, figures_server: str
) -> None:
    low = {"width": 1440, "height": 480}
    figure_2 = open_landscapes(
        "?show=two", at=figures_server, tolerated=DRAWING_NOTES, viewport=low
    )
    figure_2.wait_until(lambda: all(camera_of(space) for space in spaces_of(figure_2)))
    page = figure_2.page
    first, second = spaces_of(figure_2)
    before = camera_of(first)
    first.hover()
    page.mouse.wheel(0, 200)
    page.wait_for_function("() => window.scrollY > 0")
    expect(page.locator(".twin-surfaces .stage-note")).to_contain_text("wheel zoom")
    assert camera_of(first) == camera_of(second) == before
    page.keyboard.down("Control")
    page.mouse.wheel(0, 200)
    page.keyboard.up("Control")
    assert_one_camera(figure_2, before)


def test_the_wheel_with_ctrl_moves_both_surfaces_and_the_link_at_once(figure_2: Landscapes) -> None:
    page = figure_2.page
    first, _ = spaces_of(figure_2)
    before = camera_of(first)
    first.hover()
    page.keyboard.down("Control")
    page.mouse.wheel(0, 200)
    page.keyboard.up("Control")
    assert_one_camera(figure_2, before)
    after = camera_of(first)
    assert after == pytest.approx([math.exp(0.36) * part for part in before], rel=1e-3)


def test_heights_have_their_own_scales_or_one(figure_2: Landscapes) -> None:
    def heights() -> list[Any]:
        return [space.evaluate(READ_HEIGHTS) for space in spaces_of(figure_2)]

    def with_room(low: float, high: float) -> list[float]:
        """Return an axis of heights with a thousandth of room, so that rounding cuts no hole."""
        room = 1e-3 * (high - low)
        return [low - room, high + room]

    own = [with_room(FLOORS[s], float(lift(FLOORS[s], 1, 1))) for s in ("batch-64", "train")]
    assert heights() == own
    figure_2.page.get_by_role("button", name="Same heights").click()
    common = with_room(FLOORS["batch-64"], float(lift(FLOORS["train"], 1, 1)))
    figure_2.wait_until(lambda: heights() == [common] * 2)
    assert figure_2.query()["common"] == "true"


def test_each_surface_says_how_convex_it_is(figure_2: Landscapes) -> None:
    captions = figure_2.page.locator(".twin-surfaces figcaption").all_inner_texts()
    assert captions == ["Batch of 64", "Whole training set"]
    lines = figure_2.page.locator(".twin-surfaces figure > p").all_inner_texts()
    assert lines == ["100 % of the cells are convex; one minimum."] * 2
