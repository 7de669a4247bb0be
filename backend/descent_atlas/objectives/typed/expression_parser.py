"""The parser of typed expressions: text to tree, by a grammar that knows nothing but this.

    input      = expression { ";" setting }
    setting    = name "=" value [ "in" "[" value "," value "]" ]
    expression = term { ("+" | "-") term }
    term       = sign { ("*" | "/") sign }
    sign       = ("-" | "+") sign | power
    power      = atom [ "^" sign ]
    atom       = number | name | function "(" expression { "," expression } ")"
               | "(" expression ")"

Nothing is evaluated. `−`, `·`, `×` and `**` are read as `-`, `*`, `*` and `^`.
"""

import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from descent_atlas.objectives.typed.expression_tree import (
    CONSTANTS,
    EXTREMES,
    FUNCTIONS,
    RESERVED,
    VARIABLES,
    Node,
)

MAX_LENGTH = 500
"""Characters of a typed function: ten times a long formula, and well within an address."""

MAX_NODES = 200
"""Operations, numbers and names of an expression: the longest of the library has a third."""

MAX_DEPTH = 24
"""Parentheses, functions, signs and powers within each other: nobody reads deeper ones."""

MAX_PARAMETERS = 8
"""Parameters of an expression: each has a slider."""

MAX_NAME = 16
"""Characters of a parameter's name: more do not fit beside a slider."""

MAX_PARAMETER = 1e6
"""Limit on the size of a parameter's values."""

DEFAULT_VALUE = 1.0
"""The value of a parameter that has no setting: unlike 0 it lets every term show."""

DEFAULT_REACH = 10.0
"""A parameter without a range has the one from -10 to 10, or twice as far as its value."""

ATOM = "a number, a name or ("

_SPELLINGS = {"−": "-", "–": "-", "·": "*", "×": "*", "⋅": "*", "**": "^"}

_TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<sign>\*\*|[-+*/^(),;=\[\]−–·×⋅])",
    re.ASCII,
)


class ExpressionError(ValueError):
    """What is wrong with a typed expression, and where.

    Attributes:
        position: where the fault begins, in characters from 0; the text's length for its end.
        length: the characters that are at fault, 1 or more.
        limit: the limit that is exceeded; None if it is another fault.
    """

    def __init__(
        self, message: str, position: int, length: int = 1, limit: int | float | None = None
    ) -> None:
        super().__init__(message)
        self.position = position
        self.length = length
        self.limit = limit


@dataclass(frozen=True)
class ParameterSetting:
    """The default and the limits of a parameter."""

    default: float
    minimum: float
    maximum: float


@dataclass(frozen=True)
class Parsed:
    """A typed function: its tree, and its parameters in the order of their first use.

    Whoever types the same text shares it: read-only.
    """

    tree: Node
    parameters: Mapping[str, ParameterSetting]


@dataclass(frozen=True)
class _Token:
    kind: str  # number, name, a sign itself, or end
    text: str
    position: int


