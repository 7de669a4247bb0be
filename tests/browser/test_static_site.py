"""An exported site on a static host, below a path: its pages, its views, its links and files."""

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from descent_atlas import cli
from tests.backend.landscapes.network_samples import write_networks
from tests.backend.landscapes.study_samples import write_study
from tests.browser.conftest import OpenPage
from tests.browser.landscape_view import View
from tests.browser.landscapes import Landscapes
from tests.browser.test_about import rest as rest_about
from tests.browser.test_any_network import IS_PROFILE_DRAWN
from tests.browser.test_devices import NOTE_VIOLATIONS, POLICY_SAYS, VIOLATE
from tests.browser.test_landscape_exports import read_png, save
from tests.browser.views import DRAWING_NOTES
from tests.servers import CLIENT, find_free_port, wait_until

TITLE = "Landscapes of three networks"

SITE = "/paper/"
"""Where the host has the site."""

OpenSite = Callable[..., Landscapes]


@contextmanager
def run_host(root: Path) -> Iterator[str]:
    """Serve a folder with Python's static server; yield the base URL."""
    port = find_free_port()
    url = f"http://127.0.0.1:{port}"
    options = ["--bind", "127.0.0.1", "--directory", str(root)]
    process = subprocess.Popen(
        [sys.executable, "-m", "http.server", str(port), *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def is_listening() -> bool:
        try:
            return CLIENT.get(f"{url}{SITE}").is_success
        except httpx2.ConnectError:
            return False

    try:
        wait_until(is_listening)
        yield url
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a host whose site has landscapes of every kind."""
    root = tmp_path_factory.mktemp("host")
    folders = [tmp_path_factory.mktemp(name) for name in ("study", "networks")]
    write_study(folders[0])
    write_networks(folders[1])
    named = ["--landscapes", *map(str, folders)]
    cli.main(["export-site", str(root / SITE.strip("/")), *named, "--title", TITLE])
    with run_host(root) as url:
        yield url


@pytest.fixture
def open_site(open_page: OpenPage, host: str) -> Iterator[OpenSite]:
    """Open a page of the site; no request may leave the site's folder."""
    paths: list[str] = []

    def open_site(address: str = "", *, at: str = host, **options: Any) -> Landscapes:
        def prepare(page: Page) -> None:
            page.add_init_script(NOTE_VIOLATIONS)
            page.context.on("request", lambda request: paths.append(urlsplit(request.url).path))

        page, watch = open_page(f"{SITE}{address}", at=at, prepare=prepare, **options)
        return Landscapes(page, watch)

    yield open_site
    assert len(paths) > 50
    # Pictures in data URLs, whose paths begin with no slash, are no requests to the host.
    assert [path for path in paths if path.startswith("/") and not path.startswith(SITE)] == []


def open_card(site: Landscapes, id: str) -> None:
    """Open a landscape from the gallery, and wait until the page says its title."""
    link = site.page.locator(f'#cards a[href="./?show={id}"]').first
    link.click()
    expect(site.page.locator("main > section:not([hidden]) h1").first).to_be_focused()


def test_the_gallery_leads_to_every_kind_of_view_and_back(open_site: OpenSite) -> None:
    site = open_site()
    site.rest()
    expect(site.page).to_have_title(f"{TITLE} – Descent Atlas")
    assert site.title() == TITLE
    expect(site.page.locator("nav.masthead-pages a")).to_have_text(["Landscapes", "About"])
    for id in ("batches-end", "table-1", "way"):
        open_card(site, id)
        assert site.query() == {"show": id}
        if id == "way":
            site.page.wait_for_function(IS_PROFILE_DRAWN)
        site.page.get_by_role("link", name="All landscapes").click()
        expect(site.gallery).to_be_visible()
        assert site.page.url.endswith(SITE)
    site.page.get_by_role("link", name="Descent Atlas").click()
    site.rest()
    assert site.page.url.endswith(SITE)


def test_a_link_to_a_view_opens_it_after_a_reload_and_in_its_exports(open_site: OpenSite) -> None:
    site = open_site("index.html?show=optimizers&metric=accuracy")
    view = View(site)
    accuracy = view.settings.get_by_role("button", name="Accuracy", exact=True)
    expect(accuracy).to_have_attribute("aria-pressed", "true")
    view.choose("Surface", "Test set")
    site.wait_until(lambda: site.query().get("surface") == "test")
    address = site.page.url
    site.page.reload()
    view.rest()
    test_set = view.settings.get_by_role("button", name="Test set", exact=True)
    expect(test_set).to_have_attribute("aria-pressed", "true")
    site.page.get_by_role("button", name="Export", exact=True).click()
    _, texts = read_png(save(site.page, "Picture", "PNG"))
    assert texts["Link"] == address
    assert save(site.page, "Trajectories", "CSV").startswith(b"run,step,epoch")
    with site.page.expect_download() as event:
        site.page.get_by_role("link", name="arrays.npz").click()
    assert event.value.suggested_filename == "optimizers-arrays.npz"
    assert np.load(io.BytesIO(event.value.path().read_bytes())).files


def test_about_tells_and_leads_on_without_a_server(open_site: OpenSite, host: str) -> None:
    site = open_site("about.html", tolerated=(POLICY_SAYS,))
    page = site.page
    rest_about(page)
    assert page.locator("#claims-list > li").count() > 10
    expect(page.locator("#problem")).to_be_hidden()
    links = page.locator('a[href]:not([href^="http"]):not([href^="#"])')
    addresses = {str(link.get_attribute("href")) for link in links.all()}
    assert {"./", "./about.html", "./data/claims-rules.txt"} < addresses
    assert any(address.startswith("./?show=") for address in addresses)
    assert not [one for one in addresses if not CLIENT.get(urljoin(page.url, one)).is_success]
    page.evaluate(VIOLATE)
    page.wait_for_function("() => window.violations.length > 0")
    assert page.evaluate("window.violations") == ["script-src-elem: inline"]
    assert page.evaluate("window.broken") is None
    page.get_by_role("link", name="See it").first.click()
    page.wait_for_url(f"{host}{SITE}?show=*")
    site.rest()


@pytest.mark.long
@pytest.mark.parametrize("id", ["batches-end", "bowl", "optimizers", "table-1", "way"])
def test_every_control_of_every_view_works_from_files(open_site: OpenSite, id: str) -> None:
    site = open_site(f"?show={id}", tolerated=DRAWING_NOTES)
    page = site.page
    site.rest()
    root = page.locator("main > section:not([hidden])")
    for button in root.locator("[aria-pressed]").all():
        if button.is_visible() and button.is_enabled():
            button.click()
            site.rest()
    for menu in ("Speed", "Plane"):  # the planes last: they lead to other landscapes
        options = root.get_by_label(menu, exact=True).locator("option")
        for value in options.evaluate_all("all => all.map((option) => option.value)"):
            root.get_by_label(menu, exact=True).select_option(value)
            site.rest()
    expect(site.problem).to_be_hidden()


@pytest.mark.long
def test_the_landscapes_that_ship_open_from_files(open_site: OpenSite, tmp_path: Path) -> None:
    cli.main(["export-site", str(tmp_path / SITE.strip("/"))])
    with run_host(tmp_path) as url:
        site = open_site(at=url, tolerated=DRAWING_NOTES)
        site.rest()
        links = site.page.locator("#cards a[data-entry]").evaluate_all(
            "all => all.map((a) => a.search)"
        )
        ids = {query.removeprefix("?show=") for query in links}
        assert ids == {path.name for path in (tmp_path / "paper/data/landscapes").iterdir()}
        for id in sorted(ids)[::8]:
            open_card(site, id)
            site.rest()
            expect(site.problem).to_be_hidden()
            site.page.get_by_role("link", name="All landscapes").click()
            expect(site.gallery).to_be_visible()
