"""Progress display in a terminal: a bar for all jobs together, and one for each running job."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from descent_atlas.jobs.scheduler import Job

TRUST = 10.0
"""Seconds of cost that count as if they had taken so long, for each kind of job: a first short job
does not change what is expected of long ones."""


class Forecast:
    """Time left for some jobs, from their costs and from how long jobs of their kinds took so far.

    Kinds are the jobs' classes, since costs may be wrong by one factor for trainings and by another
    for surfaces. `workers` jobs run at once.
    """

    def __init__(
        self, jobs: Sequence[Job], workers: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.workers, self.clock = workers, clock
        self.left = {job.id: job for job in jobs}
        self.seconds: dict[type[Job], float] = defaultdict(float)
        self.cost: dict[type[Job], float] = defaultdict(float)
        self.begun: dict[str, tuple[float, float]] = {}  # when, and the fraction done then
        self.fractions: dict[str, float] = {}

    def progress(self, job: Job, fraction: float) -> None:
        """Receive the fraction of a running job that is done."""
        self.begun.setdefault(job.id, (self.clock(), fraction))
        self.fractions[job.id] = fraction

    def finish(self, job: Job, seconds: float) -> None:
        """Receive a job that finished, and its duration."""
        self.forget(job)
        self.seconds[type(job)] += seconds
        self.cost[type(job)] += job.cost

    def forget(self, job: Job) -> None:
        """Expect nothing more of a job that was skipped or failed."""
        self.left.pop(job.id, None)
        self.begun.pop(job.id, None)
        self.fractions.pop(job.id, None)

    def estimate(self) -> float:
        """Return the seconds left."""
        seconds, cost = self.seconds.copy(), self.cost.copy()
        for id, (time_then, fraction_then) in self.begun.items():
            kind = type(self.left[id])
            seconds[kind] += self.clock() - time_then
            cost[kind] += (self.fractions[id] - fraction_then) * self.left[id].cost
        rates = {kind: (seconds[kind] + TRUST) / (cost[kind] + TRUST) for kind in cost}
        each = [
            rates.get(type(job), 1.0) * job.cost * (1 - self.fractions.get(id, 0.0))
            for id, job in self.left.items()
        ]
        return max(sum(each) / self.workers, max(each, default=0.0))


class TimeLeft(ProgressColumn):
    """Time left: that of the forecast for all jobs, from the mean speed so far for one."""

    def render(self, task: Task) -> Text:
        """Return hours, minutes and seconds."""
        if "forecast" in task.fields:
            return Text(f"{format_seconds(task.fields['forecast'].estimate())} left")
        left = estimate_seconds_left(task.elapsed or 0.0, task.completed, task.total or 0.0)
        return Text(f"{format_seconds(left)} left" if left is not None else "")


def estimate_seconds_left(elapsed: float, completed: float, total: float) -> float | None:
    """Return the seconds left at the mean speed so far; None before any progress."""
    if completed <= 0 or elapsed <= 0:
        return None
    return elapsed * max(0.0, total - completed) / completed


def format_seconds(seconds: float) -> str:
    """Return hours, minutes and seconds, as in 1:02:05."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


class Display:
    """Progress listener and context manager that shows progress bars in a terminal.

    It also prints a line for each job that ends; without a terminal, as in a log, only these.
    """

    def __init__(self, jobs: Sequence[Job], console: Console, workers: int = 1) -> None:
        self.console = console
        self.forecast = Forecast(jobs, workers)
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TimeLeft(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
        )
        self.total_cost = sum(job.cost for job in jobs)  # less that of skipped and failed jobs
        self.count, self.ended = len(jobs), 0
        self.finished_cost = 0.0
        self.running_cost: dict[str, float] = {}  # cost of the part that running jobs have done
        self.bars: dict[str, TaskID] = {}
        self.total_bar = self.progress.add_task(
            "all jobs", total=self.total_cost, forecast=self.forecast
        )

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.progress.stop()

    def resize(self, workers: int) -> None:
        """Expect this many workers from now on; as long as there is none, as many as before."""
        if workers:
            self.forecast.workers = workers

    @property
    def completed(self) -> float:
        """Cost of the work done so far, including that of running jobs."""
        return self.finished_cost + sum(self.running_cost.values())

    def skipped(self, job: Job) -> None:
        """Subtract the cost of a job that is already done from the total."""
        self.ended += 1
        self.total_cost -= job.cost
        self.forecast.forget(job)
        self.progress.update(self.total_bar, total=self.total_cost)

    def progressed(self, job: Job, fraction: float) -> None:
        """Update a job's bar, which the first report creates, and the total bar."""
        if job.id not in self.bars:
            self.bars[job.id] = self.progress.add_task(job.id, total=1.0)
        self.running_cost[job.id] = fraction * job.cost
        self.forecast.progress(job, fraction)
        self.progress.update(self.bars[job.id], completed=fraction)
        self._update_total()

    def finished(self, job: Job, seconds: float) -> None:
        """Remove a job's bar and print its duration."""
        self.finished_cost += job.cost
        self.forecast.finish(job, seconds)
        self._end(job, f"done in {format_seconds(seconds)}")

    def failed(self, job: Job, error: BaseException) -> None:
        """Remove a job's bar and print its error."""
        self.total_cost -= job.cost
        self.forecast.forget(job)
        self._end(job, f"failed: {error}")

    def _end(self, job: Job, message: str) -> None:
        self.ended += 1
        self.running_cost.pop(job.id, None)
        if job.id in self.bars:
            self.progress.remove_task(self.bars.pop(job.id))
        self._update_total()
        left = format_seconds(self.forecast.estimate())
        self.console.print(
            f"{self.ended}/{self.count} {job.id}: {message}, {left} left",
            markup=False,
            highlight=False,
        )

    def _update_total(self) -> None:
        self.progress.update(self.total_bar, completed=self.completed, total=self.total_cost)
