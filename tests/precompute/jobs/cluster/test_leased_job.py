"""A job on a worker: its lease, when it stops, and whose fault an error is."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from descent_atlas.jobs.cluster import leased_job, worker_report
from descent_atlas.jobs.cluster.lease_file import (
    COMMAND,
    FOLDER,
    HeldLease,
    find_job_lease,
    put_lease,
    read_lease,
)
from descent_atlas.jobs.cluster.leased_job import Beats, LeasedJob, UnfitWorkerError
from descent_atlas.jobs.cluster.worker_examination import Examination, list_versions
from descent_atlas.jobs.cluster.worker_requirements import Requirements
from descent_atlas.jobs.scheduler import Reporter, run_job
from descent_atlas.storage.durable import write_whole
from descent_atlas.study.folder import StudyFolder
from descent_atlas.training.loop import StoppedError
from tests.precompute.jobs.cluster.test_leases import age, grant


@dataclass(frozen=True)
class Act:
    """A job that does something."""

    act: Callable[[Reporter], object]
    id: str = "act"
    needs: tuple[str, ...] = ()
    cost: float = 1.0

    def is_done(self) -> bool:
        return False

    def run(self, report: Reporter) -> None:
        self.act(report)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that a command has claimed, with the lease of one job, in an examined worker."""
    grant(tmp_path / FOLDER / COMMAND, "command", stopping=False)
    grant(find_job_lease(tmp_path, "act"), "token", state="granted")
    memory = SimpleNamespace(memory_limit=None)
    own = SimpleNamespace(status=SimpleNamespace(name="running"), memory_manager=memory)
    monkeypatch.setattr(leased_job, "get_worker", lambda: own)
    monkeypatch.setattr("distributed.get_worker", lambda: own)
    monkeypatch.setattr(worker_report, "_command", "command")
    return tmp_path


def run(root: Path, act: Callable[[Reporter], object] = lambda report: None) -> None:
    """Run a job as a worker does."""
    LeasedJob(run_job, Act(act), root, "command", find_job_lease(root, "act"), "token")()


def test_a_finished_job_says_in_its_lease_how_long_it_took(root: Path) -> None:
    run(root, lambda report: report(0.3))
    lease = read_lease(find_job_lease(root, "act"))
    assert lease is not None
    assert (lease.record["state"], lease.record["fraction"]) == ("done", 1.0)
    assert lease.record["seconds"] >= 0


def test_a_jobs_own_error_is_told_as_it_is(root: Path) -> None:
    def fail(report: Reporter) -> None:
        raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space left"):
        run(root, fail)
    lease = read_lease(find_job_lease(root, "act"))
    assert lease is not None and lease.record["state"] == "ended"


def test_an_error_of_a_worker_that_lost_folder_or_lease_is_the_workers(root: Path) -> None:
    def lose_folder(report: Reporter) -> None:
        (root / FOLDER).rename(root / "away")
        raise FileNotFoundError("snapshots.f32")

    with pytest.raises(UnfitWorkerError, match=r"it has lost the lease"):
        run(root, lambda report: write_after_loss(root))
    with pytest.raises(UnfitWorkerError, match="it does not have the lease"):
        run(root)
    grant(find_job_lease(root, "act"), "token", state="granted")
    with pytest.raises(UnfitWorkerError, match=f"lost the folder {root}: snapshots.f32"):
        run(root, lose_folder)


def write_after_loss(root: Path) -> None:
    grant(find_job_lease(root, "act"), "successor", state="granted")
    write_whole(root / "output", b"of the former")


def test_a_process_that_was_not_examined_gets_no_job(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_report, "_command", "another")
    with pytest.raises(UnfitWorkerError, match="must be examined"):
        run(root)


