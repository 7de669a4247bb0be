"""The table of default learning rates, and of who wins where.

`descent-atlas sweep` measures it (see `sweep_measures`) and the app reads it. For each optimizer on
each objective:

- **Tuning.** The optimizer runs with the page's default number of steps and all other
  hyperparameters at their defaults, at each rate of a logarithmic grid, from 400 starts: a random
  point in each of 20 × 20 equal cells of the domain. The cells' centres would mislead: where a
  function is symmetric they are images of each other, and a rule with steps of one length (Lion)
  can share a lattice with them and the minimum. At 0.01 Lion arrives on the three-hump camel
  function from 61.5 % of the centres and from 0.9 % of the starts of the scoring.
  Kept is the rate at which the most descents arrive at a global minimum
  (see `simulation.arrival`). Ties go to the smaller median distance from the last point to the
  nearest global minimum, where distances within the arrival distance count as equal; then to the
  smaller median step of arrival; then to the smaller rate. If no descent arrives at any rate, no
  rate works: the optimizer keeps its own default.
- **Budgets.** Budget and steps are counted in gradients, of which most rules take one a step: SAM's
  1,000 are 500 of its steps. Newton's Hessian counts as two.
- **References.** Optimizers that search lines keep their default of 1, the full step: they find the
  length of each step themselves. They have no good rates.
- **The edge.** The grid reaches from 1e-8 to 1000, the limits of the learning rate. A kept rate
  with rates on both sides is bracketed; one at an end of the grid is marked.
- **Good rates.** The kept rate and its neighbours in the grid, without a gap, at each of which the
  tuning descents that arrive are at least 0.9 times as many as at the kept one. The factor from the
  lowest to the highest of them says how closely the rate must be met; 1 means that the next rates,
  1.8 times smaller and larger, are no longer good. A range that ends with the grid may go on.
- **Scoring.** At the kept rate the optimizer runs from 2,048 other starts, scrambled Sobol points
  of the domain. The starts are as many as a power of two, for which such points cover the domain
  most evenly. The score is the share of them that arrive at a global minimum. Tuning never sees
  these starts, so that the score is not the best of many.
- **Intervals.** A share has Wilson's 95 % interval. It assumes independent starts; Sobol points
  cover the domain more evenly than those, so that it is rather too wide than too narrow.
- **Ties.** Two optimizers tie where the 95 % paired bootstrap interval of the difference of their
  shares holds 0: a start is drawn together with what both reach from it. Each pair is judged alone,
  without a correction for the number of pairs. Ties are not transitive. An optimizer's rank is
  therefore 1 more than the number of those that are ahead of it beyond a tie: all that tie with the
  largest share are first.
- **Noise.** Where an optimizer meets noise, each start draws its own. Tuning repeats each start
  under five seeds, scoring takes one more.
"""

import json
from functools import cache
from pathlib import Path

from typing_extensions import TypedDict  # Pydantic reads the standard one from Python 3.12 on

from descent_atlas.storage.durable import write_whole

TABLE = Path(__file__).parent / "tables" / "learning_rates.json"


class SweepTuning(TypedDict):
    """Settings of the tuning.

    `starts` is the number of starts, `scatter` the seed of their places, `rates` the learning
    rates, ascending, `seeds` the seeds of the noise, under each of which every start is repeated
    if the optimizer meets noise.
    """

    starts: int
    scatter: int
    rates: list[float]
    seeds: list[int]


class SweepScoring(TypedDict):
    """Settings of the scoring.

    `starts` is the number of starts, `scramble` the seed of their scrambling, `seed` that of the
    noise; `confidence` is that of all intervals, `resamples` and `resampling_seed` belong to the
    bootstrap.
    """

    starts: int
    scramble: int
    seed: int
    confidence: float
    resamples: int
    resampling_seed: int


class SweepNoise(TypedDict):
    """The noise of stochastic gradient descent."""

    std: float
    batch_size: int


class SweepTuned(TypedDict):
    """What decided the kept rate: how many of the tuning descents arrive at it.

    `good_low` and `good_high` are the lowest and the highest good rate; None if no rate works, and
    for an optimizer that searches lines.
    `distance` is their median distance left to the nearest global minimum; None if it is not
    finite, because half of them diverge or there is no minimum.
    """

    arrived: int
    descents: int
    distance: float | None
    good_low: float | None
    good_high: float | None


class SweepCell(TypedDict):
    """One optimizer on one objective at its kept rate.

    `works` is whether any rate arrives in tuning; if none does, `lr` is the optimizer's default.
    `at_edge` is whether the rate is the first or the last of the grid. `arrived` of the scored
    starts arrive, their share is `share` with the interval from `low` to `high`, and `steps` is
    their median step of arrival in gradients, None if none arrives. `rank` counts from 1, None if
    no rate works. `ties` are the optimizers that this one ties with. `decays_to_minimum` is whether
    the optimizer's default weight decay pulls towards the origin and a global minimum lies there.
    """

    objective: str
    optimizer: str
    lr: float
    works: bool
    at_edge: bool
    tuned: SweepTuned
    arrived: int
    share: float
    low: float
    high: float
    steps: float | None
    rank: int | None
    ties: list[str]
    decays_to_minimum: bool


class Sweep(TypedDict):
    """The whole table, with the settings of the measurement.

    `rule` says how rates are chosen and optimizers ranked. `budget` is the number of gradients of a
    descent, its steps unless a step takes several.
    """

    rule: str
    budget: int
    tuning: SweepTuning
    scoring: SweepScoring
    noise: SweepNoise
    cells: list[SweepCell]


@cache
def load_sweep() -> Sweep:
    """Read the committed table."""
    table: Sweep = json.loads(TABLE.read_text())
    return table


def write_sweep(table: Sweep, path: Path) -> None:
    """Write a table, atomically."""
    write_whole(path, (json.dumps(table, indent=1) + "\n").encode())
