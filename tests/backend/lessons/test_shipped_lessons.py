"""The lessons that ship: every number in their texts is computed from the view beside it."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias
from urllib.parse import parse_qsl

import numpy as np
import pytest
from numpy.typing import NDArray

from descent_atlas.lessons.lesson import Lesson
from descent_atlas.lessons.lesson_store import SHIPPED, LessonStore
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.descent import Descent, Status, descend
from descent_atlas.simulation.noise import Noise
from descent_atlas.statistics.proportions import wilson_interval
from tests.backend.lessons.view_descents import View, open_view

SHIPPED_LESSONS: Mapping[str, Lesson] = LessonStore(SHIPPED).read().lessons

NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-\d+)?")

ARRIVED = 0.01
"""What the texts call having arrived: this near to the minimum, to the end."""

STEEP, FLAT = 20.0, 1.0
"""The curvatures of the quadratic at its default condition number."""

SEEDS = 200

Numbers: TypeAlias = Iterable[object]
Check: TypeAlias = Callable[[View], Numbers]

CHECKS: dict[tuple[str, int], Check] = {}
"""What a step's text says, as a function that computes its numbers from the view."""


def says(lesson: str, step: int) -> Callable[[Check], Check]:
    """Register the check of a step, counted from 1."""

    def register(check: Check) -> Check:
        CHECKS[lesson, step] = check
        return check

    return register


def arrival(descent: Descent) -> int:
    """Return the step of an arrival; the descent arrives."""
    assert descent.arrival is not None
    return descent.arrival


def fixed(value: float, digits: int) -> str:
    """Return the size of a number with some decimals, without zeros at its end."""
    return f"{abs(value):.{digits}f}".rstrip("0").rstrip(".")


def across(descent: Descent) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a path's coordinates along the quadratic's axes: flat, steep."""
    angle = math.radians(30)
    cosine, sine = math.cos(angle), math.sin(angle)
    return descent.x * cosine + descent.y * sine, descent.y * cosine - descent.x * sine


def check_curvatures(view: View, steep: float) -> None:
    """Check the eigenvalues of the quadratic's Hessian, by differences of its exact gradient."""
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    _, fx, fy = view.objective.evaluate(points[:, 0], points[:, 1], view.parameters)
    hessian = np.array([[fx[1] - fx[0], fx[2] - fx[0]], [fy[1] - fy[0], fy[2] - fy[0]]])
    assert np.linalg.eigvalsh(hessian) == pytest.approx([FLAT, steep])


@says("momentum-and-damping", 1)
def ravine(view: View) -> Numbers:
    check_curvatures(view, STEEP)
    descent = view.descents["gd"]
    flat, steep = across(descent)
    assert flat[1:20] / flat[:19] == pytest.approx(1 - 0.09 * FLAT)
    assert steep[1:20] / steep[:19] == pytest.approx(1 - 0.09 * STEEP)
    factors = (fixed(1 - 0.09 * curvature, 2) for curvature in (FLAT, STEEP))
    return 20, 1, 0.09, *factors, ARRIVED, arrival(descent)


@says("momentum-and-damping", 2)
def too_large_a_rate(view: View) -> Numbers:
    descent = view.descents["gd"]
    _, steep = across(descent)
    assert steep[1:20] / steep[:19] == pytest.approx(1 - 0.11 * STEEP)
    assert descent.status is Status.DIVERGED
    return 0.11, 1, 20, fixed(1 - 0.11 * STEEP, 2), 2, fixed(2 / STEEP, 3)


@says("momentum-and-damping", 3)
def velocity(view: View) -> Numbers:
    gd, momentum = (view.descents[id] for id in ("gd", "momentum"))
    assert view.hyperparameters["momentum"]["dampening"] == 0.0
    flat, _ = across(momentum)
    assert max(flat * -np.sign(flat[0])) > 0.1, "it overshoots"
    return 1, fixed(1 / (1 - 0.9), 6), 0.9, 0.02, arrival(gd), arrival(momentum)


