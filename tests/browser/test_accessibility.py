"""Accessibility of the playground: no violations found by axe, full keyboard access."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import OpenPlayground
from tests.browser.playground import Playground
from tests.browser.views import (
    DRAWING_NOTES,
    go_to_matrix,
    open_export,
    open_stories,
    open_video,
    show_basins,
    show_space,
    stay,
    unfold_panels,
)

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
AUDIT = """async () => {
  const { violations, passes } = await axe.run(document, { resultTypes: ["violations"] });
  const told = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id} (${help}): ${node.target.join(" ")}: ${node.html.slice(0, 200)}`),
  );
  return { told, passed: passes.length };
}"""

DARK = {"color_scheme": "dark"}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}

NEXT_FOCUS = """() => {
  const focused = document.activeElement;
  if (focused === document.body || focused.dataset.reached) return null;
  focused.dataset.reached = "yes";
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(focused);
  const place = focused.closest("#bar, #transport, #optimizers, #stage");
  return {
    element: focused.outerHTML.slice(0, 150),
    place: place === focused ? "itself" : place?.id ?? null,
    kind: focused.localName,
    optimizer: focused.dataset.optimizer ?? null,
    indicated: (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none",
    seen: focused.checkVisibility({ visibilityProperty: true }),
  };
}"""

MOST_STOPS = 400
"""More than the number of focusable elements."""


@pytest.mark.parametrize(
    ("query", "action", "context"),
    [
        pytest.param("", stay, {}, id="opening"),
        pytest.param("", stay, DARK, id="dark", marks=pytest.mark.long),
        pytest.param("", stay, PHONE, id="phone"),
        pytest.param("", show_space, {}, id="3d", marks=pytest.mark.long),
        pytest.param("?preset=article&steps=200", show_basins, {}, id="basins"),
        pytest.param("", unfold_panels, {}, id="panels"),
        pytest.param("", open_stories, {}, id="stories"),
        pytest.param("", go_to_matrix, {}, id="matrix", marks=pytest.mark.long),
        pytest.param("", go_to_matrix, DARK, id="matrix, dark"),
        pytest.param("", open_export, {}, id="export"),
        pytest.param("", open_video, {}, id="video"),
    ],
)
def test_axe_finds_no_violation(
    open_playground: OpenPlayground,
    query: str,
    action: Callable[[Playground], None],
    context: dict[str, Any],
) -> None:
    playground = open_playground(query, tolerated=DRAWING_NOTES, **context)
    action(playground)
    playground.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = playground.page.evaluate(AUDIT)
    assert found["passed"] > 10
    assert not found["told"], "\n".join(found["told"])


def test_tab_reaches_stage_circles_transport_and_panels_and_always_shows_where_it_is(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground()
    stops: list[dict[str, Any]] = []
    for _ in range(MOST_STOPS):
        playground.page.keyboard.press("Tab")
        stop = playground.page.evaluate(NEXT_FOCUS)
        if stop is None:
            break
        stops.append(stop)
    else:
        raise AssertionError("The focus never came to an end.")
    assert not [stop["element"] for stop in stops if not stop["indicated"] or not stop["seen"]]

    reached = [(stop["place"], stop["kind"]) for stop in stops]
    assert ("itself", "div") in reached, "the stage"
    circles = [stop["optimizer"] for stop in stops if stop["place"] == "bar"]
    assert circles[:-1] == ["gd", "sgd", "momentum", "rmsprop", "adam"]
    assert reached.count(("transport", "button")) == 5
    assert reached.count(("transport", "input")) == reached.count(("transport", "select")) == 1
    panels = playground.page.locator("#optimizers summary").count()
    assert reached.count(("optimizers", "summary")) == panels > 5
