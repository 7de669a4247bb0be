"""Gradient descent, without and with momentum."""

from typing import NamedTuple

from descent_atlas.optimizers.rules.dispatch import coordinatewise


class GradientDescent(NamedTuple):
    """Hyperparameters of `gradient_descent`."""

    lr: float = 0.001


class GradientDescentState(NamedTuple):
    """The empty state: gradient descent needs none."""


@coordinatewise(GradientDescent, lambda h: GradientDescentState())
def gradient_descent(
    theta: float, g: float, t: int, state: GradientDescentState, h: GradientDescent
) -> tuple[float, GradientDescentState]:
    """Gradient descent: θ ← θ - η g.

    Cauchy (1847); as `torch.optim.SGD`. With a noisy gradient it is stochastic gradient
    descent, the method of Robbins and Monro (1951).
    """
    return theta - h.lr * g, state


class Momentum(NamedTuple):
    """Hyperparameters of `momentum`."""

    lr: float = 0.001
    momentum: float = 0.9
    dampening: float = 0.0
    weight_decay: float = 0.0
    dampen_always: bool = False


class Velocity(NamedTuple):
    """The state of `momentum` and `nesterov`: v, the velocity."""

    v: float


@coordinatewise(Momentum, lambda h: Velocity(0.0))
def momentum(
    theta: float, g: float, t: int, state: Velocity, h: Momentum
) -> tuple[float, Velocity]:
    """Heavy ball: v ← μ v + (1 - τ) g, then θ ← θ - η v.

    Polyak (1964); as `torch.optim.SGD`, which omits the dampening τ in the first step, and in
    all steps if μ = 0. With `dampen_always` the recurrence holds from v = 0 on; with
    τ = μ as well the velocity is the average v ← β v + (1 - β) g that some papers print. The
    third convention, v ← μ v - η g and θ ← θ + v (Sutskever et al., 2013), has -η times this
    velocity and takes the same steps as long as η is constant. Where a schedule changes η, the
    whole velocity moves at the new rate here, as in PyTorch; there the old velocity keeps its own.
    """
    g = g + h.weight_decay * theta
    undampened = (t == 1 or h.momentum == 0.0) and not h.dampen_always
    v = g if undampened else h.momentum * state.v + (1.0 - h.dampening) * g
    return theta - h.lr * v, Velocity(v)


class Nesterov(NamedTuple):
    """Hyperparameters of `nesterov`."""

    lr: float = 0.001
    momentum: float = 0.9
    weight_decay: float = 0.0


@coordinatewise(Nesterov, lambda h: Velocity(0.0))
def nesterov(
    theta: float, g: float, t: int, state: Velocity, h: Nesterov
) -> tuple[float, Velocity]:
    """Nesterov's momentum: v ← μ v + g, then θ ← θ - η (g + μ v).

    Nesterov (1983) in the form of Sutskever et al. (2013), written for the point that looks
    ahead, so that the gradient is taken where the descent stands; as `torch.optim.SGD` with
    `nesterov=True`.
    """
    g = g + h.weight_decay * theta
    v = h.momentum * state.v + g
    return theta - h.lr * (g + h.momentum * v), Velocity(v)
