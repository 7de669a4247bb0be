"""Entries of a landscape's manifest for its data set, network, runs and versions."""

import math
import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from descent_atlas.study.measures import StudyDataset
from descent_atlas.training.runs import TrainingRun

KNOWN_COLUMNS = ("epoch", "train_loss", "test_accuracy")
"""Columns of a run's metrics that have places of their own."""


def describe_dataset(dataset: StudyDataset) -> dict[str, Any]:
    """Return a data set's name, classes, numbers of images and fingerprint, and its origin."""
    origin = getattr(dataset, "origin", "")
    return {
        "name": dataset.name,
        "classes": list(dataset.classes),
        "train": dataset.train.size,
        "test": None if dataset.test is None else dataset.test.size,
        "fingerprint": dataset.fingerprint,
        **({"origin": origin} if origin else {}),
    }


def describe_network(run: TrainingRun) -> dict[str, Any]:
    """Return the factory, options and tensors of the network that a run trained."""
    tensors = zip(run.layout.names, run.layout.shapes, strict=True)
    return {
        "factory": run.factory,
        "options": run.options,
        "parameters": run.layout.size,
        "tensors": [{"name": name, "shape": list(shape)} for name, shape in tensors],
    }


def describe_run(
    id: str, label: str, run: TrainingRun, dataset: StudyDataset | None
) -> dict[str, Any]:
    """Return a run's hyperparameters and results.

    `id` and `label` are the study's. In the result, `images` is the number of images that the run
    has seen, None without a data set, `turning` the mean angle in degrees between consecutive
    updates over its windows, `metrics` the last row of the other numbers that were recorded, and
    `spec` whatever else determines the run.
    """
    return {
        "id": id,
        "label": label,
        "status": run.status,
        "stop_reason": run.stop_reason,
        "spec": run.spec,
        "batch_size": run.batch_size,
        "steps": run.steps,
        "steps_per_epoch": run.steps_per_epoch,
        "images": None if dataset is None else count_images(run, dataset.train.size),
        "seconds": finite_or_none(run.seconds),
        "ended": run.ended,
        "train_loss": finite_or_none(last(run.metric("train_loss"))),
        "test_accuracy": finite_or_none(last(run.metric("test_accuracy"))),
        "turning": finite_or_none(mean_of_finite(run.update_angles["angle"])),
        "metrics": {
            name: finite_or_none(last(column))
            for name, column in run.metrics.items()
            if name not in KNOWN_COLUMNS
        },
        "skipped_steps": len(run.skipped_steps),
        "end_distance": run.end_distance,
    }


def count_images(run: TrainingRun, images: int) -> int | None:
    """Return how many images a run has seen, with `images` in an epoch; None if not known."""
    seen = run.count_samples(np.array([run.steps]), images)
    return None if seen is None else int(seen[0])


def describe_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages on which the numbers depend."""
    packages = {name: version(name) for name in ("descent-atlas", "numpy", "torch")}
    return {"python": platform.python_version(), **packages}


def last(values: Sequence[float]) -> float:
    """Return the last number; NaN if there is none."""
    return values[-1] if values else math.nan


def mean_of_finite(values: Sequence[float]) -> float:
    """Return the mean of the finite numbers; NaN if there is none."""
    finite = [value for value in values if math.isfinite(value)]
    return float(np.mean(finite)) if finite else math.nan


def finite_or_none(value: float) -> float | None:
    """Return a number, or None if it is NaN or infinite, for which JSON has no value."""
    return float(value) if math.isfinite(value) else None
