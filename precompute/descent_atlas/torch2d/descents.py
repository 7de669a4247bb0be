"""What `descend` returns: descents on one function, to be drawn, joined and saved."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, overload

import numpy as np
from numpy.typing import NDArray

from descent_atlas.objectives.minima import Minimum
from descent_atlas.simulation.descent import Status, Visit
from descent_atlas.torch2d.plane_functions import (
    LONGEST_NAME,
    BuiltInFunction,
    DescendError,
    OwnFunction,
    PlaneFunction,
    Rectangle,
    ValueGrid,
)
from descent_atlas.torch2d.settings_record import Setting

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MAX_DESCENTS = 16
"""Descents of one figure and of one file: more colours cannot be told apart."""

MARGIN = 0.2
"""Room around the paths on a function of one's own, as a share of their extent."""

LEAST_RATIO = 0.5
"""The least ratio of the sides of that part of the plane."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TorchDescent:
    """One optimizer's run on one function from one start.

    Attributes:
        label: its name in figures and legends; no two descents of a `Descents` share one.
        optimizer: the name of the optimizer's class.
        settings: those with which it was built, its defaults among them.
        schedule: the name of its scheduler's class; None without.
        seed: the seed of PyTorch's generator.
        status: how it ended, see `simulation.descent.Status`. Where minima are not known,
            STATIONARY says no more than that the last gradient and the last step are at most 1e-8.
            With a scheduler the last step counts as if its rate were the largest of all steps.
        steps: the steps it took: its whole budget, or the step in which it diverged.
        minimum: the index in `Descents.minima` of the minimum in whose gradient-flow basin the last
            point lies; None if there is none, or none is known.
        arrived: whether it stayed near that minimum to the end; None where minima are not known.
        arrival: the step in which it arrived; None if it did not, or that is not known.
        visit: its longest stay near a minimum, if it has not arrived; else None.
        step: the step number of each point, int32[points].
        x, y: the positions, float64[points], finite.
        loss: the function there, float64[points], finite.
        gradients: how many gradients it had cost until each point, int32[points].
    """

    label: str
    optimizer: str
    settings: Mapping[str, Setting]
    schedule: str | None
    seed: int
    status: Status
    steps: int
    minimum: int | None = None
    arrived: bool | None = None
    arrival: int | None = None
    visit: Visit | None = None
    step: NDArray[np.int32]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    loss: NDArray[np.float64]
    gradients: NDArray[np.int32]

    def __repr__(self) -> str:
        end = f"({self.x[-1]:.6g}, {self.y[-1]:.6g})"
        took = f"{self.steps:,} steps, {self.gradients[-1]:,} gradients"
        if self.arrived and self.arrival is not None:
            how = f"arrived at step {self.arrival:,}"
        else:
            how = self.status.value
        return f"{self.label}: {took}, {how}; ends at {end} with loss {self.loss[-1]:.6g}"


class Descents(Sequence[TorchDescent]):
    """Descents on one function. `a + b` joins them; `figure` draws, `save` writes them.

    Attributes:
        function: the function.
    """

    def __init__(self, function: PlaneFunction, descents: Sequence[TorchDescent]) -> None:
        if not 1 <= len(descents) <= MAX_DESCENTS:
            raise DescendError(f"one to {MAX_DESCENTS} descents can be joined, not {len(descents)}")
        self.function = function
        self._descents = tuple(name_apart(descents))

    def __len__(self) -> int:
        return len(self._descents)

    @overload
    def __getitem__(self, index: int) -> TorchDescent: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[TorchDescent, ...]: ...

    def __getitem__(self, index: int | slice) -> TorchDescent | tuple[TorchDescent, ...]:
        return self._descents[index]

    def __iter__(self) -> Iterator[TorchDescent]:
        return iter(self._descents)

    def __repr__(self) -> str:
        return "\n".join([f"Descents on {self.function.name}", *(f"  {one!r}" for one in self)])

    def __add__(self, other: "Descents") -> "Descents":
        """Return the descents of both, which must be on the same function."""
        if not isinstance(other, Descents):
            return NotImplemented
        return Descents(join_functions(self.function, other.function), [*self, *other])

    @property
    def minima(self) -> tuple[Minimum, ...]:
        """The function's minima, the lowest first; none where they are not known."""
        return self.function.minima

    @property
    def grid(self) -> ValueGrid:
        """The function's values over the part of the plane that pictures show."""
        if isinstance(self.function, BuiltInFunction):
            return self.function.grid
        return self.function.tabulate(self.function.domain or find_extent(self))

    def figure(self) -> "Figure":
        """Return a Plotly figure: level lines, colours, paths, starts, ends and minima."""
        from descent_atlas.torch2d.descents_figure import draw_descents

        return draw_descents(self)

    def save(self, path: str | Path) -> Path:
        """Write a JSON file that the page opens; return its path.

        Paths of more than 2,000 points are thinned. docs/own-optimizer.md describes the file.
        """
        from descent_atlas.torch2d.descents_file import write_descents

        return write_descents(Path(path), self)

    @staticmethod
    def load(path: str | Path) -> "Descents":
        """Read a file that `save` has written. Raises `DescentsFileError` for any other."""
        from descent_atlas.torch2d.descents_file import read_descents

        return read_descents(Path(path))


