"""Small landscapes of what is measured of curvature, with known answers.

There is a plane of eigenvectors, the profiles between runs, a lottery of random planes, what
batches see along a run, and the sharpness along runs. `run_samples` says how the loss and the runs
are given.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tests.backend.landscapes.landscape_samples import (
    HIGHEST_ACCURACY,
    Floats,
    Sample,
    describe_study,
    make_landscape,
)
from tests.backend.landscapes.run_samples import FLOORS, RUNS, TRAIN_IMAGES, RunSample, lift

NOISE, SHARE, TOLERANCE = 1e-5, 0.1, 0.01

Arrays = dict[str, NDArray[Any]]

WANDERING = {"batch-1": 0.5, "batch-64": 0.25, "batch-256": 0.125, "train": 0.0}
"""How far the middle of a batch's bowl is from the whole set's."""

NOTHING: dict[str, Any] = {
    "figures": [],
    "plane": None,
    "grid": None,
    "surfaces": [],
    "trajectories": [],
    "arrows": [],
    "results": {},
}
"""What a manifest of another kind than a landscape lacks."""


def make_hessian(
    id: str = "sgd-hessian",
    *,
    second: Literal["leading", "negative"] = "leading",
    run: RunSample = RUNS["sgd"],
    converged: bool = True,
) -> Sample:
    """Return a plane of two eigenvectors, whose surfaces leave the quadratic model along x.

    Eigenvalues are 50 and 12.5, or 50 and -2. The loss is floor + x² ± y² + 0.3 x³.
    """
    sample = make_landscape(
        id,
        title=f"{run.label}: the two sharpest directions at its end",
        figures=(),
        plane="pca",
        runs=[run],
        origin=run.id,
    )
    arrays = dict(sample.arrays)
    values, rise = (50.0, 12.5 if second == "leading" else -2.0), FLOORS["train"]
    lengths = [float(np.sqrt(2 * rise / abs(value))) for value in values]
    x, y = np.meshgrid(arrays["grid.x"], arrays["grid.y"])
    surfaces, models = [], []
    for surface in sample.manifest["surfaces"]:
        floor, sign = FLOORS[surface["id"]], np.sign(values[1])
        model = floor + x**2 + sign * y**2
        loss = model + 0.3 * x**3
        arrays[f"surface.{surface['id']}.loss"] = loss
        fails = np.abs(loss - model) > np.maximum(SHARE * rise * (x**2 + y**2), NOISE * loss)
        distances = np.hypot(x, y)[fails]
        surfaces.append({**surface, "lowest": float(loss.min()), "highest": float(loss.max())})
        models.append(
            {
                "surface": surface["id"],
                "loss": floor,
                "gradient": [0.0, 0.0],
                "hessian": [[2 * rise, 0.0], [0.0, 2 * rise * float(sign)]],
                "share": SHARE,
                "rule": "The model fails where the loss differs from it by more than a tenth of "
                "what the two parabolas change the loss by.",
                "failing": int(fails.sum()),
                "nearest_failure": float(distances.min()),
            }
        )
    plane = {
        **sample.manifest["plane"],
        "kind": "hessian",
        "makers": [],
        "spectrum": [],
        "gram": np.diag(np.square(lengths)).tolist(),
        "curvature": {
            "images": TRAIN_IMAGES // 2,
            "images_seed": 0,
            "tolerance": TOLERANCE,
            "products": 42,
            "rise": rise,
            "pairs": [
                {
                    "end": "smallest" if number and second == "negative" else "largest",
                    "rank": 2 if number and second == "leading" else 1,
                    "value": value,
                    "residual": 0.005 * abs(value) * (1 if converged else 10),
                    "converged": converged,
                    "length": length,
                }
                for number, (value, length) in enumerate(zip(values, lengths, strict=True))
            ],
            "models": models,
        },
    }
    manifest = {**sample.manifest, "plane": plane, "surfaces": surfaces, "shows": "A saddle."}
    return Sample(manifest, arrays)


def make_segments(
    id: str = "segments",
    *,
    runs: Sequence[RunSample] = (RUNS["gd"], RUNS["sgd"], RUNS["adam"]),
    points: int = 21,
) -> Sample:
    """Return the profiles of all pairs of ends and of each run's way from its start.

    Between ends the loss is that of the bowl and a bump of 1/2, but for the first pair, whose ends
    the bowl alone connects. Accuracy falls by 1/10 on the bump.
    """
    t = np.linspace(0, 1, points)
    arrays: Arrays = {"segments.t": t}
    pairs = [(a, b) for number, a in enumerate(runs) for b in runs[number + 1 :]]
    ways = [(a, b, "ends") for a, b in pairs] + [(run, run, "path") for run in runs]
    profiles = []
    for number, (a, b, kind) in enumerate(ways):
        first = np.array(a.end if kind == "ends" else a.start)
        places = first + np.outer(t, np.array(b.end) - first)
        bump = 4 * t * (1 - t) * (kind == "ends" and number > 0)
        curves = [
            make_curve(f"segments.{number}.{surface}", surface, t, places, bump, arrays)
            for surface in ("train", "test")
        ]
        start, end = (a.steps if kind == "ends" else 0), b.steps
        profiles.append(
            {
                "id": f"{a.id}..{b.id}" if kind == "ends" else a.id,
                "label": f"{a.label} to {b.label}" if kind == "ends" else f"{a.label}: its way",
                "kind": kind,
                "first": {"run": a.id, "step": start},
                "second": {"run": b.id, "step": end},
                "length": float(np.linalg.norm(places[-1] - places[0])),
                "curves": curves,
                "connected": number == 0 if kind == "ends" else None,
                "note": "The barrier may be a permutation only."
                if bump.any()
                else "No barrier lies on this segment."
                if kind == "ends"
                else "The loss only falls on this segment.",
            }
        )
    manifest = {
        **describe_study(),
        **NOTHING,
        "id": id,
        "kind": "segments",
        "title": "The straight ways between GD, SGD and Adam",
        "shows": "Whether a barrier lies between two ends.",
        "figures": ["3"],
        "runs": [run.describe() for run in runs],
        "segments": {
            "t": "segments.t",
            "resolution": float(t[1]),
            "connected_below": 0.02,
            "connected_rule": "Two ends are linearly connected if the training error rises by less "
            "than 2 percentage points above the line between them.",
            "profiles": profiles,
        },
    }
    return Sample(manifest, arrays)


def make_curve(
    name: str, surface: str, t: Floats, places: Floats, bump: Floats, arrays: Arrays
) -> dict[str, Any]:
    """Add the loss and the accuracy on a segment; return what a manifest says of them."""
    loss = lift(FLOORS[surface], *places.T) + bump / 2
    accuracy = HIGHEST_ACCURACY - (lift(0.0, *places.T) + bump) / 10
    arrays |= {f"{name}.loss": loss, f"{name}.accuracy": accuracy}
    barriers = {}
    for metric, values in (("loss", loss), ("accuracy", -accuracy)):
        excess = values - (1 - t) * values[0] - t * values[-1]
        top = int(excess.argmax())
        barriers[metric] = {
            "height": float(excess[top]),
            "at": float(t[top]),
            "rule": "The largest excess over the straight line between the ends.",
        }
    return {
        "surface": surface,
        "split": surface,
        "images": TRAIN_IMAGES if surface == "train" else TRAIN_IMAGES // 4,
        "arrays": {metric: f"{name}.{metric}" for metric in ("loss", "accuracy")},
        "barriers": barriers,
        "climb": float((loss - np.minimum.accumulate(loss)).max()),
    }


def make_lottery(
    id: str = "sgd-lottery", *, run: RunSample = RUNS["sgd"], seeds: int = 20, points: int = 9
) -> Sample:
    """Return random planes on which the bowl is turned and stretched by each seed's own angle."""
    axis, angles = np.linspace(-1, 1, points), np.linspace(0, 2, seeds)
    x, y = np.meshgrid(axis, axis)
    cos, sin = np.cos(angles)[:, None, None], np.sin(angles)[:, None, None]
    loss = lift(FLOORS["train"], cos * x - sin * y, sin * x + cos * y)
    steepest = np.linspace(0.5, 2.5, seeds)
    columns = {
        "convex": ("convex cells", "share", np.linspace(0.5, 1, seeds), None),
        "minima": ("minima", "number", np.arange(seeds) % 3 + 1.0, None),
        "gradient": ("gradient in the plane", "share", np.linspace(0.01, 0.03, seeds), None),
        "angle-64": ("angle of the batch's arrow", "degrees", np.linspace(5, 175, seeds), 60.0),
    }
    arrays: Arrays = {
        "grid.x": axis,
        "grid.y": axis,
        "lottery.loss": loss.astype("f4"),
        "lottery.accuracy": estimate_accuracy(loss - FLOORS["train"]),
        "lottery.directions": np.full((seeds, 2), 2.0),
        "lottery.curvature": steepest,
    }
    arrays |= {f"lottery.{name}": values for name, (_, _, values, _) in columns.items()}
    arrows = []
    for surface, turn in (("train", 0.0), ("batch-64", 0.75)):
        names = {axis: f"lottery.arrow.{surface}.{axis}" for axis in "xy"}
        arrays |= {names["x"]: np.cos(angles + turn) / 2, names["y"]: np.sin(angles + turn) / 2}
        arrows.append(
            {"surface": surface, "arrays": names, "norm": 2.0, "cosine": float(np.cos(turn))}
        )
    manifest = {
        **describe_study(),
        **NOTHING,
        "id": id,
        "kind": "lottery",
        "title": f"{run.label}: {seeds} random planes at its end",
        "shows": "One network, and what the choice of two random directions makes of it.",
        "runs": [run.describe()],
        "grid": {"x": "grid.x", "y": "grid.y", "shape": [points, points]},
        "lottery": {
            "origin": {"run": run.id, "step": run.steps},
            "origin_norm": 2.0,
            "seeds": list(range(seeds)),
            "shown": list(range(min(9, seeds))),
            "surface": "train",
            "images": TRAIN_IMAGES,
            "arrays": {"loss": "lottery.loss", "accuracy": "lottery.accuracy"},
            "directions": "lottery.directions",
            "lowest": float(loss.min()),
            "highest": float(loss.max()),
            "not_finite": 0,
            "noise": NOISE,
            "statistics": [
                {
                    "id": name,
                    "label": label,
                    "unit": unit,
                    "rule": f"The {label} of each plane.",
                    "array": f"lottery.{name}",
                    "lowest": float(values.min()),
                    "median": float(np.median(values)),
                    "highest": float(values.max()),
                    "truth": truth,
                }
                for name, (label, unit, values, truth) in columns.items()
            ],
            "arrows": arrows,
            "curvature": {
                "images": TRAIN_IMAGES // 2,
                "images_seed": 0,
                "tolerance": TOLERANCE,
                "products": 52,
                "sharpness": 50.0,
                "residual": 0.25,
                "converged": True,
                "array": "lottery.curvature",
                "highest": 2.5,
                "ratio": 0.05,
                "rule": "The largest second derivative in any of the planes, beside the sharpness.",
            },
        },
    }
    return Sample(manifest, arrays)


