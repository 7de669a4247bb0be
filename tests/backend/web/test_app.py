"""Application: start-up, static files, headers of every response."""

import errno
import gzip
import http.client
import os
import subprocess
import sys
import threading
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import brotli
import pytest
from fastapi.testclient import TestClient

from descent_atlas.storage.cache import CACHE_VARIABLE, Cache
from descent_atlas.web.app import create_app
from descent_atlas.web.middleware.security_headers import SECURITY_HEADERS
from descent_atlas.web.page_files import Files
from descent_atlas.web.representations import Representation
from descent_atlas.web.settings import Settings
from descent_atlas.web.warm_up import WarmUp
from tests.servers import CLIENT, wait_until

ORIGIN = "http://localhost"


def test_the_server_imports_nothing_large_but_numba() -> None:
    large = {"numba", "plotly", "scipy.special", "scipy.stats", "torch"}
    code = f"import sys, descent_atlas.cli; print(*{large} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (run.stderr, run.stdout.split()) == ("", ["numba"])


def test_the_server_compiles_nothing_before_it_answers(tmp_path: Path) -> None:
    code = (
        "from descent_atlas.web.app import create_app, Settings; create_app(Settings()).openapi()"
    )
    variables = {**os.environ, CACHE_VARIABLE: str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], env=variables, check=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_the_server_is_warming_until_everything_is_compiled() -> None:
    app = create_app(Settings())
    client = TestClient(app, base_url=ORIGIN)  # without `with`, no lifespan and no warm-up
    answer = client.get("/api/health")
    assert answer.status_code == 503
    assert answer.json() == {"status": "warming", "version": version("descent-atlas")}


def test_the_server_is_ready_once_everything_is_compiled(server: str) -> None:
    answer = CLIENT.get(f"{server}/api/health")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "version": version("descent-atlas")}


def test_a_warm_up_that_fails_is_explained_without_paths_and_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mended = threading.Event()

    def read_disk(files: Files, stopped: threading.Event) -> None:
        if not mended.is_set():
            raise OSError(errno.EIO, "a fault of the disk", "/secret/path")

    monkeypatch.setattr("descent_atlas.web.app.warm_up", read_disk)
    monkeypatch.setattr("descent_atlas.web.warm_up.RETRY_SECONDS", 0.1)
    with TestClient(create_app(Settings()), base_url=ORIGIN) as client:
        wait_until(lambda: client.get("/api/health").json()["status"] != "warming")
        failed = client.get("/api/health")
        assert failed.status_code == 503
        assert failed.json() == {
            "status": "failed",
            "version": version("descent-atlas"),
            "reason": "The warm-up failed: Input/output error. It will be repeated; the log "
            "has the details.",
        }
        mended.set()
        wait_until(lambda: client.get("/api/health").is_success)
        assert client.get("/api/health").json()["status"] == "ready"


def test_a_warm_up_calls_what_is_to_be_done_once_it_has_succeeded() -> None:
    done: list[bool] = []
    warm_up = WarmUp(lambda stopped: None, lambda: done.append(warm_up.is_ready))
    warm_up.start()
    warm_up.join()
    assert done == [False]  # before anybody hears that the server is ready
    assert warm_up.is_ready


def test_the_command_says_its_version() -> None:
    command = [sys.executable, "-m", "descent_atlas.cli", "--version"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == version("descent-atlas")


def test_a_setting_out_of_range_ends_the_command_and_is_named() -> None:
    command = [sys.executable, "-m", "descent_atlas.cli", "serve", "--port", "65536"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr == (
        '--port should be a whole number from 0 to 65535, for example 8000; it is "65536".\n'
    )


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESCENT_ATLAS_PORT", "9000")
    assert Settings().port == 9000


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/api/v1/stories", 200),
        ("GET", "/api/nothing", 404),
        ("GET", "/nothing.js", 404),
        ("POST", "/api/health", 405),
        ("POST", "/", 405),
        ("POST", "/api/v1/surfaces", 415),
        ("GET", "/api/v1/broken", 500),
    ],
)
def test_every_answer_carries_the_security_headers(
    tmp_path: Path, method: str, path: str, status: int
) -> None:
    (tmp_path / "index.html").write_text("<!doctype html>")
    app = create_app(Settings(frontend_folder=tmp_path))

    @app.get("/api/v1/broken")
    def fail() -> None:
        raise RuntimeError("a secret")

    client = TestClient(app, base_url=ORIGIN, raise_server_exceptions=False)
    answer = client.request(method, path)
    assert answer.status_code == status
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers.get_list(name) == [value]
    if status >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(answer.json()) == {"type", "title", "status", "detail", "errors"}
        assert answer.json()["status"] == status
        assert "secret" not in answer.text
    if status == 405:
        assert "GET" in answer.headers["allow"]


