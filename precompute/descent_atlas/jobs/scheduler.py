"""Scheduler that runs a study's jobs on an executor.

A job whose output exists and verifies is skipped; the others run once the jobs that they need are
done. Jobs are idempotent and write their output atomically. The processes may therefore be killed
at any time, and the same call resumes the work.

The executor may be any `concurrent.futures.Executor` whose workers share the file system: a pool of
processes on this machine, or a Dask cluster's (`jobs.cluster`).
"""

import contextlib
import logging
import multiprocessing
import queue
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event
from typing import Protocol

import torch
from threadpoolctl import threadpool_limits

from descent_atlas.jobs.locks import Lock
from descent_atlas.jobs.termination import worker
from descent_atlas.jobs.worker_devices import free_cached_memory, share_gpus, take_gpu
from descent_atlas.training.loop import StoppedError
from descent_atlas.training.loops.process_state import fix_workspaces, keep_freed_memory
from descent_atlas.training.loops.training_plan import DEFAULT_DEVICE

REPORT_SECONDS = 0.3
"""Time between two progress reports of a job, and between two updates of the display."""


class Job(Protocol):
    """A unit of work that can be pickled and run in another process."""

    @property
    def id(self) -> str:
        """The displayed name, unique in a study."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The ids of the jobs that must be done first."""

    @property
    def cost(self) -> float:
        """The estimated time in seconds.

        The scheduler starts the costliest of the ready jobs first. Progress bars weight jobs by it.
        """

    def is_done(self) -> bool:
        """Verify the job's output. The scheduler calls this after the needed jobs are done."""

    def run(self, report: "Reporter") -> None:
        """Run the job; report the fraction done from time to time."""


class ProgressListener(Protocol):
    """Receives the progress of jobs, for instance to display it."""

    def skipped(self, job: Job) -> None:
        """Receive a job that is already done."""

    def progressed(self, job: Job, fraction: float) -> None:
        """Receive the fraction of a job that is done."""

    def finished(self, job: Job, seconds: float) -> None:
        """Receive a job that finished, and its duration."""

    def failed(self, job: Job, error: BaseException) -> None:
        """Receive a job that raised an error."""


@dataclass
class Outcome:
    """Errors of the failed jobs by id, and the ids of the jobs that need a failed job."""

    failed: dict[str, BaseException] = field(default_factory=dict)
    blocked: list[str] = field(default_factory=list)


class Reporter:
    """Reports a job's progress; raises StoppedError when the job should stop.

    A job may call it as often as it likes; reports are rate-limited to `REPORT_SECONDS`.
    """

    def __init__(self, id: str, channel: "WorkerChannel | None" = None) -> None:
        self.id, self.channel = id, channel or _channel
        self._next = 0.0

    def __call__(self, fraction: float) -> None:
        """Report a fraction in [0, 1]. Raises StoppedError when the job should stop."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + REPORT_SECONDS
        if self.channel is not None:
            self.channel.messages.put((self.id, fraction))
            self.check()

    def check(self) -> None:
        """Raise StoppedError when the job should stop."""
        if self.channel is not None and (self.channel.stop.is_set() or worker.is_leaving):
            raise StoppedError


class StopFlag(Protocol):
    """Tells jobs to save their state and stop, as the events of threads and of processes do."""

    def set(self) -> None:
        """Let jobs stop."""

    def is_set(self) -> bool:
        """Return whether jobs should stop."""


@dataclass(frozen=True)
class WorkerChannel:
    """Channel between scheduler and workers: progress messages one way, a stop flag the other."""

    messages: "SimpleQueue[tuple[str, float]] | queue.SimpleQueue[tuple[str, float]]"
    stop: StopFlag


_channel: WorkerChannel | None = None  # set in a pool's worker


def open_pool(
    workers: int, lock: Lock | None = None, device: str = DEFAULT_DEVICE
) -> tuple[ProcessPoolExecutor, WorkerChannel]:
    """Return a pool of processes with one thread each, and the channel to them.

    On the device "cuda", each has a GPU of its own, see `jobs.worker_devices`.

    The workers end when this process ends, even if it is killed. They share the lock, which is
    therefore held as long as any worker may still write.
    """
    context = multiprocessing.get_context("spawn")  # forking a process with threads can deadlock
    messages, stop = context.SimpleQueue(), context.Event()
    pool = ProcessPoolExecutor(
        workers,
        mp_context=context,
        initializer=enter_pool,
        initargs=(messages, stop, lock, share_gpus(context, device, workers)),
    )
    free_cached_memory()
    return pool, WorkerChannel(messages, stop)


def enter_pool(
    messages: "SimpleQueue[tuple[str, float]]",
    stop: Event,
    lock: Lock | None,
    gpus: "SimpleQueue[int] | None" = None,
) -> None:
    """Initialize a pool's worker. Unpickling the argument `lock` makes the worker share it."""
    global _channel
    _channel = WorkerChannel(messages, stop)
    take_gpu(gpus)
    worker.begin()