@pytest.mark.parametrize(
    ("change", "stops"),
    [
        (lambda root: None, False),
        (lambda root: grant(root / FOLDER / COMMAND, "command", stopping=True), True),
        (lambda root: grant(root / FOLDER / COMMAND, "another", stopping=False), True),
        (lambda root: (root / FOLDER / COMMAND).unlink(), True),
        (lambda root: age(root / FOLDER / COMMAND), True),
    ],
)
def test_a_job_stops_when_its_command_ended_or_says_so(
    change: Callable[[Path], object], stops: bool, root: Path
) -> None:
    beats = make_beats(root)
    change(root)
    beats.beat()
    assert beats.channel.stop.is_set() is stops
    report = Reporter("act", beats.channel)
    if stops:
        with pytest.raises(StoppedError):
            report(0.5)
    else:
        report(0.5)
        beats.beat()
        lease = read_lease(find_job_lease(root, "act"))
        assert lease is not None and lease.record["fraction"] == 0.5
    beats.lease.close()


def test_a_job_stops_when_its_worker_leaves(root: Path) -> None:
    beats = make_beats(root, is_leaving=True)
    beats.beat()
    assert beats.channel.stop.is_set()
    beats.lease.close()


def make_beats(root: Path, is_leaving: bool = False) -> Beats:
    lease = HeldLease(find_job_lease(root, "act"), "token")
    return Beats(lease, root, "command", lambda: is_leaving)


def test_a_fit_worker_has_no_faults_and_each_fault_is_named(root: Path) -> None:
    def examine(**changes: object) -> list[str]:
        report = {**Examination(root, "command", own, "cpu", ())(), **changes}
        return list(needs.find_faults(report, {}))

    own = list_versions()
    needs = Requirements(root=root, command="command", memory=1000, device="cpu")
    assert examine() == []
    assert not list((root / FOLDER).glob("mark-*"))
    other = {**own, "torch": "1.0", "descent-atlas": "0.1.0 (other)"}
    assert Examination(root, "command", other, "cpu", ())() == {"versions": own}
    assert examine(versions=other) == [
        f"it has torch 1.0, this command {own['torch']}",
        f"it has descent-atlas 0.1.0 (other), this command {own['descent-atlas']}",
    ]
    assert examine(memory=1) == ["it has 1 bytes of memory left, a job takes at least 1 kB"]
    assert examine(device="there is no cuda") == ["there is no cuda"]
    for mark in (None, "mark-of-nobody", "../file"):
        assert "does not see the folder" in examine(mark=mark)[0]
    put_lease(root / FOLDER / COMMAND, {"token": "another"})
    assert "does not see the folder" in examine()[0]
    shutil.rmtree(root / FOLDER)
    assert "does not see the folder" in examine()[0]
    on_gpu = replace(needs, device="cuda")
    assert on_gpu.resources == {"GPU": 1}
    report = {**Examination(root, "command", own, "cpu", ())(), "mark": None}
    assert "it announces no GPU; start it with --resources GPU=1" in on_gpu.find_faults(report, {})
    assert len(on_gpu.find_faults(report, {"GPU": 1})) == 1


def test_a_worker_reads_data_and_code_anew_for_another_command(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    from descent_atlas.study.code_record import CodePart, CodeRecord, write_record

    monkeypatch.setattr(worker_report, "_command", "")
    monkeypatch.setattr(worker_report, "_paths", ())
    monkeypatch.setattr(sys, "path", [*sys.path])
    code = tmp_path / "code"
    code.mkdir()
    module = code / "network_of_a_user.py"
    part = CodePart(files={"network_of_a_user": ""})
    write_record(StudyFolder(root), CodeRecord(parts={"network": part}))
    for command, text in (("first", "SIZE = 1"), ("second", "SIZE = 20")):
        module.write_text(text)
        put_lease(root / FOLDER / COMMAND, {"token": command})
        Examination(root, command, list_versions(), "cpu", (str(code),))()
        import network_of_a_user  # type: ignore[import-not-found]

        assert f"SIZE = {network_of_a_user.SIZE}" == text
        assert worker_report.was_examined(command)
    assert sys.path.count(str(code)) == 1
