"""Folders of many landscapes: bounded memory, a catalog without files, pages of it."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from descent_atlas.landscapes import store as landscapes
from descent_atlas.landscapes import stored as contents_in_memory
from descent_atlas.landscapes.store import LandscapeStore
from descent_atlas.landscapes.stored import HELD_BYTES, ReplacedError
from descent_atlas.storage.array_folder import ARRAYS, MANIFEST
from descent_atlas.storage.regular_files import TransientError
from descent_atlas.web.app import create_app
from descent_atlas.web.description import responses
from descent_atlas.web.landscape_representations import represent
from descent_atlas.web.settings import Settings
from tests.backend.landscapes.landscape_samples import Sample, make_landscape
from tests.backend.landscapes.many_landscapes import ID, STUDY, write_many

BASE = "/api/v1/landscapes"

COUNT = 300

ROOM = 3 * 10**6
"""Bytes of memory, in which some dozens of the samples fit."""


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of many landscapes."""
    root = tmp_path_factory.mktemp("many") / "landscapes"
    write_many(root, COUNT)
    return root


@pytest.fixture(scope="module")
def client(many: Path) -> TestClient:
    """A client of an application without warm-up that serves the folder."""
    return connect(many)[0]


def connect(root: Path, held_bytes: int = ROOM) -> tuple[TestClient, LandscapeStore]:
    """Return a client of an application that serves a folder, and its store."""
    app = create_app(Settings(landscapes_folder=(root,)))
    app.state.landscapes = LandscapeStore(root, held_bytes=held_bytes)
    return TestClient(app, base_url="http://localhost"), app.state.landscapes


def test_contents_not_used_for_longest_are_dropped_and_read_again(many: Path) -> None:
    store = LandscapeStore(many, held_bytes=ROOM)
    found = store.read().landscapes
    assert len(found) == COUNT
    for id, stored in found.items():
        assert stored.landscape.manifest.id == id
        assert store.memory.total <= ROOM
    first, *others = found.values()
    held = [stored.held is not None for stored in found.values()]
    assert held[-1] and not held[0]
    used = first.content
    assert first.held is used
    for stored in others:
        assert stored.files[MANIFEST]
        assert first.content is used  # what is used stays


def test_the_catalog_needs_no_file_once_all_were_read(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landscapes, "SCAN_INTERVAL", 0)
    monkeypatch.setattr(landscapes, "TIMESTAMP_RESOLUTION", 0)
    client, _ = connect(many)
    first = client.get(BASE).json()
    for module in (landscapes, contents_in_memory):
        monkeypatch.setattr(module, "load", None)
    monkeypatch.setattr(contents_in_memory, "read_files", None)
    assert client.get(BASE).json() == first
    assert client.get(BASE, params={"plane": "pca"}).json()["count"] == COUNT / 3


@pytest.mark.long
def test_ten_thousand_landscapes_are_served_within_the_memory_that_is_theirs(
    tmp_path: Path,
) -> None:
    ids = write_many(tmp_path / "landscapes", 10_000)
    client, store = connect(tmp_path / "landscapes", held_bytes=HELD_BYTES)
    catalog = client.get(BASE).json()
    assert sorted(row["id"] for row in catalog["landscapes"]) == ids
    for id in ids[::10]:
        assert client.get(f"{BASE}/{id}").json()["manifest"]["id"] == id
        assert store.memory.total <= HELD_BYTES


@pytest.mark.parametrize("kind", ["float64", "float32", "float16"])
def test_a_landscape_and_its_responses_take_no_more_memory_than_is_estimated(
    tmp_path: Path, kind: str
) -> None:
    sample, chance = make_landscape(ID, grid=(121, 121)), np.random.default_rng(0)
    noise = {
        name: chance.random(array.shape).astype(kind)
        for name, array in sample.arrays.items()
        if array.ndim == 2
    }
    Sample(sample.manifest, {**sample.arrays, **noise}).write(tmp_path)
    stored = LandscapeStore(tmp_path).read().landscapes[ID]
    whole, content = represent(stored), stored.content
    parts = [*content.files.values(), whole.content, whole.as_brotli, whole.as_gzip]
    taken = sum(map(len, parts)) + sum(a.nbytes for a in content.landscape.arrays.values())
    assert taken <= content.estimate_bytes()


