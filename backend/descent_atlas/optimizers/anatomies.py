"""The anatomy of each update rule: its quantities, in the symbols of its paper."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from descent_atlas.compilation.kernels import compile_function
from descent_atlas.optimizers.asking_anatomies import ASKING_ANATOMIES
from descent_atlas.optimizers.quantities import (
    RATE,
    Anatomy,
    Coordinate,
    Numbers,
    Record,
    ScalarQuantity,
    Vector,
    VectorQuantity,
    each,
    field,
)
from descent_atlas.optimizers.rules.yellowfin import WINDOW, single_step

_M = VectorQuantity(
    id="m",
    text="m",
    latex="m",
    description="The running average of the gradient.",
    read=field("m"),
)
_V = VectorQuantity(
    id="v",
    text="v",
    latex="v",
    description="The running average of the squared gradient.",
    read=field("v"),
)
_VELOCITY = VectorQuantity(
    id="v",
    text="v",
    latex="v",
    description="The velocity: the sum of the gradients so far, older ones weighted less.",
    read=field("v"),
)


def _corrects(h: Any) -> bool:
    """Tell whether a rule corrects its averages for having started at zero."""
    return bool(getattr(h, "bias_correction", True))


def _m_hat(read: Callable[[Coordinate, Any], Numbers]) -> VectorQuantity:
    return VectorQuantity(
        id="m_hat",
        text="m̂",
        latex=r"\hat{m}",
        description="m corrected for having started at zero.",
        read=each(read),
        is_used=_corrects,
    )


def _v_hat(read: Callable[[Coordinate, Any], Numbers]) -> VectorQuantity:
    return VectorQuantity(
        id="v_hat",
        text="v̂",
        latex=r"\hat{v}",
        description="v corrected for having started at zero; the step is divided by its root.",
        read=each(read),
        is_used=_corrects,
    )


_ADAM = (
    _M,
    _V,
    VectorQuantity(
        id="v_max",
        text="v_max",
        latex=r"v_{\max}",
        description="The largest v so far, which takes the place of v.",
        read=field("v_max"),
        is_used=lambda h: getattr(h, "amsgrad", False),
    ),
    _m_hat(lambda c, h: c.after.m * (1.0 / c.after.c1)),
    _v_hat(
        lambda c, h: (
            (c.after.v_max if getattr(h, "amsgrad", False) else c.after.v) * (1.0 / c.after.c2)
        )
    ),
)
"""What Adam, AdamW and Eve share."""


def _averaged_velocity(h: Any) -> str:
    return "m_hat" if _corrects(h) else "m"


def _look_ahead(c: Coordinate, h: Any) -> Numbers:
    """Return NAdam's m̂, with or without the correction, as `rules.adam.nadam` computes it."""
    g = c.g if h.decoupled_weight_decay else c.g + h.weight_decay * c.theta
    mu, next_mu, product = c.before.mu, c.after.mu, c.after.mu_product
    m_hat: Numbers
    if h.bias_correction:
        m_hat = (1.0 - mu) * g / (1.0 - product) + next_mu * c.after.m / (1.0 - product * next_mu)
    else:
        m_hat = (1.0 - mu) * g + next_mu * c.after.m
    return m_hat


def find_rectification(record: Record, h: Any) -> Numbers:
    """Return RAdam's r, NaN where the rule takes none, as `rules.adam.radam` computes it."""
    return np.array([_rectify(int(t), h.beta2) for t in record.step], dtype=np.float64)


def _rectify(t: int, beta2: float) -> float:
    power = math.pow(beta2, float(t))
    rho_inf = 2.0 / (1.0 - beta2) - 1.0
    rho = rho_inf - 2.0 * t * power / (1.0 - power)
    if not rho > 5.0:
        return math.nan
    return math.sqrt(
        (rho - 4.0) * (rho - 2.0) * rho_inf / ((rho_inf - 4.0) * (rho_inf - 2.0) * rho)
    )


