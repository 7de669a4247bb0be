"""Scripts of typed functions: run by PyTorch alone, they end where the descents do."""

import ast
import contextlib
import io
import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings

from descent_atlas.export import name_script, write_script
from descent_atlas.export.torch_expressions import write_expression
from descent_atlas.objectives.typed.expression_parser import parse
from descent_atlas.objectives.typed.typed_objective import make_typed
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.descent import Descent, descend
from descent_atlas.simulation.noise import Noise
from tests.backend.objectives.typed.expressions import EXPRESSIONS, Evaluate, as_tensor

TEXTS = (
    "(a - x)^2 + b*(y - x^2)^2; a = 1; b = 5",
    "x^2 + lambda*abs(y)^1.5 - exp(-x^2/2) + sqrt(2)*tanh(y)",
    "max(x, y, 2/3) + min(x^2, 3) + log(1 + y^2) + sqrt(2)^0 + 007",
    "x^2 + sqrt(-1)^0",
    "sin(x)^2 + 2^x + x*cos(pi*y)/(1 + x^2) - -x^-2 + tan(0.1*y)",
    "7",
)


@contextlib.contextmanager
def default_dtype() -> Iterator[None]:
    """Make new tensors hold doubles, as a script does."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def run(script: str) -> dict[str, float]:
    """Run a script; return the numbers that it prints."""
    with default_dtype(), contextlib.redirect_stdout(io.StringIO()) as output:
        exec(compile(script, "script", "exec"), {})  # our own text, as a reader runs it
    found = re.findall(r"^(\w+) = (.+)$", output.getvalue(), re.M)
    return {name: float(number) for name, number in found}


def write(text: str, start: tuple[float, float]) -> tuple[Descent, str]:
    """Return a descent on a typed function, and its script."""
    objective, optimizer = make_typed(text), OPTIMIZERS["adam"]
    arguments: dict[str, Any] = {"start": start, "steps": 60, "noise": Noise()}
    given = objective, objective.pack({}), optimizer, optimizer.pack({"lr": 0.02})
    return descend(*given, **arguments), write_script(*given, **arguments)


@pytest.mark.parametrize("text", TEXTS)
def test_the_script_of_a_typed_function_ends_where_its_descent_does(text: str) -> None:
    descent, script = write(text, (0.7, -0.4))
    expected = {"x": descent.x[-1], "y": descent.y[-1], "loss": descent.loss[-1]}
    assert run(script) == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)
    assert max(map(len, script.splitlines())) <= 88


def test_where_autograd_gives_nan_the_script_says_so_beforehand() -> None:
    descent, script = write("sqrt(x^2 + y^2)", (0.0, 0.0))
    assert (descent.x[-1], descent.y[-1]) == (0.0, 0.0)
    head = " ".join(str(ast.get_docstring(ast.parse(script))).split())
    assert "In step 0 it is where the function has no derivative." in head
    assert "# Where the argument u of a root" in script
    assert math.isnan(run(script)["x"])


def test_a_smooth_function_gets_no_warning() -> None:
    _, script = write("x^2 + y^2", (0.0, 0.0))
    assert "no derivative" not in script
    assert "autograd" not in script


def test_the_file_is_named_for_what_it_is() -> None:
    assert name_script(make_typed("x"), OPTIMIZERS["adam"]) == "adam-on-own-function.py"


@given(EXPRESSIONS)
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_any_expression_is_code_of_the_same_value(expression: tuple[str, Evaluate]) -> None:
    text, function = expression
    names = {"x": as_tensor(0.7), "y": as_tensor(-1.3), "a": as_tensor(1.5), "b": as_tensor(-0.5)}
    code = write_expression(parse(text).tree)
    with default_dtype():
        value = float(eval(code, {"torch": torch, "math": math, "float": float}, names))
    expected = float(function(names["x"], names["y"]))
    if math.isfinite(expected):
        assert value == pytest.approx(expected, rel=1e-12, abs=1e-12), text
    else:
        assert not np.isfinite(value), text
