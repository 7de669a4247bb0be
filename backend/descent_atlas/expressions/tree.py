"""Trees of typed formulas: the only form in which the program handles them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

COORDINATES = ("x", "y")
"""The variables."""

CONSTANTS = ("pi", "e")
"""The names of numbers; every other name is a parameter."""

ARITIES = {
    "sin": 1,
    "cos": 1,
    "tan": 1,
    "exp": 1,
    "log": 1,
    "sqrt": 1,
    "abs": 1,
    "tanh": 1,
    "min": 2,
    "max": 2,
}
"""The functions, with the number of their arguments. `log` is the natural logarithm."""

Operator: TypeAlias = Literal["+", "-", "*", "/", "^"]


@dataclass(frozen=True, slots=True)
class Literally:
    """A number as it was typed: its value, finite and not negative, and its text."""

    value: float
    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, a constant or a parameter."""

    name: str


@dataclass(frozen=True, slots=True)
class Negation:
    """A node with a minus before it."""

    operand: "Node"


@dataclass(frozen=True, slots=True)
class Operation:
    """Two nodes with an operator between them."""

    operator: Operator
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """A function of `ARITIES` with its arguments."""

    function: str
    arguments: tuple["Node", ...]


Node: TypeAlias = Literally | Name | Negation | Operation | Call


def list_nodes(tree: Node) -> Iterator[Node]:
    """Yield a tree's nodes, each before its parts, from left to right."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(list_parts(node)))


def list_parts(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below a node."""
    match node:
        case Negation(operand):
            return (operand,)
        case Operation(_, left, right):
            return left, right
        case Call(_, arguments):
            return arguments
    return ()


def list_parameters(tree: Node) -> tuple[str, ...]:
    """Return the names of a tree's parameters, in the order of their first occurrence."""
    names = (node.name for node in list_nodes(tree) if isinstance(node, Name))
    return tuple(dict.fromkeys(name for name in names if name not in COORDINATES + CONSTANTS))
