"""Server behind a reverse proxy: at the root, and below a removed or kept prefix."""

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect, sync_playwright

from descent_atlas.web.app import create_app
from descent_atlas.web.settings import Settings
from tests.attack.nginx import run_nginx
from tests.backend.web.test_load import ENDLESS, IN_ROWS
from tests.browser.chromium import choose_arguments, find_or_install
from tests.browser.conftest import PATIENCE_MS
from tests.browser.watch import Watch
from tests.servers import CLIENT, PATIENCE_SECONDS, run_server

PREFIX = "/atlas"

GUIDE = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text()

AT_ROOT, TAKEN_AWAY, LEFT, TLS = re.findall(r"```nginx\n(.*?)```", GUIDE, flags=re.DOTALL)
"""nginx configurations of the guide: at the root, below a removed prefix, below a kept one, and the
lines for TLS."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of this file."""
    path = find_or_install()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=choose_arguments())
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def prefixed() -> Iterator[str]:
    """The base URL, without the prefix, of a server that knows the prefix."""
    with run_server(root_path=PREFIX, allowed_hosts="example.com") as url:
        yield url


@contextmanager
def run_proxy(upstream: str, *, strips: bool) -> Iterator[str]:
    """Run a proxy that forwards only paths below the prefix; yield its base URL."""
    began = threading.Event()
    place: list[tuple[asyncio.AbstractEventLoop, asyncio.Event, int]] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass  # the client has disconnected
        finally:
            writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:  # an unused connection of the browser
            writer.close()
            return
        method, path, rest = head.decode("latin-1").split(" ", 2)
        if not path.startswith(PREFIX):
            writer.write(
                b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            writer.close()
            return
        path = path.removeprefix(PREFIX) if strips else path
        rest = re.sub(r"(?i)\r\nconnection: [^\r]*", "", f"\r\n{rest}")[2:]
        host, _, port = upstream.removeprefix("http://").partition(":")
        up_reader, up_writer = await asyncio.open_connection(host, int(port))
        once = rest.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")
        up_writer.write(f"{method} {path or '/'} {once}".encode("latin-1"))
        await asyncio.gather(pump(reader, up_writer), pump(up_reader, writer))

    async def listen() -> None:
        ended = asyncio.Event()
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            place.append((asyncio.get_running_loop(), ended, port))
            began.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: asyncio.run(listen()))
    thread.start()
    began.wait()
    loop, ended, port = place[0]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()


