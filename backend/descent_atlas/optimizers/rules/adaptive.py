"""Rules that divide the gradient by the size of the gradients before it."""

import math
from typing import NamedTuple

from descent_atlas.optimizers.rules.dispatch import compilable, coordinatewise


@compilable
def root_of(v: float, eps: float, eps_inside_root: bool) -> float:
    """Return √v + ε, or √(v + ε) with `eps_inside_root`."""
    return math.sqrt(v + eps) if eps_inside_root else math.sqrt(v) + eps


class Adagrad(NamedTuple):
    """Hyperparameters of `adagrad`."""

    lr: float = 0.01
    lr_decay: float = 0.0
    weight_decay: float = 0.0
    initial_accumulator_value: float = 0.0
    eps: float = 1e-10
    eps_inside_root: bool = False


class AdagradState(NamedTuple):
    """G: the sum of g²."""

    G: float


@coordinatewise(Adagrad, lambda h: AdagradState(h.initial_accumulator_value))
def adagrad(
    theta: float, g: float, t: int, state: AdagradState, h: Adagrad
) -> tuple[float, AdagradState]:
    """Adagrad: G ← G + g², then θ ← θ - η g / (√G + ε).

    Duchi, Hazan and Singer (2011), figure 1 with diagonal matrices; as `torch.optim.Adagrad`,
    where η shrinks as lr / (1 + (t - 1) lr_decay).
    """
    g = g + h.weight_decay * theta
    lr = h.lr / (1.0 + (t - 1) * h.lr_decay)
    G = state.G + g * g
    return theta - lr * g / root_of(G, h.eps, h.eps_inside_root), AdagradState(G)


class Adadelta(NamedTuple):
    """Hyperparameters of `adadelta`."""

    lr: float = 1.0
    rho: float = 0.9
    eps: float = 1e-6
    weight_decay: float = 0.0


class AdadeltaState(NamedTuple):
    """v: the average of g²; u: the average of the squared steps, before the learning rate."""

    v: float
    u: float


@coordinatewise(Adadelta, lambda h: AdadeltaState(0.0, 0.0))
def adadelta(
    theta: float, g: float, t: int, state: AdadeltaState, h: Adadelta
) -> tuple[float, AdadeltaState]:
    """Adadelta: Δ = g √(u + ε) / √(v + ε), θ ← θ - η Δ, then u ← ρ u + (1 - ρ) Δ².

    Zeiler (2012), algorithm 1, with v ← ρ v + (1 - ρ) g² before the step; as
    `torch.optim.Adadelta`. The paper has no learning rate: η = 1.
    """
    g = g + h.weight_decay * theta
    v = h.rho * state.v + (1.0 - h.rho) * g * g
    delta = math.sqrt(state.u + h.eps) / math.sqrt(v + h.eps) * g
    u = h.rho * state.u + (1.0 - h.rho) * delta * delta
    return theta - h.lr * delta, AdadeltaState(v, u)


class RMSprop(NamedTuple):
    """Hyperparameters of `rmsprop`."""

    lr: float = 0.01
    alpha: float = 0.99
    eps: float = 1e-8
    momentum: float = 0.0
    weight_decay: float = 0.0
    centered: bool = False
    eps_inside_root: bool = False


class RMSpropState(NamedTuple):
    """v: the average of g²; m: the average of g; b: the velocity."""

    v: float
    m: float
    b: float


@coordinatewise(RMSprop, lambda h: RMSpropState(0.0, 0.0, 0.0))
def rmsprop(
    theta: float, g: float, t: int, state: RMSpropState, h: RMSprop
) -> tuple[float, RMSpropState]:
    """RMSProp: v ← ρ v + (1 - ρ) g², then θ ← θ - η g / (√v + ε).

    Tieleman and Hinton (2012); as `torch.optim.RMSprop`, where ρ is called alpha. `centered`
    divides by the standard deviation, √(v - m²) with m the average of g (Graves, 2013,
    equations 38-45); `momentum` accumulates the quotients in a velocity, b ← μ b + g / (√v + ε).
    """
    g = g + h.weight_decay * theta
    v = h.alpha * state.v + (1.0 - h.alpha) * g * g
    m = h.alpha * state.m + (1.0 - h.alpha) * g
    variance = v - m * m if h.centered else v
    b = h.momentum * state.b + g / root_of(variance, h.eps, h.eps_inside_root)
    return theta - h.lr * b, RMSpropState(v, m, b)
