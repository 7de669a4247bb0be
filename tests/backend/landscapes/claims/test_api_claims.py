"""The route of the claims."""

from datetime import datetime
from pathlib import Path
from unittest.mock import Mock

import pytest
from fastapi.testclient import TestClient

from descent_atlas.landscapes.claims import CURVATURE_QUESTIONS, QUESTIONS
from descent_atlas.landscapes.claims.curvature.curvature_rules import (
    CURVATURE_RULES,
    read_curvature_rules,
)
from descent_atlas.landscapes.claims.networks.network_rules import (
    NETWORK_RULES,
    read_network_rules,
)
from descent_atlas.landscapes.claims.networks.skip_claims import SKIP_QUESTIONS
from descent_atlas.landscapes.claims.networks.transformer_claims import TRANSFORMER_QUESTIONS
from descent_atlas.landscapes.claims.rules import RULES, read_text
from descent_atlas.landscapes.store import Contents
from descent_atlas.web.app import create_app
from descent_atlas.web.claims_cache import ClaimsCache
from descent_atlas.web.description import responses
from descent_atlas.web.settings import Settings


@pytest.fixture
def client_without(tmp_path: Path) -> TestClient:
    """The application with a folder of landscapes that is empty."""
    app = create_app(Settings(landscapes_folder=(tmp_path,)))
    # Not entered, so that nothing warms up: the claims need nothing of it.
    return TestClient(app, base_url="http://localhost")


def test_every_claim_is_answered_in_the_papers_order_without_landscapes_too(
    client_without: TestClient,
) -> None:
    answer = client_without.get("/api/v1/claims")
    assert answer.status_code == 200
    claims = responses.ClaimsResponse.model_validate(answer.json()).claims
    assert [claim["id"] for claim in claims] == [question.id for question in QUESTIONS]
    assert {claim["verdict"] for claim in claims} == {"cannot be told"}


def test_the_answer_is_kept_and_asked_for_again_by_its_hash(client_without: TestClient) -> None:
    first = client_without.get("/api/v1/claims")
    assert first.headers["cache-control"] == "no-cache"
    again = client_without.get("/api/v1/claims", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304 and not again.content


def test_claims_are_told_once_for_each_version_of_the_landscapes() -> None:
    contents = Contents({}, (), "one")
    store = Mock()
    store.use = lambda work: work(contents)
    desk = ClaimsCache(store)
    first = desk.read()
    contents = Contents({}, (), "one")
    assert desk.read() is first
    contents = Contents({}, (), "two")
    assert desk.read() is not first


def test_the_file_of_rules_is_served_as_it_is(client_without: TestClient) -> None:
    answer = client_without.get("/api/v1/claims/rules")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == read_text()
    fixed = client_without.get("/api/v1/claims").json()["rules_fixed"]
    assert datetime.fromisoformat(fixed) == RULES.fixed


def test_the_rules_on_curvature_are_served_as_they_are(client_without: TestClient) -> None:
    answer = client_without.get("/api/v1/claims/curvature-rules")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == read_curvature_rules()
    claims = client_without.get("/api/v1/claims").json()
    assert datetime.fromisoformat(claims["curvature_rules_fixed"]) == CURVATURE_RULES.fixed
    assert [claim["id"] for claim in claims["curvature"]] == [
        question.id for question in CURVATURE_QUESTIONS
    ]


def test_the_rules_on_networks_are_served_as_they_are(client_without: TestClient) -> None:
    answer = client_without.get("/api/v1/claims/network-rules")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text == read_network_rules()
    claims = client_without.get("/api/v1/claims").json()
    assert datetime.fromisoformat(claims["network_rules_fixed"]) == NETWORK_RULES.fixed
    assert [claim["id"] for claim in claims["skips"]] == [one.id for one in SKIP_QUESTIONS]
    asked = [one.id for one in TRANSFORMER_QUESTIONS]
    assert [claim["id"] for claim in claims["transformer"]] == asked
