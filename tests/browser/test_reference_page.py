"""The API's reference page: it fits every screen, follows the theme and needs no script."""

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"

LARGE: ViewportSize = {"width": 1440, "height": 900}
SMALL: ViewportSize = {"width": 390, "height": 844}


@pytest.mark.parametrize(
    ("screen", "scheme"),
    [
        pytest.param(LARGE, "light", id="1440-light"),
        pytest.param(LARGE, "dark", id="1440-dark", marks=pytest.mark.long),
        pytest.param(SMALL, "light", id="390-light", marks=pytest.mark.long),
        pytest.param(SMALL, "dark", id="390-dark", marks=pytest.mark.long),
    ],
)
def test_the_reference_fits_the_screen_and_axe_finds_no_violation(
    chromium: Browser, server: str, screen: ViewportSize, scheme: Literal["light", "dark"]
) -> None:
    page = chromium.new_page(viewport=screen, color_scheme=scheme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{server}/api/reference")
    assert page.evaluate("document.documentElement.scrollWidth") == screen["width"]
    page.evaluate(AXE.read_text())
    violations = page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))")
    page.close()
    assert violations == []
    assert said == []


def read_background(page: Page) -> str:
    """Return the colour behind a page."""
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_the_reference_has_the_theme_that_was_chosen_on_another_page(
    chromium: Browser, server: str
) -> None:
    page = chromium.new_page(color_scheme="light")
    page.goto(f"{server}/api/reference")
    light = read_background(page)
    page.goto(f"{server}/about")
    page.get_by_role("button", name="Switch to the dark theme").click()
    dark = read_background(page)
    assert dark != light
    page.goto(f"{server}/api/reference")
    assert read_background(page) == dark
    page.get_by_role("button", name="Switch to the light theme").click()
    assert read_background(page) == light
    page.goto(f"{server}/about")
    assert read_background(page) == light
    page.close()


def test_without_scripts_the_reference_is_whole_and_offers_no_switch(
    chromium: Browser, server: str
) -> None:
    page = chromium.new_page(java_script_enabled=False, color_scheme="dark")
    page.goto(f"{server}/api/reference")
    expect(page.get_by_role("heading", name="API reference")).to_be_visible()
    expect(page.get_by_role("heading", name="Schemas")).to_be_visible()
    expect(page.get_by_role("link", name="Landscapes").first).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
    page.close()
