"""The machine: values and derivatives against automatic differentiation, and the rules at bends."""

import math
import random
from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from descent_atlas.expressions.parser import MAX_DEPTH, parse
from descent_atlas.expressions.program import compile_tree
from descent_atlas.expressions.tree import (
    Call,
    Literally,
    Name,
    Negation,
    Node,
    Operation,
    list_nodes,
)
from descent_atlas.expressions.typed_objective import TypedObjective, make_objective
from descent_atlas.objectives.objective import evaluate_each
from descent_atlas.objectives.objective_table import OBJECTIVES
from tests.backend.expressions.formula_draws import draw_formula

FORMULAS = {
    "two-gaussian-bowl": "x^2 + y^2 - a*exp(-((x-1)^2 + y^2)/c) - b*exp(-((x+1)^2 + y^2)/d)",
    "rastrigin": "2*A + x^2 + y^2 - A*cos(2*pi*x) - A*cos(2*pi*y)",
    "rosenbrock": "(a - x)^2 + b*(y - x^2)^2",
    "himmelblau": "(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
    "beale": "(1.5 - x + x*y)^2 + (2.25 - x + x*y^2)^2 + (2.625 - x + x*y^3)^2",
    "ackley": "-a*exp(-b*sqrt((x^2+y^2)/2)) - exp((cos(2*pi*x) + cos(2*pi*y))/2) + a + e",
    "styblinski-tang": "(x^4 - 16*x^2 + 5*x + y^4 - 16*y^2 + 5*y)/2",
    "three-hump-camel": "2*x^2 - 1.05*x^4 + x^6/6 + x*y + y^2",
    "saddle": "x^2 - y^2",
}
"""Objectives of the table as one would type them."""

UNARY: dict[str, Callable[..., Tensor]] = {
    "sin": torch.sin,
    "cos": torch.cos,
    "tan": torch.tan,
    "exp": torch.exp,
    "log": torch.log,
    "sqrt": torch.sqrt,
    "abs": torch.abs,
    "tanh": torch.tanh,
    "min": torch.minimum,
    "max": torch.maximum,
}


def compute(node: Node, names: dict[str, Tensor]) -> Tensor:
    """Compute a tree in PyTorch, node by node, without any shortcut."""
    match node:
        case Literally(value):
            return torch.full_like(names["x"], value)
        case Name(name):
            return names[name]
        case Negation(operand):
            return -compute(operand, names)
        case Call(function, arguments):
            return UNARY[function](*(compute(argument, names) for argument in arguments))
        case Operation(operator, left, right):
            a, b = compute(left, names), compute(right, names)
            match operator:
                case "+":
                    return a + b
                case "-":
                    return a - b
                case "*":
                    return a * b
                case "/":
                    return a / b
            # PyTorch differentiates a power by its exponent, too, where a number has none.
            has_number = isinstance(right, Literally)
            return a**right.value if isinstance(right, Literally) and has_number else a**b
    raise AssertionError(node)


def differentiate(
    text: str, x: NDArray[np.float64], y: NDArray[np.float64], **values: float
) -> list[NDArray[np.float64]]:
    """Return f, fx, fy, fxx, fxy, fyy by automatic differentiation."""
    tx, ty = (torch.tensor(axis, requires_grad=True) for axis in (x, y))
    constants = {"pi": math.pi, "e": math.e, **values}
    names = {name: torch.full_like(tx, value) for name, value in constants.items()}
    f = compute(parse(text), {"x": tx, "y": ty, **names}) + 0 * (tx + ty)
    fx, fy = torch.autograd.grad(f.sum(), (tx, ty), create_graph=True)
    fxx, fxy = torch.autograd.grad((fx + 0 * (tx + ty)).sum(), (tx, ty), retain_graph=True)
    _, fyy = torch.autograd.grad((fy + 0 * (tx + ty)).sum(), (tx, ty))
    return [part.detach().numpy() for part in (f, fx, fy, fxx, fxy, fyy)]


def run_machine(
    objective: TypedObjective, x: NDArray[np.float64], y: NDArray[np.float64]
) -> list[NDArray[np.float64]]:
    first = objective.evaluate(x, y, objective.code)
    second = evaluate_each(np.uintp(objective.hessian.address), x, y, objective.code)
    return [*first, *second]


def evaluate(text: str, x: float, y: float, **values: float) -> list[float]:
    """Return f, fx, fy, fxx, fxy, fyy at a point."""
    objective = make_objective(text, tuple(values.items()))
    return [float(part[0]) for part in run_machine(objective, np.array([x]), np.array([y]))]


@pytest.mark.parametrize("id", FORMULAS)
def test_a_typed_objective_of_the_table_has_its_values_and_derivatives(id: str) -> None:
    objective = OBJECTIVES[id]
    values = {p.id: p.default for p in objective.parameters}
    typed = make_objective(FORMULAS[id], tuple(values.items()), objective.domain)
    rng = np.random.default_rng(0)
    x, y = rng.uniform(*objective.domain.x, 200), rng.uniform(*objective.domain.y, 200)
    packed = objective.pack({})
    first = objective.evaluate(x, y, packed)
    second = evaluate_each(np.uintp(objective.hessian.address), x, y, packed)
    for ours, theirs in zip(run_machine(typed, x, y), [*first, *second], strict=True):
        scale = np.abs(theirs).max()
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-13 * max(scale, 1.0))