@says("momentum-and-damping", 4)
def overdamped(view: View) -> Numbers:
    for descent in view.descents.values():
        flat, _ = across(descent)
        assert np.all(flat * np.sign(flat[0]) > 0), "it never passes the minimum"
    return 0, 0.3, 0.5, 0.02, *map(arrival, view.descents.values())


@says("momentum-and-damping", 5)
def critical_damping(view: View) -> Numbers:
    limits = [(1 - math.sqrt(0.02 * curvature)) ** 2 for curvature in (FLAT, STEEP)]
    assert limits[1] < 0.74
    for descent in view.descents.values():
        _, steep = across(descent)
        assert np.any(steep[1:] * steep[:-1] < 0), "it swings across the ravine"
    critical, swinging = view.descents["momentum"], view.descents["momentum~2"]
    values = (0.02, 1, 20, 0.74, 0.9)
    return *values, *(fixed(limit, 3) for limit in limits), arrival(critical), arrival(swinging)


@says("momentum-and-damping", 6)
def underdamped(view: View) -> Numbers:
    descent, other = view.descents["momentum"], view.descents["momentum~2"]
    flat, _ = across(descent)
    shrinking = math.sqrt(0.97)
    passed = max(flat * -np.sign(flat[0])) / abs(flat[0])
    assert not other.arrived and other.steps == 500
    half = math.ceil(math.log(0.5) / math.log(shrinking))
    return 0.97, 0.99, 500, fixed(shrinking, 3), half, round(100 * passed), arrival(descent)


@says("momentum-and-damping", 7)
def best_pair(view: View) -> Numbers:
    rate, momentum = polyak(STEEP)
    settings = view.hyperparameters
    assert (settings["momentum"]["lr"], settings["momentum"]["momentum"]) == (rate, momentum)
    assert settings["gd"]["lr"] == round(2 / (1 + STEEP), 4)
    assert rate > 2 / STEEP, "gradient descent diverges there"
    gd, fast = view.descents["gd"], view.descents["momentum"]
    losses = (fixed(fast.loss[0], 1), fixed(max(fast.loss), 1))
    rates = (rate, momentum, settings["gd"]["lr"], fixed(2 / STEEP, 3))
    return 1, 20, 4, 2, *rates, arrival(gd), arrival(fast), *losses


@says("momentum-and-damping", 8)
def steeper_ravine(view: View) -> Numbers:
    check_curvatures(view, 200.0)
    rate, momentum = polyak(200.0, digits=5)
    settings = view.hyperparameters
    assert settings["momentum"]["lr"] == rate
    assert settings["momentum"]["momentum"] == round(momentum, 4)
    assert settings["gd"]["lr"] == round(2 / 201, 5)
    before = open_view(SHIPPED_LESSONS["momentum-and-damping"].steps[6].view).descents
    gd, fast = view.descents["gd"], view.descents["momentum"]
    assert round(arrival(gd) / arrival(before["gd"])) == 10
    slower = fixed(arrival(fast) / arrival(before["momentum"]), 1)
    arrivals = map(arrival, (gd, fast, *before.values()))
    return 200, 1, 20, 10, fixed(math.sqrt(10), 1), slower, *arrivals


def polyak(steep: float, digits: int = 4) -> tuple[float, float]:
    """Return Polyak's rate and momentum for curvatures from 1 on."""
    root = math.sqrt(steep)
    return round(4 / (1 + root) ** 2, digits), round(((root - 1) / (root + 1)) ** 2, digits)


@says("adams-first-steps", 1)
def as_long_as_the_gradient(view: View) -> Numbers:
    _, fx, fy = view.objective.evaluate(*view.start, view.parameters)
    x, y = first_step(view, "gd")
    assert (x, y) == pytest.approx((-0.001 * float(fx), -0.001 * float(fy)))
    return fixed(float(fx), 1), fixed(float(fy), 1), 0.001, fixed(x, 4), fixed(y, 4)


