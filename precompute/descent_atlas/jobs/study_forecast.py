"""What a study takes with some number of workers, computed from the costs of its jobs.

The jobs run as the scheduler runs them: those that are ready wait in a queue, the costliest of
those that become ready together first, and each worker takes the next. Costs are taken to be right,
and workers to be as fast as this machine.
"""

import heapq
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from descent_atlas.jobs.announcement import seems_done
from descent_atlas.jobs.scheduler import Job
from descent_atlas.jobs.study_jobs import list_jobs
from descent_atlas.study.folder import StudyFolder
from descent_atlas.study.schema import Study
from descent_atlas.training.images.datasets import DataError


@dataclass(frozen=True)
class StudyForecast:
    """What some jobs take with so many workers.

    `seconds` pass until the last one ends, `work` is what they take one after another. `chain` is
    the longest chain of jobs each of which needs the one before: no number of workers takes less.
    """

    workers: int
    seconds: float
    work: float
    chain: tuple[Job, ...]

    @property
    def shortest(self) -> float:
        """The seconds of the longest chain."""
        return sum(job.cost for job in self.chain)

    @property
    def efficiency(self) -> float:
        """The share of the time in which the workers work; 1 if there is nothing to do."""
        return self.work / (self.workers * self.seconds) if self.seconds else 1.0

    def tell(self) -> str:
        """Return the forecast in sentences."""
        if not self.chain:
            return "nothing is to do."
        chain = " → ".join(job.id for job in self.chain)
        few = "1 worker" if self.workers == 1 else f"{self.workers:,} workers"
        return (
            f"with {few} about {say_duration(self.seconds)}, of {say_duration(self.work)} of work: "
            f"they are busy {self.efficiency:.0%} of the time. The longest chain takes "
            f"{say_duration(self.shortest)}, with however many workers: {chain}."
        )


def tell_forecast(study: Study, folder: StudyFolder, workers: int) -> str:
    """Return how long some workers take for a study, and for what is left of it.

    Raises DataError without its images, on which costs are measured.
    """
    if not folder.dataset.exists():
        raise DataError(
            f"costs are measured on the study's images, which {folder.root} does not hold yet: "
            "start `run` first, and end it once it computes"
        )
    jobs = list_jobs(study, folder, workers)
    left = [job for job in jobs if not seems_done(job, folder)]
    whole = f"The whole study: {forecast(jobs, workers).tell()}"
    return (
        whole
        if len(left) == len(jobs)
        else f"{whole}\nWhat is left: {forecast(left, workers).tell()}"
    )


def forecast(jobs: Sequence[Job], workers: int) -> StudyForecast:
    """Return what some jobs take; jobs that they need and are not among them count as done."""
    return StudyForecast(
        workers=workers,
        seconds=simulate(jobs, workers),
        work=sum(job.cost for job in jobs),
        chain=find_longest_chain(jobs),
    )


def simulate(jobs: Sequence[Job], workers: int) -> float:
    """Return the seconds until the last of some jobs ends."""
    known = {job.id for job in jobs}
    open_needs = {job.id: {id for id in job.needs if id in known} for job in jobs}
    dependents: dict[str, list[Job]] = {id: [] for id in known}
    for job in jobs:
        for id in open_needs[job.id]:
            dependents[id].append(job)
    queue = deque(sort_by_cost([job for job in jobs if not open_needs[job.id]]))
    running: list[tuple[float, int, Job]] = []
    now, started = 0.0, 0
    while queue or running:
        while queue and len(running) < workers:
            job = queue.popleft()
            heapq.heappush(running, (now + job.cost, started, job))
            started += 1
        now, _, ended = heapq.heappop(running)
        for dependent in dependents[ended.id]:
            open_needs[dependent.id].discard(ended.id)
        queue += sort_by_cost([job for job in dependents[ended.id] if not open_needs[job.id]])
    return now


def sort_by_cost(jobs: Sequence[Job]) -> list[Job]:
    """Return jobs in the order in which the scheduler submits them."""
    return sorted(jobs, key=lambda job: -job.cost)


def find_longest_chain(jobs: Sequence[Job]) -> tuple[Job, ...]:
    """Return the jobs of the longest chain, the first one first."""
    by_id = {job.id: job for job in jobs}
    longest: dict[str, float] = {}  # seconds until a job ends, with enough workers
    before: dict[str, str | None] = {}
    for job in sort_by_needs(by_id):
        last = max((id for id in job.needs if id in by_id), key=longest.__getitem__, default=None)
        before[job.id] = last
        longest[job.id] = job.cost + (0.0 if last is None else longest[last])
    at = max(longest, key=longest.__getitem__, default=None)
    chain: list[Job] = []
    while at is not None:
        chain.append(by_id[at])
        at = before[at]
    return tuple(reversed(chain))


def sort_by_needs(by_id: Mapping[str, Job]) -> list[Job]:
    """Return jobs so that each follows those that it needs."""
    found: dict[str, Job] = {}
    for job in by_id.values():
        waiting = [job]
        while waiting:
            last = waiting[-1]
            needs = [by_id[id] for id in last.needs if id in by_id and id not in found]
            if needs:
                waiting += needs
            else:
                found[waiting.pop().id] = last
    return list(found.values())


def say_duration(seconds: float) -> str:
    """Return a duration in a unit that suits it.

    >>> say_duration(42.4), say_duration(754), say_duration(9000)
    ('42 s', '13 min', '2.5 h')
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
