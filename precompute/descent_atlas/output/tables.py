"""Tables of test accuracies: mean and range over seeds, beside the paper's."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.progress import Report, divide, ignore, narrow
from descent_atlas.landscapes.format import write_landscape
from descent_atlas.output.curvature_paths import describe_curvatures
from descent_atlas.output.descriptions import (
    describe_dataset,
    describe_network,
    describe_run,
    describe_versions,
    finite_or_none,
    last,
)
from descent_atlas.output.landscape_parts import digest, key_path, key_settings
from descent_atlas.output.measured.rescaled_networks import describe_rescaling, key_rescaling
from descent_atlas.output.seed_paths import draw_paths, find_paper_point
from descent_atlas.statistics.association import explained_share
from descent_atlas.study.entries import CurvatureSettings, TableEntry
from descent_atlas.study.measures import StudyDataset
from descent_atlas.training.runs import TrainingRun


def key_table(
    entry: TableEntry,
    runs: Mapping[str, Sequence[TrainingRun]],
    dataset: StudyDataset,
    curvature: CurvatureSettings | None = None,
) -> str:
    """Return the SHA-256 of all that determines a table."""
    cells = {cell.run: [key_path(run, dataset) for run in runs[cell.run]] for cell in entry.cells}
    rescaled = []
    if entry.rescaling is not None:
        run = runs[entry.rescaling.run][0]
        rescaled = [{"rescaling": key_rescaling(run, dataset, entry.rescaling)}]
    return digest(entry.key, cells, *key_settings(curvature), *rescaled)


def assemble_table(
    root: Path,
    *,
    entry: TableEntry,
    runs: Mapping[str, Sequence[TrainingRun]],
    measured: Mapping[str, Path],
    labels: Mapping[str, str],
    dataset: StudyDataset,
    study: str | None = None,
    about: Mapping[str, str] | None = None,
    curvature: CurvatureSettings | None = None,
    curvatures: Mapping[str, Path] | None = None,
    rescaled: Path | None = None,
    report: Report = ignore,
) -> Path:
    """Write a table to `root`/id and return the folder.

    `runs` are the runs with every seed by the study's ids, `labels` their labels; `study` is the
    study's own id, `about` its `title` and `text` for a gallery. `measured` are the outputs of
    `measure_path` by the runs' names, used if the table has paths. `curvature` is what was measured
    along each run, if anything, and `curvatures` the outputs of `measure_curvature` by the runs'
    names; `rescaled` is the output of `measure_rescaling`, used if the table asks for it. The
    arrays hold test accuracies in percent, cell by cell: `accuracy.mean`, `.low` and `.high` over
    the seeds, and `accuracy.paper`, which is NaN where the paper prints none. `report` is called
    with the fraction done; an exception that it raises ends the assembly, and nothing is written.
    """
    ids = list(dict.fromkeys(cell.run for cell in entry.cells))
    columns = np.array(
        [mean_and_range([percentage(run) for run in runs[cell.run]]) for cell in entry.cells]
    )
    paper = [math.nan if cell.paper is None else cell.paper for cell in entry.cells]
    arrays: dict[str, NDArray[Any]] = {
        "accuracy.mean": columns[:, 0],
        "accuracy.low": columns[:, 1],
        "accuracy.high": columns[:, 2],
        "accuracy.paper": np.array(paper),
    }
    searching, drawing = narrow(report, 0, 0.5), narrow(report, 0.5, 1)
    cells = [
        {
            "run": cell.run,
            "row": cell.row,
            "column": cell.column,
            "seeds": [run.spec.get("seed") for run in runs[cell.run]],
            "status": [run.status for run in runs[cell.run]],
            **{
                name.removeprefix("accuracy."): finite_or_none(float(array[index]))
                for name, array in arrays.items()
            },
            "paper_reached": find_paper_point(runs[cell.run][0], cell.paper, dataset, search),
        }
        for index, (cell, search) in enumerate(
            zip(entry.cells, divide(searching, len(entry.cells)), strict=True)
        )
    ]
    manifest = {
        "id": entry.id,
        "kind": "table",
        "title": entry.title,
        "shows": entry.shows,
        "figures": [],
        "dataset": describe_dataset(dataset),
        "network": describe_network(runs[ids[0]][0]),
        "runs": [describe_run(id, labels[id], run, dataset) for id in ids for run in runs[id]],
        "plane": None,
        "grid": None,
        "surfaces": [],
        "trajectories": [],
        "arrows": [],
        "results": {
            "cells": cells,
            "explained": explain_variance(
                [runs[cell.run][0] for cell in entry.cells], columns[:, 0]
            ),
            "paths": draw_paths(runs, measured, dataset, arrays, drawing) if entry.paths else [],
            "curvature": describe_curvatures(runs, curvatures or {}, curvature, arrays),
            "rescalings": describe_rescalings(entry, runs, rescaled),
        },
        "seeds": {"runs": {id: [run.spec.get("seed") for run in runs[id]] for id in ids}},
        "versions": describe_versions(),
        "study": study,
        "study_about": about,
        "key": key_table(entry, runs, dataset, curvature),
    }
    return write_landscape(root, manifest, arrays)


def describe_rescalings(
    entry: TableEntry, runs: Mapping[str, Sequence[TrainingRun]], rescaled: Path | None
) -> list[dict[str, Any]]:
    """Return the entries of the manifest for the rescaled networks that a table asks for."""
    settings = entry.rescaling
    if settings is None or rescaled is None:
        return []
    return [describe_rescaling(settings.run, runs[settings.run][0], rescaled, settings)]


def percentage(run: TrainingRun) -> float:
    """Return a run's test accuracy at its end, in percent."""
    return 100 * last(run.metric("test_accuracy"))


def mean_and_range(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the mean, the minimum and the maximum of numbers."""
    return math.fsum(values) / len(values), min(values), max(values)


def explain_variance(runs: Sequence[TrainingRun], accuracies: Floats) -> dict[str, float | None]:
    """Return η², the share of the accuracies' variance, of each hyperparameter that varies.

    Shares can be compared only in a full factorial design, with one run for every combination of
    values. For other tables the result is empty.
    """
    factors = [
        {"batch_size": run.batch_size, **run.spec.get("hyperparameters", {})} for run in runs
    ]
    names = sorted({name for values in factors for name in values})
    levels = {name: [values.get(name, 0) for values in factors] for name in names}
    varied = {name: column for name, column in levels.items() if len(set(column)) > 1}
    combinations = set(zip(*varied.values(), strict=True))
    if math.prod(len(set(column)) for column in varied.values()) != len(runs) or (
        len(combinations) != len(runs)
    ):
        return {}
    return {
        name: finite_or_none(explained_share(accuracies.tolist(), column))
        for name, column in varied.items()
    }
