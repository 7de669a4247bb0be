"""Progress display in a terminal: a bar for all jobs together, and one for each running job."""

import time
from collections.abc import Sequence
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


class TimeLeft(ProgressColumn):
    """Time left, from the mean speed since the start. rich's own column uses only recent speeds."""

    def render(self, task: Task) -> Text:
        """Return hours, minutes and seconds."""
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

    def __init__(self, jobs: Sequence[Job], console: Console) -> None:
        self.console = console
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
        self.started_at = time.monotonic()
        self.total_bar = self.progress.add_task("all jobs", total=self.total_cost)

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

    @property
    def completed(self) -> float:
        """Cost of the work done so far, including that of running jobs."""
        return self.finished_cost + sum(self.running_cost.values())

    def skipped(self, job: Job) -> None:
        """Subtract the cost of a job that is already done from the total."""
        self.ended += 1
        self.total_cost -= job.cost
        self.progress.update(self.total_bar, total=self.total_cost)

    def progressed(self, job: Job, fraction: float) -> None:
        """Update a job's bar, which the first report creates, and the total bar."""
        if job.id not in self.bars:
            self.bars[job.id] = self.progress.add_task(job.id, total=1.0)
        self.running_cost[job.id] = fraction * job.cost
        self.progress.update(self.bars[job.id], completed=fraction)
        self._update_total()

    def finished(self, job: Job, seconds: float) -> None:
        """Remove a job's bar and print its duration."""
        self.finished_cost += job.cost
        self._end(job, f"done in {format_seconds(seconds)}")

    def failed(self, job: Job, error: BaseException) -> None:
        """Remove a job's bar and print its error."""
        self.total_cost -= job.cost
        self._end(job, f"failed: {error}")

    def _end(self, job: Job, message: str) -> None:
        self.ended += 1
        self.running_cost.pop(job.id, None)
        if job.id in self.bars:
            self.progress.remove_task(self.bars.pop(job.id))
        self._update_total()
        elapsed = time.monotonic() - self.started_at
        left = estimate_seconds_left(elapsed, self.completed, self.total_cost)
        remaining = "" if left is None else f", {format_seconds(left)} left"
        self.console.print(
            f"{self.ended}/{self.count} {job.id}: {message}{remaining}",
            markup=False,
            highlight=False,
        )

    def _update_total(self) -> None:
        self.progress.update(self.total_bar, completed=self.completed, total=self.total_cost)
