"""Typed expressions as LaTeX, printed from the tree, in the style of the other objectives."""

import re
from collections.abc import Mapping

from descent_atlas.objectives.typed.expression_tree import FUNCTIONS, Node, walk

GREEK = frozenset({
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "kappa", "lambda", "mu",
    "nu", "xi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega",
})  # fmt: skip
"""Names that are printed as the letter."""

SUM, PRODUCT, POWER, ATOM = range(4)
"""How tightly a printed part holds together: it needs parentheses inside a tighter one."""

Part = tuple[str, int]
"""LaTeX, and how tightly it holds together."""


def write_latex(tree: Node) -> str:
    r"""Return a tree as LaTeX.

    Example:
        >>> from descent_atlas.objectives.typed.expression_parser import parse
        >>> write_latex(parse("(a - x)^2 / 2 + 3*x*sqrt(y)").tree)
        '\\frac{\\left(a - x\\right)^{2}}{2} + 3 \\, x \\, \\sqrt{y}'
    """
    parts: dict[int, Part] = {}
    for node in walk(tree):
        parts[id(node)] = _write(node, parts)
    return parts[id(tree)][0]


def write_symbol(name: str) -> str:
    r"""Return a parameter's name as LaTeX.

    Example:
        >>> write_symbol("alpha"), write_symbol("b2"), write_symbol("width")
        ('\\alpha', 'b_{2}', '\\text{width}')
    """
    letters, index = re.fullmatch(r"(.*?)_?(\d*)", name).groups()  # type: ignore[union-attr]  # any name matches
    if letters in GREEK:
        symbol = f"\\{letters}"
    elif len(letters) == 1:
        symbol = letters
    else:
        symbol = f"\\text{{{letters.replace('_', ' ')}}}"
    return f"{symbol}_{{{index}}}" if index else symbol


def _write(node: Node, parts: Mapping[int, Part]) -> Part:
    """Return a node, given its arguments."""
    operands = [parts[id(argument)] for argument in node.arguments]
    match node.operation, operands:
        case "number", _:
            mantissa, _, exponent = node.name.lower().partition("e")
            if not exponent:
                return mantissa, ATOM
            return f"{mantissa} \\cdot 10^{{{int(exponent)}}}", PRODUCT
        case "constant", _:
            return ("\\pi" if node.name == "pi" else "e"), ATOM
        case "parameter", _:
            return write_symbol(node.name), ATOM
        case "variable", _:
            return node.name, ATOM
        case ("+" | "-") as sign, [left, right]:
            # A sign needs parentheses after another one.
            tighter = PRODUCT if sign == "-" else SUM
            second = _enclose(right, PRODUCT if right[0].startswith("-") else tighter)
            return f"{left[0]} {sign} {second}", SUM
        case "negate", [inner]:
            return f"-{_enclose(inner, PRODUCT)}", SUM
        case "*", [left, right]:
            # A sign before the first factor is one before the product.
            signed = node.arguments[0].operation == "negate"
            first = left[0] if signed else _enclose(left, PRODUCT)
            second = _enclose(right, PRODUCT)
            between = "\\cdot" if second[0].isdigit() or second.startswith(".") else "\\,"
            return f"{first} {between} {second}", SUM if signed else PRODUCT
        case "/", [left, right]:
            return f"\\frac{{{left[0]}}}{{{right[0]}}}", PRODUCT
        case "^", [base, exponent]:
            call, power = node.arguments
            if call.operation in FUNCTIONS and power.operation == "number":
                name, argument = _split_call(call, parts)
                if name:
                    return f"{name}^{{{exponent[0]}}}{argument}", ATOM
            return f"{_enclose(base, ATOM)}^{{{exponent[0]}}}", POWER
        case "sqrt", [inner]:
            return f"\\sqrt{{{inner[0]}}}", ATOM
        case "abs", [inner]:
            return f"\\left|{inner[0]}\\right|", ATOM
        case "exp", [inner]:
            return f"e^{{{inner[0]}}}", POWER
        case ("min" | "max") as name, [left, right]:
            return f"\\{name}\\left({left[0]}, {right[0]}\\right)", ATOM
    return "".join(_split_call(node, parts)), ATOM


def _split_call(node: Node, parts: Mapping[int, Part]) -> tuple[str, str]:
    """Return the printed name of a function and its argument; no name if it has other signs."""
    if node.operation in ("sqrt", "abs", "exp"):
        return "", ""
    name = "ln" if node.operation == "log" else node.operation
    return f"\\{name}", f"\\left({parts[id(node.arguments[0])][0]}\\right)"


def _enclose(part: Part, tightness: int) -> str:
    """Return a part, in parentheses if it does not hold together as tightly."""
    text, own = part
    return text if own >= tightness else f"\\left({text}\\right)"
