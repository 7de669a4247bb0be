"""Linearisation of update rules at a minimum: spectral radius, and how a descent comes closer.

Near a minimum the gradient is Hθ, and along an eigenvector of H with eigenvalue λ a rule with fixed
hyperparameters is a linear map of (θ, v), its velocity included, with trace τ and determinant δ:

    descent             τ = 1 - ηλ                   δ = 0
    momentum            τ = 1 + μ - (1-d)ηλ          δ = μ
    Nesterov            τ = (1+μ)(1 - ηλ)            δ = μ(1 - ηλ)

where weight decay w adds to λ. The map's eigenvalues z are the roots of z² - τz + δ. In the long
run a step multiplies the distance by the larger |z|, the spectral radius: below 1 the rule
converges. A complex pair turns by the angle φ of z in each step: the path swings through the
minimum every π/φ steps, in two dimensions it spirals. A negative z crosses the minimum in every
step: it overshoots.

Rules that divide by √v + ε have such a map in one sense alone. Where v = 0 their step is as smooth
as ε makes it: v is of second order, and the linear part is that with the scaling ε,

    Adam, AdamW         τ = 1 - ηw + β₁ - (1-β₁)(η/ε)λ,  δ = β₁(1 - ηw), w = 0 for Adam
    RMSprop             momentum with the rate η/ε

(√ε for ε inside the root). It holds while gradients are far smaller than ε. As ε → 0 the region
vanishes, and there is no linearisation. Larger gradients leave their own scaling, which belongs to
the path (`stability.scalings`). Rules that step by signs have none.

B. T. Polyak: Some methods of speeding up the convergence of iteration methods, 1964; G. Goh: Why
momentum really works, Distill, 2017, https://doi.org/10.23915/distill.00006.
"""

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from descent_atlas.objectives.objective import Objective, evaluate_each
from descent_atlas.stability.descent_sharpness import FIXED
from descent_atlas.stability.rate_limits import keeps_gradient

Floats = NDArray[np.float64]

FLAT_DIRECTION = 1e-8
"""An eigenvalue this small beside the largest is a direction along which the minima go on: no rule
moves there, and it is left out."""

ROUND_OFF = 1e-12
"""Discriminants and roots closer to zero than this differ from it by rounding."""


class Manner(IntEnum):
    """How a descent behaves near a minimum, along one direction or along all."""

    APPROACHES = 0
    """No root is negative or complex: it comes closer from one side."""
    OVERSHOOTS = 1
    """A root is negative: it crosses the minimum in every step."""
    SPIRALS = 2
    """A pair of roots is complex: it swings through the minimum."""
    DIVERGES = 3
    """A root lies outside the unit circle."""


class Recursion(NamedTuple):
    """The linear recursion along one direction: trace and determinant, arrays of one shape."""

    trace: Floats
    determinant: Floats


@dataclass(frozen=True)
class Mode:
    """One direction at a minimum.

    Attributes:
        curvature: the eigenvalue λ of the Hessian.
        radius: the spectral radius.
        manner: how the descent behaves along it.
        period: the steps of one swing there and back, None unless it spirals.
    """

    curvature: float
    radius: float
    manner: Manner
    period: float | None


def make_recursion(
    optimizer: str,
    h: Any,
    curvature: ArrayLike,
    *,
    rate: ArrayLike | None = None,
    momentum: ArrayLike | None = None,
) -> Recursion | None:
    """Return the recursion of a rule along a direction of some curvature.

    `rate` and `momentum` take the place of those in `h`; all three broadcast. Return None for an
    optimizer without a linearisation.
    """
    lr = np.asarray(h.lr if rate is None else rate, dtype=np.float64)
    step = lr * (np.asarray(curvature) + _coupled_decay(optimizer, h))
    match optimizer:
        case "gd" | "sgd":
            return _broadcast(1.0 - step, 0.0)
        case "momentum":
            mu = np.asarray(h.momentum if momentum is None else momentum)
            # With a momentum of the map's own, dampening counts as it does for any momentum.
            kept = keeps_gradient(h) if momentum is None else 1.0 - h.dampening
            return _broadcast(1.0 + mu - kept * step, mu)
        case "nesterov":
            mu = np.asarray(h.momentum if momentum is None else momentum)
            return _broadcast((1.0 + mu) * (1.0 - step), mu * (1.0 - step))
        case "adam" | "adamw":
            beta = np.asarray(h.beta1 if momentum is None else momentum)
            shrink = 1.0 - lr * (h.weight_decay if optimizer == "adamw" else 0.0)
            return _broadcast(
                shrink + beta - (1.0 - beta) * step / _least_scaling(h), beta * shrink
            )
        case "rmsprop":
            mu = np.asarray(h.momentum if momentum is None else momentum)
            return _broadcast(1.0 + mu - step / _least_scaling(h), mu)
    return None


