"""Nearest points of minima that form curves.

Like an objective each is a function of (x, y, parameters). It returns the distance from (x, y) to
the curves and the nearest point of them; the point is NaN where the gradient flow leads to no
curve.
"""

import math
from collections.abc import Sequence

from descent_atlas.compilation.kernels import compile_objective

ITERATIONS = 100
"""Newton's method, with bisection where it would leave the bracket, needs about ten."""


@compile_objective
def nearest_on_hyperbolas(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """Return the distance from (x, y) to the hyperbolas |xy| = 1, and the nearest point of them.

    The quadrant of (x, y) is kept: the gradient flow of a function of |xy| never leaves it. On an
    axis the flow rests, and there is no nearest point.

    With a ≥ b for |x| and |y|, the point is (t, 1/t) with t ≥ 1, where the squared distance is
    least. Half its derivative by s = ln t, e²ˢ - a eˢ - e⁻²ˢ + b e⁻ˢ, is negative at the smaller
    and positive at the larger of a and 1/b, and has one zero with t ≥ 1 between them.
    """
    a, b = max(abs(x), abs(y)), min(abs(x), abs(y))
    if not b > 0.0:
        return math.inf, math.nan, math.nan
    low, high = math.log(a), -math.log(b)
    if low > high:
        low, high = high, low
    low, high = max(low, 0.0), max(high, 0.0)
    s = (low + high) / 2
    for _ in range(ITERATIONS):
        t = math.exp(s)
        slope = t * (t - a) - (1 / t - b) / t
        if slope > 0.0:
            high = s
        else:
            low = s
        curvature = t * (2 * t - a) + (2 / t - b) / t
        step = slope / curvature
        new = s - step
        if not low <= new <= high:
            new = (low + high) / 2
        if abs(new - s) <= 1e-16 * (1 + abs(s)):
            break
        s = new
    t = math.exp(s)
    distance = math.hypot(t - a, 1 / t - b)
    nx, ny = (t, 1 / t) if abs(x) >= abs(y) else (1 / t, t)
    return distance, math.copysign(nx, x), math.copysign(ny, y)
