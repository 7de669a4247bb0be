"""Accessibility of gallery, figures and tables: no violations found by axe."""

from typing import Any

import pytest

from tests.browser.conftest import OpenLandscapes
from tests.browser.test_accessibility import AUDIT, AXE, DARK, PHONE
from tests.browser.views import DRAWING_NOTES


@pytest.mark.parametrize(
    ("query", "context"),
    [
        pytest.param("", {}, id="gallery"),
        pytest.param("", DARK, id="gallery, dark"),
        pytest.param("", PHONE, id="gallery, phone"),
        pytest.param("?show=batches-end", {}, id="figure 1"),
        pytest.param("?show=batches-end", PHONE | DARK, id="figure 1, phone, dark"),
        pytest.param("?show=bowl", DARK, id="figure 2, dark"),
        pytest.param("?show=table-1", {}, id="table"),
        pytest.param("?show=table-1&compare=difference", PHONE | DARK, id="table, phone, dark"),
        pytest.param("?show=atlantis", {}, id="nothing there"),
    ],
)
def test_axe_finds_no_violation(
    open_landscapes: OpenLandscapes, query: str, context: dict[str, Any]
) -> None:
    landscapes = open_landscapes(query, tolerated=DRAWING_NOTES, **context)
    landscapes.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = landscapes.page.evaluate(AUDIT)
    assert found["passed"] > 10
    assert not found["told"], "\n".join(found["told"])
    width = landscapes.page.viewport_size["width"] if landscapes.page.viewport_size else 0
    assert landscapes.page.evaluate("document.scrollingElement.scrollWidth") <= width
