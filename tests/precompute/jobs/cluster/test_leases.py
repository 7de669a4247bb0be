"""Leases: who may write in a folder that several machines share."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from descent_atlas.jobs.cluster import folder_claim, lease_file
from descent_atlas.jobs.cluster.folder_claim import claim_folder, release_folder
from descent_atlas.jobs.cluster.lease_file import (
    COMMAND,
    FOLDER,
    LAPSE_SECONDS,
    MARK,
    HeldLease,
    LeaseLostError,
    find_job_lease,
    is_beating,
    put_lease,
    read_clock,
    read_lease,
)
from descent_atlas.jobs.locks import LockError
from descent_atlas.storage.array_folder import read_folder, write_folder
from descent_atlas.storage.durable import remove, rename, write_document, write_whole
from descent_atlas.storage.fencing import fenced
from descent_atlas.training.recording.row_file import RowFile
from tests.servers import wait_until

LOCAL = {"host": "here", "pid": 1, "boot": folder_claim.read_boot_id(), "scheduler": "tcp://a:1"}
REMOTE = {**LOCAL, "host": "elsewhere", "boot": "another"}


def grant(path: Path, token: str, **record: Any) -> Path:
    """Put a lease into its file."""
    path.parent.mkdir(exist_ok=True)
    put_lease(path, {"token": token, **record})
    return path


def age(path: Path) -> None:
    """Let a lease look as if its holder had been silent for long."""
    then = time.time() - 2 * LAPSE_SECONDS
    os.utime(path, (then, then))


@pytest.fixture
def lease(tmp_path: Path) -> Path:
    return grant(find_job_lease(tmp_path, "sgd/path"), "first", state="granted")


def test_a_beat_leaves_its_record_and_the_time_of_the_file_system(lease: Path) -> None:
    age(lease)
    held = HeldLease(lease, "first")
    now = held.beat(state="running", fraction=0.5)
    held.close()
    seen = read_lease(lease)
    assert seen is not None
    assert seen.record == {"token": "first", "state": "running", "fraction": 0.5}
    assert seen.time == now
    assert is_beating(seen, read_clock(lease.parent))
    assert not is_beating(seen, now + LAPSE_SECONDS + 1)
    assert len(list(lease.parent.iterdir())) == 1


def test_who_lost_a_lease_knows_and_its_beats_reach_nobody(lease: Path) -> None:
    held = HeldLease(lease, "first")
    grant(lease, "second", state="granted")
    with pytest.raises(LeaseLostError, match="given to another"):
        held.check()
    with pytest.raises(LeaseLostError):
        held.beat(state="running")
    os.pwrite(held._descriptor or 0, lease_file.pack_record({"token": "first"}), 0)  # too late
    held.close()
    seen = read_lease(lease)
    assert seen is not None and seen.token == "second"
    lease.unlink()
    with pytest.raises(LeaseLostError, match="missing"):
        HeldLease(lease, "second")


@pytest.mark.parametrize(
    "write",
    [
        lambda folder: write_whole(folder / "file", b"new"),
        lambda folder: write_document(folder / "file", {}),
        lambda folder: rename(folder / "other", folder / "file"),
        lambda folder: remove(folder / "file"),
        lambda folder: write_folder(folder / "array", {"new": 1}, {"x": np.zeros(2)}),
        lambda folder: RowFile(folder / "file", 4).restart(),
    ],
)
def test_without_its_lease_a_process_replaces_and_removes_nothing(
    write: Callable[[Path], object], lease: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "other").write_text("other")
    write_folder(tmp_path / "array", {"new": 0}, {"x": np.ones(2)})
    before = sorted(tmp_path.rglob("*"))
    held = HeldLease(lease, "first")
    lease.unlink()
    with fenced(held.check), pytest.raises(LeaseLostError):
        write(tmp_path)
    held.close()
    assert (tmp_path / "file").read_text() == "old"
    assert read_folder(tmp_path / "array")[0]["new"] == 0
    assert sorted(tmp_path.rglob("*")) == [path for path in before if path != lease]
    write(tmp_path)  # outside of the fence nothing is checked


def test_rows_of_a_process_that_lost_its_run_do_not_reach_its_successor(tmp_path: Path) -> None:
    lost = RowFile(tmp_path / "rows", 4)
    lost.restart()
    lost.open()
    lost.append(1, memoryview(b"aaaa"))
    lost.flush()
    taken = RowFile(tmp_path / "rows", 4)
    with fenced(lambda: None):
        assert taken.resume([1], lost.sha256)
    taken.open()
    lost.append(2, memoryview(b"bbbb"))
    lost.flush()
    taken.append(2, memoryview(b"cccc"))
    taken.flush()
    assert (tmp_path / "rows").read_bytes() == b"aaaacccc"
    lost.close()
    taken.close()


def test_a_second_command_is_refused_by_the_name_of_the_first(tmp_path: Path) -> None:
    grant(tmp_path / FOLDER / COMMAND, "other", **REMOTE)
    with (
        pytest.raises(LockError, match=r"process 1 on elsewhere, on the cluster tcp://a:1; wait"),
        claim_folder(tmp_path, "tcp://b:2", 0, 0),
    ):
        pass
    with pytest.raises(LockError, match="process 1 on elsewhere"):
        release_folder(tmp_path)
    seen = read_lease(tmp_path / FOLDER / COMMAND)
    assert seen is not None and seen.token == "other"


@pytest.mark.parametrize("record", [LOCAL, REMOTE])
def test_the_claim_of_a_command_that_is_dead_is_taken_over(
    record: dict[str, Any], tmp_path: Path
) -> None:
    stale = grant(tmp_path / FOLDER / COMMAND, "other", **record)
    (tmp_path / FOLDER / f"{MARK}that-it-did-not-read").write_text("other")
    if record is REMOTE:
        age(stale)
    with claim_folder(tmp_path, "tcp://b:2", 0, 0) as claim:
        seen = read_lease(stale)
        assert seen is not None and seen.token == claim.token
        assert seen.record["stopping"] is False
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_of_two_that_find_a_dead_claim_one_gets_it(tmp_path: Path) -> None:
    path = grant(tmp_path / FOLDER / COMMAND, "dead", **REMOTE)
    dead = read_lease(path)
    grant(path, "quicker", **REMOTE)
    folder_claim.clear_lease(path, dead)
    seen = read_lease(path)
    assert seen is not None and seen.token == "quicker"
    assert len(list(path.parent.iterdir())) == 1


def test_a_command_on_one_machine_waits_for_the_jobs_of_a_dead_cluster_command(
    tmp_path: Path,
) -> None:
    release_folder(tmp_path)  # nothing is there
    lease = grant(
        find_job_lease(tmp_path, "sgd"), "job", state="running", job="sgd", worker="tcp://c:3"
    )
    with pytest.raises(LockError, match="tcp://c:3 still computes sgd"):
        release_folder(tmp_path)
    held = HeldLease(lease, "job")
    age(lease)
    release_folder(tmp_path)
    assert not (tmp_path / FOLDER).exists()
    with pytest.raises(LeaseLostError):
        held.check()
    held.close()


def test_a_claim_says_that_jobs_should_stop_and_notices_that_it_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_claim, "BEAT_SECONDS", 0.01)
    with claim_folder(tmp_path, "tcp://b:2", 0, 0) as claim:
        path = claim.lease.path
        claim.set()
        wait_until(lambda: bool((seen := read_lease(path)) and seen.record["stopping"]))
        grant(path, "other", **REMOTE)
        wait_until(lambda: isinstance(claim.error, LeaseLostError))
    seen = read_lease(path)
    assert seen is not None and seen.token == "other"  # it did not remove what is not its own
