"""Random expressions for tests, as text and as functions of PyTorch."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import torch
from hypothesis import strategies as st

Number = Any

TORCH: dict[str, Callable[..., Any]] = {
    "sin": torch.sin,
    "cos": torch.cos,
    "tan": torch.tan,
    "exp": torch.exp,
    "log": torch.log,
    "sqrt": torch.sqrt,
    "abs": torch.abs,
    "tanh": torch.tanh,
    "min": torch.minimum,
    "max": torch.maximum,
}

CONSTANT = {"pi": torch.pi, "e": torch.e, "a": 1.5, "b": -0.5}


def power(base: torch.Tensor, exponent: torch.Tensor) -> torch.Tensor:
    """Return a power of which PyTorch has every derivative.

    `torch.pow` takes those of x^(x - y) for those of 1 where x = y: 1 and 0 instead of 2 and -1. It
    takes a power with the exponent 0, or with the base 1, for 1 even if the other has no value.
    """
    if base.isnan() or exponent.isnan():
        return base + exponent
    if base > 0 and exponent.requires_grad:
        return torch.exp(exponent * torch.log(base))
    return torch.pow(base, exponent)


def as_tensor(value: float) -> torch.Tensor:
    return torch.tensor(value, dtype=torch.float64)


Evaluate = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""An expression as a function of x and y."""

_watchers: list[Callable[[torch.Tensor], torch.Tensor]] = []


@contextmanager
def watched(disturbance: float = 0.0, seed: int = 0) -> Iterator[list[float]]:
    """Collect the sizes of all values on the way while expressions are evaluated.

    Each is moved up or down by `disturbance`, relative to it, as rounding may do.
    """
    sizes: list[float] = []
    chance = Random(seed)

    def watch(value: torch.Tensor) -> torch.Tensor:
        sizes.append(abs(value.item()))
        return value * (1 + chance.choice((-disturbance, disturbance))) if disturbance else value

    _watchers.append(watch)
    try:
        yield sizes
    finally:
        _watchers.remove(watch)


def watch_values(function: Evaluate) -> Evaluate:
    """Return a function whose values are shown to whoever watches."""

    def evaluate(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        value = function(x, y)
        for watch in _watchers:
            value = watch(value)
        return value

    return evaluate


def leaf(text: str) -> tuple[str, Evaluate]:
    if text == "x":
        return text, lambda x, y: x
    if text == "y":
        return text, lambda x, y: y
    value = CONSTANT.get(text)
    number = as_tensor(float(text) if value is None else value)
    return text, lambda x, y: number


def combine(operation: str, operands: list[tuple[str, Evaluate]]) -> tuple[str, Evaluate]:
    text, function = apply_to(operation, operands)
    return text, watch_values(function)


def apply_to(operation: str, operands: list[tuple[str, Evaluate]]) -> tuple[str, Evaluate]:
    texts = [text for text, _ in operands]
    functions = [function for _, function in operands]
    if operation in TORCH:
        apply = TORCH[operation]
        return f"{operation}({', '.join(texts)})", lambda x, y: apply(*[f(x, y) for f in functions])
    if operation == "negate":
        return f"-({texts[0]})", lambda x, y: -functions[0](x, y)
    left, right = functions
    text = f"({texts[0]}){operation}({texts[1]})"
    arithmetic: dict[str, Evaluate] = {
        "+": lambda x, y: left(x, y) + right(x, y),
        "-": lambda x, y: left(x, y) - right(x, y),
        "*": lambda x, y: left(x, y) * right(x, y),
        "/": lambda x, y: left(x, y) / right(x, y),
        "^": lambda x, y: power(left(x, y), right(x, y)),
    }
    return text, arithmetic[operation]


LEAVES = st.sampled_from(["x", "y", "a", "b", "pi", "e", "2", "3", "0.5", "1.25", "0", "1", "7"])


def extend(
    inner: st.SearchStrategy[tuple[str, Evaluate]],
) -> st.SearchStrategy[tuple[str, Evaluate]]:
    one = st.sampled_from(["sin", "cos", "tan", "exp", "log", "sqrt", "abs", "tanh", "negate"])
    two = st.sampled_from(["+", "-", "*", "/", "^", "min", "max"])
    return st.one_of(
        st.tuples(one, inner).map(lambda p: combine(p[0], [p[1]])),
        st.tuples(two, inner, inner).map(lambda p: combine(p[0], [p[1], p[2]])),
    )


EXPRESSIONS = st.recursive(LEAVES.map(leaf), extend, max_leaves=8)
"""Pairs of a text with the parameters a and b, and the same as a function of tensors."""
