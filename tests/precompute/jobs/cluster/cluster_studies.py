"""Small studies for a cluster: the command that computes them, running jobs, results."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from descent_atlas import precompute_cli as cli
from descent_atlas.jobs.cluster.lease_file import SeenLease, list_job_leases
from descent_atlas.jobs.scheduler import run_jobs
from descent_atlas.jobs.study_jobs import list_jobs
from descent_atlas.storage.durable import hash_file
from descent_atlas.study.folder import StudyFolder, open_dataset
from descent_atlas.study.rehearsal import rehearse
from descent_atlas.study.study_data import load_study_data
from descent_atlas.study.study_files import read_study
from tests.precompute.jobs.test_scheduler import Witness
from tests.precompute.small_studies import STUDY, write_images
from tests.servers import PATIENCE_SECONDS, wait_until

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


def write_command(study: Path, address: str, *arguments: str, out: str = "out") -> list[str]:
    """Return the arguments that compute a study on a cluster."""
    return [
        "run",
        str(study),
        *("--data", str(study.parent / "data")),
        *("--out", str(study.parent / out)),
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
def start_command(
    arguments: list[str], *, under: Sequence[str] = (), **variables: str
) -> Iterator[subprocess.Popen[str]]:
    """Run the command in a process of its own, which is killed in the end."""
    process = subprocess.Popen(
        [*under, sys.executable, "-m", "descent_atlas.precompute_cli", *arguments],
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


def wait_until_elsewhere(root: Path, lease: SeenLease, command: subprocess.Popen[str]) -> None:
    """Wait until another worker runs the job of a lease, or the command has ended."""
    former, job = lease.record["pid"], lease.record["job"]

    def is_elsewhere() -> bool:
        found = [one for one in find_running(root) if one.record["job"] == job]
        return any(one.record["pid"] != former for one in found) or command.poll() is not None

    wait_until(is_elsewhere, PATIENCE_SECONDS)


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[None]:
    """Act in a thread while the context runs; raise its error."""
    with ThreadPoolExecutor(1) as executor:
        acted = executor.submit(act)
        yield
        acted.result()