def name_apart(descents: Sequence[TorchDescent]) -> list[TorchDescent]:
    """Return descents whose labels all differ: by start, by learning rate, or by number."""
    for tell in (describe_start, describe_rate):
        counts = Counter(one.label for one in descents)
        told = {
            label
            for label, count in counts.items()
            if count > 1 and len({tell(one) for one in descents if one.label == label}) > 1
        }
        descents = [
            rename(one, one.label + tell(one)) if one.label in told else one for one in descents
        ]
    named: list[TorchDescent] = []
    for one in descents:
        label, number = one.label, 1
        while any(label == other.label for other in named):
            number += 1
            label = f"{one.label} {number}"
        named.append(rename(one, label))
    return named


def describe_start(descent: TorchDescent) -> str:
    """Return what a label says of a descent's start."""
    return f" ({descent.x[0]:g}, {descent.y[0]:g})"


def describe_rate(descent: TorchDescent) -> str:
    """Return what a label says of a descent's learning rate, if it has one."""
    rate = descent.settings.get("lr")
    return f", lr {rate:g}" if isinstance(rate, float) else ""


def rename(descent: TorchDescent, label: str) -> TorchDescent:
    """Return a descent with another label, cut where it is too long."""
    return descent if label == descent.label else replace(descent, label=label[-LONGEST_NAME:])


def join_functions(first: PlaneFunction, second: PlaneFunction) -> PlaneFunction:
    """Return the function of two groups of descents. Raises DescendError if they have two."""
    if isinstance(first, BuiltInFunction) and isinstance(second, BuiltInFunction):
        if first.objective is second.objective and np.array_equal(
            first.parameters, second.parameters
        ):
            return first
    elif isinstance(first, OwnFunction) and isinstance(second, OwnFunction):
        if first.call is not None and first.call is second.call:
            if first.domain and second.domain and first.domain != second.domain:
                raise DescendError(
                    f"domain: the descents have two, {first.domain} and {second.domain}"
                )
            return replace(first, domain=first.domain or second.domain)
        if first.saved and second.saved and are_same(first.saved, second.saved):
            return first
    raise DescendError(
        f"descents on different functions cannot be joined: {first.name} and {second.name}; "
        "pass the same function, or the same objective with the same parameters"
    )


def are_same(first: ValueGrid, second: ValueGrid) -> bool:
    """Return whether two grids hold the same values at the same points."""
    return all(
        np.array_equal(a, b, equal_nan=True)
        for a, b in ((first.x, second.x), (first.y, second.y), (first.values, second.values))
    )


def find_extent(descents: Sequence[TorchDescent]) -> Rectangle:
    """Return the part of the plane that holds all starts, and the paths that did not diverge."""
    calm = [one for one in descents if one.status is not Status.DIVERGED]
    spans = []
    for axis in ("x", "y"):
        values = np.concatenate(
            [[getattr(one, axis)[0] for one in descents], *(getattr(one, axis) for one in calm)]
        )
        spans.append((float(values.min()), float(values.max())))
    longest = max(high - low for low, high in spans) or 1.0
    (x0, x1), (y0, y1) = (
        widen(low, high, max(high - low, LEAST_RATIO * longest)) for low, high in spans
    )
    return (x0, x1), (y0, y1)


def widen(low: float, high: float, extent: float) -> tuple[float, float]:
    """Return an interval around another one's middle, with a margin."""
    middle, half = (low + high) / 2, (0.5 + MARGIN) * extent
    return middle - half, middle + half
