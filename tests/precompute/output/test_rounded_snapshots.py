"""Runs whose snapshots are rounded, and the landscapes of their runs."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from descent_atlas.output.landscape_parts import read_path
from descent_atlas.training.images.datasets import ImageDataset
from descent_atlas.training.loop import StoppedError, train
from descent_atlas.training.recorder import Recorder
from descent_atlas.training.recording.snapshot_precision import (
    Precision,
    decode,
    encode,
    measure_rounding,
)
from descent_atlas.training.run_manifest import RunError
from descent_atlas.training.runs import TrainingRun
from tests.backend.landscapes.manifest_edits import as_written
from tests.precompute.output.small_trainings import SGD
from tests.precompute.output.test_assembly import build, entry

HALVES: tuple[Precision, ...] = ("float16", "bfloat16")


@pytest.fixture(scope="module")
def rounded(
    tmp_path_factory: pytest.TempPathFactory, dataset: ImageDataset
) -> Mapping[str, TrainingRun]:
    """The run "sgd" with its snapshots in each precision."""
    root = tmp_path_factory.mktemp("rounded")
    found: dict[str, TrainingRun] = {}
    precisions: tuple[Precision, ...] = ("float32", *HALVES)
    for precision in precisions:
        training = replace(SGD, snapshot_precision=precision)
        train(root / precision, training, dataset)
        found[precision] = TrainingRun.load(root / precision)
    return found


@pytest.mark.parametrize("precision", HALVES)
def test_numbers_are_read_as_pytorch_rounds_them(precision: Precision) -> None:
    theta = torch.tensor([0.0, -1.0, 1 / 3, 1e-7, 300.25, -65_000.0])
    rounded = theta.to(getattr(torch, precision)).float()
    stored = encode(theta, precision)
    assert stored.nbytes == 2 * len(theta)
    np.testing.assert_array_equal(decode(stored, precision), rounded)
    expected = float((theta.double() - rounded.double()).norm())
    assert measure_rounding(theta, stored, precision) == expected


def test_a_parameter_beyond_float16_is_told() -> None:
    theta = torch.tensor([1.0, -70_000.0])
    with pytest.raises(OverflowError, match=r"magnitude 70000 is beyond float16, .* is 65504"):
        encode(theta, "float16")
    np.testing.assert_allclose(decode(encode(theta, "bfloat16"), "bfloat16"), theta, rtol=2**-8)


@pytest.mark.parametrize("precision", HALVES)
def test_a_run_with_rounded_snapshots_takes_half_the_space_and_ends_exactly(
    rounded: Mapping[str, TrainingRun], precision: Precision
) -> None:
    exact, run = rounded["float32"], rounded[precision]
    assert 2 * run.snapshot_path.stat().st_size == exact.snapshot_path.stat().st_size
    assert torch.equal(run.final, exact.final)
    assert run.spec == exact.spec
    moved = np.linalg.norm(exact.snapshots.astype(float) - run.snapshots, axis=1)
    np.testing.assert_allclose(run.snapshot_rounding, moved, rtol=1e-6)
    assert (run.snapshot_rounding > 0).all()
    assert len(exact.snapshot_rounding) == 0
    path = read_path(run)
    np.testing.assert_array_equal(path.snapshots[-1], exact.final)
    assert path.steps.tolist() == read_path(exact).steps.tolist()
    assert path.rounding is not None
    assert path.rounding[-1] == 0
    assert read_path(exact).rounding is None


def test_a_run_with_rounded_snapshots_resumes_to_the_same_bits(
    rounded: Mapping[str, TrainingRun], tmp_path: Path, dataset: ImageDataset
) -> None:
    training = replace(SGD, snapshot_precision="float16")

    def stop(fraction: float) -> None:
        if fraction > 0.4:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(tmp_path, training, dataset, report=stop)
    broken = TrainingRun.load(tmp_path)
    assert 0 < len(broken.snapshot_rounding) < len(rounded["float16"].snapshot_rounding)
    with pytest.raises(RunError, match=r"snapshot_precision \"float16\" there, null here"):
        train(tmp_path, SGD, dataset)
    train(tmp_path, training, dataset)
    for name in ("run.json", "snapshots.f16", "final.f32"):
        expected = (rounded["float16"].folder / name).read_bytes()
        assert (tmp_path / name).read_bytes() == expected


@pytest.mark.parametrize("precision", HALVES)
def test_a_landscape_states_the_share_of_rounding_in_each_distance(
    rounded: Mapping[str, TrainingRun],
    tmp_path: Path,
    dataset: ImageDataset,
    precision: Precision,
) -> None:
    asked = entry(surfaces=["test"], arrows=False)
    landscapes = {
        name: build(tmp_path / name, asked, {"sgd": rounded[name]}, dataset)
        for name in ("float32", precision)
    }
    own, exact = (
        {
            key: landscape.arrays[array]
            for key, array in as_written(landscape)["trajectories"][0]["arrays"].items()
        }
        for landscape in (landscapes[precision], landscapes["float32"])
    )
    assert "rounding.length" not in exact
    for name in ("distance", "length"):
        share = own[f"rounding.{name}"][:-1]
        assert (share > 0).all()
        difference = np.abs(own[name][:-1] - exact[name][:-1])
        assert (difference <= share * own[name][:-1] + 1e-6).all()
        assert own[f"rounding.{name}"][-1] == 0 or np.isnan(own[f"rounding.{name}"][-1])
    limit = 2**-11 if precision == "float16" else 2**-8
    norm = np.linalg.norm(rounded["float32"].snapshots, axis=1).max()
    assert (own["rounding.length"][:-1] * own["length"][:-1]).max() < limit * norm


def test_an_unknown_precision_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r'snapshot_precision is "float8"; .* float32, float16'):
        Recorder(
            tmp_path,
            network=torch.nn.Linear(2, 2),
            factory="torch.nn:Linear",
            options={"in_features": 2, "out_features": 2},
            steps=2,
            snapshot_precision="float8",  # type: ignore[arg-type]
        )
