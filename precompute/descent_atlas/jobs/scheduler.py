"""Jobs on an executor: what is done is skipped, the rest is computed in the order of its needs.

A job is idempotent: it leaves its output whole or not at all, and what it left verifies. So the
processes may be killed at any instant, and the same call goes on. The executor may be any
`concurrent.futures.Executor` whose workers see the same files: a pool of processes here, a
cluster's with `distributed.Client(...).get_executor()`.
"""

import logging
import multiprocessing
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Event
from typing import Protocol

import torch

from descent_atlas.jobs.endings import worker
from descent_atlas.jobs.locks import Lock
from descent_atlas.training.loop import Cancelled

POLL_SECONDS = 0.3
"""How often a job tells how far it is, and how often that is shown."""


class Job(Protocol):
    """A piece of work that can be sent to another process.

    `needs` are the ids of jobs that must be done before. `cost` is about how many seconds it
    takes; it decides which of the ready jobs goes first, and what the progress bars are worth.
    """

    @property
    def id(self) -> str:
        """The name by which it is shown."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The ids of jobs that must be done before."""

    @property
    def cost(self) -> float:
        """About how many seconds it takes."""

    def is_done(self) -> bool:
        """Verify its output. Called when what it needs is done."""

    def run(self, report: "Reporter") -> None:
        """Do it, reporting the fraction done now and then."""


class Watcher(Protocol):
    """What shows how the jobs go on."""

    def skipped(self, job: Job) -> None:
        """Take note that a job was done before."""

    def progressed(self, job: Job, fraction: float) -> None:
        """Take note of how far a job is."""

    def finished(self, job: Job, seconds: float) -> None:
        """Take note that a job is done, and how long it ran."""

    def failed(self, job: Job, error: BaseException) -> None:
        """Take note that a job ended with an error."""


@dataclass
class Outcome:
    """What came of the jobs: failures by id with their errors, and ids that needed those."""

    failed: dict[str, BaseException] = field(default_factory=dict)
    blocked: list[str] = field(default_factory=list)


class Reporter:
    """Tells how far a job is, and calls it off when that is wanted.

    Called with the fraction done, as often as one likes. Raises Cancelled if the job is to end.
    """

    def __init__(self, id: str) -> None:
        self.id = id
        self._next = 0.0

    def __call__(self, fraction: float) -> None:
        """Report a fraction in [0, 1]."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + POLL_SECONDS
        if _line is not None:
            _line.messages.put((self.id, fraction))
            if _line.stop.is_set() or worker.is_leaving:
                raise Cancelled


@dataclass(frozen=True)
class Line:
    """How a pool's processes and the one that waits for them speak to each other."""

    messages: "SimpleQueue[tuple[str, float]]"
    stop: Event


_line: Line | None = None  # that of this process, where it belongs to a pool


def open_pool(workers: int, lock: Lock | None = None) -> tuple[ProcessPoolExecutor, Line]:
    """Return a pool of processes with one thread each, and the line to them.

    They end with this process, however it ends. Until the last of them has ended they hold the
    lock, which tells that somebody may still write.
    """
    context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
    line = Line(context.SimpleQueue(), context.Event())
    pool = ProcessPoolExecutor(
        workers,
        mp_context=context,
        initializer=enter_pool,
        initargs=(line.messages, line.stop, lock),
    )
    return pool, line


def enter_pool(messages: "SimpleQueue[tuple[str, float]]", stop: Event, lock: Lock | None) -> None:
    """Make this process one of a pool's, which holds the lock from its beginning on."""
    global _line
    _line = Line(messages, stop)
    worker.begin()


def execute(job: Job) -> float:
    """Do a job, in the process that an executor chose; return how many seconds it ran."""
    begun = time.monotonic()
    torch.set_num_threads(1)
    logging.basicConfig(format="%(message)s")
    with worker.working():
        job.run(Reporter(job.id))
    return time.monotonic() - begun


def choose(jobs: Sequence[Job], wanted: Iterable[str]) -> list[Job]:
    """Return the jobs of the given ids, and all that they need."""
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
    jobs: Sequence[Job], executor: Executor, watcher: Watcher, line: Line | None = None
) -> Outcome:
    """Do all jobs that are not done, the costliest of the ready ones first.

    A job that fails is reported, and so are those that need it; the others go on. An interruption
    (Ctrl-C), or a fault here, as of a terminal that is gone, calls the running jobs off, waits
    until they have saved their state, and is raised again.
    """
    waiting = {job.id: job for job in sorted(jobs, key=lambda job: -job.cost)}
    running: dict[Future[float], Job] = {}
    done: set[str] = set()
    outcome = Outcome()
    try:
        while waiting or running:
            for job in find_ready(waiting, done):
                del waiting[job.id]
                if job.is_done():
                    done.add(job.id)
                    watcher.skipped(job)
                else:
                    running[executor.submit(execute, job)] = job
            if not running and not find_ready(waiting, done):
                break
            ended, _ = wait(running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
            relay(line, {job.id: job for job in running.values()}, watcher)
            for future in ended:
                job, error = running.pop(future), future.exception()
                if error is None:
                    done.add(job.id)
                    watcher.finished(job, future.result())
                else:
                    outcome.failed[job.id] = error
                    watcher.failed(job, error)
    except BaseException:
        if line is not None:
            line.stop.set()
        for future in running:
            future.cancel()
        wait(running)
        raise
    outcome.blocked = list(waiting)
    return outcome


def find_ready(waiting: dict[str, Job], done: set[str]) -> list[Job]:
    """Return the jobs of which everything they need is done."""
    return [job for job in waiting.values() if done.issuperset(job.needs)]


def relay(line: Line | None, jobs: dict[str, Job], watcher: Watcher) -> None:
    """Hand what running jobs have told to the watcher."""
    while line is not None and not line.messages.empty():
        id, fraction = line.messages.get()
        if id in jobs:
            watcher.progressed(jobs[id], fraction)
