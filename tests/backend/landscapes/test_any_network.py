"""What a landscape of any network may have or lack, and what makes it damaged."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from descent_atlas.landscapes.format import read_checked, write_landscape
from descent_atlas.landscapes.manifest import EARLIER_METRICS, list_metrics
from descent_atlas.storage.regular_files import DamagedError
from tests.backend.landscapes.landscape_samples import make_landscape

LOSS = {"id": "loss", "label": "perplexity", "higher_is_better": False, "unit": "number"}

EVALUATION = {
    "loss": "tokens",
    "unit": "nats",
    "samples": 31.5,
    "batches": 2,
    "weight": "causal_tokens",
    "composition": "as given",
    "precision": "bfloat16",
    "device": "cpu",
    "parameters": {"patterns": ["head.*"], "varying": 10, "total": 30, "frozen": 5},
    "buffers": {"policy": "recalibrated", "batches": 16, "why": "The networks' buffers differ."},
    "normalization": None,
    "one_dimensional": None,
    "torch": "2.9.0",
}


def make_end(label: str, x: float) -> dict[str, Any]:
    return {"label": label, "step": None, "x": x, "y": 0.0, "loss": 1.0, "own_loss": None}


def write_any(root: Path, **changes: Any) -> Path:
    """Write a landscape without run, accuracy or trajectory."""
    sample = make_landscape("any", surfaces=("train",))
    arrays = {name: array for name, array in sample.arrays.items() if "accuracy" not in name}
    (surface,) = sample.manifest["surfaces"]
    kept = {key: name for key, name in surface["arrays"].items() if key != "accuracy"}
    manifest = {
        **sample.manifest,
        "dataset": {"name": "batches"},
        "runs": [],
        "plane": {**sample.manifest["plane"], "kind": "ends", "origin": None, "makers": []},
        "surfaces": [{**surface, "label": "12 batches", "arrays": kept}],
        "trajectories": [],
        "metrics": [LOSS],
        "evaluation": EVALUATION,
        "ends": [make_end("a.pt", -0.5), make_end("b.pt", 0.5)],
        **changes,
    }
    return write_landscape(root, manifest, arrays)


def write_profile(root: Path, t: list[float], **changes: Any) -> Path:
    coordinates = np.array(t)
    manifest = {
        **make_landscape("two-ends").manifest,
        "kind": "profile",
        "runs": [],
        "plane": None,
        "grid": None,
        "surfaces": [],
        "trajectories": [],
        "metrics": [LOSS],
        "segment": {
            "arrays": {"t": "segment.t", "loss": "segment.loss"},
            "length": 2.0,
            "barrier": {"height": 0.25, "at": 0.5, "rule": "The largest excess."},
            "note": "The ends may differ by a permutation only.",
        },
        "ends": [make_end("a.pt", 0.0), make_end("b.pt", 1.0)],
        **changes,
    }
    arrays = {"segment.t": coordinates, "segment.loss": 1 + coordinates * (1 - coordinates)}
    return write_landscape(root, manifest, arrays)


def test_a_landscape_needs_neither_run_nor_accuracy(tmp_path: Path) -> None:
    manifest = read_checked(write_any(tmp_path)).manifest
    assert [metric.label for metric in list_metrics(manifest)] == ["perplexity"]
    assert manifest.evaluation is not None and manifest.evaluation.samples == 31.5
    assert [end.label for end in manifest.ends] == ["a.pt", "b.pt"]


def test_a_trajectory_of_checkpoints_has_no_epochs(tmp_path: Path) -> None:
    sample = make_landscape("any")
    trajectory = sample.manifest["trajectories"][0]
    known = {
        key: name
        for key, name in trajectory["arrays"].items()
        if key not in ("epoch", "train_loss", "test_accuracy", "turning.step", "turning.angle")
    }
    arrays = {
        name: array
        for name, array in sample.arrays.items()
        if not name.startswith("trajectory.") or name in known.values()
    }
    unknown = {"status": None, "batch_size": None, "steps_per_epoch": None, "images": None}
    run = {**sample.manifest["runs"][0], **unknown}
    manifest = {
        **sample.manifest,
        "runs": [run],
        "plane": {**sample.manifest["plane"], "origin": None, "makers": []},
        "trajectories": [{**trajectory, "arrays": known}],
    }
    metrics = [metric.model_dump() for metric in EARLIER_METRICS]
    read_checked(write_landscape(tmp_path / "new", {**manifest, "metrics": metrics}, arrays))
    with pytest.raises(DamagedError, match='it names no array for "epoch"'):
        read_checked(write_landscape(tmp_path / "old", manifest, arrays))


def test_a_landscape_that_names_no_metrics_has_loss_and_accuracy() -> None:
    assert [metric.id for metric in EARLIER_METRICS] == ["loss", "accuracy"]


def test_a_profile_has_losses_from_one_end_to_the_other(tmp_path: Path) -> None:
    manifest = read_checked(write_profile(tmp_path, [0.0, 0.5, 1.0])).manifest
    assert manifest.segment is not None and manifest.segment.barrier.height == 0.25


@pytest.mark.parametrize("t", [[0.0, 0.5], [0.0, 0.75, 0.5, 1.0], [0.0]])
def test_a_profile_whose_coordinates_do_not_rise_from_0_to_1_is_damaged(
    tmp_path: Path, t: list[float]
) -> None:
    folder = write_profile(tmp_path, t)
    with pytest.raises(DamagedError, match="do not rise from 0 to 1"):
        read_checked(folder)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"segment": None}, "a profile without a segment"),
        ({"ends": []}, "a profile needs two ends, at 0 and 1"),
        ({"metrics": [{**LOSS, "id": "accuracy"}]}, 'the first metric is not "loss"'),
        ({"metrics": [LOSS, LOSS]}, "two metrics have one id"),
        ({"metrics": [LOSS, {**LOSS, "id": "f1"}]}, 'it names no array for "f1"'),
    ],
)
def test_a_profile_that_cannot_be_drawn_is_damaged(
    tmp_path: Path, changes: dict[str, Any], fault: str
) -> None:
    folder = write_profile(tmp_path, [0.0, 1.0], **changes)
    with pytest.raises(DamagedError, match=fault):
        read_checked(folder)


def test_a_metric_without_its_array_makes_a_landscape_damaged(tmp_path: Path) -> None:
    folder = write_any(tmp_path, metrics=[LOSS, {**LOSS, "id": "f1", "label": "F1"}])
    with pytest.raises(DamagedError, match='it names no array for "f1"'):
        read_checked(folder)
