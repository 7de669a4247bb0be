"""The panel of stability: hatched region, chart, status, and the plane of rate and momentum."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenPlayground

QUERY = "?objective=quadratic&p.condition_number=4&optimizers=momentum,gd,adam&steps=60&step=60"


def test_instability_is_shown_on_the_plot_in_the_chart_the_status_and_the_plane(
    open_playground: OpenPlayground,
) -> None:
    playground = open_playground(f"{QUERY}&momentum.lr=0.2&gd.lr=0.6")
    page = playground.page
    panel = page.locator("#stability")
    chart = page.locator("#sharpness")
    expect(panel).to_be_hidden()
    expect(chart).to_be_hidden()
    before = playground.paths.screenshot()

    opener = page.get_by_role("button", name="Stability at the learning rate")
    opener.click()
    expect(panel.get_by_role("heading", name="Stability")).to_be_focused()
    assert playground.query()["stability"] == "momentum"
    # The curvatures are 4 and 1: gradient descent at 0.6 has 2.4, and its limit is 2.
    row = page.locator('#results tr[data-optimizer="gd"]')
    expect(row).to_contain_text("unstable from step 1: 2.4 of 2")
    expect(panel).to_contain_text("Momentum is stable at its rate wherever the plot reaches")
    expect(panel).to_contain_text("Along curvature 4 it swings through the minimum")
    expect(panel).to_contain_text("noise of mini-batches")
    expect(chart.locator(".lines .xtick text").first).to_be_visible()

    panel.get_by_role("button", name="GD", exact=True).click()
    expect(panel).to_contain_text("Hatched: GD is unstable at its rate")
    expect(panel).to_contain_text("Along curvature 4 it diverges")
    playground.wait_until(lambda: playground.paths.screenshot() != before)
    # A slower rate on the keyboard's slider, and the region is gone.
    rate = panel.get_by_label("Learning rate on the map, exact value")
    rate.fill("0.3")
    rate.press("Enter")
    expect(row).not_to_contain_text("unstable")
    expect(panel).to_contain_text("GD is stable at its rate wherever the plot reaches")
    expect(panel).to_contain_text("it overshoots")
    assert playground.query()["gd.lr"] == "0.3"

    panel.get_by_role("button", name="Momentum", exact=True).click()
    plane = panel.locator("canvas.stability-plane")
    expect(panel).to_contain_text("it swings through")
    box = plane.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.98 * box["width"], box["y"] + 0.5 * box["height"])
    expect(panel).to_contain_text("it diverges")
    chosen = playground.query()
    assert float(chosen["momentum.lr"]) > 1
    assert 0.3 < float(chosen["momentum.momentum"]) < 0.7

    panel.get_by_role("button", name="Adam", exact=True).click()
    expect(panel).to_contain_text("belongs to the path")
    expect(panel).to_contain_text("ε → 0")
    expect(plane).to_be_hidden()
    panel.get_by_role("button", name="Close").click()
    expect(opener).to_be_focused()
    expect(panel).to_be_hidden()
    expect(chart).to_be_hidden()
    assert "stability" not in playground.query()
    expect(row).not_to_contain_text("unstable")
