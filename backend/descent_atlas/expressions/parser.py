"""Parser of typed formulas: a whitelist, by recursive descent.

    sum     = product { ("+" | "-") product }
    product = signed { ("*" | "/") signed }
    signed  = [ "-" | "+" ] signed | power
    power   = atom [ "^" signed ]
    atom    = number | name | function "(" sum { "," sum } ")" | "(" sum ")"

`-x^2` is -(x²) and `2^3^2` is 2^(3²), as in mathematics and in Python.
"""

import math
from functools import lru_cache
from typing import Literal

from descent_atlas.expressions.tokens import ExpressionError, Token, tokenize
from descent_atlas.expressions.tree import (
    ARITIES,
    CONSTANTS,
    COORDINATES,
    Call,
    Literally,
    Name,
    Negation,
    Node,
    Operation,
    Operator,
)

MAX_NODES = 200
"""Numbers, names, operators and functions in a formula: three times as many as the longest of
`known_functions`. They bound the time of an evaluation, about 5 µs at worst."""

MAX_DEPTH = 24
"""Brackets, functions, powers and signs within each other: they bound the machine's stack."""

MAX_PARAMETERS = 8
"""Parameters of a formula: more sliders are too many to keep in mind."""

MAX_NAME_LENGTH = 16
"""Characters of a parameter's name."""

FUNCTION_NAMES = " ".join(ARITIES)


@lru_cache(maxsize=256)
def parse(text: str) -> Node:
    """Return the tree of a formula.

    Raises:
        ExpressionError: if the text is not a formula or exceeds a limit; the message says what
            is wrong, the error where.

    Example:
        >>> parse("a*x + 1")
        Operation(operator='+', left=Operation(operator='*', left=Name(name='a'), \
right=Name(name='x')), right=Literally(value=1.0, text='1'))
    """
    return _Parser(text).parse()


