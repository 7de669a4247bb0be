"""A small study on which every claim about curvature can be judged, with known answers.

It has the paper's data set and network, by name: gradient descent with three seeds climbs to 2/η
and hovers there, larger batches end sharper and with a lower accuracy, Adam stays at its own limit
and RMSProp below, random planes show at most a twentieth of the sharpness, and a layer that is
multiplied by α makes the network α² times as sharp.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from descent_atlas.landscapes.claims.smoothness_claims import BATCHES
from tests.backend.landscapes.curvature_samples import TOLERANCE, Arrays, make_lottery
from tests.backend.landscapes.landscape_samples import Sample, make_table
from tests.backend.landscapes.run_samples import RUNS, TRAIN_IMAGES, RunSample

GD = replace(RUNS["gd"], label="GD, lr 0.1")

ADAPTIVE = {
    "adam-full": replace(RUNS["adam"], id="adam-full", label="Adam", batch_size=TRAIN_IMAGES),
    "rmsprop-full": replace(
        RUNS["adam"],
        id="rmsprop-full",
        label="RMSProp",
        optimizer="RMSprop",
        batch_size=TRAIN_IMAGES,
    ),
}

POINTS = 22
"""Snapshots measured along a run."""

OWN_SHARPNESS = 24.0


def make_curvature_study() -> list[Sample]:
    """Return the study's tables and lotteries."""
    lotteries = {"start-lottery": "sgd", "gd-lottery": "gd", "adam-lottery": "adam"}
    return [
        make_full_batch(),
        make_batch_sizes(),
        *(with_ten_classes(make_table(id)) for id in ("table-1", "table-2")),
        *(with_ten_classes(make_lottery(id, run=RUNS[run])) for id, run in lotteries.items()),
    ]


def write_curvature_study(root: Path) -> None:
    """Write the study to a folder of landscapes."""
    for sample in make_curvature_study():
        sample.write(root)


def with_ten_classes(sample: Sample) -> Sample:
    """Return a sample whose runs are above chance."""
    dataset = {**sample.manifest["dataset"], "classes": [str(i) for i in range(10)]}
    return Sample({**sample.manifest, "dataset": dataset}, sample.arrays)


def make_full_batch() -> Sample:
    """Return the trainings with the full batch, and a rescaled network."""
    seeds = [replace(GD, seed=seed) for seed in range(3)]
    time = np.linspace(0, 1, POINTS)
    arrays: Arrays = {}
    curvature: list[dict[str, Any]] = []
    for run in seeds:
        hovering = 29 + 9 * np.sin(17 * time + run.seed)
        sharpness = np.minimum(3 + 90 * time, hovering)
        sharpness[5 + run.seed] = np.nan
        curvature.append(describe_path(run, len(curvature), arrays, sharpness, (20.0, "sharpness")))
    for run, limit, level in zip(ADAPTIVE.values(), (76_000.0, 4_000.0), (1.05, 0.5), strict=True):
        scaled = limit * np.minimum(0.05 + 3 * time, level + 0.08 * np.sin(11 * time))
        curvature.append(
            describe_path(
                run,
                len(curvature),
                arrays,
                np.full(POINTS, 12.0),
                (limit, "preconditioned"),
                preconditioned=scaled,
            )
        )
    return make_measured_table(
        "full-batch",
        "Trainings with the full batch",
        [*seeds, *ADAPTIVE.values()],
        {"curvature": curvature, "rescalings": [make_rescaling()]},
        arrays,
    )


