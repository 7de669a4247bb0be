"""The factory of a Recorder, compared with the network before training begins."""

import subprocess
import sys
from pathlib import Path

import pytest
from torch import nn

from descent_atlas.training import Recorder
from descent_atlas.training.networks import NetworkError
from descent_atlas.training.recording.factory_check import check_factory
from tests.precompute.training import recorded_networks

NAME = recorded_networks.NAME


def test_a_factory_that_makes_the_network_passes() -> None:
    for name in ("line", "normalized", "half_frozen"):
        check_factory(getattr(recorded_networks, name)(), f"{NAME}:{name}", 0, {})
    check_factory(recorded_networks.activated("ReLU"), f"{NAME}:activated", 0, {"function": "ReLU"})


@pytest.mark.parametrize(
    ("network", "factory", "fault"),
    [
        (nn.Linear(3, 1), "line", r"weight is \(1, 3\) float32 in the network, \(1, 2\) float32"),
        (nn.Linear(2, 1, bias=False), "line", "parameter bias is missing in the network"),
        (recorded_networks.activated("ReLU"), "activated", r"1 is ReLU\(\) in the network, Tanh"),
        (nn.Linear(2, 1), "broken", "failed: no such width"),
        (nn.Linear(2, 1), "nothing", "there is no network factory"),
        (nn.Linear(2, 1), "NAME", "cannot be called"),
        (recorded_networks.normalized(False), "normalized", "buffer 1.running_mean is missing"),
    ],
)
def test_a_factory_that_does_not_is_named_before_training(
    tmp_path: Path, network: nn.Module, factory: str, fault: str
) -> None:
    with pytest.raises(NetworkError, match=fault):
        Recorder(tmp_path / "run", network=network, factory=f"{NAME}:{factory}", steps=2)
    assert not (tmp_path / "run").exists()


def test_tied_parameters_are_compared_as_such() -> None:
    network = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    network[1].weight = network[0].weight
    with pytest.raises(NetworkError, match=r"tied with 0\.weight"):
        check_factory(network, f"{NAME}:two_lines", 0, {})


def test_loss_and_data_that_cannot_be_imported_are_named(tmp_path: Path) -> None:
    for role in ("loss", "data"):
        with pytest.raises(NetworkError, match=f"there is no {role}"):
            Recorder(
                tmp_path / "run",
                network=recorded_networks.line(),
                factory=f"{NAME}:line",
                steps=2,
                loss=f"{NAME}:nowhere" if role == "loss" else None,
                data=f"{NAME}:nowhere" if role == "data" else None,
            )


def run_program(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Run a program train.py in a folder."""
    (folder / "train.py").write_text(text)
    return subprocess.run(
        [sys.executable, "train.py"], cwd=folder, capture_output=True, text=True, check=False
    )


PROGRAM = """\
from torch import nn
from descent_atlas.training import Recorder

def network():
    return nn.Linear(2, 1)

def main():
    with Recorder("run", network=network(), factory="train:network", steps=1) as recorder:
        recorder.snapshot(1)
    print("once")

"""


def test_a_program_with_a_guard_may_hold_its_factory(tmp_path: Path) -> None:
    done = run_program(tmp_path, PROGRAM + 'if __name__ == "__main__":\n    main()\n')
    assert (done.returncode, done.stdout) == (0, "once\n"), done.stderr


def test_a_program_that_reading_its_network_would_run_again_is_told(tmp_path: Path) -> None:
    done = run_program(tmp_path, PROGRAM + "main()\n")
    assert done.returncode != 0
    assert "put what trains under" in done.stderr


def test_a_factory_of_the_program_itself_is_told_its_name(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="name the file's module"):
        check_factory(nn.Linear(2, 1), "__main__:network", 0, {})
