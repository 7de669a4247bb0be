"""Placement of jobs on workers that come, are killed, hang and leave; without Dask's processes."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from distributed import KilledWorker

from descent_atlas import precompute_entry
from descent_atlas.jobs.cluster import cluster_executor, cluster_workers
from descent_atlas.jobs.cluster.cluster_executor import (
    LOSSES,
    ClusterExecutor,
    WorkersLostError,
)
from descent_atlas.jobs.cluster.cluster_workers import ClusterWorkers
from descent_atlas.jobs.cluster.dask_connection import DaskConnection
from descent_atlas.jobs.cluster.folder_claim import FolderClaim
from descent_atlas.jobs.cluster.lease_file import (
    COMMAND,
    FOLDER,
    GRACE_SECONDS,
    LAPSE_SECONDS,
    HeldLease,
)
from descent_atlas.jobs.cluster.leased_job import LeasedJob, UnfitWorkerError
from descent_atlas.jobs.cluster.worker_examination import Examination
from descent_atlas.jobs.cluster.worker_requirements import Requirements
from descent_atlas.jobs.scheduler import run_job
from descent_atlas.training.loop import StoppedError
from tests.precompute.jobs.cluster.test_leases import grant
from tests.precompute.jobs.test_scheduler import Note
from tests.precompute.small_studies import SMALL


class Task:
    """What Dask returns of a call."""

    def __init__(self, call: Any, worker: str) -> None:
        self.call, self.worker = call, worker
        self.status, self.error = "pending", cast(BaseException | None, None)

    def done(self) -> bool:
        return self.status != "pending"

    def exception(self) -> BaseException | None:
        return self.error

    def result(self, timeout: float) -> Any:
        return {"capability": ""}

    def add_done_callback(self, call: Callable[[Any], None]) -> None:
        pass

    def fail(self, error: BaseException) -> None:
        self.status, self.error = "error", error


@dataclass
class Cluster:
    """A scheduler's view that tests change, and the executor that sees it."""

    root: Path
    clock: list[float]
    workers: dict[str, dict[str, Any]] | None = field(default_factory=dict)
    tasks: list[Task] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    address: str = "tcp://scheduler:8786"

    def __post_init__(self) -> None:
        lease = HeldLease(grant(self.root / FOLDER / COMMAND, "command", stopping=False), "command")
        needs = Requirements(root=self.root, command="command", memory=0, device="cpu")
        object.__setattr__(needs, "find_faults", lambda report, resources: [])
        workers = ClusterWorkers(
            cast(DaskConnection, self), Examination(self.root, "command", {}, "cpu", ()), needs
        )
        self.claim = FolderClaim(lease)
        self.executor = ClusterExecutor(
            workers,
            self.claim,
            cast(Any, SimpleNamespace(put=lambda message: None)),
            self.told.append,
            lambda count: None,
        )

    def list_workers(self) -> dict[str, dict[str, Any]] | None:
        return self.workers

    def submit(self, call: Any, *, worker: str, **options: Any) -> Task:
        self.tasks.append(Task(call, worker))
        return self.tasks[-1]

    def add(self, *names: str) -> None:
        """Let workers join, and answer the examination."""
        assert self.workers is not None
        self.workers |= {name: {"resources": {}} for name in names}
        self.step()
        for task in self.tasks:
            if isinstance(task.call, Examination):
                task.status = "finished"
        self.step()

    def step(self, seconds: float = 0.0) -> None:
        """Let time pass, and the executor look."""
        self.clock[0] += seconds
        self.executor.step()

    def list_placed(self) -> list[tuple[str, str]]:
        """Return which job was given to which worker, in order."""
        calls = [(task.call, task.worker) for task in self.tasks]
        return [(call.job.id, worker) for call, worker in calls if isinstance(call, LeasedJob)]

    def write(self, **changes: Any) -> None:
        """Let the worker of the last job write to its lease."""
        call = self.tasks[-1].call
        lease = HeldLease(call.path, call.token)
        lease.beat(**changes)
        lease.close()
        self.step()


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    clock = [0.0]
    for module in (cluster_executor, cluster_workers):
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    cluster = Cluster(tmp_path, clock)
    yield cluster
    cluster.claim.close()


def test_the_costliest_job_comes_first_and_a_worker_has_one(cluster: Cluster) -> None:
    for id, cost in (("short", 1), ("long", 9), ("middle", 5)):
        cluster.executor.submit(run_job, Note(id, [], cost=cost))
    cluster.add("a", "b")
    assert [job for job, _ in cluster.list_placed()] == ["long", "middle"]
    cluster.step(100)
    assert len(cluster.list_placed()) == 2


def test_a_job_is_done_when_its_lease_says_so_even_without_a_scheduler(cluster: Cluster) -> None:
    future = cluster.executor.submit(run_job, Note("a", []))
    cluster.add("a")
    cluster.workers = None
    cluster.write(state="done", seconds=7.0)
    assert future.result(0) == 7
    assert "does not answer. Start it anew at this address" in cluster.told[0]
    cluster.workers = {}
    cluster.step()
    assert cluster.told[1:] == ["The scheduler at tcp://scheduler:8786 answers again."]


