"""Landscapes made up for one claim each, in memory: only what the claims read is in them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import (
    BatchCorrelations,
    Cell,
    Cosines,
    Dataset,
    Manifest,
    PaperPoint,
    RandomWalks,
    Results,
    Run,
    SeedPath,
    Spread,
    Surface,
    Trajectory,
)
from descent_atlas.landscapes.parts.plane_parts import Grid, Origin, Plane

CLASSES = [str(i) for i in range(10)]

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
        "ended": "2026-12-01T00:00:00+00:00",
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
    shown: Mapping[str, tuple[float | None, float]] | None = None,
    cosines: Mapping[int, ArrayLike] | None = None,
    correlations: Mapping[int, tuple[ArrayLike, ArrayLike]] | None = None,
    gram: ArrayLike = ((1.0, 0.0), (0.0, 1.0)),
    step: int = 100,
) -> Landscape:
    """A landscape.

    `losses` are surfaces on [-1, 1]² by their names; `paths` are points float[n, 2] and true losses
    float[n] by runs; `shown` are a run's energy about its end and the 95% quantile of random walks;
    `cosines` and `correlations` are those of batches by size, the latter on the plane and near θ*.
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
                "lowest": float(np.min(values)),
                "highest": float(np.max(values)),
                "not_finite": 0,
                **(surface or {}),
            }
        )
    trajectories: list[dict[str, Any]] = []
    for name in {**(paths or {}), **(shown or {})}:
        points, truth = (paths or {}).get(name, ([[1.0, 0.0], [0.0, 0.0]], [2.0, 1.0]))
        coordinates = np.asarray(points, dtype=float)
        own = {
            "x": coordinates[:, 0],
            "y": coordinates[:, 1],
            "loss": np.asarray(truth, dtype=float),
            "uniform": np.ones(len(coordinates), dtype=bool),
        }
        arrays |= {f"{name}.{key}": array for key, array in own.items()}
        described_run: dict[str, Any] = {
            "run": name,
            "arrays": {key: f"{name}.{key}" for key in own},
        }
        if name in (shown or {}):
            energy, high = (shown or {})[name]
            spread = Spread(mean=high, low=high, high=high)
            described_run |= {
                "energy_about_end": energy,
                "displacement": 0.5,
                "random_walks": RandomWalks(sets=100, seed=0, energy=spread, displacement=spread),
            }
        trajectories.append(described_run)
    described = []
    for size, values in (cosines or {}).items():
        kept = np.asarray(values, dtype=float)
        low, middle, high = np.quantile(kept, [0.25, 0.5, 0.75])
        described.append(
            {"images": size, "batches": len(kept), "median": middle, "quartiles": [low, high]}
        )
    correlated = []
    for size, places in (correlations or {}).items():
        names = {place: f"correlations.{size}.{place}" for place in ("plane", "near")}
        values = [np.asarray(each, dtype=float) for each in places]
        arrays |= dict(zip(names.values(), values, strict=True))
        correlated.append(
            BatchCorrelations(images=size, batches=len(values[0]), within=0.25, arrays=names)
        )
    # Not validated: what claims do not read is left out.
    manifest = Manifest.model_construct(
        id=id,
        kind="landscape",
        dataset=Dataset.model_construct(name="made up", classes=CLASSES),
        runs=[Run.model_construct(**run) for run in runs],
        plane=Plane.model_construct(
            kind="random", gram=gram, origin=Origin.model_construct(run="sgd", step=step)
        ),
        grid=Grid(x="grid.x", y="grid.y", shape=[21, 21]),
        surfaces=[Surface.model_construct(**one) for one in surfaces],
        trajectories=[Trajectory.model_construct(**one) for one in trajectories],
        results=Results(
            cosines=[Cosines.model_construct(**one) for one in described],
            correlations=correlated,
        ),
    )
    return Landscape(manifest, arrays)


def table(
    id: str,
    accuracies: Mapping[str, Sequence[float]],
    *,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    explained: Mapping[str, float | None] | None = None,
    paper: Mapping[str, float] | None = None,
    reached: Mapping[str, tuple[int, int]] | None = None,
    paths: Mapping[str, Sequence[tuple[NDArray[np.float64], ArrayLike]]] | None = None,
    first_seed: int = 0,
) -> Landscape:
    """A table; `accuracies` are those of the seeds in percent by run, `settings` what `run` takes.

    `paper` are the paper's numbers, `reached` the snapshots before and at which a run passed them;
    `paths` are points float[n, 2] and losses float[n] by run and seed, 1,000 images apart.
    """
    arrays: dict[str, NDArray[Any]] = {}
    runs, drawn = [], []
    for name, values in accuracies.items():
        for number, accuracy in enumerate(values):
            given = {"test_accuracy": accuracy / 100} | dict((settings or {}).get(name, {}))
            runs.append(run(name, seed=first_seed + number, **given))
    for name, seeds in (paths or {}).items():
        for number, (points, losses) in enumerate(seeds):
            own = {
                "images": 1000 * np.arange(len(points)),
                "x": points[:, 0],
                "y": points[:, 1],
                "loss": np.asarray(losses, dtype=float),
            }
            names = {key: f"{name}.{number}.{key}" for key in own}
            arrays |= {names[key]: values for key, values in own.items()}
            drawn.append(SeedPath(run=name, seed=first_seed + number, arrays=names))
    manifest = Manifest.model_construct(
        id=id,
        kind="table",
        dataset=Dataset.model_construct(name="made up", classes=CLASSES),
        runs=[Run.model_construct(**one) for one in runs],
        plane=None,
        grid=None,
        surfaces=[],
        trajectories=[],
        results=Results.model_construct(
            cells=[
                Cell.model_construct(
                    run=name,
                    mean=float(np.mean(values)),
                    low=min(values),
                    high=max(values),
                    paper=(paper or {}).get(name),
                    paper_reached=(
                        PaperPoint(before=reached[name][0], step=reached[name][1])
                        if reached and name in reached
                        else None
                    ),
                )
                for name, values in accuracies.items()
            ],
            explained=dict(explained or {}),
            correlations=[],
            paths=drawn,
        ),
    )
    return Landscape(manifest, arrays)
