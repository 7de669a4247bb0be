"""The view with which Rastrigin's function opens, chosen by a rule.

At the usual amplitude of 10 every optimizer ends in the well next to its start, at whatever rate
the sweep finds, and nothing can be told apart. The page therefore opens the function at the
article's settings, and at an amplitude and a start from which the optimizers part.
`choose_rastrigin_opening` states the rule; the objective's row in the table holds its result.
"""

from concurrent.futures import Executor
from itertools import combinations, product

import numpy as np

from descent_atlas.objectives.minima import find_minima
from descent_atlas.objectives.objective import Opening
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.noise import Noise
from descent_atlas.simulation.outcomes import run_from_each

AMPLITUDES = (10.0, 5.0, 2.0, 1.0, 0.5)
"""The usual amplitude, and gentler ones by halves in round numbers."""

COORDINATES = tuple(round(4.8 - 0.4 * i, 1) for i in range(25))
"""The starts' coordinates, from the upper right of the domain to the lower left."""


def choose_rastrigin_opening(executor: Executor) -> Opening:
    """Return the opening from which the article's optimizers reach the most different minima.

    A minimum counts if a descent arrives at it, without noise. Ties go to the opening whose start
    spans the largest triangle with two of those minima, so that paths part as seen from the start;
    then to the largest amplitude, and then to the first start on the grid.
    """
    return max(
        (_judge(amplitude, executor) for amplitude in AMPLITUDES), key=lambda judged: judged[0]
    )[1]


def _judge(amplitude: float, executor: Executor) -> tuple[tuple[int, float], Opening]:
    """Return how many minima, and how large a triangle, the best start has, and its opening."""
    rastrigin = OBJECTIVES["rastrigin"]
    parameters = rastrigin.pack({"A": amplitude})
    starts = list(product(COORDINATES, COORDINATES))
    x, y = np.array(starts).T.copy()
    reached: list[set[int]] = [set() for _ in starts]
    for optimizer in OPTIMIZERS.values():
        if optimizer.article is None:
            continue
        outcomes = run_from_each(
            rastrigin,
            parameters,
            optimizer,
            optimizer.article.hyperparameters,
            x=x,
            y=y,
            steps=optimizer.article.steps,
            noise=Noise(std=0.0),
            executor=executor,
        )
        for at, minimum in enumerate(outcomes.minima):
            if outcomes.arrivals[at] >= 0:
                reached[at].add(int(minimum))
    minima = [(minimum.x, minimum.y) for minimum in find_minima(rastrigin, parameters)]
    scores = [
        (len(ends), _span(start, [minima[end] for end in ends]))
        for start, ends in zip(starts, reached, strict=True)
    ]
    best = max(range(len(starts)), key=scores.__getitem__)
    return scores[best], Opening(parameters={"A": amplitude}, start=starts[best], preset="article")


def _span(start: tuple[float, float], ends: list[tuple[float, float]]) -> float:
    """Return the area of the largest triangle of a start and two ends, to nine digits.

    Starts that are images of each other differ by rounding; they are to count as equal.
    """
    x, y = start
    areas = (
        abs((ax - x) * (by - y) - (bx - x) * (ay - y)) / 2
        for (ax, ay), (bx, by) in combinations(ends, 2)
    )
    return round(max(areas, default=0.0), 9)
