"""The folder of landscapes: what it holds now, whatever is done to it meanwhile."""

import logging
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from descent_atlas.landscapes import store as landscapes
from descent_atlas.landscapes.format import parse_landscape
from descent_atlas.landscapes.store import LandscapeStore
from descent_atlas.landscapes.stored import HELD_BYTES, Stored, load
from descent_atlas.storage.array_folder import ARRAYS, MANIFEST, SCHEMA
from descent_atlas.web.settings import Settings
from tests.backend.landscapes.landscape_samples import Sample, make_landscape, make_table
from tests.backend.landscapes.manifest_edits import change_manifest, read_manifest
from tests.backend.landscapes.study_samples import write_study


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept = 0.0

    def sleep(self, seconds: float) -> None:
        self.slept += seconds

    def pass_seconds(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    times = SimpleNamespace(
        monotonic=lambda: clock.now,
        time_ns=lambda: time.time_ns() + int(clock.now * 1e9),
        sleep=clock.sleep,
    )
    monkeypatch.setattr(landscapes, "time", times)
    return clock


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> LandscapeStore:
    return LandscapeStore(tmp_path)


def change_plane(folder: Path, **changes: Any) -> None:
    plane = read_manifest(folder)["plane"]
    change_manifest(folder, plane={**plane, **changes})


def test_everything_is_there_in_the_papers_order(store: LandscapeStore) -> None:
    samples = write_study(store.folders[0])
    contents = store.read()
    assert list(contents.landscapes) == [sample.id for sample in samples]
    assert not contents.damaged
    for sample in samples:
        found = contents.landscapes[sample.id].landscape
        for name, array in sample.arrays.items():
            np.testing.assert_array_equal(found.arrays[name], array)


def test_a_folder_that_is_emptied_is_waited_for_once(store: LandscapeStore, clock: Clock) -> None:
    assert len(write_study(store.folders[0])) > 2
    assert store.read().landscapes
    for folder in list(store.folders[0].iterdir()):
        shutil.rmtree(folder)
    clock.pass_seconds(2)
    clock.slept = 0
    assert not store.read().landscapes
    assert 0 < clock.slept <= landscapes.ATTEMPTS * landscapes.RETRY_SECONDS + 1e-9


def test_a_folder_that_is_missing_is_empty_until_it_comes(tmp_path: Path, clock: Clock) -> None:
    store = LandscapeStore(tmp_path / "later")
    assert not store.read().landscapes
    make_landscape().write(tmp_path / "later")
    clock.pass_seconds(2)
    assert list(store.read().landscapes) == ["optimizers"]


def test_a_folder_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    (damaged,) = LandscapeStore(tmp_path / "file").read().damaged
    assert damaged.reason == "file cannot be read: Not a directory"


def test_hidden_folders_and_files_are_no_landscapes(store: LandscapeStore) -> None:
    folder = make_landscape().write(store.folders[0])
    shutil.copytree(folder, store.folders[0] / ".optimizers~1")
    (store.folders[0] / "README.md").write_text("Landscapes.")
    contents = store.read()
    assert list(contents.landscapes) == ["optimizers"]
    assert not contents.damaged


def test_the_folder_is_looked_at_once_a_second(store: LandscapeStore, clock: Clock) -> None:
    first = store.read()
    make_landscape().write(store.folders[0])
    clock.pass_seconds(0.9)
    assert store.read() is first
    clock.pass_seconds(0.2)
    assert list(store.read().landscapes) == ["optimizers"]


def add(root: Path) -> None:
    make_landscape("later", title="Later").write(root)


def replace(root: Path) -> None:
    make_landscape(title="After").write(root)


def edit(root: Path) -> None:
    change_manifest(root / "optimizers", title="By hand")


def remove(root: Path) -> None:
    shutil.rmtree(root / "optimizers")


def replace_by_a_file(root: Path) -> None:
    remove(root)
    (root / "optimizers").write_text("no folder")


@pytest.mark.parametrize(
    ("change", "titles"),
    [
        (add, ["A bowl", "Later", "Before"]),
        (replace, ["A bowl", "After"]),
        (edit, ["A bowl", "By hand"]),
        (remove, ["A bowl"]),
        (replace_by_a_file, ["A bowl"]),
    ],
)
def test_a_change_shows_within_two_seconds_and_leaves_the_others(
    store: LandscapeStore, clock: Clock, change: Callable[[Path], None], titles: list[str]
) -> None:
    make_landscape("bowl", title="A bowl").write(store.folders[0])
    make_landscape(title="Before").write(store.folders[0])
    before = store.read()
    change(store.folders[0])
    clock.pass_seconds(2)
    after = store.read()
    found = [stored.landscape.manifest.title for stored in after.landscapes.values()]
    assert found == titles
    assert after.landscapes["bowl"] is before.landscapes["bowl"]
    assert after.version != before.version
    assert not after.damaged
    clock.pass_seconds(2)
    assert store.read() is after


def test_what_has_not_changed_is_not_read_again(
    store: LandscapeStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    monkeypatch.setattr(landscapes, "load", note(read, load))
    write_study(store.folders[0])
    clock.pass_seconds(10)  # the files are no longer young
    store.read()
    count = len(read)
    clock.pass_seconds(2)
    store.read()
    assert len(read) == count
    make_table().write(store.folders[0])
    clock.pass_seconds(2)
    store.read()
    assert [folder.name for folder in read[count:]] == ["table-1"]


def note(read: list[Path], load: Callable[[Path], Stored]) -> Callable[[Path], Stored]:
    """Return a function that loads, and notes what."""

    def load_and_note(folder: Path) -> Stored:
        read.append(folder)
        return load(folder)

    return load_and_note


def test_a_change_that_leaves_no_trace_in_the_files_times_is_seen_while_they_are_young(
    store: LandscapeStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        landscapes, "stat_path", lambda path: (stat.S_IFDIR, time.time_ns(), time.time_ns())
    )
    make_landscape(title="One").write(store.folders[0])
    store.read()
    make_landscape(title="Two").write(store.folders[0])
    clock.pass_seconds(1.5)
    assert store.read().landscapes["optimizers"].landscape.manifest.title == "Two"


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "a manifest that is cut off": (
        lambda folder: (folder / MANIFEST).write_bytes((folder / MANIFEST).read_bytes()[:99]),
        "is not JSON",
    ),
    "arrays of another version": (
        lambda folder: (folder / ARRAYS).write_bytes(b"another version's"),
        "does not have the SHA-256 of its manifest",
    ),
    "no manifest yet": (lambda folder: (folder / MANIFEST).unlink(), "is missing"),
    "a newer schema": (
        lambda folder: change_manifest(folder, schema=SCHEMA + 1),
        "is newer than 4, the newest this version reads: update it",
    ),
    "another's id": (lambda folder: change_manifest(folder, id="bowl"), "belongs to the id"),
    "half a character": (
        lambda folder: change_manifest(folder, title="\ud800"),
        "surrogates not allowed",
    ),
    "a run without a label": (
        lambda folder: change_manifest(folder, runs=[{"id": "sgd"}]),
        'the field "runs.0.label" is missing',
    ),
    "a figure that is a number": (
        lambda folder: change_manifest(folder, figures=[3]),
        "figures.0: Input should be a valid string",
    ),
    "a plane of three directions": (
        lambda folder: change_plane(folder, gram=[[1.0, 0.0, 0.0]] * 3),
        "is not the Gram matrix of two directions",
    ),
    "no plane": (lambda folder: change_manifest(folder, plane=None), "without a plane"),
    "no surface": (lambda folder: change_manifest(folder, surfaces=[]), "without a surface"),
    "a grid of another shape": (
        lambda folder: change_manifest(
            folder, grid={"x": "grid.x", "y": "grid.y", "shape": [9, 9]}
        ),
        'the array "grid.x" has the shape (11,), not (9,)',
    ),
    "an axis that is not there": (
        lambda folder: change_manifest(folder, grid={"x": "x", "y": "grid.y", "shape": [9, 11]}),
        'there is no array "x"',
    ),
    "a table without cells": (
        lambda folder: change_manifest(folder, kind="table"),
        "a table without cells",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_damaged_landscape_is_listed_with_its_reason_and_the_others_are_served(
    name: str, store: LandscapeStore, clock: Clock
) -> None:
    damage, reason = BROKEN[name]
    folder = make_landscape().write(store.folders[0])
    make_landscape("bowl").write(store.folders[0])
    before = store.read()
    damage(folder)
    clock.pass_seconds(2)
    contents = store.read()
    assert list(contents.landscapes) == ["bowl"]
    (damaged,) = contents.damaged
    assert damaged.id == folder.name
    assert damaged.reason.startswith(folder.name)
    assert str(store.folders[0]) not in damaged.reason
    assert reason in damaged.reason
    assert contents.version != before.version
    make_landscape().write(store.folders[0])
    clock.pass_seconds(2)
    whole = store.read()
    assert sorted(whole.landscapes) == ["bowl", "optimizers"]
    assert not whole.damaged
    assert whole.version == before.version


def without(sample: Sample, *names: str) -> Sample:
    arrays = {name: array for name, array in sample.arrays.items() if name not in names}
    return Sample(sample.manifest, arrays)


def with_arrays(sample: Sample, **arrays: Any) -> Sample:
    return Sample(sample.manifest, {**sample.arrays, **arrays})


def naming(sample: Sample, part: str, **fields: Any) -> Sample:
    first, *others = sample.manifest[part]
    return Sample({**sample.manifest, part: [{**first, **fields}, *others]}, sample.arrays)


@pytest.mark.parametrize(
    ("sample", "reason"),
    [
        (without(make_landscape(), "surface.test.accuracy"), 'no array "surface.test.accuracy"'),
        (without(make_landscape(), "trajectory.1.step"), 'no array "trajectory.1.step"'),
        (naming(make_landscape(), "surfaces", arrays={}), 'it names no array for "loss"'),
        (naming(make_landscape(), "trajectories", run="me"), 'the run "me" is not among its runs'),
        (
            naming(make_landscape(arrows=True), "arrows", surface="sea"),
            'the surface "sea" is not among its surfaces',
        ),
        (
            with_arrays(make_landscape(), **{"trajectory.2.loss": np.zeros(3)}),
            'the array "trajectory.2.loss" has the shape (3,), not (13,)',
        ),
        (
            with_arrays(make_landscape(), more=np.array([2**31])),
            'the array "more" has numbers that do not fit into 32 bits',
        ),
        (
            without(make_landscape(surfaces=["batch-1"], arrows=True), "cosines.1"),
            'no array "cosines.1"',
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_landscape_whose_parts_do_not_fit_together_is_damaged(
    store: LandscapeStore, sample: Sample, reason: str
) -> None:
    sample.write(store.folders[0])
    contents = store.read()
    assert not contents.landscapes
    assert reason in contents.damaged[0].reason


def test_what_no_reader_expects_harms_no_other(
    store: LandscapeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    parse = parse_landscape

    def fail(folder: Path, *files: bytes) -> Any:
        if folder.name == "bowl":
            raise RuntimeError("a new compression")
        return parse(folder, *files)

    monkeypatch.setattr("descent_atlas.landscapes.format.parse_landscape", fail)
    make_landscape("bowl").write(store.folders[0])
    make_landscape().write(store.folders[0])
    contents = store.read()
    assert list(contents.landscapes) == ["optimizers"]
    assert "a new compression" in contents.damaged[0].reason


def test_damage_is_logged_once_for_each_state(
    store: LandscapeStore, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    folder = make_landscape().write(store.folders[0])
    reasons = []
    for damage in ("no manifest yet", None, "arrays of another version", None):
        if damage is not None:
            make_landscape().write(store.folders[0])
            BROKEN[damage][0](folder)
            reasons.append(BROKEN[damage][1])
        clock.pass_seconds(2)
        store.read()
    logged = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(logged) == len(reasons)
    for record, reason in zip(logged, reasons, strict=True):
        assert str(store.folders[0]) in record.getMessage()
        assert folder.name in record.getMessage()
        assert reason in record.getMessage()


def make_numbered(number: int) -> Sample:
    """Return a landscape that tells its number in both of its files."""
    sample = make_landscape(title=str(number))
    return with_arrays(sample, number=np.full(1000, number))


@contextmanager
def running(work: Callable[[], object]) -> Iterator[None]:
    """Do something over and over, on a thread, until the context ends."""
    stopped = threading.Event()

    def repeat() -> None:
        while not stopped.is_set():
            work()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def test_a_landscape_that_is_replaced_all_the_time_is_there_and_never_a_mixture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landscapes, "SCAN_INTERVAL", 0)
    store = LandscapeStore(tmp_path)
    numbers = iter(range(10**9))
    make_numbered(next(numbers)).write(tmp_path)
    seen: dict[str, int] = {}
    with running(lambda: make_numbered(next(numbers)).write(tmp_path)):
        while len(seen) < 30:
            contents = store.read()
            assert not contents.damaged
            stored = contents.landscapes["optimizers"]
            manifest, arrays = stored.landscape.manifest, stored.landscape.arrays
            assert set(arrays["number"]) == {int(manifest.title)}
            assert seen.setdefault(stored.version, int(manifest.title)) == int(manifest.title)
    assert list(seen.values()) == sorted(seen.values())


def test_several_threads_see_one_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    monkeypatch.setattr(landscapes, "load", note(read, load))
    samples = write_study(tmp_path)
    store = LandscapeStore(tmp_path)
    with ThreadPoolExecutor(8) as executor:
        contents = set(executor.map(lambda _: store.read(), range(16)))
    assert len(contents) == 1
    assert len(read) == len(samples)


def test_the_landscapes_that_ship_stay_in_memory() -> None:
    store = LandscapeStore(*Settings().landscapes_folder)
    assert all(stored.held for stored in store.read().landscapes.values())
    assert 0 < store.memory.total <= HELD_BYTES
