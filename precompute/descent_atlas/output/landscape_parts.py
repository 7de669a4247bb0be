"""Parts of a landscape: its plane, blocks of its surfaces' points, losses along its runs' paths.

`make_plane` (once a landscape), `compute_points` (for every block of every surface) and
`measure_path` (once a run) are idempotent. Each writes folders with a key, the hash of all that
determines the part; `is_complete` compares it. `output.assembly` makes a landscape of the parts.
In all functions `runs` are a landscape's runs by their ids in the study.

A batch consists of the first images of the first epoch of the run at the origin, in the order of
its seed. If that run takes the whole set at a time, its seed still determines the order.
"""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from descent_atlas.analysis.planes import (
    ParameterPlane,
    PlaneGrid,
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
from descent_atlas.analysis.progress import Report, divide, ignore, narrow
from descent_atlas.analysis.surfaces import (
    report_progress,
)
from descent_atlas.analysis.trajectories import RunPath
from descent_atlas.output.point_measures import PointMeasures
from descent_atlas.output.surface_parts import SurfaceParts
from descent_atlas.storage.array_folder import read_folder, write_folder
from descent_atlas.storage.durable import hash_file
from descent_atlas.storage.regular_files import DamagedError
from descent_atlas.study.entries import ACCURACY, CurvatureSettings, LandscapeEntry
from descent_atlas.study.measures import Measures, StudyDataset, StudySplit
from descent_atlas.training.loops.batch_order import epoch_order
from descent_atlas.training.recording.snapshot_precision import EXACT
from descent_atlas.training.run_manifest import MANIFEST
from descent_atlas.training.runs import TrainingRun

USUAL = Measures(metrics=(ACCURACY,))
"""The classification of samples, and their accuracy."""

BLOCK_SECONDS = 30.0
"""Time in which a block of points is computed: the most that an interruption costs. In a shorter
time, a stack of linear layers would compute its first layer more often than need be."""


def key_surfaces(
    entry: LandscapeEntry,
    runs: Mapping[str, TrainingRun],
    dataset: StudyDataset,
    measures: Measures = USUAL,
) -> str:
    """Return the SHA-256 of all that determines a landscape's plane, grid and surfaces."""
    makers = {entry.origin, *choose_makers(entry, runs)}
    return digest(
        [entry.plane, entry.seed, entry.origin, entry.origin_step, entry.grid],
        choose_makers(entry, runs),
        {id: hash_file(runs[id].folder / MANIFEST) for id in makers},
        dataset.fingerprint,
        *([entry.eigenvectors.model_dump()] if entry.plane == "hessian" else []),
        *measures.key,
    )


def key_path(run: TrainingRun, dataset: StudyDataset, measures: Measures = USUAL) -> str:
    """Return the SHA-256 of all that determines the losses of a run's snapshots."""
    return digest(hash_file(run.folder / MANIFEST), dataset.fingerprint, *measures.key)


def key_landscape(
    entry: LandscapeEntry,
    runs: Mapping[str, TrainingRun],
    dataset: StudyDataset,
    curvature: CurvatureSettings | None = None,
    measures: Measures = USUAL,
) -> str:
    """Return the SHA-256 of all that determines a landscape."""
    paths = {id: key_path(runs[id], dataset, measures) for id in entry.runs}
    return digest(
        entry.key,
        key_surfaces(entry, runs, dataset, measures),
        paths,
        *key_settings(curvature),
    )


def key_settings(curvature: CurvatureSettings | None) -> list[dict[str, Any]]:
    """Return what curvature adds to a key: without it, keys are those of older programs."""
    return [] if curvature is None else [curvature.model_dump()]


def digest(*parts: Any) -> str:
    """Return the SHA-256 of values, as JSON."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def choose_makers(entry: LandscapeEntry, runs: Mapping[str, TrainingRun]) -> list[str]:
    """Return the ids of the runs that determine a landscape's plane, the origin's first.

    These are no runs for a random plane or one of eigenvectors, the origin's for a PCA plane, all
    three for a minima plane, and those that did not diverge for a shared plane.
    """
    others = [id for id in entry.runs if id != entry.origin]
    match entry.plane:
        case "random" | "hessian":
            return []
        case "pca":
            return [entry.origin]
        case "minima":
            return [entry.origin, *others]
        case "shared":
            return [id for id in (entry.origin, *others) if runs[id].status != "diverged"]


def read_path(run: TrainingRun, report: Report = ignore) -> RunPath:
    """Return the path of a run: its finite snapshots, and its end.

    The end is what the run's `final` says. Where a snapshot at the same step has other parameters,
    as beside an average of them, both are there. `report` is called with the fraction of the
    snapshots that has been read. Raises RunError if the run has not ended.
    """
    steps, uniform, snapshots = run.snapshot_steps, ~run.early, run.snapshot_rows
    exact = run.snapshot_precision == EXACT
    rounding = np.zeros(len(steps)) if exact else run.snapshot_rounding
    finite = find_finite(snapshots, report) & (steps <= run.steps)
    if not finite.all():
        steps, uniform, snapshots = steps[finite], uniform[finite], snapshots[finite]
        rounding = rounding[finite]
    if not len(steps) or steps[-1] != run.steps or run.end_distance:
        steps = np.append(steps, run.steps)
        uniform = np.append(uniform, False)
        snapshots = snapshots.append(run.final.numpy())
        rounding = np.append(rounding, 0.0)
    elif not exact:  # the end is kept in full
        snapshots = snapshots[:-1].append(run.final.numpy())
        rounding = np.append(rounding[:-1], 0.0)
    return RunPath(steps, snapshots, uniform, None if exact else rounding)


def find_origin(entry: LandscapeEntry, path: RunPath) -> int:
    """Return the index of the origin in the path of its run."""
    if entry.origin_step is None:
        return len(path.steps) - 1
    return int(np.abs(path.steps - entry.origin_step).argmin())


def make_plane(
    output: Path,
    *,
    key: str,
    entry: LandscapeEntry,
    runs: Mapping[str, TrainingRun],
    report: Report = ignore,
) -> None:
    """Compute a landscape's plane and grid, and write them to a folder.

    A random plane leaves frozen parameters as they are, and its grid is [-1, 1]². Other grids fit
    the paths of the runs that determine the plane. `output.hessian_planes` makes planes of
    eigenvectors. `report` is called with the fraction done; an exception that it raises ends the
    computation, and nothing is written. Raises ValueError if the runs determine no plane, or
    trained different networks.
    """
    check_networks(entry.id, [runs[id] for id in entry.runs])
    chosen = list(dict.fromkeys([entry.origin, *choose_makers(entry, runs)]))
    paths = {
        id: read_path(runs[id], own)
        for id, own in zip(chosen, divide(narrow(report, 0, 0.2), len(chosen)), strict=True)
    }
    makers = [paths[id] for id in choose_makers(entry, runs)]
    start, making = paths[entry.origin], narrow(report, 0.2, 0.6)
    origin = start.read(find_origin(entry, start))
    match entry.plane:
        case "random":
            start_run = runs[entry.origin]
            plane = random_plane(origin, start_run.layout, entry.seed, frozen=start_run.frozen)
        case "pca":
            plane = pca_plane(makers[0].uniform_snapshots, origin, making)
        case "shared":
            plane = shared_plane([path.uniform_snapshots for path in makers], origin, making)
        case "minima":
            plane = minima_plane([path.read(-1) for path in makers])
        case "hessian":
            raise ValueError(f"{entry.id}: eigenvectors are those of a loss, which is not given")
    if entry.plane == "random":
        grid = unit_grid(entry.grid)
    else:
        drawn = [
            project(plane, path.snapshots, own)[0]
            for path, own in zip(makers, divide(narrow(report, 0.6, 1), len(makers)), strict=True)
        ]
        grid = fit_grid(np.vstack(drawn), entry.grid)
    save_plane(output, plane, grid, key=key)


def check_networks(id: str, runs: Sequence[TrainingRun]) -> None:
    """Raise ValueError unless runs trained networks of the same parameters."""
    if len({run.layout for run in runs}) != 1:
        raise ValueError(f"{id}: its runs trained different networks, which share no plane")


def choose_images(
    name: str, dataset: StudyDataset, run: TrainingRun
) -> tuple[StudySplit, Tensor | None]:
    """Return the split of a surface and the indices of its batch, or None for the whole split.

    `name` is `train`, `test`, or `batch-64` for 64 samples. Raises ValueError for other names, and
    if there are too few samples.
    """
    if name == "test" and dataset.test is not None:
        return dataset.test, None
    if name == "train":
        return dataset.train, None
    prefix, _, size = name.partition("-")
    count = dataset.train.size
    if prefix != "batch" or not size.isdecimal() or not 1 <= int(size) <= count:
        raise ValueError(f'there is no surface "{name}": say train, test or batch-64')
    return dataset.train, epoch_order(int(run.spec.get("seed", 0)), 0, count)[: int(size)]


def compute_points(
    parts: SurfaceParts,
    span: tuple[int, int],
    *,
    plane: ParameterPlane,
    grid: PlaneGrid,
    run: TrainingRun,
    dataset: StudyDataset,
    measures: Measures = USUAL,
    images: tuple[StudySplit, Tensor | None] | None = None,
    pace: float,
    seconds: float = BLOCK_SECONDS,
    report: Report = ignore,
) -> None:
    """Compute those of a surface's points in a span that no part holds, and write them.

    `images` are a split and the indices of a batch of it; without them, those of `choose_images`.

    A part is written every `seconds` or so. `pace` are the seconds that a point probably takes; as
    soon as a part is done, its own pace counts. A point's numbers do not depend on the part. `run`
    is the run at the origin, which has the network and the batches. `report` is called with the
    fraction done; an exception that it raises ends the computation, and the parts that are written
    remain.
    """
    split, batch = images or choose_images(parts.surface, dataset, run)
    points = PointMeasures(run, dataset, measures)
    together = points.together
    parts.remove_others(*span)
    alpha, beta = np.meshgrid(grid.x, grid.y)
    coordinates = parts.pick(np.stack([alpha.ravel(), beta.ravel()], axis=1))
    missing = parts.find_missing(*span)
    total = sum(stop - start for start, stop in missing)
    done = 0

    def within(fraction: float) -> None:
        report(min(fraction, 1.0))  # a few points beside the missing ones are computed again

    for first, last in missing:
        start = first - first % together
        while start < last:
            count = max(1, round(seconds / pace / together)) * together
            stop = min(start + count, last + -last % together, parts.points)
            begun = time.monotonic()
            values = points.in_plane(
                plane,
                coordinates[start:stop],
                split,
                batch,
                narrow(within, done / total, (done + stop - start) / total),
            )
            parts.write(start, values)
            pace = (time.monotonic() - begun) / (stop - start)
            done += stop - start
            start = stop


def measure_path(
    output: Path,
    *,
    key: str,
    run: TrainingRun,
    dataset: StudyDataset,
    measures: Measures = USUAL,
    report: Report = ignore,
) -> None:
    """Compute the loss on the training set at every point of a run's path; write it to a folder.

    `report` is called with the fraction done; an exception that it raises ends the computation, and
    nothing is written.
    """
    path = read_path(run, narrow(report, 0, 0.1))
    indices = report_progress(range(len(path.steps)), narrow(report, 0.1, 1))
    thetas = (path.read(index) for index in indices)
    values = PointMeasures(run, dataset, measures).along(thetas, dataset.train)
    write_folder(output, {"key": key, "run": run.id}, {"step": path.steps, "loss": values["loss"]})


def is_complete(output: Path, *, key: str) -> bool:
    """Return whether an output exists, is undamaged, and has the given key."""
    try:
        header, _ = read_folder(output)
    except DamagedError:
        return False
    return bool(header.get("key") == key)
