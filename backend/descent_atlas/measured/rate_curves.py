"""Curves over the learning rate: from how many starts a variant arrives, and how soon.

- **Rates.** Those of the sweep (`sweep_design.RATES`) within the limits of the hyperparameter. They
  are measured from coarse to fine: one a decade, then those between, then all.
- **Starts.** The first 512 of the sweep's scoring starts, scrambled Sobol points of the domain; for
  a map over two hyperparameters the first 128. They are the same at every rate.
- **Noise.** Where a variant meets noise, start i draws its own, from `start_seed(seed, i)`.
- **Cost.** Steps are counted in evaluations, of which most rules take one a step.
- **Arrival.** A start counts if its descent arrives at a global minimum of the domain and stays,
  see `simulation.arrival`. Their share has Wilson's 95 % interval; the median step of arrival, over
  the starts that arrive, one of order statistics. Each rate is judged alone.
- **The best rate.** That at which most starts arrive; then the one with the smaller median step;
  then the smaller rate. Because it is the best of many, its share is too high by luck. It is
  therefore scored from the next 512 points, which the choice has not seen.
- **Good rates.** As in the sweep, see `sweep_design.find_good_rates`.
"""

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.measured.sweep_design import (
    CONFIDENCE,
    PER_DECADE,
    RATES,
    find_good_rates,
    place_scoring_starts,
)
from descent_atlas.objectives.minima import find_minima
from descent_atlas.objectives.objective import Objective, evaluate_each
from descent_atlas.optimizers.optimizer_table import Optimizer
from descent_atlas.optimizers.schedules.schedule_parameters import Value
from descent_atlas.optimizers.schedules.schedule_table import SCHEDULES, Schedule
from descent_atlas.simulation.noise import Noise
from descent_atlas.simulation.outcomes import run_from_each
from descent_atlas.statistics.medians import median_interval
from descent_atlas.statistics.proportions import wilson_interval

CURVE_EXPONENT = 9
"""2^9 = 512 starts of a curve: a share of a half is known to ±4.3 points."""

MAP_EXPONENT = 7
"""2^7 = 128 starts of a cell of a map: a share of a half is known to ±8.5 points."""

LEARNING_RATE = "lr"
"""The id of the learning rate, which every optimizer has."""


@dataclass(frozen=True, kw_only=True)
class RateSubject:
    """What descends: an optimizer with its settings, on an objective.

    Attributes:
        objective: the objective.
        parameters: its packed parameters.
        optimizer: the optimizer.
        hyperparameters: its packed hyperparameters; their learning rate does not matter.
        steps: the steps to take from each start.
        noise: the noise of the gradient oracle.
        schedule: that of the learning rate; a curve's rate is the one that it multiplies.
        schedule_values: the schedule's parameters that are not at their defaults, as pairs.
    """

    objective: Objective
    parameters: NDArray[np.float64]
    optimizer: Optimizer
    hyperparameters: Any
    steps: int
    noise: Noise
    schedule: Schedule = SCHEDULES["constant"]
    schedule_values: tuple[tuple[str, Value], ...] = ()

    def change(self, **values: float) -> "RateSubject":
        """Return the variant with other hyperparameters."""
        hyperparameters = self.hyperparameters._replace(**values)
        return RateSubject(**{**self.__dict__, "hyperparameters": hyperparameters})


@dataclass(frozen=True, kw_only=True)
class RatePoint:
    """What a variant reaches at one rate.

    Attributes:
        lr: the rate.
        value: the second hyperparameter's value; None without one.
        arrived: the starts that arrive at a global minimum.
        share: their share of all starts.
        low, high: the limits of its Wilson interval.
        steps: the median step of arrival over the starts that arrive, in evaluations; None if none
            does.
        steps_low, steps_high: the limits of its interval; None if fewer than 6 arrive.
    """

    lr: float
    value: float | None
    arrived: int
    share: float
    low: float
    high: float
    steps: float | None
    steps_low: float | None
    steps_high: float | None


@dataclass(frozen=True, kw_only=True)
class BestRate:
    """The rate of a curve at which most starts arrive.

    Attributes:
        score: what it reaches from starts that the choice has not seen.
        at_edge: whether it is the first or the last rate of the curve.
        good_low, good_high: the lowest and the highest of the good rates around it.
    """

    score: RatePoint
    at_edge: bool
    good_low: float
    good_high: float


def list_rates(optimizer: Optimizer) -> tuple[float, ...]:
    """Return the rates of an optimizer's curve, ascending."""
    (limits,) = (one for one in optimizer.hyperparameters if one.id == LEARNING_RATE)
    return tuple(rate for rate in RATES if limits.minimum <= rate <= limits.maximum)