@lru_cache(maxsize=256)
def parse(text: str) -> Parsed:
    """Return the tree and the parameters of a typed function.

    Raises:
        ExpressionError: if it is not one, or beyond a limit; the message says what was expected.

    Example:
        >>> parse("a*x^2 + y^2; a = 2").parameters
        {'a': ParameterSetting(default=2.0, minimum=-10.0, maximum=10.0)}
        >>> parse("x + * y")  # doctest: +IGNORE_EXCEPTION_DETAIL
        Traceback (most recent call last):
        ...
        descent_atlas.objectives.typed.expression_parser.ExpressionError: A number, a name or ( is \
expected before “*”.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            f"A function may have {MAX_LENGTH} characters; this has {len(text):,}.",
            MAX_LENGTH,
            limit=MAX_LENGTH,
        )
    return _Parser(text).parse()


def _list_tokens(text: str) -> list[_Token]:
    tokens = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        match = _TOKEN.match(text, position)
        if match is None:
            raise ExpressionError(_describe_character(text[position]), position)
        found = match[0]
        kind = str(match.lastgroup)
        if kind == "sign":
            kind = _SPELLINGS.get(found, found)
        tokens.append(_Token(kind, found, position))
        position = match.end()
    tokens.append(_Token("end", "", len(text.rstrip())))
    return tokens


class _Parser:
    """Reads the tokens from left to right."""

    def __init__(self, text: str) -> None:
        self.tokens = _list_tokens(text)
        self.at = 0
        self.depth = 0
        self.count = 0
        self.names: dict[str, int] = {}  # of parameters, with their first positions

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def expect(self, kind: str) -> _Token:
        if self.next.kind != kind:
            raise self.fault(f"“{kind}”")
        return self.take()

    def fault(self, expected: str) -> ExpressionError:
        """Return the fault that something else was expected in place of the next token."""
        token = self.next
        expected = expected[0].upper() + expected[1:]
        if token.kind == "end":
            return ExpressionError(f"{expected} is expected at the end.", token.position)
        where = f"before “{token.text}”"
        return ExpressionError(f"{expected} is expected {where}.", token.position, len(token.text))

    def node(
        self, operation: str, token: _Token, *arguments: Node, value: float = 0.0, name: str = ""
    ) -> Node:
        self.count += 1
        if self.count > MAX_NODES:
            raise ExpressionError(
                f"A function may have {MAX_NODES} operations, numbers and names.",
                token.position,
                max(1, len(token.text)),
                MAX_NODES,
            )
        return Node(operation, arguments, value, name, token.position)

    def enter(self) -> None:
        """Go one level deeper."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            token = self.next
            raise ExpressionError(
                f"Parentheses, functions, signs and powers may be {MAX_DEPTH} deep.",
                token.position,
                max(1, len(token.text)),
                MAX_DEPTH,
            )

    def parse(self) -> Parsed:
        if self.next.kind == "end":
            raise ExpressionError("Type a function of x and y.", 0)
        tree = self.expression()
        settings: dict[str, ParameterSetting] = {}
        while self.next.kind == ";":
            self.take()
            if self.next.kind == "end":
                break
            self.setting(settings)
        if self.next.kind != "end":
            raise self.unexpected()
        return Parsed(
            tree,
            {name: settings.get(name, _make_setting(DEFAULT_VALUE)) for name in self.names},
        )

    def unexpected(self) -> ExpressionError:
        """Return the fault of a token after a whole expression."""
        token = self.next
        if token.kind in ("number", "name", "("):
            return ExpressionError(
                f"An operator is expected before “{token.text}”; a product is written with *.",
                token.position,
                len(token.text),
            )
        if token.kind == ")":
            return ExpressionError("This ) closes nothing.", token.position)
        return self.fault("an operator or the end")

    def expression(self) -> Node:
        left = self.term()
        while self.next.kind in ("+", "-"):
            token = self.take()
            left = self.node(token.kind, token, left, self.term())
        return left

    def term(self) -> Node:
        left = self.sign()
        while self.next.kind in ("*", "/"):
            token = self.take()
            left = self.node(token.kind, token, left, self.sign())
        return left

    def sign(self) -> Node:
        if self.next.kind not in ("-", "+"):
            return self.power()
        token = self.take()
        self.enter()
        inner = self.sign()
        self.depth -= 1
        return inner if token.kind == "+" else self.node("negate", token, inner)

    def power(self) -> Node:
        base = self.atom()
        if self.next.kind != "^":
            return base
        token = self.take()
        self.enter()
        exponent = self.sign()
        self.depth -= 1
        return self.node("^", token, base, exponent)

    def atom(self) -> Node:
        if self.next.kind == "number":
            token = self.take()
            return self.node("number", token, value=_read_number(token), name=token.text)
        if self.next.kind == "name":
            return self.name()
        if self.next.kind == "(":
            self.take()
            self.enter()
            inner = self.expression()
            self.depth -= 1
            self.close()
            return inner
        raise self.fault(ATOM)

    def close(self) -> None:
        """Take a closing parenthesis."""
        if self.next.kind in ("number", "name", "("):
            raise self.unexpected()
        self.expect(")")

    def name(self) -> Node:
        token = self.take()
        if token.text in FUNCTIONS or token.text in EXTREMES:
            return self.call(token)
        if self.next.kind == "(":
            raise ExpressionError(_describe_unknown(token.text), token.position, len(token.text))
        if token.text in VARIABLES:
            return self.node("variable", token, name=token.text)
        if token.text in CONSTANTS:
            return self.node("constant", token, name=token.text)
        if len(token.text) > MAX_NAME:
            raise ExpressionError(
                f"A parameter's name may have {MAX_NAME} characters.",
                token.position,
                len(token.text),
                MAX_NAME,
            )
        self.names.setdefault(token.text, token.position)
        if len(self.names) > MAX_PARAMETERS:
            raise ExpressionError(
                f"A function may have {MAX_PARAMETERS} parameters, which are the names other than "
                "x, y, pi and e.",
                token.position,
                len(token.text),
                MAX_PARAMETERS,
            )
        return self.node("parameter", token, name=token.text)

    def call(self, token: _Token) -> Node:
        if self.next.kind != "(":
            raise self.fault(f"( after {token.text}")
        self.take()
        self.enter()
        arguments = [self.expression()]
        while self.next.kind == ",":
            comma = self.take()
            if token.text in FUNCTIONS:
                raise ExpressionError(f"{token.text} takes one argument.", comma.position)
            arguments.append(self.expression())
        self.depth -= 1
        if token.text in EXTREMES and len(arguments) == 1:
            raise self.fault(f"a comma, as {token.text} takes two arguments or more,")
        self.close()
        if token.text in FUNCTIONS:
            return self.node(token.text, token, *arguments)
        result = arguments[0]
        for argument in arguments[1:]:
            result = self.node(token.text, token, result, argument)
        return result

    def setting(self, settings: dict[str, ParameterSetting]) -> None:
        if self.next.kind != "name":
            raise self.fault("a parameter's name")
        token = self.take()
        if token.text not in self.names:
            reason = (
                "has a meaning of its own" if token.text in RESERVED else "is not in the function"
            )
            raise ExpressionError(f"“{token.text}” {reason}.", token.position, len(token.text))
        if token.text in settings:
            raise ExpressionError(f"“{token.text}” is set twice.", token.position, len(token.text))
        self.expect("=")
        default = self.value()
        if not (self.next.kind == "name" and self.next.text == "in"):
            settings[token.text] = _make_setting(default)
            return
        self.take()
        opening = self.expect("[")
        minimum = self.value()
        self.expect(",")
        maximum = self.value()
        closing = self.expect("]")
        if not minimum < maximum or not minimum <= default <= maximum:
            raise ExpressionError(
                f"The range of {token.text} should be ascending and contain {default:g}.",
                opening.position,
                closing.position - opening.position + 1,
            )
        settings[token.text] = ParameterSetting(default, minimum, maximum)

    def value(self) -> float:
        """Read a number with its sign."""
        sign = 1.0
        if self.next.kind in ("-", "+"):
            sign = -1.0 if self.take().kind == "-" else 1.0
        if self.next.kind != "number":
            raise self.fault("a number")
        token = self.take()
        value = _read_number(token)
        if value > MAX_PARAMETER:
            raise ExpressionError(
                f"A parameter's values may be from −{MAX_PARAMETER:,.0f} to {MAX_PARAMETER:,.0f}.",
                token.position,
                len(token.text),
                MAX_PARAMETER,
            )
        return sign * value + 0.0


