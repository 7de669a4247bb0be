"""How the jobs go on, in a terminal: a bar for the whole, and one for each job that runs."""

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
    """The time that is left at the speed since the start; rich's own forgets slow beginnings."""

    def render(self, task: Task) -> Text:
        """Return hours, minutes and seconds."""
        left = estimate(task.elapsed or 0.0, task.completed, task.total or 0.0)
        return Text(f"{format_seconds(left)} left" if left is not None else "")


def estimate(elapsed: float, completed: float, total: float) -> float | None:
    """Return the seconds left at the speed so far; None while nothing is known."""
    if completed <= 0 or elapsed <= 0:
        return None
    return elapsed * max(0.0, total - completed) / completed


def format_seconds(seconds: float) -> str:
    """Return hours, minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}"


class Display:
    """Shows the jobs; a context manager.

    In a terminal there are bars; elsewhere, as in a log, a line for every job that ends.
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
        self.left = sum(job.cost for job in jobs)  # of what was not done before
        self.count, self.ended = len(jobs), 0
        self.spent = 0.0
        self.bars: dict[str, TaskID] = {}
        self.under_way: dict[str, float] = {}  # the cost of what running jobs have done
        self.started_at = time.monotonic()
        self.whole = self.progress.add_task("the whole", total=self.left)

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
        """The cost of all that is done, by jobs that ended and by those that run."""
        return self.spent + sum(self.under_way.values())

    def skipped(self, job: Job) -> None:
        """Take a job that was done before out of the whole."""
        self.ended += 1
        self.left -= job.cost
        self.progress.update(self.whole, total=self.left)

    def progressed(self, job: Job, fraction: float) -> None:
        """Move a job's bar, which comes with its first report, and that of the whole."""
        if job.id not in self.bars:
            self.bars[job.id] = self.progress.add_task(job.id, total=1.0)
        self.under_way[job.id] = fraction * job.cost
        self.progress.update(self.bars[job.id], completed=fraction)
        self._show_whole()

    def finished(self, job: Job, seconds: float) -> None:
        """Take away a job's bar, and say how long it ran."""
        self.spent += job.cost
        self._end(job, f"done in {format_seconds(seconds)}")

    def failed(self, job: Job, error: BaseException) -> None:
        """Take away a job's bar, and say why it failed."""
        self.left -= job.cost
        self._end(job, f"failed: {error}")

    def _end(self, job: Job, said: str) -> None:
        self.ended += 1
        self.under_way.pop(job.id, None)
        if job.id in self.bars:
            self.progress.remove_task(self.bars.pop(job.id))
        self._show_whole()
        left = estimate(time.monotonic() - self.started_at, self.completed, self.left)
        remaining = "" if left is None else f", {format_seconds(left)} left"
        self.console.print(
            f"{self.ended}/{self.count} {job.id}: {said}{remaining}", markup=False, highlight=False
        )

    def _show_whole(self) -> None:
        self.progress.update(self.whole, completed=self.completed, total=self.left)