def test_a_worker_that_works_on_after_the_connection_was_lost_is_examined_when_it_is_done(
    cluster: Cluster,
) -> None:
    for name in ("job", "next"):
        cluster.executor.submit(run_job, Note(name, []))
    cluster.add("a")
    cluster.write(state="running", fraction=0.2)
    call, present, cluster.workers = cluster.tasks[-1].call, cluster.workers, None
    cluster.step()
    cluster.workers = present
    lease = HeldLease(call.path, call.token)
    for beat in range(1, 10):
        lease.beat(fraction=0.2 + beat / 100)
        cluster.step(LAPSE_SECONDS - 1)
    assert cluster.told[-1] == "The scheduler at tcp://scheduler:8786 answers again."
    assert cluster.tasks[-1].call is call
    lease.beat(state="done", seconds=7.0)
    lease.close()
    cluster.step()
    cluster.add()
    assert isinstance(cluster.tasks[-2].call, Examination)
    assert cluster.list_placed() == [("job", "a"), ("next", "a")]


def test_the_job_of_a_worker_that_is_gone_goes_on_elsewhere(cluster: Cluster) -> None:
    cluster.executor.submit(run_job, Note("job", []))
    cluster.add("a")
    cluster.write(state="running", fraction=0.2)
    cluster.add("b")
    former = cluster.tasks[1].call
    del cast(Any, cluster.workers)["a"]
    cluster.step(GRACE_SECONDS - 1)
    assert len(cluster.list_placed()) == 1  # it may be saving its state
    cluster.step(2)
    assert cluster.list_placed()[1] == ("job", "b")
    assert cluster.told == ["a is gone; job goes on elsewhere"]
    with pytest.raises(Exception, match="given to another"):
        HeldLease(former.path, former.token)


def test_a_worker_that_hangs_is_named_and_gets_no_job_until_it_answers(cluster: Cluster) -> None:
    cluster.executor.submit(run_job, Note("job", []))
    cluster.executor.submit(run_job, Note("next", [], cost=0))
    cluster.add("a")
    cluster.write(state="running", fraction=0.2)
    hanging = cluster.tasks[-1]
    cluster.step(LAPSE_SECONDS + 1)
    assert "a hangs: it has given no sign for 31 s; job goes on elsewhere" in cluster.told
    cluster.add("b")
    assert cluster.list_placed() == [("job", "a"), ("job", "b")]
    hanging.fail(UnfitWorkerError("it has lost the lease"))
    cluster.step()
    cluster.step()
    assert cluster.list_placed()[2:] == [("next", "a")]


def test_a_worker_with_a_fault_is_examined_before_it_gets_another_job(cluster: Cluster) -> None:
    cluster.executor.submit(run_job, Note("job", []))
    cluster.add("a")
    cluster.tasks[-1].fail(UnfitWorkerError("it has lost the folder /out"))
    cluster.step()
    cluster.step()
    assert cluster.told == ["a: it has lost the folder /out; job goes on elsewhere"]
    assert isinstance(cluster.tasks[-1].call, Examination)
    assert len(cluster.list_placed()) == 1
    cluster.add()
    assert cluster.list_placed()[1:] == [("job", "a")]


def test_killed_workers_fail_a_job_only_if_it_gets_no_further(cluster: Cluster) -> None:
    future = cluster.executor.submit(run_job, Note("job", []))
    cluster.add("a")
    for loss in range(2 * LOSSES - 1):
        cluster.write(state="running", fraction=0.5 if loss >= LOSSES - 1 else 0.2)
        assert not future.done()
        cluster.tasks[-1].fail(KilledWorker("job", cast(Any, None), 3))
        cluster.step()
        cluster.step()
    with pytest.raises(WorkersLostError, match="10 workers in a row"):
        future.result(0)


def test_a_job_that_fails_has_failed_and_others_go_on(cluster: Cluster) -> None:
    futures = [cluster.executor.submit(run_job, Note(name, [])) for name in ("bad", "good")]
    cluster.add("a")
    cluster.tasks[-1].fail(OSError("No space left on device"))
    cluster.step()
    cluster.step()
    assert str(futures[0].exception(0)) == "No space left on device"
    assert cluster.list_placed()[-1] == ("good", "a")


def test_on_a_stop_running_jobs_save_their_state_and_others_end_at_once(cluster: Cluster) -> None:
    futures = [cluster.executor.submit(run_job, Note(name, [])) for name in ("runs", "waits")]
    cluster.add("a")
    cluster.write(state="running", fraction=0.2)
    cluster.claim.set()
    cluster.step()
    assert isinstance(futures[1].exception(0), StoppedError)
    assert not futures[0].done()
    cluster.tasks[-1].fail(StoppedError())
    cluster.step()
    assert isinstance(futures[0].exception(0), StoppedError)


def test_without_dask_the_command_names_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "study.toml").write_text(SMALL)
    for name in ("cluster_run", "dask_connection"):
        monkeypatch.delitem(sys.modules, f"descent_atlas.jobs.cluster.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)
    words = ["run", str(tmp_path / "study.toml"), "--out", str(tmp_path / "out")]
    monkeypatch.setattr(
        sys, "argv", ["descent-atlas-precompute", *words, "--scheduler", "tcp://a:1"]
    )
    with pytest.raises(SystemExit) as ended:
        precompute_entry.main()
    assert ended.value.code == (
        "distributed is not installed. A Dask cluster needs the extras `precompute,cluster`: "
        "pip install 'descent-atlas[precompute,cluster]'"
    )
