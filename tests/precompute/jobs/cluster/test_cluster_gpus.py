"""GPUs of a cluster's workers: one for each worker, which announces it. Without a GPU."""

import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch

from descent_atlas.jobs import worker_devices
from descent_atlas.jobs.cluster import cluster_run, cluster_workers, worker_report
from descent_atlas.jobs.cluster.cluster_error import ClusterError
from descent_atlas.jobs.cluster.cluster_executor import ClusterExecutor
from descent_atlas.jobs.cluster.cluster_run import wait_for_workers
from descent_atlas.jobs.cluster.cluster_workers import AGAIN_SECONDS, ClusterWorkers
from descent_atlas.jobs.cluster.dask_connection import DaskConnection
from descent_atlas.jobs.cluster.folder_claim import FolderClaim
from descent_atlas.jobs.cluster.lease_file import COMMAND, FOLDER, HeldLease
from descent_atlas.jobs.cluster.leased_job import LeasedJob
from descent_atlas.jobs.cluster.worker_examination import Examination, list_versions
from descent_atlas.jobs.cluster.worker_requirements import Requirements
from descent_atlas.jobs.scheduler import run_job
from descent_atlas.study.study_files import StudyError
from tests.precompute.jobs.cluster.test_leases import grant
from tests.precompute.jobs.test_scheduler import Note

ONE = {"GPU": 1.0}


@dataclass(frozen=True)
class GpuWorker:
    """A worker as a scheduler knows it, and what its process would find out.

    `visible` is its CUDA_VISIBLE_DEVICES, `id` that of its GPU; without one it has no GPU.
    """

    visible: str | None = None
    host: str = "node"
    id: str = "GPU-8932f937"
    resources: dict[str, float] = field(default_factory=lambda: dict(ONE))


@dataclass
class GpuCluster:
    """A connection to workers that examine themselves, in this process, and compute nothing."""

    root: Path
    patch: pytest.MonkeyPatch
    workers: dict[str, GpuWorker] = field(default_factory=dict)
    submitted: list[tuple[Any, str, dict[str, float]]] = field(default_factory=list)
    now: float = 0.0
    address: str = "tcp://scheduler:8786"

    def __post_init__(self) -> None:
        self.claim = FolderClaim(
            HeldLease(grant(self.root / FOLDER / COMMAND, "command", stopping=False), "command")
        )
        self.known = ClusterWorkers(
            cast(DaskConnection, self),
            Examination(self.root, "command", list_versions(), "cuda", ()),
            Requirements(root=self.root, command="command", memory=0, device="cuda"),
        )
        self.told: list[str] = []
        self.known.tell = self.told.append

    def list_workers(self) -> dict[str, dict[str, Any]]:
        return {name: {"resources": worker.resources} for name, worker in self.workers.items()}

    def submit(
        self, call: Callable[[], Any], *, worker: str, resources: dict[str, float], **options: Any
    ) -> Any:
        self.submitted.append((call, worker, resources))
        is_job = isinstance(call, LeasedJob)
        report = None if is_job else self.examine(self.workers[worker], call)
        return SimpleNamespace(
            status="pending" if is_job else "finished",
            done=lambda: not is_job,
            result=lambda timeout: report,
            add_done_callback=lambda act: None,
        )

    def examine(self, worker: GpuWorker, call: Callable[[], Any]) -> Any:
        """Make a call as in the process of a worker."""
        with pytest.MonkeyPatch.context() as patch:
            if worker.visible is None:
                patch.delenv(worker_devices.VISIBLE, raising=False)
            else:
                patch.setenv(worker_devices.VISIBLE, worker.visible)
            patch.setattr(socket, "gethostname", lambda: worker.host)
            found = SimpleNamespace(uuid=worker.id)
            patch.setattr(torch.cuda, "get_device_properties", lambda device: found)
            patch.setattr(worker_report, "find_device", lambda name: look_for(worker, name))
            return call()

    def wait(self) -> None:
        """Wait for workers, as the command does before its first job."""
        wait_for_workers(self.known, self.told.append)


