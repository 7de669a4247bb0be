"""Hostile landscapes that are being computed: masks, progress, versions replaced while read."""

import itertools
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from descent_atlas.landscapes import store as landscapes
from descent_atlas.web.representations import IMMUTABLE
from tests.attack.hostile_landscapes import (
    BASE,
    PATIENCE,
    check_that_others_are_served,
    connect,
    read_strictly,
)
from tests.backend.landscapes.growing_samples import make_growing
from tests.backend.landscapes.landscape_samples import Sample, make_landscape, make_table
from tests.backend.landscapes.manifest_edits import change_manifest, read_manifest
from tests.backend.landscapes.test_store import running
from tests.backend.web.arrays import decode

MASK = "surface.train.computed"

HUGE = 10**30


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with an undamaged landscape and a table."""
    make_landscape("bowl").write(tmp_path)
    make_table().write(tmp_path)
    return tmp_path


def make_coarse() -> Sample:
    """Return a landscape of which 3 × 3 of 9 × 11 points are computed."""
    return make_growing(make_landscape("hostile"), rows=(0, 4), columns=(1, 4))


Mask = Callable[[NDArray[Any]], NDArray[Any]]

MASKS: dict[str, tuple[Mask, str]] = {
    "of fewer rows": (lambda mask: mask[1:], MASK),
    "the other way round": (lambda mask: mask.T.copy(), MASK),
    "with one axis": (lambda mask: mask.ravel(), MASK),
    "with three axes": (lambda mask: mask[np.newaxis], MASK),
    "of one value": (lambda mask: np.array(True), MASK),
    "of nothing": (lambda mask: mask[:0], MASK),
    "of numbers": (lambda mask: mask.astype(np.uint8), "is no mask"),
    "of floats": (lambda mask: np.where(mask, np.nan, 0.0), "is no mask"),
    "that says that all is there": (np.ones_like, "number of points that are computed"),
    "that says that nothing is there": (np.zeros_like, "are computed are missing"),
}


@pytest.mark.parametrize("name", MASKS)
def test_a_landscape_is_not_served_with_a_mask(root: Path, name: str) -> None:
    change, reason = MASKS[name]
    sample = make_coarse()
    arrays = {**sample.arrays, MASK: change(sample.arrays[MASK])}
    replace(sample, arrays=arrays).write(root)
    check_that_others_are_served(root, "hostile", reason)


Edit = Callable[[Mapping[str, Any]], dict[str, Any]]


def progress(**changes: Any) -> Edit:
    """Return an edit of the progress."""
    return lambda manifest: {"progress": {**manifest["progress"], **changes}}


EDITS: dict[str, tuple[Edit, str]] = {
    "no": (lambda _: {"complete": "no"}, "complete: Input should be a valid boolean"),
    "0": (lambda _: {"complete": 0}, "complete: Input should be a valid boolean"),
    "null": (lambda _: {"complete": None}, "complete: Input should be a valid boolean"),
    "[false]": (lambda _: {"complete": [False]}, "complete: Input should be a valid boolean"),
    "progress of text": (progress(rows=["0", "4"]), "progress.rows.0: Input should be a valid int"),
    "progress of switches": (progress(rows=[False, True]), "progress.rows.0: Input should be"),
    "progress of a step that is none": (progress(rows=[0, 0]), "are none"),
    "progress backwards": (progress(rows=[8, -4]), "are none"),
    "progress of huge steps": (progress(rows=[0, HUGE]), "are missing"),
    "progress from far away": (progress(columns=[HUGE, 1]), "are missing"),
    "progress of three numbers": (progress(rows=[0, 4, 4]), "progress.rows: List should have"),
    "progress beyond all points": (progress(computed=HUGE), "number of points that are computed"),
    "progress of fractions": (progress(computed=18.5), "progress.computed: Input should be"),
    "progress below nothing": (progress(computed=-1), "progress.computed: Input should be"),
    "a list as progress": (lambda _: {"progress": [18, 198]}, "progress: Input should be"),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_landscape_is_not_served_whose_manifest_says(root: Path, name: str) -> None:
    edit, reason = EDITS[name]
    folder = make_coarse().write(root)
    change_manifest(folder, **edit(read_manifest(folder)))
    check_that_others_are_served(root, "hostile", reason)


REPLACEMENTS = 100

READERS = 4


@pytest.mark.long
def test_a_landscape_that_grows_under_its_readers_is_always_one_of_its_versions(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landscapes, "SCAN_INTERVAL", 0)
    monkeypatch.setattr(landscapes, "SCAN_SHARE", math.inf)
    whole = make_landscape("growing")
    steps = [(4, 5), (2, 3), (1, 1)]
    versions = [
        *(make_growing(whole, rows=(0, rows), columns=(0, columns)) for rows, columns in steps),
        whole,
    ]
    writing = itertools.cycle(versions)
    next(writing).write(root)
    known = [describe(sample.manifest, sample.arrays) for sample in versions]
    deadline = time.monotonic() + 5 * PATIENCE
    seen: Counter[int] = Counter()
    counting = threading.Lock()
    client = connect(root)

    def read() -> None:
        version = ""
        while len(seen) < len(versions) or seen.total() < REPLACEMENTS:
            assert time.monotonic() < deadline
            answer = client.get(f"{BASE}/growing", params={"v": version})
            found = read_strictly(answer)
            is_same = found["version"] == version
            assert (answer.headers["cache-control"] == IMMUTABLE) is is_same
            version = found["version"]
            arrays = {name: decode(array) for name, array in found["arrays"].items()}
            with counting:
                seen[known.index(describe(found["manifest"], arrays))] += 1
            (row,) = (
                row
                for row in read_strictly(client.get(BASE))["landscapes"]
                if row["id"] == "growing"
            )
            assert row["complete"] in (True, False)
            assert client.get("/api/v1/claims").status_code == 200

    with running(lambda: next(writing).write(root)), ThreadPoolExecutor(READERS) as executor:
        for future in [executor.submit(read) for _ in range(READERS)]:
            future.result()
    print(dict(seen))


def describe(manifest: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> list[Any]:
    """Return by what the versions differ: progress, statistics, masks and losses."""
    parts: list[Any] = [manifest.get("complete", True), manifest.get("progress")]
    for surface in manifest["surfaces"]:
        mask = arrays.get(f"surface.{surface['id']}.computed")
        loss = arrays[surface["arrays"]["loss"]]
        parts += [surface["minima"], None if mask is None else mask.astype(bool).tolist()]
        parts += [np.nan_to_num(loss, nan=-1.0).tolist()]
    return parts
