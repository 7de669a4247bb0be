"""Objectives, and parameters of theirs, on which minima and their basins are tested."""

import math
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq

from descent_atlas.objectives.gradient_flow import basin_of
from descent_atlas.objectives.minima import Minimum, find_minima
from descent_atlas.objectives.objective import Objective
from descent_atlas.objectives.objective_table import OBJECTIVES

each_objective = pytest.mark.parametrize(
    "objective",
    [objective for objective in OBJECTIVES.values() if objective.valley is None],
    ids=lambda o: o.id,
)
"""Those whose minima are points; `test_valleys` is about curves."""

Parameters = NDArray[np.float64]


def draw_parameters(objective: Objective, rng: np.random.Generator) -> Parameters:
    return objective.pack(
        {p.id: float(rng.uniform(p.minimum, p.maximum)) for p in objective.parameters}
    )


def draw_settings(objective: Objective, count: int) -> list[Parameters]:
    """The default parameters, and `count` random sets where there are any."""
    rng = np.random.default_rng(8)
    random = [draw_parameters(objective, rng) for _ in range(count)]
    return [objective.pack({}), *(random if objective.parameters else [])]


def even_bowl(width: float, excess: float = 0.0) -> Parameters:
    """Return the parameters of an even bowl whose wells have just merged, or a little deeper ones.

    Along y = 0 the curvature at the origin is 2 - (4 a / c) (2 / c - 1) exp(-1 / c), which is 0 at
    this depth a.
    """
    depth = width**2 * math.exp(1 / width) / (2 * (2 - width)) * (1 + excess)
    return OBJECTIVES["two-gaussian-bowl"].pack({"a": depth, "b": depth, "c": width, "d": width})


def distance_to_nearest(x: float, y: float, minima: tuple[Minimum, ...]) -> float:
    return min((math.hypot(x - m.x, y - m.y) for m in minima), default=math.inf)


def rastrigin_stationary_points(amplitude: float) -> list[float]:
    """Maxima and minima of one coordinate's part, by turns; a maximum at either end."""

    def slope(x: float) -> float:
        return 2 * x + 2 * math.pi * amplitude * math.sin(2 * math.pi * x)

    x = np.linspace(-5.75, 5.75, 11_500)
    slopes = [slope(v) for v in x]
    roots = [
        brentq(slope, a, b, xtol=1e-14)
        for (a, fa), (b, fb) in pairwise(zip(x, slopes, strict=True))
        if fa * fb < 0
    ]
    first = next(i for i, root in enumerate(roots) if slope(root + 1e-6) < 0)
    last = next(i for i, root in reversed(list(enumerate(roots))) if slope(root + 1e-6) < 0)
    return roots[first : last + 1]


def find_basin(objective: Objective, parameters: Parameters, x: float, y: float) -> int:
    minima = find_minima(objective, parameters)
    table = np.array([(m.x, m.y, m.radius, m.cusp) for m in minima], dtype=np.float64)
    index: int = basin_of(
        np.uintp(objective.value_and_gradient.address),
        np.uintp(objective.hessian.address),
        parameters,
        table.reshape(len(minima), 4),
        x,
        y,
    )
    return index