@says("adams-first-steps", 2)
def adams_step(view: View) -> Numbers:
    _, fx, fy = view.objective.evaluate(*view.start, view.parameters)
    assert first_step(view, "adam") == pytest.approx((0.1, 0.1))
    return 0.1, 1.2, 1, fixed(-1.2 + 0.1, 1), fixed(1 + 0.1, 1), fixed(float(fx / fy), 2)


@says("adams-first-steps", 3)
def formula_once(view: View) -> Numbers:
    adam = view.hyperparameters["adam"]
    assert (adam["beta1"], adam["beta2"], adam["eps"]) == (0.9, 0.999, 1e-8)
    x, y = first_step(view, "adam")
    ends = (fixed(-1.2 + x, 6), fixed(1 + y, 6))
    return fixed(1 - 0.9, 6), fixed(1 - 0.999, 6), 0.9, 0.999, "1e-8", 1, 0.01, *ends


@says("adams-first-steps", 4)
def without_correction(view: View) -> Numbers:
    x, y = first_step(view, "adam~2")
    assert x == pytest.approx(y) == pytest.approx(0.1 * 0.1 / math.sqrt(0.001), rel=1e-6)
    assert first_step(view, "adam") == pytest.approx((0.1, 0.1))
    return 0.1, 0.001, fixed(x, 3), fixed(x / 0.1, 2)


@says("adams-first-steps", 5)
def height_does_not_matter(view: View) -> Numbers:
    before = open_view(
        "objective=rosenbrock&start=-1.2,1&optimizers=gd,adam&steps=200&gd.lr=0.001&adam.lr=0.1"
    )
    assert before.descents["gd"].status is not Status.DIVERGED
    assert view.descents["gd"].status is Status.DIVERGED
    one, other = before.descents["adam"], view.descents["adam"]
    assert len(one.x) == len(other.x) == 201
    apart = max(np.max(np.abs(one.x - other.x)), np.max(np.abs(one.y - other.y)))
    assert apart < 1e-6
    assert other.loss[0] / one.loss[0] == pytest.approx(1000)
    return 1000, 0.001, 200, "0.000001"


@says("adams-first-steps", 6)
def speed_limit(view: View) -> Numbers:
    descent = view.descents["adam"]
    assert np.max(np.abs(np.diff(descent.x))) <= 0.001
    assert np.max(np.abs(np.diff(descent.y))) <= 0.001
    (minimum,) = view.minima()
    moved = abs(descent.x[-1] - descent.x[0])
    return 0.001, descent.steps, fixed(500 * 0.001, 3), fixed(moved, 2), fixed(minimum.x + 1.2, 1)


@says("adams-first-steps", 7)
def later_steps(view: View) -> Numbers:
    steps = np.diff(view.descents["adam"].x)
    assert steps[4] < 0 < min(steps[:4])
    return 0.1, *(fixed(step, 3) for step in steps[:5]), 1, 0


def first_step(view: View, id: str) -> tuple[float, float]:
    """Return how far a descent moves in its first step."""
    descent = view.descents[id]
    return float(descent.x[1] - descent.x[0]), float(descent.y[1] - descent.y[0])


@says("noise-and-batch-size", 1)
def one_sample(view: View) -> Numbers:
    check_curvatures(view, 1.0)
    assert not view.descents["sgd"].arrived
    theory = math.sqrt(2 * 0.1 / (2 - 0.1))
    distance = wander(view, 101)
    return 1, 0.1, arrival(view.descents["gd"]), 400, fixed(distance, 3), 2, fixed(theory, 3)


@says("noise-and-batch-size", 2)
def batch(view: View) -> Numbers:
    assert not view.descents["sgd"].arrived
    before = open_view(SHIPPED_LESSONS["noise-and-batch-size"].steps[0].view)
    assert wander(view, 101) == pytest.approx(wander(before, 101) / 4, rel=0.001)
    return 16, fixed(math.sqrt(16), 1), 400, fixed(wander(view, 101), 3)


@says("noise-and-batch-size", 3)
def smaller_rate(view: View) -> Numbers:
    before = open_view(SHIPPED_LESSONS["noise-and-batch-size"].steps[0].view)
    theory = math.sqrt(2 * 0.025 / (2 - 0.025))
    distances = (fixed(one, 3) for one in (wander(view, 401), wander(before, 101), theory))
    arrivals = (arrival(one.descents["gd"]) for one in (view, before))
    return 0.025, 400, *distances, *arrivals


