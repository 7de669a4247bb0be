"""Gradient descent, with and without momentum."""

from typing import NamedTuple

from backend.rules.dispatch import coordinatewise


class GradientDescent(NamedTuple):
    """Hyperparameters of `gradient_descent`."""

    lr: float = 0.001


class GradientDescentState(NamedTuple):
    """Gradient descent remembers nothing."""


@coordinatewise(GradientDescent, lambda h: GradientDescentState())
def gradient_descent(
    theta: float, g: float, t: int, state: GradientDescentState, h: GradientDescent
) -> tuple[float, GradientDescentState]:
    """θ ← θ - η g.

    Cauchy (1847). With a noisy gradient this is the stochastic approximation of Robbins and
    Monro (1951).
    """
    return theta - h.lr * g, state


class Momentum(NamedTuple):
    """Hyperparameters of `momentum`."""

    lr: float = 0.001
    momentum: float = 0.9
    dampening: float = 0.0
    weight_decay: float = 0.0
    dampen_first_step: bool = False


class MomentumState(NamedTuple):
    """v: the velocity."""

    v: float


@coordinatewise(Momentum, lambda h: MomentumState(0.0))
def momentum(
    theta: float, g: float, t: int, state: MomentumState, h: Momentum
) -> tuple[float, MomentumState]:
    """v ← μ v + (1 - τ) g, θ ← θ - η v: the heavy ball of Polyak (1964) as `torch.optim.SGD`.

    PyTorch starts at v₁ = g whatever the dampening τ. With `dampen_first_step` the recurrence
    holds from v₀ = 0 on; with it and τ = μ the velocity is the exponential average
    v ← β v + (1 - β) g that some papers print. The third convention, v ← μ v - η g and
    θ ← θ + v (Sutskever et al., 2013), has -η times this velocity and gives the same positions,
    because η is constant here.
    """
    g = g + h.weight_decay * theta
    if t == 1 and not h.dampen_first_step:
        v = g
    else:
        v = h.momentum * state.v + (1.0 - h.dampening) * g
    return theta - h.lr * v, MomentumState(v)
