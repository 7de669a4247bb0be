"""Adam and its variants."""

import math
from typing import NamedTuple

from descent_atlas.optimizers.rules.adaptive import root_of
from descent_atlas.optimizers.rules.dispatch import compilable, coordinatewise


class Adam(NamedTuple):
    """Hyperparameters of `adam`."""

    lr: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0
    amsgrad: bool = False
    bias_correction: bool = True
    eps_inside_root: bool = False


class AdamW(NamedTuple):
    """Hyperparameters of `adamw`."""

    lr: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.01
    amsgrad: bool = False
    bias_correction: bool = True
    eps_inside_root: bool = False


class AdamState(NamedTuple):
    """The state of `adam` and `adamw`.

    Attributes:
        m, v: the averages of g and g².
        c1, c2: 1 - β₁ᵗ and 1 - β₂ᵗ, updated as averages of ones: a power would cost as much as
            the rest of the step, and the difference would lose digits while it is small.
        v_max: the largest v so far.
    """

    m: float
    v: float
    c1: float
    c2: float
    v_max: float


@compilable
def adam_direction(g: float, state: AdamState, h: Adam | AdamW) -> tuple[float, AdamState]:
    """Return m̂ / (√v̂ + ε), the direction of Adam's step, and the next state."""
    m = h.beta1 * state.m + (1.0 - h.beta1) * g
    v = h.beta2 * state.v + (1.0 - h.beta2) * g * g
    c1 = h.beta1 * state.c1 + (1.0 - h.beta1)
    c2 = h.beta2 * state.c2 + (1.0 - h.beta2)
    v_max = max(state.v_max, v)
    m_hat = m
    v_hat = v_max if h.amsgrad else v
    if h.bias_correction:
        # The reciprocals do not depend on g, so that one division waits for it instead of three.
        m_hat = m_hat * (1.0 / c1)
        v_hat = v_hat * (1.0 / c2)
    direction = m_hat / root_of(v_hat, h.eps, h.eps_inside_root)
    return direction, AdamState(m, v, c1, c2, v_max)


@coordinatewise(Adam, lambda h: AdamState(0.0, 0.0, 0.0, 0.0, 0.0))
def adam(theta: float, g: float, t: int, state: AdamState, h: Adam) -> tuple[float, AdamState]:
    """Adam: m ← β₁ m + (1 - β₁) g, v ← β₂ v + (1 - β₂) g², then θ ← θ - η m̂ / (√v̂ + ε).

    Kingma and Ba (2015), algorithm 1: m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ), or m and v
    themselves without `bias_correction`; as `torch.optim.Adam`. Weight decay is added to the
    gradient. `amsgrad` replaces v by the largest v so far (Reddi, Kale and Kumar, 2018); divided
    by the growing 1 - β₂ᵗ, as PyTorch does, v̂ may still shrink and the steps grow.
    """
    direction, state = adam_direction(g + h.weight_decay * theta, state, h)
    return theta - h.lr * direction, state


@coordinatewise(AdamW, lambda h: AdamState(0.0, 0.0, 0.0, 0.0, 0.0))
def adamw(theta: float, g: float, t: int, state: AdamState, h: AdamW) -> tuple[float, AdamState]:
    """AdamW: θ ← (1 - η λ) θ, then θ ← θ - η m̂ / (√v̂ + ε) with Adam's m̂ and v̂.

    Loshchilov and Hutter (2019), algorithm 2; as `torch.optim.AdamW`. Unlike in Adam, the
    averages do not include the weight decay λ.
    """
    direction, state = adam_direction(g, state, h)
    return theta * (1.0 - h.lr * h.weight_decay) - h.lr * direction, state


@compilable
def decay_weight(theta: float, g: float, h: "NAdam | RAdam | AdaBelief") -> tuple[float, float]:
    """Return θ shrunk by the weight decay as in AdamW if it is decoupled, else g with it added."""
    if h.decoupled_weight_decay:
        return theta * (1.0 - h.lr * h.weight_decay), g
    return theta, g + h.weight_decay * theta


