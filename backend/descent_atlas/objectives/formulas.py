"""Value, gradient and Hessian of every objective: exact, compiled, and stable in float64.

Each objective is two functions. The one with its name returns (f, ∂f/∂x, ∂f/∂y), the one that ends
in `_hessian` returns (∂²f/∂x², ∂²f/∂x∂y, ∂²f/∂y²). Both take the point (x, y) and the objective's
parameters `p`, in the order of `objectives.objective_table`, which also has formula and source.

Where the published formula subtracts nearly equal numbers close to the minimum (1 - cos, 1 - exp),
the code uses an identity that does not, so that the value at the minimum is exact.
"""

import math
from collections.abc import Sequence

from descent_atlas.compilation.kernels import compile_objective

TAU = 2 * math.pi


@compile_objective
def two_gaussian_bowl(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """`f = x² + y² - a·exp(-((x - 1)² + y²)/c) - b·exp(-((x + 1)² + y²)/d)`, p = (a, b, c, d)."""
    a, b = p[0], p[1]
    # Divisions that do not depend on x cost no time.
    per_c, per_d = 1 / p[2], 1 / p[3]
    right = a * math.exp(-((x - 1) ** 2 + y**2) * per_c)
    left = b * math.exp(-((x + 1) ** 2 + y**2) * per_d)
    f = x**2 + y**2 - right - left
    right *= 2 * per_c
    left *= 2 * per_d
    fx = 2 * x + (x - 1) * right + (x + 1) * left
    fy = 2 * y + y * (right + left)
    return f, fx, fy


@compile_objective
def two_gaussian_bowl_hessian(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """The Hessian of `two_gaussian_bowl`."""
    a, b, c, d = p[0], p[1], p[2], p[3]
    right = 2 * a / c * math.exp(-((x - 1) ** 2 + y**2) / c)
    left = 2 * b / d * math.exp(-((x + 1) ** 2 + y**2) / d)
    fxx = 2 + right * (1 - 2 * (x - 1) ** 2 / c) + left * (1 - 2 * (x + 1) ** 2 / d)
    fxy = -2 * y * (right * (x - 1) / c + left * (x + 1) / d)
    fyy = 2 + right * (1 - 2 * y**2 / c) + left * (1 - 2 * y**2 / d)
    return fxx, fxy, fyy


@compile_objective
def rastrigin(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """`f = 2A + x² + y² - A·cos 2πx - A·cos 2πy`, p = (A,)."""
    # 1 - cos 2πx = 2 sin² πx
    amplitude = p[0]
    f = x**2 + y**2 + 2 * amplitude * (math.sin(math.pi * x) ** 2 + math.sin(math.pi * y) ** 2)
    fx = 2 * x + TAU * amplitude * math.sin(TAU * x)
    fy = 2 * y + TAU * amplitude * math.sin(TAU * y)
    return f, fx, fy


@compile_objective
def rastrigin_hessian(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """The Hessian of `rastrigin`."""
    amplitude = p[0]
    fxx = 2 + TAU**2 * amplitude * math.cos(TAU * x)
    fyy = 2 + TAU**2 * amplitude * math.cos(TAU * y)
    return fxx, 0.0, fyy


@compile_objective
def rosenbrock(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """`f = (a - x)² + b(y - x²)²`, p = (a, b)."""
    a, b = p[0], p[1]
    u = a - x
    v = y - x**2
    return u**2 + b * v**2, -2 * u - 4 * b * x * v, 2 * b * v


@compile_objective
def rosenbrock_hessian(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """The Hessian of `rosenbrock`."""
    b = p[1]
    return 2 + 4 * b * (3 * x**2 - y), -4 * b * x, 2 * b


@compile_objective
def himmelblau(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """`f = (x² + y - 11)² + (x + y² - 7)²`."""
    u = x**2 + y - 11
    v = x + y**2 - 7
    return u**2 + v**2, 4 * x * u + 2 * v, 2 * u + 4 * y * v


@compile_objective
def himmelblau_hessian(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """The Hessian of `himmelblau`."""
    u = x**2 + y - 11
    v = x + y**2 - 7
    return 4 * u + 8 * x**2 + 2, 4 * (x + y), 4 * v + 8 * y**2 + 2


@compile_objective
def beale(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """`f = Σ (cₖ - x + xyᵏ)²` for k = 1, 2, 3 and c = (1.5, 2.25, 2.625)."""
    f = 0.0
    fx = 0.0
    fy = 0.0
    power = 1.0  # y^(k-1)
    for k, constant in ((1, 1.5), (2, 2.25), (3, 2.625)):
        residual = constant - x + x * power * y
        f += residual**2
        fx -= 2 * residual * (1 - power * y)
        fy += 2 * residual * x * k * power
        power *= y
    return f, fx, fy


@compile_objective
def beale_hessian(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """The Hessian of `beale`."""
    fxx = 0.0
    fxy = 0.0
    fyy = 0.0
    # Of each residual c - x + xyᵏ: its derivatives by x, y, twice y, and the mixed one.
    for k, constant in ((1, 1.5), (2, 2.25), (3, 2.625)):
        residual = constant - x + x * y**k
        rx = y**k - 1
        rxy = k * y ** (k - 1)
        ry = x * rxy
        ryy = x * k * (k - 1) * y ** max(k - 2, 0)
        fxx += 2 * rx**2
        fxy += 2 * (rx * ry + residual * rxy)
        fyy += 2 * (ry**2 + residual * ryy)
    return fxx, fxy, fyy


@compile_objective
def ackley(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """`f = -a·exp(-b√((x² + y²)/2)) - exp((cos 2πx + cos 2πy)/2) + a + e`, p = (a, b)."""
    # cos 2πx = 1 - 2 sin² πx, hence exp((cos 2πx + cos 2πy)/2) = e·exp(-(sin² πx + sin² πy)).
    # At the cusp the gradient jumps from one side to the other. 0 is returned: the element of
    # the subdifferential that respects the symmetry.
    a, b = p[0], p[1]
    distance = math.hypot(x, y)
    decay = -b * distance / math.sqrt(2)
    ripples = -(math.sin(math.pi * x) ** 2) - math.sin(math.pi * y) ** 2
    f = -a * math.expm1(decay) - math.e * math.expm1(ripples)
    if distance == 0:
        return f, 0.0, 0.0
    slope = a * b / math.sqrt(2) * math.exp(decay)
    ripple = math.pi * math.exp(1 + ripples)
    fx = slope * (x / distance) + ripple * math.sin(TAU * x)
    fy = slope * (y / distance) + ripple * math.sin(TAU * y)
    return f, fx, fy


@compile_objective
def ackley_hessian(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """The Hessian of `ackley`; infinite at the cusp, where the curvature is unbounded."""
    a, b = p[0], p[1]
    distance = math.hypot(x, y)
    if distance == 0:
        return math.inf, 0.0, math.inf
    # The cone -a·exp(-b·distance/√2) has curvature slope/distance across the radius and
    # -slope·b/√2 along it; (cx, cy) is the unit vector along it.
    slope = a * b / math.sqrt(2) * math.exp(-b * distance / math.sqrt(2))
    cx = x / distance
    cy = y / distance
    across = slope / distance
    along = -slope * b / math.sqrt(2)
    ripple = math.pi**2 * math.exp(1 - math.sin(math.pi * x) ** 2 - math.sin(math.pi * y) ** 2)
    sx = math.sin(TAU * x)
    sy = math.sin(TAU * y)
    fxx = across * cy**2 + along * cx**2 + ripple * (2 * math.cos(TAU * x) - sx**2)
    fxy = (along - across) * cx * cy - ripple * sx * sy
    fyy = across * cx**2 + along * cy**2 + ripple * (2 * math.cos(TAU * y) - sy**2)
    return fxx, fxy, fyy


@compile_objective
def styblinski_tang(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """`f = (x⁴ - 16x² + 5x + y⁴ - 16y² + 5y)/2`."""
    f = (x**4 - 16 * x**2 + 5 * x + y**4 - 16 * y**2 + 5 * y) / 2
    return f, 2 * x**3 - 16 * x + 2.5, 2 * y**3 - 16 * y + 2.5


@compile_objective
def styblinski_tang_hessian(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """The Hessian of `styblinski_tang`."""
    return 6 * x**2 - 16, 0.0, 6 * y**2 - 16


@compile_objective
def goldstein_price(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """`f = (1 + (s + 1)²(19 - 14s + 3s²))(30 + t²(18 - 16t + 3t²))`, s = x + y, t = 2x - 3y."""
    # The printed polynomials in x and y are these; their derivatives by s and t factor into
    # 12(s + 1)(s - 1)(s - 2) and 12t(t - 1)(t - 3).
    s = x + y
    t = 2 * x - 3 * y
    first = 1 + (s + 1) ** 2 * (19 - 14 * s + 3 * s**2)
    second = 30 + t**2 * (18 - 16 * t + 3 * t**2)
    by_s = 12 * (s + 1) * (s - 1) * (s - 2) * second
    by_t = 12 * t * (t - 1) * (t - 3) * first
    return first * second, by_s + 2 * by_t, by_s - 3 * by_t


@compile_objective
def goldstein_price_hessian(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """The Hessian of `goldstein_price`."""
    s = x + y
    t = 2 * x - 3 * y
    first = 1 + (s + 1) ** 2 * (19 - 14 * s + 3 * s**2)
    second = 30 + t**2 * (18 - 16 * t + 3 * t**2)
    by_ss = 12 * (3 * s**2 - 4 * s - 1) * second
    by_st = 12 * (s + 1) * (s - 1) * (s - 2) * 12 * t * (t - 1) * (t - 3)
    by_tt = 12 * (3 * t**2 - 8 * t + 3) * first
    return (
        by_ss + 4 * by_st + 4 * by_tt,
        by_ss - by_st - 6 * by_tt,
        by_ss - 6 * by_st + 9 * by_tt,
    )


@compile_objective
def three_hump_camel(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """`f = 2x² - 1.05x⁴ + x⁶/6 + xy + y²`."""
    f = 2 * x**2 - 1.05 * x**4 + x**6 / 6 + x * y + y**2
    return f, 4 * x - 4.2 * x**3 + x**5 + y, x + 2 * y


@compile_objective
def three_hump_camel_hessian(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """The Hessian of `three_hump_camel`."""
    return 4 - 12.6 * x**2 + 5 * x**4, 1.0, 2.0


@compile_objective
def six_hump_camel(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """`f = (4 - 2.1x² + x⁴/3)x² + xy + (4y² - 4)y²`."""
    f = (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2
    return f, 8 * x - 8.4 * x**3 + 2 * x**5 + y, x - 8 * y + 16 * y**3


@compile_objective
def six_hump_camel_hessian(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """The Hessian of `six_hump_camel`."""
    return 8 - 25.2 * x**2 + 10 * x**4, 1.0, 48 * y**2 - 8


@compile_objective
def quadratic(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """`f = (u² + κv²)/2` in axes (u, v) turned by φ degrees, p = (κ, φ)."""
    condition_number = p[0]
    cosine = math.cos(math.radians(p[1]))
    sine = math.sin(math.radians(p[1]))
    u = cosine * x + sine * y
    v = cosine * y - sine * x
    f = (u**2 + condition_number * v**2) / 2
    return f, cosine * u - condition_number * sine * v, sine * u + condition_number * cosine * v


@compile_objective
def quadratic_hessian(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """The Hessian of `quadratic`."""
    condition_number = p[0]
    cosine = math.cos(math.radians(p[1]))
    sine = math.sin(math.radians(p[1]))
    return (
        cosine**2 + condition_number * sine**2,
        (1 - condition_number) * cosine * sine,
        sine**2 + condition_number * cosine**2,
    )


@compile_objective
def saddle(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """`f = x² - y²`."""
    return x**2 - y**2, 2 * x, -2 * y


@compile_objective
def saddle_hessian(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """The Hessian of `saddle`."""
    return 2.0, 0.0, -2.0


@compile_objective
def hyperbolic_valley(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """`f = (1 - x²y²)²/4`."""
    rest = (1 - x * y) * (1 + x * y)
    return rest**2 / 4, -rest * x * y**2, -rest * x**2 * y


@compile_objective
def hyperbolic_valley_hessian(x: float, y: float, p: Sequence[float]) -> tuple[float, float, float]:
    """The Hessian of `hyperbolic_valley`."""
    xy = x * y
    rest = (1 - xy) * (1 + xy)
    return (
        2 * (xy * y) ** 2 - rest * y**2,
        2 * xy**3 - 2 * rest * xy,
        2 * (xy * x) ** 2 - rest * x**2,
    )