_tune = compile_function(single_step)


class Tuning(NamedTuple):
    """What YellowFin measures in each step, as `rules.yellowfin.yellowfin` uses it."""

    variance: Numbers
    distance: Numbers
    h_max: Numbers
    h_min: Numbers
    momentum: Numbers
    rate: Numbers


def _measure(record: Record, h: Any) -> Tuning:
    s = record.after
    variance = np.maximum(s.h / s.c - (s.gx * s.gx + s.gy * s.gy) / (s.c * s.c), h.eps)
    distance = s.D / s.c + h.eps
    # NumPy's own exponential may differ in its last bit from that of compiled rules.
    h_max, h_min = (
        np.array([_exp(float(value)) for value in logs / s.c])
        for logs in (s.log_h_max, s.log_h_min)
    )
    pairs = [_tune(*row) for row in zip(variance, distance, h_max, h_min, strict=True)]
    mu, alpha = np.array(pairs, dtype=np.float64).reshape(-1, 2).T
    t = record.step
    return Tuning(
        variance, distance, h_max, h_min, mu, np.minimum(alpha, t * alpha / (10.0 * WINDOW))
    )


@compile_function
def _exp(x: float) -> float:
    return math.exp(x)


def _tuned(id: str, text: str, latex: str, description: str, field: str) -> ScalarQuantity:
    """Return a quantity that YellowFin measures."""
    return ScalarQuantity(
        id=id,
        text=text,
        latex=latex,
        description=description,
        read=lambda record, h: getattr(_measure(record, h), field),
    )


_YELLOWFIN = Anatomy(
    quantities=(
        _tuned("h_max", "h_max", r"h_{\max}", "The largest curvature it has met of late.", "h_max"),
        _tuned("h_min", "h_min", r"h_{\min}", "The smallest curvature of late.", "h_min"),
        _tuned("C", "C", "C", "The variance of the gradient.", "variance"),
        _tuned("D", "D", "D", "The distance to the optimum that it estimates.", "distance"),
        _tuned("mu", "μ", r"\mu", "The momentum that it has set itself.", "momentum"),
        _tuned("alpha", "α", r"\alpha", "The learning rate that it has set itself.", "rate"),
        VectorQuantity(
            id="v",
            text="v",
            latex="v",
            description="The velocity, which is the step itself.",
            read=lambda record, h: Vector(record.after.vx, record.after.vy),
        ),
    ),
    rate=replace(
        RATE,
        text="ηα",
        latex=r"\eta \alpha",
        read=lambda record, h: record.lr * _measure(record, h).rate,
    ),
    velocity=lambda h: "v",
    is_displacement=True,
)

_MOMENTUM = Anatomy(quantities=(_VELOCITY,), velocity=lambda h: "v")

