"""Barriers on straight segments: how far a loss or metric becomes worse between two networks.

The barrier of a loss L on the segment θ(t) = (1 - t)a + tb is the largest excess over the straight
line between its ends, max over t of L(t) - ((1 - t)L(0) + tL(1)) (Entezari et al. 2022). Frankle et
al. (2020) take the mean of the ends' losses in place of the line; where these are equal, so are the
two definitions. It is known on a grid of t alone: what is narrower than the distance of two
coordinates may be missed.

References: Frankle, Dziugaite, Roy, Carbin, "Linear mode connectivity and the lottery ticket
hypothesis", ICML 2020, https://arxiv.org/abs/1912.05671; Entezari, Sedghi, Saukh, Neyshabur, "The
role of permutation invariance in linear mode connectivity of neural networks", ICLR 2022,
https://arxiv.org/abs/2110.06296.
"""

from typing import NamedTuple

import numpy as np

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.surface_statistics import NOISE

LOSS_RULE = (
    "The largest excess of the loss over the straight line between the losses of the two networks "
    "(Entezari et al., ICLR 2022)."
)

SHORTFALL_RULE = (
    "The largest shortfall of the metric from the straight line between its values at the two "
    "networks."
)

EXCESS_RULE = (
    "The largest excess of the metric over the straight line between its values at both networks."
)

PERMUTATION = (
    "The barrier may be a permutation only: exchanging hidden units changes parameters and no "
    "output, so that equal functions can lie on both sides of one (Ainsworth, Hayase and "
    "Srinivasa, Git Re-Basin, ICLR 2023)."
)

NO_BARRIER = "No barrier lies on this segment: the loss never exceeds the line between its ends."

UNKNOWN_BARRIER = "The loss is not finite everywhere on this segment: the barrier has no height."

FALLS = "The loss only falls on this straight segment from the start of the run to its end."

RISES = "The loss rises on this straight segment from the start of the run to its end."

CONNECTED_BELOW = 0.02
"""The barrier of the training error below which two ends count as linearly connected: the margin
for noise of Frankle et al. (2020), who apply it to errors too."""

CONNECTED_RULE = (
    "The ends of two runs are linearly connected if the training error rises on the segment by "
    "less than 2 percentage points above the straight line between its values at the two ends (the "
    "margin of Frankle et al., ICML 2020)."
)


class SegmentBarrier(NamedTuple):
    """The height of a barrier, and the coordinate of its top; NaN if a value is not finite."""

    height: float
    at: float


def draw_line(t: Floats, values: Floats) -> Floats:
    """Return the straight line between the first and the last of values, float64[n]."""
    line: Floats = (1 - t) * values[0] + t * values[-1]
    return line


def find_barrier(
    t: Floats, values: Floats, *, higher_is_better: bool | None = False
) -> SegmentBarrier:
    """Return the barrier of values float64[n] at coordinates t, which rise from 0 to 1.

    It is the largest excess over the line between the ends, of values of which higher ones are
    better the largest shortfall. It is at least 0.
    """
    if not np.isfinite(values).all():
        return SegmentBarrier(float("nan"), float("nan"))
    excess = values - draw_line(t, values)
    if higher_is_better:
        excess = -excess
    excess[[0, -1]] = 0.0  # where the line is rounded
    top = int(excess.argmax())
    return SegmentBarrier(float(excess[top]), float(t[top]))


def tell_barrier(barrier: SegmentBarrier, values: Floats) -> str:
    """Return a sentence on what the barrier of a loss may mean."""
    if np.isnan(barrier.height):
        return UNKNOWN_BARRIER
    return PERMUTATION if barrier.height > NOISE * np.abs(values).max() else NO_BARRIER


def tell_path(values: Floats) -> str:
    """Return a sentence on the loss from a run's start to its end."""
    climb = measure_climb(values)
    if np.isnan(climb):
        return UNKNOWN_BARRIER
    return RISES if climb > NOISE * np.abs(values).max() else FALLS


def measure_climb(values: Floats) -> float:
    """Return how far values rise at most from one coordinate to a later one; NaN if not finite.

    A loss that only falls from a run's start to its end climbs by 0 (Goodfellow, Vinyals, Saxe,
    "Qualitatively characterizing neural network optimization problems", ICLR 2015,
    https://arxiv.org/abs/1412.6544).
    """
    if not np.isfinite(values).all():
        return float("nan")
    return float((values - np.minimum.accumulate(values)).max())
