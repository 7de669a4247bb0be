"""The compiled machine that evaluates any typed expression with its exact derivatives.

A program is one float64 array, so that the loop of `simulation.descent` passes it where it passes
the parameters of other objectives, and nothing is compiled for an expression. `tape` writes it:

    [instructions n, offset of the constants, n instructions, constants]

Instruction i writes slot i + 2; slots 0 and 1 are x and y. An instruction is the whole number
`operation + A·64 + B·64·1024`, where A is a slot and B another one or the index of a constant.
Slots hold dual numbers: the value and the first derivatives by x and y, for the Hessian
(second-order dual numbers) also the second derivatives.

Where a derivative does not exist, it follows `RULES`. A product of derivatives in which one factor
is 0 counts as 0, whatever the other is: √(x² + y²) has the gradient 0 at the origin.
"""

import math
from collections.abc import Callable
from typing import Any

import llvmlite.ir
from numba.core import cgutils, types
from numba.extending import intrinsic, register_jitable

from descent_atlas.compilation.kernels import compile_objective

MAX_INSTRUCTIONS = 256
"""Instructions of a program: its slots stand on the stack of the thread, 12 KiB at most."""

# Operations on two slots, on a slot and a constant, and on one slot.
(
    ADD, SUBTRACT, MULTIPLY, DIVIDE, POWER, MINIMUM, MAXIMUM,
    LOAD, ADD_CONSTANT, FROM_CONSTANT, MULTIPLY_CONSTANT, DIVIDE_CONSTANT, CONSTANT_OVER,
    MINIMUM_CONSTANT, MAXIMUM_CONSTANT, NEGATE, SQUARE,
    INTEGER_POWER, CONSTANT_POWER, POWER_OF_CONSTANT,
    SIN, COS, TAN, EXP, LOG, SQRT, ABS, TANH,
) = range(28)  # fmt: skip

RULES = {
    "abs": "|u| has the derivative 0 at u = 0.",
    "min": "min and max have the mean of both derivatives where both are equal.",
    "max": "min and max have the mean of both derivatives where both are equal.",
    "sqrt": "√u has an infinite derivative at u = 0; times a derivative of u that is 0 it is 0.",
    "^": "A power with an exponent below 1 has an infinite derivative where its base is 0; times a "
    "derivative of the base that is 0 it is 0.",
}
"""What counts as the derivative where it does not exist, by operation."""

_intrinsic: Callable[..., Any] = intrinsic

SLOT_COUNT = MAX_INSTRUCTIONS + 2


@_intrinsic
def _reserve_slots(typing_context):  # type: ignore[no-untyped-def]  # Numba has no types for these
    """Reserve room for all slots of second order on the stack; return its address."""
    signature = types.CPointer(types.float64)()

    def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]  # as above
        count = llvmlite.ir.Constant(llvmlite.ir.IntType(64), 6 * SLOT_COUNT)
        return cgutils.alloca_once(builder, llvmlite.ir.DoubleType(), size=count)

    return signature, generate


@register_jitable
def product(a: float, b: float) -> float:
    """Return a·b, where 0·∞ is 0."""
    return 0.0 if a == 0.0 or b == 0.0 else a * b


@register_jitable
def raise_to(u: float, v: float) -> float:
    """Return u^v; what has no value has none as base or exponent either.

    C's `pow` takes 1^v and u^0 for 1 even where the other number is NaN.
    """
    return math.nan if math.isnan(u) or math.isnan(v) else math.pow(u, v)


