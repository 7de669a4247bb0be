"""Which GPU each worker has: one worker a GPU, on a machine that has some."""

import multiprocessing
from pathlib import Path

import pytest
import torch

from descent_atlas import precompute_cli as cli
from descent_atlas.jobs.worker_devices import choose_workers, count_gpus, share_gpus, take_gpu
from descent_atlas.study.schema import Study
from descent_atlas.study.study_files import StudyError

SPAWNED = multiprocessing.get_context("spawn")


@pytest.fixture
def four_gpus(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A machine with four GPUs; return those that were chosen."""
    chosen: list[int] = []
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    return chosen


@pytest.mark.parametrize(
    ("device", "gpus", "workers"), [("cpu", 0, 12), ("cuda", 4, 4), ("cuda:1", 1, 1)]
)
@pytest.mark.usefixtures("four_gpus")
def test_there_are_as_many_workers_as_gpus_or_cores(device: str, gpus: int, workers: int) -> None:
    assert count_gpus(device) == gpus
    assert choose_workers(device, cores=12) == workers


@pytest.mark.parametrize(
    ("workers", "taken"), [(2, [0, 1]), (4, [0, 1, 2, 3]), (6, [0, 1, 2, 3, 0, 1])]
)
def test_each_worker_takes_a_gpu_of_its_own(
    four_gpus: list[int], workers: int, taken: list[int]
) -> None:
    shares = share_gpus(SPAWNED, "cuda", workers)
    for _ in range(workers):
        take_gpu(shares)
    assert four_gpus == taken


@pytest.mark.parametrize("device", ["cpu", "cuda:3"])
def test_workers_of_one_device_choose_nothing(four_gpus: list[int], device: str) -> None:
    take_gpu(share_gpus(SPAWNED, device, 3))
    assert not four_gpus


def test_a_device_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", "digits", "--device", "abacus"])
    assert ended.value.code == 2
    assert '"abacus" is no device: say cpu, cuda or cuda:1' in capsys.readouterr().err


def test_the_option_takes_the_place_of_the_studys_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    devices: list[str] = []

    def stop(plan: Study, dataset: object) -> None:
        devices.append(plan.device)
        devices.extend(training.device for training in plan.expand_runs())
        raise StudyError("that is enough")

    monkeypatch.setattr(cli, "load_study_data", lambda *arguments, **options: None)
    monkeypatch.setattr(cli, "rehearse", stop)
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", "digits", "--out", str(tmp_path), "--device", "cuda"])
    assert ended.value.code == 1
    assert "that is enough" in capsys.readouterr().err
    assert set(devices) == {"cuda"}
