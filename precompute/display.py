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

from precompute.jobs import Job


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
        self.fractions: dict[str, float] = {}
        self.begun: dict[str, float] = {}
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

    def skipped(self, job: Job) -> None:
        """Take a job that was done before out of the whole."""
        self.ended += 1
        self.left -= job.cost
        self.progress.update(self.whole, total=self.left)

    def started(self, job: Job) -> None:
        """Take note that a job was handed to the executor; its bar comes when it reports."""
        self.begun[job.id] = time.monotonic()

    def progressed(self, job: Job, fraction: float) -> None:
        """Move a job's bar and that of the whole."""
        if job.id not in self.bars:
            self.begun[job.id] = time.monotonic()
            self.bars[job.id] = self.progress.add_task(job.id, total=1.0)
        self.fractions[job.id] = fraction
        self.progress.update(self.bars[job.id], completed=fraction)
        self._show_whole()

    def finished(self, job: Job, error: BaseException | None) -> None:
        """Take away a job's bar, and say that it ended."""
        self.ended += 1
        self.fractions.pop(job.id, None)
        if job.id in self.bars:
            self.progress.remove_task(self.bars.pop(job.id))
        if error is None:
            self.spent += job.cost
            said = f"done in {format_seconds(time.monotonic() - self.begun[job.id])}"
        else:
            self.left -= job.cost
            said = f"failed: {error}"
        self._show_whole()
        left = estimate(time.monotonic() - self.started_at, self.spent, self.left)
        remaining = "" if left is None else f", {format_seconds(left)} left"
        self.console.print(
            f"{self.ended}/{self.count} {job.id}: {said}{remaining}", markup=False, highlight=False
        )

    def _show_whole(self) -> None:
        costs = sum(self.fractions.values())
        self.progress.update(self.whole, completed=self.spent + costs, total=self.left)