@contextmanager
def watch_page(browser: Browser, origin: str) -> Iterator[tuple[Page, Watch]]:
    """Open a page; fail if a request fails or the console gets a message."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900},
        reduced_motion="reduce",
        ignore_https_errors=True,  # the certificate is self-signed
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    watch = Watch(context, origin)
    yield context.new_page(), watch
    context.close()
    assert watch.problems == []


def visit_every_page(page: Page, watch: Watch, base: str) -> None:
    """Follow the links between the pages, and copy one."""
    page.goto(f"{base}/?objective=ackley")
    rest(page, watch, "#results tbody tr")
    page.get_by_role("button", name="Export", exact=True).click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#export").get_by_role("status")).to_have_text("Link copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{base}/?objective=ackley")

    pages = page.get_by_role("navigation", name="Pages")
    pages.get_by_role("link", name="Landscapes").click()
    page.wait_for_url(f"{base}/landscapes")
    rest(page, watch, "#cards h3 a")
    page.locator("#cards h3 a").first.click()  # changes the address without loading a page
    page.wait_for_url(f"{base}/landscapes?show=*")
    rest(page, watch, "main > section:not([hidden]) h1")

    pages.get_by_role("link", name="About").click()
    page.wait_for_url(f"{base}/about")
    rest(page, watch, ".claim")
    page.locator(".claim").get_by_role("link", name="See it").first.click()
    page.wait_for_url(f"{base}/landscapes?show=*")
    rest(page, watch, "main > section:not([hidden]) h1")


def visit_other_addresses(page: Page, watch: Watch, base: str) -> None:
    """Open the pages at their alternative addresses, and download a file."""
    page.goto(f"{base}/landscapes/?show=optimizers")
    page.wait_for_url(f"{base}/landscapes?show=optimizers")
    rest(page, watch, "main > section:not([hidden]) h1")
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="manifest.json").click()
    assert json.loads(download.value.path().read_text())["id"] == "optimizers"
    page.get_by_role("button", name="3D").click()  # loads Plotly's bundle for 3D
    page.wait_for_function("() => document.querySelector('.surface3d canvas')")
    page.goto(f"{base}/landscapes.html?show=optimizers")
    rest(page, watch, "main > section:not([hidden]) h1")
    page.goto(f"{base}/index.html")
    rest(page, watch, "#results tbody tr")
    page.locator("a.wordmark").click()
    page.wait_for_url(f"{base}/")
    rest(page, watch, "#results tbody tr")


def rest(page: Page, watch: Watch, shown: str) -> None:
    """Wait until the page shows what a selector matches and has no request in flight."""
    page.locator(shown).first.wait_for()
    page.wait_for_load_state()
    page.wait_for_function("() => !document.querySelector('main [aria-busy=true]')")
    while watch.unanswered:
        page.wait_for_timeout(20)


def test_below_a_prefix_that_the_proxy_takes_away_every_page_works_without_a_setting(
    chromium: Browser, server: str
) -> None:
    with run_proxy(server, strips=True) as origin, watch_page(chromium, origin) as (page, watch):
        visit_every_page(page, watch, origin + PREFIX)


@pytest.mark.long
def test_below_a_prefix_that_the_server_is_told_every_page_works(
    chromium: Browser, prefixed: str
) -> None:
    with run_proxy(prefixed, strips=False) as origin, watch_page(chromium, origin) as (page, watch):
        visit_every_page(page, watch, origin + PREFIX)


@pytest.mark.long
@pytest.mark.parametrize(
    ("configuration", "prefix", "knows"),
    [
        pytest.param(AT_ROOT, "", False, id="at the root"),
        pytest.param(AT_ROOT.replace("    listen 80;\n", TLS), "", False, id="TLS"),
        pytest.param(TAKEN_AWAY, PREFIX, False, id="prefix taken away"),
        pytest.param(TAKEN_AWAY, PREFIX, True, id="prefix taken away, and known"),
        pytest.param(LEFT, PREFIX, True, id="prefix left"),
    ],
)
def test_behind_nginx_as_the_guide_configures_it_every_page_works(
    chromium: Browser, configuration: str, prefix: str, knows: bool
) -> None:
    settings = {"root_path": PREFIX} if knows else {}
    with (
        run_server(**settings, allowed_hosts="atlas.example.com,example.com") as upstream,
        run_nginx(configuration, upstream) as origin,
    ):
        with watch_page(chromium, origin) as (page, watch):
            visit_every_page(page, watch, origin + prefix)
            visit_other_addresses(page, watch, origin + prefix)
        if origin.startswith("https"):
            return  # the rest is the same and would need the certificate
        for host, status in (("example.com", 200), ("elsewhere.example.com", 421)):
            answer = CLIENT.get(f"{origin}{prefix}/api/health", headers={"Host": host})
            assert answer.status_code == status
        if prefix:
            bare = CLIENT.get(f"{origin}{prefix}?objective=ackley")
            assert bare.status_code == 308
            assert bare.headers["location"] == f"{prefix}/?objective=ackley"


@pytest.mark.long
@pytest.mark.parametrize("listens", ["    listen 80;\n", TLS], ids=["HTTP", "TLS"])
def test_behind_nginx_the_sites_that_the_guide_names_may_frame_the_embedded_page_alone(
    listens: str,
) -> None:
    (named,) = re.findall(r"^DESCENT_ATLAS_FRAME_ANCESTORS=(\S+) ", GUIDE, re.MULTILINE)
    with (
        run_server(frame_ancestors=named, allowed_hosts="atlas.example.com") as upstream,
        run_nginx(AT_ROOT.replace("    listen 80;\n", listens), upstream) as origin,
        httpx2.Client(verify=False, timeout=PATIENCE_SECONDS) as client,
    ):
        for path in ("/embed", "/embed?objective=ackley&hide=bar"):
            headers = client.get(f"{origin}{path}").raise_for_status().headers
            policy = headers["content-security-policy"]
            assert policy.endswith(f"; frame-ancestors {named.replace(',', ' ')}")
            assert "x-frame-options" not in headers
        for path in ("/", "/about", "/embed/", "/api/v1/stories", "/nothing"):
            headers = client.get(f"{origin}{path}").headers
            assert headers["content-security-policy"].endswith("; frame-ancestors 'none'")
            assert headers["x-frame-options"] == "DENY"


@pytest.mark.long
def test_progress_comes_through_nginx_row_by_row_where_it_speaks_http_1_0_too() -> None:
    configuration = AT_ROOT.replace("proxy_http_version 1.1;", "")
    with (
        run_server(max_basin_evaluations=str(10**12)) as upstream,
        run_nginx(configuration, upstream) as origin,
        CLIENT.stream("POST", f"{origin}/api/v1/basins", json=ENDLESS, headers=IN_ROWS) as answer,
    ):
        arrived = [chunk for chunk, _ in zip(answer.iter_raw(), range(4), strict=False)]
        # With buffering, nginx would collect about seventy rows first. Rows that arrive with the
        # header prove nothing.
        assert min(chunk.count(b"\n") for chunk in arrived[1:]) == 1


def test_a_prefix_is_taken_away_once_at_most_and_stands_in_the_description() -> None:
    app = create_app(Settings(root_path="/atlas/public"))
    client = TestClient(app, base_url="http://localhost", follow_redirects=False)
    for path, status in {
        "/atlas/public/api/v1/optimizers": 200,
        "/api/v1/optimizers": 200,
        "/atlas/public/": 200,
        "/atlas/public/landscapes": 200,
        "/atlas/public/landscapes/": 308,
        "/atlas/public/atlas/public/api/optimizers": 404,
        "/atlas/publicapi/health": 404,
        "/atlas/api/optimizers": 404,
        "/atlas": 404,
        "/atlas/public//example.com": 404,
    }.items():
        assert client.get(path).status_code == status, path
    bare = client.get("/atlas/public?a=1")
    assert (bare.status_code, bare.headers["location"]) == (308, "/atlas/public/?a=1")
    assert "content-security-policy" in bare.headers
    assert client.get("/atlas/public", headers={"Host": "example.com"}).status_code == 421
    description = client.get("/atlas/public/openapi.json").json()
    assert description["servers"] == [{"url": "/atlas/public"}]
    without = TestClient(create_app(Settings()), base_url="http://localhost")
    assert "servers" not in without.get("/openapi.json").json()
    assert without.get("/atlas/public/api/v1/optimizers").status_code == 404


def test_what_a_proxy_reports_of_its_client_changes_no_answer(server: str) -> None:
    told = {
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "example.com",
        "X-Forwarded-Prefix": "/atlas",
        "Forwarded": "for=203.0.113.7;host=example.com;proto=https",
    }
    for path in ("/", "/landscapes/", "/api/v1/landscapes", "/api/nothing", "/openapi.json"):
        plain, proxied = (CLIENT.get(server + path, headers=headers) for headers in ({}, told))
        assert proxied.status_code == plain.status_code
        assert proxied.content == plain.content
        assert proxied.headers.get("location") == plain.headers.get("location")


@pytest.mark.long
@pytest.mark.parametrize(
    ("trusted", "client"),
    [
        ("", "127.0.0.1"),
        ("10.0.0.0/8, ::1", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.7"),
        # The last address that is no trusted proxy's: the client may forge those before it.
        ("127.0.0.0/8,203.0.113.0/24", "198.51.100.1"),
    ],
)
def test_forwarded_addresses_and_schemes_are_believed_of_trusted_proxies_alone(
    trusted: str, client: str
) -> None:
    told = {
        "X-Forwarded-For": "192.0.2.66, 198.51.100.1, 203.0.113.7",
        "X-Forwarded-Proto": "https",
    }
    with run_server("tests.attack.echoing_server", trusted_proxies=trusted) as url:
        answer = CLIENT.get(f"{url}/api/health", headers=told).json()
    scheme = "http" if client == "127.0.0.1" else "https"
    assert (answer["client"], answer["scheme"]) == (client, scheme)
