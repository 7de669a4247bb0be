"""Executor that gives a study's jobs to the workers of a Dask cluster, one job each.

Dask carries the calls and knows who is there. Which job is done, and how far one is, stands in the
leases in the shared folder, so that it outlives the scheduler. A job whose worker was killed, hangs
or lost the folder goes on elsewhere, from its last checkpoint.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, Self

from distributed import Future as Task
from distributed import KilledWorker

from descent_atlas.jobs.cluster.cluster_workers import SILENT_SECONDS, ClusterWorker, ClusterWorkers
from descent_atlas.jobs.cluster.folder_claim import FolderClaim
from descent_atlas.jobs.cluster.lease_file import (
    GRACE_SECONDS,
    LAPSE_SECONDS,
    SeenLease,
    find_job_lease,
    make_token,
    put_lease,
    read_lease,
)
from descent_atlas.jobs.cluster.leased_job import LeasedJob, UnfitWorkerError
from descent_atlas.jobs.scheduler import Job
from descent_atlas.training.loop import StoppedError

TICK_SECONDS = 0.5
"""Time between two looks at leases and workers."""

LOSSES = 10
"""How often in a row a job may lose its worker without getting further. A worker may be killed for
any reason; a job that takes more memory than there is kills each of its workers."""


class WorkersLostError(Exception):
    """A job that lost one worker after another."""


@dataclass
class Attempt:
    """A job that waits, or runs on a worker with a lease.

    `seen` is the lease as it was last read, `changed` when it differed from the reading before.
    `best` is the largest fraction that it reached, `losses` counts its lost workers since.
    """

    function: Callable[..., float]
    job: Job
    future: "Future[float]" = field(default_factory=Future)
    token: str = ""
    worker: ClusterWorker | None = None
    task: "Task[Any] | None" = None
    seen: SeenLease | None = None
    changed: float = 0.0
    best: float = 0.0
    losses: int = 0

    @property
    def state(self) -> str:
        """What the lease says: granted, running, done or ended; empty if it cannot be read."""
        return str(self.seen.record["state"]) if self.seen is not None else ""

    @property
    def quiet_seconds(self) -> float:
        """Seconds since the lease changed."""
        return time.monotonic() - self.changed


class ClusterExecutor(Executor):
    """Runs jobs on the workers of a cluster, the costliest first.

    `messages` receives their progress. `tell` is called with what befalls workers, `resize` with
    how many there are.
    """

    def __init__(
        self,
        workers: ClusterWorkers,
        claim: FolderClaim,
        messages: "SimpleQueue[tuple[str, float]]",
        tell: Callable[[str], None],
        resize: Callable[[int], None],
    ) -> None:
        self.workers, self.claim = workers, claim
        self.messages, self.tell, self.resize = messages, tell, resize
        self.waiting: list[Attempt] = []
        self.running: list[Attempt] = []
        self.is_connected = True
        self._submitted: SimpleQueue[Attempt] = SimpleQueue()
        self._wake = threading.Event()
        self._ended = threading.Event()
        workers.wake, workers.is_at_work = self._wake.set, self.is_at_work
        self._thread = threading.Thread(target=self._run, name="cluster", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **options: Any) -> Any:
        """Run a job, the only argument, with `jobs.scheduler.run_job`."""
        (job,) = arguments
        attempt = Attempt(function, job)
        attempt.future.set_running_or_notify_cancel()  # this thread ends it, whatever happens
        self._submitted.put(attempt)
        self._wake.set()
        return attempt.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Stop placing jobs. All have ended, or the command is being aborted."""
        self._ended.set()
        self._wake.set()
        if wait:
            self._thread.join()

    def _run(self) -> None:
        """Place jobs until the end. Any error here ends all of them."""
        try:
            while not self._ended.is_set():
                self._wake.wait(TICK_SECONDS)
                self._wake.clear()
                self.step()
        except BaseException as error:
            for attempt in self._take_all():
                attempt.future.set_exception(BrokenExecutor(f"{type(error).__name__}: {error}"))
            if not isinstance(error, Exception):
                raise

    def step(self) -> None:
        """Look at workers and leases, and place what can be placed."""
        while not self._submitted.empty():
            self.waiting.append(self._submitted.get())
        if isinstance(self.claim.error, Exception) and not isinstance(self.claim.error, OSError):
            raise self.claim.error
        self._tell_connection(self.workers.refresh())
        for attempt in list(self.running):
            self._look(attempt)
            self._follow(attempt)
        if self.claim.is_set():
            for attempt in self.waiting:
                attempt.future.set_exception(StoppedError())
            self.waiting.clear()
        ready = self.workers.ready
        self.resize(len(ready))
        self.waiting.sort(key=lambda attempt: -attempt.job.cost)
        for worker in ready:
            if worker.is_free and self.waiting:
                self._place(self.waiting.pop(0), worker)

    def is_at_work(self, address: str) -> bool:
        """Return whether the worker at an address runs a job, as its lease says."""
        return any(
            attempt.state == "running" and attempt.quiet_seconds <= LAPSE_SECONDS
            for attempt in self.running
            if attempt.worker is not None and attempt.worker.address == address
        )

    def _take_all(self) -> list[Attempt]:
        while not self._submitted.empty():
            self.waiting.append(self._submitted.get())
        return [*self.running, *self.waiting]

    def _tell_connection(self, is_connected: bool) -> None:
        if is_connected == self.is_connected:
            return
        self.is_connected = is_connected
        address = self.workers.connection.address
        if is_connected:
            self.tell(f"The scheduler at {address} answers again.")
        else:
            self.tell(
                f"The scheduler at {address} does not answer. Start it anew at this address, with "
                "its workers, to continue; Ctrl-C ends this command."
            )

    def _place(self, attempt: Attempt, worker: ClusterWorker) -> None:
        """Grant a worker the lease of a job, and give it the job."""
        root, job = self.claim.root, attempt.job
        self.claim.lease.check()
        attempt.token, path = make_token(), find_job_lease(root, job.id)
        record = {
            "token": attempt.token,
            "job": job.id,
            "worker": worker.address,
            "state": "granted",
            "fraction": 0.0,
        }
        put_lease(path, record)
        call = LeasedJob(attempt.function, job, root, self.claim.token, path, attempt.token)
        task = self.workers.connection.submit(
            call,
            name=job.id,
            token=attempt.token,
            worker=worker.address,
            resources=self.workers.requirements.resources,
        )
        if task is None:
            self.waiting.append(attempt)
            return
        worker.give(task)
        attempt.worker, attempt.task = worker, task
        attempt.seen, attempt.changed = None, time.monotonic()
        task.add_done_callback(lambda _: self._wake.set())
        self.running.append(attempt)

    def _look(self, attempt: Attempt) -> None:
        """Read a job's lease, and pass its progress on."""
        try:
            seen = read_lease(find_job_lease(self.claim.root, attempt.job.id))
        except OSError:
            return  # the folder may come back; if it does not, the lease seems to lapse
        if seen is None or seen.token != attempt.token or seen == attempt.seen:
            return
        attempt.seen, attempt.changed = seen, time.monotonic()
        if attempt.state == "running":
            fraction = float(seen.record["fraction"])
            self.messages.put((attempt.job.id, fraction))
            if fraction > attempt.best:
                attempt.best, attempt.losses = fraction, 0

    def _follow(self, attempt: Attempt) -> None:
        """End an attempt that is over, or move its job if its worker is lost."""
        task, worker = attempt.task, attempt.worker
        assert task is not None and worker is not None
        if attempt.state == "done":
            assert attempt.seen is not None
            self._end(attempt)
            attempt.future.set_result(float(attempt.seen.record["seconds"]))
        elif task.status == "error":
            self._end_with(attempt, worker, task.exception())
        elif self.claim.is_set() and attempt.state in ("", "granted"):
            self._move(attempt)
        elif self.workers.by_address.get(worker.address) is not worker or task.done():
            # It left, the connection was lost, or it ended without a word. A worker that leaves in
            # good order saves its job's state first.
            if attempt.state == "ended" or attempt.quiet_seconds > GRACE_SECONDS:
                if not self.claim.is_set() and self.is_connected:
                    self.tell(f"{worker.address} is gone; {attempt.job.id} goes on elsewhere")
                self._move(attempt)
        elif attempt.quiet_seconds > (
            LAPSE_SECONDS if attempt.state == "running" else SILENT_SECONDS
        ):
            worker.is_silent = True
            self.tell(
                f"{worker.address} hangs: it has given no sign for {attempt.quiet_seconds:.0f} s; "
                f"{attempt.job.id} goes on elsewhere"
            )
            self._move(attempt)

    def _end_with(
        self, attempt: Attempt, worker: ClusterWorker, error: BaseException | None
    ) -> None:
        """End an attempt that raised an error, which may be its worker's fault."""
        if isinstance(error, UnfitWorkerError):
            self.tell(f"{worker.address}: {error}; {attempt.job.id} goes on elsewhere")
            self.workers.examine_anew(worker)
            self._move(attempt)
        elif isinstance(error, KilledWorker):
            self._move(attempt)
        elif isinstance(error, StoppedError) and not self.claim.is_set():
            self._move(attempt)  # its worker is leaving
        else:
            self._end(attempt)
            attempt.future.set_exception(error or StoppedError())

    def _end(self, attempt: Attempt) -> None:
        """Withdraw an attempt's lease."""
        self.running.remove(attempt)
        attempt.task = attempt.worker = None
        find_job_lease(self.claim.root, attempt.job.id).unlink(missing_ok=True)

    def _move(self, attempt: Attempt) -> None:
        """Withdraw a lost worker's lease, and let the job wait for another worker."""
        if attempt.state == "running":
            attempt.losses += 1
        self._end(attempt)
        if self.claim.is_set():
            attempt.future.set_exception(StoppedError())
        elif attempt.losses >= LOSSES:
            attempt.future.set_exception(
                WorkersLostError(
                    f"it lost {LOSSES} workers in a row without getting further, perhaps for lack "
                    "of memory"
                )
            )
        else:
            self.waiting.append(attempt)
