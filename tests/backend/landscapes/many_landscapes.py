"""Folders of thousands of small landscapes, written in seconds.

All landscapes of one kind share the bytes of their arrays as hard links; their manifests differ in
the id, the title and the seal.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from descent_atlas.storage.array_folder import ARRAYS, MANIFEST
from descent_atlas.storage.sealed import SEAL, format_seal
from tests.backend.landscapes.landscape_samples import Sample, make_landscape
from tests.backend.landscapes.run_samples import RUNS

STUDY = "many-seeds"

ID, TITLE = "landscape-00000", "Landscape 0 of many"


def make_kinds(grid: tuple[int, int]) -> Iterator[Sample]:
    """Yield a sample of each kind that a folder has by turns, all with one id and title."""
    for plane, runs in (("pca", ("adam",)), ("random", ("sgd",)), ("shared", ("gd", "sgd"))):
        sample = make_landscape(
            ID,
            title=TITLE,
            figures=(),
            plane=plane,  # type: ignore[arg-type]  # a literal of it
            runs=[RUNS[run] for run in runs],
            grid=grid,
        )
        dataset = {**sample.manifest["dataset"], "fingerprint": "0" * 64}
        about = {"title": "Many seeds", "text": "One network from many starts."}
        changed = {"dataset": dataset, "study": STUDY, "study_about": about}
        yield Sample({**sample.manifest, **changed}, sample.arrays)


def write_many(root: Path, count: int, grid: tuple[int, int] = (9, 11)) -> list[str]:
    """Write landscapes to a folder, of each kind by turns, and return their ids in order."""
    kinds = []
    for number, sample in enumerate(make_kinds(grid)):
        folder = sample.write(root.with_name(f".{root.name}-kind-{number}"))
        data = (folder / MANIFEST).read_bytes()
        kinds.append((folder / ARRAYS, data[: data.rindex(f'"{SEAL}"'.encode())]))
    ids = []
    for number in range(count):
        arrays, covered = kinds[number % len(kinds)]
        id = f"landscape-{number:05}"
        covered = covered.replace(ID.encode(), id.encode())
        covered = covered.replace(TITLE.encode(), f"Landscape {number} of many".encode())
        folder = root / id
        folder.mkdir(parents=True)
        os.link(arrays, folder / ARRAYS)
        (folder / MANIFEST).write_bytes(covered + format_seal(covered))
        ids.append(id)
    return ids
