"""The parser of typed formulas: what it reads, and where it finds a fault."""

import pytest

from descent_atlas.expressions.parser import (
    MAX_DEPTH,
    MAX_NAME_LENGTH,
    MAX_NODES,
    MAX_PARAMETERS,
    parse,
)
from descent_atlas.expressions.tokens import MAX_LENGTH, ExpressionError
from descent_atlas.expressions.tree import (
    Call,
    Literally,
    Name,
    Negation,
    Operation,
    list_nodes,
    list_parameters,
)

X, Y, TWO = Name("x"), Name("y"), Literally(2.0, "2")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("x", X),
        (" ( x ) ", X),
        ("+x", X),
        ("-x^2", Negation(Operation("^", X, TWO))),
        ("x^-2", Operation("^", X, Negation(TWO))),
        ("x^y^2", Operation("^", X, Operation("^", Y, TWO))),
        ("x-y-2", Operation("-", Operation("-", X, Y), TWO)),
        ("x/y*2", Operation("*", Operation("/", X, Y), TWO)),
        ("x+y*2", Operation("+", X, Operation("*", Y, TWO))),
        ("-x*y", Operation("*", Negation(X), Y)),
        ("x*-y", Operation("*", X, Negation(Y))),
        ("sin(x)", Call("sin", (X,))),
        ("max(x, y)", Call("max", (X, Y))),
        ("1.5e-3", Literally(0.0015, "1.5e-3")),
        (".5", Literally(0.5, ".5")),
        ("x\n+\ty", Operation("+", X, Y)),
    ],
)
def test_a_formula_is_read_as_mathematics_has_it(text: str, tree: object) -> None:
    assert parse(text) == tree


def test_every_other_name_is_a_parameter_in_the_order_of_the_text() -> None:
    assert list_parameters(parse("b*x + a_1*pi*e^y - b + X")) == ("b", "a_1", "X")


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("", 0, "is empty"),
        ("  ", 0, "is empty"),
        ("2x", 1, r"needs an operator before “x”"),
        ("x y", 2, r"needs an operator before “y”"),
        ("(x)(y)", 3, r"needs an operator before “\(”"),
        ("x(y)", 1, r"needs an operator before “\(”"),
        ("x**2", 2, r"write \^ for a power"),
        ("x + * y", 4, "cannot have “\\*” here"),
        ("x +", 3, "ends where"),
        ("(x + 1", 6, "closes the one at character 1"),
        ("x + 1)", 5, "closes none"),
        ("sin x", 4, "needs brackets after sin"),
        ("sin()", 4, "cannot have “\\)” here"),
        ("sin(x, y)", 5, "takes one argument in sin"),
        ("min(x)", 5, "needs two arguments in min"),
        ("min(x, y, 1)", 8, "takes two arguments in min"),
        ("x, y", 1, "comma outside min and max"),
        ("ln(x)", 0, "has no function ln"),
        ("a*foo(x)", 2, "has no function foo"),
        ("x = 1", 2, "“=”: write the right side"),
        ("2 × x", 2, "“×”: write \\* to multiply"),
        ("π", 0, "“π”: write pi"),
        ("x\0y", 1, r"U\+0000"),
        ("__import__('os')", 0, "a name begins with a letter"),
        ("x.real", 1, "a number has a digit"),
        ("1e999", 0, "beyond 1.8e308"),
        ("x + 1e400", 4, "beyond 1.8e308"),
    ],
)
def test_a_fault_is_named_at_its_character(text: str, position: int, message: str) -> None:
    with pytest.raises(ExpressionError, match=message) as caught:
        parse(text)
    assert caught.value.position == position


def test_the_limits_hold_and_are_named() -> None:
    longest = "x" + " " * (MAX_LENGTH - 1)
    assert parse(longest) == X
    most = "+".join("x" * ((MAX_NODES + 1) // 2))
    assert len(list(list_nodes(parse(most)))) <= MAX_NODES
    deepest = "(" * MAX_DEPTH + "x" + ")" * MAX_DEPTH
    assert parse(deepest) == X
    names = [f"a{index}" for index in range(MAX_PARAMETERS)]
    assert list_parameters(parse("+".join(names))) == tuple(names)
    longest_name = "a" * MAX_NAME_LENGTH
    assert parse(longest_name) == Name(longest_name)
    for text, message in (
        (longest + " ", f"at most {MAX_LENGTH} characters"),
        (most + "+x+x", f"at most {MAX_NODES} numbers"),
        (f"({deepest})", f"at most {MAX_DEPTH} brackets"),
        ("-" * (MAX_DEPTH + 1) + "x", f"at most {MAX_DEPTH} brackets"),
        ("x^" * (MAX_DEPTH + 1) + "x", f"at most {MAX_DEPTH} brackets"),
        ("+".join([*names, "b"]), f"at most {MAX_PARAMETERS} parameters"),
        (longest_name + "a", f"at most {MAX_NAME_LENGTH} characters"),
    ):
        with pytest.raises(ExpressionError, match=message):
            parse(text)
