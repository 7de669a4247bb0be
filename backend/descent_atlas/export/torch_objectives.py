"""Objectives in PyTorch, in the form that the page shows.

`objectives.formulas` avoids subtracting nearly equal numbers. These formulas are the familiar ones
instead, and differ only by rounding. Autograd computes the derivatives.
"""

import keyword
import textwrap

import numpy as np
from numpy.typing import NDArray

from descent_atlas.export.torch_expressions import write_expression
from descent_atlas.objectives.objective import Objective
from descent_atlas.objectives.typed.typed_objective import TypedObjective

LONGEST_LINE = 78
"""Columns of a typed function's lines within a function, with four more before them."""

AUTOGRAD = (
    "Where the argument u of a root, or the base u of a power with an exponent below 1, is 0, its "
    "derivative is infinite. If the derivative of u is 0 there, their product counts as 0 in "
    "Descent Atlas; PyTorch's autograd gives NaN."
)
"""The rule in which a script differs."""

BODIES = {
    "two-gaussian-bowl": """\
right = a * torch.exp(-((x - 1) ** 2 + y**2) / c)
left = b * torch.exp(-((x + 1) ** 2 + y**2) / d)
return x**2 + y**2 - right - left
""",
    "rastrigin": """\
bumps = torch.cos(2 * math.pi * x) + torch.cos(2 * math.pi * y)
return 2 * A + x**2 + y**2 - A * bumps
""",
    "rosenbrock": """\
return (a - x) ** 2 + b * (y - x**2) ** 2
""",
    "himmelblau": """\
return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2
""",
    "beale": """\
return (
    (1.5 - x + x * y) ** 2
    + (2.25 - x + x * y**2) ** 2
    + (2.625 - x + x * y**3) ** 2
)
""",
    # The gradient of a norm at 0 is 0 in PyTorch, that of a root is NaN.
    "ackley": """\
distance = torch.linalg.vector_norm(torch.stack((x, y)))
ripples = torch.cos(2 * math.pi * x) + torch.cos(2 * math.pi * y)
funnel = a * torch.exp(-b * distance / math.sqrt(2))
return -funnel - torch.exp(ripples / 2) + a + math.e
""",
    "styblinski-tang": """\
return (x**4 - 16 * x**2 + 5 * x + y**4 - 16 * y**2 + 5 * y) / 2
""",
    "goldstein-price": """\
s = x + y
t = 2 * x - 3 * y
first = 1 + (s + 1) ** 2 * (19 - 14 * s + 3 * s**2)
second = 30 + t**2 * (18 - 16 * t + 3 * t**2)
return first * second
""",
    "three-hump-camel": """\
return 2 * x**2 - 1.05 * x**4 + x**6 / 6 + x * y + y**2
""",
    "six-hump-camel": """\
return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2
""",
    "quadratic": """\
phi = math.radians(rotation)
u = x * math.cos(phi) + y * math.sin(phi)
v = y * math.cos(phi) - x * math.sin(phi)
return (u**2 + condition_number * v**2) / 2
""",
    "saddle": """\
return x**2 - y**2
""",
    "hyperbolic-valley": """\
return (1 - x**2 * y**2) ** 2 / 4
""",
}
"""The body of a function of zero-dimensional tensors x and y, by the objective's id."""


def name_function(objective: Objective) -> str:
    """Return the name that a script gives an objective's function.

    Example:
        >>> from descent_atlas.objectives.objective_table import OBJECTIVES
        >>> name_function(OBJECTIVES["goldstein-price"])
        'goldstein_price'
    """
    return objective.id.replace("-", "_")


def write_objective(objective: Objective, parameters: NDArray[np.float64]) -> str:
    """Return an objective as a function in PyTorch, with its packed parameters as constants.

    Example:
        >>> from descent_atlas.objectives.objective_table import OBJECTIVES
        >>> saddle = OBJECTIVES["saddle"]
        >>> print(write_objective(saddle, saddle.pack({})))
        def saddle(x, y):
            return x**2 - y**2
    """
    if isinstance(objective, TypedObjective):
        return _write_typed(objective, parameters)
    constants = [
        f"{parameter.id} = {value!r}  # {parameter.description}"
        for parameter, value in zip(objective.parameters, parameters.tolist(), strict=True)
    ]
    lines = [*constants, *BODIES[objective.id].splitlines()]
    return "\n    ".join([f"def {name_function(objective)}(x, y):", *lines])


def _write_typed(objective: TypedObjective, parameters: NDArray[np.float64]) -> str:
    """Return a typed function, its terms on lines of their own where it is long."""
    values = objective.read_parameters(parameters)
    constants = [
        f"{_rename(parameter.id)} = torch.tensor({value!r})"
        for parameter, value in zip(objective.parameters, values, strict=True)
    ]
    names = {parameter.id: _rename(parameter.id) for parameter in objective.parameters}
    code = write_expression(objective.tree, names)
    body = [f"return {code}"]
    if len(code) > LONGEST_LINE:
        body = ["return (", *(f"    {line}" for line in _wrap(code)), ")"]
    remarks = [f"# {line}" for line in textwrap.wrap(AUTOGRAD, LONGEST_LINE)]
    head = remarks if objective.has_roots() else []
    inside = [f"    {line}" for line in (*constants, *body)]
    return "\n".join([*head, f"def {name_function(objective)}(x, y):", *inside])


def _rename(name: str) -> str:
    """Return a parameter's name as Python allows it."""
    return f"{name}_" if keyword.iskeyword(name) or name in ("math", "torch", "float") else name


def _wrap(code: str) -> list[str]:
    """Return an expression in lines, broken at blanks; none breaks within a call's name."""
    return textwrap.wrap(code, LONGEST_LINE, break_long_words=False, break_on_hyphens=False)