class NAdam(NamedTuple):
    """Hyperparameters of `nadam`."""

    lr: float = 0.002
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0
    momentum_decay: float = 0.004
    decoupled_weight_decay: bool = False
    bias_correction: bool = True
    eps_inside_root: bool = False


class NAdamState(NamedTuple):
    """The state of `nadam`.

    Attributes:
        m, v: the averages of g and g².
        c2: 1 - β₂ᵗ.
        mu: the momentum μ of the coming step.
        mu_product: the product of the momenta of all steps so far.
    """

    m: float
    v: float
    c2: float
    mu: float
    mu_product: float


@compilable
def nadam_momentum(t: int, h: NAdam) -> float:
    """Return μₜ = β₁ (1 - 0.96^(t ψ) / 2), where ψ is the momentum decay."""
    return h.beta1 * (1.0 - 0.5 * math.pow(0.96, t * h.momentum_decay))


@coordinatewise(NAdam, lambda h: NAdamState(0.0, 0.0, 0.0, nadam_momentum(1, h), 1.0))
def nadam(theta: float, g: float, t: int, state: NAdamState, h: NAdam) -> tuple[float, NAdamState]:
    """NAdam: Adam whose step looks ahead as Nesterov's, with a momentum μ that warms up.

    Dozat (2016), algorithm 8; as `torch.optim.NAdam`. With m and v as in Adam,
    m̂ = (1 - μₜ) g / (1 - Π μᵢ, i ≤ t) + μₜ₊₁ m / (1 - Π μᵢ, i ≤ t + 1), then
    θ ← θ - η m̂ / (√v̂ + ε). Weight decay is added to the gradient, or shrinks θ as in AdamW if
    it is decoupled.
    """
    theta, g = decay_weight(theta, g, h)
    m = h.beta1 * state.m + (1.0 - h.beta1) * g
    v = h.beta2 * state.v + (1.0 - h.beta2) * g * g
    c2 = h.beta2 * state.c2 + (1.0 - h.beta2)
    mu = state.mu
    next_mu = nadam_momentum(t + 1, h)
    mu_product = state.mu_product * mu
    if h.bias_correction:
        m_hat = (1.0 - mu) * g / (1.0 - mu_product) + next_mu * m / (1.0 - mu_product * next_mu)
        v_hat = v / c2
    else:
        m_hat = (1.0 - mu) * g + next_mu * m
        v_hat = v
    theta = theta - h.lr * m_hat / root_of(v_hat, h.eps, h.eps_inside_root)
    return theta, NAdamState(m, v, c2, next_mu, mu_product)


class RAdam(NamedTuple):
    """Hyperparameters of `radam`."""

    lr: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0
    decoupled_weight_decay: bool = False


class RAdamState(NamedTuple):
    """The state of `radam`.

    Attributes:
        m, v: the averages of g and g².
        c1: 1 - β₁ᵗ.
    """

    m: float
    v: float
    c1: float


@coordinatewise(RAdam, lambda h: RAdamState(0.0, 0.0, 0.0))
def radam(theta: float, g: float, t: int, state: RAdamState, h: RAdam) -> tuple[float, RAdamState]:
    """RAdam: θ ← θ - η r m̂ / √v̂ as Adam, or θ ← θ - η m̂ while too few gradients made up v.

    Liu et al. (2020), algorithm 2. With ρ∞ = 2 / (1 - β₂) - 1 and ρ = ρ∞ - 2 t β₂ᵗ / (1 - β₂ᵗ),
    r = √((ρ - 4) (ρ - 2) ρ∞ / ((ρ∞ - 4) (ρ∞ - 2) ρ)) makes up for the variance of 1 / √v̂. The
    paper divides by √v̂ where ρ > 4; `torch.optim.RAdam`, as here, where ρ > 5, and by
    (√v + ε) / √(1 - β₂ᵗ) for √v̂. Weight decay is added to the gradient, or shrinks θ as in
    AdamW if it is decoupled.
    """
    theta, g = decay_weight(theta, g, h)
    m = h.beta1 * state.m + (1.0 - h.beta1) * g
    v = h.beta2 * state.v + (1.0 - h.beta2) * g * g
    c1 = h.beta1 * state.c1 + (1.0 - h.beta1)
    # ρ is a difference of nearly equal numbers: only PyTorch's own arithmetic gives its digits.
    power = math.pow(h.beta2, float(t))
    c2 = 1.0 - power
    rho_inf = 2.0 / (1.0 - h.beta2) - 1.0
    rho = rho_inf - 2.0 * t * power / c2
    scale = 1.0
    if rho > 5.0:
        rectification = math.sqrt(
            (rho - 4.0) * (rho - 2.0) * rho_inf / ((rho_inf - 4.0) * (rho_inf - 2.0) * rho)
        )
        scale = rectification * math.sqrt(c2) / (math.sqrt(v) + h.eps)
    return theta - h.lr * (m / c1) * scale, RAdamState(m, v, c1)


