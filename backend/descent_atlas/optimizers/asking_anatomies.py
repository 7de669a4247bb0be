"""The anatomies of the rules that ask an oracle, in the symbols of their papers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from descent_atlas.optimizers.quantities import (
    POSITION,
    RATE,
    Anatomy,
    Numbers,
    Record,
    ScalarQuantity,
    Vector,
    VectorQuantity,
)


def _pair(id: str, text: str, latex: str, description: str, x: str, y: str) -> VectorQuantity:
    """Return a quantity that two fields of the state hold after the step."""
    return VectorQuantity(
        id=id,
        text=text,
        latex=latex,
        description=description,
        read=lambda record, h: Vector(getattr(record.after, x), getattr(record.after, y)),
    )


def _scalar(
    id: str, text: str, latex: str, description: str, read: Callable[[Record, Any], Numbers]
) -> ScalarQuantity:
    return ScalarQuantity(id=id, text=text, latex=latex, description=description, read=read)


_SEEN_AT_Y = VectorQuantity(
    id="y",
    text="y",
    latex="y",
    description="Where the gradient is taken: between z and the average.",
    read=lambda record, h: record.seen_at,
)
_Z = _pair("z", "z", "z", "The point that steps.", "zx", "zy")
_C = _scalar(
    "c",
    "c",
    "c_t",
    "The weight of z in the average after this step.",
    lambda record, h: record.after.averaging.c,
)
_X = replace(
    POSITION, text="x", latex="x", description="The average after the step, which is drawn."
)
_WARM_RATE = replace(
    RATE,
    description="The learning rate of the step, which grows over the warm-up.",
    read=lambda record, h: np.where(
        record.step < h.warmup_steps, h.lr * (record.step / max(h.warmup_steps, 1.0)), h.lr
    ),
)


def _asgd_rate(record: Record, h: Any) -> Numbers:
    return np.where(record.step == 1, record.lr, record.before.eta)


_NEWTON_CURVATURE = (
    _scalar("xx", "Hxx", r"H_{xx}", "The curvature along x.", lambda record, h: record.after.xx),
    _scalar("xy", "Hxy", r"H_{xy}", "The mixed curvature.", lambda record, h: record.after.xy),
    _scalar("yy", "Hyy", r"H_{yy}", "The curvature along y.", lambda record, h: record.after.yy),
)


def _searched(symbol: str, description: str) -> ScalarQuantity:
    """Return the length that a line search has chosen, in the place of a rate."""
    return replace(
        RATE,
        text=symbol,
        latex=r"\alpha" if symbol == "α" else symbol,
        description=description,
        read=lambda record, h: record.after.step,
    )


ASKING_ANATOMIES: dict[str, Anatomy] = {
    "asgd": Anatomy(
        quantities=(
            _pair("iterate", "θ", r"\theta", "The point that steps.", "x", "y"),
            _scalar(
                "mu",
                "μ",
                r"\mu_t",
                "The weight of θ in the average after this step.",
                lambda record, h: 1.0 / np.maximum(1.0, record.step - 1.0 - h.t0),
            ),
        ),
        rate=replace(
            RATE, description="The learning rate of the step, which decays.", read=_asgd_rate
        ),
        position=replace(
            POSITION,
            text="θ̄",
            latex=r"\bar{\theta}",
            description="The average after the step, which is drawn.",
        ),
    ),
    "schedule-free-sgd": Anatomy(quantities=(_SEEN_AT_Y, _Z, _C), rate=_WARM_RATE, position=_X),
    "schedule-free-adamw": Anatomy(
        quantities=(
            _SEEN_AT_Y,
            _pair("v", "v", "v", "The running average of the squared gradient.", "vx", "vy"),
            VectorQuantity(
                id="v_hat",
                text="v̂",
                latex=r"\hat{v}",
                description="v corrected for having started at zero; the gradient is divided by "
                "its root.",
                read=lambda record, h: Vector(
                    record.after.vx / record.after.c2, record.after.vy / record.after.c2
                ),
            ),
            _Z,
            _C,
        ),
        rate=_WARM_RATE,
        position=_X,
    ),
    "sam": Anatomy(
        quantities=(
            _pair("g_here", "g₀", "g_0", "The gradient at θ, which leads uphill.", "gx", "gy"),
            VectorQuantity(
                id="epsilon",
                text="ε",
                latex=r"\epsilon",
                description="How far it climbs before it takes g.",
                read=lambda record, h: Vector(
                    record.seen_at.x - record.start.x, record.seen_at.y - record.start.y
                ),
            ),
            _pair(
                "v",
                "v",
                "v",
                "The velocity: the sum of the gradients g so far, older ones weighted less.",
                "vx",
                "vy",
            ),
        ),
        velocity=lambda h: "v",
    ),
    "lbfgs": Anatomy(
        quantities=(
            _pair("d", "d", "d", "The direction, −H g with the learnt H.", "dx", "dy"),
            _scalar(
                "pairs",
                "pairs",
                r"\text{pairs}",
                "How many pairs of steps and changes of the gradient H is learnt from.",
                lambda record, h: record.before.pairs.held,
            ),
        ),
        rate=_searched("α", "The length that the line search has chosen, in parts of d."),
    ),
    "newton": Anatomy(
        quantities=(
            *_NEWTON_CURVATURE,
            _pair("d", "d", "d", "The direction, −|H|⁻¹ g.", "dx", "dy"),
        ),
        rate=_searched("s", "The length that the line search has chosen; 0 where it stays."),
    ),
}
"""How to read the states of each of them, by its id."""