@register_jitable
def outer(operation: int, u: float, c: float) -> tuple[float, float, float]:
    """Return the value and the first two derivatives of an operation on one varying operand u.

    `c` is the constant of the operations that have one.
    """
    if operation == SQUARE:
        return u * u, 2.0 * u, 2.0
    if operation == INTEGER_POWER:
        power = 1.0  # u^(c - 2), by repeated squaring
        square = u
        exponent = int(c) - 2
        while exponent > 0:
            if exponent & 1:
                power *= square
            square *= square
            exponent >>= 1
        return power * u * u, c * power * u, c * (c - 1.0) * power
    if operation == CONSTANT_POWER:
        value, slope = raise_to(u, c), product(c, math.pow(u, c - 1.0))
        return value, slope, product(c, (c - 1.0) * math.pow(u, c - 2.0))
    if operation == POWER_OF_CONSTANT:
        value, rate = raise_to(c, u), math.log(c)
        return value, product(value, rate), product(value, rate * rate)
    if operation == CONSTANT_OVER:
        value = c / u
        return value, -value / u, 2.0 * value / u / u
    if operation == SIN:
        value, slope = math.sin(u), math.cos(u)
        return value, slope, -value
    if operation == COS:
        value, slope = math.cos(u), -math.sin(u)
        return value, slope, -value
    if operation == TAN:
        value = math.tan(u)
        slope = 1.0 + value * value
        return value, slope, 2.0 * value * slope
    if operation == EXP:
        value = math.exp(u)
        return value, value, value
    if operation == LOG:
        slope = 1.0 / u
        return math.log(u), slope, -slope * slope
    if operation == SQRT:
        value = math.sqrt(u)
        slope = 0.5 / value
        return value, slope, -0.5 * slope / u
    if operation == ABS:
        slope = 1.0 if u > 0.0 else (-1.0 if u < 0.0 else 0.0)
        return abs(u), slope, 0.0
    if operation == TANH:
        value = math.tanh(u)
        slope = 1.0 - value * value
        return value, slope, -2.0 * value * slope
    if operation == NEGATE:
        return -u, -1.0, 0.0
    if operation == ADD_CONSTANT:
        return u + c, 1.0, 0.0
    if operation == FROM_CONSTANT:
        return c - u, -1.0, 0.0
    if operation == MULTIPLY_CONSTANT:
        return u * c, c, 0.0
    if operation == DIVIDE_CONSTANT:
        return u / c, 1.0 / c, 0.0
    if operation == LOAD:
        return c, 0.0, 0.0
    # MINIMUM_CONSTANT, MAXIMUM_CONSTANT
    weight = choose(operation == MINIMUM_CONSTANT, u, c)
    return (u if weight > 0.0 else (math.nan if math.isnan(weight) else c)), weight, 0.0


@register_jitable
def choose(smaller: bool, u: float, v: float) -> float:
    """Return the weight of u's derivative in min(u, v) or max(u, v): 1, 0, 0.5 or NaN."""
    if u < v:
        return 1.0 if smaller else 0.0
    if v < u:
        return 0.0 if smaller else 1.0
    return 0.5 if u == v else math.nan


@register_jitable
def derive_power(u: float, v: float) -> tuple[float, float, float, float, float, float]:
    """Return u^v and its derivatives by u, v, twice u, u and v, and twice v."""
    value = raise_to(u, v)
    rate = math.log(u)
    below = math.pow(u, v - 1.0)
    by_u = product(v, below)
    by_v = product(value, rate)
    by_uu = product(product(v, v - 1.0), math.pow(u, v - 2.0))
    return value, by_u, by_v, by_uu, below + product(by_u, rate), product(by_v, rate)


@compile_objective
def typed_value_and_gradient(x: float, y: float, p: Any) -> tuple[float, float, float]:
    """Run the program p at (x, y): the value and its derivatives by x and y."""
    s = _reserve_slots()
    count = int(p[0])
    constants = int(p[1])
    s[0], s[1], s[2] = x, 1.0, 0.0
    s[3], s[4], s[5] = y, 0.0, 1.0
    to = 6
    for i in range(2, 2 + count):
        word = int(p[i])
        operation = word & 63
        a = 3 * ((word >> 6) & 1023)
        b = word >> 16
        if operation == MULTIPLY:
            b *= 3
            u, v = s[a], s[b]
            s[to] = u * v
            s[to + 1] = product(s[a + 1], v) + product(u, s[b + 1])
            s[to + 2] = product(s[a + 2], v) + product(u, s[b + 2])
        elif operation == ADD:
            b *= 3
            s[to], s[to + 1], s[to + 2] = s[a] + s[b], s[a + 1] + s[b + 1], s[a + 2] + s[b + 2]
        elif operation == SUBTRACT:
            b *= 3
            s[to], s[to + 1], s[to + 2] = s[a] - s[b], s[a + 1] - s[b + 1], s[a + 2] - s[b + 2]
        elif operation == DIVIDE:
            b *= 3
            quotient, over = s[a] / s[b], 1.0 / s[b]
            s[to] = quotient
            s[to + 1] = product(s[a + 1] - product(quotient, s[b + 1]), over)
            s[to + 2] = product(s[a + 2] - product(quotient, s[b + 2]), over)
        elif operation == POWER:
            b *= 3
            value, by_u, by_v, _, _, _ = derive_power(s[a], s[b])
            s[to] = value
            s[to + 1] = product(by_u, s[a + 1]) + product(by_v, s[b + 1])
            s[to + 2] = product(by_u, s[a + 2]) + product(by_v, s[b + 2])
        elif operation <= MAXIMUM:
            b *= 3
            weight = choose(operation == MINIMUM, s[a], s[b])
            s[to] = s[a] if weight > 0.0 else (s[b] if weight == 0.0 else math.nan)
            s[to + 1] = product(weight, s[a + 1]) + product(1.0 - weight, s[b + 1])
            s[to + 2] = product(weight, s[a + 2]) + product(1.0 - weight, s[b + 2])
        else:
            value, slope, _ = outer(operation, s[a], p[constants + b])
            s[to] = value
            s[to + 1] = product(slope, s[a + 1])
            s[to + 2] = product(slope, s[a + 2])
        to += 3
    return s[to - 3], s[to - 2], s[to - 1]


