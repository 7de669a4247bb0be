"""The paper's Figures 1 and 2: four surfaces with one cursor, two with one camera."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.backend.landscapes.landscape_samples import FLOORS, RUNS, lift, make_landscape
from tests.browser.conftest import OpenLandscapes
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


@pytest.fixture
def quartet(open_landscapes: OpenLandscapes, figures_server: str) -> Landscapes:
    """Figure 1, drawn."""
    return open_landscapes("?show=four", at=figures_server)


@pytest.fixture
def pair(open_landscapes: OpenLandscapes, figures_server: str) -> Landscapes:
    """Figure 2, drawn."""
    landscapes = open_landscapes("?show=two", at=figures_server, tolerated=DRAWING_NOTES)
    landscapes.wait_until(lambda: all(camera_of(space) for space in spaces_of(landscapes)))
    return landscapes


def panel(quartet: Landscapes, surface: str) -> Locator:
    """Return one of the four."""
    return quartet.page.locator(f'.quartet-panel[data-surface="{surface}"]')


def pixel(quartet: Landscapes, surface: str, x: float, y: float) -> tuple[float, float]:
    """Return the pixel of a point of the plane."""
    box = panel(quartet, surface).locator("canvas").bounding_box()
    assert box is not None
    width = box["width"] - MARGINS["left"] - MARGINS["right"]
    height = box["height"] - MARGINS["top"] - MARGINS["bottom"]
    across, down = (x + 1) / 2 * width, (1 - y) / 2 * height
    return box["x"] + MARGINS["left"] + across, box["y"] + MARGINS["top"] + down


def ranges(quartet: Landscapes) -> list[list[float]]:
    """Return the limits of the four colour bars."""
    bars = quartet.page.locator(".quartet-range").all()
    return [[parse_number(end) for end in bar.inner_text().split()] for bar in bars]


def test_four_surfaces_stand_side_by_side(quartet: Landscapes) -> None:
    names = quartet.page.locator(".quartet-panel .name").all_inner_texts()
    assert names == ["One image", "Batch of 64", "Batch of 256", "Whole training set"]
    boxes = [panel(quartet, surface).bounding_box() for surface in SURFACES]
    assert len({box["x"] for box in boxes if box}) == len({box["y"] for box in boxes if box}) == 2
    expect(panel(quartet, "batch-1").locator(".arrow-text")).to_have_text(
        "gradient 2.000 long, cosine 0.07"
    )
    expect(panel(quartet, "train").locator(".arrow-text")).to_have_text("gradient 2.000 long")


def test_an_arrow_points_down_from_the_origin(quartet: Landscapes) -> None:
    # The sample's full gradient points along x, that of one image by 1.5 radians upwards.
    ink = quartet.page.evaluate("getComputedStyle(document.body).color")
    red, green, blue = (int(part) for part in re.findall(r"\d+", ink))
    for surface, on, off in (
        ("train", (0.4, 0.0), (0.0, 0.4)),
        ("batch-1", (0.028, 0.4), (0.4, 0.0)),
    ):
        painting = read_painting(panel(quartet, surface).locator("canvas"))
        assert painting.has_at((red, green, blue), *pixel(quartet, surface, *on))
        assert not painting.has_at((red, green, blue), *pixel(quartet, surface, *off))


def test_one_cursor_reads_all_four(quartet: Landscapes) -> None:
    page = quartet.page
    page.mouse.move(*pixel(quartet, "batch-64", 0.5, -0.25))
    for surface in SURFACES:
        output = panel(quartet, surface).locator("output")
        expect(output).not_to_be_empty()
        truth = lift(FLOORS[surface], 0.5, -0.25)
        assert parse_number(output.inner_text()) == pytest.approx(truth, abs=0.03)
        expect(panel(quartet, surface).locator(".quartet-hair.across")).to_be_visible()
        hair = panel(quartet, surface).locator(".quartet-hair.down").bounding_box()
        assert hair is not None
        assert hair["x"] == pytest.approx(pixel(quartet, surface, 0.5, -0.25)[0], abs=1.5)
    place = re.compile(r"^At α 0\.(49|50|51), β −0\.2[456]$")
    expect(page.locator(".cursor-readout")).to_have_text(place)
    page.mouse.move(2, 2)
    expect(page.locator(".quartet-panel output").first).to_be_empty()
    expect(page.locator(".quartet-hair.down").first).to_be_hidden()


def test_arrow_keys_move_the_cursor_and_tell_where_it_is(quartet: Landscapes) -> None:
    group = quartet.page.get_by_role("application", name="Four surfaces")
    group.focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowUp"):
        quartet.page.keyboard.press(key)
    expect(quartet.page.locator(".cursor-readout")).to_have_text("At α 0.10, β 0.01")
    expect(quartet.announcement).to_contain_text("Alpha 0.10, beta 0.01: One image 0.2")
    quartet.page.keyboard.press("Escape")
    expect(quartet.page.locator(".quartet-panel output").first).to_be_empty()


def test_colours_have_their_own_ranges_or_one(quartet: Landscapes) -> None:
    assert ranges(quartet) == [[FLOORS[s], lift(FLOORS[s], 1, 1)] for s in SURFACES]
    quartet.page.get_by_role("button", name="One range").click()
    assert ranges(quartet) == [[FLOORS["batch-1"], lift(FLOORS["train"], 1, 1)]] * 4
    assert quartet.query() == {"show": "four", "common": "true"}
    quartet.page.go_back()
    quartet.wait_until(lambda: ranges(quartet)[1][0] == FLOORS["batch-64"])


def test_cosines_of_many_batches_say_what_one_plane_does_not(quartet: Landscapes) -> None:
    plot = quartet.page.get_by_role("img", name="The median cosine of 5 batches")
    expect(plot).to_be_visible()
    assert plot.locator(".dot").count() == 3 * 5
    assert plot.locator(".median").count() == plot.locator(".quartiles").count() == 3
    expect(quartet.quartet).to_contain_text("one plane is a lottery")
    expect(quartet.quartet).to_contain_text("stands at 29° to the whole set’s")


def test_the_other_figure_1_and_the_single_view_are_a_click_away(quartet: Landscapes) -> None:
    page = quartet.page
    page.get_by_role("button", name="four-again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("four-again")
    assert quartet.query() == {"show": "four-again"}
    page.get_by_role("link", name="Single view").click()
    expect(quartet.landscape).to_be_visible()
    expect(quartet.quartet).to_be_hidden()
    assert quartet.query() == {"show": "four-again", "layout": "single"}
    page.get_by_role("link", name="All four surfaces").click()
    expect(quartet.quartet).to_be_visible()


def spaces_of(pair: Landscapes) -> list[Locator]:
    """Return the two surfaces."""
    return pair.page.locator(".pair .space").all()


def camera_of(space: Locator) -> Any:
    """Return a surface's camera position, rounded."""
    camera = space.evaluate(READ_CAMERA)
    return camera and [round(camera["eye"][axis], 6) for axis in "xyz"]


