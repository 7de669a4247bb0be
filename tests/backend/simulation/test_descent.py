"""The loop: what it walks, how it ends, what it says of the end."""

import math

import numpy as np
import pytest

from descent_atlas.objectives.minima import find_minima
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.arrival import ARRIVAL_DISTANCE, count_window
from descent_atlas.simulation.descent import (
    DIVERGENCE_BOUND,
    GRADIENT_TOLERANCE,
    STEP_TOLERANCE,
    Descent,
    Status,
    Visit,
    descend,
)
from descent_atlas.simulation.noise import Noise
from descent_atlas.statistics.philox import normal_pair

SILENT = Noise()


def walk(
    objective_id: str,
    optimizer_id: str,
    start: tuple[float, float],
    steps: int = 500,
    *,
    noise: Noise = SILENT,
    max_points: int = 2000,
    parameters: dict[str, float] | None = None,
    **hyperparameters: float,
) -> Descent:
    objective, optimizer = OBJECTIVES[objective_id], OPTIMIZERS[optimizer_id]
    return descend(
        objective,
        objective.pack(parameters or {}),
        optimizer,
        optimizer.pack(hyperparameters),
        start=start,
        steps=steps,
        noise=noise,
        max_points=max_points,
    )


def test_gradient_descent_walks_the_steps_that_its_formula_says() -> None:
    objective = OBJECTIVES["himmelblau"]
    descent = walk("himmelblau", "gd", (0.5, -1.0), steps=20, lr=0.01)
    x, y = 0.5, -1.0
    for k in range(20):
        assert (descent.x[k], descent.y[k]) == pytest.approx((x, y), rel=1e-13)
        f, fx, fy = (float(value) for value in objective.evaluate(x, y, objective.pack({})))
        assert descent.loss[k] == pytest.approx(f, rel=1e-13)
        x, y = x - 0.01 * fx, y - 0.01 * fy


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("objective", [id for id, o in OBJECTIVES.items() if o.valley is None])
def test_every_descent_ends_as_its_last_point_says(objective: str, optimizer: str) -> None:
    problem = OBJECTIVES[objective]
    parameters = problem.pack({})
    minima = find_minima(problem, parameters)
    rng = np.random.default_rng(7)
    for _ in range(6):
        start = (float(rng.uniform(*problem.domain.x)), float(rng.uniform(*problem.domain.y)))
        descent = walk(objective, optimizer, start, steps=300)
        x, y = float(descent.x[-1]), float(descent.y[-1])
        f, fx, fy = (float(v) for v in problem.evaluate(x, y, parameters))
        assert (descent.x[0], descent.y[0]) == start
        assert np.isfinite([descent.x, descent.y, descent.loss]).all()
        assert descent.loss[-1] == f
        if descent.status is Status.DIVERGED:
            assert descent.minimum is None and not descent.arrived
            assert descent.step[-1] <= descent.steps
            continue
        assert descent.step[-1] == descent.steps
        assert descent.evaluations == descent.spent[-1] <= 300
        if OPTIMIZERS[optimizer].evaluations == 1:
            assert descent.steps == 300
        assert max(abs(x), abs(y)) <= DIVERGENCE_BOUND
        # Where it was from 30 evaluations before the end of its budget on.
        window, arrived = int(np.sum(descent.spent > 300 - 30)), False
        if descent.minimum is not None:
            target = minima[descent.minimum]
            distance = np.hypot(descent.x - target.x, descent.y - target.y)
            arrived = bool((distance[-window - 1 :] <= ARRIVAL_DISTANCE).all())
        assert descent.arrived == arrived
        moved = math.hypot(x - descent.x[-2], y - descent.y[-2])
        if moved <= STEP_TOLERANCE and math.hypot(fx, fy) <= GRADIENT_TOLERANCE:
            assert (descent.status is Status.CONVERGED) <= arrived
            assert descent.status is not Status.EXHAUSTED or distance[-1] <= ARRIVAL_DISTANCE
        else:
            assert descent.status is Status.EXHAUSTED


def test_a_descent_that_settles_in_a_minimum_has_converged_and_takes_its_steps_all_the_same() -> (
    None
):
    descent = walk("quadratic", "gd", (1.0, 1.0), steps=5000, lr=0.05)
    assert descent.status is Status.CONVERGED
    assert descent.arrived
    assert descent.steps == descent.step[-1] == 5000