def _coupled_decay(optimizer: str, h: Any) -> float:
    return 0.0 if optimizer == "adamw" else float(getattr(h, "weight_decay", 0.0))


def _least_scaling(h: Any) -> float:
    """Return what a rule divides by where v is 0."""
    return math.sqrt(h.eps) if h.eps_inside_root else float(h.eps)


def _broadcast(trace: ArrayLike, determinant: ArrayLike) -> Recursion:
    return Recursion(*np.broadcast_arrays(np.asarray(trace), np.asarray(determinant, np.float64)))


def find_radius(recursion: Recursion) -> Floats:
    """Return the spectral radius: the larger |z| of the roots of z² - τz + δ."""
    tau, delta = recursion
    gap = tau * tau - 4.0 * delta
    real = (np.abs(tau) + np.sqrt(np.maximum(gap, 0.0))) / 2.0
    radius: Floats = np.where(gap < 0.0, np.sqrt(np.maximum(delta, 0.0)), real)
    return radius


def find_manner(recursion: Recursion) -> NDArray[np.uint8]:
    """Return the `Manner` of a recursion."""
    tau, delta = recursion
    gap = tau * tau - 4.0 * delta
    lowest = (tau - np.sqrt(np.maximum(gap, 0.0))) / 2.0
    manner = np.where(lowest < -ROUND_OFF, Manner.OVERSHOOTS, Manner.APPROACHES)
    manner = np.where(gap < -ROUND_OFF, Manner.SPIRALS, manner)
    return np.where(find_radius(recursion) > 1.0, Manner.DIVERGES, manner).astype(np.uint8)


def find_curvatures(
    objective: Objective, parameters: Floats, x: float, y: float
) -> tuple[float, float]:
    """Return the eigenvalues of the Hessian at a point, the larger first; not finite at a cusp."""
    address = np.uintp(objective.hessian.address)
    xx, xy, yy = evaluate_each(address, np.array([x]), np.array([y]), parameters)[:, 0].tolist()
    middle, half = (xx + yy) / 2, math.hypot((xx - yy) / 2, xy)
    return middle + half, middle - half


def drop_flat(curvatures: tuple[float, float]) -> list[float]:
    """Return the eigenvalues but for that of a direction along which minima go on."""
    largest = max(map(abs, curvatures))
    return [one for one in curvatures if abs(one) > FLAT_DIRECTION * largest]


def list_modes(optimizer: str, h: Any, curvatures: list[float]) -> list[Mode]:
    """Return how a rule behaves along each direction; empty without a linearisation."""
    modes = []
    for curvature in curvatures:
        recursion = make_recursion(optimizer, h, curvature)
        if recursion is None:
            return []
        manner = Manner(int(find_manner(recursion)))
        tau, delta = float(recursion.trace), float(recursion.determinant)
        period = None
        if tau * tau - 4.0 * delta < -ROUND_OFF:
            angle = math.acos(max(-1.0, min(1.0, tau / (2.0 * math.sqrt(delta)))))
            period = 2.0 * math.pi / angle
        modes.append(Mode(curvature, float(find_radius(recursion)), manner, period))
    return modes


def map_stability(
    optimizer: str, h: Any, curvatures: list[float], rates: Floats, momenta: Floats
) -> tuple[Floats, NDArray[np.uint8]]:
    """Return the spectral radius and the manner over rate and momentum, [momenta, rates] each.

    They are the largest over the directions: one that diverges makes all diverge, and one that
    spirals makes the path spiral.

    Raises:
        ValueError: if the optimizer is not one of `FIXED`, or there is no direction.
    """
    if optimizer not in FIXED or not curvatures:
        raise ValueError(f"{optimizer} has no map at {len(curvatures)} directions")
    radii, manners = [], []
    for curvature in curvatures:
        recursion = make_recursion(
            optimizer, h, curvature, rate=rates, momentum=momenta[:, np.newaxis]
        )
        assert recursion is not None
        shape = (momenta.size, rates.size)
        radii.append(np.broadcast_to(find_radius(recursion), shape))
        manners.append(np.broadcast_to(find_manner(recursion), shape))
    radius: Floats = np.maximum.reduce(radii)
    manner: NDArray[np.uint8] = np.maximum.reduce(manners)
    return radius, manner