def assert_one_camera(pair: Landscapes, before: Any) -> None:
    """Raise unless both surfaces come to be looked at from one place, another than before."""

    def is_so() -> bool:
        first, second = (camera_of(space) for space in spaces_of(pair))
        return bool(first == second != before)

    pair.wait_until(is_so)
    pair.wait_until(lambda: "camera" in pair.query())
    eye = [float(part) for part in pair.query()["camera"].split(",")[:3]]
    assert eye == pytest.approx(camera_of(spaces_of(pair)[0]), abs=1e-3)


def test_turning_one_surface_turns_the_other(pair: Landscapes) -> None:
    first, second = spaces_of(pair)
    before = camera_of(first)
    assert before == camera_of(second)
    box = second.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    pair.page.mouse.move(*middle)
    pair.page.mouse.down()
    pair.page.mouse.move(middle[0] + 60, middle[1] + 20, steps=4)
    pair.page.mouse.up()
    assert_one_camera(pair, before)


def test_keys_turn_both_surfaces_and_the_address_keeps_the_camera(
    pair: Landscapes, open_landscapes: OpenLandscapes, figures_server: str
) -> None:
    before = camera_of(spaces_of(pair)[0])
    pair.page.get_by_role("application", name="Two surfaces").focus()
    pair.page.keyboard.press("ArrowRight")
    pair.page.keyboard.press("+")
    assert_one_camera(pair, before)
    turned = camera_of(spaces_of(pair)[0])
    query = pair.page.url.partition("/landscapes")[2]
    copy = open_landscapes(query, at=figures_server, tolerated=DRAWING_NOTES)
    copy.wait_until(lambda: camera_of(spaces_of(copy)[1]))
    assert camera_of(spaces_of(copy)[1]) == pytest.approx(turned, abs=1e-3)


def test_heights_have_their_own_scales_or_one(pair: Landscapes) -> None:
    def heights() -> list[Any]:
        return [space.evaluate(READ_HEIGHTS) for space in spaces_of(pair)]

    own = [[FLOORS[s], lift(FLOORS[s], 1, 1)] for s in ("batch-64", "train")]
    assert heights() == own
    pair.page.get_by_role("button", name="Same heights").click()
    pair.wait_until(lambda: heights() == [[FLOORS["batch-64"], lift(FLOORS["train"], 1, 1)]] * 2)
    assert pair.query()["common"] == "true"


def test_each_surface_says_how_convex_it_is(pair: Landscapes) -> None:
    captions = pair.page.locator(".pair figcaption").all_inner_texts()
    assert captions == ["Batch of 64", "Whole training set"]
    lines = pair.page.locator(".pair figure > p").all_inner_texts()
    assert lines == ["100 % of the cells are convex; one minimum."] * 2