class Adamax(NamedTuple):
    """Hyperparameters of `adamax`."""

    lr: float = 0.002
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0


class AdamaxState(NamedTuple):
    """The state of `adamax`.

    Attributes:
        m: the average of g.
        u: the largest |g|, which fades by β₂ in each step.
        c1: 1 - β₁ᵗ.
    """

    m: float
    u: float
    c1: float


@coordinatewise(Adamax, lambda h: AdamaxState(0.0, 0.0, 0.0))
def adamax(
    theta: float, g: float, t: int, state: AdamaxState, h: Adamax
) -> tuple[float, AdamaxState]:
    """Adamax: m ← β₁ m + (1 - β₁) g, u ← max(β₂ u, |g| + ε), then θ ← θ - η m̂ / u.

    Kingma and Ba (2015), algorithm 2, which has no ε; as `torch.optim.Adamax`, which adds it where
    u would be 0 without it. m̂ = m / (1 - β₁ᵗ). Weight decay is added to the gradient.
    """
    g = g + h.weight_decay * theta
    m = h.beta1 * state.m + (1.0 - h.beta1) * g
    u = max(h.beta2 * state.u, abs(g) + h.eps)
    c1 = h.beta1 * state.c1 + (1.0 - h.beta1)
    return theta - h.lr * (m / c1) / u, AdamaxState(m, u, c1)


class AdaBelief(NamedTuple):
    """Hyperparameters of `adabelief`."""

    lr: float = 0.001
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-16
    weight_decay: float = 0.0
    decoupled_weight_decay: bool = True


class AdaBeliefState(NamedTuple):
    """The state of `adabelief`.

    Attributes:
        m: the average of g.
        s: the average of (g - m)².
        c1, c2: 1 - β₁ᵗ and 1 - β₂ᵗ.
    """

    m: float
    s: float
    c1: float
    c2: float


@coordinatewise(AdaBelief, lambda h: AdaBeliefState(0.0, 0.0, 0.0, 0.0))
def adabelief(
    theta: float, g: float, t: int, state: AdaBeliefState, h: AdaBelief
) -> tuple[float, AdaBeliefState]:
    """AdaBelief: s ← β₂ s + (1 - β₂) (g - m)² + ε, then θ ← θ - η m̂ / (√ŝ + ε), with Adam's m.

    Zhuang et al. (2020), algorithm 2: ŝ = s / (1 - β₂ᵗ), to which ε has been added in every step.
    ε = 1e-16, as in the authors' package, where the paper's experiments have 1e-8. Their package
    also rectifies as RAdam does, unless it is told otherwise; the algorithm does not. Weight decay
    shrinks θ as in AdamW, or is added to the gradient if it is not decoupled.
    """
    theta, g = decay_weight(theta, g, h)
    m = h.beta1 * state.m + (1.0 - h.beta1) * g
    s = h.beta2 * state.s + (1.0 - h.beta2) * (g - m) * (g - m) + h.eps
    c1 = h.beta1 * state.c1 + (1.0 - h.beta1)
    c2 = h.beta2 * state.c2 + (1.0 - h.beta2)
    theta = theta - h.lr * (m / c1) / (math.sqrt(s / c2) + h.eps)
    return theta, AdaBeliefState(m, s, c1, c2)
