"""Objectives: functions of two variables, with their domain, derivatives and reference.

`objectives.objective_table` lists them, `objectives.formulas` computes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from descent_atlas.compilation.kernels import CompiledObjective, call_objective, compile_function

LEVELS = 25
"""Contour levels of a view: with fewer, small wells are invisible; with more, lines merge."""

LOWEST_SHARE = 0.001
"""Share of a view's grid points below the first logarithmic level."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A number in an objective's formula. Its limits are inclusive."""

    id: str
    latex: str
    default: float
    minimum: float
    maximum: float
    description: str


@dataclass(frozen=True, kw_only=True)
class Domain:
    """The rectangle that the page shows and in which minima are listed, ends included."""

    x: tuple[float, float]
    y: tuple[float, float]

    def contains(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which points lie in the domain."""
        inside_x = (self.x[0] <= x) & (x <= self.x[1])
        return inside_x & (self.y[0] <= y) & (y <= self.y[1])


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A publication."""

    text: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Opening:
    """The settings at which the page opens an objective, where the defaults show little.

    `parameters` are those that are not at their defaults; `preset` names the optimizers' settings.
    """

    parameters: Mapping[str, float]
    start: tuple[float, float]
    preset: Literal["swept", "article"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Valley:
    """Global minima that form curves instead of points.

    Attributes:
        nearest: as in `objectives.valleys`: the distance to the curves, and their nearest point.
        points: a point of each curve, which stands for all of it in lists of minima. Of all curves'
            points, that of the curve on which a point lies is the nearest to it.
        latex: the equation of the curves.
    """

    nearest: CompiledObjective
    points: tuple[tuple[float, float], ...]
    latex: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Objective:
    """A function f(x, y) to minimize.

    `value_and_gradient` and `hessian` are compiled (see `compilation.kernels`) and take the point
    and the vector that `pack` returns. `cusps` are minima at which f has no gradient. `valley` is
    given where the minima are curves.
    `logarithmic` says that f spans so many orders of magnitude that evenly spaced contours
    would hide its shape. `start` is a point from which optimizers take visibly different paths;
    where there is none at the defaults, `opening` names other settings.
    """

    id: str
    name: str
    description: str
    latex: str
    parameters: tuple[Parameter, ...] = ()
    domain: Domain
    value_and_gradient: CompiledObjective
    hessian: CompiledObjective
    cusps: tuple[tuple[float, float], ...] = ()
    valley: Valley | None = None
    logarithmic: bool = False
    start: tuple[float, float]
    opening: Opening | None = None
    reference: Reference

    def pack(self, parameters: Mapping[str, float]) -> NDArray[np.float64]:
        """Return all parameters in the table's order, the missing ones at their defaults.

        Raises ValueError for a parameter that the objective does not have and for a value
        outside its limits; the message names both.
        """
        known = [parameter.id for parameter in self.parameters]
        for name in parameters:
            if name not in known:
                listed = f"its parameters are {', '.join(known)}" if known else "it has none"
                raise ValueError(f"{self.id} has no parameter {name!r}: {listed}")
        values = np.empty(len(self.parameters))
        for i, parameter in enumerate(self.parameters):
            value = parameters.get(parameter.id, parameter.default)
            if not parameter.minimum <= value <= parameter.maximum:  # NaN fails this, too
                raise ValueError(
                    f"{parameter.id} of {self.id} must be from {parameter.minimum:g} "
                    f"to {parameter.maximum:g}, not {value!r}"
                )
            values[i] = value
        return values

    def read_parameters(self, parameters: NDArray[np.float64]) -> list[float]:
        """Return the parameters' values in the table's order, from what `pack` returned."""
        values: list[float] = parameters.tolist()
        return values

    def estimate_cost(self, parameters: NDArray[np.float64]) -> float:
        """Return how many times as long as that of a function of the table an evaluation takes."""
        return 1.0

    def find_cusps(self, parameters: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
        """Return the minima at which f has no gradient."""
        return self.cusps

    @cached_property
    def addresses(self) -> tuple[np.uintp, np.uintp, np.uintp]:
        """The addresses that the loops take: value and gradient, Hessian, and `valley_address`.

        To make them costs as much as 30 steps.
        """
        return (
            np.uintp(self.value_and_gradient.address),
            np.uintp(self.hessian.address),
            np.uintp(self.valley_address),
        )

    @property
    def valley_address(self) -> int:
        """Address of the machine code of `valley.nearest`, 0 where minima are points."""
        return 0 if self.valley is None else self.valley.nearest.address

    def describe_kink(self, x: float, y: float, parameters: NDArray[np.float64]) -> str | None:
        """Return why f has no gradient at (x, y) and what counts as it; None if it has one."""
        if (x, y) in self.cusps:
            return "There is no derivative at the last point, a cusp; it counts as 0."
        return None

    def evaluate(
        self, x: ArrayLike, y: ArrayLike, parameters: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return f, ∂f/∂x and ∂f/∂y at every point, in the shape to which x and y broadcast.

        `parameters` is what `pack` returns.
        """
        xs, ys = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64))
        address = np.uintp(self.value_and_gradient.address)
        found = evaluate_each(address, xs.ravel(), ys.ravel(), parameters)
        f, fx, fy = found.reshape(3, *xs.shape)
        return f, fx, fy

    def contour_levels(self, z: NDArray[np.float64]) -> list[float]:
        """Return values of f, ascending, at which contours show the shape of the view `z`.

        They lie strictly inside the range of the finite values of z. Those of a logarithmic
        objective are evenly spaced in the logarithm of the height above the view's lowest value.
        There are `LEVELS` of them, or fewer if the view is so flat that they coincide.
        """
        return spread_levels(z, logarithmic=self.logarithmic)


def spread_levels(z: NDArray[np.float64], *, logarithmic: bool) -> list[float]:
    """Return values of f, ascending, at which contours show the shape of the view `z`.

    See `Objective.contour_levels`.
    """
    finite = z[np.isfinite(z)]
    if finite.size == 0:
        return []
    low, high = finite.min(), finite.max()
    levels = np.linspace(low, high, LEVELS + 2)[1:-1]
    if logarithmic:
        heights = finite[finite > low] - low
        if heights.size:
            levels = (
                low + np.geomspace(np.quantile(heights, LOWEST_SHARE), high - low, LEVELS + 1)[:-1]
            )
    return [float(level) for level in np.unique(levels) if low < level < high]


@compile_function
def evaluate_each(
    address: np.uintp,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    parameters: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the three numbers of a `CompiledObjective` at each of n points, float64[3, n]."""
    out = np.empty((3, x.size))
    for i in range(x.size):
        out[0, i], out[1, i], out[2, i] = call_objective(address, x[i], y[i], parameters)
    return out
