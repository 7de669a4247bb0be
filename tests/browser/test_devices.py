"""Devices and preferences: phones, reduced motion, dark mode; and a failing server."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import OpenPage, OpenPlayground
from tests.browser.painting import read_painting
from tests.browser.playground import Playground
from tests.browser.views import (
    DRAWING_NOTES,
    go_to_matrix,
    open_export,
    open_stories,
    show_basins,
    show_space,
    unfold_panels,
)

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}

FINGER_PX = 44
"""Minimum width and height of a touch target, in CSS pixels."""

BROWSER_SAYS = r"console error: Failed to load resource"
"""Chromium's console message about a failed request."""

POLICY_SAYS = r"console error: Executing inline script violates"
"""Chromium's console message about an inline script."""

NOTE_PLAYING = """
  window.played = [];
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      if (target.getAttribute("aria-label") === "Pause") window.played.push("played");
    }
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ["aria-label"] });
"""

NOTE_VIOLATIONS = """
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    window.violations.push(`${event.effectiveDirective}: ${event.blockedURI}`);
  });
"""

VIOLATE = """() => {
  const script = document.createElement("script");
  script.textContent = "window.broken = true";
  document.head.append(script);
}"""


@pytest.fixture
def phone(open_playground: OpenPlayground) -> Playground:
    """The playground on a phone, fully drawn."""
    return open_playground(**PHONE)


def width_of(page: Page) -> int:
    """Return the page's width, including what overflows."""
    width: int = page.evaluate("document.scrollingElement.scrollWidth")
    return width


def test_a_phone_never_has_to_scroll_sideways(open_playground: OpenPlayground) -> None:
    phone = open_playground("?steps=200", tolerated=DRAWING_NOTES, **PHONE)
    assert width_of(phone.page) <= 390
    for show in (unfold_panels, show_basins, show_space, go_to_matrix, open_export, open_stories):
        show(phone)
        assert width_of(phone.page) <= 390, show.__name__
        phone.page.keyboard.press("Escape")  # an open panel covers the page


def test_a_finger_meets_circles_plus_and_transport_buttons(phone: Playground) -> None:
    circles = phone.bar.locator(".circle, .circle-more")
    buttons = phone.transport.get_by_role("button")
    assert (circles.count(), buttons.count()) == (6, 5)
    for target in [*circles.all(), *buttons.all()]:
        assert_fits_finger(target)


def assert_fits_finger(target: Locator) -> None:
    """Check that an element is large enough for a finger and not cut off."""
    box = target.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= FINGER_PX
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390


def test_a_tap_on_the_contour_starts_a_descent_there(phone: Playground) -> None:
    px, py = (round(pixel) for pixel in phone.axes().pixel(0.6, 0.9))
    exchange = phone.exchange(lambda: phone.page.touchscreen.tap(px, py))
    assert phone.axes().means(exchange.request["start"], px, py)
    phone.rest()
    assert phone.step() == phone.end() > 0
    assert "start" in phone.query()


