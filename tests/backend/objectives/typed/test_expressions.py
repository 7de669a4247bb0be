"""The grammar of typed functions: what is read, what is refused and where."""

import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from descent_atlas.objectives.minima import find_minima, has_too_many_minima
from descent_atlas.objectives.typed.expression_latex import write_latex
from descent_atlas.objectives.typed.expression_parser import (
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_NODES,
    MAX_PARAMETERS,
    ExpressionError,
    ParameterSetting,
    parse,
)
from descent_atlas.objectives.typed.typed_objective import make_typed
from tests.backend.objectives.typed.expressions import EXPRESSIONS


def value(text: str, x: float = 2.0, y: float = 3.0) -> float:
    objective = make_typed(text)
    return float(objective.evaluate(x, y, objective.pack({}))[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-x^2", -4),
        ("(-x)^2", 4),
        ("2^3^2", 512),
        ("2^-1", 0.5),
        ("x - y - 1", -2),
        ("12/x/y", 2),
        ("2*-x", -4),
        ("--x", 2),
        ("+x", 2),
        ("x**2", 4),
        ("x · y − 1", 5),
        ("1.5e1 + .5 + 2.", 17.5),
        ("min(x, y, 1) + max(x, 7)", 8),
        ("e^0*cos(pi)", -1),
        ("a*x; a = -3", -6),
        ("a*x", 2),
    ],
)
def test_expressions_mean_what_they_do_on_paper(text: str, expected: float) -> None:
    assert value(text) == expected


def test_other_names_are_parameters_in_the_order_of_their_use() -> None:
    parsed = parse("b*x + a*y + c; a = 2; c = 30 in [-1, 40]; ")
    assert list(parsed.parameters.items()) == [
        ("b", ParameterSetting(1.0, -10.0, 10.0)),
        ("a", ParameterSetting(2.0, -10.0, 10.0)),
        ("c", ParameterSetting(30.0, -1.0, 40.0)),
    ]
    assert parse("k*x; k = 100").parameters["k"] == ParameterSetting(100.0, -200.0, 200.0)


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 0, "Type a function"),
        ("x +", 3, "at the end"),
        ("x + * y", 4, "is expected before “*”"),
        ("2x", 1, "written with *"),
        ("(x + 1) (y)", 8, "written with *"),
        ("(x", 2, "“)” is expected"),
        ("x)", 1, "closes nothing"),
        ("x + $", 4, "means nothing"),
        ("x²", 1, "^2"),
        ("sin x", 4, "( after sin"),
        ("sin(x, y)", 5, "one argument"),
        ("max(x)", 5, "two arguments"),
        ("ln(x)", 0, "Did you mean log?"),
        ("sine(x)", 0, "Did you mean sin?"),
        ("x(2)", 0, "x is no function"),
        ("import(x)", 0, "is no function"),
        ("__import__", 0, "means nothing"),
        ("x.real", 1, "means nothing"),
        ("x; a = 2", 3, "not in the function"),
        ("x; pi = 2", 3, "a meaning of its own"),
        ("a*x; a = 2; a = 3", 12, "twice"),
        ("a*x; a = y", 9, "A number is expected"),
        ("a*x; a = 3 in [4, 5]", 14, "contain 3"),
        ("a*x; a = 1e7", 9, "1,000,000"),
        ("1e999*x", 0, "too large"),
        ("abcdefghijklmnopq", 0, "16 characters"),
    ],
)
def test_a_fault_is_named_with_its_character(text: str, position: int, words: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert caught.value.position == position
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("x" + " " * MAX_LENGTH, MAX_LENGTH),
        ("+".join("x" * MAX_NODES), MAX_NODES),
        ("(" * (MAX_DEPTH + 1) + "x" + ")" * (MAX_DEPTH + 1), MAX_DEPTH),
        ("-" * (MAX_DEPTH + 1) + "x", MAX_DEPTH),
        ("^".join("x" * (MAX_DEPTH + 2)), MAX_DEPTH),
        ("+".join(string.ascii_lowercase[5 : 6 + MAX_PARAMETERS]), MAX_PARAMETERS),
    ],
)
def test_every_limit_is_named(text: str, limit: int) -> None:
    with pytest.raises(ExpressionError, match=str(limit)) as caught:
        parse(text)
    assert caught.value.limit == limit


def test_what_is_printed_has_the_parentheses_that_it_needs() -> None:
    printed = {
        "-(x + y)*2": r"-\left(x + y\right) \cdot 2",
        "x - (y - 1)": r"x - \left(y - 1\right)",
        "x/(y + 1)": r"\frac{x}{y + 1}",
        "(x + 1)^2": r"\left(x + 1\right)^{2}",
        "sin(x)^2": r"\sin^{2}\left(x\right)",
        "alpha1*x": r"\alpha_{1} \, x",
        "log(abs(x))": r"\ln\left(\left|x\right|\right)",
    }
    assert {text: write_latex(parse(text).tree) for text in printed} == printed


ANYTHING = st.text(alphabet="xyabe 0123456789.+-*/^(),;=[]sincotaeplqrbmhu²$\n", max_size=60)


@given(ANYTHING)
@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_any_text_is_a_function_or_has_a_fault_within_it(text: str) -> None:
    try:
        tree, fault = parse(text).tree, None
    except ExpressionError as error:
        tree, fault = None, error
    if fault is not None:
        assert 0 <= fault.position <= len(text)
        assert fault.length >= 1
        assert str(fault).endswith((".", "?"))
    if tree is not None:
        assert write_latex(tree)


@pytest.mark.long
@given(st.one_of(ANYTHING, EXPRESSIONS.map(lambda pair: pair[0])))
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_text_of_thousands_costs_more_than_a_search_of_the_domain(text: str) -> None:
    try:
        objective = make_typed(text)
    except ExpressionError:
        return
    program = objective.pack({})
    minima = find_minima(objective, program)
    assert all(abs(minimum.x) <= 5 and abs(minimum.y) <= 5 for minimum in minima)
    assert not (minima and has_too_many_minima(objective, program))


def test_the_same_function_is_made_once() -> None:
    assert make_typed("x + y") is make_typed("x + y")