def look_for(worker: GpuWorker, device: str) -> torch.device:
    """Return a worker's device. Raises StudyError if it is not there."""
    if not worker.id:
        raise StudyError(f"device: there is no {device} on this machine")
    return torch.device(device)


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    memory = SimpleNamespace(memory_limit=None)
    monkeypatch.setattr("distributed.get_worker", lambda: SimpleNamespace(memory_manager=memory))
    monkeypatch.setattr(worker_report, "_command", "")
    cluster = GpuCluster(tmp_path, monkeypatch)
    clock = SimpleNamespace(monotonic=lambda: cluster.now, sleep=lambda seconds: None)
    for module in (cluster_run, cluster_workers):
        monkeypatch.setattr(module, "time", clock)
    yield cluster
    cluster.claim.close()


def test_each_job_takes_the_gpu_of_its_worker_and_an_examination_none(cluster: GpuCluster) -> None:
    cluster.workers |= {"a": GpuWorker("0"), "b": GpuWorker("1")}
    cluster.wait()
    messages = cast(Any, SimpleNamespace(put=lambda message: None))
    executor = ClusterExecutor(
        cluster.known, cluster.claim, messages, cluster.told.append, lambda count: None
    )
    for name in ("first", "second"):
        executor.submit(run_job, Note(name, []))
    executor.step()
    examined, placed = cluster.submitted[:2], cluster.submitted[2:]
    assert [(worker, resources) for _, worker, resources in examined] == [("a", {}), ("b", {})]
    assert [(worker, resources) for _, worker, resources in placed] == [("a", ONE), ("b", ONE)]


@pytest.mark.parametrize(
    ("worker", "fault"),
    [
        (GpuWorker("1", resources={}), "it announces no GPU; start it with --resources GPU=1"),
        (
            GpuWorker("1", resources={"GPU": 0.5}),
            "it announces no GPU; start it with --resources GPU=1",
        ),
        (GpuWorker(id=""), "device: there is no cuda on this machine"),
        (
            GpuWorker("0"),
            "it shares GPU 0 of node (GPU-8932f937) with tcp://a:1; start each worker with a "
            "CUDA_VISIBLE_DEVICES of its own",
        ),
    ],
)
def test_a_worker_without_a_gpu_of_its_own_is_named_before_any_work(
    worker: GpuWorker, fault: str, cluster: GpuCluster
) -> None:
    cluster.workers |= {"tcp://a:1": GpuWorker("0"), "tcp://b:2": worker}
    with pytest.raises(ClusterError) as raised:
        cluster.wait()
    named = f"These workers are not fit for this study:\ntcp://b:2: {fault}"
    assert str(raised.value) == named
    assert not any(isinstance(call, LeasedJob) for call, _, _ in cluster.submitted)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (GpuWorker("0"), GpuWorker("1", id="GPU-61c2a1b0")),
        (GpuWorker("0,1"), GpuWorker("1,0", id="GPU-61c2a1b0")),
        (GpuWorker("0", host="other"), GpuWorker("0", id="GPU-61c2a1b0")),
        (GpuWorker(), GpuWorker(id="GPU-61c2a1b0")),  # two containers, each with one of its own
        (GpuWorker("MIG-1a"), GpuWorker("MIG-2b")),  # two parts of one
    ],
)
def test_workers_of_different_gpus_are_fit(
    first: GpuWorker, second: GpuWorker, cluster: GpuCluster
) -> None:
    cluster.workers |= {"a": first, "b": second}
    cluster.wait()
    assert len(cluster.known.ready) == 2


@pytest.mark.parametrize("visible", [None, "0", "GPU-8932f937,GPU-61c2a1b0"])
def test_two_workers_that_see_the_same_gpus_share_the_first(
    visible: str | None, cluster: GpuCluster
) -> None:
    cluster.workers |= {"a": GpuWorker(visible), "b": GpuWorker(visible)}
    with pytest.raises(ClusterError, match=r"b: it shares GPU .* with a; "):
        cluster.wait()


def test_a_worker_gets_a_gpu_whose_former_worker_left(cluster: GpuCluster) -> None:
    cluster.workers["a"] = GpuWorker("0")
    cluster.wait()
    cluster.known.tells_faults = True
    cluster.workers["b"] = GpuWorker("0")
    for _ in range(2):
        cluster.known.refresh()
    assert cluster.told[-1].startswith("b gets no job: it shares GPU 0 of node ")
    del cluster.workers["a"]
    cluster.now += AGAIN_SECONDS + 1
    for _ in range(2):
        cluster.known.refresh()
    assert [worker.address for worker in cluster.known.ready] == ["b"]
