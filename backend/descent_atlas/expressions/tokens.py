"""Tokens of a typed formula, and the error that says where a formula is faulty."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

MAX_LENGTH = 600
"""Characters of a formula: longer than any in `known_functions`, short enough for a link."""

_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<mark>[-+*/^(),])"
    r"|(?P<space>[ \t\r\n]+)"
)

ADVICE = {
    "=": "write the right side of f(x, y) = … alone",
    "×": "write * to multiply",
    "·": "write * to multiply",
    "−": "write - to subtract",
    "–": "write - to subtract",
    "÷": "write / to divide",
    "π": "write pi",
    "√": "write sqrt(…)",
    "²": "write ^2",
    "³": "write ^3",
    "|": "write abs(…)",
    "[": "write ( and )",
    "{": "write ( and )",
    "]": "write ( and )",
    "}": "write ( and )",
    "_": "a name begins with a letter",
    ".": "a number has a digit",
}
"""What to write in place of a character that formulas do not have."""


class ExpressionError(ValueError):
    """A formula is faulty.

    Attributes:
        position: the index of the first character that is wrong, from 0; the length of the
            text if something is missing at its end.
    """

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a formula: its kind, its text, and the index of its first character."""

    kind: Literal["number", "name", "mark", "end"]
    text: str
    position: int


def tokenize(text: str) -> Iterator[Token]:
    """Yield the tokens of a formula, and an `end` after the last one.

    Raises:
        ExpressionError: at a character that no token has, and beyond `MAX_LENGTH`.

    Example:
        >>> [token.text for token in tokenize("2*x^-1")]
        ['2', '*', 'x', '^', '-', '1', '']
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"may have at most {MAX_LENGTH} characters", MAX_LENGTH)
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            character = text[position]
            advice = ADVICE.get(character, "formulas have letters, digits and + - * / ^ ( ) ,")
            raise ExpressionError(f"cannot have {_quote(character)}: {advice}", position)
        match match.lastgroup:
            case "number" | "name" | "mark" as kind:
                yield Token(kind, match.group(), position)
        position = match.end()
    yield Token("end", "", len(text))


def _quote(character: str) -> str:
    """Return a character as a message shows it, by its number unless it is printable."""
    return f"“{character}”" if character.isprintable() else f"the character U+{ord(character):04X}"
