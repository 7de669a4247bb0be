"""YellowFin: momentum whose learning rate and momentum are measured, not chosen."""

import math
from typing import NamedTuple

from descent_atlas.optimizers.rules.dispatch import compilable, planar

WINDOW = 20
"""Squared gradient norms from which the range of the curvature is estimated: w in the paper."""

FULL_OF_ZEROS = (0.0,) * WINDOW


class YellowFin(NamedTuple):
    """Hyperparameters of `yellowfin`."""

    lr: float = 1.0
    beta: float = 0.999
    eps: float = 1e-6


class YellowFinState(NamedTuple):
    """The state of `yellowfin`. Averages start at 0; dividing by c corrects them for it.

    Attributes:
        t: the steps taken.
        c: 1 - βᵗ, the average of ones.
        window: the last `WINDOW` values of h = ‖g‖², the newest first. It is filled with the
            first value, which changes neither its largest nor its smallest value.
        log_h_max, log_h_min: the averages of the logarithms of its largest and smallest value.
        gx, gy: the average of the gradient.
        h: the average of ‖g‖².
        norm: the average of ‖g‖.
        D: the average of the distance to the optimum.
        vx, vy: the velocity, θₜ - θₜ₋₁.
    """

    t: int
    c: float
    window: tuple[float, ...]
    log_h_max: float
    log_h_min: float
    gx: float
    gy: float
    h: float
    norm: float
    D: float
    vx: float
    vy: float


@compilable
def single_step(C: float, D: float, h_max: float, h_min: float) -> tuple[float, float]:
    """Return the momentum μ and the learning rate α that minimise μ D² + α² C.

    They obey √μ ≥ (√h_max - √h_min) / (√h_max + √h_min) and α = (1 - √μ)² / h_min. Without the
    bound z = 1 - √μ solves p (1 - z) = z³ with p = D² h_min² / (2 C), a cubic with one real
    root. The hyperbolic form of Cardano's formula finds it without cancellation for any p > 0.
    """
    p = (D * h_min) ** 2 / (2.0 * C)
    root = 2.0 * math.sqrt(p / 3.0) * math.sinh(math.asinh(1.5 * math.sqrt(3.0 / p)) / 3.0)
    z = min(root, 2.0 / (math.sqrt(h_max / h_min) + 1.0))
    return (1.0 - z) ** 2, z * z / h_min


@planar(
    YellowFin,
    lambda h: YellowFinState(0, 0.0, FULL_OF_ZEROS, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
)
def yellowfin(
    x: float, y: float, fx: float, fy: float, f: float, state: YellowFinState, h: YellowFin
) -> tuple[float, float, YellowFinState]:
    """YellowFin: v ← μ v - η α g, then θ ← θ + v, with μ and α measured at every step.

    Zhang and Mitliagkas (2019), algorithms 1-4, with the three details of their appendix on the
    practical implementation: all averages are corrected for starting at zero, those of h_max
    and h_min are taken of the logarithms, and in the first 10 w steps α is at most t α / (10 w).
    As in the authors' code ε keeps logarithm, quotients and variance in range where gradients
    vanish, and η is a factor on the learning rate found. The velocity contains η, so that a
    schedule acts on new gradients alone. The paper's optional clipping of gradients is omitted.
    """
    t = state.t + 1
    beta = h.beta
    c = beta * state.c + (1.0 - beta)
    h_t = fx * fx + fy * fy

    # Algorithm 2: the range of the curvature.
    window = state.window
    for _ in range(WINDOW if t == 1 else 1):
        window = (h_t,) + window[:-1]  # noqa: RUF005  # Numba cannot unpack a tuple here
    log_h_max = beta * state.log_h_max + (1.0 - beta) * math.log(max(window) + h.eps)
    log_h_min = beta * state.log_h_min + (1.0 - beta) * math.log(min(window) + h.eps)

    # Algorithm 3: the variance of the gradient.
    gx = beta * state.gx + (1.0 - beta) * fx
    gy = beta * state.gy + (1.0 - beta) * fy
    mean_h = beta * state.h + (1.0 - beta) * h_t
    C = mean_h / c - (gx * gx + gy * gy) / (c * c)

    # Algorithm 4: the distance to the optimum.
    norm = beta * state.norm + (1.0 - beta) * math.sqrt(h_t)
    D = beta * state.D + (1.0 - beta) * (norm / c) / (mean_h / c + h.eps)

    mu, alpha = single_step(
        max(C, h.eps), D / c + h.eps, math.exp(log_h_max / c), math.exp(log_h_min / c)
    )
    alpha = min(alpha, t * alpha / (10.0 * WINDOW))
    vx = mu * state.vx - h.lr * alpha * fx
    vy = mu * state.vy - h.lr * alpha * fy
    return (
        x + vx,
        y + vy,
        YellowFinState(t, c, window, log_h_max, log_h_min, gx, gy, mean_h, norm, D, vx, vy),
    )
