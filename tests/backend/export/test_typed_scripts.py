"""Typed functions in PyTorch: the printed code against the machine."""

import ast
import math
import random
from typing import Any

import numpy as np
import pytest
import torch

from descent_atlas.export.torch_expressions import LINE_WIDTH, write_typed
from descent_atlas.expressions.known_functions import KNOWN_FUNCTIONS
from descent_atlas.expressions.parser import parse
from descent_atlas.expressions.tree import list_parameters
from descent_atlas.expressions.typed_objective import TypedObjective, make_objective
from tests.backend.expressions.formula_draws import draw_formula

FORMULAS = [function.formula for function in KNOWN_FUNCTIONS.values()] + [
    "abs(x)^0.5 + sqrt(x^2 + y^2) + max(x, y)*min(x, 1)",
    "a*lambda^x + math*y - 2^(-1)",
    "1/0 + x",
    "(0 - 8)^(1/3)*x",
    "10^300*10^300*x",
    "7",
    "-2",
    "x",
    "sin(2)*max(1, 2)*x - (-3)^3",
    "torch*x + torch_*y",
]


def run(objective: TypedObjective, x: float, y: float) -> tuple[float, float, float]:
    """Return the value and gradient that the printed code computes."""
    names: dict[str, Any] = {"math": math, "torch": torch}
    exec(write_typed(objective, "f"), names)
    point = torch.tensor((x, y), dtype=torch.float64, requires_grad=True)
    value = names["f"](*point)
    value.backward()
    assert point.grad is not None
    fx, fy = point.grad.tolist()
    return value.item(), fx, fy


def read(text: str) -> TypedObjective:
    names = list_parameters(parse(text))
    return make_objective(text, tuple((name, 0.5 + index) for index, name in enumerate(names)))


@pytest.fixture(autouse=True)
def _numbers_are_in_double_precision() -> Any:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.mark.parametrize("text", FORMULAS)
def test_the_code_computes_what_the_machine_does(text: str) -> None:
    objective = read(text)
    for x, y in ((0.7, -1.3), (1.9, 0.4), (0.0, 0.0)):
        ours = [float(part) for part in objective.evaluate(x, y, objective.code)]
        theirs = run(objective, x, y)
        if math.isfinite(ours[0]):
            np.testing.assert_allclose(theirs, ours, rtol=1e-10, atol=1e-10)
        else:
            assert not math.isfinite(theirs[0])


def test_random_formulas_become_code_with_the_same_values() -> None:
    rng = random.Random(3)
    compared = 0
    for _ in range(150):
        objective = read(draw_formula(rng, 15))
        ours = [float(part) for part in objective.evaluate(0.8, 1.7, objective.code)]
        if all(math.isfinite(part) and abs(part) < 1e6 for part in ours):
            np.testing.assert_allclose(run(objective, 0.8, 1.7), ours, rtol=1e-7, atol=1e-7)
            compared += 1
    assert compared > 50


@pytest.mark.parametrize("text", FORMULAS)
def test_the_code_has_nothing_but_a_function_of_x_and_y(text: str) -> None:
    tree = ast.parse(write_typed(read(text), "f"))
    assert [type(node) for node in tree.body[-1:]] == [ast.FunctionDef]
    allowed = {"x", "y", "u", "apart", "exponent", "torch", "math", "abs", "min", "max", "float"}
    allowed |= {"root", "power", "a", "lambda_", "math_", "torch_", "torch__"}
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert names <= allowed


def test_a_long_sum_has_a_line_for_each_term() -> None:
    code = write_typed(read(KNOWN_FUNCTIONS["peaks"].formula), "f")
    assert "return (\n" in code
    assert "\n        - " in code
    assert len(code.splitlines()[0]) <= LINE_WIDTH