def make_batch_path(
    id: str = "sgd-batches",
    *,
    run: RunSample = RUNS["sgd"],
    moments: int = 8,
    grid: tuple[int, int] = (9, 11),
) -> Sample:
    """Return what batches see on a run's way: bowls whose middle wanders the more, the smaller."""
    base = make_landscape(
        id, title=f"{run.label}: what its batches see", figures=("1",), plane="pca", runs=[run]
    )
    kept = ("grid.", "trajectory.")
    arrays = {name: array for name, array in base.arrays.items() if name.startswith(kept)}
    rows, columns = grid
    arrays |= {"grid.x": np.linspace(-1, 1, columns), "grid.y": np.linspace(-1, 1, rows)}
    steps = np.linspace(0, run.steps, moments).round().astype(int)
    start, end = np.array(run.start), np.array(run.end)
    a, b, distance = (start + np.outer(steps / run.steps, end - start)).T
    x, y = np.meshgrid(arrays["grid.x"], arrays["grid.y"])
    views = []
    for surface, wander in (
        ("batch-1", 0.5),
        ("batch-64", 0.25),
        ("batch-256", 0.125),
        ("train", 0),
    ):
        turn = np.linspace(0, 6, moments)
        u, v = wander * np.cos(turn), wander * np.sin(turn)
        shift = [each[:, None, None] for each in (u, v, distance)]
        loss = lift(FLOORS[surface], x - shift[0], y - shift[1], shift[2])
        gx, gy = a - u, 4 * (b - v)
        own: Arrays = {
            "loss": loss.astype("f4"),
            "accuracy": np.clip(HIGHEST_ACCURACY - (loss - FLOORS[surface]) / 10, 0, 1).astype(
                "f4"
            ),
            "arrow.x": -gx,
            "arrow.y": -gy,
            "norm": np.sqrt(gx**2 + gy**2 + distance**2),
        }
        full = np.stack([a, 4 * b, distance])
        with np.errstate(invalid="ignore"):
            own["cosine"] = (
                np.sum(np.stack([gx, gy, distance]) * full, axis=0)
                / own["norm"]
                / np.linalg.norm(full, axis=0)
            )
        names = {key: f"batches.{surface}.{key}" for key in own}
        arrays |= {names[key]: array for key, array in own.items()}
        views.append(
            {
                "surface": surface,
                "images": int(surface.partition("-")[2] or TRAIN_IMAGES),
                "arrays": names,
                "lowest": float(loss.min()),
                "highest": float(loss.max()),
                "not_finite": 0,
            }
        )
    manifest = {
        **base.manifest,
        "kind": "batch-path",
        "shows": "The same way through four losses.",
        "surfaces": [],
        "grid": {"x": "grid.x", "y": "grid.y", "shape": [rows, columns]},
        "batch_path": {
            "run": run.id,
            "moments": [
                {
                    "step": int(step),
                    "epoch": float(step / run.steps_per_epoch),
                    "x": float(a[number]),
                    "y": float(b[number]),
                    "distance": float(distance[number]),
                }
                for number, step in enumerate(steps)
            ],
            "views": views,
            "rule": "Each surface lies on the plane through its snapshot, parallel to the run's. "
            "A batch of N consists of the N images that the run sees next.",
        },
    }
    return Sample(manifest, arrays)