def order_coarsely(rates: Sequence[float]) -> Iterator[float]:
    """Yield rates from coarse to fine: one a decade, then those between, then all others.

    Example:
        >>> list(order_coarsely([1, 2, 3, 4, 5, 6]))
        [1, 5, 3, 2, 4, 6]
    """
    yielded: set[int] = set()
    for stride in (PER_DECADE, PER_DECADE // 2, 1):
        for index in range(0, len(rates), stride):
            if index not in yielded:
                yielded.add(index)
                yield rates[index]


def measure_rate(
    variant: RateSubject,
    lr: float,
    *,
    exponent: int,
    executor: Executor,
    cancelled: threading.Event | None = None,
) -> RatePoint:
    """Run a variant at a rate from 2^`exponent` starts.

    Raises:
        CancelledError: if `cancelled` was set before all descents were complete.
    """
    reached, arrivals = _run(variant.change(lr=lr), exponent, executor, cancelled)
    return _summarize(lr, reached, arrivals)


def score_rate(
    variant: RateSubject,
    lr: float,
    *,
    executor: Executor,
    cancelled: threading.Event | None = None,
) -> RatePoint:
    """Run a variant at a rate from as many starts as a curve has, those that follow its own.

    Raises:
        CancelledError: if `cancelled` was set before all descents were complete.
    """
    seen = 2**CURVE_EXPONENT
    # The curve's own starts run again, so that each start keeps its number and with it its noise.
    reached, arrivals = _run(variant.change(lr=lr), CURVE_EXPONENT + 1, executor, cancelled)
    return _summarize(lr, reached[seen:], arrivals[seen:])


def find_best(points: Sequence[RatePoint], score: Callable[[float], RatePoint]) -> BestRate | None:
    """Return the best rate of a curve; None if no start arrives at any.

    Args:
        points: all points of a curve, by ascending rate.
        score: returns what a rate reaches from unseen starts.
    """
    best = min(range(len(points)), key=lambda index: _order(points[index]))
    if points[best].arrived == 0:
        return None
    first, last = find_good_rates([point.arrived for point in points], best)
    return BestRate(
        score=score(points[best].lr),
        at_edge=best in (0, len(points) - 1),
        good_low=points[first].lr,
        good_high=points[last].lr,
    )


def measure_sharpness(objective: Objective, parameters: NDArray[np.float64]) -> list[float | None]:
    """Return the largest eigenvalue of the Hessian at each minimum, in their order.

    None at a cusp or a kink, and where it is not positive: there it bounds no learning rate.
    """
    sharpness: list[float | None] = []
    for minimum in find_minima(objective, parameters):
        x, y = np.array([minimum.x]), np.array([minimum.y])
        address = np.uintp(objective.hessian.address)
        fxx, fxy, fyy = evaluate_each(address, x, y, parameters)[:, 0].tolist()
        largest = (fxx + fyy) / 2 + math.hypot((fxx - fyy) / 2, fxy)
        is_smooth = not minimum.cusp and math.isfinite(largest) and largest > 0.0
        sharpness.append(largest if is_smooth else None)
    return sharpness


def _run(
    variant: RateSubject, exponent: int, executor: Executor, cancelled: threading.Event | None
) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    """Return from which starts a variant arrives at a global minimum, and the evaluations spent."""
    x, y = place_scoring_starts(variant.objective, exponent)
    outcomes = run_from_each(
        variant.objective,
        variant.parameters,
        variant.optimizer,
        variant.hyperparameters,
        x=x,
        y=y,
        steps=variant.steps,
        noise=variant.noise,
        factors=variant.schedule.find_factors(
            dict(variant.schedule_values),
            steps=variant.optimizer.count_scheduled(variant.steps),
            lr=variant.hyperparameters.lr,
        ),
        noise_per_start=True,
        executor=executor,
        cancelled=cancelled,
    )
    minima = find_minima(variant.objective, variant.parameters)
    best = [index for index, minimum in enumerate(minima) if minimum.is_global]
    return np.isin(outcomes.minima, best) & (outcomes.arrivals >= 0), outcomes.spent


def _summarize(lr: float, reached: NDArray[np.bool_], arrivals: NDArray[np.int32]) -> RatePoint:
    arrived, starts = int(reached.sum()), reached.size
    low, high = wilson_interval(arrived, starts, CONFIDENCE)
    steps_low, steps_high = median_interval(arrivals[reached], CONFIDENCE)
    return RatePoint(
        lr=lr,
        value=None,
        arrived=arrived,
        share=arrived / starts,
        low=low,
        high=high,
        steps=float(np.median(arrivals[reached])) if arrived else None,
        steps_low=steps_low,
        steps_high=steps_high,
    )


def _order(point: RatePoint) -> tuple[float, ...]:
    """Return the key by which the best point is the least."""
    return -point.arrived, math.inf if point.steps is None else point.steps, point.lr
