"""Folders of landscapes under slow disks, exhausted resources and concurrent changes."""

import asyncio
import errno
import json
import logging
import os
import resource
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from descent_atlas.landscapes import store as landscapes
from descent_atlas.landscapes.store import LandscapeStore
from descent_atlas.landscapes.stored import load
from descent_atlas.storage.array_folder import ARRAYS, MANIFEST
from descent_atlas.web.app import create_app
from descent_atlas.web.settings import Settings
from tests.attack.hostile_landscapes import BASE, PATIENCE, answer_in_time, connect, read_strictly
from tests.backend.landscapes.landscape_samples import make_landscape
from tests.backend.landscapes.manifest_edits import change_manifest
from tests.backend.landscapes.test_store import make_numbered, note, running


@pytest.mark.parametrize(
    "count", [1_000, pytest.param(10_000, marks=pytest.mark.long, id="ten thousand")]
)
def test_thousands_of_empty_folders_are_read_once_and_logged_in_a_few_lines(
    tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(landscapes, "TIMESTAMP_RESOLUTION", 0)
    monkeypatch.setattr(landscapes, "SCAN_INTERVAL", 0)
    monkeypatch.setattr(landscapes, "SCAN_SHARE", np.inf)
    read: list[Path] = []
    monkeypatch.setattr(landscapes, "load", note(read, load))
    for number in range(count):
        (tmp_path / f"empty-{number}").mkdir()
    make_landscape("bowl").write(tmp_path)
    client = connect(tmp_path)
    first = answer_in_time(lambda: read_strictly(client.get(BASE)))
    assert [row["id"] for row in first["landscapes"]] == ["bowl"]
    assert len(first["unavailable"]) == count
    again = answer_in_time(lambda: read_strictly(client.get(BASE)))
    assert again == first
    assert len(read) == count + 1
    logged = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(logged) == landscapes.MAX_LOGGED + 1
    assert f"{count - landscapes.MAX_LOGGED} more" in logged[-1].getMessage()


def test_a_look_that_takes_long_comes_rarely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []

    def scan_slowly(root: Path, before: Any, held: int) -> dict[str, Any]:
        time.sleep(0.1)
        looks.append(time.monotonic())
        return {}

    monkeypatch.setattr(landscapes, "scan_folder", scan_slowly)
    monkeypatch.setattr(landscapes, "SCAN_INTERVAL", 0)
    store = LandscapeStore(tmp_path)
    while len(looks) < 3:
        store.read()
    gaps = np.diff(looks)
    assert (gaps >= 0.1 / landscapes.SCAN_SHARE - 0.01).all()


@contextmanager
def failing(name: str, number: int) -> Iterator[None]:
    """Make a system call fail for all arguments."""

    def fail(*arguments: Any, **keywords: Any) -> Any:
        raise OSError(number, os.strerror(number))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, name, fail)
        yield


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO])
@pytest.mark.parametrize("name", ["open", "scandir", "stat", "fstat"])
def test_an_error_of_the_machine_leaves_what_was_known(
    hostile: Path, name: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landscapes, "SCAN_INTERVAL", 0)
    monkeypatch.setattr(landscapes, "SCAN_SHARE", np.inf)
    (hostile / ARRAYS).unlink()
    store = LandscapeStore(hostile.parent)
    before = store.read()
    assert len(before.landscapes) == 2 and len(before.damaged) == 1
    with failing(name, number):
        assert store.read() is before
    make_landscape("hostile", title="After").write(hostile.parent)
    assert sorted(store.read().landscapes) == ["bowl", "hostile", "table-1"]


def test_a_server_out_of_descriptors_goes_on_with_what_it_knows(
    hostile: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(landscapes, "SCAN_INTERVAL", 0)
    monkeypatch.setattr(landscapes, "SCAN_SHARE", np.inf)
    store = LandscapeStore(hostile.parent)
    before = store.read()
    change_manifest(hostile, title="After")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    descriptor = os.open(os.devnull, os.O_RDONLY)  # the lowest free one
    os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptor, limits[1]))
    try:
        for _ in range(3):
            assert store.read() is before
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert len(caplog.records) == 1
    assert "Too many open files" in caplog.text
    title = store.read().landscapes["hostile"].landscape.manifest.title
    assert title == "After"


def test_memory_that_runs_out_leaves_what_was_known(
    hostile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(landscapes, "SCAN_INTERVAL", 0)
    store = LandscapeStore(hostile.parent)
    before = store.read()
    change_manifest(hostile, title="After")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("descent_atlas.landscapes.stored.parse_checked", fail)
        assert store.read() is before


SURFACE = {
    "objective": {"id": "himmelblau"},
    "x": {"min": -5, "max": 5, "count": 21},
    "y": {"min": -5, "max": 5, "count": 21},
}


def test_a_disk_that_hangs_keeps_no_other_route_waiting(
    hostile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    scan_folder = landscapes.scan_folder

    def hang(root: Path, before: Any, memory: Any) -> dict[str, Any]:
        released.wait(PATIENCE)
        return scan_folder(root, before, memory)

    monkeypatch.setattr(landscapes, "scan_folder", hang)

    async def ask() -> list[httpx2.Response]:
        transport = httpx2.ASGITransport(create_app(Settings(landscapes_folder=(hostile.parent,))))
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://localhost", timeout=PATIENCE
        ) as client:
            paths = [BASE, f"{BASE}/bowl", f"{BASE}/bowl/{ARRAYS}", "/api/v1/claims"]
            waiting = [asyncio.create_task(client.get(paths[n % 4])) for n in range(60)]
            await asyncio.sleep(0.1)
            answers = [
                await client.post("/api/v1/surfaces", json=SURFACE),
                await client.get("/api/v1/objectives"),
                await client.get("/api/v1/optimizers"),
            ]
            assert not released.is_set()
            assert not any(task.done() for task in waiting)
            released.set()
            return answers + list(await asyncio.gather(*waiting))

    assert {answer.status_code for answer in asyncio.run(ask())} == {200}


REPLACEMENTS = 200

READS = 2_000


@pytest.mark.long
def test_hundreds_of_replacements_under_thousands_of_reads_make_no_mixture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landscapes, "SCAN_INTERVAL", 0)
    monkeypatch.setattr(landscapes, "SCAN_SHARE", np.inf)
    written = iter(range(10**9))
    make_numbered(next(written)).write(tmp_path)
    store = LandscapeStore(tmp_path)
    deadline = time.monotonic() + 5 * PATIENCE
    reads: list[str] = []
    versions: dict[str, int] = {}

    def read() -> None:
        while len(reads) < READS or len(versions) < REPLACEMENTS:
            assert time.monotonic() < deadline
            contents = store.read()
            assert not contents.damaged
            stored = contents.landscapes["optimizers"]
            found, arrays = stored.landscape.manifest, stored.landscape.arrays
            assert set(arrays["number"]) == {int(found.title)}
            assert json.loads(stored.files[MANIFEST])["title"] == found.title
            assert versions.setdefault(stored.version, int(found.title)) == int(found.title)
            reads.append(stored.version)

    with (
        running(lambda: make_numbered(next(written)).write(tmp_path)),
        ThreadPoolExecutor(8) as executor,
    ):
        for future in [executor.submit(read) for _ in range(8)]:
            future.result()
