"""The scaling P of adaptive rules: what each divides its step by, read from its states.

The step of such a rule is -η P⁻¹ m, where m is the gradient or an average that weighs the newest
one by 1 - β. Bias corrections and ε belong to P, as in J. M. Cohen et al. (2022), Adaptive gradient
methods at the edge of stability, where Adam has P = (1 - β₁ᵗ)(√v̂ + ε).
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from descent_atlas.optimizers.anatomies import ANATOMIES, find_rectification
from descent_atlas.optimizers.quantities import Coordinate, Numbers, Record, Vector, each

Scaling = Callable[[Record, Any], Vector]


def _root(v: Numbers, h: Any) -> Numbers:
    """Return √v + ε, or √(v + ε) with `eps_inside_root`, as `rules.adaptive.root_of` does."""
    inside = getattr(h, "eps_inside_root", False)
    root: Numbers = np.sqrt(v + h.eps) if inside else np.sqrt(v) + h.eps
    return root


def _scale_adam(c: Coordinate, h: Any) -> Numbers:
    state = c.after
    v = state.v_max if getattr(h, "amsgrad", False) else state.v
    if not getattr(h, "bias_correction", True):
        return _root(v, h)
    scaled: Numbers = state.c1 * _root(v / state.c2, h)
    return scaled


def _scale_eve(record: Record, h: Any) -> Vector:
    x, y = each(_scale_adam)(record, h)
    return Vector(record.after.d * x, record.after.d * y)


def _scale_nadam(c: Coordinate, h: Any) -> Numbers:
    return _root(c.after.v / c.after.c2 if h.bias_correction else c.after.v, h)


def _scale_radam(record: Record, h: Any) -> Vector:
    r = find_rectification(record, h)
    root_c2 = np.sqrt(1.0 - np.power(h.beta2, record.step.astype(np.float64)))

    def scale(c: Coordinate, h: Any) -> Numbers:
        scaled: Numbers = c.after.c1 * np.where(
            np.isnan(r), 1.0, (np.sqrt(c.after.v) + h.eps) / (r * root_c2)
        )
        return scaled

    return each(scale)(record, h)


def _scale_rmsprop(c: Coordinate, h: Any) -> Numbers:
    m = c.after.m
    return _root(c.after.v - m * m if h.centered else c.after.v, h)


def _scale_adadelta(c: Coordinate, h: Any) -> Numbers:
    scaled: Numbers = np.sqrt(c.after.v + h.eps) / np.sqrt(c.before.u + h.eps)
    return scaled


SCALINGS: dict[str, Scaling] = {
    "adagrad": each(lambda c, h: _root(c.after.G, h)),
    "rmsprop": each(_scale_rmsprop),
    "adadelta": each(_scale_adadelta),
    "adam": each(_scale_adam),
    "adamw": each(_scale_adam),
    "adamax": each(lambda c, h: c.after.c1 * c.after.u),
    "nadam": each(_scale_nadam),
    "radam": _scale_radam,
    "adabelief": each(lambda c, h: c.after.c1 * (np.sqrt(c.after.s / c.after.c2) + h.eps)),
    "eve": _scale_eve,
}
"""The diagonal of P in each step, for both coordinates, by the optimizer's id."""


def find_rates(optimizer: str, record: Record, h: Any) -> Numbers:
    """Return the learning rate of each step, without what `SCALINGS` has of it."""
    return record.lr if optimizer == "eve" else ANATOMIES[optimizer].rate.read(record, h)
