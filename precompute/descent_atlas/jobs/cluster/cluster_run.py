"""Run of a study's jobs on a Dask cluster: checks, then all jobs, then what is to be told."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from queue import SimpleQueue

import torch
from rich.console import Console

from descent_atlas.jobs.announcement import announce
from descent_atlas.jobs.cluster.cluster_error import ClusterError
from descent_atlas.jobs.cluster.cluster_executor import TICK_SECONDS, ClusterExecutor
from descent_atlas.jobs.cluster.cluster_workers import SILENT_SECONDS, ClusterWorkers
from descent_atlas.jobs.cluster.dask_connection import DaskConnection
from descent_atlas.jobs.cluster.folder_claim import FolderClaim
from descent_atlas.jobs.cluster.worker_examination import (
    Examination,
    list_module_paths,
    list_versions,
)
from descent_atlas.jobs.cluster.worker_requirements import Requirements
from descent_atlas.jobs.display import Display
from descent_atlas.jobs.scheduler import Job, Outcome, WorkerChannel, run_jobs
from descent_atlas.study.folder import StudyFolder
from descent_atlas.study.schema import Study


def run_on_cluster(
    study: Study,
    folder: StudyFolder,
    jobs: Sequence[Job],
    *,
    connection: DaskConnection,
    claim: FolderClaim,
    console: Console,
) -> Outcome:
    """Run jobs on a cluster's workers. Raises ClusterError if no worker is fit for them."""

    def tell(text: str) -> None:
        console.print(text, markup=False, highlight=False, soft_wrap=True)

    workers = ClusterWorkers(
        connection,
        Examination(folder.root, claim.token, list_versions(), study.device, list_module_paths()),
        Requirements.of(study, folder, claim.token),
    )
    workers.tell = tell
    if connection.dashboard:
        tell(f"Dask's dashboard: {connection.dashboard}")
    wait_for_workers(workers, tell)
    announced = announce(study, folder, jobs, len(workers.ready))
    if announced:
        tell(announced)
    workers.tells_faults = True
    messages: SimpleQueue[tuple[str, float]] = SimpleQueue()
    with (
        Display(jobs, console, len(workers.ready)) as display,
        ClusterExecutor(workers, claim, messages, tell, display.resize) as executor,
    ):
        try:
            return run_jobs(jobs, executor, display, WorkerChannel(messages, claim))
        except BrokenExecutor as error:
            raise ClusterError(str(error)) from error


def wait_for_workers(workers: ClusterWorkers, tell: Callable[[str], None]) -> None:
    """Wait until a worker is fit, and all that are there were examined or are silent.

    Raises ClusterError with the faults of all workers that are there if one has some.
    """
    begun, has_told = time.monotonic(), False
    while True:
        workers.refresh()
        if workers.faults:
            raise ClusterError(
                "\n".join(["These workers are not fit for this study:", *workers.faults])
            )
        unknown = [worker for worker in workers.by_address.values() if worker.faults is None]
        if workers.ready and (not unknown or time.monotonic() - begun > SILENT_SECONDS):
            break
        if not workers.by_address and not has_told:
            has_told = True
            tell(f"Waiting for workers of the scheduler at {workers.connection.address}.")
        time.sleep(TICK_SECONDS)
    own = torch.backends.cpu.get_cpu_capability()
    others = {worker.capability for worker in workers.ready} - {own}
    if others:
        tell(
            f"This machine computes with {own}, some workers with {', '.join(sorted(others))}: the "
            "last bits of results may depend on who computed them."
        )
