"""Paths of runs with several seeds, each drawn in its own principal plane, for a table."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from descent_atlas.analysis.planes import pca_plane, project
from descent_atlas.analysis.progress import Report, divide, ignore, narrow
from descent_atlas.analysis.surfaces import evaluate_points
from descent_atlas.output.descriptions import last
from descent_atlas.output.landscape_parts import read_path
from descent_atlas.storage.array_folder import read_folder
from descent_atlas.storage.regular_files import DamagedError
from descent_atlas.study.measures import StudyDataset
from descent_atlas.training.images.datasets import ImageDataset
from descent_atlas.training.networks import construct
from descent_atlas.training.runs import TrainingRun


def draw_paths(
    runs: Mapping[str, Sequence[TrainingRun]],
    measured: Mapping[str, Path],
    dataset: StudyDataset,
    arrays: dict[str, NDArray[Any]],
    report: Report = ignore,
) -> list[dict[str, Any]]:
    """Add the paths of runs to the arrays; return their entries of the manifest.

    `measured` are the outputs of `measure_path` by the names of the runs. A path consists of the
    snapshots that are uniform in steps. A run that never moved has no path, nor has one whose
    batches are not known. `report` is called with the fraction done.
    """
    described: list[dict[str, Any]] = []
    pairs = [(id, run) for id, seeds in runs.items() for run in seeds]
    for (id, run), own in zip(pairs, divide(report, len(pairs)), strict=True):
        path = read_path(run, narrow(own, 0, 0.2))
        seen = run.count_samples(path.steps[path.uniform], dataset.train.size)
        if seen is None:
            continue
        _, truth = read_folder(measured[run.id])
        if not np.array_equal(truth["step"], path.steps):
            raise DamagedError(f"{measured[run.id]} does not hold the losses of the run {run.id}")
        try:
            plane = pca_plane(path.uniform_snapshots, path.read(-1), narrow(own, 0.2, 0.6))
        except ValueError:  # no snapshot differs from the end
            continue
        coordinates, _ = project(plane, path.uniform_snapshots, narrow(own, 0.6, 1))
        columns = {
            "images": seen,
            "x": coordinates[:, 0],
            "y": coordinates[:, 1],
            "loss": truth["loss"][path.uniform],
        }
        names = {key: f"path.{len(described)}.{key}" for key in columns}
        arrays |= {names[key]: array for key, array in columns.items()}
        described.append({"run": id, "seed": run.spec.get("seed"), "arrays": names})
    return described


def find_paper_point(
    run: TrainingRun, paper: float | None, dataset: StudyDataset, report: Report = ignore
) -> dict[str, int] | None:
    """Return where a run's test accuracy first reaches that of the paper, in percent.

    `step` is the first such snapshot, `before` the snapshot before it. The result is None without a
    number of the paper's, if the run begins above it or ends below, and for other data than images
    or a network with buffers. `report` is called with the
    fraction of the snapshots that were tried.
    """
    if paper is None or not 100 * last(run.metric("test_accuracy")) >= paper:
        return None
    network = construct(run.factory, int(run.spec.get("seed", 0)), run.options)
    if not isinstance(dataset, ImageDataset) or next(network.buffers(), None) is not None:
        return None
    before: int | None = None
    for number, step in enumerate(run.snapshot_steps.tolist()):
        report(number / len(run.snapshot_steps))
        theta = run.snapshot_rows[number]
        values = evaluate_points(network, [torch.from_numpy(theta)], dataset.test)
        if 100 * float(values.accuracy[0]) >= paper:
            return None if before is None else {"step": step, "before": before}
        before = step
    return None
