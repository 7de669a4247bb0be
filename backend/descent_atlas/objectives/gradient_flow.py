"""The gradient flow: the minimum to which it leads from a point.

The flow follows dx/dt = -∇f(x), the path that gradient descent with an infinitely small learning
rate takes; the valleys of these objectives make it stiff, so it is integrated by a linearly
implicit method with the exact Hessian.
"""

import math

import numpy as np
from numpy.typing import NDArray

from descent_atlas.compilation.kernels import call_objective, compile_function
from descent_atlas.objectives.minima import SAME_POINT

TOLERANCE = 1e-4
"""Error allowed in one step of the flow, relative to 1 + the distance from the origin.

Of 30,000 random points an objective, 5 or fewer change their basin when it is 1e-7."""

FAR = 100.0
"""A flow this far from the origin and moving outwards does not return: the table's domains end
within 8 of the origin. Where a minimum lies far out, the flow must be `FARTHER` times as far."""

FARTHER = 4.0

STALLED = 1e-10
"""A gradient this short outside the balls of all minima: the flow may rest at a saddle point."""

FLOW_STEPS = 2000
"""From within the domain, no objective's flow needs 500 steps to reach a ball or `FAR`."""


@compile_function
def basin_of(
    gradient: np.uintp,
    hessian: np.uintp,
    parameters: NDArray[np.float64],
    minima: NDArray[np.float64],
    x: float,
    y: float,
) -> int:
    """Return the index of the minimum to which the gradient flow leads from (x, y), or -1.

    -1 means that the flow leaves far beyond the domain, rests at a saddle point or at a minimum
    outside the domain, or has not arrived after `FLOW_STEPS` steps.

    Args:
        gradient: the address of the objective's compiled value and gradient.
        hessian: the address of its compiled Hessian.
        parameters: its parameters.
        minima: float64[n, 4], a row a minimum: x, y, radius, cusp.
        x: the point's first coordinate.
        y: its second one.

    The method is the second-order Rosenbrock formula with a third-order error estimate of
    ode23s: L. F. Shampine and M. W. Reichelt, The MATLAB ODE Suite, SIAM Journal on Scientific
    Computing 18, 1997, https://doi.org/10.1137/S1064827594276424.
    """
    d = 1 / (2 + math.sqrt(2))
    e = 6 + math.sqrt(2)

    index: int = _find_ball(minima, x, y)
    if index >= 0 or minima.shape[0] == 0:
        return index
    far = FAR
    for i in range(minima.shape[0]):
        far = max(far, FARTHER * math.hypot(minima[i, 0], minima[i, 1]))
    _, fx, fy = call_objective(gradient, x, y, parameters)
    fxx, fxy, fyy = call_objective(hessian, x, y, parameters)
    h = 1e-2 * (1 + math.hypot(x, y)) / math.hypot(fx, fy)
    for _ in range(FLOW_STEPS):
        # Along a direction of negative curvature I + hdH must stay well above zero: beyond it,
        # the method would carry the point to the other side of a saddle's ridge.
        lowest = (fxx + fyy) / 2 - math.hypot((fxx - fyy) / 2, fxy)
        if lowest < 0:
            h = min(h, -0.5 / (d * lowest))
        wxx, wxy, wyy = 1 + h * d * fxx, h * d * fxy, 1 + h * d * fyy
        determinant = wxx * wyy - wxy * wxy

        # Shampine and Reichelt's k₁, k₂, k₃, with F₀, F₁, F₂ = -∇f at the start, the middle
        # and the end of the step.
        k1x = (wxy * fy - wyy * fx) / determinant
        k1y = (wxy * fx - wxx * fy) / determinant
        _, mx, my = call_objective(gradient, x + h / 2 * k1x, y + h / 2 * k1y, parameters)
        rx, ry = -mx - k1x, -my - k1y
        k2x = k1x + (wyy * rx - wxy * ry) / determinant
        k2y = k1y + (wxx * ry - wxy * rx) / determinant
        new_x, new_y = x + h * k2x, y + h * k2y
        _, gx, gy = call_objective(gradient, new_x, new_y, parameters)
        rx = -gx - e * (k2x + mx) - 2 * (k1x + fx)
        ry = -gy - e * (k2y + my) - 2 * (k1y + fy)
        k3x = (wyy * rx - wxy * ry) / determinant
        k3y = (wxx * ry - wxy * rx) / determinant
        error = h / 6 * math.hypot(k1x - 2 * k2x + k3x, k1y - 2 * k2y + k3y)
        error /= TOLERANCE * (1 + math.hypot(x, y))

        if error <= 1:
            x, y, fx, fy = new_x, new_y, gx, gy
            index = _find_ball(minima, x, y)
            if index >= 0:
                return index
            if math.hypot(x, y) > far and x * fx + y * fy < 0:  # it leaves
                return -1
            fxx, fxy, fyy = call_objective(hessian, x, y, parameters)
            slope = math.hypot(fx, fy)
            if slope < STALLED:
                # In a flat valley the flow goes on while Newton's method sees the minimum ahead.
                lowest = (fxx + fyy) / 2 - math.hypot((fxx - fyy) / 2, fxy)
                if lowest <= 0.0 or slope <= SAME_POINT * lowest:
                    return -1
            h *= min(5.0, 0.8 * max(error, 1e-9) ** (-1 / 3))
        elif error < math.inf:
            h *= max(0.2, 0.8 * error ** (-1 / 3))
        else:  # overflow, or NaN
            h *= 0.1
    return -1


@compile_function
def _find_ball(minima: NDArray[np.float64], x: float, y: float) -> int:
    """Return the index of the minimum in whose ball (x, y) lies, or -1."""
    for i in range(minima.shape[0]):
        dx, dy = x - minima[i, 0], y - minima[i, 1]
        if dx * dx + dy * dy <= minima[i, 2] * minima[i, 2]:
            return i
    return -1
