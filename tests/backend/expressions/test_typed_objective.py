"""Typed objectives: their minima, bends, descents, and the limits on what they cost."""

import math
from typing import Any

import numpy as np
import pytest

from descent_atlas.expressions.parser import parse
from descent_atlas.expressions.tokens import ExpressionError
from descent_atlas.expressions.typed_objective import (
    MAX_DOMAIN,
    MAX_PARAMETER,
    MOST_MINIMA,
    TypedObjective,
    make_objective,
)
from descent_atlas.objectives.minima import Minimum, find_minima, has_all_minima
from descent_atlas.objectives.objective import Domain
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.descent import Descent, descend
from descent_atlas.simulation.noise import Noise

ADAM = OPTIMIZERS["adam"]


def search(objective: TypedObjective) -> tuple[Minimum, ...]:
    return find_minima(objective, objective.code)


def run(objective: TypedObjective, x: float, y: float, steps: int = 300) -> Descent:
    hyperparameters = ADAM.pack({"lr": 0.05})
    return descend(
        objective, objective.code, ADAM, hyperparameters,
        start=(x, y), steps=steps, noise=Noise(),
    )  # fmt: skip


def test_minima_and_descents_are_those_of_the_same_objective_of_the_table() -> None:
    bowl = OBJECTIVES["two-gaussian-bowl"]
    typed = make_objective(
        "x^2 + y^2 - 2*exp(-((x - 1)^2 + y^2)/0.2) - 3*exp(-((x + 1)^2 + y^2)/0.2)",
        domain=bowl.domain,
    )
    for ours, theirs in zip(search(typed), find_minima(bowl, bowl.pack({})), strict=True):
        assert math.dist((ours.x, ours.y), (theirs.x, theirs.y)) < 1e-10
        assert ours.value == pytest.approx(theirs.value, abs=1e-12)
    descent = run(typed, 0.6, 1.4)
    expected = descend(
        bowl, bowl.pack({}), ADAM, ADAM.pack({"lr": 0.05}),
        start=(0.6, 1.4), steps=300, noise=Noise(),
    )  # fmt: skip
    assert (descent.status, descent.minimum, descent.arrival) == (
        expected.status,
        expected.minimum,
        expected.arrival,
    )
    np.testing.assert_allclose(descent.x, expected.x, atol=1e-9)


@pytest.mark.parametrize(
    ("text", "minima"),
    [
        ("abs(x) + abs(y)", [(0, 0)]),
        ("abs(x - 1) + (y - 2)^2", [(1, 2)]),
        ("max(abs(x - 1), abs(y + 2))", [(1, -2)]),
        ("sqrt((x - 0.3)^2 + (y + 0.7)^2)", [(0.3, -0.7)]),
        ("abs(x + y) + 0.1*abs(x - y)", [(0, 0)]),
        ("max(x^2 + y, -y + x)", [(-0.5, -0.375)]),
        ("min((x - 2)^2 + y^2, (x + 2)^2 + y^2)", [(-2, 0), (2, 0)]),
        ("abs(abs(x) - 1) + y^2", [(-1, 0), (1, 0)]),
        ("-abs(x) + x^2 + y^2", [(-0.5, 0), (0.5, 0)]),
        ("abs(x) - y^2", []),
        ("x + y", []),
        ("7", []),
        ("1/0*x", []),
    ],
)
def test_minima_are_found_at_bends_as_well(text: str, minima: list[tuple[float, float]]) -> None:
    found = search(make_objective(text))
    assert len(found) == len(minima)
    for minimum in found:
        assert min(math.dist((minimum.x, minimum.y), point) for point in minima) < 1e-6


def test_a_cusp_is_marked_and_a_smooth_minimum_is_not() -> None:
    cusps = search(make_objective("abs(x) + y^2"))
    smooth = search(make_objective("min((x - 2)^2 + y^2, (x + 2)^2 + y^2)"))
    assert [minimum.cusp for minimum in cusps] == [True]
    assert [minimum.cusp for minimum in smooth] == [False, False]


