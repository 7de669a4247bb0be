"""Version prefix of the API, and the deprecated paths without it."""

from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient

from descent_atlas.web.app import create_app
from descent_atlas.web.middleware.prefix import API
from descent_atlas.web.settings import Settings

READ = ("objectives", "optimizers", "sweep", "stories", "landscapes", "claims", "landscapes/bowl")
POINT = {"objective": {"id": "ackley"}, "point": {"x": 1, "y": 1}}


@pytest.mark.parametrize("path", READ)
def test_an_address_without_a_version_still_answers_and_names_its_successor(
    client: TestClient, path: str
) -> None:
    old, new = client.get(f"/api/{path}"), client.get(f"{API}/{path}")
    assert (old.status_code, old.content) == (new.status_code, new.content)
    assert old.headers["deprecation"].removeprefix("@").isdecimal()
    link, relation = old.headers["link"].split("; ")
    assert relation == 'rel="successor-version"'
    assert urljoin(f"/api/{path}", link.strip("<>")) == f"{API}/{path}"
    assert not {"deprecation", "link"} & set(new.headers)


def test_what_computes_and_what_fails_answers_at_both_addresses_alike(client: TestClient) -> None:
    for body, status in ((POINT, 200), ({}, 422)):
        old, new = (client.post(f"{prefix}/points", json=body) for prefix in ("/api", API))
        assert (old.status_code, old.content) == (new.status_code, new.content)
        assert new.status_code == status
        assert "deprecation" in old.headers


def test_the_successor_holds_below_a_prefix_and_for_any_name() -> None:
    client = TestClient(create_app(Settings(root_path="/atlas")), base_url="http://localhost")
    answer = client.get("/atlas/api/landscapes/a%20%3E%0Ab")
    assert answer.status_code == 404
    assert answer.headers["link"] == '<../v1/landscapes/a%20%3E%0Ab>; rel="successor-version"'


def test_the_health_is_asked_for_without_a_version_too(client: TestClient) -> None:
    for path in ("/api/health", f"{API}/health"):
        answer = client.get(path)
        assert answer.json()["status"] in ("ready", "warming")
        assert "deprecation" not in answer.headers


def test_the_description_names_addresses_with_a_version_alone(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert paths and all(path.startswith(f"{API}/") for path in paths)
