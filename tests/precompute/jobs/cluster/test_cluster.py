"""A study on a Dask cluster: a real scheduler and workers on loopback, and what befalls them."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from descent_atlas import precompute_cli as cli
from descent_atlas.jobs.cluster.lease_file import (
    COMMAND,
    FOLDER,
    list_job_leases,
    read_lease,
)
from descent_atlas.training.runs import TrainingRun
from tests.confinement import MOUNT_PRIVATELY
from tests.precompute.jobs.cluster.cluster_studies import (
    ENDLESS,
    LONGER,
    SHORT,
    compute_quietly,
    find_running,
    hash_results,
    meanwhile,
    run_here,
    start_command,
    wait_for_job,
    wait_until_elsewhere,
    write_command,
    write_study,
)
from tests.precompute.jobs.cluster.dask_processes import run_dask
from tests.precompute.small_studies import STUDY
from tests.servers import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.slow  # its workers load PyTorch


def test_a_study_on_two_workers_of_which_one_is_killed_gives_the_same_bits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study, out = write_study(tmp_path, SHORT), tmp_path / "out"
    with run_dask() as dask:
        dask.start_workers(2)

        def kill_one() -> None:
            os.kill(wait_for_job(out, least=0.0).record["pid"], signal.SIGKILL)

        with meanwhile(kill_one):
            assert run_here(write_command(study, dask.address)) == 0
        said = capsys.readouterr().out
        assert "is gone; " in said
        assert "All jobs are done" in said
        assert "dashboard" not in said  # it is not served, see `DaskProcesses.start_scheduler`
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


@pytest.mark.long
def test_the_same_command_goes_on_with_a_scheduler_that_was_killed_and_begins_anew(
    tmp_path: Path,
) -> None:
    study, out = write_study(tmp_path, LONGER), tmp_path / "out"
    with run_dask() as dask, start_command(write_command(study, dask.address)) as command:
        dask.start_workers(2)
        wait_for_job(out)
        dask.kill_scheduler()
        dask.start_scheduler()
        dask.start_workers(2)
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
        dask.start_workers(2)
        lease = wait_for_job(out)
        os.kill(lease.record["pid"], signal.SIGSTOP)
        wait_until_elsewhere(out, lease, command)
        os.kill(lease.record["pid"], signal.SIGCONT)
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
        dask.start_workers(2)
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
        dask.start_workers(2)
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
