"""What a benchmark measures, what it must reach, and how its line reads."""

import math
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Literal

import torch

Unit = Literal["s", "requests/s", "bytes"]

SCALES: dict[Unit, tuple[tuple[float, str], ...]] = {
    "s": ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")),
    "requests/s": ((1.0, "/s"),),
    "bytes": ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")),
}
"""How each unit is printed, the largest first."""


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """Repeated measurements of one thing: their median, and the quartiles around it."""

    unit: Unit
    median: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, samples: Sequence[float], unit: Unit = "s") -> "Measurement":
        """Summarize at least two samples."""
        low, _, high = quantiles(samples, n=4, method="inclusive")
        return cls(unit=unit, median=median(samples), low=low, high=high, count=len(samples))

    def __str__(self) -> str:
        scale, name = choose_scale(self.median, self.unit)
        low, middle, high = (significant(v / scale) for v in (self.low, self.median, self.high))
        return f"{middle} {name} ({low}–{high})"


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A bound on a ratio to the peer or, where there is no peer, on our own median."""

    relation: Literal["<", "≤", "≥"]
    bound: float
    unit: Unit | None = None
    """None for a ratio."""

    def is_met_by(self, value: float) -> bool:
        """Tell whether a value keeps the bound."""
        match self.relation:
            case "<":
                return value < self.bound
            case "≤":
                return value <= self.bound
            case "≥":
                return value >= self.bound

    def __str__(self) -> str:
        if self.unit is None:
            return f"{self.relation} {self.bound:,g}×"
        scale, name = choose_scale(self.bound, self.unit)
        return f"{self.relation} {self.bound / scale:g} {name}"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a benchmark found.

    Attributes:
        ours: what we measured of ourselves.
        goal: what must be reached; None for a number that only helps to judge another.
        peer_name, peer: what we compare with, if with anything, and what we measured of it.
        ratio: how the two compare, by medians; which way round, the benchmark says.
        note: what a reader must know to judge the numbers.
    """

    ours: Measurement
    goal: Goal | None
    peer_name: str | None = None
    peer: Measurement | None = None
    ratio: float | None = None
    note: str = ""

    @property
    def is_met(self) -> bool:
        """Whether the goal is reached."""
        return self.goal is None or self.goal.is_met_by(
            self.ours.median if self.ratio is None else self.ratio
        )

    def describe(self) -> dict[str, Any]:
        """Return everything as JSON has it."""
        return {
            "ours": vars(self.ours),
            "peer": self.peer and {"name": self.peer_name, **vars(self.peer)},
            "ratio": self.ratio,
            "goal": self.goal and {**vars(self.goal), "text": str(self.goal)},
            "met": self.is_met,
            "note": self.note,
        }


def choose_scale(value: float, unit: Unit) -> tuple[float, str]:
    """Return the factor and the name in which a value of a unit is printed."""
    scales = SCALES[unit]
    return next((scale for scale in scales if abs(value) >= scale[0]), scales[-1])


def significant(value: float) -> str:
    """Return a positive number with three digits that count, such as 0.0512, 1.00 and 1,370."""
    rounded = float(f"{value:.2e}")
    decimals = max(0, 2 - math.floor(math.log10(rounded)))
    return f"{rounded:,.{decimals}f}"


def interleave(rounds: int, *peers: Callable[[], float]) -> list[list[float]]:
    """Return the samples of each peer, taken in turn (A B A B …) after one call that is not kept.

    What else the machine does then falls on all of them alike.
    """
    for peer in peers:
        peer()
    samples = [[peer() for peer in peers] for _ in range(rounds)]
    return [list(column) for column in zip(*samples, strict=True)]


def timed(function: Callable[[], object], calls: int = 1) -> Callable[[], float]:
    """Return a function that calls a function and returns the seconds that a call took.

    What takes microseconds is called many times in a row: after a peer that takes a second, its
    first call would measure the processor's caches.
    """

    def measure() -> float:
        began = time.perf_counter()
        for _ in range(calls):
            function()
        return (time.perf_counter() - began) / calls

    return measure


@contextmanager
def one_thread() -> Iterator[None]:
    """Let PyTorch compute on one thread, as the job's workers do, for as long as this lasts."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def read_peak(process: int | None = None) -> int:
    """Return the most bytes that a process, by default this one, held in memory, on Linux.

    `getrusage` would count what the process held that started this one.
    """
    status = Path(f"/proc/{process or 'self'}/status").read_text()
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    assert found
    return int(found[1]) * 1024