class _Parser:
    """The tokens of one text, and how far they are read."""

    def __init__(self, text: str) -> None:
        self._tokens = list(tokenize(text))
        self._index = 0
        self._nodes = 0
        self._depth = 0
        self._parameters: set[str] = set()

    def parse(self) -> Node:
        """Return the tree of the whole text."""
        if self._is_at_end():
            raise ExpressionError("is empty: write a formula of x and y", 0)
        tree = self._read_sum()
        if not self._is_at_end():
            raise self._refuse()
        return tree

    def _is_at_end(self) -> bool:
        return self._next.kind == "end"

    @property
    def _next(self) -> Token:
        return self._tokens[self._index]

    def _take(self) -> Token:
        token = self._next
        self._index += 1
        return token

    def _takes(self, mark: str) -> bool:
        """Read a mark if it comes next; return whether it did."""
        found = self._next.kind == "mark" and self._next.text == mark
        self._index += found
        return found

    def _count(self, token: Token) -> None:
        """Count a node that begins at a token."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise ExpressionError(
                f"may have at most {MAX_NODES} numbers, names, operators and functions",
                token.position,
            )

    def _descend(self, token: Token) -> None:
        """Enter one level more; the caller leaves it again."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionError(
                f"may have at most {MAX_DEPTH} brackets, functions, powers and signs within each "
                "other",
                token.position,
            )

    def _read_sum(self) -> Node:
        node = self._read_product()
        while self._next.kind == "mark" and self._next.text in ("+", "-"):
            node = self._join(node, "+" if self._next.text == "+" else "-")
        return node

    def _read_product(self) -> Node:
        node = self._read_signed()
        while self._next.kind == "mark" and self._next.text in ("*", "/"):
            node = self._join(node, "*" if self._next.text == "*" else "/")
        return node

    def _join(self, left: Node, operator: Operator) -> Operation:
        """Read an operator and its right side."""
        token = self._take()
        self._count(token)
        if self._next.text == "*" and operator == "*":
            raise ExpressionError("has **: write ^ for a power", self._next.position)
        right = self._read_product() if operator in "+-" else self._read_signed()
        return Operation(operator, left, right)

    def _read_signed(self) -> Node:
        token = self._next
        if token.kind == "mark" and token.text in ("-", "+"):
            self._take()
            self._descend(token)
            node = self._read_signed()
            self._depth -= 1
            if token.text == "+":
                return node
            self._count(token)
            return Negation(node)
        return self._read_power()

    def _read_power(self) -> Node:
        base = self._read_atom()
        token = self._next
        if not self._takes("^"):
            return base
        self._count(token)
        self._descend(token)
        exponent = self._read_signed()
        self._depth -= 1
        return Operation("^", base, exponent)

    def _read_atom(self) -> Node:
        token = self._next
        match token.kind:
            case "number":
                return self._read_number()
            case "name":
                return self._read_name()
        if not self._takes("("):
            raise self._refuse()
        self._descend(token)
        node = self._read_sum()
        self._close(token)
        self._depth -= 1
        return node

    def _read_number(self) -> Literally:
        token = self._take()
        self._count(token)
        value = float(token.text)
        if math.isinf(value):
            raise ExpressionError("has a number beyond 1.8e308", token.position)
        return Literally(value, token.text)

    def _read_name(self) -> Node:
        token = self._take()
        name = token.text
        self._count(token)
        is_called = self._next.kind == "mark" and self._next.text == "("
        if name in ARITIES:
            if not is_called:
                raise ExpressionError(f"needs brackets after {name}", self._next.position)
            return self._read_call(token)
        if is_called and name not in COORDINATES + CONSTANTS:
            raise ExpressionError(
                f"has no function {name[:MAX_NAME_LENGTH]}: there are {FUNCTION_NAMES}; "
                "write * to multiply",
                token.position,
            )
        if name not in COORDINATES + CONSTANTS:
            self._add_parameter(token)
        return Name(name)

    def _add_parameter(self, token: Token) -> None:
        if len(token.text) > MAX_NAME_LENGTH:
            raise ExpressionError(
                f"may have names of at most {MAX_NAME_LENGTH} characters", token.position
            )
        self._parameters.add(token.text)
        if len(self._parameters) > MAX_PARAMETERS:
            raise ExpressionError(f"may have at most {MAX_PARAMETERS} parameters", token.position)

    def _read_call(self, function: Token) -> Call:
        bracket = self._take()
        self._descend(bracket)
        arity = ARITIES[function.text]
        arguments = [self._read_sum()]
        while self._next.text == "," and len(arguments) < arity:
            self._take()
            arguments.append(self._read_sum())
        if self._next.text == ",":
            raise ExpressionError(
                f"takes {_count_arguments(arity)} in {function.text}", self._next.position
            )
        if len(arguments) < arity and self._next.text == ")":
            raise ExpressionError(
                f"needs {_count_arguments(arity)} in {function.text}, with a comma between them",
                self._next.position,
            )
        self._close(bracket)
        self._depth -= 1
        return Call(function.text, tuple(arguments))

    def _close(self, bracket: Token) -> None:
        """Read the bracket that closes another one."""
        if not self._takes(")"):
            if self._is_at_end():
                raise ExpressionError(
                    f"lacks the bracket that closes the one at character {bracket.position + 1}",
                    self._next.position,
                )
            raise self._refuse()

    def _refuse(self) -> ExpressionError:
        """Return the error at the next token, which cannot stand there."""
        token = self._next
        previous: Literal["number", "name", "mark", "end"] = "mark"
        if self._index > 0:
            before = self._tokens[self._index - 1]
            previous = "name" if before.text == ")" else before.kind
        if token.kind == "end":
            message = "ends where a number, a name or a bracket should follow"
        elif previous != "mark" and (token.kind in ("number", "name") or token.text == "("):
            message = (
                f"needs an operator before “{token.text[:MAX_NAME_LENGTH]}”: write * to multiply"
            )
        elif token.text == ")" and previous != "mark":
            message = "has a bracket that closes none"
        elif token.text == ",":
            message = "has a comma outside min and max"
        else:
            message = (
                f"cannot have “{token.text}” here: a number, a name or a bracket should follow"
            )
        return ExpressionError(message, token.position)


def _count_arguments(arity: int) -> str:
    return "one argument" if arity == 1 else "two arguments"
