"""A study on a Dask cluster whose network fails: cables are pulled, and packets get lost.

All machines share a folder, as they do where it comes over another network than Dask's, or where
the failure lies in one program's connections alone.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import pytest

from tests.precompute.jobs.cluster.cluster_studies import (
    LITTLE,
    compute_quietly,
    hash_results,
    start_command,
    wait_for_job,
    wait_until_elsewhere,
    write_command,
    write_study,
)
from tests.precompute.jobs.cluster.dask_processes import DaskProcesses, run_dask
from tests.precompute.jobs.cluster.network_namespaces import Machine, run_network, shake
from tests.precompute.jobs.cluster.slow_network import PAUSE, SlowNetwork
from tests.precompute.small_studies import STUDY
from tests.servers import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.namespaces

LONG = (
    STUDY.replace("descent_atlas.training.networks:mlp", f"{SlowNetwork.__module__}:SlowNetwork")
    .replace("epochs = 2", "epochs = 60")
    .replace("batch_size = 4", "batch_size = 4\nseeds = [0, 1, 2]")
)
"""A study of which a run with SGD takes longer than it takes to notice a cable that was pulled."""

VARIABLES = {
    PAUSE: "0.03",
    # The least time that Dask accepts after which a connection without an answer counts as lost. By
    # default it is 30 s.
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "11s",
}
"""What all processes have in their environment."""


@dataclass
class Site:
    """A scheduler, two workers and the command on machines of their own."""

    study: Path
    dask: DaskProcesses
    head: Machine
    desk: Machine
    hosts: tuple[Machine, Machine]

    @property
    def out(self) -> Path:
        """The folder of the study's results."""
        return self.study.parent / "out"

    def start_worker(self, host: Machine) -> Popen[bytes]:
        """Start a worker on a machine."""
        return self.dask.start_worker(under=host.under)

    @contextmanager
    def start_command(self) -> Iterator[Popen[str]]:
        """Run the command on the desk until the context ends."""
        arguments = write_command(self.study, self.dask.address)
        with start_command(arguments, under=self.desk.under, **VARIABLES) as command:
            yield command


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The hashes of the results of one process that nothing disturbs."""
    return compute_quietly(write_study(tmp_path_factory.mktemp("quiet"), LONG))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A network, with a scheduler on one of its machines."""
    with run_network(4) as (head, desk, first, second):
        options = {"host": head.address, "under": head.under, "variables": VARIABLES}
        with run_dask(**options) as dask:
            yield Site(write_study(tmp_path, LONG), dask, head, desk, (first, second))


def finish(command: Popen[str]) -> str:
    """Wait until a command has computed all; return what it said."""
    said, _ = command.communicate(timeout=PATIENCE_SECONDS * 4)
    assert command.returncode == 0, said
    return said


def list_files(root: Path) -> dict[Path, tuple[int, int, int]]:
    """Return number, size and last change of all files in a folder, hidden ones included."""
    found = ((path, path.stat()) for path in root.rglob("*") if path.is_file())
    return {path: (stat.st_ino, stat.st_size, stat.st_mtime_ns) for path, stat in found}


def test_a_worker_whose_cable_is_pulled_saves_its_job_which_goes_on_elsewhere(
    site: Site, quiet: dict[str, str]
) -> None:
    host, other = site.hosts
    with site.start_command() as command:
        worker = site.start_worker(host)
        lease = wait_for_job(site.out, worker.pid)
        site.start_worker(other)
        host.cut()
        worker.wait(PATIENCE_SECONDS)  # Dask's workers end when they have lost their scheduler
        wait_until_elsewhere(site.out, lease, command)
        host.mend()
        back = site.start_worker(host)
        wait_for_job(site.out, back.pid, least=0)
        said = finish(command)
    assert f"{lease.record['worker']} is gone; {lease.record['job']} goes on elsewhere" in said
    assert hash_results(site.out) == quiet


def test_a_worker_that_wakes_on_a_mended_network_cannot_write_after_its_successor(
    site: Site, quiet: dict[str, str]
) -> None:
    host, other = site.hosts
    with site.start_command() as command:
        worker = site.start_worker(host)
        lease = wait_for_job(site.out, worker.pid)
        site.start_worker(other)
        host.cut()
        os.kill(worker.pid, signal.SIGSTOP)  # as one whose writes to the folder hang
        said = finish(command)
    assert f"{lease.record['worker']} is gone; {lease.record['job']} goes on elsewhere" in said
    before = list_files(site.out)
    host.mend()
    os.kill(worker.pid, signal.SIGCONT)
    worker.wait(PATIENCE_SECONDS)
    assert list_files(site.out) == before
    assert hash_results(site.out) == quiet


def test_jobs_go_on_while_the_command_cannot_reach_the_scheduler(
    site: Site, quiet: dict[str, str]
) -> None:
    host, other = site.hosts
    with site.start_command() as command:
        worker = site.start_worker(host)
        lease = wait_for_job(site.out, worker.pid)
        site.start_worker(other)
        site.desk.cut()
        wait_until(lambda: "Remove client" in site.dask.read_log("scheduler"), PATIENCE_SECONDS)
        wait_for_job(site.out, worker.pid, least=lease.record["fraction"] + LITTLE)
        site.desk.mend()
        said = finish(command)
    assert "does not answer. Start it anew" in said
    assert "answers again." in said
    assert "goes on elsewhere" not in said
    assert hash_results(site.out) == quiet


def test_packets_that_are_late_or_lost_change_nothing(site: Site, quiet: dict[str, str]) -> None:
    machines = [site.head, site.desk, *site.hosts]
    for machine in machines:
        machine.narrow("256kbit", "3kb")
    with shake(machines), site.start_command() as command:
        for host in site.hosts:
            site.start_worker(host)
        finish(command)
    lost = [machine.count_lost() for machine in machines]
    print(f"packets lost: {lost}")  # for whoever runs it with -s
    assert sum(lost) > 0
    assert hash_results(site.out) == quiet