def test_the_policy_allows_no_inline_script_and_no_other_origin() -> None:
    policy = SECURITY_HEADERS["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    ("settings", "host", "status"),
    [
        ({}, "localhost", 200),
        ({}, "localhost:8000", 200),
        ({}, "LOCALHOST:8000", 200),
        ({}, "127.0.0.1:9", 200),
        ({}, "[::1]", 200),
        ({}, "[::1]:8000", 200),
        ({}, "atlas.example.com", 421),
        ({}, "localhost.example.com:8000", 421),
        ({"host": "0.0.0.0"}, "atlas.example.com", 200),
        ({"host": "::1"}, "atlas.example.com", 421),
        ({"allowed_hosts": ("atlas.example.com",)}, "atlas.example.com", 200),
        # Health checks of containers use these names; a foreign page cannot.
        ({"allowed_hosts": ("atlas.example.com",)}, "localhost", 200),
        ({"allowed_hosts": ("atlas.example.com",)}, "127.0.0.1:8000", 200),
        ({"allowed_hosts": ("atlas.example.com",)}, "elsewhere.example.com", 421),
        ({"allowed_hosts": "a.example.com, B.example.com"}, "b.example.com", 200),
        ({"allowed_hosts": '["a.example.com", "2001:DB8::1"]'}, "[2001:db8::1]:80", 200),
        ({"host": "127.0.0.2"}, "127.0.0.2:8000", 200),
        ({"host": "LOCALHOST"}, "atlas.example.com", 421),
    ],
)
def test_a_local_server_answers_to_its_own_names_alone(
    settings: dict[str, str | tuple[str, ...]], host: str, status: int
) -> None:
    client = TestClient(create_app(Settings.model_validate(settings)), base_url=ORIGIN)
    answer = client.get("/openapi.json", headers={"host": host})
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_description_is_served_and_no_page_that_loads_scripts_from_elsewhere(
    client: TestClient,
) -> None:
    assert client.get("/openapi.json").json()["info"]["title"] == "Descent Atlas"
    assert client.get("/docs").status_code == 404
    assert client.get("/redoc").status_code == 404


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("page.html", "text/html; charset=utf-8"),
        ("style.css", "text/css; charset=utf-8"),
        ("main.js", "text/javascript; charset=utf-8"),
        ("playground/main.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
        ("picture.png", "image/png"),
    ],
)
def test_a_file_has_its_type_and_is_revalidated(tmp_path: Path, name: str, media_type: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"content " * 1000)
    client = TestClient(create_app(Settings(frontend_folder=tmp_path)), base_url=ORIGIN)
    answer = client.get(f"/{name}")
    assert answer.content == b"content " * 1000
    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == "no-cache"
    current = client.get(f"/{name}", headers={"if-none-match": answer.headers["etag"]})
    assert (current.status_code, current.content) == (304, b"")
    plain = client.get(f"/{name}", headers={"accept-encoding": "gzip;q=0, identity"})
    assert plain.content == answer.content
    assert "content-encoding" not in plain.headers


