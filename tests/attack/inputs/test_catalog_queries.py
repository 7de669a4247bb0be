"""Hostile queries of the catalog: pages and filters."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from descent_atlas.web.description.responses import LandscapesResponse
from descent_atlas.web.routes.landscape_routes import MAX_ROWS
from tests.attack.hostile_landscapes import BASE, connect, read_strictly
from tests.backend.landscapes.study_samples import write_study

DIGITS = "9" * 400


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """A client of an application that serves a study, and a damaged landscape."""
    root = tmp_path_factory.mktemp("landscapes")
    write_study(root)
    (root / "damaged").mkdir()
    return connect(root)


NO_NUMBERS = (
    *("-1", f"-{DIGITS}", "1.5", "1e3", "1e999", "NaN", "Infinity", "0x10", "0b1", "1,0", "null"),
    *("true", "[]", "one", "1;2", "1 2", "--1", "²", "½", "١٢", "１２", "1\0", "\0", "\ud800"),
)


@pytest.mark.parametrize("name", ["offset", "limit"])
@pytest.mark.parametrize("value", NO_NUMBERS, ids=ascii)
def test_what_is_no_number_of_landscapes_is_refused_by_name(
    client: TestClient, name: str, value: str
) -> None:
    answer = client.get(f"{BASE}?{name}={quote(value, errors='surrogatepass')}")
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == name


@pytest.mark.parametrize("offset", ["10000000", "9223372036854775808", DIGITS], ids=len)
def test_beyond_the_last_landscape_there_is_none(client: TestClient, offset: str) -> None:
    found = read_catalog(client, f"offset={offset}&limit={MAX_ROWS}")
    assert (found["landscapes"], found["unavailable"]) == ([], [])
    assert found["count"] == read_catalog(client, "")["count"] > 0


FILTERS = (
    *(
        "",
        " ",
        "\0",
        "\n",
        "'",
        '"',
        "<script>alert(1)</script>",
        "%",
        "*",
        "?",
        "\\",
        "../..",
        "$&",
    ),
    *("İ", "ß", "ﬁ", "\u202e", "\ud800", "💣" * 1_000, "x" * 10_000, "adam' OR '1'='1", "{{7*7}}"),
)


@pytest.mark.parametrize("name", ["figure", "optimizer", "plane", "v", "offset[]", "unknown", "\0"])
def test_any_text_is_a_filter_that_matches_nothing_or_is_none(
    client: TestClient, name: str
) -> None:
    whole = read_catalog(client, "")
    for value in FILTERS:
        query = f"{quote(name)}={quote(value, errors='surrogatepass')}"
        answer = client.get(f"{BASE}?{query}")
        if name == "plane":
            assert answer.status_code == 422
            assert [error["field"] for error in answer.json()["errors"]] == ["plane"]
            continue
        found = read_catalog(client, query)
        if name in ("figure", "optimizer"):
            assert (found["landscapes"], found["count"]) == ([], 0)
        else:
            assert found == whole


def test_of_a_parameter_that_is_given_twice_one_counts_and_the_other_is_checked(
    client: TestClient,
) -> None:
    assert len(read_catalog(client, "limit=1&limit=2")["landscapes"]) == 2
    assert len(read_catalog(client, "&".join(["limit=1"] * 500))["landscapes"]) == 1
    assert client.get(f"{BASE}?limit=2&limit=x").status_code == 422


@pytest.mark.parametrize("id", ["\0", "%00", "..", "%2e%2e", "a" * 10_000, "\ud800", "💣", "{id}"])
def test_there_is_no_landscape_and_no_lesson_of_a_hostile_name(client: TestClient, id: str) -> None:
    for path in (BASE, "/api/v1/lessons"):
        answer = client.get(f"{path}/{quote(id, safe='%', errors='surrogatepass')}")
        assert answer.status_code in (200, 404, 422), "`..` leads to another address"
        assert "json" in answer.headers["content-type"]
        assert len(answer.content) < 100_000


def read_catalog(client: TestClient, query: str) -> dict[str, Any]:
    """Return the catalog at a query, which must keep to its description."""
    answer = client.get(f"{BASE}?{query}")
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = read_strictly(answer)
    LandscapesResponse.model_validate(found)
    return found


def test_a_page_of_a_folder_that_is_emptied_meanwhile_is_empty(tmp_path: Path) -> None:
    client = connect(tmp_path / "nothing")
    for query in ("offset=5&limit=5", "plane=pca", "offset=0"):
        assert read_catalog(client, query)["landscapes"] == []