def run_job(job: Job, channel: WorkerChannel | None = None) -> float:
    """Run a job in this process and return its duration in seconds.

    Without a channel, the job reports over that of the process's pool, if there is one. Raises
    StoppedError at once if jobs should stop.
    """
    reporter = Reporter(job.id, channel)
    reporter.check()
    begun = time.monotonic()
    torch.set_num_threads(1)
    fix_workspaces()
    keep_freed_memory()
    logging.basicConfig(format="%(message)s")
    # NumPy and SciPy have thread pools of their own, which wait for each other by spinning.
    with threadpool_limits(1), worker.working():
        job.run(reporter)
    return time.monotonic() - begun


def select_jobs(jobs: Sequence[Job], wanted: Iterable[str]) -> list[Job]:
    """Return the jobs with the given ids and all jobs that they need."""
    by_id = {job.id: job for job in jobs}
    chosen: set[str] = set()
    open_ids = list(wanted)
    while open_ids:
        id = open_ids.pop()
        if id not in chosen:
            chosen.add(id)
            open_ids += by_id[id].needs
    return [job for job in jobs if job.id in chosen]


def run_jobs(
    jobs: Sequence[Job],
    executor: Executor,
    listener: ProgressListener,
    channel: WorkerChannel | None = None,
) -> Outcome:
    """Run all jobs that are not done, the costliest of the ready ones first.

    If a job fails, the jobs that need it are blocked and the others continue. On an exception in
    this process, such as Ctrl-C or a lost terminal, stop the running jobs, wait until they have
    saved their state, and raise the exception again.
    """
    waiting = {job.id: job for job in sorted(jobs, key=lambda job: -job.cost)}
    running: dict[Future[float], Job] = {}
    done: set[str] = set()
    outcome = Outcome()
    # A signal may raise anywhere in this thread. In `concurrent.futures.wait` it would leave locks
    # of futures held, in this queue it does not.
    ended: queue.SimpleQueue[Future[float]] = queue.SimpleQueue()
    try:
        while waiting or running:
            for job in find_ready(waiting, done):
                del waiting[job.id]
                if job.is_done():
                    done.add(job.id)
                    listener.skipped(job)
                else:
                    future = executor.submit(run_job, job)
                    running[future] = job
                    future.add_done_callback(ended.put)
            if not running and not find_ready(waiting, done):
                break
            just_ended = take_ended(ended, REPORT_SECONDS)
            forward_progress(channel, {job.id: job for job in running.values()}, listener)
            for future in just_ended:
                job, error = running.pop(future), future.exception()
                if error is None:
                    done.add(job.id)
                    listener.finished(job, future.result())
                else:
                    outcome.failed[job.id] = error
                    listener.failed(job, error)
    except BaseException:
        # No future is cancelled: a pool that loses a worker fails on cancelled ones and never ends
        # the others. Jobs that have not begun stop at their beginning.
        if channel is not None:
            channel.stop.set()
        wait(running)
        raise
    outcome.blocked = list(waiting)
    return outcome


def take_ended(ended: "queue.SimpleQueue[Future[float]]", seconds: float) -> list["Future[float]"]:
    """Return the futures that ended, at the latest after some seconds."""
    taken: list[Future[float]] = []
    with contextlib.suppress(queue.Empty):
        taken.append(ended.get(timeout=seconds))
        while True:
            taken.append(ended.get_nowait())
    return taken


def find_ready(waiting: dict[str, Job], done: set[str]) -> list[Job]:
    """Return the jobs whose needed jobs are all done."""
    return [job for job in waiting.values() if done.issuperset(job.needs)]


def forward_progress(
    channel: WorkerChannel | None, jobs: dict[str, Job], listener: ProgressListener
) -> None:
    """Pass the progress messages of running jobs on to the listener."""
    while channel is not None and not channel.messages.empty():
        id, fraction = channel.messages.get()
        if id in jobs:
            listener.progressed(jobs[id], fraction)