def make_batch_sizes() -> Sample:
    """Return runs of three batch sizes at two rates, with three seeds each."""
    arrays: Arrays = {}
    runs: list[RunSample] = []
    curvature: list[dict[str, Any]] = []
    for rate, named in BATCHES.items():
        for size, id in enumerate(named):
            for seed in (3, 4, 5):
                end = 20.0 + 12 * size + 2 * seed + (5 if rate == "lr 0.02" else 0)
                run = replace(RUNS["sgd"], id=id, label=f"{rate}, {named[id]}", seed=seed)
                time = np.linspace(0, 1, POINTS)
                runs.append(run)
                curvature.append(
                    describe_path(
                        run,
                        len(curvature),
                        arrays,
                        4 + (end - 4) * time,
                        (None, None),
                        losses=2.3 - 1.1 * time,
                        accuracies=0.1 + (0.42 - 0.002 * end) * time,
                    )
                )
    return make_measured_table(
        "path-smoothness", "Paths with new seeds", runs, {"curvature": curvature}, arrays
    )


def make_measured_table(
    id: str,
    title: str,
    runs: Sequence[RunSample],
    results: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
) -> Sample:
    """Return a table of some runs, each with all its seeds, and what was measured along them."""
    first = list({run.id: run for run in reversed(runs)}.values())[::-1]
    sample = make_table(id, title=title, runs=first, paper=[None] * len(first))
    manifest = {
        **sample.manifest,
        "runs": [run.describe() for run in runs],
        "results": {**sample.manifest["results"], **results},
    }
    return with_ten_classes(Sample(manifest, {**sample.arrays, **arrays}))


def describe_path(
    run: RunSample,
    number: int,
    arrays: Arrays,
    sharpness: NDArray[np.float64],
    limit: tuple[float | None, str | None],
    *,
    preconditioned: ArrayLike | None = None,
    losses: ArrayLike | None = None,
    accuracies: ArrayLike | None = None,
) -> dict[str, Any]:
    """Add the sharpness along a run to the arrays; return its entry of a manifest."""
    nothing = np.full(POINTS, np.nan)
    loss = np.linspace(2.3, 1.2, POINTS) if losses is None else np.asarray(losses)
    accuracy = np.linspace(0.1, 0.4, POINTS) if accuracies is None else np.asarray(accuracies)
    steps = np.linspace(0, run.steps, POINTS).round().astype(np.int64)
    own: Arrays = {
        "step": steps,
        "sharpness": sharpness,
        "residual": np.full(POINTS, 0.1),
        "preconditioned": nothing if preconditioned is None else np.asarray(preconditioned),
        "preconditioned.residual": nothing if preconditioned is None else np.full(POINTS, 1.0),
        "spread.step": steps[[-1]],
        "spread.sharpness": sharpness[[-1]] * np.array([[1.0, 0.95, 1.04]]),
        "spread.residual": np.full((1, 3), 0.1),
        "train.loss": loss,
        "train.accuracy": accuracy,
        "test.loss": loss + 0.1,
        "test.accuracy": accuracy,
    }
    names = {key: f"curvature.{number}.{key}" for key in own}
    arrays |= {names[key]: array for key, array in own.items()}
    return {
        "run": run.id,
        "seed": run.seed,
        "images": TRAIN_IMAGES // 4,
        "subsets": 3,
        "images_seed": 0,
        "tolerance": TOLERANCE,
        "products": 480,
        "limit": limit[0],
        "limit_of": limit[1],
        "arrays": names,
    }


def make_rescaling() -> dict[str, Any]:
    """Return gradient descent's network, rescaled: as sharp as the factor squared, if above 1."""
    return {
        "run": GD.id,
        "seed": 0,
        "layer": 0,
        "images": TRAIN_IMAGES // 4,
        "images_seed": 0,
        "tolerance": TOLERANCE,
        "products": 120,
        "rounding": 3e-6,
        "networks": [
            {
                "factor": factor,
                "sharpness": OWN_SHARPNESS * max(factor, 1.0) ** 2,
                "residual": 0.1,
                "difference": 0.0,
                "train_loss": 1.4,
                "train_accuracy": 0.5,
                "test_loss": 1.5,
                "test_accuracy": GD.accuracy,
            }
            for factor in (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
        ],
        "rule": "One layer is multiplied by the factor, the next layer’s weights divided by it.",
    }
