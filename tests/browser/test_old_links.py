"""Links of earlier releases: each still opens the same view.

Rows of the table never change. After renaming a parameter of the address, an objective or a
landscape, the page must accept the old name too.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.playground import READ_AXES, Axes
from tests.browser.views import DRAWING_NOTES

TABLES = {
    "/": "playground/model/playground-state.js",
    "/landscapes": "landscapes/model/landscapes-state.js",
}
"""The module of each page that maps its state to its address."""

READ_STATE = """async (table) => {
  const load = (path) => import(new URL(path, document.baseURI).href);
  const { fromQuery } = await load("core/url-query.js");
  const { FIELDS, DEFAULTS } = await load(table);
  const state = fromQuery(FIELDS, location.search, DEFAULTS);
  const isSet = ([key, value]) => JSON.stringify(value) !== JSON.stringify(DEFAULTS[key]);
  return Object.fromEntries(Object.entries(state).filter(isSet));
}"""


@dataclass(frozen=True)
class Link:
    """A link of the first release.

    Attributes:
        address: path and query.
        state: the resulting state, where it differs from the defaults.
        seen: expectations of the resulting view.
    """

    address: str
    state: dict[str, Any]
    seen: list[Callable[[Page], object]]


def choice(page: Page, group: str, name: str) -> Locator:
    """Return a button of a visible group."""
    groups = page.get_by_role("group", name=group, exact=True)
    return groups.get_by_role("button", name=name, exact=True)


def expect_pressed(button: Locator, pressed: bool = True) -> None:
    expect(button).to_have_attribute("aria-pressed", "true" if pressed else "false")


def expect_circles(page: Page, shown: list[str]) -> None:
    """Expect these optimizers or runs to be shown in the lower bar."""
    circles = page.locator('.circle[aria-pressed="true"]')
    expect(circles).to_have_count(len(shown))
    ids = circles.evaluate_all("all => all.map(one => one.dataset.optimizer ?? one.dataset.run)")
    assert ids == shown


def expect_field(page: Page, name: str | re.Pattern[str], value: str) -> None:
    """Expect a number field to have a value, even in a folded panel."""
    field = page.get_by_role("spinbutton", name=name, include_hidden=True).first
    expect(field).to_have_value(value)


def expect_window(stage: Locator, x0: float, x1: float, y0: float, y1: float) -> None:
    """Expect the axes of a contour to show a whole window and hardly more."""
    expect(stage.locator("> .lines .xtick text").first).to_be_attached()
    axes = Axes(**stage.locator("> .lines").evaluate(READ_AXES))
    assert axes.contains(x0, y0) and axes.contains(x1, y1)
    assert axes.x1 - axes.x0 == pytest.approx(x1 - x0) or axes.y1 - axes.y0 == pytest.approx(
        y1 - y0
    )


def expect_story(page: Page, story: str) -> None:
    """Expect a story to be open."""
    current = page.locator("#stories .tale.current")
    expect(current).to_have_attribute("data-story", story)
    expect(current).to_be_visible()


LINKS = {
    # The playground
    "an objective, one of its parameters and a start": Link(
        "/?objective=rosenbrock&p.b=33.25&start=-1.1,1.7",
        {"objective": "rosenbrock", "parameters": {"b": 33.25}, "start": {"x": -1.1, "y": 1.7}},
        [
            lambda page: expect(
                page.locator("#parameters .control").nth(1).get_by_role("spinbutton")
            ).to_have_value("33.25")
        ],
    ),
    "optimizers, one of them switched off": Link(
        "/?optimizers=gd,-sgd,adam,lion",
        {"bar": ["gd", "sgd", "adam", "lion"], "off": ["sgd"]},
        [lambda page: expect_circles(page, ["gd", "adam", "lion"])],
    ),
    "hyperparameters and budgets": Link(
        "/?adam.lr=0.0321&adam.bias_correction=false&gd.steps=55&steps=321",
        {
            "hyperparameters": {"adam": {"lr": 0.0321, "bias_correction": False}},
            "stepsOf": {"gd": 55},
            "steps": 321,
        },
        [
            lambda page: expect(
                page.locator('#optimizers details[data-optimizer="adam"] summary')
            ).to_contain_text("lr (η) 0.0321")
        ],
    ),
    "the article's hyperparameters": Link(
        "/?preset=article",
        {"preset": "article"},
        [lambda page: expect_pressed(choice(page, "Hyperparameters", "As in the article"))],
    ),
    "noise": Link(
        "/?n.std=2.5&n.batch_size=4&n.seed=7&n.all=true",
        {"noise": {"std": 2.5, "batch_size": 4, "seed": 7, "all": True}},
        [lambda page: expect_field(page, re.compile("^Standard deviation"), "2.5")],
    ),
    "a step, a speed and the scale of the loss": Link(
        "/?step=123&speed=2&loss=log",
        {"playhead": 123, "speed": 2, "lossScale": "log"},
        [
            lambda page: expect(
                page.get_by_role("group", name="Playback", exact=True)
            ).to_contain_text("123")
        ],
    ),
    "a window": Link(
        "/?window=-0.5,1.5,0,2",
        {"bounds": {"x0": -0.5, "x1": 1.5, "y0": 0, "y1": 2}},
        [lambda page: expect_window(page.locator("#stage"), -0.5, 1.5, 0, 2)],
    ),
    "a surface in 3D": Link(
        "/?surface=3d&height=log&camera=1,1.5,0.8,0,0,-0.1",
        {
            "surface": "3d",
            "heightScale": "log",
            "camera": {
                "eye": {"x": 1, "y": 1.5, "z": 0.8},
                "center": {"x": 0, "y": 0, "z": -0.1},
            },
        },
        [lambda page: expect(page.locator("#stage > .surface3d canvas").first).to_be_visible()],
    ),
    "basins": Link(
        "/?optimizers=rmsprop,adam&basins=rmsprop",
        {"bar": ["rmsprop", "adam"], "basins": "rmsprop"},
        [
            lambda page: expect_pressed(
                page.locator('#basins [data-optimizer="rmsprop"]').get_by_role("button")
            )
        ],
    ),
    "a story": Link(
        "/?start=0.6,1.4&optimizers=gd,momentum,rmsprop,adam&preset=article&basins=adam"
        "&story=most-initializations",
        {
            "start": {"x": 0.6, "y": 1.4},
            "bar": ["gd", "momentum", "rmsprop", "adam"],
            "preset": "article",
            "basins": "adam",
            "story": "most-initializations",
        },
        [lambda page: expect_story(page, "most-initializations")],
    ),
    "a story with rates of its own": Link(
        "/?objective=rosenbrock&start=-1.2,1&optimizers=gd,momentum,rmsprop,adam&preset=article"
        "&gd.lr=0.001&momentum.lr=0.001&rmsprop.lr=0.001&adam.lr=0.001&steps=20000"
        "&story=rosenbrock-valley",
        {
            "objective": "rosenbrock",
            "start": {"x": -1.2, "y": 1},
            "bar": ["gd", "momentum", "rmsprop", "adam"],
            "preset": "article",
            "hyperparameters": {id: {"lr": 0.001} for id in ("gd", "momentum", "rmsprop", "adam")},
            "steps": 20000,
            "story": "rosenbrock-valley",
        },
        [lambda page: expect_story(page, "rosenbrock-valley")],
    ),
    "a race": Link(
        "/?objective=himmelblau&optimizers=gd,sgd,momentum,rmsprop,adam,lion",
        {
            "objective": "himmelblau",
            "bar": ["gd", "sgd", "momentum", "rmsprop", "adam", "lion"],
        },
        [lambda page: expect(page.locator("#results tbody tr")).to_have_count(6)],
    ),
    # The landscapes
    "a landscape": Link(
        "/landscapes?show=sgd-pca",
        {"show": "sgd-pca"},
        [lambda page: expect(page.locator("#landscape h1")).to_contain_text("its principal plane")],
    ),
    "a surface, a metric and colours": Link(
        "/landscapes?show=optimizers&surface=test&metric=accuracy&scale=linear&range=0.1,0.4",
        {
            "show": "optimizers",
            "surface": "test",
            "metric": "accuracy",
            "scale": "linear",
            "range": [0.1, 0.4],
        },
        [
            lambda page: expect_pressed(choice(page, "Surface", "Test set")),
            lambda page: expect_pressed(choice(page, "Metric", "Accuracy")),
            lambda page: expect(page.locator("#landscape .clipped")).to_contain_text(
                "points are above"
            ),
        ],
    ),
    "runs switched off, a clock and where it stood": Link(
        "/landscapes?show=optimizers&off=gd,adam&clock=images&at=100000&speed=2",
        {
            "show": "optimizers",
            "off": ["gd", "adam"],
            "clock": "images",
            "playhead": 100000,
            "speed": 2,
        },
        [
            lambda page: expect_circles(page, ["sgd"]),
            lambda page: expect(
                page.get_by_role("group", name="Playback", exact=True)
            ).to_contain_text("100,000"),
        ],
    ),
    "a window of a plane, and its charts": Link(
        "/landscapes?show=optimizers&window=-2,2,-2,2&chart=log&truth=true",
        {
            "show": "optimizers",
            "bounds": {"x0": -2, "x1": 2, "y0": -2, "y1": 2},
            "lossScale": "log",
            "truth": True,
        },
        [lambda page: expect_window(page.locator("#landscape .stage"), -2, 2, -2, 2)],
    ),
    "a landscape in 3D": Link(
        "/landscapes?show=three-minima&view=3d&camera=1.2,-1.2,0.9,0,0,0",
        {
            "show": "three-minima",
            "view": "3d",
            "camera": {
                "eye": {"x": 1.2, "y": -1.2, "z": 0.9},
                "center": {"x": 0, "y": 0, "z": 0},
            },
        },
        [lambda page: expect(page.locator("#landscape .surface3d canvas").first).to_be_visible()],
    ),
    "Figure 1": Link(
        "/landscapes?show=batches-end&common=true",
        {"show": "batches-end", "common": True},
        [
            lambda page: expect(page.locator("#batch-figure [data-surface]")).to_have_count(4),
            lambda page: expect_pressed(
                page.locator("#batch-figure").get_by_role("button", name="One range")
            ),
        ],
    ),
    "a surface of Figure 1 alone": Link(
        "/landscapes?show=batches-end&layout=single&surface=batch-1",
        {"show": "batches-end", "layout": "single", "surface": "batch-1"},
        [lambda page: expect_pressed(choice(page, "Surface", "One image"))],
    ),
    "Figure 2": Link(
        "/landscapes?show=bowl",
        {"show": "bowl"},
        [lambda page: expect(page.locator("#twin-figure canvas").first).to_be_visible()],
    ),
    "a table's difference": Link(
        "/landscapes?show=table-1&compare=difference",
        {"show": "table-1", "compare": "difference"},
        [
            lambda page: expect_pressed(
                page.locator("#table").get_by_role("button", name="Difference")
            )
        ],
    ),
    "a cell of a table": Link(
        "/landscapes?show=table-2&compare=paper&cell=b1-lr2-m0",
        {"show": "table-2", "compare": "paper", "cell": "b1-lr2-m0"},
        [lambda page: expect_pressed(page.locator('#table td[data-run="b1-lr2-m0"] button'))],
    ),
    # About
    "the paper's claims": Link(
        "/about#claims",
        {},
        [lambda page: expect(page.locator("#claims-title")).to_be_in_viewport()],
    ),
    "a chapter": Link(
        "/about#batches-title",
        {},
        [lambda page: expect(page.locator("#batches-title")).to_be_in_viewport()],
    ),
}

SPATIAL = ("a surface in 3D", "a landscape in 3D", "Figure 2")
"""Those that open in 3D, which takes seconds without a graphics card."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.long) if name in SPATIAL else name for name in LINKS],
)
def test_an_old_link_still_opens(open_page: OpenPage, name: str) -> None:
    link = LINKS[name]
    page, _ = open_page(link.address, tolerated=DRAWING_NOTES)
    for expect_seen in link.seen:
        expect_seen(page)
    path, *_ = re.split(r"[?#]", link.address)
    if table := TABLES.get(path):
        assert page.evaluate(READ_STATE, table) == link.state
    expect(page.locator("#problem")).to_be_hidden()
