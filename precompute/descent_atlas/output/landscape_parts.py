"""The jobs that make a landscape: its plane, its surfaces, the losses of its runs.

Each is an idempotent function with an output folder. It leaves a key there, which tells what it was
made from, so that `is_whole` sees whether a job is done: `make_plane` once a landscape,
`compute_rows` for every block of rows of every surface, `measure_path` once a run. What they leave,
`output.assembly` puts together. Everywhere `runs` are a landscape's runs by their ids in the
study.

Batches are the first images of the first epoch of the run at the origin, in the order that its seed
gives; of a run that takes the whole set at a time, those that it would have begun with.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from descent_atlas.analysis.array_types import Points
from descent_atlas.analysis.planes import (
    Grid,
    Plane,
    find_finite,
    fit_grid,
    minima_plane,
    pca_plane,
    project,
    random_plane,
    save_plane,
    shared_plane,
    unit_grid,
)
from descent_atlas.analysis.surfaces import (
    Surface,
    evaluate_points,
    evaluate_surface,
    report_progress,
)
from descent_atlas.analysis.trajectories import RunPath
from descent_atlas.landscapes.format import DamagedError, read_folder, write_folder
from descent_atlas.storage.durable import hash_file
from descent_atlas.study.schema import LandscapeEntry
from descent_atlas.training.datasets import Dataset, Split
from descent_atlas.training.loop import epoch_order
from descent_atlas.training.runs import MANIFEST, Run


def key_surfaces(entry: LandscapeEntry, runs: Mapping[str, Run], dataset: Dataset) -> str:
    """Return what determines a landscape's plane, grid and surfaces, as a SHA-256."""
    makers = {entry.origin, *choose_makers(entry, runs)}
    return digest(
        [entry.plane, entry.seed, entry.origin, entry.origin_step, entry.grid],
        choose_makers(entry, runs),
        {id: hash_file(runs[id].folder / MANIFEST) for id in makers},
        dataset.fingerprint,
    )


def key_path(run: Run, dataset: Dataset) -> str:
    """Return what determines the losses of a run's snapshots, as a SHA-256."""
    return digest(hash_file(run.folder / MANIFEST), dataset.fingerprint)


def key_landscape(entry: LandscapeEntry, runs: Mapping[str, Run], dataset: Dataset) -> str:
    """Return what determines a landscape, as a SHA-256."""
    paths = {id: key_path(runs[id], dataset) for id in entry.runs}
    return digest(entry.model_dump(), key_surfaces(entry, runs, dataset), paths)


def digest(*parts: Any) -> str:
    """Return the SHA-256 of what JSON can hold."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def choose_makers(entry: LandscapeEntry, runs: Mapping[str, Run]) -> list[str]:
    """Return which of its runs make a landscape's plane, the origin's first.

    A random plane is made by none, a PCA plane by the origin's run, a minima plane by all three, a
    shared plane by those that did not diverge.
    """
    others = [id for id in entry.runs if id != entry.origin]
    match entry.plane:
        case "random":
            return []
        case "pca":
            return [entry.origin]
        case "minima":
            return [entry.origin, *others]
        case "shared":
            return [id for id in (entry.origin, *others) if runs[id].status != "diverged"]


def read_path(run: Run) -> RunPath:
    """Return what is drawn of a run: its finite snapshots, and its end.

    Raises RunError if the run has not ended.
    """
    steps, uniform, snapshots = run.snapshot_steps, ~run.early, run.snapshots
    finite = find_finite(snapshots) & (steps <= run.steps)
    if not finite.all():
        steps, uniform, snapshots = steps[finite], uniform[finite], snapshots[finite]
    if not len(steps) or steps[-1] != run.steps:
        steps = np.append(steps, run.steps)
        uniform = np.append(uniform, False)
        snapshots = np.vstack([snapshots, run.final.numpy()[None]])
    return RunPath(steps, snapshots, uniform)


def find_origin(entry: LandscapeEntry, path: RunPath) -> int:
    """Return the index of the origin run's snapshot that is the origin."""
    if entry.origin_step is None:
        return len(path.steps) - 1
    return int(np.abs(path.steps - entry.origin_step).argmin())