def test_a_descent_that_settles_too_late_to_have_stayed_has_not_converged() -> None:
    # Where κ = 1 and η = 1, the first step ends in the minimum itself.
    round_bowl = {"condition_number": 1.0}
    still = walk("quadratic", "gd", (1.0, 1.0), steps=21, lr=1.0, parameters=round_bowl)
    assert (still.status, still.arrived, still.arrival) == (Status.CONVERGED, True, 1)
    late = walk("quadratic", "gd", (1.0, 1.0), steps=20, lr=1.0, parameters=round_bowl)
    assert (late.status, late.arrived, late.minimum) == (Status.EXHAUSTED, False, 0)


def test_a_start_on_the_saddle_is_stationary_and_not_converged() -> None:
    descent = walk("saddle", "gd", (0.0, 0.0), lr=0.1)
    assert descent.status is Status.STATIONARY
    assert descent.minimum is None


def test_rest_in_a_minimum_outside_the_domain_is_stationary() -> None:
    descent = walk("rastrigin", "gd", (6.0, 0.0), steps=500, lr=0.002)
    assert descent.status is Status.STATIONARY
    assert descent.minimum is None and not descent.arrived


def test_rest_on_a_saddle_beside_a_minimum_is_stationary() -> None:
    # Two equal wells that have just parted: minima less than the arrival distance from the saddle.
    a = math.e / 2 + 5e-5
    wells = {"a": a, "b": a, "c": 1.0, "d": 1.0}
    bowl = OBJECTIVES["two-gaussian-bowl"]
    minima = find_minima(bowl, bowl.pack(wells))
    assert len(minima) == 2 and 0 < minima[1].x < ARRIVAL_DISTANCE
    descent = walk("two-gaussian-bowl", "gd", (0.0, 0.3), lr=0.2, parameters=wells)
    assert descent.x[-1] == 0.0
    assert descent.status is Status.STATIONARY


def test_where_two_wells_have_just_merged_a_descent_arrives_at_their_one_minimum() -> None:
    wells = {"a": math.e / 2, "b": math.e / 2, "c": 1.0, "d": 1.0}
    descent = walk("two-gaussian-bowl", "momentum", (0.6, 1.4), 5000, lr=0.1, parameters=wells)
    assert (descent.minimum, descent.arrived) == (0, True)
    # Along y = 0 the gradient is 10 x³ / 3, which takes a flow of time t to √(3 / (20 t)).
    time = 5000 * 0.1 / (1 - 0.9)
    assert abs(descent.x[-1]) == pytest.approx(math.sqrt(3 / (20 * time)), rel=0.02)


def test_momentum_that_races_over_a_minimum_has_not_converged_there() -> None:
    descent = walk("quadratic", "momentum", (1.0, 0.0), steps=40, lr=0.05, momentum=0.9)
    assert descent.status is Status.EXHAUSTED


def test_at_ackleys_cusp_a_descent_arrives_and_never_converges() -> None:
    descent = walk("ackley", "gd", (0.2, 0.1), steps=2000, lr=0.002)
    assert (descent.status, descent.arrived) == (Status.EXHAUSTED, True)
    resting = walk("ackley", "gd", (0.0, 0.0), lr=0.002)
    assert (resting.status, resting.arrived, resting.arrival) == (Status.EXHAUSTED, True, 0)


def test_adam_comes_within_reach_of_ackleys_cusp_and_leaves_again() -> None:
    descent = walk("ackley", "adam", (-2.7, 0.6), steps=1000, lr=0.3162)
    distance = np.hypot(descent.x, descent.y)
    assert distance.min() <= ARRIVAL_DISTANCE
    assert descent.status is Status.EXHAUSTED and not descent.arrived
    assert distance[-1] > ARRIVAL_DISTANCE


def test_rmsprop_stays_at_the_camels_minimum_for_300_steps_and_leaves_again() -> None:
    descent = walk("three-hump-camel", "rmsprop", (-1.5, -1.25), steps=1000, lr=0.3162)
    distance = np.hypot(descent.x, descent.y)
    assert descent.visit is not None
    first, last = descent.visit.first, descent.visit.last
    assert descent.visit == Visit(minimum=0, first=18, last=last)
    assert 320 <= last <= 335  # it leaves when its rounding errors have grown to 0.01
    assert (distance[first : last + 1] <= ARRIVAL_DISTANCE).all()
    assert min(distance[first - 1], distance[last + 1]) > ARRIVAL_DISTANCE
    assert distance[-1] == pytest.approx(0.2236, abs=1e-4)
    assert descent.status is Status.EXHAUSTED and descent.minimum == 0
    assert not descent.arrived and descent.arrival is None
    # Within the time that it stays, the claim is true; it is for these steps only.
    shorter = walk("three-hump-camel", "rmsprop", (-1.5, -1.25), steps=300, lr=0.3162)
    assert (shorter.arrived, shorter.arrival, shorter.visit) == (True, 18, None)