def test_the_ackley_function_has_the_same_minima_typed_as_in_the_table() -> None:
    ackley = OBJECTIVES["ackley"]
    typed = make_objective(
        "-20*exp(-0.2*sqrt((x^2 + y^2)/2)) - exp((cos(2*pi*x) + cos(2*pi*y))/2) + 20 + e",
        domain=ackley.domain,
    )
    theirs = find_minima(ackley, ackley.pack({}))
    ours = search(typed)
    assert len(ours) == len(theirs)
    assert ours[0].cusp
    assert math.hypot(ours[0].x, ours[0].y) < 1e-7


def test_minima_are_searched_in_the_domain_alone() -> None:
    domain = Domain(x=(1.0, 3.0), y=(-1.0, 1.0))
    assert search(make_objective("x^2 + y^2", domain=domain)) == ()
    assert len(search(make_objective("(x - 2)^2 + y^2", domain=domain))) == 1


def test_of_too_many_minima_the_lowest_are_kept_and_that_is_said() -> None:
    many = make_objective("sin(9*x)^2 + sin(9*y)^2 + (x^2 + y^2)/100")
    assert not has_all_minima(many, many.code)
    minima = search(many)
    assert 0 < len(minima) <= MOST_MINIMA
    assert (minima[0].x, minima[0].y) == (0, 0)
    few = make_objective("x^2 + y^2")
    assert has_all_minima(few, few.code)


def test_a_descent_that_lands_on_a_bend_can_tell() -> None:
    objective = make_objective("abs(x) + (y - 1)^2")
    landed = run(objective, 0.0, 1.0)
    assert (landed.x[-1], landed.y[-1]) == (0, 1)
    assert objective.lacks_gradient(0.0, 1.0)
    assert not objective.lacks_gradient(0.1, 1.0)
    assert not make_objective("x^2 + y^2").lacks_gradient(0.0, 0.0)
    equal = make_objective("max(x, y)")
    assert equal.lacks_gradient(2.0, 2.0)
    assert not equal.lacks_gradient(2.0, 2.1)
    ackley = OBJECTIVES["ackley"]
    assert ackley.lacks_gradient(0.0, 0.0)
    assert not ackley.lacks_gradient(1.0, 0.0)


def test_a_value_that_is_no_number_ends_a_descent_as_diverged() -> None:
    descent = run(make_objective("log(x) + y^2"), 0.01, 0.0)
    assert descent.status.value == "diverged"
    assert np.isfinite(descent.loss).all()


def test_contours_are_logarithmic_where_evenly_spaced_ones_would_show_nothing() -> None:
    assert make_objective("100*(y - x^2)^2 + (1 - x)^2").logarithmic
    assert not make_objective("sin(x)*cos(y)").logarithmic
    assert not make_objective("log(-1)*x").logarithmic


def test_the_same_text_and_values_give_the_same_object() -> None:
    assert make_objective("a*x", (("a", 2.0),)) is make_objective("a*x", (("a", 2.0),))
    assert make_objective("a*x").values == {"a": 1.0}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"values": (("b", 1.0),)}, "no parameter 'b': its parameters are a"),
        ({"values": (("a", MAX_PARAMETER + 1),)}, "a must be from -100 to 100"),
        ({"values": (("a", math.nan),)}, "a must be from"),
        ({"domain": Domain(x=(1, 1), y=(0, 1))}, "domain's x must ascend"),
        ({"domain": Domain(x=(0, 1), y=(0, MAX_DOMAIN + 1))}, "domain's y must ascend"),
    ],
)
def test_what_is_out_of_range_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_objective("a*x", **arguments)


def test_a_fault_is_an_error_with_its_character() -> None:
    with pytest.raises(ExpressionError) as caught:
        make_objective("x +* y")
    assert caught.value.position == 3


def test_the_program_is_for_its_values_alone() -> None:
    objective = make_objective("a*x", (("a", 2.0),))
    assert objective.pack({"a": 2.0}) is objective.code
    with pytest.raises(ValueError, match="this program is for"):
        objective.pack({"a": 3.0})
    assert objective.tree is parse("a*x")
