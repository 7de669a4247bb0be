"""Objectives made of typed text: as good as those of the table, for the loop and for the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from descent_atlas.objectives.objective import (
    Domain,
    Objective,
    Parameter,
    Reference,
    evaluate_each,
)
from descent_atlas.objectives.typed.expression_latex import write_latex, write_symbol
from descent_atlas.objectives.typed.expression_parser import parse
from descent_atlas.objectives.typed.expression_tree import Node
from descent_atlas.objectives.typed.function_library import LIBRARY
from descent_atlas.objectives.typed.kinks import describe_kink, find_cusps, find_root, list_kinks
from descent_atlas.objectives.typed.tape import assemble, estimate_cost, read_parameters
from descent_atlas.objectives.typed.tape_machine import (
    RULES,
    typed_hessian,
    typed_value_and_gradient,
)

TYPED_ID = "own-function"
"""The id of every typed objective; no request chooses by it."""

DEFAULT_DOMAIN = Domain(x=(-5.0, 5.0), y=(-5.0, 5.0))

PREVIEW_COUNT = 33
"""Grid points along each side of the domain from which scale and start are chosen."""

STEEP = 1 / 6
"""If half of the domain lies below this share of its height, contours are logarithmic. Of the
table's functions, those that need it lie below, and a paraboloid above, at a third."""

START_PLACES = ((0.15, 0.8), (0.8, 0.85), (0.3, 0.2), (0.6, 0.6))
"""The places in the domain, as shares of its sides, of which the first with a finite value is the
start."""


@dataclass(frozen=True, kw_only=True, eq=False)
class TypedObjective(Objective):
    """An objective made of typed text.

    `pack` assembles the program that the compiled machine runs; what other objectives take as
    their parameters is for it the whole program.

    Attributes:
        text: the function as it was typed.
        tree: its tree.
    """

    text: str
    tree: Node

    def pack(self, parameters: Mapping[str, float]) -> NDArray[np.float64]:
        """Return the program at all parameters, the missing ones at their defaults.

        Raises:
            ValueError: as for `Objective.pack`.
        """
        values = super().pack(parameters).tolist()
        names = [parameter.id for parameter in self.parameters]
        return assemble(self.tree, dict(zip(names, values, strict=True)))

    def read_parameters(self, parameters: NDArray[np.float64]) -> list[float]:
        """Return the parameters' values for which a program was assembled."""
        return read_parameters(parameters, len(self.parameters))

    def estimate_cost(self, parameters: NDArray[np.float64]) -> float:
        """Return about how many times as long as one of the table's an evaluation takes."""
        return estimate_cost(parameters)

    def find_cusps(self, parameters: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
        """Return the minima at which f has no gradient, as far as a search of the domain finds."""
        return find_cusps(self.tree, self.domain, self._name_values(parameters), parameters)

    def describe_kink(self, x: float, y: float, parameters: NDArray[np.float64]) -> str | None:
        """Return why f has no gradient at (x, y) and what counts as it; None if it has one."""
        return describe_kink(list_kinks(self.tree), self._name_values(parameters), x, y)

    def list_rules(self) -> list[str]:
        """Return what counts as f's derivative where there is none, by kind of kink."""
        operations = [kink.node.operation for kink in list_kinks(self.tree)]
        return list(dict.fromkeys(RULES[operation] for operation in operations))

    def has_roots(self) -> bool:
        """Return whether f has roots or powers, whose derivative may be infinite."""
        return any(kink.node.operation in ("sqrt", "^") for kink in list_kinks(self.tree))

    def find_root(
        self, x: NDArray[np.float64], y: NDArray[np.float64], parameters: NDArray[np.float64]
    ) -> int | None:
        """Return the index of the first point on a kink of a root or power; see `kinks`."""
        points = np.stack((x, y), axis=1)
        return find_root(list_kinks(self.tree), self._name_values(parameters), points)

    def _name_values(self, parameters: NDArray[np.float64]) -> dict[str, float]:
        names = [parameter.id for parameter in self.parameters]
        return dict(zip(names, self.read_parameters(parameters), strict=True))


@lru_cache(maxsize=256)
def make_typed(text: str, domain: Domain = DEFAULT_DOMAIN) -> TypedObjective:
    """Return the objective of a typed function.

    Raises:
        ExpressionError: if the text is not a function, see `expression_parser.parse`.

    Example:
        >>> rosenbrock = make_typed("(a - x)^2 + b*(y - x^2)^2; b = 100 in [1, 200]")
        >>> f, fx, fy = rosenbrock.evaluate(1.0, 2.0, rosenbrock.pack({"b": 10}))
        >>> float(f), float(fx), float(fy)
        (10.0, -40.0, 20.0)
    """
    parsed = parse(text)
    parameters = tuple(
        Parameter(
            id=name,
            latex=write_symbol(name),
            default=setting.default,
            minimum=setting.minimum,
            maximum=setting.maximum,
            description=f"Parameter {name}",
        )
        for name, setting in parsed.parameters.items()
    )
    defaults = {parameter.id: parameter.default for parameter in parameters}
    program = assemble(parsed.tree, defaults)
    logarithmic, start = _preview(program, domain)
    known = next((function for function in LIBRARY.values() if function.text == text), None)
    return TypedObjective(
        id=TYPED_ID,
        name=known.name if known else "Your own function",
        description=f"{'A known' if known else 'Your own'} function; its derivatives are exact.",
        latex=f"f(x, y) = {write_latex(parsed.tree)}",
        parameters=parameters,
        domain=domain,
        value_and_gradient=typed_value_and_gradient,
        hessian=typed_hessian,
        logarithmic=logarithmic,
        start=start,
        reference=known.reference if known else Reference(text="Your own function", url=""),
        text=text,
        tree=parsed.tree,
    )


def _preview(program: NDArray[np.float64], domain: Domain) -> tuple[bool, tuple[float, float]]:
    """Return whether contours should be logarithmic, and where descents should start."""

    def evaluate(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        address = np.uintp(typed_value_and_gradient.address)
        values: NDArray[np.float64] = evaluate_each(address, x, y, program)[0]
        return values

    (x0, x1), (y0, y1) = domain.x, domain.y
    grid = np.meshgrid(np.linspace(x0, x1, PREVIEW_COUNT), np.linspace(y0, y1, PREVIEW_COUNT))
    values = evaluate(grid[0].ravel(), grid[1].ravel())
    finite = values[np.isfinite(values)]
    heights = finite - finite.min() if finite.size else finite
    logarithmic = bool(finite.size and np.median(heights) < STEEP * heights.max())
    places = [
        (_shorten(x0 + u * (x1 - x0), x1 - x0), _shorten(y0 + v * (y1 - y0), y1 - y0))
        for u, v in START_PLACES
    ]
    losses = evaluate(*np.array(places).T.copy())
    good = [place for place, loss in zip(places, losses, strict=True) if np.isfinite(loss)]
    return logarithmic, (good or places)[0]


def _shorten(value: float, span: float) -> float:
    """Return a coordinate with as many digits as a hundredth of the span needs."""
    return round(value, int(2 - np.floor(np.log10(span)))) + 0.0
