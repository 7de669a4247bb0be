"""Thousands of random texts: each is refused at a character or computed in a bounded time."""

import random
import sys

import numpy as np
import pytest

from descent_atlas.expressions.mathematics import print_formula
from descent_atlas.expressions.parser import MAX_NODES, parse
from descent_atlas.expressions.program import compile_tree
from descent_atlas.expressions.tokens import ExpressionError
from descent_atlas.expressions.tree import list_parameters
from descent_atlas.expressions.typed_objective import make_objective
from descent_atlas.objectives.minima import find_minima
from tests.backend.expressions.formula_draws import draw_formula, draw_text

MOST_COST = 16 * MAX_NODES
"""The cost of a program whose every node is a power."""

FORBIDDEN = frozenset(
    ("compile", "exec", "import", "open", "os.system", "subprocess.Popen", "socket.connect")
)
"""Events of Python's audit that show that something is evaluated, read, started or reached."""


class Watchman:
    """Listener to the interpreter's audit events, which it can never leave but may ignore."""

    def __init__(self) -> None:
        self.listens = False
        self.heard: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, _: object) -> None:
        if self.listens and event in FORBIDDEN:
            self.heard.append(event)


@pytest.fixture(scope="module")
def watchman() -> Watchman:
    return Watchman()


def read(text: str) -> bool:
    """Read a text as the server does, without its search for minima; return whether it can be."""
    fault: ExpressionError | None = None
    try:
        tree = parse.__wrapped__(text)
    except ExpressionError as error:
        fault = error
    if fault is not None:
        assert 0 <= fault.position <= len(text), text
        assert str(fault), text
        return False
    program = compile_tree(tree, dict.fromkeys(list_parameters(tree), 1.0))
    assert program.cost <= MOST_COST, text
    assert print_formula(tree).startswith("f(x, y) = "), text
    return True


def draw(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return draw_text(rng)
    formula = draw_formula(rng, rng.randint(1, 80))
    if rng.random() < 0.3:  # a formula with a fault in it
        at = rng.randrange(len(formula))
        formula = formula[:at] + rng.choice("+)(,^. 1x§") + formula[at + 1 :]
    return formula


def read_many(watchman: Watchman, seed: int, count: int) -> int:
    """Read random texts, none of which may evaluate anything; return how many are formulas."""
    rng = random.Random(seed)
    texts = [draw(rng) for _ in range(count)]
    assert read("sin(2)*x")  # loads the machine
    watchman.listens = True
    try:
        formulas = sum(map(read, texts))
    finally:
        watchman.listens = False
    assert watchman.heard == []
    return formulas


def test_a_thousand_texts_are_refused_or_read_and_none_is_evaluated(watchman: Watchman) -> None:
    assert read_many(watchman, 0, 1000) > 200


@pytest.mark.long
def test_ten_thousand_texts_are_refused_or_read_and_none_is_evaluated(watchman: Watchman) -> None:
    assert read_many(watchman, 1, 10_000) > 2000


def test_the_watchman_hears_an_evaluation(watchman: Watchman) -> None:
    watchman.listens = True
    eval("1 + 1")
    watchman.listens = False
    heard, watchman.heard = watchman.heard, []
    assert {"compile", "exec"} <= set(heard)


@pytest.mark.parametrize(
    "text",
    [
        "+".join(["x^y"] * 50),
        "*".join(["sin(40*x)*sin(40*y)"] * 12),
        "sin(1/x)*sin(1/y)",
        "tan(99*x)*tan(99*y)",
        "(x*y)^2",
        "abs(sin(30*x)) + abs(sin(30*y))",
        "exp(exp(exp(x + y)))",
        "0*x",
        "x^2",
        "sqrt(x*y - 1)",
        "max(min(x, y), 3)",
        "1e308*x^64",
    ],
)
def test_a_nasty_function_has_an_answer(text: str) -> None:
    """Its search is bounded by counts of evaluations, not by a clock."""
    objective = make_objective(text)
    limits = objective.search_limits
    assert limits is not None
    assert len(find_minima(objective, objective.code)) <= limits.minima + len(objective.cusps)
    f, fx, fy = objective.evaluate(np.linspace(-5, 5, 9), 0.3, objective.code)
    assert f.shape == fx.shape == fy.shape == (9,)
