"""Functions of two variables as PyTorch evaluates them: a built-in objective, or one's own."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from descent_atlas.export.torch_objectives import name_function, write_objective
from descent_atlas.objectives.minima import Minimum, find_minima
from descent_atlas.objectives.objective import Objective, spread_levels
from descent_atlas.objectives.objective_table import OBJECTIVES

Point = tuple[float, float]

Rectangle = tuple[tuple[float, float], tuple[float, float]]
"""The ends of x, then those of y."""

TensorFunction = Callable[[Tensor, Tensor], Tensor]
"""A function of two zero-dimensional float64 tensors that returns another one."""

GRID_COUNT = 161
"""Points of a grid along each axis, as many as the page draws."""

LONGEST_NAME = 60
"""Characters of a name: more do not fit into a legend."""

FLAT_SHARE = 0.25
"""If half of a grid lies below this share of its height, evenly spaced levels would leave it bare.
The rule agrees with `Objective.logarithmic` for every built-in objective."""


class DescendError(ValueError):
    """A descent cannot be run, joined or saved as it is asked for."""


@dataclass(frozen=True, eq=False)
class ValueGrid:
    """A function's values on a grid.

    Attributes:
        x, y: the coordinates, ascending and evenly spaced, float64[nx] and float64[ny].
        values: float64[ny, nx]; not finite where the function is not.
        levels: the values at which contours show its shape, ascending.
        is_log: whether the levels are spread in the logarithm of the height.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    values: NDArray[np.float64]
    levels: tuple[float, ...]
    is_log: bool


@dataclass(frozen=True, eq=False)
class BuiltInFunction:
    """A built-in objective, with its formula in PyTorch.

    Attributes:
        objective: its row in the table.
        parameters: its packed parameters.
        call: the formula that exported scripts contain.
    """

    objective: Objective
    parameters: NDArray[np.float64]
    call: TensorFunction

    @property
    def name(self) -> str:
        """The objective's name for people."""
        return self.objective.name

    @property
    def minima(self) -> tuple[Minimum, ...]:
        """The minima in the objective's domain, the lowest first."""
        return find_minima(self.objective, self.parameters)

    @cached_property
    def grid(self) -> ValueGrid:
        """The values over the objective's domain."""
        x, y = (
            np.linspace(ends[0], ends[1], GRID_COUNT)
            for ends in (self.objective.domain.x, self.objective.domain.y)
        )
        values, _, _ = self.objective.evaluate(x, y[:, np.newaxis], self.parameters)
        levels = self.objective.contour_levels(values)
        return ValueGrid(x, y, values, tuple(levels), self.objective.logarithmic)


@dataclass(frozen=True, eq=False)
class OwnFunction:
    """A function that is no built-in objective: its minima are not known.

    Attributes:
        name: what people call it.
        call: the function; None if it comes from a file, which holds its values alone.
        domain: the part of the plane that pictures show; None if it follows from the paths.
        saved: the grid of the file that it comes from.
    """

    name: str
    call: TensorFunction | None = None
    domain: Rectangle | None = None
    saved: ValueGrid | None = None

    @property
    def minima(self) -> tuple[Minimum, ...]:
        """No minimum: none is known."""
        return ()

    def tabulate(self, domain: Rectangle) -> ValueGrid:
        """Return the function's values over a part of the plane, or those of its file."""
        if self.saved is not None:
            return self.saved
        assert self.call is not None
        x, y = (np.linspace(ends[0], ends[1], GRID_COUNT) for ends in domain)
        values = evaluate_on_grid(self.call, x, y)
        heights = values[np.isfinite(values)]
        heights -= heights.min() if heights.size else 0.0
        is_log = bool(heights.size and np.median(heights) < FLAT_SHARE * heights.max())
        return ValueGrid(x, y, values, tuple(spread_levels(values, logarithmic=is_log)), is_log)


PlaneFunction = BuiltInFunction | OwnFunction


def open_objective(id: str, parameters: Mapping[str, float] | None) -> BuiltInFunction:
    """Return a built-in objective with its formula in PyTorch.

    Raises DescendError for an unknown objective or parameter, and for a value beyond its limits.
    """
    if id not in OBJECTIVES:
        raise DescendError(f"there is no objective {id!r}: there are {', '.join(OBJECTIVES)}")
    objective = OBJECTIVES[id]
    try:
        packed = objective.pack(parameters or {})
    except ValueError as error:
        raise DescendError(f"parameters: {error}") from error
    namespace: dict[str, Any] = {"math": math, "torch": torch}
    exec(write_objective(objective, packed), namespace)  # the formula's one source is text
    return BuiltInFunction(objective, packed, namespace[name_function(objective)])


def open_function(
    function: TensorFunction, name: str | None, domain: Rectangle | None
) -> OwnFunction:
    """Return a function of one's own. Raises DescendError for a wrong name or domain."""
    own = getattr(function, "__name__", type(function).__name__)
    shown = name if name is not None else ("f(x, y)" if own == "<lambda>" else own)
    if domain is not None:
        ends = [float(end) for axis in domain for end in axis]
        if len(ends) != 4 or not all(map(math.isfinite, ends)):
            raise DescendError("domain must be ((x0, x1), (y0, y1)), four finite numbers")
        if not (ends[0] < ends[1] and ends[2] < ends[3]):
            raise DescendError("domain: each axis must begin below its end")
        domain = (ends[0], ends[1]), (ends[2], ends[3])
    return OwnFunction(check_name(shown, "name"), function, domain)


def check_name(text: str, field: str) -> str:
    """Return a name that fits into a legend. Raises DescendError for another."""
    if not isinstance(text, str) or not 1 <= len(text) <= LONGEST_NAME or not text.isprintable():
        raise DescendError(f"{field} must be 1 to {LONGEST_NAME} printable characters")
    return text


def evaluate_on_grid(
    call: TensorFunction, x: NDArray[np.float64], y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a function's values at every pair of coordinates, float64[ny, nx].

    All points at once, or one by one where the function branches on its arguments.
    """
    xs, ys = (torch.from_numpy(grid.ravel().copy()) for grid in np.meshgrid(x, y))
    with torch.no_grad():
        try:
            values = torch.func.vmap(call)(xs, ys)
        except Exception:  # whatever vmap cannot do, single points can
            values = torch.stack([call(*pair) for pair in zip(xs, ys, strict=True)])
    found: NDArray[np.float64] = values.double().numpy().reshape(len(y), len(x))
    return found
