"""Formulas printed as mathematics."""

import random
import xml.etree.ElementTree as ElementTree

import pytest
from latex2mathml.converter import convert

from descent_atlas.expressions.known_functions import KNOWN_FUNCTIONS
from descent_atlas.expressions.mathematics import print_formula
from descent_atlas.expressions.parser import MAX_DEPTH, parse
from tests.backend.expressions.formula_draws import draw_formula


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("x*y", r"x\,y"),
        ("2*x^2", r"2\,x^{2}"),
        ("x*2", r"x \cdot 2"),
        ("x*2^y", r"x \cdot 2^{y}"),
        ("x/(y + 1)", r"\frac{x}{y + 1}"),
        ("(x + 1)*y", r"\left(x + 1\right)\,y"),
        ("x - (y - 1)", r"x - \left(y - 1\right)"),
        ("x + -y", r"x + \left(-y\right)"),
        ("-(x + y)", r"-\left(x + y\right)"),
        ("-x^2", "-x^{2}"),
        ("(-x)^2", r"\left(-x\right)^{2}"),
        ("(x*y)^2", r"\left(x\,y\right)^{2}"),
        ("(x^2)^y", r"\left(x^{2}\right)^{y}"),
        ("exp(-x^2)", "e^{-x^{2}}"),
        ("exp(x)^2", r"\left(e^{x}\right)^{2}"),
        ("sin(x)^2", r"\sin^{2}\left(x\right)"),
        ("sin(x)^y", r"\left(\sin\left(x\right)\right)^{y}"),
        ("log(x)", r"\ln\left(x\right)"),
        ("sqrt(abs(x))", r"\sqrt{\left|x\right|}"),
        ("max(x, y)", r"\max\left(x, y\right)"),
        ("1e-3*x", r"10^{-3}\,x"),
        ("2.5e4", r"2.5 \cdot 10^{4}"),
        ("(1e2)^x", r"\left(10^{2}\right)^{x}"),
        (".5*alpha + beta_2", r"0.5\,\alpha + \beta_{2}"),
        ("depth*x + k_max", r"\text{depth}\,x + k_{\text{max}}"),
        ("pi*e", r"\pi\,e"),
    ],
)
def test_a_formula_is_printed_as_mathematics_writes_it(text: str, latex: str) -> None:
    assert print_formula(parse(text)) == f"f(x, y) = {latex}"


def test_every_formula_becomes_well_formed_mathml() -> None:
    rng = random.Random(0)
    texts = [function.formula for function in KNOWN_FUNCTIONS.values()]
    texts += [draw_formula(rng, 20) for _ in range(100)]
    texts += ["(" * MAX_DEPTH + "x" + ")" * MAX_DEPTH, "x^" * (MAX_DEPTH - 1) + "x"]
    texts += ["+".join("x" * 100), "sin(" * MAX_DEPTH + "x" + ")" * MAX_DEPTH]
    for text in texts:
        mathml = convert(print_formula(parse(text)))
        assert "\\" not in mathml, text
        ElementTree.fromstring(mathml)