def make_plane(output: Path, *, key: str, entry: LandscapeEntry, runs: Mapping[str, Run]) -> None:
    """Make a landscape's plane and grid, and write them to a folder.

    The grid of a random plane is the unit square; others fit the paths of the runs that make them.
    Raises ValueError if the runs make no plane.
    """
    if len({runs[id].layout for id in entry.runs}) != 1:
        raise ValueError(f"{entry.id}: its runs trained different networks, which share no plane")
    paths = {id: read_path(runs[id]) for id in {entry.origin, *choose_makers(entry, runs)}}
    makers = [paths[id] for id in choose_makers(entry, runs)]
    start = paths[entry.origin]
    origin = torch.from_numpy(np.array(start.snapshots[find_origin(entry, start)]))
    match entry.plane:
        case "random":
            plane = random_plane(origin, runs[entry.origin].layout, entry.seed)
        case "pca":
            plane = pca_plane(choose_uniform(makers[0]), origin)
        case "shared":
            plane = shared_plane([choose_uniform(path) for path in makers], origin)
        case "minima":
            ends = [torch.from_numpy(np.array(path.snapshots[-1])) for path in makers]
            plane = minima_plane(ends)
    if entry.plane == "random":
        grid = unit_grid(entry.grid)
    else:
        drawn = [project(plane, path.snapshots)[0] for path in makers]
        grid = fit_grid(np.vstack(drawn), entry.grid)
    save_plane(output, plane, grid, key=key)


def choose_uniform(path: RunPath) -> Points:
    """Return a path's snapshots that are uniform in steps."""
    return path.snapshots[path.uniform]


def choose_images(name: str, dataset: Dataset, run: Run) -> tuple[Split, Tensor | None]:
    """Return the split and the batch of a surface; None is the whole split.

    Raises ValueError if there is no surface of that name.
    """
    if name == "test":
        return dataset.test, None
    if name == "train":
        return dataset.train, None
    prefix, _, size = name.partition("-")
    count = len(dataset.train.labels)
    if prefix != "batch" or not size.isdecimal() or not 1 <= int(size) <= count:
        raise ValueError(f'there is no surface "{name}": say train, test or batch-64')
    return dataset.train, epoch_order(int(run.spec.get("seed", 0)), 0, count)[: int(size)]


def compute_rows(
    output: Path,
    *,
    key: str,
    plane: Plane,
    grid: Grid,
    rows: tuple[int, int],
    surface: str,
    run: Run,
    dataset: Dataset,
    report: Callable[[float], None] = lambda fraction: None,
) -> None:
    """Compute the rows of a surface from one on and before another, and write them to a folder.

    `run` is that of the origin, whose network and batches are taken. `report` is called with the
    fraction that is done; what it raises ends the work, and nothing is written.
    """
    split, batch = choose_images(surface, dataset, run)
    found = evaluate_surface(
        run.build_network(),
        run.layout,
        plane.origin,
        plane.directions,
        grid.x,
        grid.y[slice(*rows)],
        split,
        batch=batch,
        report=report,
    )
    header = {"key": key, "surface": surface, "rows": list(rows)}
    write_folder(output, header, {"loss": found.loss, "accuracy": found.accuracy})


def read_rows(outputs: Sequence[Path], height: int) -> Surface:
    """Put a surface together. Raises DamagedError if a part is damaged, or rows are missing."""
    parts = [read_folder(output) for output in outputs]
    parts.sort(key=lambda part: int(part[0]["rows"][0]))
    bounds = [tuple(header["rows"]) for header, _ in parts]
    if [0, *(stop for _, stop in bounds)] != [*(start for start, _ in bounds), height]:
        raise DamagedError(f"rows {bounds} are not the {height} of a surface")
    loss, accuracy = (
        np.vstack([arrays[name] for _, arrays in parts]) for name in ("loss", "accuracy")
    )
    return Surface(loss, accuracy)


def measure_path(
    output: Path,
    *,
    key: str,
    run: Run,
    dataset: Dataset,
    report: Callable[[float], None] = lambda fraction: None,
) -> None:
    """Compute the true training loss at every snapshot that is drawn of a run, into a folder.

    `report` is called with the fraction that is done; what it raises ends the work, and nothing
    is written.
    """
    path = read_path(run)
    thetas = (torch.from_numpy(np.array(row)) for row in report_progress(path.snapshots, report))
    values = evaluate_points(run.build_network(), thetas, dataset.train)
    write_folder(output, {"key": key, "run": run.id}, {"step": path.steps, "loss": values.loss})


def is_whole(output: Path, *, key: str) -> bool:
    """Tell whether a job's output is there, undamaged, and made from what the key says."""
    try:
        header, _ = read_folder(output)
    except DamagedError:
        return False
    return bool(header.get("key") == key)
