"""Landscapes of a stranger's networks: small, with known answers, in the format that `draw` writes.

None is of the paper's data set. What they have, and lack: runs that differ in weight decay, a loss
alone, a metric of which less is better, no path, twelve runs, networks that were joined, a profile.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.backend.landscapes.landscape_samples import Sample, make_landscape
from tests.backend.landscapes.run_samples import FLOORS, RunSample, lift

ABOUT = {"title": "Weight decay on sentences", "text": "Three runs of one small language model."}

LOSS = {"id": "loss", "label": "loss", "higher_is_better": False, "unit": "number"}
ERROR = {"id": "error", "label": "top-5 error", "higher_is_better": False, "unit": "share"}

EVALUATION: Mapping[str, Any] = {
    "loss": "output_loss",
    "unit": "nats",
    "samples": 4096.0,
    "batches": 16,
    "weight": "causal_tokens",
    "composition": "independent",
    "precision": "float32",
    "device": "cpu",
    "parameters": {"patterns": None, "varying": 1210, "total": 1210, "frozen": 0},
    "buffers": {"policy": "none", "batches": None, "why": "The network has no buffers."},
    "normalization": "filter",
    "one_dimensional": "zero",
    "torch": "2.14.1",
}

RECALIBRATED: Mapping[str, Any] = {
    **EVALUATION,
    "loss": "classification",
    "composition": "as given",
    "buffers": {
        "policy": "recalibrated",
        "batches": 8,
        "why": "The running statistics of the joined networks differ.",
    },
    "parameters": {"patterns": ["layer4.*"], "varying": 400, "total": 1210, "frozen": 10},
    "normalization": None,
    "one_dimensional": None,
}

RULE = "The largest excess of the loss over the straight line between the losses of the ends."
NOTE = "Two networks may be one another's permutation: then the barrier is that of the order alone."

DECAYS = tuple(
    RunSample(id, label, hyperparameters={"lr": 0.1, "weight_decay": decay}, end=(x, y, 0.125))
    for id, label, decay, x, y in (
        ("none", "no decay", 0.0, 0.0, 0.0),
        ("some", "decay 0.0001", 1e-4, 0.4, -0.2),
        ("much", "decay 0.01", 1e-2, -0.4, 0.1),
    )
)
"""Three runs that differ in their weight decay alone."""


def make_foreign(
    id: str,
    *,
    metrics: Sequence[Mapping[str, Any]] = (LOSS,),
    evaluation: Mapping[str, Any] = EVALUATION,
    study: str | None = "decay",
    paths: bool = True,
    **options: Any,
) -> Sample:
    """Return a landscape of another data set; `options` are those of `make_landscape`.

    Of each surface there is the loss, and a share that grows with it for every other metric.
    Without `paths` nothing is known of any training.
    """
    sample = make_landscape(id, **{"figures": (), "surfaces": ("train",), **options})
    arrays: dict[str, NDArray[Any]] = {
        name: array
        for name, array in sample.arrays.items()
        if not name.endswith(".accuracy") and (paths or not name.startswith("trajectory."))
    }
    for name in arrays:
        if name.endswith(".test_accuracy"):
            arrays[name] = np.full_like(arrays[name], np.nan)
    surfaces = []
    for surface in sample.manifest["surfaces"]:
        names = {key: name for key, name in surface["arrays"].items() if key != "accuracy"}
        loss = arrays[names["loss"]]
        for metric in metrics[1:]:
            names[metric["id"]] = f"surface.{surface['id']}.{metric['id']}"
            arrays[names[metric["id"]]] = np.clip((loss - FLOORS["train"]) / 4, 0.0, 1.0)
        surfaces.append({**surface, "label": "All 4,096 tokens", "images": 4096, "arrays": names})
    manifest = {
        **sample.manifest,
        "study": study,
        "study_about": ABOUT if study else None,
        "dataset": {"name": "sentences"},
        "network": {"factory": "language:small", "options": {}, "parameters": 1210},
        "runs": [{**run, "test_accuracy": None} for run in sample.manifest["runs"]],
        "metrics": list(metrics),
        "evaluation": dict(evaluation),
        "surfaces": surfaces,
    }
    if not paths:
        manifest |= {"runs": [], "trajectories": []}
        manifest["plane"] = {**sample.manifest["plane"], "origin": None, "makers": []}
    return Sample(manifest, arrays)


def make_joined() -> Sample:
    """Return the plane through three networks, whose buffers are recalibrated at each point."""
    sample = make_foreign("joined", title="Three networks on one plane", study=None, paths=False)
    ends = [
        {"label": label, "step": None, "x": x, "y": y, "loss": lift(1.0, x, y), "own_loss": own}
        for label, x, y, own in (
            ("a.pt", 0.0, 0.0, 0.75),
            ("b.pt", 0.75, 0.0, None),
            ("c.safetensors", 0.25, 0.5, None),
        )
    ]
    plane = {**sample.manifest["plane"], "kind": "ends"}
    changes = {"ends": ends, "plane": plane, "evaluation": dict(RECALIBRATED)}
    return Sample({**sample.manifest, **changes}, sample.arrays)


def make_profile() -> Sample:
    """Return a profile whose barrier is 0.5 high, in the middle."""
    t = np.linspace(0, 1, 21)
    metrics = [LOSS, ERROR]
    values = {"t": t, "loss": 1 + 0.5 * t + 2 * t * (1 - t), "error": 0.25 + t * (1 - t)}
    manifest = {
        **make_foreign("way", study=None, paths=False).manifest,
        "kind": "profile",
        "title": "From a.pt to b.pt",
        "shows": "The loss along the straight segment between two networks.",
        "plane": None,
        "grid": None,
        "surfaces": [],
        "metrics": metrics,
        "ends": [
            {"label": label, "step": None, "x": x, "y": 0.0, "loss": loss, "own_loss": None}
            for label, x, loss in (("a.pt", 0.0, 1.0), ("b.pt", 1.0, 1.5))
        ],
        "segment": {
            "arrays": {name: f"segment.{name}" for name in values},
            "length": 12.5,
            "barrier": {"height": 0.5, "at": 0.5, "rule": RULE},
            "note": NOTE,
        },
    }
    return Sample(manifest, {f"segment.{name}": array for name, array in values.items()})


def make_networks() -> list[Sample]:
    """Return landscapes of every kind that a stranger may have."""
    many = [
        RunSample(f"seed-{seed}", f"seed {seed}", seed=seed, end=(0.06 * seed - 0.3, 0.0, 0.125))
        for seed in range(12)
    ]
    return [
        make_foreign("decays", title="Three weight decays", runs=DECAYS, metrics=(LOSS, ERROR)),
        make_foreign("none-pca", title="No decay on its own plane", plane="pca", runs=DECAYS[:1]),
        make_foreign("seeds", title="Twelve seeds of one training", runs=many),
        make_foreign("around", title="Around one network", plane="random", paths=False),
        make_joined(),
        make_profile(),
    ]


def write_networks(root: Path) -> list[Sample]:
    """Write landscapes of every such kind to a folder, and return them."""
    samples = make_networks()
    for sample in samples:
        sample.write(root)
    return samples