@compile_objective
def typed_hessian(x: float, y: float, p: Any) -> tuple[float, float, float]:
    """Run the program p at (x, y): the derivatives by x twice, x and y, and y twice."""
    s = _reserve_slots()
    count = int(p[0])
    constants = int(p[1])
    s[0], s[1], s[2], s[3], s[4], s[5] = x, 1.0, 0.0, 0.0, 0.0, 0.0
    s[6], s[7], s[8], s[9], s[10], s[11] = y, 0.0, 1.0, 0.0, 0.0, 0.0
    to = 12
    for i in range(2, 2 + count):
        word = int(p[i])
        operation = word & 63
        a = 6 * ((word >> 6) & 1023)
        b = word >> 16
        u, ux, uy, uxx, uxy, uyy = s[a], s[a + 1], s[a + 2], s[a + 3], s[a + 4], s[a + 5]
        if operation <= MAXIMUM:
            b *= 6
            v, vx, vy, vxx, vxy, vyy = s[b], s[b + 1], s[b + 2], s[b + 3], s[b + 4], s[b + 5]
            # The derivatives of the operation by u, v, twice u, u and v, and twice v.
            by_u, by_v, by_uu, by_uv, by_vv = 1.0, 1.0, 0.0, 0.0, 0.0
            if operation == ADD:
                value = u + v
            elif operation == SUBTRACT:
                value, by_v = u - v, -1.0
            elif operation == MULTIPLY:
                value, by_u, by_v, by_uv = u * v, v, u, 1.0
            elif operation == DIVIDE:
                over = 1.0 / v
                value, by_u, by_v = u / v, over, -product(u / v, over)
                by_uv, by_vv = -over * over, 2.0 * product(u / v, over * over)
            elif operation == POWER:
                value, by_u, by_v, by_uu, by_uv, by_vv = derive_power(u, v)
            else:
                by_u = choose(operation == MINIMUM, u, v)
                by_v = 1.0 - by_u
                value = u if by_u > 0.0 else (v if by_u == 0.0 else math.nan)
            s[to] = value
            s[to + 1] = product(by_u, ux) + product(by_v, vx)
            s[to + 2] = product(by_u, uy) + product(by_v, vy)
            s[to + 3] = (
                product(by_u, uxx) + product(by_v, vxx)
                + product(by_uu, product(ux, ux)) + 2.0 * product(by_uv, product(ux, vx))
                + product(by_vv, product(vx, vx))
            )  # fmt: skip
            s[to + 4] = (
                product(by_u, uxy) + product(by_v, vxy)
                + product(by_uu, product(ux, uy))
                + product(by_uv, product(ux, vy) + product(uy, vx))
                + product(by_vv, product(vx, vy))
            )  # fmt: skip
            s[to + 5] = (
                product(by_u, uyy) + product(by_v, vyy)
                + product(by_uu, product(uy, uy)) + 2.0 * product(by_uv, product(uy, vy))
                + product(by_vv, product(vy, vy))
            )  # fmt: skip
        else:
            value, slope, bend = outer(operation, u, p[constants + b])
            s[to] = value
            s[to + 1] = product(slope, ux)
            s[to + 2] = product(slope, uy)
            s[to + 3] = product(slope, uxx) + product(bend, product(ux, ux))
            s[to + 4] = product(slope, uxy) + product(bend, product(ux, uy))
            s[to + 5] = product(slope, uyy) + product(bend, product(uy, uy))
        to += 6
    return s[to - 3], s[to - 2], s[to - 1]