@says("noise-and-batch-size", 4)
def trap(view: View) -> Numbers:
    deep, shallow = view.minima()
    assert shallow.x > 0 > deep.x
    descent = view.descents["gd"]
    assert descent.minimum == 1
    between = np.linspace(-0.8, 0.8, 20_001)
    ridge, *_ = view.objective.evaluate(between, np.zeros_like(between), view.parameters)
    depths = (fixed(value, 2) for value in (deep.value, shallow.value, float(np.max(ridge))))
    return *depths, 0.03, arrival(descent)


@says("noise-and-batch-size", 5)
def opened(view: View) -> Numbers:
    descent = view.descents["sgd"]
    assert descent.minimum == 0
    crossing = int(np.argmax(descent.x < 0))
    return 10, 4, crossing, SEEDS, 0, SEEDS - 1, *share(view), 95


@says("noise-and-batch-size", 6)
def large_batch(view: View) -> Numbers:
    count, *percents = share(view)
    assert view.descents["sgd"].minimum == 1
    none = open_view(
        SHIPPED_LESSONS["noise-and-batch-size"].steps[5].view, **{"n.batch_size": "64"}
    )
    escaped, *_, most = share(none, digits=1)
    assert escaped == 0
    return 16, 64, SEEDS, count, percents[0], 95, *share(view, digits=1)[2:], most


@says("noise-and-batch-size", 7)
def too_much(view: View) -> Numbers:
    x = view.descents["sgd"].x
    crossings = int(np.sum(x[1:] * x[:-1] < 0))
    return 1, 4, crossings, 500, SEEDS, *share(view), 95


def wander(view: View, first: int) -> float:
    """Return SGD's distance from the origin from a step on (root mean square)."""
    descent = view.descents["sgd"]
    return float(np.sqrt(np.mean(descent.x[first:] ** 2 + descent.y[first:] ** 2)))


def share(view: View, digits: int = 0) -> tuple[int, str, str, str]:
    """Return how many seeds lead SGD into the deepest well, and the share with interval (%)."""
    optimizer = OPTIMIZERS["sgd"]
    values = optimizer.pack(view.hyperparameters["sgd"])
    ends = [
        descend(
            view.objective,
            view.parameters,
            optimizer,
            values,
            start=view.start,
            steps=view.descents["sgd"].steps,
            noise=Noise(std=view.noise.std, batch_size=view.noise.batch_size, seed=seed),
            max_points=2,
        ).minimum
        for seed in range(SEEDS)
    ]
    count = ends.count(0)
    low, high = wilson_interval(count, SEEDS)
    percents = (fixed(100 * count / SEEDS, 1), fixed(100 * low, digits), fixed(100 * high, digits))
    return count, *percents


def read_numbers(values: Numbers) -> set[str]:
    """Return numbers as a text has them."""
    return {str(value) for value in values}


@pytest.mark.parametrize(("lesson", "step"), CHECKS)
def test_every_number_in_a_text_is_computed_from_its_view(lesson: str, step: int) -> None:
    told = SHIPPED_LESSONS[lesson].steps[step - 1]
    computed = read_numbers(CHECKS[lesson, step](open_view(told.view)))
    assert set(NUMBER.findall(told.text)) == computed


def test_every_step_of_every_lesson_has_its_check() -> None:
    steps = [(id, i + 1) for id, one in SHIPPED_LESSONS.items() for i in range(len(one.steps))]
    assert steps == list(CHECKS)
    assert all(5 <= len(lesson.steps) <= 8 for lesson in SHIPPED_LESSONS.values())


def test_the_views_start_no_descent_beyond_the_pages_usual_budget() -> None:
    for lesson in SHIPPED_LESSONS.values():
        for step in lesson.steps:
            assert int(dict(parse_qsl(step.view))["steps"]) <= 1000
