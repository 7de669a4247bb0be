"""Stack machine that computes typed formulas and their exact derivatives.

It runs the instructions of `expressions.instructions`. Each value on the stack is a dual number:
the value and its derivatives by x and y, of first order where the gradient suffices
(`value_and_gradient`), of second order for the Hessian. J. Nocedal and S. J. Wright: Numerical
Optimization, 2nd edition, Springer, 2006, section 8.2.

The top of the stack is held in local variables, the rest in scratch memory: a formula costs two to
four times as much as compiled code of its own, and needs no compilation.

Where a derivative does not exist, the machine takes one by a rule:

- of abs at 0, and of sqrt and of a power with a broken exponent at 0: 0;
- of min and max of equal arguments: the mean of the arguments' derivatives.

PyTorch has the same rule, except that the derivative of a root at 0 is infinite there. A value that
is not a real number is infinite or NaN, as in C.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.compilation.kernels import (
    call_objective,
    compile_function,
    compile_objective,
)
from descent_atlas.compilation.scratch import SCRATCH_NUMBERS, allocate_scratch
from descent_atlas.expressions.instructions import (
    ABS,
    ADD,
    CONSTANT,
    COS,
    DIVIDE,
    END,
    EXP,
    EXPONENTIAL,
    INVERT,
    LOG,
    MAXIMUM,
    MINIMUM,
    MULTIPLY,
    RAISE,
    REAL_POWER,
    REFLECT,
    SCALE,
    SHIFT,
    SIN,
    SPLIT,
    SQRT,
    SQUARE,
    SUBTRACT,
    TAN,
    TANH,
    WHOLE_POWER,
    X,
    Y,
)

STACK = SCRATCH_NUMBERS // 6
"""Height of the stack: a dual number of second order has six numbers."""


@compile_function
def raise_to_whole(base: float, exponent: float) -> float:
    """Return a power with a whole exponent by multiplications."""
    power, factor, left = 1.0, base, abs(int(exponent))
    while left > 0:
        if left & 1:
            power *= factor
        factor *= factor
        left >>= 1
    return power if exponent >= 0.0 else 1.0 / power


@compile_function
def bend_once(op: int, c: float, u: float) -> tuple[float, float]:
    """Return the value and the derivative of an instruction that replaces the value u."""
    if op == SIN:
        return math.sin(u), math.cos(u)
    if op == COS:
        return math.cos(u), -math.sin(u)
    if op == EXP:
        g = math.exp(u)
        return g, g
    if op == SQRT:
        g = math.sqrt(u)
        return g, 0.0 if u == 0.0 else 0.5 / g
    if op == WHOLE_POWER:
        g = raise_to_whole(u, c - 1.0)
        return g * u if c > 0.0 else raise_to_whole(u, c), c * g
    if op == INVERT:
        g = c / u
        return g, -g / u
    if op == ABS:
        return abs(u), 0.0 if u == 0.0 else math.copysign(1.0, u)
    if op == LOG:
        return math.log(u), 1.0 / u
    if op == TAN:
        g = math.tan(u)
        return g, 1.0 + g * g
    if op == TANH:
        g = math.tanh(u)
        return g, 1.0 - g * g
    if op == REAL_POWER:
        g = math.pow(u, c)
        return g, 0.0 if u == 0.0 else c * math.pow(u, c - 1.0)
    g = math.pow(c, u)  # EXPONENTIAL
    return g, 0.0 if c == 0.0 else g * math.log(c)


@compile_function
def bend_twice(op: int, c: float, u: float, g: float) -> float:
    """Return the second derivative of an instruction that replaces the value u by g."""
    if op in (SIN, COS):
        return -g
    if op == EXP:
        return g
    if op == SQRT:
        return 0.0 if u == 0.0 else -0.25 / (g * u)
    if op == WHOLE_POWER:
        power: float = raise_to_whole(u, c - 2.0)
        return c * (c - 1.0) * power
    if op == INVERT:
        return 2.0 * g / (u * u)
    if op == ABS:
        return 0.0
    if op == LOG:
        return -1.0 / (u * u)
    if op == TAN:
        return 2.0 * g * (1.0 + g * g)
    if op == TANH:
        return -2.0 * g * (1.0 - g * g)
    if op == REAL_POWER:
        return 0.0 if u == 0.0 else c * (c - 1.0) * math.pow(u, c - 2.0)
    return 0.0 if c == 0.0 else g * math.log(c) ** 2  # EXPONENTIAL


@compile_function
def join(op: int, a: float, b: float) -> tuple[float, float, float]:
    """Return the value of a quotient, power, minimum or maximum of a and b, and its derivatives."""
    if op == DIVIDE:
        g = a / b
        return g, 1.0 / b, -g / b
    if op == RAISE:
        g = math.pow(a, b)
        if a == 0.0:
            return g, 0.0, 0.0
        return g, b * math.pow(a, b - 1.0), g * math.log(a)
    if a == b:
        return a, 0.5, 0.5
    if math.isnan(a) or math.isnan(b):
        return math.nan, math.nan, math.nan
    if (a < b) == (op == MINIMUM):
        return a, 1.0, 0.0
    return b, 0.0, 1.0


@compile_function
def weigh(derivative: float, by: float) -> float:
    """Return a product, 0 where the second factor is: what does not vary adds nothing."""
    return 0.0 if by == 0.0 else derivative * by


@compile_objective
def value_and_gradient(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """The value of the program p at (x, y), and its gradient."""
    stack = allocate_scratch()
    top = -3  # the index of the value below the top, which is f with fx and fy
    f, fx, fy = 0.0, 0.0, 0.0
    at = 0
    while True:
        op = int(p[at])
        if op == X:
            top += 3
            stack[top], stack[top + 1], stack[top + 2] = f, fx, fy
            f, fx, fy = x, 1.0, 0.0
            at += 1
        elif op == Y:
            top += 3
            stack[top], stack[top + 1], stack[top + 2] = f, fx, fy
            f, fx, fy = y, 0.0, 1.0
            at += 1
        elif op == ADD:
            f = stack[top] + f
            fx = stack[top + 1] + fx
            fy = stack[top + 2] + fy
            top -= 3
            at += 1
        elif op == SUBTRACT:
            f = stack[top] - f
            fx = stack[top + 1] - fx
            fy = stack[top + 2] - fy
            top -= 3
            at += 1
        elif op == MULTIPLY:
            a = stack[top]
            fx = stack[top + 1] * f + a * fx
            fy = stack[top + 2] * f + a * fy
            f = a * f
            top -= 3
            at += 1
        elif op == SQUARE:
            fx *= 2.0 * f
            fy *= 2.0 * f
            f *= f
            at += 1
        elif op == SHIFT:
            f += p[at + 1]
            at += 2
        elif op == REFLECT:
            f, fx, fy = p[at + 1] - f, -fx, -fy
            at += 2
        elif op == SCALE:
            c = p[at + 1]
            f, fx, fy = c * f, c * fx, c * fy
            at += 2
        elif op == SPLIT:
            c = p[at + 1]
            f, fx, fy = f / c, fx / c, fy / c
            at += 2
        elif op == END:
            return f, fx, fy
        elif op == CONSTANT:
            top += 3
            stack[top], stack[top + 1], stack[top + 2] = f, fx, fy
            f, fx, fy = p[at + 1], 0.0, 0.0
            at += 2
        elif op in (DIVIDE, RAISE, MINIMUM, MAXIMUM):
            f, by_a, by_b = join(op, stack[top], f)
            fx = weigh(by_a, stack[top + 1]) + weigh(by_b, fx)
            fy = weigh(by_a, stack[top + 2]) + weigh(by_b, fy)
            top -= 3
            at += 1
        else:
            f, by = bend_once(op, p[at + 1], f)
            fx = weigh(by, fx)
            fy = weigh(by, fy)
            at += 1 + (op <= EXPONENTIAL)


@compile_function
def differentiate_twice(x: float, y: float, p: Any) -> tuple[float, float, float, float]:
    """Return the Hessian (xx, xy, yy) of a program, and how near a bend is.

    The last number is, to first order, the distance from (x, y) to the nearest point at which an
    instruction has no derivative: 0 there, infinite if there is none.
    """
    stack = allocate_scratch()
    top = -6
    f, fx, fy, fxx, fxy, fyy = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    nearest = math.inf
    at = 0
    while True:
        op = int(p[at])
        if op == END:
            return fxx, fxy, fyy, nearest
        if op in (CONSTANT, X, Y):
            top += 6
            stack[top], stack[top + 1], stack[top + 2] = f, fx, fy
            stack[top + 3], stack[top + 4], stack[top + 5] = fxx, fxy, fyy
            fx, fy, fxx, fxy, fyy = 0.0, 0.0, 0.0, 0.0, 0.0
            if op == X:
                f, fx = x, 1.0
            elif op == Y:
                f, fy = y, 1.0
            else:
                f = p[at + 1]
                at += 1
            at += 1
        elif op <= MAXIMUM:
            a, ax, ay = stack[top], stack[top + 1], stack[top + 2]
            axx, axy, ayy = stack[top + 3], stack[top + 4], stack[top + 5]
            top -= 6
            b, bx, by = f, fx, fy
            # Derivatives by a, b, and of second order by a twice, by both, by b twice.
            d_a, d_b, d_aa, d_ab, d_bb = 1.0, 1.0, 0.0, 0.0, 0.0
            if op == ADD:
                f = a + b
            elif op == SUBTRACT:
                f = a - b
                d_b = -1.0
            elif op == MULTIPLY:
                f = a * b
                d_a, d_b, d_ab = b, a, 1.0
            else:
                f, d_a, d_b = join(op, a, b)
                if op == DIVIDE:
                    d_ab, d_bb = -1.0 / (b * b), 2.0 * f / (b * b)
                elif op == RAISE:
                    nearest = min(nearest, _measure(a, ax, ay))
                    if a != 0.0:
                        log = math.log(a)
                        d_aa = b * (b - 1.0) * math.pow(a, b - 2.0)
                        d_ab = math.pow(a, b - 1.0) * (1.0 + b * log)
                        d_bb = f * log * log
                else:
                    nearest = min(nearest, _measure(a - b, ax - bx, ay - by))
            fxx = (
                weigh(d_a, axx) + weigh(d_b, fxx)
                + weigh(d_aa, ax * ax) + 2.0 * weigh(d_ab, ax * bx) + weigh(d_bb, bx * bx)
            )  # fmt: skip
            fxy = (
                weigh(d_a, axy) + weigh(d_b, fxy)
                + weigh(d_aa, ax * ay) + weigh(d_ab, ax * by + ay * bx) + weigh(d_bb, bx * by)
            )  # fmt: skip
            fyy = (
                weigh(d_a, ayy) + weigh(d_b, fyy)
                + weigh(d_aa, ay * ay) + 2.0 * weigh(d_ab, ay * by) + weigh(d_bb, by * by)
            )  # fmt: skip
            fx = weigh(d_a, ax) + weigh(d_b, bx)
            fy = weigh(d_a, ay) + weigh(d_b, by)
            at += 1
        else:
            u, c = f, p[at + 1]
            first, second = 1.0, 0.0
            if op == SHIFT:
                f = u + c
            elif op == REFLECT:
                f, first = c - u, -1.0
            elif op == SCALE:
                f, first = c * u, c
            elif op == SPLIT:
                f, first = u / c, 1.0 / c
            elif op == SQUARE:
                f, first, second = u * u, 2.0 * u, 2.0
            else:
                f, first = bend_once(op, c, u)
                second = bend_twice(op, c, u, f)
                if op in (ABS, SQRT) or (op == REAL_POWER and c != math.floor(c)):
                    nearest = min(nearest, _measure(u, fx, fy))
            fxx = weigh(first, fxx) + weigh(second, fx * fx)
            fxy = weigh(first, fxy) + weigh(second, fx * fy)
            fyy = weigh(first, fyy) + weigh(second, fy * fy)
            fx = weigh(first, fx)
            fy = weigh(first, fy)
            at += 1 + (op <= EXPONENTIAL)


@compile_function
def _measure(u: float, ux: float, uy: float) -> float:
    """Return the distance, to first order, to where u is 0; infinite if u does not vary."""
    if u == 0.0:
        return 0.0
    slope = math.hypot(ux, uy)
    return abs(u) / slope if slope > 0.0 else math.inf


@compile_objective
def hessian(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """The Hessian of the program p at (x, y)."""
    fxx, fxy, fyy, _ = differentiate_twice(x, y, p)
    return fxx, fxy, fyy


@compile_objective
def distance_to_bend(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """The distance from (x, y) to the nearest bend of the program p, see `differentiate_twice`."""
    _, _, _, nearest = differentiate_twice(x, y, p)
    return nearest, 0.0, 0.0


@compile_function
def evaluate_once(address: np.uintp, program: NDArray[np.float64]) -> float:
    """Return the value of a program without variables."""
    value: float = call_objective(address, 0.0, 0.0, program)[0]
    return value
