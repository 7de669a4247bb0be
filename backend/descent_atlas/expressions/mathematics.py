r"""Printing of trees as mathematics, in LaTeX that latex2mathml converts."""

import re

from descent_atlas.expressions.tree import Call, Literally, Name, Negation, Node, Operation

SUM, PRODUCT, POWER, ATOM = range(4)
"""How tightly a printed part binds: brackets keep a part together below a tighter one."""

GREEK = re.compile(
    "alpha|beta|gamma|delta|epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|rho|sigma|tau"
    "|upsilon|phi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Sigma|Phi|Psi|Omega|pi"
)
"""Names that are printed as letters."""

WRITES_SQUARE = frozenset(("sin", "cos", "tan", "tanh"))
"""Functions whose powers are written before the argument, as in sin² x."""

_NAME = re.compile(r"([A-Za-z]+)_?(\w*)")
_NUMBER = re.compile(r"([0-9.]+)(?:[eE]([+-]?[0-9]+))?")


def print_formula(tree: Node) -> str:
    r"""Return the LaTeX of f(x, y) = the tree.

    Example:
        >>> from descent_atlas.expressions.parser import parse
        >>> print_formula(parse("a*(y - x^2)^2/2"))
        'f(x, y) = \\frac{a\\,\\left(y - x^{2}\\right)^{2}}{2}'
    """
    return f"f(x, y) = {_print(tree)[0]}"


def print_name(name: str) -> str:
    r"""Return the LaTeX of a variable, constant or parameter.

    Example:
        >>> [print_name(name) for name in ("x", "pi", "beta1", "depth")]
        ['x', '\\pi', '\\beta_{1}', '\\text{depth}']
    """
    match = _NAME.fullmatch(name)
    assert match, "the tokens allow no other names"
    letters, index = match.groups()
    if GREEK.fullmatch(letters):
        base = f"\\{letters}"
    else:
        base = letters if len(letters) == 1 else f"\\text{{{letters}}}"
    return f"{base}_{{{_print_index(index)}}}" if index else base


def _print_index(index: str) -> str:
    words = index.replace("_", " ").strip()
    return words if words.isdigit() or len(words) == 1 else f"\\text{{{words}}}"


def _print(node: Node) -> tuple[str, int]:
    """Return the LaTeX of a node, and how tightly it binds."""
    match node:
        case Literally(_, text):
            return _print_number(text)
        case Name(name):
            return print_name(name), ATOM
        case Negation(operand):
            return f"-{_wrap(operand, PRODUCT)}", SUM
        case Operation("+", left, right):
            return f"{_print(left)[0]} + {_wrap_second(right)}", SUM
        case Operation("-", left, right):
            return f"{_print(left)[0]} - {_wrap(right, PRODUCT)}", SUM
        case Operation("*", left, right):
            return _print_product(left, right), PRODUCT
        case Operation("/", left, right):
            return f"\\frac{{{_print(left)[0]}}}{{{_print(right)[0]}}}", PRODUCT
        case Operation("^", left, right):
            return _print_power(left, right), POWER
        case Call(function, arguments):
            return _print_call(function, [_print(argument)[0] for argument in arguments])
    raise AssertionError(node)


def _wrap(node: Node, least: int) -> str:
    """Return the LaTeX of a node, in brackets if it binds less tightly than `least`."""
    text, tightness = _print(node)
    return text if tightness >= least else f"\\left({text}\\right)"


def _wrap_second(node: Node) -> str:
    """Return the LaTeX of a node after a plus, in brackets if it begins with a minus."""
    text, _ = _print(node)
    return f"\\left({text}\\right)" if text.startswith("-") else text


def _print_number(text: str) -> tuple[str, int]:
    match = _NUMBER.fullmatch(text)
    assert match, "the tokens allow no other numbers"
    digits, exponent = match.groups()
    digits = digits.removesuffix(".")
    digits = f"0{digits}" if digits.startswith(".") else digits
    if exponent is None:
        return digits, ATOM
    power = f"10^{{{int(exponent)}}}"
    return (power, POWER) if digits == "1" else (f"{digits} \\cdot {power}", PRODUCT)


def _print_product(left: Node, right: Node) -> str:
    first, second = _wrap(left, PRODUCT), _wrap(right, PRODUCT)
    return f"{first} \\cdot {second}" if second[0].isdigit() else f"{first}\\,{second}"


def _print_power(base: Node, exponent: Node) -> str:
    power = _print(exponent)[0]
    match base, exponent:
        case Call(function, (argument,)), Literally() if function in WRITES_SQUARE:
            return f"\\{function}^{{{power}}}\\left({_print(argument)[0]}\\right)"
    return f"{_wrap(base, ATOM)}^{{{power}}}"


def _print_call(function: str, arguments: list[str]) -> tuple[str, int]:
    first = arguments[0]
    match function:
        case "exp":
            return f"e^{{{first}}}", POWER
        case "sqrt":
            return f"\\sqrt{{{first}}}", ATOM
        case "abs":
            return f"\\left|{first}\\right|", ATOM
        case "log":
            return f"\\ln\\left({first}\\right)", POWER
    return f"\\{function}\\left({', '.join(arguments)}\\right)", POWER
