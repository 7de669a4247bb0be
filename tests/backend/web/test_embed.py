"""The page that other sites may frame, and that they may frame no other."""

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from descent_atlas.web.app import create_app
from descent_atlas.web.middleware.security_headers import CONTENT_SECURITY_POLICY, SECURITY_HEADERS
from descent_atlas.web.settings import Settings

SITE = "https://moodle.example.com"


def connect(**settings: str) -> TestClient:
    """Return a client of an application that has not been started."""
    return TestClient(create_app(Settings.model_validate(settings)), base_url="http://localhost")


def read_ancestors(policy: str) -> str:
    """Return who may frame a response with this policy."""
    rest, _, ancestors = policy.rpartition("; frame-ancestors ")
    assert f"{rest}; frame-ancestors 'none'" == CONTENT_SECURITY_POLICY
    return ancestors


@pytest.mark.parametrize(
    ("named", "ancestors"),
    [
        (None, "* file:"),
        ("*", "* file:"),
        (f"{SITE}, https://*.example.org", f"{SITE} https://*.example.org"),
        (f"self,{SITE}:8443", f"'self' {SITE}:8443"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "/atlas"])
def test_the_sites_that_are_named_may_frame_the_embedded_page(
    named: str | None, ancestors: str, prefix: str
) -> None:
    settings = {} if named is None else {"frame_ancestors": named}
    client = connect(root_path=prefix, **settings)
    address = f"{prefix}/embed?objective=rosenbrock"
    answer = client.get(address)
    assert answer.status_code == 200
    current = client.get(address, headers={"if-none-match": answer.headers["etag"]})
    assert current.status_code == 304
    for one in (answer, current, client.head(address)):
        assert read_ancestors(one.headers["content-security-policy"]) == ancestors
        assert "x-frame-options" not in one.headers
        others = set(SECURITY_HEADERS) - {"content-security-policy", "x-frame-options"}
        assert {name: one.headers[name] for name in others} == {
            name: SECURITY_HEADERS[name] for name in others
        }


def test_no_site_may_frame_the_embedded_page_where_none_is_named() -> None:
    headers = connect(frame_ancestors="none").get("/embed").headers
    assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/index.html", 200),
        ("GET", "/about", 200),
        ("GET", "/landscapes", 200),
        ("GET", "/api/v1/stories", 200),
        ("GET", "/api/reference", 200),
        ("GET", "/styles/base.css", 200),
        ("GET", "/embed/", 308),
        ("GET", "/embed/nothing", 404),
        ("GET", "/embed.html", 404),
        ("GET", "/atlas/embed", 404),
        ("POST", "/embed", 405),
    ],
)
def test_no_site_may_frame_any_other_answer(method: str, path: str, status: int) -> None:
    answer = connect().request(method, path, follow_redirects=False)
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


def test_a_host_name_that_is_not_served_may_not_be_framed_either() -> None:
    answer = connect().get("/embed", headers={"host": "elsewhere.example.com"})
    assert answer.status_code == 421
    assert answer.headers["x-frame-options"] == "DENY"


def test_the_embedded_page_is_the_playground_with_a_mark(client: TestClient) -> None:
    page, embedded = client.get("/").text, client.get("/embed").text
    assert embedded == page.replace("<html", "<html data-embed", 1)
    assert embedded != page


@pytest.mark.parametrize(
    "named",
    [
        "moodle.example.com",
        "https://moodle.example.com/course",
        "https://*",
        "ftp://example.com",
        "https://a.example.com 'unsafe-inline'",
        "https://a.example.com;script-src *",
        f"none,{SITE}",
    ],
)
def test_a_site_that_is_no_origin_is_refused(named: str) -> None:
    with pytest.raises(ValidationError, match="frame_ancestors"):
        Settings.model_validate({"frame_ancestors": named})