def test_who_wants_little_motion_sees_finished_paths_and_nothing_that_plays(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground(script=NOTE_PLAYING)
    page = playground.page
    assert_finished(playground)
    playground.exchange(lambda: playground.click(*playground.axes().pixel(0.5, 1.1)))
    playground.rest()
    assert_finished(playground)
    assert page.evaluate("window.played") == []
    playground.transport.get_by_role("button", name="Play").click()
    playground.wait_until(lambda: page.evaluate("window.played") != [])


def assert_finished(playground: Playground) -> None:
    """Check that the paths are drawn to their ends."""
    descents = playground.last().answer["descents"]
    longest = max(descent["steps"] for descent in descents)
    playground.wait_until(lambda: playground.count() == (longest, longest))
    expect(playground.transport.get_by_role("button", name="Play")).to_be_visible()
    playground.frame()
    painting = read_painting(playground.paths)
    assert all(painting.has(playground.colour(one["optimizer"])) for one in descents)


def look_of(playground: Playground) -> tuple[str, bool, str]:
    """Return the colour scheme, whether the page is dark, and Adam's colour."""
    scheme, background = playground.page.evaluate(
        """() => {
          const probe = document.createElement("i");
          probe.style.color = "light-dark(rgb(1, 1, 1), rgb(2, 2, 2))";
          document.body.append(probe);
          const scheme = getComputedStyle(probe).color === "rgb(1, 1, 1)" ? "light" : "dark";
          probe.remove();
          return [scheme, getComputedStyle(document.body).backgroundColor];
        }"""
    )
    red, green, blue = (float(part) for part in re.findall(r"[\d.]+", background)[:3])
    colour: str = playground.circle("adam").evaluate("e => e.style.getPropertyValue('--color')")
    return scheme, red + green + blue < 3 * 128, colour


@pytest.mark.parametrize("system", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_the_theme_follows_the_system_until_the_button_switches_it(
    open_playground: OpenPlayground, system: str
) -> None:
    other = {"light": "dark", "dark": "light"}[system]
    playground = open_playground(color_scheme=system)
    page = playground.page
    scheme, is_dark, colour = look_of(playground)
    assert (scheme, is_dark) == (system, system == "dark")

    page.emulate_media(color_scheme="dark" if other == "dark" else "light")
    playground.wait_until(lambda: look_of(playground)[2] != colour)
    switched = look_of(playground)
    assert switched[:2] == (other, other == "dark")
    page.emulate_media(color_scheme="dark" if system == "dark" else "light")
    playground.wait_until(lambda: look_of(playground) == (scheme, is_dark, colour))

    page.get_by_role("button", name=f"Switch to the {other} theme").click()
    playground.wait_until(lambda: look_of(playground) == switched)
    page.reload()
    playground.rest()
    assert look_of(playground) == switched
    page.get_by_role("button", name=f"Switch to the {system} theme").click()
    playground.wait_until(lambda: look_of(playground) == (scheme, is_dark, colour))


def be_gone(route: Route) -> None:
    """Abort a request, as if there were no server."""
    route.abort()


def be_unavailable(route: Route) -> None:
    """Respond with 503."""
    answer_problem(route, 503, "Service Unavailable", "Too much is asked at once.")


def be_unwilling(route: Route) -> None:
    """Respond with 422."""
    answer_problem(route, 422, "Unprocessable Content", "The start lies on the moon.")


def answer_problem(route: Route, status: int, title: str, detail: str) -> None:
    """Respond with a problem (RFC 9457), as the server does."""
    problem = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    route.fulfill(
        status=status, json={**problem, "errors": []}, content_type="application/problem+json"
    )


@pytest.mark.parametrize("device", [{}, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        pytest.param(be_gone, "The server cannot be reached.", id="no answer"),
        pytest.param(be_unavailable, "Too much is asked at once.", id="503"),
    ],
)
def test_a_page_whose_server_fails_at_the_start_says_so(
    open_page: OpenPage, fault: Any, message: str, device: dict[str, Any]
) -> None:
    def prepare(page: Page) -> None:
        page.route("**/api/v1/optimizers", fault)

    failures = (BROWSER_SAYS, r"(request failed|answer 503): \S+/api/v1/optimizers\b")
    page, _ = open_page("/", tolerated=failures, prepare=prepare, **device)
    expect(page.locator("#problem")).to_have_text(message)
    expect(page.locator("#problem")).to_be_in_viewport()
    expect(page.get_by_role("link", name="Descent Atlas")).to_be_in_viewport()


def test_a_refused_descent_tells_why_until_the_next_one_succeeds(
    open_playground: OpenPlayground,
) -> None:
    failures = (BROWSER_SAYS, r"answer 422: \S+/api/v1/descents$")
    playground = open_playground(routed=True, tolerated=failures)
    axes = playground.axes()
    playground.page.route("**/api/v1/descents", be_unwilling)
    playground.exchange(lambda: playground.click(*axes.pixel(0.5, 1.1)))
    expect(playground.problem).to_have_text("The start lies on the moon.")
    expect(playground.problem).to_be_in_viewport()
    playground.page.unroute("**/api/v1/descents")
    playground.exchange(lambda: playground.click(*axes.pixel(-0.5, 1.1)))
    expect(playground.problem).to_be_hidden()
    playground.rest()
    assert len(playground.table()) == 5


def test_all_views_keep_within_the_policy_and_the_origin_of_the_server(
    open_playground: OpenPlayground, server: str
) -> None:
    playground = open_playground(
        "?steps=200", script=NOTE_VIOLATIONS, tolerated=(*DRAWING_NOTES, POLICY_SAYS)
    )
    page = playground.page
    answer = playground.watch.requests[0].response()
    assert answer is not None
    policy = answer.header_value("content-security-policy") or ""
    assert "default-src" in policy and "unsafe" not in policy
    for show in (unfold_panels, show_basins, show_space, open_stories, go_to_matrix, open_export):
        show(playground)
    assert page.evaluate("window.violations") == []
    assert all(
        request.url.startswith((f"{server}/", "data:", "blob:"))
        for request in playground.watch.requests
    )
    # The listener for violations works.
    page.evaluate(VIOLATE)
    playground.wait_until(lambda: page.evaluate("window.violations") != [])
    assert page.evaluate("window.broken") is None
