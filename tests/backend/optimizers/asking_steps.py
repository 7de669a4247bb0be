"""Rules that ask an oracle, driven from Python as the loop drives them in compiled code."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.objectives.objective import Objective
from descent_atlas.optimizers.rules import advance, init
from descent_atlas.optimizers.rules.oracle import Oracle
from descent_atlas.simulation.noise import Noise
from descent_atlas.statistics.philox import normal_pair

Array = NDArray[np.float64]
Gradient = Callable[[Array], Array]


class CountedGradient:
    """An objective's gradient whose noise is drawn by the number of the evaluation."""

    def __init__(self, objective: Objective, noise: Noise) -> None:
        self.count = 0
        self._objective = objective
        self._noise = noise

    def __call__(self, point: Array) -> Array:
        """Return the gradient at a point, float64[2]."""
        self.count += 1
        x, y = point.tolist()
        _, fx, fy = self._objective.evaluate(x, y, self._objective.pack({}))
        draws = normal_pair(np.uint64(self._noise.seed), np.uint64(self.count))
        return np.array([fx, fy]) + self._noise.scale * np.array(draws)


def make_oracle(objective: Objective, noise: Noise) -> Oracle:
    """Return an oracle that has not been asked yet."""
    return Oracle(
        np.uint64(objective.value_and_gradient.address),
        np.uint64(objective.hessian.address),
        objective.pack({}),
        noise.scale,
        np.uint64(noise.seed),
        0,
    )


def walk(
    objective: Objective, h: Any, start: tuple[float, float], steps: int, noise: Noise
) -> tuple[Array, Oracle, Any]:
    """Return the drawn path, float64[steps + 1, 2], the oracle and the state after it.

    The rule runs as plain Python; the oracle's evaluations are compiled.
    """
    oracle, state = make_oracle(objective, noise), init(h)
    x, y = start
    path = [start]
    for _ in range(steps):
        x, y, oracle, state = advance(x, y, oracle, state, h)
        path.append((float(x), float(y)))
    return np.array(path), oracle, state
