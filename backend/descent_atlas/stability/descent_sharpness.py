"""Sharpness times the learning rate along a descent, and where it exceeds the rule's limit.

The matrix of a step is the Hessian H where its gradient is seen, with the weight decay w as the
rule adds it: H + wI descends f + w(x² + y²)/2. The step's own scaling P and its own rate η apply.
The number is η times the largest eigenvalue of P^(-½)(H + wI)P^(-½), with P = I for rules with a
fixed scaling. Decoupled decay shrinks θ by ηw in each step: a rule whose m averages with β is then
stable while ηλ + ηw(1+β)/(1-β) < 2(1+β)/(1-β), and the second term is counted as sharpness.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.objectives.objective import Objective, evaluate_each
from descent_atlas.optimizers.optimizer_table import Optimizer
from descent_atlas.optimizers.quantities import Numbers, Vector
from descent_atlas.optimizers.schedules.rate_factors import CONSTANT
from descent_atlas.simulation.noise import Noise
from descent_atlas.simulation.recorded_states import record_states
from descent_atlas.stability.rate_limits import RateLimit, explain_missing_limit, find_rate_limit
from descent_atlas.stability.scalings import SCALINGS, find_rates

FIXED = ("gd", "sgd", "momentum", "nesterov")
"""Optimizers whose scaling is the same everywhere: whether one is unstable belongs to a place."""


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """The steps at which a descent is above its limit.

    Attributes:
        first: the first of them.
        value: the sharpness times the rate there.
        count: how many there are.
        highest: the largest sharpness times the rate of all steps.
        stays: whether all steps from the first one on are above the limit.
    """

    first: int
    value: float
    count: int
    highest: float
    stays: bool


@dataclass(frozen=True, kw_only=True)
class DescentSharpness:
    """One descent's sharpness times its learning rate.

    Attributes:
        limit: the rule's limit, None if none is known.
        reason: why there is none.
        step: the steps' numbers, from 1, int32[steps].
        product: sharpness times rate in each step, float64[steps]; NaN or infinite where the
            Hessian is; empty for a rule without a matrix of its own.
        crossing: the steps above the limit, None if there are none.
    """

    limit: RateLimit | None
    reason: str | None
    step: NDArray[np.int32]
    product: Numbers
    crossing: Crossing | None


def measure_sharpness(
    objective: Objective,
    parameters: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    scaling: Vector | None = None,
    decay: float = 0.0,
) -> Numbers:
    """Return the largest eigenvalue of P^(-½)(H + wI)P^(-½) at each of n points, float64[n].

    Args:
        objective: the objective.
        parameters: its packed parameters.
        x, y: the points, float64[n] each.
        scaling: the diagonal of P at each point; None for the identity.
        decay: the weight decay w.
    """
    address = np.uintp(objective.hessian.address)
    xx, xy, yy = evaluate_each(address, x, y, parameters)
    with np.errstate(all="ignore"):  # a cusp has an infinite Hessian, a fresh state P = 0
        xx, yy = xx + decay, yy + decay
        if scaling is not None:
            xx, yy = xx / scaling.x, yy / scaling.y
            xy = xy / np.sqrt(scaling.x * scaling.y)
        largest: Numbers = (xx + yy) / 2 + np.hypot((xx - yy) / 2, xy)
    return largest


def follow_sharpness(
    objective: Objective,
    parameters: NDArray[np.float64],
    optimizer: Optimizer,
    hyperparameters: Any,
    *,
    start: tuple[float, float],
    steps: int,
    noise: Noise,
    factors: NDArray[np.float64] = CONSTANT,
) -> DescentSharpness:
    """Take a descent's steps anew, and measure sharpness times rate in each.

    The arguments are those of `simulation.descent.descend`.
    """
    h, id = hyperparameters, optimizer.id
    limit = find_rate_limit(id, h)
    reason = explain_missing_limit(id) if limit is None else None
    if id not in FIXED and id not in SCALINGS:
        nothing = np.empty(0)
        return DescentSharpness(
            limit=None, reason=reason, step=nothing.astype(np.int32), product=nothing, crossing=None
        )
    record = record_states(
        objective,
        parameters,
        optimizer,
        h,
        start=start,
        steps=steps,
        noise=noise,
        factors=factors,
        first=1,
        count=steps,
    )
    with np.errstate(all="ignore"):
        scaling = SCALINGS[id](record, h) if id in SCALINGS else None
        coupled, decoupled = split_decay(id, h)
        product = find_rates(id, record, h) * (
            measure_sharpness(objective, parameters, *record.seen_at, scaling, coupled) + decoupled
        )
    crossing = find_crossing(record.step, product, limit.value) if limit else None
    return DescentSharpness(
        limit=limit, reason=reason, step=record.step, product=product, crossing=crossing
    )


def split_decay(optimizer: str, h: Any) -> tuple[float, float]:
    """Return what the weight decay adds to the Hessian, and to the sharpness."""
    decay: float = getattr(h, "weight_decay", 0.0)
    if optimizer == "adamw" or getattr(h, "decoupled_weight_decay", False):
        return 0.0, decay * (1.0 + h.beta1) / (1.0 - h.beta1)
    return decay, 0.0


def find_crossing(step: NDArray[np.int32], product: Numbers, limit: float) -> Crossing | None:
    """Return the steps at which a product exceeds a limit.

    Example:
        >>> find_crossing(np.array([1, 2, 3], dtype=np.int32), np.array([1.0, 3.1, 2.5]), 2.0)
        Crossing(first=2, value=3.1, count=2, highest=3.1, stays=True)
    """
    above = product > limit
    if not above.any():
        return None
    first = int(np.argmax(above))
    return Crossing(
        first=int(step[first]),
        value=float(product[first]),
        count=int(above.sum()),
        highest=float(np.nanmax(product)),
        stays=bool(above[first:].all()),
    )


def keep_extremes(values: Numbers, count: int) -> NDArray[np.int64]:
    """Return the indices of at most `count` values that keep every spike of a longer series.

    In each of count/2 equal pieces they are those of the smallest and of the largest value.
    """
    if values.size <= count:
        return np.arange(values.size)
    kept = {0, values.size - 1}
    pieces = np.array_split(np.arange(values.size), count // 2 - 1)
    finite = np.nan_to_num(values, nan=0.0)
    for piece in pieces:
        kept.add(int(piece[np.argmin(finite[piece])]))
        kept.add(int(piece[np.argmax(finite[piece])]))
    return np.array(sorted(kept))