def test_a_visit_is_long_enough_to_have_arrived() -> None:
    # It crosses the minimum at full speed: near it, though for too short a time.
    descent = walk("quadratic", "momentum", (1.0, 0.0), steps=40, lr=0.05, momentum=0.9)
    assert descent.visit is None
    for steps in (100, 1000):
        left = walk("three-hump-camel", "rmsprop", (-1.5, -1.25), steps=steps, lr=0.3162).visit
        assert left is None or left.last - left.first >= count_window(steps)


def test_noise_may_throw_a_twentieth_of_the_points_out_and_no_more() -> None:
    noise = Noise(std=0.05, seed=3)
    arrived = set()
    for rate in np.geomspace(5e-3, 5e-2, 21):
        descent = walk("quadratic", "sgd", (0.5, 0.0), 1000, noise=noise, lr=float(rate))
        near = np.hypot(descent.x, descent.y)[-101:] <= ARRIVAL_DISTANCE
        assert descent.arrived == (near.sum() >= 0.95 * 101)
        arrived.add((descent.arrived, bool(near.all())))
    assert arrived == {(True, True), (True, False), (False, False)}


def test_a_diverging_descent_is_neither_clamped_nor_clipped_and_says_when_it_left() -> None:
    descent = walk("rosenbrock", "gd", (-1.5, 2.5), lr=0.1)
    assert descent.status is Status.DIVERGED
    assert descent.steps < 20
    assert max(abs(descent.x[-1]), abs(descent.y[-1])) > OBJECTIVES["rosenbrock"].domain.y[1]
    assert np.isfinite(descent.loss).all()


def test_the_saddle_is_left_for_infinity() -> None:
    descent = walk("saddle", "gd", (1.0, 0.1), lr=0.1)
    assert descent.status is Status.DIVERGED
    assert abs(descent.y[-1]) > DIVERGENCE_BOUND
    assert abs(descent.y[-2]) <= DIVERGENCE_BOUND


def test_the_minimum_is_that_of_the_basin_even_when_the_steps_ran_out() -> None:
    minima = find_minima(OBJECTIVES["two-gaussian-bowl"], OBJECTIVES["two-gaussian-bowl"].pack({}))
    descent = walk("two-gaussian-bowl", "gd", (1.5, 0.4), steps=3, lr=0.001)
    assert descent.status is Status.EXHAUSTED and not descent.arrived
    assert descent.minimum is not None
    assert minima[descent.minimum].x > 0.5


def test_arrival_is_the_first_step_from_which_the_descent_stays() -> None:
    bowl = OBJECTIVES["two-gaussian-bowl"]
    minima = find_minima(bowl, bowl.pack({}))
    descent = walk("two-gaussian-bowl", "momentum", (1.5, 0.4), lr=0.02, momentum=0.9)
    assert descent.minimum is not None and descent.arrival is not None
    target = minima[descent.minimum]
    distance = np.hypot(descent.x - target.x, descent.y - target.y)
    assert (distance[descent.arrival :] <= ARRIVAL_DISTANCE).all()
    assert distance[descent.arrival - 1] > ARRIVAL_DISTANCE


def test_a_long_path_is_thinned_with_its_ends_exact_and_its_step_numbers_kept() -> None:
    whole = walk("rosenbrock", "gd", (-1.2, 1.0), steps=100_000, lr=1e-4, max_points=200_000)
    thin = walk("rosenbrock", "gd", (-1.2, 1.0), steps=100_000, lr=1e-4)
    assert len(whole.step) == 100_001
    assert len(thin.step) <= 2000
    assert (np.diff(thin.step) > 0).all()
    assert (thin.step[0], thin.step[-1]) == (0, 100_000)
    assert (thin.x == whole.x[thin.step]).all()
    assert (thin.y == whole.y[thin.step]).all()
    assert (thin.loss == whole.loss[thin.step]).all()
    gaps = np.hypot(np.diff(thin.x), np.diff(thin.y))
    assert gaps.max() < 0.05, "the fast beginning is not thinned away"


