"""Small landscapes and a table in the format that ships, made in a moment, with known answers.

`run_samples` says how the loss and the runs are given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from descent_atlas.landscapes.claims import paper_study
from descent_atlas.landscapes.format import write_landscape
from tests.backend.landscapes.run_samples import (
    FLOORS,
    RUNS,
    TEST_IMAGES,
    TRAIN_IMAGES,
    RunSample,
    lift,
)

Floats = NDArray[np.float64]

HIGHEST_ACCURACY = 0.5


@dataclass(frozen=True)
class Sample:
    """A landscape or table that is not written yet."""

    manifest: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.manifest["id"])

    def write(self, root: Path) -> Path:
        """Write it to a folder of landscapes, and return its own folder."""
        return write_landscape(root, self.manifest, self.arrays)


def make_landscape(
    id: str = "optimizers",
    *,
    title: str = "GD, SGD and Adam on one plane",
    figures: Sequence[str] = ("3",),
    plane: Literal["random", "pca", "minima", "shared"] = "shared",
    runs: Sequence[RunSample] = (RUNS["gd"], RUNS["sgd"], RUNS["adam"]),
    origin: str | None = None,
    surfaces: Sequence[str] = ("train", "test"),
    grid: tuple[int, int] = (9, 11),
    points: int = 13,
    arrows: bool = False,
    holes: bool = False,
) -> Sample:
    """Return a landscape on [-1, 1]², of rows × columns, whose runs have so many snapshots.

    The run at the origin, the first of those that end there, ends in the bowl's middle. `holes` are
    a NaN and both infinities in the first row of each surface's loss.
    """
    rows, columns = grid
    x, y = np.linspace(-1, 1, columns), np.linspace(-1, 1, rows)
    arrays: dict[str, NDArray[Any]] = {"grid.x": x, "grid.y": y}
    centre = origin or next((run.id for run in runs if run.end == (0, 0, 0)), runs[0].id)
    manifest = {
        **describe_study(),
        "id": id,
        "kind": "landscape",
        "title": title,
        "shows": "A bowl, and who comes to its middle.",
        "figures": list(figures),
        "runs": [run.describe() for run in runs],
        "plane": {
            "kind": plane,
            "origin": {"run": centre, "step": next(run.steps for run in runs if run.id == centre)},
            "makers": [] if plane == "random" else [run.id for run in runs if not run.diverges],
            "seed": 0 if plane == "random" else None,
            "gram": [[1.0, 0.0], [0.0, 1.0]],
            "cosine": 0.0,
            "spectrum": [] if plane in ("random", "minima") else [0.75, 0.125],
            "origin_norm": 2.0,
        },
        "grid": {"x": "grid.x", "y": "grid.y", "shape": [rows, columns]},
        "surfaces": [make_surface(name, x, y, arrays, holes=holes) for name in surfaces],
        "trajectories": [
            make_trajectory(number, run, points, arrays) for number, run in enumerate(runs)
        ],
        "arrows": [make_arrow(name) for name in surfaces] if arrows else [],
        "results": {"cosines": make_cosines(surfaces, arrays)} if arrows else {},
    }
    return Sample(manifest, arrays)


def describe_study() -> dict[str, Any]:
    """Return what all samples of a study have in common: the paper's data set and network.

    The network is called smaller than the paper's, so that a page that shows numbers shows these.
    """
    return {
        "dataset": {
            "name": "two squares",
            "classes": ["left", "right"],
            "train": TRAIN_IMAGES,
            "test": TEST_IMAGES,
            "fingerprint": paper_study.PAPER.fingerprint,
        },
        "network": {
            "factory": paper_study.FACTORIES[0],
            "options": {"sizes": list(paper_study.PAPER.sizes)},
            "parameters": 10,
            "tensors": [{"name": "1.weight", "shape": [2, 4]}, {"name": "1.bias", "shape": [2]}],
        },
        "seeds": {"plane": 0},
        "versions": {"numpy": np.__version__},
        "key": "0" * 64,
    }


def make_surface(
    name: str, x: Floats, y: Floats, arrays: dict[str, NDArray[Any]], *, holes: bool
) -> dict[str, Any]:
    """Add a bowl's arrays; return what a manifest says of it."""
    loss = lift(FLOORS[name], *np.meshgrid(x, y))
    if holes:
        loss[0, :3] = np.nan, np.inf, -np.inf
    finite = loss[np.isfinite(loss)]
    own: dict[str, NDArray[Any]] = {
        "loss": loss,
        "accuracy": np.clip(HIGHEST_ACCURACY - (loss - FLOORS[name]) / 10, 0.1, 1).astype("f4"),
        "convexity.radius": np.linspace(0.1, 1.0, 5),
        "convexity.share": np.array([np.nan, 1.0, 1.0, 1.0, 1.0]),
        "convexity.cells": np.array([0, 3, 9, 27, 63]),
    }
    if holes:
        own["accuracy"][0, :3] = np.nan
    arrays |= {f"surface.{name}.{key}": array for key, array in own.items()}
    images = {"train": TRAIN_IMAGES, "test": TEST_IMAGES}
    return {
        "id": name,
        "split": "test" if name == "test" else "train",
        "images": images.get(name) or int(name.partition("-")[2]),
        "arrays": {key: f"surface.{name}.{key}" for key in own},
        "lowest": float(finite.min()),
        "highest": float(finite.max()),
        "not_finite": loss.size - finite.size,
        "minima": 1,
        "minima_on_border": 0,
        "noise": 1e-5,
        "correlation": 1.0,
    }


