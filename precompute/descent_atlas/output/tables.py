"""Tables of test accuracies: ours, with their range over seeds, beside the paper's."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.statistics import explained_share
from descent_atlas.landscapes.format import write_landscape
from descent_atlas.output.descriptions import (
    describe_dataset,
    describe_network,
    describe_run,
    describe_versions,
    finite_or_none,
    last,
)
from descent_atlas.output.landscape_parts import digest, key_path
from descent_atlas.study.schema import TableEntry
from descent_atlas.training.datasets import Dataset
from descent_atlas.training.runs import Run


def key_table(entry: TableEntry, runs: Mapping[str, Sequence[Run]], dataset: Dataset) -> str:
    """Return what determines a table, as a SHA-256."""
    cells = {cell.run: [key_path(run, dataset) for run in runs[cell.run]] for cell in entry.cells}
    return digest(entry.model_dump(), cells)


def assemble_table(
    root: Path,
    *,
    entry: TableEntry,
    runs: Mapping[str, Sequence[Run]],
    labels: Mapping[str, str],
    dataset: Dataset,
) -> Path:
    """Write a table to `root`/id and return the folder.

    `runs` are those of every seed by the id that the study gives them, `labels` what it calls them.
    Percentages are of test images; `accuracy.mean`, `.low` and `.high` hold ours, cell by cell,
    `accuracy.paper` the paper's, which is NaN where it prints none.
    """
    ids = list(dict.fromkeys(cell.run for cell in entry.cells))
    columns = np.array(
        [summarize([percentage(run) for run in runs[cell.run]]) for cell in entry.cells]
    )
    paper = [math.nan if cell.paper is None else cell.paper for cell in entry.cells]
    arrays = {
        "accuracy.mean": columns[:, 0],
        "accuracy.low": columns[:, 1],
        "accuracy.high": columns[:, 2],
        "accuracy.paper": np.array(paper),
    }
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
        }
        for index, cell in enumerate(entry.cells)
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
            "explained": explain([runs[cell.run][0] for cell in entry.cells], columns[:, 0]),
        },
        "seeds": {"runs": {id: [run.spec.get("seed") for run in runs[id]] for id in ids}},
        "versions": describe_versions(),
        "key": key_table(entry, runs, dataset),
    }
    return write_landscape(root, manifest, arrays)


def percentage(run: Run) -> float:
    """Return a run's test accuracy at its end, in percent."""
    return 100 * last(run.metrics["test_accuracy"])


def summarize(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the mean, the lowest and the highest of some numbers."""
    return math.fsum(values) / len(values), min(values), max(values)


def explain(runs: Sequence[Run], accuracies: Floats) -> dict[str, float | None]:
    """Return the share of the accuracies' variance that each hyperparameter explains, η².

    Shares can be compared only if every combination of values is there once: of other tables
    nothing is returned.
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
