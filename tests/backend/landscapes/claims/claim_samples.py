"""Landscapes made up for one claim each, in memory: only what the claims read is in them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import (
    Cell,
    Cosines,
    Dataset,
    Grid,
    Manifest,
    Origin,
    Plane,
    Results,
    Run,
    Surface,
    Trajectory,
)

AXIS = np.linspace(-1.0, 1.0, 21)


def run(
    id: str,
    *,
    lr: float = 0.002,
    momentum: float | None = None,
    batch_size: int = 64,
    seed: int = 0,
    status: str = "completed",
    **results: Any,
) -> dict[str, Any]:
    """A run as a manifest tells of it."""
    hyperparameters = {"lr": lr} | ({} if momentum is None else {"momentum": momentum})
    return {
        "id": id,
        "label": id,
        "status": status,
        "stop_reason": "not finite after step 7" if status == "diverged" else "",
        "spec": {"optimizer": "SGD", "hyperparameters": hyperparameters, "seed": seed},
        "batch_size": batch_size,
        "images": 1000,
        "seconds": 2.0,
        "test_accuracy": 0.4,
        "turning": 50.0,
        **results,
    }


def landscape(
    id: str,
    *,
    runs: Sequence[Mapping[str, Any]] = (),
    losses: Mapping[str, ArrayLike] | None = None,
    surface: Mapping[str, Any] | None = None,
    convexity: ArrayLike = (1.0, 1.0),
    paths: Mapping[str, tuple[ArrayLike, ArrayLike]] | None = None,
    worth: Mapping[str, tuple[float | None, float]] | None = None,
    cosines: Mapping[int, ArrayLike] | None = None,
    correlations: Mapping[str, float] | None = None,
    gram: ArrayLike = ((1.0, 0.0), (0.0, 1.0)),
    step: int = 100,
) -> Landscape:
    """A landscape.

    `losses` are surfaces on [-1, 1]² by their names; `paths` are points float[n, 2] and true losses
    float[n] by runs; `worth` is energy and a random walk's; `cosines` are those of batches by size.
    """
    arrays: dict[str, NDArray[Any]] = {"grid.x": AXIS, "grid.y": AXIS}
    surfaces = []
    for name, values in ({"train": np.ones((21, 21))} | dict(losses or {})).items():
        own = {
            "loss": np.asarray(values, dtype=float),
            "convexity.radius": np.linspace(0, 1.35, len(np.asarray(convexity)) + 1)[1:],
            "convexity.share": np.asarray(convexity, dtype=float),
        }
        arrays |= {f"{name}.{key}": array for key, array in own.items()}
        surfaces.append(
            {
                "id": name,
                "images": int(name.partition("-")[2] or 50_000),
                "arrays": {key: f"{name}.{key}" for key in own},
                "minima": 1,
                "minima_on_border": 0,
                "noise": 1e-5,
                "correlation": (correlations or {}).get(name),
                **(surface or {}),
            }
        )
    trajectories: list[dict[str, Any]] = []
    for name in {**(paths or {}), **(worth or {})}:
        points, truth = (paths or {}).get(name, ([[1.0, 0.0], [0.0, 0.0]], [2.0, 1.0]))
        coordinates = np.asarray(points, dtype=float)
        own = {
            "x": coordinates[:, 0],
            "y": coordinates[:, 1],
            "loss": np.asarray(truth, dtype=float),
            "uniform": np.ones(len(coordinates), dtype=bool),
        }
        arrays |= {f"{name}.{key}": array for key, array in own.items()}
        energy, walk = (worth or {}).get(name, (0.9, 0.9))
        trajectories.append(
            {
                "run": name,
                "arrays": {key: f"{name}.{key}" for key in own},
                "energy": energy,
                "random_walk_energy": walk,
            }
        )
    described = []
    for size, values in (cosines or {}).items():
        kept = np.asarray(values, dtype=float)
        low, middle, high = np.quantile(kept, [0.25, 0.5, 0.75])
        described.append(
            {"images": size, "batches": len(kept), "median": middle, "quartiles": [low, high]}
        )
    # Not validated: what claims do not read is left out.
    manifest = Manifest.model_construct(
        id=id,
        kind="landscape",
        dataset=Dataset.model_construct(name="made up", classes=[str(i) for i in range(10)]),
        runs=[Run.model_construct(**run) for run in runs],
        plane=Plane.model_construct(
            kind="random", gram=gram, origin=Origin.model_construct(run="sgd", step=step)
        ),
        grid=Grid(x="grid.x", y="grid.y", shape=[21, 21]),
        surfaces=[Surface.model_construct(**one) for one in surfaces],
        trajectories=[Trajectory.model_construct(**one) for one in trajectories],
        results=Results(cosines=[Cosines.model_construct(**one) for one in described]),
    )
    return Landscape(manifest, arrays)


def table(
    id: str,
    cells: Mapping[str, tuple[float, float, float]],
    *,
    runs: Sequence[Mapping[str, Any]] = (),
    explained: Mapping[str, float | None] | None = None,
) -> Landscape:
    """A table; `cells` are the mean, the lowest and the highest accuracy by run."""
    manifest = Manifest.model_construct(
        id=id,
        kind="table",
        dataset=Dataset.model_construct(name="made up"),
        runs=[Run.model_construct(**run) for run in runs],
        plane=None,
        grid=None,
        surfaces=[],
        trajectories=[],
        results=Results.model_construct(
            cells=[
                Cell.model_construct(run=name, mean=mean, low=low, high=high, paper=None)
                for name, (mean, low, high) in cells.items()
            ],
            explained=dict(explained or {}),
        ),
    )
    return Landscape(manifest, {})
