"""The tree of a typed expression, and what its operators and functions are called.

A tree is built by `expression_parser` alone and is only ever walked: nothing in it is code.
"""

from collections.abc import Iterator
from dataclasses import dataclass

BINARY = ("+", "-", "*", "/", "^")
"""The operators between two operands."""

FUNCTIONS = ("sin", "cos", "tan", "exp", "log", "sqrt", "abs", "tanh")
"""The functions of one argument; `log` is the natural logarithm."""

EXTREMES = ("min", "max")
"""The functions of two or more arguments."""

VARIABLES = ("x", "y")

CONSTANTS = {"pi": 3.141592653589793, "e": 2.718281828459045}

RESERVED = (*VARIABLES, *CONSTANTS, *FUNCTIONS, *EXTREMES)
"""The names that no parameter can have."""


@dataclass(frozen=True)
class Node:
    """One operation, number or name of an expression.

    Attributes:
        operation: one of `BINARY`, `FUNCTIONS` or `EXTREMES`; `negate`; `number`, `constant`,
            `variable` or `parameter` for a leaf.
        arguments: the operands; none for a leaf. An extreme has two: more are nested.
        value: the value of a number.
        name: the name of a constant, variable or parameter; a number as it was typed.
        position: where it stands in the text, in characters from 0.
    """

    operation: str
    arguments: tuple["Node", ...] = ()
    value: float = 0.0
    name: str = ""
    position: int = 0


def walk(node: Node) -> Iterator[Node]:
    """Yield every node of a tree, operands before the operation."""
    waiting, found = [node], []
    while waiting:
        node = waiting.pop()
        found.append(node)
        waiting.extend(node.arguments)
    yield from reversed(found)
