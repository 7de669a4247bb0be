"""Known functions: their published minima against those that are found."""

import math

import numpy as np
import pytest

from descent_atlas.expressions.known_functions import KNOWN_FUNCTIONS, KnownFunction
from descent_atlas.expressions.tree import list_parameters
from descent_atlas.expressions.typed_objective import make_objective
from descent_atlas.objectives.minima import find_minima, has_all_minima

each_function = pytest.mark.parametrize(
    "function", KNOWN_FUNCTIONS.values(), ids=list(KNOWN_FUNCTIONS)
)

PRINTED = 6e-4
"""A unit of the last digit of the coarsest published minima."""

VALUE_PRINTED = 1e-4
"""A unit of the last digit of the coarsest published value."""


def test_there_are_thirty_of_them_each_with_a_name_and_a_source() -> None:
    assert len(KNOWN_FUNCTIONS) == 30
    assert len({function.name for function in KNOWN_FUNCTIONS.values()}) == 30
    for id, function in KNOWN_FUNCTIONS.items():
        assert function.id == id
        assert function.reference.text
        assert function.reference.url.startswith("https://")


@each_function
def test_the_published_minima_are_found_and_no_others_are_as_low(function: KnownFunction) -> None:
    objective = make_objective(function.formula, domain=function.domain)
    assert list_parameters(objective.tree) == ()
    minima = find_minima(objective, objective.code)
    assert has_all_minima(objective, objective.code)
    lowest = [minimum for minimum in minima if minimum.is_global]
    assert len(lowest) == len(function.minima)
    for minimum in lowest:
        distances = [math.dist((minimum.x, minimum.y), point) for point in function.minima]
        assert min(distances) < PRINTED
        assert minimum.value == pytest.approx(function.value, rel=1e-6, abs=VALUE_PRINTED)
        _, fx, fy = objective.evaluate(minimum.x, minimum.y, objective.code)
        scale = max(1.0, abs(minimum.value))
        assert minimum.cusp or math.hypot(float(fx), float(fy)) < 1e-9 * scale


@each_function
def test_nothing_in_the_domain_is_lower_than_the_minima(function: KnownFunction) -> None:
    objective = make_objective(function.formula, domain=function.domain)
    rng = np.random.default_rng(0)
    x, y = rng.uniform(*function.domain.x, 20_000), rng.uniform(*function.domain.y, 20_000)
    values = objective.evaluate(x, y, objective.code)[0]
    lowest = find_minima(objective, objective.code)[0].value
    assert values.min() >= lowest - 1e-12 * max(1.0, abs(lowest))
