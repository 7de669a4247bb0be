"""Value, gradient and Hessian of typed functions, compared with automatic differentiation."""

import math

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from descent_atlas.objectives.objective import evaluate_each
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.objectives.typed.typed_objective import TypedObjective, make_typed
from tests.backend.objectives.typed.expressions import EXPRESSIONS, Evaluate, combine, leaf, watched

TOLERANCE = 1e-10
"""Difference to automatic differentiation, relative to the largest number on the way there."""

LARGEST = 1e75
"""Where a value on the way is larger, or smaller than its inverse, products of the chain rule may
overflow in one order and not in another: the function's value is compared alone."""

DISTURBANCE = 2.0**-50
"""How far rounding may move a value, relative to it: a few units in its last place, as functions of
different libraries differ by some."""

PATTERNS = 8
"""Ways to move all values up or down."""

SETTINGS = "; a = 1.5; b = -0.5"

COORDINATES = st.floats(-3, 3).filter(lambda value: abs(value) > 0.01)


def differentiate(objective: TypedObjective, x: float, y: float) -> list[float]:
    """Return f, fx, fy, fxx, fxy, fyy by the compiled machine."""
    program = objective.pack({})
    found: list[float] = []
    for address in (objective.value_and_gradient.address, objective.hessian.address):
        numbers = evaluate_each(np.uintp(address), np.array([x]), np.array([y]), program)
        found += numbers[:, 0].tolist()
    return found


def differentiate_by_torch(function: Evaluate, x: float, y: float) -> list[float]:
    """Return the same by automatic differentiation."""
    point = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (x, y)]

    def gradient(value: torch.Tensor) -> list[torch.Tensor]:
        if not value.requires_grad:
            return [torch.zeros((), dtype=torch.float64)] * 2
        parts = torch.autograd.grad(value, point, create_graph=True, allow_unused=True)
        return [torch.zeros((), dtype=torch.float64) if part is None else part for part in parts]

    f = function(*point)
    fx, fy = gradient(f)
    fxx, fxy = gradient(fx)
    _, fyy = gradient(fy)
    return [value.item() for value in (f, fx, fy, fxx, fxy, fyy)]


def check(text: str, function: Evaluate, x: float, y: float) -> bool:
    """Compare at one point, and return whether all numbers are finite there."""
    parameters = "".join(
        part for name, part in (("a", "; a = 1.5"), ("b", "; b = -0.5")) if f"{name}" in names(text)
    )
    ours = differentiate(make_typed(text + parameters), x, y)
    with watched() as sizes:
        theirs = differentiate_by_torch(function, x, y)
    if not all(math.isfinite(value) for value in theirs):
        # What has no finite value has none here either; derivatives may be finite by our rule.
        assert math.isfinite(ours[0]) == math.isfinite(theirs[0]), text
        return False
    if any(size > LARGEST or 0 < size < 1 / LARGEST for size in sizes):
        ours, theirs = ours[:1], theirs[:1]
    scale = max(1.0, *map(abs, theirs))
    if ours != pytest.approx(theirs, rel=TOLERANCE, abs=TOLERANCE * scale):
        errors = measure_rounding(function, x, y, theirs)
        for own, their, error in zip(ours, theirs, errors, strict=True):
            assert own == pytest.approx(their, rel=0, abs=TOLERANCE * scale + error), text
    return True


def measure_rounding(function: Evaluate, x: float, y: float, found: list[float]) -> list[float]:
    """Return how far each number is off if all values on the way are as far off as rounding goes.

    In sin(exp(exp(3))) the last digit of the argument is the eighth behind the point.
    """
    errors = [0.0] * len(found)
    for seed in range(PATTERNS):
        with watched(DISTURBANCE, seed):
            disturbed = differentiate_by_torch(function, x, y)
        moved = [abs(one - other) for one, other in zip(disturbed, found, strict=False)]
        errors = [
            max(error, 2 * move) if math.isfinite(move) else error
            for error, move in zip(errors, moved, strict=True)
        ]
    return errors


def names(text: str) -> set[str]:
    """Return the names in an expression."""
    return set("".join(c if c.isalnum() else " " for c in text).split())


@given(EXPRESSIONS, COORDINATES, COORDINATES)
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
def test_derivatives_agree_with_automatic_differentiation(
    expression: tuple[str, Evaluate], x: float, y: float
) -> None:
    check(*expression, x, y)