def test_the_catalog_comes_in_pages_that_count_all(client: TestClient) -> None:
    whole = client.get(BASE).json()
    assert whole["count"] == len(whole["landscapes"]) == COUNT
    rows = []
    for offset in range(0, COUNT, 70):
        page = client.get(BASE, params={"offset": offset, "limit": 70}).json()
        responses.LandscapesResponse.model_validate(page)
        assert page["count"] == COUNT
        assert [study["id"] for study in page["studies"]] == [STUDY]
        rows += page["landscapes"]
    assert rows == whole["landscapes"]
    filtered = client.get(BASE, params={"optimizer": "adam", "offset": 95, "limit": 70}).json()
    assert filtered["count"] == COUNT / 3
    assert len(filtered["landscapes"]) == COUNT / 3 - 95
    beyond = client.get(BASE, params={"offset": 10**6}).json()
    assert (beyond["landscapes"], beyond["count"]) == ([], COUNT)


@pytest.mark.parametrize(("name", "value"), [("offset", -1), ("limit", 0), ("limit", 10**6)])
def test_a_page_that_cannot_be_is_refused_by_name(
    client: TestClient, name: str, value: int
) -> None:
    answer = client.get(BASE, params={name: value})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == name
    assert error["limit"] is not None


def read_all_but(store: LandscapeStore, id: str) -> None:
    """Read all landscapes but one, so that it does not remain in memory."""
    for other, stored in store.read().landscapes.items():
        assert other == id or stored.landscape


def test_one_that_was_replaced_while_it_was_not_in_memory_is_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "landscapes"
    ids = write_many(root, 60)
    client, store = connect(root, held_bytes=10**6)
    monkeypatch.setattr(landscapes, "SCAN_INTERVAL", 10**6)
    read_all_but(store, ids[0])
    stored = store.read().landscapes[ids[0]]
    assert stored.held is None
    make_landscape(ids[0], title="After").write(root)
    with pytest.raises(ReplacedError):
        _ = stored.content
    assert client.get(f"{BASE}/{ids[0]}").json()["manifest"]["title"] == "After"

    read_all_but(store, ids[0])
    shutil.rmtree(root / ids[0])
    assert store.read().landscapes[ids[0]].held is None
    assert client.get(f"{BASE}/{ids[0]}").status_code == 404


def test_one_that_cannot_be_read_now_is_to_be_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = write_many(tmp_path / "landscapes", 60)
    client, store = connect(tmp_path / "landscapes", held_bytes=10**6)
    read_all_but(store, ids[0])

    def fail(folder: Path) -> tuple[bytes, bytes]:
        raise TransientError("cannot be read: Too many open files", folder)

    in_memory = client.get(f"{BASE}/{ids[-1]}")
    monkeypatch.setattr(contents_in_memory, "read_files", fail)
    answer = client.get(f"{BASE}/{ids[0]}")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert str(tmp_path) not in answer.text
    assert client.get(f"{BASE}/{ids[-1]}").content == in_memory.content


def test_a_file_has_the_bytes_of_the_disk_after_its_content_was_dropped(
    client: TestClient, many: Path
) -> None:
    for id in ("landscape-00000", "landscape-00299", "landscape-00000"):
        for name in (MANIFEST, ARRAYS):
            assert client.get(f"{BASE}/{id}/{name}").content == (many / id / name).read_bytes()
    manifest = json.loads(client.get(f"{BASE}/landscape-00001/{MANIFEST}").content)
    assert manifest["title"] == "Landscape 1 of many"
