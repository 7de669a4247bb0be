"""The library of known functions: published minima and values."""

import math

import numpy as np
import pytest

from descent_atlas.objectives.minima import find_minima
from descent_atlas.objectives.objective import Domain, evaluate_each
from descent_atlas.objectives.typed.expression_parser import parse
from descent_atlas.objectives.typed.function_library import LIBRARY
from descent_atlas.objectives.typed.kinks import list_kinks
from descent_atlas.objectives.typed.typed_objective import make_typed


def unit_of_last_digit(text: str) -> float:
    """Return one unit in the last digit: some sources cut digits off instead of rounding."""
    return 1.0001 * 10.0 ** -len(text.partition(".")[2])


@pytest.mark.parametrize("id", LIBRARY)
def test_published_minima_are_found_with_the_published_digits(id: str) -> None:
    function = LIBRARY[id]
    objective = make_typed(function.text, function.domain)
    program = objective.pack({})
    minima = find_minima(objective, program)
    for x, y in function.minima:
        distances = [math.hypot(m.x - float(x), m.y - float(y)) for m in minima]
        nearest = minima[int(np.argmin(distances))]
        assert nearest.is_global
        assert nearest.x == pytest.approx(float(x), abs=unit_of_last_digit(x))
        assert nearest.y == pytest.approx(float(y), abs=unit_of_last_digit(y))
        assert nearest.value == pytest.approx(
            float(function.value), abs=unit_of_last_digit(function.value)
        )
        place = np.array([nearest.x]), np.array([nearest.y])
        _, fx, fy = evaluate_each(np.uintp(objective.value_and_gradient.address), *place, program)
        if nearest.cusp:
            assert list_kinks(parse(function.text).tree)
        else:
            fxx, _, fyy = evaluate_each(np.uintp(objective.hessian.address), *place, program)
            assert math.hypot(*fx, *fy) <= 1e-9 * max(1.0, *abs(fxx), *abs(fyy))


@pytest.mark.parametrize(
    ("text", "minimum"),
    [
        ("abs(x) + abs(y - 1)", (0.0, 1.0, 0.0)),
        ("max(abs(x), 2*abs(y))", (0.0, 0.0, 0.0)),
        ("(x^2 + y^2)^0.3", (0.0, 0.0, 0.0)),
        ("abs(y - x^2) + x^2/10 + x/10", (-0.5, 0.25, -0.025)),
        ("sqrt(abs(y - x)) + (x - 1)^2", (1.0, 1.0, 0.0)),
    ],
)
def test_minima_on_kinks_are_found(text: str, minimum: tuple[float, float, float]) -> None:
    objective = make_typed(text)
    (found,) = find_minima(objective, objective.pack({}))
    assert (found.x, found.y, found.value) == pytest.approx(minimum, abs=1e-9)
    assert found.cusp


def test_a_minimum_far_from_the_origin_is_found_in_its_domain() -> None:
    objective = make_typed("(x - 420)^2 + y^2", Domain(x=(400.0, 500.0), y=(-50.0, 50.0)))
    (found,) = find_minima(objective, objective.pack({}))
    assert (found.x, found.y) == (420.0, 0.0)


def test_a_valley_without_a_lowest_point_has_no_minimum() -> None:
    for text in ("abs(x)", "x^2", "7", "x + y"):
        objective = make_typed(text)
        assert find_minima(objective, objective.pack({})) == (), text
