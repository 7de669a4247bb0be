"""A study on a Dask cluster: a real scheduler and workers on loopback, and what befalls them."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from descent_atlas import precompute_cli as cli
from descent_atlas.jobs.cluster.lease_file import (
    COMMAND,
    FOLDER,
    SeenLease,
    list_job_leases,
    read_lease,
)
from descent_atlas.jobs.scheduler import run_jobs
from descent_atlas.jobs.study_jobs import list_jobs
from descent_atlas.storage.durable import hash_file
from descent_atlas.study.folder import StudyFolder, open_dataset
from descent_atlas.study.rehearsal import rehearse
from descent_atlas.study.study_data import load_study_data
from descent_atlas.study.study_files import read_study
from descent_atlas.training.runs import TrainingRun
from tests.confinement import MOUNT_PRIVATELY
from tests.precompute.jobs.dask_processes import DaskProcesses, run_dask
from tests.precompute.jobs.test_scheduler import Witness
from tests.precompute.small_studies import STUDY, write_images
from tests.servers import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.slow  # its workers load PyTorch

SHORT = STUDY.replace("epochs = 2", "epochs = 120")
"""A study of which one run takes a second, in which it is killed."""

LONGER = STUDY.replace("epochs = 2", "epochs = 1_500")
"""A study of which each run takes seconds, so that it is somewhere in the middle for long."""

MANY = STUDY.replace("epochs = 2", "epochs = 300").replace(
    "batch_size = 4", f"batch_size = 4\nseeds = {list(range(40))}"
)
"""A study of many runs, of which most are done between two kills."""

ENDLESS = STUDY.replace("epochs = 2", "epochs = 100_000")

LITTLE = 0.01
"""The fraction of a job after which it is certainly at work."""


def write_study(folder: Path, text: str) -> Path:
    """Write a study and its images; return its file."""
    folder.mkdir(exist_ok=True)
    write_images(folder / "data")
    (folder / "study.toml").write_text(text)
    return folder / "study.toml"


def compute_quietly(study: Path) -> dict[str, str]:
    """Compute a study in this process; return the hashes of its results."""
    plan, folder = read_study(study), StudyFolder(study.parent / "quiet")
    folder.root.mkdir()
    rehearse(plan, load_study_data(plan.data, study.parent / "data", folder.dataset))
    with ThreadPoolExecutor(1) as executor:
        outcome = run_jobs(list_jobs(plan, folder), executor, Witness())
    open_dataset.cache_clear()
    assert not outcome.failed
    return hash_results(folder.root)


def hash_results(root: Path) -> dict[str, str]:
    """Return the hashes of all arrays, snapshots and final states, by their paths."""
    found = sorted((root / "landscapes").rglob("arrays.npz"))
    found += sorted((root / "runs").rglob("*.f32"))
    return {str(path.relative_to(root)): hash_file(path) for path in found}


def write_command(study: Path, address: str, *arguments: str) -> list[str]:
    """Return the arguments that compute a study on a cluster."""
    return [
        "run",
        str(study),
        *("--data", str(study.parent / "data")),
        *("--out", str(study.parent / "out")),
        *("--scheduler", address),
        *arguments,
    ]


def run_here(arguments: list[str]) -> int:
    """Run the command in this process; return its exit code."""
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


@contextmanager
def start_command(arguments: list[str], **variables: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command in a process of its own, which is killed in the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "descent_atlas.precompute_cli", *arguments],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def find_running(root: Path, least: float = LITTLE) -> list[SeenLease]:
    """Return the leases of running jobs of which at least this fraction is done."""
    leases = list_job_leases(root).values()
    return [
        lease
        for lease in leases
        if lease.record["state"] == "running" and lease.record["fraction"] >= least
    ]


def wait_for_job(root: Path, worker: int | None = None, least: float = LITTLE) -> SeenLease:
    """Wait for a running job, or for one in the process of this id; return its lease."""
    found: list[SeenLease] = []

    def is_running() -> bool:
        found[:] = [
            lease for lease in find_running(root, least) if worker in (None, lease.record["pid"])
        ]
        return bool(found)

    wait_until(is_running, PATIENCE_SECONDS)
    return found[0]


def use(dask: DaskProcesses, count: int = 2) -> None:
    """Start some workers."""
    for _ in range(count):
        dask.start_worker()


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[None]:
    """Act in a thread while the context runs; raise its error."""
    with ThreadPoolExecutor(1) as executor:
        acted = executor.submit(act)
        yield
        acted.result()


def test_a_study_on_two_workers_of_which_one_is_killed_gives_the_same_bits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study, out = write_study(tmp_path, SHORT), tmp_path / "out"
    with run_dask() as dask:
        use(dask)

        def kill_one() -> None:
            os.kill(wait_for_job(out, least=0.0).record["pid"], signal.SIGKILL)

        with meanwhile(kill_one):
            assert run_here(write_command(study, dask.address)) == 0
        said = capsys.readouterr().out
        assert "is gone; " in said
        assert "All jobs are done" in said
        assert list((out / FOLDER).iterdir()) == []
    assert hash_results(out) == compute_quietly(study)
    assert run_here(["check", str(out)]) == 0


def test_what_is_wrong_with_a_cluster_is_said_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    study, out = write_study(tmp_path, STUDY), tmp_path / "out"
    monkeypatch.setenv(cli.SCHEDULER_VARIABLE, "tcp://127.0.0.1:1")
    local = [*write_command(study, "")[:-2]]
    assert run_here(local) == 1
    assert "no Dask scheduler answers at tcp://127.0.0.1:1" in capsys.readouterr().err
    other = tmp_path / "other" / "numpy-1.0.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Name: numpy\nVersion: 1.0\n")
    path = os.pathsep.join([str(tmp_path / "other"), os.environ.get("PYTHONPATH", "")])
    with run_dask() as dask:
        dask.start_worker("--name", "other", PYTHONPATH=path)
        assert run_here(write_command(study, dask.address)) == 1
        said = capsys.readouterr().err
        assert "not fit for this study:\ntcp://127.0.0.1:" in said
        assert "it has numpy 1.0, this command " in said
    assert not (out / "runs").exists()


@pytest.mark.long  # it starts a worker, which loads PyTorch, for each kill
def test_workers_that_are_killed_at_random_twenty_times_change_no_bit(tmp_path: Path) -> None:
    study, out = write_study(tmp_path, MANY), tmp_path / "out"
    chance, killed = random.Random(0), 0
    with run_dask() as dask, start_command(write_command(study, dask.address)) as command:
        use(dask)
        while killed < 20 and command.poll() is None:
            wait_for_job(out)
            time.sleep(chance.random() * 3)
            victim = chance.choice([worker for worker in dask.workers if worker.poll() is None])
            os.killpg(victim.pid, signal.SIGKILL)
            victim.wait()
            killed += 1
            dask.start_worker()
        said, _ = command.communicate(timeout=PATIENCE_SECONDS * 4)
    assert killed == 20, said
    assert command.returncode == 0, said
    assert hash_results(out) == compute_quietly(study)


@pytest.mark.long
def test_the_same_command_goes_on_with_a_scheduler_that_was_killed_and_begins_anew(
    tmp_path: Path,
) -> None:
    study, out = write_study(tmp_path, LONGER), tmp_path / "out"
    with run_dask() as dask, start_command(write_command(study, dask.address)) as command:
        use(dask)
        wait_for_job(out)
        assert dask.scheduler is not None
        os.killpg(dask.scheduler.pid, signal.SIGKILL)
        dask.scheduler.wait()
        for worker in dask.workers:
            worker.wait(PATIENCE_SECONDS)  # Dask's workers end with their scheduler
        dask.start_scheduler()
        use(dask)
        said, _ = command.communicate(timeout=PATIENCE_SECONDS * 4)
    assert command.returncode == 0, said
    assert "does not answer. Start it anew" in said
    assert hash_results(out) == compute_quietly(study)


@pytest.mark.long  # a lease lapses after half a minute
def test_a_worker_that_hangs_is_named_and_cannot_write_beside_its_successor(
    tmp_path: Path,
) -> None:
    study, out = write_study(tmp_path, LONGER), tmp_path / "out"
    with run_dask() as dask, start_command(write_command(study, dask.address)) as command:
        use(dask)
        lease = wait_for_job(out)
        hanging, job = lease.record["pid"], lease.record["job"]
        os.kill(hanging, signal.SIGSTOP)

        def is_elsewhere() -> bool:
            found = [one for one in find_running(out) if one.record["job"] == job]
            return any(one.record["pid"] != hanging for one in found) or command.poll() is not None

        wait_until(is_elsewhere, PATIENCE_SECONDS)
        os.kill(hanging, signal.SIGCONT)
        said, _ = command.communicate(timeout=PATIENCE_SECONDS * 4)
    assert command.returncode == 0, said
    assert f"{lease.record['worker']} hangs" in said
    assert hash_results(out) == compute_quietly(study)


@pytest.mark.long
def test_a_worker_that_loses_the_folder_is_named_and_gets_no_job(tmp_path: Path) -> None:
    study, out = write_study(tmp_path, LONGER), tmp_path / "out"
    with run_dask() as dask, start_command(write_command(study, dask.address)) as command:
        losing = dask.start_worker(under=MOUNT_PRIVATELY)
        lease = wait_for_job(out, losing.pid)
        dask.start_worker()
        enter = ["nsenter", "--target", str(losing.pid), "--mount"]
        subprocess.run([*enter, "mount", "-t", "tmpfs", "none", str(out)], check=True)
        said, _ = command.communicate(timeout=PATIENCE_SECONDS * 4)
    assert command.returncode == 0, said
    assert f"{lease.record['worker']}: it has lost the" in said
    assert f"{lease.record['worker']} gets no job: it does not see the folder {out}" in said
    assert hash_results(out) == compute_quietly(study)


@pytest.mark.long
def test_ctrl_c_saves_the_state_on_all_workers_and_a_second_command_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    study, out = write_study(tmp_path, ENDLESS), tmp_path / "out"
    with run_dask() as dask:
        use(dask)
        arguments = write_command(study, dask.address, "--only", "sgd", "gd")
        with start_command(arguments) as command:
            wait_until(lambda: len(find_running(out)) == 2, PATIENCE_SECONDS)
            assert run_here(["status", str(study), "--out", str(out)]) == 0
            assert "running    sgd-seed0: " in capsys.readouterr().out
            monkeypatch.setattr(cli, "COMMAND_SECONDS", 0.2)
            monkeypatch.setattr(cli, "LOCK", ".lock-that-does-not-reach-another-machine")
            monkeypatch.setattr(cli, "WRITERS", ".writers-of-another-machine")
            monkeypatch.setattr("descent_atlas.jobs.cluster.folder_claim.read_boot_id", lambda: "")
            assert run_here(arguments) == 1
            assert f"another command computes in {out}: process {command.pid} on" in (
                capsys.readouterr().err
            )
            command.send_signal(signal.SIGINT)
            said, _ = command.communicate(timeout=PATIENCE_SECONDS)
        assert command.returncode == cli.INTERRUPTED, said
        assert "Interrupted. Rerun the same command to continue." in said
        assert list_job_leases(out) == {}
    for path in (out / "runs").iterdir():
        run = TrainingRun.load(path)
        assert run.status == "running"
        assert 0 < run.steps < run.planned_steps


@pytest.mark.long
def test_the_command_that_follows_a_killed_one_goes_on_where_its_jobs_stopped(
    tmp_path: Path,
) -> None:
    study, out = write_study(tmp_path, LONGER), tmp_path / "out"
    with run_dask() as dask:
        use(dask)
        arguments = write_command(study, dask.address)
        with start_command(arguments) as command:
            wait_for_job(out)
            command.kill()
            command.wait()
        killed = read_lease(out / FOLDER / COMMAND)
        assert killed is not None and killed.record["pid"] == command.pid
        assert run_here(arguments) == 0
    assert hash_results(out) == compute_quietly(study)
    shutil.rmtree(out)
