"""Random formulas and random texts, from a seed."""

import random

from descent_atlas.expressions.parser import MAX_DEPTH
from descent_atlas.expressions.tree import ARITIES

NAMES = ("x", "y", "x", "y", "a", "b", "pi", "e")
NUMBERS = ("0", "1", "2", "3", "0.5", "10", "1e3", "1e-9", "64", "1e308")
PIECES = (
    *NAMES, *NUMBERS, *ARITIES, *"+-*/^(),", " ", "**", "import", "__class__", "lambda", "eval(",
    "x.y", "[", "]", "{", "}", "\0", "\n", "é", "=", ";", "'", '"', "\\", "1e999", "0x10", "1_0",
)  # fmt: skip
"""Pieces of texts that are mostly no formulas."""


def draw_formula(rng: random.Random, size: int) -> str:
    """Return a formula of about `size` nodes."""
    return _draw(rng, size, MAX_DEPTH // 3)


def _draw(rng: random.Random, size: int, depth: int) -> str:
    if size <= 1 or depth == 0:
        return rng.choice(NAMES + NUMBERS)
    kind = rng.random()
    if kind < 0.25:
        function = rng.choice(list(ARITIES))
        count = ARITIES[function]
        arguments = (_draw(rng, size // count, depth - 1) for _ in range(count))
        return f"{function}({', '.join(arguments)})"
    if kind < 0.33:
        return f"(-{_draw(rng, size - 1, depth - 1)})"
    part = rng.randint(1, size - 1)
    operator = rng.choice("+-*/^")
    return f"({_draw(rng, part, depth - 1)} {operator} {_draw(rng, size - part, depth - 1)})"


def draw_text(rng: random.Random) -> str:
    """Return a text of random pieces, hardly ever a formula."""
    return "".join(rng.choices(PIECES, k=rng.randint(0, 40)))