ANATOMIES: dict[str, Anatomy] = {
    "gd": Anatomy(),
    "sgd": Anatomy(),
    "momentum": _MOMENTUM,
    "nesterov": _MOMENTUM,
    "adagrad": Anatomy(
        quantities=(
            VectorQuantity(
                id="G",
                text="G",
                latex="G",
                description="The sum of the squared gradients so far.",
                read=field("G"),
            ),
        ),
        rate=replace(
            RATE, read=lambda record, h: record.lr / (1.0 + (record.step - 1) * h.lr_decay)
        ),
    ),
    "rmsprop": Anatomy(
        quantities=(
            _V,
            VectorQuantity(
                id="m",
                text="ḡ",
                latex=r"\bar{g}",
                description="The running average of the gradient, whose square is taken off v.",
                read=field("m"),
                is_used=lambda h: h.centered,
            ),
            VectorQuantity(
                id="b",
                text="b",
                latex="b",
                description="The velocity: the sum of the scaled gradients so far, older ones "
                "weighted less.",
                read=field("b"),
                is_used=lambda h: h.momentum > 0.0,
            ),
        ),
        velocity=lambda h: "b" if h.momentum > 0.0 else None,
    ),
    "adadelta": Anatomy(
        quantities=(
            _V,
            VectorQuantity(
                id="u",
                text="u",
                latex="u",
                description="The running average of the squared steps, before η.",
                read=field("u"),
            ),
        )
    ),
    "adam": Anatomy(quantities=_ADAM, velocity=_averaged_velocity),
    "adamw": Anatomy(quantities=_ADAM, velocity=_averaged_velocity),
    "adamax": Anatomy(
        quantities=(
            _M,
            _m_hat(lambda c, h: c.after.m / c.after.c1),
            VectorQuantity(
                id="u",
                text="u",
                latex="u",
                description="The largest size of a gradient so far, which fades from step to step.",
                read=field("u"),
            ),
        ),
        velocity=lambda h: "m_hat",
    ),
    "nadam": Anatomy(
        quantities=(
            _M,
            _V,
            ScalarQuantity(
                id="mu",
                text="μ",
                latex=r"\mu_t",
                description="The momentum of this step.",
                read=lambda record, h: record.before.x.mu,
            ),
            VectorQuantity(
                id="m_hat",
                text="m̂",
                latex=r"\hat{m}",
                description="m one step ahead, corrected for having started at zero.",
                read=each(_look_ahead),
            ),
            _v_hat(lambda c, h: c.after.v / c.after.c2),
        ),
        velocity=lambda h: "m_hat",
    ),
    "radam": Anatomy(
        quantities=(
            _M,
            _V,
            _m_hat(lambda c, h: c.after.m / c.after.c1),
            ScalarQuantity(
                id="r",
                text="r",
                latex="r",
                description="What makes up for the variance of the scaling; none while ρ ≤ 5, when "
                "the step is not scaled at all.",
                read=find_rectification,
            ),
        ),
        velocity=lambda h: "m_hat",
    ),
    "adabelief": Anatomy(
        quantities=(
            _M,
            _m_hat(lambda c, h: c.after.m / c.after.c1),
            VectorQuantity(
                id="s",
                text="s",
                latex="s",
                description="The running average of the squared distance of the gradient from m.",
                read=field("s"),
            ),
            VectorQuantity(
                id="s_hat",
                text="ŝ",
                latex=r"\hat{s}",
                description="s corrected for having started at zero; the step is divided by its "
                "root.",
                read=each(lambda c, h: c.after.s / c.after.c2),
            ),
        ),
        velocity=lambda h: "m_hat",
    ),
    "rprop": Anatomy(
        quantities=(
            VectorQuantity(
                id="delta",
                text="Δ",
                latex=r"\Delta",
                description="How far the coordinate steps, unless its slope has just turned: then "
                "it stays.",
                read=field("delta"),
            ),
        ),
        rate=replace(
            RATE,
            description="The first step of each coordinate; it sets no other.",
        ),
    ),
    "lion": Anatomy(
        quantities=(
            VectorQuantity(
                id="c",
                text="c",
                latex="c",
                description="The average of m and the gradient whose sign is the step.",
                read=each(lambda c, h: h.beta1 * c.before.m + (1.0 - h.beta1) * c.g),
            ),
            _M,
        ),
        velocity=lambda h: "c",
    ),
    "eve": Anatomy(
        quantities=(
            *_ADAM,
            ScalarQuantity(
                id="d",
                text="d̃",
                latex=r"\tilde{d}",
                description="The running average of the loss's relative change, by which the "
                "learning rate is divided.",
                read=lambda record, h: record.after.d,
            ),
        ),
        rate=replace(
            RATE,
            text="(η/d̃)",
            latex=r"\eta / \tilde{d}",
            read=lambda record, h: record.lr / record.after.d,
        ),
        velocity=lambda h: "m_hat",
    ),
    "yellowfin": _YELLOWFIN,
    **ASKING_ANATOMIES,
}
"""How to read the states of each optimizer, by its id."""
