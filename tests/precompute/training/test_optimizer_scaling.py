"""The optimizer's own scaling, as runs keep it, compared with PyTorch's optimizers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from descent_atlas.training.images.datasets import ImageDataset
from descent_atlas.training.loop import StoppedError, train
from descent_atlas.training.loops.training_plan import Training
from descent_atlas.training.networks import build, layout
from descent_atlas.training.optimizer_scaling import SCALING_COUNT, find_scaling, plan_scalings
from descent_atlas.training.run_manifest import SCALINGS, RunError
from descent_atlas.training.runs import TrainingRun
from descent_atlas.training.snapshot_plan import plan_snapshots
from tests.precompute.training.test_loop import hash_files

ADAM = Training(
    id="adam",
    factory="descent_atlas.training.networks:mlp",
    options={"sizes": [48, 16, 3]},
    optimizer="Adam",
    hyperparameters={"lr": 0.01},
    batch_size=None,
    epochs=50,
    seed=1,
    patience=None,
    snapshots=40,
)


def test_twenty_of_the_uniform_snapshots_have_a_scaling() -> None:
    planned = plan_snapshots(15_640, 200)
    kept = sorted(plan_scalings(planned))
    assert len(kept) == SCALING_COUNT
    assert kept[-1] == 15_640
    assert set(kept) <= {step for step, early in planned.items() if not early}
    assert set(np.diff(kept)) == {782}
    assert plan_scalings(plan_snapshots(3, 200)) == {1, 2, 3}


@pytest.mark.parametrize(
    ("optimizer", "name"),
    [("Adam", "exp_avg_sq"), ("RMSprop", "square_avg"), ("Adagrad", "sum"), ("Adamax", "exp_inf")],
)
def test_the_scaling_kept_is_the_state_of_a_plain_loop_of_pytorch(
    tmp_path: Path, dataset: ImageDataset, optimizer: str, name: str
) -> None:
    train(tmp_path / "run", replace(ADAM, optimizer=optimizer), dataset)
    run = TrainingRun.load(tmp_path / "run")
    assert run.scaling_name == name
    assert run.scalings.shape == (SCALING_COUNT, run.layout.size)
    assert set(run.scaling_steps) <= set(run.snapshot_steps)
    network = build(ADAM.factory, ADAM.seed, **ADAM.options)
    plain = getattr(torch.optim, optimizer)(network.parameters(), lr=0.01)
    images, labels = dataset.train.inputs(slice(None)), dataset.train.labels
    for step in range(1, ADAM.epochs + 1):
        plain.zero_grad()
        cross_entropy(network(images), labels).backward()  # type: ignore[no-untyped-call]
        plain.step()
        if step in run.scaling_steps:
            kept = run.scalings[run.scaling_steps.tolist().index(step)]
            own = torch.cat([plain.state[each][name].flatten() for each in network.parameters()])
            np.testing.assert_array_equal(kept, own.numpy())


def test_a_run_that_was_cut_short_keeps_the_same_scalings(
    tmp_path: Path, dataset: ImageDataset
) -> None:
    train(tmp_path / "unbroken", ADAM, dataset)

    def stop(fraction: float) -> None:
        if fraction > 0.5:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(tmp_path / "broken", ADAM, dataset, report=stop)
    half = TrainingRun.load(tmp_path / "broken")
    assert 0 < len(half.scaling_steps) < SCALING_COUNT
    train(tmp_path / "broken", ADAM, dataset)
    assert hash_files(tmp_path / "broken") == hash_files(tmp_path / "unbroken")


def test_a_flipped_bit_in_the_scalings_is_found(tmp_path: Path, dataset: ImageDataset) -> None:
    train(tmp_path, ADAM, dataset)
    path = tmp_path / SCALINGS
    data = bytearray(path.read_bytes())
    data[5] ^= 1
    path.write_bytes(data)
    with pytest.raises(RunError, match=r"scalings\.f32 is damaged"):
        TrainingRun.load(tmp_path)


def test_sgd_has_no_scaling(tmp_path: Path, dataset: ImageDataset) -> None:
    train(tmp_path, replace(ADAM, optimizer="SGD", hyperparameters={"lr": 0.1}), dataset)
    run = TrainingRun.load(tmp_path)
    assert (run.scaling_name, run.scalings.shape) == ("", (0, run.layout.size))


def test_a_state_of_some_of_the_parameters_is_no_scaling() -> None:
    network = build(ADAM.factory, 0, **ADAM.options)
    optimizer = torch.optim.Adam(list(network.parameters())[:2])
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)
    assert find_scaling(optimizer.state_dict(), layout(network)) is None
    optimizer.step()
    assert find_scaling(optimizer.state_dict(), layout(network)) is None