@pytest.mark.parametrize(
    "text",
    [
        "sin(x*y)", "cos(x - y^2)", "tan(x/3 + y/5)", "exp(x*y)", "log(x^2 + y^2 + 1)",
        "sqrt(x^2 + 3*y^2 + 1)", "abs(x^3 - y)*y", "tanh(x + 2*y)", "min(x*y, y^2)",
        "max(sin(x), cos(y))", "x/(1 + y^2)", "(x + y)/(x - 5*y)", "2^x*y", "(x^2 + 1)^y",
        "(x^2 + 1)^0.3", "(x + 4)^-3", "3 - x*y", "7/(x + 9)", "x^7*y^65", "(2 - x)^1", "x^0 + y",
        "a*x^b + c*y", "e^(-x^2) - pi*y", "-(-x)*y", "5", "a*sin(2)^2",
    ],
)  # fmt: skip
def test_derivatives_of_both_orders_are_those_of_automatic_differentiation(text: str) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(-2, 2, (2, 100))
    values = {"a": 1.7, "b": 3.0, "c": -0.4}
    used = {name: value for name, value in values.items() if Name(name) in list_nodes(parse(text))}
    ours = run_machine(make_objective(text, tuple(used.items())), x, y)
    for mine, theirs in zip(ours, differentiate(text, x, y, **values), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-11, atol=1e-11)


def test_random_formulas_have_the_gradients_of_automatic_differentiation() -> None:
    rng = random.Random(2)
    points = np.random.default_rng(2)
    compared = 0
    for _ in range(300):
        text = draw_formula(rng, 12)
        x, y = points.uniform(0.3, 2, (2, 20))
        values = {"a": 1.3, "b": 0.7}
        used = {n: v for n, v in values.items() if Name(n) in list_nodes(parse(text))}
        ours = np.array(run_machine(make_objective(text, tuple(used.items())), x, y))[:3]
        theirs = np.array(differentiate(text, x, y, **values))[:3]
        moderate = (np.abs(theirs) < 1e6) & (np.abs(theirs[0]) > 1e-6)
        moderate &= np.isfinite(theirs).all(axis=0)
        scale = 1 + np.abs(np.where(moderate, theirs, 0.0)).max(axis=0)
        difference = np.where(moderate, ours, 0.0) - np.where(moderate, theirs, 0.0)
        error = np.abs(difference) / scale
        assert np.nanmax(error, initial=0.0) < 1e-8, text
        compared += int(moderate.sum())
    assert compared > 5000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abs(x) + y", [0, 0, 1]),
        ("sqrt(x^2 + y^2)", [0, 0, 0]),
        ("sqrt(x) + y", [0, 0, 1]),
        ("x^0.5", [0, 0, 0]),
        ("x^1.5 + y", [0, 0, 1]),
        ("max(x, y)", [0, 0.5, 0.5]),
        ("min(2*x, -x)", [0, 0.5, 0]),
        ("abs(x)*abs(y) + x", [0, 1, 0]),
    ],
)
def test_at_a_bend_the_derivative_follows_the_stated_rule(text: str, expected: list[float]) -> None:
    assert evaluate(text, 0.0, 0.0)[:3] == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/x", math.inf),
        ("-1/x", -math.inf),
        ("log(x)", -math.inf),
        ("log(x - 1)", math.nan),
        ("sqrt(x - 1)", math.nan),
        ("x/x", math.nan),
        ("(x - 8)^(1/3)", math.nan),
        ("exp(1e3 + x)", math.inf),
        ("1e308*10*(x + 1)", math.inf),
        ("min(x/x, 1)", math.nan),
    ],
)
def test_where_there_is_no_real_number_the_value_is_not_finite(text: str, value: float) -> None:
    found = evaluate(text, 0.0, 0.0)[0]
    assert found == value or (math.isnan(found) and math.isnan(value))


def test_numbers_are_folded_as_the_machine_computes_them() -> None:
    plain = compile_tree(parse("sin(a)*2^0.5 + 1/3"), {"a": 0.3}).code
    assert len(plain) == 3  # a constant, its operand, the end
    assert plain[1] == math.sin(0.3) * math.pow(2, 0.5) + 1 / 3


def test_the_deepest_formula_fits_on_the_stack() -> None:
    text = "x"
    for _ in range(MAX_DEPTH - 1):
        text = f"y+x*({text})"
    assert evaluate(text, 1.0, 1.0)[0] == MAX_DEPTH
    towers = "x^(" * (MAX_DEPTH // 2) + "x" + ")" * (MAX_DEPTH // 2)
    assert evaluate(towers, 1.0, 1.0)[0] == 1.0
