"""Hyperparameters at another learning rate, in plain Python and in compiled code."""

from collections.abc import Callable
from typing import Any

from numba.core import types
from numba.extending import intrinsic, overload

RATE = "lr"
"""The field of every rule's hyperparameters that a schedule multiplies."""


def scale_rate(h: Any, factor: float) -> Any:
    """Return the hyperparameters `h` with the learning rate multiplied by `factor`."""
    return h._replace(lr=h.lr * factor)


# Numba's type hints include the typing context in an intrinsic's arguments.
_intrinsic: Callable[..., Any] = intrinsic


@_intrinsic
def _multiply_rate(  # type: ignore[no-untyped-def]  # Numba publishes no types for these arguments
    typing_context, h, factor
):
    """Multiply the field `lr` of a NamedTuple; the code is generated for each class."""
    place = h.instance_class._fields.index(RATE)

    def generate(  # type: ignore[no-untyped-def]  # nor for these
        context, builder, signature, arguments
    ):
        h, factor = arguments
        rate = builder.fmul(builder.extract_value(h, place), factor)
        return builder.insert_value(h, rate, place)

    return h(h, types.float64), generate


@overload(scale_rate, strict=False)
def _compile_scale_rate(h: types.NamedTuple, factor: types.Float) -> Callable[[Any, Any], Any]:
    return lambda h, factor: _multiply_rate(h, factor)
