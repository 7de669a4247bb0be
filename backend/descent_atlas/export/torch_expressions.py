"""Typed functions in PyTorch, printed from their trees; nothing of the typed text is copied.

What has no variable is printed as a Python number, what has one as tensors. Where PyTorch's own
derivative of a root or a power at 0 is infinite, the script defines a function with the rule of
`expressions.machine`.
"""

import keyword
import math

from descent_atlas.expressions.instructions import CONSTANT
from descent_atlas.expressions.program import compile_tree
from descent_atlas.expressions.tree import (
    COORDINATES,
    Call,
    Literally,
    Name,
    Negation,
    Node,
    Operation,
    list_nodes,
)
from descent_atlas.expressions.typed_objective import TypedObjective

SUM, PRODUCT, SIGN, POWER, ATOM = range(5)
"""How tightly a printed part binds."""

LINE_WIDTH = 76
"""Columns of an expression; longer sums have each term on a line of its own."""

MOST_EXACT = 2.0**53
"""Whole numbers below this are the same in float64."""

TORCH = {"min": "torch.minimum", "max": "torch.maximum", "sqrt": "root"}
"""Functions whose names in scripts are not `torch.` and their own."""

PYTHON = {"abs": "abs", "min": "min", "max": "max"}
"""Functions of numbers whose names in Python are not `math.` and their own."""

TAKEN = frozenset((*keyword.kwlist, "abs", "float", "math", "max", "min", "power", "root", "torch"))
"""Names that a script uses otherwise."""

ROOT = """\
def root(u):
    apart = torch.where(u == 0, 1.0, u)  # PyTorch's derivative at 0 is infinite
    return torch.where(u == 0, 0.0, torch.sqrt(apart))
"""

RAISED = """\
def power(u, exponent):
    apart = torch.where(u == 0, 1.0, u)  # PyTorch's derivative at 0 may be infinite
    return torch.where(u == 0, torch.zeros_like(u) ** exponent, apart**exponent)
"""


def write_typed(objective: TypedObjective, function: str) -> str:
    """Return a typed function as the PyTorch function of this name, with what it needs.

    Example:
        >>> from descent_atlas.expressions.typed_objective import make_objective
        >>> print(write_typed(make_objective("a*x^2 + 2*pi*y", (("a", 3.0),)), "f"))
        def f(x, y):
            a = 3.0
            return a * x**2 + 2 * math.pi * y
    """
    constants = [f"{name_parameter(name)} = {value!r}" for name, value in objective.values.items()]
    writer = _Writer(objective)
    text, _ = writer.write(objective.tree)
    if writer.find_number(objective.tree) is not None:
        text = f"{text} + 0 * (x + y)"  # a number has no graph
    lines = [f"def {function}(x, y):", *constants, *_break_lines(text, writer, objective.tree)]
    whole = "\n    ".join(lines)
    needed = [ROOT] * ("root(" in text) + [RAISED] * ("power(" in text)
    return "\n\n".join([*needed, whole])


def name_parameter(name: str) -> str:
    """Return a parameter's name in a script, where some names mean something else.

    Example:
        >>> name_parameter("lambda"), name_parameter("a")
        ('lambda_', 'a')
    """
    return f"{name}_" if name.rstrip("_") in TAKEN else name


def _break_lines(text: str, writer: "_Writer", tree: Node) -> list[str]:
    if len(text) <= LINE_WIDTH or not isinstance(tree, Operation) or tree.operator not in "+-":
        return [f"return {text}"]
    terms: list[str] = []
    while isinstance(tree, Operation) and tree.operator in ("+", "-"):
        if writer.find_number(tree) is not None:
            break
        terms.append(f"{tree.operator} {writer.wrap(tree.right, PRODUCT)}")
        tree = tree.left
    first, _ = writer.write(tree)
    return ["return (", *(f"    {line}" for line in (first, *reversed(terms))), ")"]


def _write_number(number: float) -> str:
    if not math.isfinite(number):
        return f'float("{number!r}")'
    return repr(number) if number >= 0 else f"({number!r})"


class _Writer:
    """Writes nodes as Python; knows the values of the objective's parameters."""

    def __init__(self, objective: TypedObjective) -> None:
        self._values = objective.values

    def write(self, node: Node) -> tuple[str, int]:
        """Return the Python of a node, and how tightly it binds."""
        number = self.find_number(node)
        if number is not None and not self._is_safe(node):
            return _write_number(number), ATOM
        match node:
            case Literally(value):
                whole = value.is_integer() and value < MOST_EXACT
                return (str(int(value)) if whole else repr(value)), ATOM
            case Name("pi"):
                return "math.pi", ATOM
            case Name("e"):
                return "math.e", ATOM
            case Name(name):
                return (name if name in COORDINATES else name_parameter(name)), ATOM
            case Negation(operand):
                return f"-{self.wrap(operand, SIGN)}", SIGN
            case Operation("^", left, right):
                return self._write_power(left, right)
            case Operation(operator, left, right):
                tightness = SUM if operator in "+-" else PRODUCT
                first, second = self.wrap(left, tightness), self.wrap(right, tightness + 1)
                return f"{first} {operator} {second}", tightness
            case Call(function, arguments):
                return self._write_call(function, arguments, number is not None), ATOM
        raise AssertionError(node)

    def wrap(self, node: Node, least: int) -> str:
        """Return the Python of a node, in brackets if it binds less tightly than `least`."""
        text, tightness = self.write(node)
        return text if tightness >= least else f"({text})"

    def find_number(self, node: Node) -> float | None:
        """Return the value of a node without variables; None for others."""
        if any(isinstance(part, Name) and part.name in COORDINATES for part in list_nodes(node)):
            return None
        code = compile_tree(node, self._values).code.tolist()
        assert code[0] == CONSTANT, "the compiler computes what has no variable"
        return float(code[1])

    def _is_safe(self, node: Node) -> bool:
        """Return whether Python computes a node without variables as the machine does.

        Python raises exceptions where the machine's result is not finite, and computes whole
        numbers of any size.
        """
        return all(abs(self.find_number(part) or 0.0) < MOST_EXACT for part in list_nodes(node))

    def _write_power(self, base: Node, exponent: Node) -> tuple[str, int]:
        number = self.find_number(exponent)
        is_plain = number is not None and number.is_integer()
        if is_plain or self.find_number(base) is not None:
            return f"{self.wrap(base, ATOM)}**{self.wrap(exponent, SIGN)}", POWER
        return f"power({self.write(base)[0]}, {self.write(exponent)[0]})", ATOM

    def _write_call(self, function: str, arguments: tuple[Node, ...], is_number: bool) -> str:
        texts = [self.write(argument)[0] for argument in arguments]
        if is_number:
            return f"{PYTHON.get(function, f'math.{function}')}({', '.join(texts)})"
        tensors = [
            text if self.find_number(argument) is None else f"torch.tensor({text})"
            for text, argument in zip(texts, arguments, strict=True)
        ]
        return f"{TORCH.get(function, f'torch.{function}')}({', '.join(tensors)})"
