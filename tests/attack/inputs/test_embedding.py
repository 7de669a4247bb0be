"""Hostile settings and addresses of the page that other sites may frame."""

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError

from descent_atlas.web.app import create_app
from descent_atlas.web.middleware.security_headers import SECURITY_HEADERS
from descent_atlas.web.settings import Settings
from tests.attack.wire import ask, write_request

SITE = "https://moodle.example.com"

NO_ORIGINS = {
    "a header of its own": f"{SITE}\r\nSet-Cookie: a=b",
    "another directive": f"{SITE}; script-src *",
    "two sources in one": f"{SITE} *",
    "a keyword in quotes": "'self'",
    "a keyword of scripts": "unsafe-inline",
    "a scheme alone": "https:",
    "data": "data:",
    "another scheme": "javascript://moodle.example.com",
    "no host": "https://",
    "a star in the middle": "https://moodle.*.example.com",
    "two stars": "https://*.*.example.com",
    "a star at the end": "https://moodle.*",
    "a user": "https://teacher@moodle.example.com",
    "a query": f"{SITE}?course=1",
    "a path": f"{SITE}/",
    "a port beyond all": f"{SITE}:65536",
    "the port 0": f"{SITE}:0",
    "no port": f"{SITE}:",
    "any port": f"{SITE}:*",
    "letters that look alike": "https://mооdle.example.com",
    "a dot of another width": "https://moodle。example.com",
    "digits of another width": f"{SITE}:８４４３",
    "a NUL": "https://moodle\0.example.com",
    "half a character": "https://\ud800.example.com",
    "a host that is too long": f"https://{'a' * 254}",
    "nothing": "",
}


@pytest.mark.parametrize("name", NO_ORIGINS)
def test_who_may_frame_the_page_cannot_be(name: str) -> None:
    for named in (NO_ORIGINS[name], f"{SITE},{NO_ORIGINS[name]}", (NO_ORIGINS[name],)):
        with pytest.raises(ValidationError, match="frame_ancestors"):
            Settings.model_validate({"frame_ancestors": named})


ADDRESSES = (
    "?objective=%3Cscript%3Ealert(1)%3C/script%3E",
    "?objective=<script>alert(1)</script>",
    "?hide=%0d%0aSet-Cookie:%20a=b",
    "?hide=%00%ff%fe",
    "?lesson=../../etc/passwd&lesson-step=1e999",
    "?f=1e999*x&p.a=NaN",
    "?"
    + "&".join(f"{name}={'%F0%9F%92%A3' * 3}" for name in ("objective", "story", "basins")) * 60,
    "?" + "a" * 15_000,
    "?%",
    "??&&==;;#",
    "?url=//evil.example.com&next=https://evil.example.com",
)


@pytest.mark.parametrize("query", ADDRESSES, ids=range(len(ADDRESSES)))
def test_no_query_changes_what_is_framed_or_by_whom(server: str, query: str) -> None:
    plain = ask(server, write_request("GET", "/embed"))
    hostile = ask(server, write_request("GET", f"/embed{query}"))
    assert (hostile.status, hostile.body) == (200, plain.body)
    for answer in (plain, hostile):
        del vars(answer)["headers"]["date"]
    assert hostile.headers == plain.headers


@pytest.mark.parametrize("query", ADDRESSES, ids=range(len(ADDRESSES)))
def test_the_redirect_to_the_page_leads_to_no_other_site(server: str, query: str) -> None:
    answer = ask(server, write_request("GET", f"/embed/{query}"))
    assert answer.status == 308
    assert answer.headers["location"] == f"../embed{query}"
    assert "set-cookie" not in answer.headers
    assert {name: answer.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS


@pytest.mark.parametrize(
    "path",
    ["//evil.example.com/embed/", "/embed//", "/%2e%2e/embed", "/embed%2f", "/embed\\", "//"],
)
def test_no_other_address_leads_to_the_page_or_away(server: str, path: str) -> None:
    answer = ask(server, write_request("GET", path))
    assert answer.status in (308, 400, 404)
    assert answer.headers.get("location", "../").startswith("../")
    assert answer.headers["x-frame-options"] == "DENY"


def test_thousands_of_sites_may_be_named() -> None:
    sites = [f"https://site-{number}.example.com" for number in range(2_000)]
    app = create_app(Settings.model_validate({"frame_ancestors": tuple(sites)}))
    policy = TestClient(app, base_url="http://localhost").get("/embed").headers
    assert policy["content-security-policy"].endswith(" ".join(sites))