def test_a_file_that_changes_is_served_anew(tmp_path: Path) -> None:
    script = tmp_path / "main.js"
    script.write_text("before")
    client = TestClient(create_app(Settings(frontend_folder=tmp_path)), base_url=ORIGIN)
    before = client.get("/main.js")
    script.write_text("after")
    os.utime(script, ns=(0, script.stat().st_mtime_ns + 1))
    after = client.get("/main.js", headers={"if-none-match": before.headers["etag"]})
    assert after.text == "after"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.html",
        "/playground/../../secret.html",
        "/..\\secret.html",
        "//secret.html",
        "/./secret.html",
        "/.hidden/page.html",
        "/.hidden.html",
        "/tsconfig.json",
        "/types.d.ts",
        "/playground",
        "/playground/",
        "/index.html/",
        "/index.html\0",
        "/index.html\n",
        "",
        "index.html",
        f"/{'a' * 5000}.html",
        "/" + "a/" * 5000 + "b.html",
    ],
)
def test_nothing_but_the_pages_own_files_is_served(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "frontend"
    for name in (
        "index.html",
        ".hidden.html",
        ".hidden/page.html",
        "tsconfig.json",
        "types.d.ts",
        "playground/index.html",
        "../secret.html",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("a secret")
    files = Files(folder)
    assert files.find("/") is not None
    assert files.find("/playground/index.html") is not None
    assert files.find(path) is None


@pytest.mark.parametrize("page", ["/landscapes", "/about"])
def test_a_pages_address_with_a_slash_too_many_leads_to_the_page(
    client: TestClient, page: str
) -> None:
    answer = client.get(f"{page}/?show=bowl", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, f"..{page}?show=bowl")
    assert client.get(f"{page}/").text == client.get(page).text
    assert client.get(f"{page}//").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/../README.md", "/%2e%2e/README.md", "/..%2fREADME.md", "/%252e%252e/backend/app.py", "/%00"],
)
def test_no_path_on_the_wire_leaves_the_folder(server: str, path: str) -> None:
    # http.client sends the path unchanged; other clients normalize it.
    with closing(http.client.HTTPConnection(server.removeprefix("http://"))) as connection:
        connection.request("GET", path)
        assert connection.getresponse().status == 404


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=0", None),
        ("*", "br"),
        ("identity", None),
    ],
)
def test_files_come_in_the_shortest_encoding_that_is_accepted(
    client: TestClient, accepted: str, coding: str | None
) -> None:
    answer = client.get("/styles/base.css", headers={"accept-encoding": accepted})
    assert answer.headers.get("content-encoding") == coding
    assert answer.headers["vary"] == "Accept-Encoding"
    plain = client.get("/styles/base.css", headers={"accept-encoding": "identity"})
    assert answer.text == plain.text


def test_what_others_wrote_is_kept_for_good_because_its_path_names_its_version(
    tmp_path: Path,
) -> None:
    script = tmp_path / "vendor" / "chart-1.0" / "chart.min.js"
    script.parent.mkdir(parents=True)
    script.write_bytes(b"content " * 1000)
    client = TestClient(create_app(Settings(frontend_folder=tmp_path)), base_url=ORIGIN)
    answer = client.get("/vendor/chart-1.0/chart.min.js")
    assert answer.content == script.read_bytes()
    assert "immutable" in answer.headers["cache-control"]
    assert client.get("/vendor/chart-1.1/chart.min.js").status_code == 404


def test_what_others_wrote_is_compressed_before_anybody_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(tmp_path / "cache")
    monkeypatch.setattr("descent_atlas.web.page_files.CACHE", cache)
    script = tmp_path / "frontend" / "vendor" / "chart-1.0" / "chart.min.js"
    script.parent.mkdir(parents=True)
    script.write_bytes(b"content " * 1000)
    (script.parent / "not to be asked for.js").touch()
    Files(tmp_path / "frontend").compress_vendored()
    kept = {file.suffix: cache.read(file.name) for file in cache.folder.iterdir()}
    assert set(kept) == {".br", ".gz"}
    assert brotli.decompress(kept[".br"]) == script.read_bytes()
    assert gzip.decompress(kept[".gz"] or b"") == script.read_bytes()


def test_compressed_bytes_are_kept_for_the_next_process(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    first = Representation(b"content" * 1000, "text/plain", cache=cache)
    compressed = {first.as_brotli, first.as_gzip}
    assert {cache.read(file.name) for file in tmp_path.iterdir()} == compressed
    (kept,) = tmp_path.glob("*.br")
    cache.write(kept.name, b"what is kept")
    again = Representation(b"content" * 1000, "text/plain", cache=cache)
    assert again.as_brotli == b"what is kept"
    other = Representation(b"other" * 1000, "text/plain", cache=cache)
    assert brotli.decompress(other.as_brotli) == b"other" * 1000


def test_the_same_bytes_compress_to_the_same_bytes() -> None:
    one, two = (Representation(b"content" * 1000, "text/plain") for _ in range(2))
    assert (one.as_gzip, one.as_brotli) == (two.as_gzip, two.as_brotli)
    assert gzip.decompress(one.as_gzip) == brotli.decompress(one.as_brotli) == b"content" * 1000
