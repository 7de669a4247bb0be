"""Typed functions in PyTorch, printed from their trees."""

import math
from collections.abc import Mapping

from descent_atlas.objectives.typed.expression_tree import CONSTANTS, FUNCTIONS, Node, walk
from descent_atlas.objectives.typed.tape import compute

SUM, PRODUCT, SIGN, POWER, ATOM = range(5)
"""Python's precedences, the loosest first."""

PRECEDENCE = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT}

LARGEST_WHOLE = 1e15
"""Larger whole numbers are written as floats: PyTorch takes integers of 64 bits."""

Part = tuple[str, int, float | None]
"""Code, its precedence, and its value if it is a number and no tensor."""


def write_expression(tree: Node, names: Mapping[str, str] | None = None) -> str:
    """Return a tree as an expression of zero-dimensional tensors x, y and the parameters.

    `names` are the parameters' names in the code where they differ. Numbers alone are Python's;
    what is not finite is written out, because Python raises where PyTorch gives infinity or NaN.

    Example:
        >>> from descent_atlas.objectives.typed.expression_parser import parse
        >>> write_expression(parse("a*exp(-x^2) + max(y, sqrt(2))").tree)
        'a * torch.exp(-x**2) + torch.maximum(y, torch.tensor(math.sqrt(2)))'
    """
    parts: dict[int, Part] = {}
    for node in walk(tree):
        parts[id(node)] = _write(node, parts, names or {})
    code, _, _ = parts[id(tree)]
    if any(node.operation == "variable" for node in walk(tree)):
        return code
    # A loss needs a gradient even where it is constant.
    return f"{code} + 0 * x"


def _write(node: Node, parts: Mapping[int, Part], names: Mapping[str, str]) -> Part:
    operands = [parts[id(argument)] for argument in node.arguments]
    values = [value for _, _, value in operands]
    match node.operation:
        case "number":
            is_long = node.value >= LARGEST_WHOLE
            is_octal = node.name.startswith("0") and node.name[1:2].isdigit()  # to Python
            return repr(node.value) if is_long or is_octal else node.name, ATOM, node.value
        case "constant":
            return f"math.{node.name}", ATOM, CONSTANTS[node.name]
        case "variable" | "parameter":
            return names.get(node.name, node.name), ATOM, None
    if None not in values:
        value = compute(node.operation, [value for value in values if value is not None])
        if not math.isfinite(value):
            return f'float("{value}")', ATOM, value
        if abs(value) >= LARGEST_WHOLE or node.operation in ("min", "max"):
            return repr(value), ATOM if value >= 0 else SIGN, value
        code, precedence = _combine(node.operation, operands, "math")
        return code, precedence, value
    code, precedence = _combine(node.operation, operands, "torch")
    return code, precedence, None


def _combine(operation: str, operands: list[Part], module: str) -> tuple[str, int]:
    """Return the code of an operation and its precedence."""
    if operation in PRECEDENCE:
        own = PRECEDENCE[operation]
        left, right = _enclose(operands[0], own), _enclose(operands[1], own + 1)
        return f"{left} {operation} {right}", own
    if operation == "^":
        return f"{_enclose(operands[0], ATOM)}**{_enclose(operands[1], SIGN)}", POWER
    if operation == "negate":
        return f"-{_enclose(operands[0], SIGN)}", SIGN
    if operation in FUNCTIONS:
        name = "fabs" if (operation, module) == ("abs", "math") else operation
        return f"{module}.{name}({operands[0][0]})", ATOM
    name = {"min": "minimum", "max": "maximum"}[operation]
    arguments = [code if value is None else f"torch.tensor({code})" for code, _, value in operands]
    return f"torch.{name}({', '.join(arguments)})", ATOM


def _enclose(part: Part, precedence: int) -> str:
    code, own, _ = part
    return code if own >= precedence else f"({code})"
