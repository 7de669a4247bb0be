"""Objectives made of typed formulas."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from descent_atlas.expressions import machine
from descent_atlas.expressions.bends import find_cusps, measure_bend
from descent_atlas.expressions.mathematics import print_formula, print_name
from descent_atlas.expressions.parser import parse
from descent_atlas.expressions.program import compile_tree
from descent_atlas.expressions.tree import Node, list_parameters
from descent_atlas.objectives.minima import FAR
from descent_atlas.objectives.objective import (
    LEVELS,
    Domain,
    Objective,
    Parameter,
    SearchLimits,
    evaluate_each,
)

TYPED = "typed"
"""The id of every typed objective."""

MAX_PARAMETER = 100.0
"""Limit on the size of a parameter: larger factors can stand in the formula."""

DEFAULT_PARAMETER = 1.0

SMOOTH = "A function that you typed. Its gradient is exact wherever it has one."

BENT = (
    "A function that you typed. Its gradient is exact wherever it has one. Where abs, a root or a "
    "power has none, its derivative counts as 0; where the arguments of min or max are equal, the "
    "mean of both counts."
)

MAX_DOMAIN = 70.0
"""Limit on a domain's coordinates: its corners lie within `FAR` of the origin, beyond which a flow
counts as one that leaves."""

assert 2 * MAX_DOMAIN**2 <= FAR**2

DEFAULT_DOMAIN = Domain(x=(-5.0, 5.0), y=(-5.0, 5.0))

SEARCH_COST = 2_000_000
"""Limit on the cost of the candidates for minima: candidates times `Program.cost`. Newton's method
takes up to 50 steps from each, so that a search takes less than a second."""

MOST_MINIMA = 200
"""The lowest minima are kept: more would be dots without an order."""

RINGS = 16
"""Rings sampled around a minimum: more would shorten few flows and take longer than the search."""

ON_BEND = 1e-8
"""A descent that ends this close to a bend has landed on it: as close as at rest."""

FLAT_SHARE = 0.2
"""A view of which more lies below its first evenly spaced contour gets logarithmic ones."""

START = (0.18, 0.82)
"""Where descents start at first, as shares of the domain's width and height: away from the middle
and from the diagonals, on which much is symmetric."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TypedObjective(Objective):
    """An objective that was typed, at fixed values of its parameters.

    `tree` is its formula, `values` are the parameters, `code` is the program for them, which takes
    the place of a table objective's parameters. `cost` is that of an evaluation, as `Program.cost`.
    """

    tree: Node
    values: Mapping[str, float]
    code: NDArray[np.float64]
    cost: int
    bends: bool

    def pack(self, parameters: Mapping[str, float]) -> NDArray[np.float64]:
        """Return the program. Raises ValueError for parameters other than those it is for."""
        if dict(parameters) != dict(self.values):
            raise ValueError(f"this program is for {dict(self.values)}, not {dict(parameters)}")
        return self.code

    def lacks_gradient(self, x: float, y: float) -> bool:
        """Return whether abs, min, max, a root or a power has no derivative at (x, y)."""
        return self.bends and measure_bend(self.code, x, y) <= ON_BEND


@lru_cache(maxsize=256)
def make_objective(
    text: str, values: tuple[tuple[str, float], ...] = (), domain: Domain = DEFAULT_DOMAIN
) -> TypedObjective:
    """Return the objective of a formula at values of its parameters, the missing ones at 1.

    The same arguments give the same object, whose minima are therefore found once.

    Raises:
        ExpressionError: if the text is not a formula.
        ValueError: if a parameter is not in the formula or its value is out of range, or if the
            domain is; the message says which.

    Example:
        >>> objective = make_objective("a*x^2 + y^2", (("a", 3.0),))
        >>> [float(v) for v in objective.evaluate(1.0, 2.0, objective.code)]
        [7.0, 6.0, 4.0]
    """
    tree = parse(text)
    names = list_parameters(tree)
    check_parameters(names, dict(values))
    _check_domain(domain)
    numbers = dict.fromkeys(names, DEFAULT_PARAMETER) | dict(values)
    program = compile_tree(tree, numbers)
    return TypedObjective(
        id=TYPED,
        name="Your own function",
        description=SMOOTH if not program.bends else BENT,
        latex=print_formula(tree),
        parameters=tuple(
            Parameter(
                id=name,
                latex=print_name(name),
                default=DEFAULT_PARAMETER,
                minimum=-MAX_PARAMETER,
                maximum=MAX_PARAMETER,
                description=f"The parameter {name}",
            )
            for name in names
        ),
        domain=domain,
        value_and_gradient=machine.value_and_gradient,
        hessian=machine.hessian,
        cusps=find_cusps(program.code, domain) if program.bends else (),
        logarithmic=_spans_magnitudes(program.code, domain),
        start=choose_start(domain),
        reference=None,
        search_limits=SearchLimits(
            candidates=max(1, SEARCH_COST // program.cost), minima=MOST_MINIMA, rings=RINGS
        ),
        tree=tree,
        values=numbers,
        code=program.code,
        cost=program.cost,
        bends=program.bends,
    )


def check_parameters(names: tuple[str, ...], values: Mapping[str, float]) -> None:
    """Raise ValueError for a value that is not one of the named parameters, or out of range."""
    for name, value in values.items():
        if name not in names:
            listed = f"its parameters are {', '.join(names)}" if names else "it has none"
            raise ValueError(f"the formula has no parameter {name!r}: {listed}")
        if not abs(value) <= MAX_PARAMETER:  # NaN fails this, too
            raise ValueError(
                f"{name} must be from {-MAX_PARAMETER:g} to {MAX_PARAMETER:g}, not {value!r}"
            )


def _check_domain(domain: Domain) -> None:
    for name, (low, high) in (("x", domain.x), ("y", domain.y)):
        if not -MAX_DOMAIN <= low < high <= MAX_DOMAIN:
            raise ValueError(
                f"the domain's {name} must ascend from {-MAX_DOMAIN:g} to {MAX_DOMAIN:g} at most, "
                f"not from {low!r} to {high!r}"
            )


def choose_start(domain: Domain) -> tuple[float, float]:
    """Return where descents start on a domain, in numbers of few digits."""
    (left, right), (low, high) = domain.x, domain.y
    x, y = left + START[0] * (right - left), low + START[1] * (high - low)
    digits = 3 - int(np.floor(np.log10(max(right - left, high - low))))
    return round(x, digits), round(y, digits)


def _spans_magnitudes(code: NDArray[np.float64], domain: Domain) -> bool:
    """Return whether evenly spaced contours would leave much of the domain without a line."""
    x, y = np.meshgrid(np.linspace(*domain.x, 41), np.linspace(*domain.y, 41))
    address = np.uintp(machine.value_and_gradient.address)
    z = evaluate_each(address, x.ravel(), y.ravel(), code)[0]
    z = z[np.isfinite(z)]
    if z.size == 0:
        return False
    first = z.min() + (z.max() - z.min()) / (LEVELS + 1)
    return bool(np.mean(z <= first) > FLAT_SHARE)