def estimate_accuracy(height: Floats) -> NDArray[np.float32]:
    """Return an accuracy that falls with the height above a bowl's floor."""
    return np.clip(HIGHEST_ACCURACY - height / 10, 0, 1).astype(np.float32)


def make_sharpness(
    run: RunSample, number: int, arrays: Arrays, *, points: int = 11
) -> dict[str, Any]:
    """Add the sharpness along a run; return its entry of a manifest.

    It rises from 5 to the limit of 40 and hovers there. One value has not converged.
    """
    steps = np.linspace(0, run.steps, points).round().astype(np.int64)
    sharpness = np.minimum(5 + 50 * steps / run.steps, 40.0)
    sharpness[3] = np.nan
    adaptive = run.optimizer == "Adam"
    own: Arrays = {
        "step": steps,
        "sharpness": sharpness,
        "residual": np.full(points, 0.1),
        "preconditioned": sharpness * 100 if adaptive else np.full(points, np.nan),
        "preconditioned.residual": np.full(points, 1.0 if adaptive else np.nan),
        "spread.step": steps[[-1]],
        "spread.sharpness": np.array([[40.0, 38.0, 41.0]]),
        "spread.residual": np.full((1, 3), 0.1),
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
        "limit": 7600.0 if adaptive else 40.0,
        "limit_of": "preconditioned" if adaptive else "sharpness",
        "arrays": names,
    }


def make_sharp_landscape(id: str = "sharpness") -> Sample:
    """Return a landscape of three runs whose sharpness was measured along the way."""
    runs = (RUNS["gd"], RUNS["sgd"], RUNS["adam"])
    sample = make_landscape(id, title="How sharp the loss is", figures=(), runs=runs)
    arrays: Arrays = dict(sample.arrays)
    curvature = [make_sharpness(run, number, arrays) for number, run in enumerate(runs)]
    return Sample({**sample.manifest, "results": {"curvature": curvature}}, arrays)


def make_curvatures() -> list[Sample]:
    """Return a landscape of every kind that is about curvature."""
    return [
        make_hessian(),
        make_hessian("sgd-saddle", second="negative"),
        make_segments(),
        make_lottery(),
        make_batch_path(),
        make_sharp_landscape(),
    ]


def write_curvatures(root: Path) -> list[Sample]:
    """Write landscapes of every such kind to a folder, and return them."""
    samples = make_curvatures()
    for sample in samples:
        sample.write(root)
    return samples
