"""Data of a site: the responses of the API, at the addresses that the catalog names."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from fastapi.testclient import TestClient

from descent_atlas.landscapes.store import read_once
from descent_atlas.static_site.site_data import make_data
from descent_atlas.static_site.site_pages import (
    CATALOG,
    CLAIMS,
    CURVATURE_RULES_PATH,
    NETWORK_RULES_PATH,
    RULES,
)
from descent_atlas.web.app import create_app
from descent_atlas.web.settings import Settings
from tests.backend.landscapes.landscape_samples import make_landscape
from tests.backend.landscapes.network_samples import write_networks
from tests.backend.landscapes.study_samples import write_study

Row = Mapping[str, Any]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Folders with landscapes of every kind, two of the same id, one damaged."""
    root = tmp_path_factory.mktemp("folders")
    write_study(root / "paper")
    make_landscape("bowl").write(root / "copy")
    write_networks(root / "mine")
    (root / "mine" / "broken").mkdir()
    return root / "paper", root / "copy", root / "mine"


@pytest.fixture(scope="module")
def files(folders: tuple[Path, ...]) -> dict[str, bytes]:
    """The data of a site of these folders."""
    return dict(make_data(read_once(folders), [folder.name for folder in folders]))


@pytest.fixture(scope="module")
def served(folders: tuple[Path, ...]) -> TestClient:
    """A server of the same folders."""
    app = create_app(Settings(landscapes_folder=folders))
    # Not entered: nothing has to warm up, nor to be compressed.
    headers = {"Accept-Encoding": "identity"}
    return TestClient(app, base_url="http://localhost", headers=headers)


def without_addresses(row: Row) -> dict[str, Any]:
    """Return a row of the catalog without its addresses."""
    return {name: value for name, value in row.items() if name not in ("url", "files")}


def test_the_catalog_is_the_servers_but_for_addresses_and_damaged_landscapes(
    files: dict[str, bytes], served: TestClient
) -> None:
    ours = json.loads(files[CATALOG])
    theirs = served.get("/api/v1/landscapes").json()
    assert [one["id"] for one in theirs["unavailable"]] == ["broken"]
    assert ours["unavailable"] == []
    assert ours["studies"] == theirs["studies"]
    assert [*map(without_addresses, ours["landscapes"])] == [
        *map(without_addresses, theirs["landscapes"])
    ]
    assert {"bowl", "bowl.2", "way"} <= {row["id"] for row in ours["landscapes"]}


def test_every_address_of_the_catalog_has_the_bytes_of_the_servers_response(
    files: dict[str, bytes], served: TestClient
) -> None:
    read = {CATALOG, CLAIMS, RULES, CURVATURE_RULES_PATH, NETWORK_RULES_PATH}
    rows = json.loads(files[CATALOG])["landscapes"]
    theirs = served.get("/api/v1/landscapes").json()["landscapes"]
    for ours, row in zip(rows, theirs, strict=True):
        addresses = [(ours["url"], row["url"])]
        addresses += [(ours["files"][name], row["files"][name]) for name in row["files"]]
        for own, other in addresses:
            url = urlsplit(urljoin(CATALOG, own))
            assert url.query == f"v={row['version']}"
            assert files[url.path] == served.get(urljoin("/api/v1/landscapes", other)).content
            read.add(url.path)
    assert read == set(files)  # and nothing else is written


def test_the_claims_and_their_rules_are_the_servers(
    files: dict[str, bytes], served: TestClient
) -> None:
    assert files[CLAIMS] == served.get("/api/v1/claims").content
    assert files[RULES] == served.get("/api/v1/claims/rules").content
    curvature = served.get("/api/v1/claims/curvature-rules").content
    assert files[CURVATURE_RULES_PATH] == curvature
