"""Progress of a computation, and of its parts."""

from collections.abc import Callable, Iterator

Report = Callable[[float], None]
"""Receives the fraction of a computation that is done. An exception that it raises ends it."""


def ignore(fraction: float) -> None:
    """Receive a fraction that nobody asked for."""


def narrow(report: Report, start: float, stop: float) -> Report:
    """Return what reports a part's progress as that of the whole, from `start` to `stop`."""
    return lambda fraction: report(start + fraction * (stop - start))


def divide(report: Report, parts: int) -> Iterator[Report]:
    """Yield what reports the progress of each of several parts that take equally long."""
    return (narrow(report, part / parts, (part + 1) / parts) for part in range(parts))
