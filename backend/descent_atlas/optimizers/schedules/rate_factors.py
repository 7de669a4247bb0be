"""The factor of each step of a schedule: pure functions in closed form.

Each takes the budget, the learning rate and the schedule's arguments by PyTorch's names, and
returns float64[steps]: what the rate is multiplied by in the first step, the second, and so on. k
counts the steps before, as PyTorch's `last_epoch` does. PyTorch multiplies its rate from step to
step, which differs by rounding alone.
"""

import numpy as np
from numpy.typing import NDArray

Factors = NDArray[np.float64]

CONSTANT: Factors = np.empty(0)
"""The factors of a rate that no schedule changes: none, so that the loop computes none."""


def constant_factors(steps: int, lr: float) -> Factors:
    """Return no factors: `simulation.descent.run` takes them for ones."""
    return CONSTANT


def step_factors(steps: int, lr: float, *, step_size: int, gamma: float) -> Factors:
    """Return γ^⌊k / step_size⌋: as `StepLR`."""
    return np.power(gamma, np.arange(steps) // step_size)


def multistep_factors(
    steps: int, lr: float, *, milestones: tuple[int, ...], gamma: float
) -> Factors:
    """Return γ to the power of the milestones that k has reached: as `MultiStepLR`."""
    reached = np.searchsorted(np.sort(milestones), np.arange(steps), side="right")
    return np.power(gamma, reached)


def exponential_factors(steps: int, lr: float, *, gamma: float) -> Factors:
    """Return γ^k: as `ExponentialLR`."""
    return np.power(gamma, np.arange(steps))


def cosine_factors(steps: int, lr: float, *, T_max: int, eta_min: float) -> Factors:
    """Return half a cosine from 1 to eta_min / lr in T_max steps: as `CosineAnnealingLR`.

    Loshchilov and Hutter (2017), equation 5. A budget of more steps follows the cosine on, so that
    the rate rises again.
    """
    return _half_cosine(np.arange(steps) / T_max, 1.0, eta_min / lr)


def linear_factors(
    steps: int, lr: float, *, start_factor: float, end_factor: float, total_iters: int
) -> Factors:
    """Return a line from start_factor to end_factor in total_iters steps: as `LinearLR`.

    With a start factor below the end factor it is the gradual warm-up of Goyal et al. (2017),
    section 2.2.
    """
    part = np.minimum(np.arange(steps), total_iters) / total_iters
    return start_factor + (end_factor - start_factor) * part


def onecycle_factors(
    steps: int,
    lr: float,
    *,
    pct_start: float,
    anneal_strategy: str,
    div_factor: float,
    final_div_factor: float,
    three_phase: bool,
) -> Factors:
    """Return one rise and one fall over the whole budget: as `OneCycleLR` at constant momentum.

    Smith and Topin (2018). The learning rate is PyTorch's `max_lr`, the budget its `total_steps`.
    The rate starts at lr / div_factor, and in the last step it is
    lr / (div_factor · final_div_factor). With `three_phase` it falls as long as it rose, and then
    to its end.

    Raises:
        ValueError: if a phase would have no length, by which PyTorch would divide.
    """
    first = 1.0 / div_factor
    last = first / final_div_factor
    ends = list_phase_ends(steps, pct_start, three_phase)
    levels = [first, 1.0, first, last] if three_phase else [first, 1.0, last]
    anneal = _half_cosine if anneal_strategy == "cos" else _line
    k = np.arange(steps, dtype=np.float64)
    factors = np.empty(steps)
    begin, rest = 0.0, np.ones(steps, dtype=bool)
    for i, end in enumerate(ends):
        inside = rest & (k <= end) if i + 1 < len(ends) else rest
        part = (k[inside] - begin) / (end - begin)
        factors[inside] = anneal(part, levels[i], levels[i + 1])
        begin, rest = end, rest & ~inside
    return factors


def list_phase_ends(steps: int, pct_start: float, three_phase: bool) -> list[float]:
    """Return the steps at which the phases of one cycle end, as `OneCycleLR` computes them.

    Raises:
        ValueError: if a phase would end where it begins.
    """
    rise = float(pct_start * steps) - 1
    ends = (
        [rise, float(2 * pct_start * steps) - 2, steps - 1.0]
        if three_phase
        else [
            rise,
            steps - 1.0,
        ]
    )
    if any(begin == end for begin, end in zip([0.0, *ends], ends, strict=False)):
        fault = "must not be 1"
        if three_phase:
            fault += " or (steps + 1) / 2"
        raise ValueError(f"pct_start × steps {fault}: a phase of the cycle would have no length")
    return ends


def restarts_factors(steps: int, lr: float, *, T_0: int, T_mult: int, eta_min: float) -> Factors:
    """Return half cosines from 1 to eta_min / lr: as `CosineAnnealingWarmRestarts`.

    Loshchilov and Hutter (2017), equation 5. The first takes T_0 steps, each other T_mult times as
    many as the one before.
    """
    k = np.arange(steps, dtype=np.float64)
    begin, period = np.zeros(steps), np.full(steps, T_0)
    if T_mult == 1:
        begin = (k // T_0) * T_0
    else:
        start, length = 0, T_0
        while start < steps:
            begin[start:], period[start:] = start, length
            start, length = start + length, length * T_mult
    return _half_cosine((k - begin) / period, 1.0, eta_min / lr)


def _half_cosine(part: Factors, start: float, end: float) -> Factors:
    """Return the way from `start` (part 0) to `end` (part 1) along half a cosine."""
    return end + (start - end) * (1.0 + np.cos(np.pi * part)) / 2.0


def _line(part: Factors, start: float, end: float) -> Factors:
    return start + (end - start) * part
