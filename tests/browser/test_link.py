"""State in the page's address: reload, Back, Forward, shared links."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.browser.conftest import OpenPlayground
from tests.browser.playground import SURFACE_COUNT, Playground, enter
from tests.browser.test_settings import hyperparameter, parameter
from tests.browser.test_view import turn

Act = Callable[[Playground], object]


@dataclass(frozen=True)
class Scene:
    """Actions of a user, and the resulting parameters of the address."""

    acts: list[Act]
    parameters: set[str]
    query: str = ""


def add(name: str) -> Act:
    def act(playground: Playground) -> None:
        playground.bar.get_by_role("button", name="Add or remove optimizers").click()
        item = playground.bar.get_by_role("menuitemcheckbox", name=name, exact=True)
        playground.exchange(item.click)
        playground.page.keyboard.press("Escape")

    return act


def set_noise(playground: Playground) -> None:
    noise = playground.noise()
    enter(noise.get_by_role("spinbutton", name="Standard deviation"), 2.5)
    enter(noise.get_by_role("spinbutton", name="Batch size"), 4)
    noise.get_by_role("button", name="Draw again").click()
    noise.get_by_role("switch", name="Noise for all").check()


def zoom_in(playground: Playground) -> None:
    playground.exchange(lambda: playground.stage.press("+"), "/api/v1/surfaces")


SCENES = {
    "objective and playback": Scene(
        [
            lambda p: p.exchange(p.thumbnail("rosenbrock").click),
            lambda p: p.exchange(lambda: enter(parameter(p, 1)[1], 33.25)),
            lambda p: p.rest(),
            lambda p: p.exchange(lambda: p.click(*p.axes().pixel(-1.1, 1.7))),
            lambda p: p.transport.get_by_role("combobox", name="Speed").select_option("2"),
            lambda p: p.choose("Scale of the loss", "Log (f − f*)"),
            lambda p: p.seek(123),
        ],
        {"objective", "p.b", "start", "step", "speed", "loss"},
    ),
    "optimizers": Scene(
        [
            add("Lion"),
            lambda p: p.circle("sgd").click(),
            lambda p: enter(p.page.get_by_role("spinbutton", name="Steps of all"), 321),
            lambda p: enter(hyperparameter(p.panel("adam"), "Learning rate")[1], 0.0321),
            lambda p: p.panel("adam").get_by_role("switch", name="Bias correction").uncheck(),
            lambda p: enter(p.panel("gd").get_by_role("spinbutton", name="Steps of"), 55),
        ],
        {"optimizers", "steps", "adam.lr", "adam.bias_correction", "gd.steps"},
    ),
    "preset": Scene(
        [lambda p: p.exchange(lambda: p.choose("Hyperparameters", "As in the article"))],
        {"preset"},
    ),
    "noise": Scene([set_noise], {"n.std", "n.batch_size", "n.seed", "n.all"}),
    "zoom": Scene([zoom_in, zoom_in], {"window"}),
    "surface": Scene(
        [
            lambda p: p.choose("View", "3D"),
            lambda p: p.rest(),
            lambda p: p.page.get_by_role("switch", name="Log height").check(),
            turn,
        ],
        {"surface", "height", "camera"},
    ),
    "basins": Scene(
        [
            lambda p: p.show_basins(),
            lambda p: p.basins.get_by_role("button", name="RMSProp").click(),
        ],
        {"basins", "optimizers", "steps"},
        query="?optimizers=rmsprop,adam&steps=200",
    ),
}


def data(playground: Playground) -> list[Any]:
    """Return the view's last requests for descents, surface and basins."""
    surfaces = playground.watch.bodies("/api/v1/surfaces")
    surface = [body for body in surfaces if body["x"]["count"] == SURFACE_COUNT][-1]
    # An address has only the visible digits of a window.
    window = [round(surface[axis][end], 5) for axis in "xy" for end in ("min", "max")]
    return [
        playground.watch.bodies("/api/v1/descents")[-1],
        surface["objective"],
        window,
        playground.watch.bodies("/api/v1/basins")[-1:],
    ]


def wait_for_link(playground: Playground, parameters: set[str]) -> None:
    """Wait until the address has these parameters and everything is drawn."""
    playground.rest()
    playground.wait_until(lambda: set(playground.query()) == parameters)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.long)
        if name in ("optimizers", "preset", "noise", "zoom", "surface")
        else name
        for name in SCENES
    ],
)
def test_reload_and_a_copied_link_show_the_same_view_of_the_same_data(
    open_playground: OpenPlayground, name: str
) -> None:
    scene = SCENES[name]
    playground = open_playground(scene.query)
    for act in scene.acts:
        act(playground)
    wait_for_link(playground, scene.parameters)
    fold_panels(playground)
    view, asked, table = playground.controls(), data(playground), playground.table()
    link = playground.page.url

    playground.page.reload()
    playground.rest()
    assert playground.page.url == link
    assert playground.controls() == view
    assert playground.table() == table
    assert data(playground)[:3] == asked[:3]

    other = open_playground(link.partition("/?")[2] and f"?{link.partition('?')[2]}")
    assert other.controls() == view
    assert other.table() == table
    assert data(other)[:3] == asked[:3]


def fold_panels(playground: Playground) -> None:
    """Fold all panels, because they are not part of the view."""
    unfolded = playground.page.locator("#optimizers details[open]")
    while unfolded.count() > 0:
        unfolded.first.locator("summary").click()


def test_the_address_of_an_untouched_page_is_bare(playground: Playground) -> None:
    assert playground.page.url.endswith("/")


def test_back_and_forward_lead_through_all_that_was_done(open_playground: OpenPlayground) -> None:
    playground = open_playground()
    acts: list[Act] = [
        lambda p: p.click(*p.axes().pixel(1.3, 1.1)),
        lambda p: p.circle("sgd").click(),
        lambda p: p.choose("Scale of the loss", "Log (f − f*)"),
        lambda p: p.thumbnail("himmelblau").click(),
        lambda p: enter(p.page.get_by_role("spinbutton", name="Steps of all"), 200),
        lambda p: p.stage.press("+"),
        lambda p: p.transport.get_by_role("combobox", name="Speed").select_option("4"),
        lambda p: p.choose("Hyperparameters", "As in the article"),
    ]
    history = [remember(playground)]
    for act in acts:
        act(playground)
        history.append(remember(playground))
    assert len({url for url, *_ in history}) == len(history)
    for i in range(len(acts) - 1, -1, -1):
        playground.page.go_back()
        assert remember(playground) == history[i]
    for i in range(1, len(history)):
        playground.page.go_forward()
        assert remember(playground) == history[i]


def remember(playground: Playground) -> Any:
    """Return address, controls, table and data of the fully drawn page."""
    playground.rest()
    return playground.page.url, playground.controls(), playground.table(), data(playground)


@pytest.mark.parametrize(
    "query",
    [
        "?objective=nothing&optimizers=nobody&start=here&p.a=much&step=-&speed=fast&window=1,2",
        "?p.a=1e9&gd.lr=-1&steps=0.5&n.std=-3&adam.nothing=1&camera=1,2&surface=4d&basins=eve",
        "?start=1e300,0&window=0,1e300,0,1e300&step=1e300",
        "?%F0%28&=&&===",
    ],
)
def test_a_link_that_makes_no_sense_opens_what_it_can(
    open_playground: OpenPlayground, query: str
) -> None:
    playground = open_playground(query)
    assert list(playground.table()) == ["gd", "sgd", "momentum", "rmsprop", "adam"]
    assert playground.problem.is_hidden()
