"""Scheduler: order, skipped jobs, failures, progress."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console
from threadpoolctl import threadpool_info

from descent_atlas.jobs import scheduler as jobs_module
from descent_atlas.jobs.display import Display, Forecast, estimate_seconds_left, format_seconds
from descent_atlas.jobs.scheduler import (
    Job,
    Reporter,
    WorkerChannel,
    run_job,
    run_jobs,
    select_jobs,
)
from descent_atlas.training.loop import StoppedError


@dataclass(frozen=True)
class Note:
    """A job that appends its name to a list."""

    id: str
    notes: list[str]
    needs: tuple[str, ...] = ()
    cost: float = 1.0
    error: Exception | None = None
    act: Callable[[], object] = lambda: None

    def is_done(self) -> bool:
        return self.id in self.notes

    def run(self, report: Reporter) -> None:
        report(0.5)
        self.act()
        if self.error:
            raise self.error
        self.notes.append(self.id)


@dataclass
class Witness:
    """A listener that records what it receives."""

    seen: list[tuple[str, str]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def skipped(self, job: Job) -> None:
        self.seen.append(("skipped", job.id))

    def progressed(self, job: Job, fraction: float) -> None:
        self.seen.append(("progressed", job.id))

    def finished(self, job: Job, seconds: float) -> None:
        self.seen.append(("finished", job.id))
        self.seconds[job.id] = seconds

    def failed(self, job: Job, error: BaseException) -> None:
        self.seen.append(("failed", job.id))


class Interrupting(Executor):
    """An executor that raises KeyboardInterrupt during its work, as Ctrl-C does."""

    def submit(self, *arguments: Any, **options: Any) -> Future[Any]:
        raise KeyboardInterrupt


def test_jobs_run_after_what_they_need_and_the_costliest_first() -> None:
    notes: list[str] = []
    jobs = [
        Note("table", notes, needs=("long", "short"), cost=99),
        Note("short", notes, cost=1),
        Note("long", notes, cost=10),
    ]
    with ThreadPoolExecutor(1) as executor:
        outcome = run_jobs(jobs, executor, Witness())
    assert notes == ["long", "short", "table"]
    assert not outcome.failed
    assert not outcome.blocked


def test_what_is_done_is_skipped() -> None:
    notes, witness = ["first"], Witness()
    jobs = [Note("first", notes), Note("second", notes, needs=("first",))]
    with ThreadPoolExecutor(1) as executor:
        run_jobs(jobs, executor, witness)
        run_jobs(jobs, executor, witness)
    assert notes == ["first", "second"]
    assert [seen for seen in witness.seen if seen[0] == "skipped"] == [
        ("skipped", "first"),
        ("skipped", "first"),
        ("skipped", "second"),
    ]


def test_a_failure_stops_only_what_needs_it() -> None:
    notes: list[str] = []
    jobs = [
        Note("bad", notes, error=OSError("No space left on device")),
        Note("after", notes, needs=("bad",)),
        Note("last", notes, needs=("after",)),
        Note("good", notes),
    ]
    with ThreadPoolExecutor(2) as executor:
        outcome = run_jobs(jobs, executor, Witness())
    assert notes == ["good"]
    assert str(outcome.failed["bad"]) == "No space left on device"
    assert outcome.blocked == ["after", "last"]


def test_a_job_that_finished_is_reported_with_the_time_that_it_ran_and_not_that_it_waited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [0.0]
    monkeypatch.setattr(jobs_module, "time", SimpleNamespace(monotonic=lambda: clock[0]))

    def let_pass(seconds: float) -> Callable[[], object]:
        def act() -> None:
            clock[0] += seconds

        return act

    notes, witness = list[str](), Witness()
    jobs = [
        Note("long", notes, cost=10, act=let_pass(100)),
        Note("short", notes, cost=1, act=let_pass(1)),
    ]
    with ThreadPoolExecutor(1) as executor:
        run_jobs(jobs, executor, witness)
    assert witness.seconds == {"long": 100, "short": 1}


def test_only_wanted_jobs_and_those_that_they_need_are_selected() -> None:
    notes: list[str] = []
    jobs = [
        Note("a", notes),
        Note("b", notes, needs=("a",)),
        Note("c", notes, needs=("b",)),
        Note("d", notes),
    ]
    assert [job.id for job in select_jobs(jobs, ["b"])] == ["a", "b"]


def test_an_interruption_stops_running_jobs() -> None:
    channel = make_channel()
    with pytest.raises(KeyboardInterrupt):
        run_jobs([Note("a", [])], Interrupting(), Witness(), channel)
    assert channel.stop.is_set()


def test_a_job_reports_over_the_channel_and_stops_on_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel, witness, notes = make_channel(), Witness(), list[str]()
    monkeypatch.setattr(jobs_module, "_channel", channel)
    with ThreadPoolExecutor(1) as executor:
        run_jobs([Note("a", notes)], executor, witness, channel)
        channel.stop.set()
        outcome = run_jobs([Note("b", notes)], executor, witness, channel)
    assert ("progressed", "a") in witness.seen
    assert isinstance(outcome.failed["b"], StoppedError)
    assert notes == ["a"]


def make_channel() -> WorkerChannel:
    context = multiprocessing.get_context("spawn")
    return WorkerChannel(context.SimpleQueue(), context.Event())


@dataclass(frozen=True)
class Training(Note):
    """A job of another kind."""


def test_the_display_prints_what_ended_and_what_is_left() -> None:
    notes: list[str] = []
    jobs = [Note("a", notes, cost=3), Note("b", notes), Training("c", notes, cost=75)]
    console = Console(record=True, width=120, force_terminal=False)
    with Display(jobs, console) as display:
        display.skipped(Note("zero", notes))
        display.progressed(jobs[0], 0.5)
        assert display.completed == 1.5
        display.finished(jobs[0], 75.4)
        assert display.completed == 3
        display.failed(jobs[1], OSError("full"))
    text = console.export_text()
    assert "2/3 a: done in 0:01:15" in text
    assert "b: failed: full, 0:01:15 left" in text
    assert estimate_seconds_left(10, 1, 4) == 30
    assert estimate_seconds_left(10, 0, 4) is None
    assert format_seconds(3725) == "1:02:05"


def test_the_first_estimates_rest_on_costs_and_not_on_the_first_short_job() -> None:
    notes, clock = list[str](), [0.0]
    planes = [Note(f"plane-{number}", notes, cost=5) for number in range(3)]
    trainings = [Training(f"run-{number}", notes, cost=100) for number in range(4)]
    forecast = Forecast([*planes, *trainings], workers=2, clock=lambda: clock[0])
    assert forecast.estimate() == 415 / 2
    clock[0] = 40  # the workers loaded PyTorch
    forecast.finish(planes[0], 0.1)
    assert 200 < forecast.estimate() < 210
    for number in (0, 1):
        forecast.progress(trainings[number], 0.0)
    clock[0] += 60
    for number in (0, 1):
        forecast.progress(trainings[number], 0.2)  # three times as slow as their costs
    assert 2.4 < forecast.estimate() / (360 / 2) < 3
    for job in (*planes[1:], *trainings[1:]):
        forecast.forget(job)
    assert 80 * 2.3 < forecast.estimate() < 80 * 3  # one job keeps one worker busy
    forecast.finish(trainings[0], 300)
    assert forecast.estimate() == 0


def test_a_job_computes_on_one_thread_in_every_library() -> None:
    found: list[int] = []

    def look() -> None:
        found.extend(pool["num_threads"] for pool in threadpool_info())

    run_job(Note("a", [], act=look))
    assert len(found) > 1  # at least those of NumPy and PyTorch
    assert set(found) == {1}