def test_a_budget_counts_evaluations_and_pays_for_whole_steps_alone() -> None:
    start, noise = (0.7, 1.1), Noise(std=0.5, seed=4, all=True)
    whole = walk("himmelblau", "sam", start, 100, noise=noise, lr=1e-3)
    assert (whole.steps, whole.evaluations) == (50, 100)
    assert whole.spent.tolist() == [*range(0, 101, 2)]
    part = walk("himmelblau", "sam", start, 41, noise=noise, lr=1e-3)
    assert (part.steps, part.evaluations) == (20, 40)
    assert (part.x == whole.x[:21]).all(), "a smaller budget ends the same path earlier"
    none = walk("himmelblau", "sam", start, 1, lr=1e-3)
    assert (none.steps, none.evaluations, none.status) == (0, 0, Status.EXHAUSTED)
    searched = walk("rosenbrock", "lbfgs", (-1.2, 1.0), 30, lr=1.0)
    assert searched.steps < searched.evaluations <= 30
    assert (np.diff(searched.spent) >= 1).all()


def test_noise_is_drawn_by_the_number_of_the_evaluation() -> None:
    # Without a radius SAM's second gradient is momentum's, with the noise of every second draw.
    noise = Noise(std=0.5, seed=4, all=True)
    drawn = walk("saddle", "sam", (0.0, 0.0), 4, noise=noise, lr=1e-8, rho=1e-4, momentum=0.0)
    draws = [np.array(normal_pair(np.uint64(4), np.uint64(k))) for k in (2, 4)]
    steps = np.diff(np.stack((drawn.x, drawn.y), axis=1), axis=0)
    np.testing.assert_allclose(steps, [-1e-8 * 0.5 * d for d in draws], rtol=1e-2)


def test_a_stay_is_judged_over_the_last_tenth_of_the_budget_in_evaluations() -> None:
    # Each step of Newton's method takes three: 400 evaluations are 133 steps, a tenth is 13.
    descent = walk("quadratic", "newton", (1.0, 1.0), 400, lr=1.0)
    assert (descent.status, descent.arrival, descent.steps) == (Status.CONVERGED, 1, 133)
    # The first of its steps ends with the fourth evaluation.
    assert walk("quadratic", "newton", (1.0, 1.0), 24, lr=1.0).arrival == 1
    late = walk("quadratic", "newton", (1.0, 1.0), 23, lr=1.0)
    assert (late.status, late.arrived) == (Status.EXHAUSTED, False)


def test_only_sgd_draws_noise_unless_all_do() -> None:
    noise = Noise(std=1.0, batch_size=4, seed=3)
    start = (0.7, 1.1)
    assert (
        walk("himmelblau", "gd", start, noise=noise).x == walk("himmelblau", "gd", start).x
    ).all()
    sgd = walk("himmelblau", "sgd", start, lr=0.01, noise=noise)
    shared = Noise(std=1.0, batch_size=4, seed=3, all=True)
    plain = walk("himmelblau", "momentum", start, lr=0.01, momentum=0.0, noise=shared)
    assert (sgd.x == plain.x).all(), "the same seed draws the same noise for every rule"
    assert (
        walk("himmelblau", "gd", start, noise=shared).x == walk("himmelblau", "gd", start).x
    ).all()
    assert sgd.x[1] != walk("himmelblau", "sgd", start, lr=0.01).x[1]


def test_another_seed_draws_other_noise_and_a_larger_batch_less() -> None:
    start, exact = (0.7, 1.1), walk("himmelblau", "sgd", (0.7, 1.1), steps=50, lr=0.01)
    noisy = {
        (seed, size): walk(
            "himmelblau", "sgd", start, steps=50, lr=0.01,
            noise=Noise(std=1.0, batch_size=size, seed=seed),
        )
        for seed in (1, 2)
        for size in (1, 100)
    }  # fmt: skip
    assert (noisy[1, 1].x[1:] != noisy[2, 1].x[1:]).all()
    for seed in (1, 2):
        error = [np.abs(noisy[seed, size].x[1] - exact.x[1]) for size in (1, 100)]
        assert error[0] == pytest.approx(10 * error[1], rel=1e-6)