def make_trajectory(
    number: int, run: RunSample, points: int, arrays: dict[str, NDArray[Any]]
) -> dict[str, Any]:
    """Add a run's arrays; return what a manifest says of its trajectory.

    The second snapshot is an early one, which statistics leave out.
    """
    steps = np.linspace(0, run.steps, points).round().astype(np.int64)
    steps[1] = 1
    start, end = np.array(run.start), np.array(run.end)
    x, y, distance = (start + np.outer(steps / run.steps, end - start)).T
    epochs = np.arange(1, run.epochs + 1)
    passed = start + np.outer(epochs / run.epochs, end - start)
    own: dict[str, NDArray[Any]] = {
        "step": steps,
        "uniform": np.arange(points) != 1,
        "x": x,
        "y": y,
        "distance": distance,
        "length": np.sqrt(x**2 + y**2 + distance**2),
        "loss": lift(FLOORS["train"], x, y, distance),
        "loss_in_plane": lift(FLOORS["train"], x, y),
        "epoch": epochs.astype(np.float64),
        "train_loss": lift(FLOORS["train"], *passed.T),
        "test_accuracy": run.accuracy * epochs / run.epochs,
        "turning.step": np.array([0, run.steps // 2]),
        "turning.angle": np.array([50.0, 70.0]),
    }
    if run.diverges:
        own["train_loss"][-1] = own["loss"][-1] = own["loss_in_plane"][-1] = np.nan
    arrays |= {f"trajectory.{number}.{key}": array for key, array in own.items()}
    counted = own["uniform"]
    moved = np.stack([x, y, distance], axis=1) - [x[-1], y[-1], distance[-1]]
    inside, whole = (moved[:, :2] ** 2).sum(axis=1), (moved**2).sum(axis=1)
    walks = {"mean": 0.875, "low": 0.85, "high": 0.9}
    return {
        "run": run.id,
        "arrays": {key: f"trajectory.{number}.{key}" for key in own},
        "energy_about_end": float(inside[counted].sum() / whole[counted].sum()),
        "displacement": float(inside[0] / whole[0]),
        "end_distance": float(distance[-1]),
        "random_walks": {"sets": 100, "seed": 0, "energy": walks, "displacement": walks},
    }


def make_arrow(surface: str) -> dict[str, Any]:
    """Return a direction of descent; the smaller the batch, the farther it is off the full one."""
    angle = {"batch-1": 1.5, "batch-64": 0.75, "batch-256": 0.5}.get(surface, 0.0)
    return {
        "surface": surface,
        "x": 0.5 * float(np.cos(angle)),
        "y": 0.5 * float(np.sin(angle)),
        "norm": 2.0,
        "cosine": float(np.cos(angle)),
    }


def make_cosines(surfaces: Sequence[str], arrays: dict[str, NDArray[Any]]) -> list[dict[str, Any]]:
    """Add the cosines of many batches of each size; return what a manifest says of them."""
    described = []
    for size in sorted(int(name.partition("-")[2] or 0) for name in surfaces):
        if not size:
            continue
        middle = size / (size + 64)
        values = np.linspace(middle - 0.01, middle + 0.01, 5)
        arrays[f"cosines.{size}"] = values
        described.append(
            {
                "images": size,
                "batches": len(values),
                "array": f"cosines.{size}",
                "mean": float(values.mean()),
                "median": float(values[2]),
                "quartiles": [float(values[1]), float(values[3])],
            }
        )
    return described


def make_table(
    id: str = "table-1",
    *,
    title: str = "Table I: GD, SGD and Adam",
    runs: Sequence[RunSample] = (RUNS["gd"], RUNS["sgd"], RUNS["adam"]),
    paper: Sequence[float | None] = (38.33, 48.16, 47.65),
) -> Sample:
    """Return a table of one row. Over seeds, accuracies range one percent to each side."""
    mean = np.array([100 * run.accuracy for run in runs])
    printed = np.array([np.nan if value is None else value for value in paper])
    cells = [
        {
            "run": run.id,
            "row": "Accuracy",
            "column": run.label.partition(",")[0],
            "seeds": [0, 1, 2],
            "status": [run.describe()["status"]] * 3,
            "mean": float(value),
            "low": float(value) - 1,
            "high": float(value) + 1,
            "paper": printed_value,
            "paper_reached": None,
        }
        for run, value, printed_value in zip(runs, mean, paper, strict=True)
    ]
    manifest = {
        **describe_study(),
        "id": id,
        "kind": "table",
        "title": title,
        "shows": "Test accuracies beside the paper's.",
        "figures": [],
        "runs": [run.describe() for run in runs],
        "plane": None,
        "grid": None,
        "surfaces": [],
        "trajectories": [],
        "arrows": [],
        "results": {"cells": cells, "explained": {"lr": 0.75, "batch_size": None}},
    }
    arrays = {
        "accuracy.mean": mean,
        "accuracy.low": mean - 1,
        "accuracy.high": mean + 1,
        "accuracy.paper": printed,
    }
    return Sample(manifest, arrays)