@pytest.mark.long
@given(EXPRESSIONS, COORDINATES, COORDINATES)
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_derivatives_of_thousands_agree_with_automatic_differentiation(
    expression: tuple[str, Evaluate], x: float, y: float
) -> None:
    check(*expression, x, y)


def test_where_rounding_decides_numbers_are_compared_as_far_as_it_leaves_them() -> None:
    steep = leaf("3")
    for name in ("exp", "exp", "sin"):
        steep = combine(name, [steep])
    text, function = steep
    theirs = differentiate_by_torch(function, 1.0, 1.0)
    error = measure_rounding(function, 1.0, 1.0, theirs)[0]
    assert 1e-6 < error < 1e-4
    assert check(text, function, 1.0, 1.0)
    smooth = combine("sin", [leaf("x")])[1]
    assert max(measure_rounding(smooth, 1.0, 1.0, [math.sin(1), math.cos(1)])) < 1e-14


TYPED = {
    "two-gaussian-bowl": "x^2 + y^2 - a*exp(-((x-1)^2 + y^2)/c) - b*exp(-((x+1)^2 + y^2)/d)"
    "; a = 2; b = 3; c = 0.2; d = 0.2",
    "rastrigin": "2*A + x^2 + y^2 - A*cos(2*pi*x) - A*cos(2*pi*y); A = 10",
    "rosenbrock": "(a - x)^2 + b*(y - x^2)^2; a = 1; b = 100",
    "beale": "(1.5-x+x*y)^2 + (2.25-x+x*y^2)^2 + (2.625-x+x*y^3)^2",
    "ackley": "-a*exp(-b*sqrt((x^2+y^2)/2)) - exp((cos(2*pi*x)+cos(2*pi*y))/2) + a + e"
    "; a = 20; b = 0.2",
    "saddle": "x^2 - y^2",
    "hyperbolic-valley": "(1 - x^2*y^2)^2/4",
}
"""Functions of the table as one would type them."""


@pytest.mark.parametrize("id", TYPED)
def test_a_typed_function_is_that_of_the_table(id: str) -> None:
    objective = OBJECTIVES[id]
    typed = make_typed(TYPED[id], objective.domain)
    rng = np.random.default_rng(1)
    x, y = rng.uniform(*objective.domain.x, 500), rng.uniform(*objective.domain.y, 500)
    for first, second in ((objective.value_and_gradient, typed.value_and_gradient),
                          (objective.hessian, typed.hessian)):  # fmt: skip
        expected = evaluate_each(np.uintp(first.address), x, y, objective.pack({}))
        found = evaluate_each(np.uintp(second.address), x, y, typed.pack({}))
        assert found == pytest.approx(expected, rel=1e-11, abs=1e-10)


@pytest.mark.parametrize(
    ("text", "gradient"),
    [
        ("abs(x) + y", (0.0, 1.0)),
        ("max(x, y)", (0.5, 0.5)),
        ("min(x, -x)", (0.0, 0.0)),
        ("sqrt(x^2 + y^2)", (0.0, 0.0)),
        ("sqrt(x) + y", (math.inf, 1.0)),
        ("(x^2)^0.3", (0.0, 0.0)),
        ("x*sqrt(abs(y))", (0.0, 0.0)),
        ("x^0 + y^1", (0.0, 1.0)),
        ("(x*y)^0 + y", (0.0, 1.0)),
    ],
)
def test_where_a_derivative_does_not_exist_the_stated_rule_holds(
    text: str, gradient: tuple[float, float]
) -> None:
    assert tuple(differentiate(make_typed(text), 0.0, 0.0)[1:3]) == gradient


def test_what_has_no_finite_value_is_a_result() -> None:
    for text in (
        "1/x",
        "log(x)",
        "log(-1 - x^2)",
        "exp(exp(exp(9)))",
        "sqrt(-1)",
        "0/0",
        "tan(x)/x",
        "(1 + x)^log(-1 - x)",
        "1^log(-1 - x)",
        "1^log(-1)",
        "(1 + x)^log(-1)",
        "log(-1 - x)^0",
        "log(-1)^0",
    ):
        assert not math.isfinite(differentiate(make_typed(text), 0.0, 0.0)[0]), text


def test_constants_alone_and_a_bare_variable_are_functions() -> None:
    assert differentiate(make_typed("7"), 1.0, 2.0) == [7, 0, 0, 0, 0, 0]
    assert differentiate(make_typed("y"), 1.0, 2.0) == [2, 0, 1, 0, 0, 0]
    assert differentiate(make_typed("a*2; a = 3"), 1.0, 2.0) == [6, 0, 0, 0, 0, 0]