def _read_number(token: _Token) -> float:
    value = float(token.text)
    if math.isinf(value):
        raise ExpressionError(
            "This number is too large: numbers reach to 1.8e308.", token.position, len(token.text)
        )
    return value


def _make_setting(default: float) -> ParameterSetting:
    reach = max(DEFAULT_REACH, 2 * abs(default))
    return ParameterSetting(default, max(-reach, -MAX_PARAMETER), min(reach, MAX_PARAMETER))


def _describe_character(character: str) -> str:
    """Return the sentence about a character that no token has."""
    if character in "²³":
        return f"“{character}” is written as ^{'23'['²³'.index(character)]}."
    if character in "π√":
        return f"“{character}” is written as {'pi' if character == 'π' else 'sqrt(…)'}."
    return f"“{character}” means nothing here."


def _describe_unknown(name: str) -> str:
    """Return the sentence about a name before a parenthesis that is no function."""
    if name in (*VARIABLES, *CONSTANTS):
        return f"{name} is no function; a product is written with *."
    near = {"ln": "log", "arctan": "tan", "pow": "^"}.get(name)
    near = near or next(iter(difflib.get_close_matches(name, (*FUNCTIONS, *EXTREMES), n=1)), None)
    hint = f"Did you mean {near}?" if near else f"There are {', '.join((*FUNCTIONS, *EXTREMES))}."
    return f"“{name}” is no function. {hint}"
