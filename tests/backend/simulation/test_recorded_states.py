"""Recorded states: those of the loop, and what follows from them is what the steps were made of."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.anatomies import ANATOMIES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS, init, update
from descent_atlas.optimizers.quantities import Record, Vector, find_moves
from descent_atlas.optimizers.rules import asks
from descent_atlas.optimizers.schedules.rate_factors import CONSTANT, exponential_factors
from descent_atlas.simulation.descent import Status, descend
from descent_atlas.simulation.noise import Noise
from descent_atlas.simulation.recorded_states import record_states

LOUD = Noise(std=0.5, seed=3, all=True)

STEPS = 40

SETTINGS: dict[str, list[dict[str, Any]]] = {
    "momentum": [{}, {"dampening": 0.5, "weight_decay": 0.1}],
    "nesterov": [{}, {"weight_decay": 0.1}],
    "adagrad": [{}, {"lr_decay": 0.2}],
    "rmsprop": [{}, {"momentum": 0.9}, {"centered": True, "momentum": 0.5, "weight_decay": 0.1}],
    "adam": [{}, {"amsgrad": True}, {"bias_correction": False}, {"amsgrad": True, "lr": 0.3}],
    "adamw": [{}, {"eps_inside_root": True}],
    "nadam": [{}, {"bias_correction": False}, {"weight_decay": 0.1}],
    "radam": [{}, {"beta2": 0.7}],
}
"""Hyperparameters under which the rules use different quantities."""

CASES = [(id, values) for id in OPTIMIZERS for values in SETTINGS.get(id, [{}])]
UPDATING = [case for case in CASES if not asks(OPTIMIZERS[case[0]].rule)]


def record(
    optimizer_id: str,
    values: dict[str, Any],
    *,
    objective_id: str = "himmelblau",
    noise: Noise = LOUD,
    first: int = 1,
    count: int = STEPS,
    steps: int = STEPS,
    factors: NDArray[np.float64] = CONSTANT,
) -> tuple[Record, Any]:
    """Return the record of a descent from (0.5, -1), and the packed hyperparameters."""
    objective, optimizer = OBJECTIVES[objective_id], OPTIMIZERS[optimizer_id]
    h = optimizer.pack(values)
    found = record_states(
        objective,
        objective.pack({}),
        optimizer,
        h,
        start=(0.5, -1.0),
        steps=steps,
        noise=noise,
        factors=factors,
        first=first,
        count=count,
    )
    return found, h


def read(optimizer_id: str, found: Record, h: Any) -> dict[str, Any]:
    """Return all quantities of a record by id."""
    return {one.id: one.read(found, h) for one in ANATOMIES[optimizer_id].used(h)}


@pytest.mark.parametrize("objective_id", ["himmelblau", "rastrigin"])
@pytest.mark.parametrize(("optimizer_id", "values"), CASES)
def test_recorded_positions_are_those_of_the_loop_to_the_bit(
    optimizer_id: str, values: dict[str, Any], objective_id: str
) -> None:
    found, h = record(optimizer_id, values, objective_id=objective_id)
    objective, optimizer = OBJECTIVES[objective_id], OPTIMIZERS[optimizer_id]
    descent = descend(
        objective, objective.pack({}), optimizer, h, start=(0.5, -1.0), steps=STEPS, noise=LOUD
    )
    count = len(descent.step) - 1
    assert list(found.step[:count]) == list(range(1, count + 1))
    for axis in ("x", "y"):
        path = getattr(descent, axis)
        assert (getattr(found.start, axis)[:count] == path[:-1]).all()
        assert (getattr(found.position, axis)[:count] == path[1:]).all()


@pytest.mark.parametrize(("optimizer_id", "values"), UPDATING)
def test_each_recorded_state_follows_from_the_one_before_by_the_rule_itself(
    optimizer_id: str, values: dict[str, Any]
) -> None:
    found, h = record(optimizer_id, values)
    objective = OBJECTIVES["himmelblau"]
    state = init(h)
    assert flat(at(found.before, 0)) == flat(state)
    for k in range(len(found.step)):
        x, y = float(found.seen_at.x[k]), float(found.seen_at.y[k])
        f = float(objective.evaluate(x, y, objective.pack({}))[0])  # the global minimum's is 0
        before = restore(state, at(found.before, k))
        gradient = found.gradient
        x, y, state = update(x, y, float(gradient.x[k]), float(gradient.y[k]), f, before, h)
        # Plain Python's powers and exponentials may differ in their last bit.
        assert flat(at(found.after, k)) == pytest.approx(flat(state), rel=1e-12, abs=1e-300)


def at(state: Any, k: int) -> Any:
    """Return a state's numbers in one step."""
    if isinstance(state, tuple):
        parts = [at(part, k) for part in state]
        return type(state)(*parts) if hasattr(state, "_fields") else tuple(parts)
    return float(state[k])


def restore(template: Any, state: Any) -> Any:
    """Return a state with whole numbers where the template has them."""
    if not isinstance(template, tuple):
        return type(template)(state)
    parts = [restore(one, other) for one, other in zip(template, state, strict=True)]
    return type(template)(*parts) if hasattr(template, "_fields") else tuple(parts)


def flat(state: Any) -> list[float]:
    """Return all numbers of a state."""
    return [n for part in state for n in flat(part)] if isinstance(state, tuple) else [float(state)]


def test_the_gradient_is_the_one_seen_with_its_noise() -> None:
    quiet, _ = record("gd", {}, noise=LOUD)
    loud, _ = record("sgd", {}, noise=LOUD)
    objective = OBJECTIVES["himmelblau"]
    _, fx, fy = objective.evaluate(quiet.seen_at.x, quiet.seen_at.y, objective.pack({}))
    assert (quiet.gradient.x == fx).all() and (quiet.gradient.y == fy).all()
    _, fx, fy = objective.evaluate(loud.seen_at.x, loud.seen_at.y, objective.pack({}))
    apart = np.hypot(loud.gradient.x - fx, loud.gradient.y - fy)
    assert 0.3 < apart.mean() < 1.0  # the mean length of such a pair is 0.63


Numbers = NDArray[np.float64]
Formula = Callable[[Any, dict[str, Numbers], Any], Any]


def divided(q: dict[str, Numbers], h: Any, direction: Numbers) -> Any:
    """Return a direction divided by Adam's root."""
    v = q.get("v_hat", q.get("v_max", q["v"]))
    inside = getattr(h, "eps_inside_root", False)
    return direction / (np.sqrt(v + h.eps) if inside else np.sqrt(v) + h.eps)


def adam(theta: Numbers, q: dict[str, Numbers], h: Any) -> Any:
    return theta - q["rate"] * divided(q, h, q.get("m_hat", q["m"]))


def adamw(theta: Numbers, q: dict[str, Numbers], h: Any) -> Any:
    direction = divided(q, h, q["m_hat"])
    return theta * (1.0 - q["lr"] * h.weight_decay) - q["rate"] * direction


def nadam(theta: Numbers, q: dict[str, Numbers], h: Any) -> Any:
    return theta - q["rate"] * q["m_hat"] / divided_by(q, h)


def divided_by(q: dict[str, Numbers], h: Any) -> Numbers:
    root: Numbers = np.sqrt(q["v_hat"] if "v_hat" in q else q["v"]) + h.eps
    return root


def radam(theta: Numbers, q: dict[str, Numbers], h: Any) -> Any:
    powers = np.array([h.beta2 ** float(t) for t in range(1, STEPS + 1)])
    scale = q["r"] * np.sqrt(1.0 - powers) / (np.sqrt(q["v"]) + h.eps)
    return theta - q["rate"] * q["m_hat"] * np.where(np.isnan(q["r"]), 1.0, scale)


def nesterov(theta: Numbers, q: dict[str, Numbers], h: Any) -> Any:
    g = q["g"] + h.weight_decay * theta
    return theta - q["rate"] * (g + h.momentum * q["v"])


def rmsprop(theta: Numbers, q: dict[str, Numbers], h: Any) -> Any:
    if "b" in q:
        return theta - q["rate"] * q["b"]
    return theta - q["rate"] * (q["g"] / (np.sqrt(q["v"]) + h.eps))


STEP_FORMULAS: dict[str, Formula] = {
    "gd": lambda theta, q, h: theta - q["rate"] * q["g"],
    "sgd": lambda theta, q, h: theta - q["rate"] * q["g"],
    "momentum": lambda theta, q, h: theta - q["rate"] * q["v"],
    "nesterov": nesterov,
    "adagrad": lambda theta, q, h: theta - q["rate"] * q["g"] / (np.sqrt(q["G"]) + h.eps),
    "rmsprop": rmsprop,
    "adam": adam,
    "adamw": adamw,
    "adamax": lambda theta, q, h: theta - q["rate"] * q["m_hat"] / q["u"],
    "nadam": nadam,
    "radam": radam,
    "adabelief": lambda theta, q, h: theta - q["rate"] * q["m_hat"] / (np.sqrt(q["s_hat"]) + h.eps),
    "lion": lambda theta, q, h: theta - q["rate"] * (np.sign(q["c"]) + h.weight_decay * theta),
    "eve": adam,
    "yellowfin": lambda theta, q, h: theta + q["v"],
    "asgd": lambda theta, q, h: np.where(
        q["mu"] == 1.0, q["iterate"], theta + q["mu"] * (q["iterate"] - theta)
    ),
    "schedule-free-sgd": lambda theta, q, h: theta + q["c"] * (q["z"] - theta),
    "schedule-free-adamw": lambda theta, q, h: theta + q["c"] * (q["z"] - theta),
    "sam": lambda theta, q, h: theta - q["rate"] * q["v"],
    "lbfgs": lambda theta, q, h: theta + q["rate"] * q["d"],
    "newton": lambda theta, q, h: theta + q["rate"] * q["d"],
}
"""The last line of each rule, from the quantities that are told of it."""


@pytest.mark.parametrize(
    ("optimizer_id", "values"), [case for case in CASES if case[0] in STEP_FORMULAS]
)
@pytest.mark.parametrize("gamma", [None, 0.9])
def test_the_step_follows_from_the_quantities_to_the_bit(
    optimizer_id: str, values: dict[str, Any], gamma: float | None
) -> None:
    factors = CONSTANT if gamma is None else exponential_factors(STEPS, 1.0, gamma=gamma)
    if not OPTIMIZERS[optimizer_id].takes_schedule:
        factors = CONSTANT
    found, h = record(optimizer_id, values, factors=factors)
    quantities = read(optimizer_id, found, h)
    for axis in ("x", "y"):
        own = {"lr": found.lr, "seen": getattr(found.seen_at, axis)} | {
            id: getattr(value, axis) if isinstance(value, Vector) else value
            for id, value in quantities.items()
        }
        step = STEP_FORMULAS[optimizer_id](getattr(found.start, axis), own, h)
        assert (step == getattr(found.position, axis)).all()


def test_a_scheduled_rate_takes_the_recorded_descent_where_the_loop_goes() -> None:
    factors = exponential_factors(STEPS, 1.0, gamma=0.9)
    found, h = record("adam", {"lr": 0.3}, factors=factors)
    objective, adam = OBJECTIVES["himmelblau"], OPTIMIZERS["adam"]
    descent = descend(
        objective,
        objective.pack({}),
        adam,
        h,
        start=(0.5, -1.0),
        steps=STEPS,
        noise=LOUD,
        factors=factors,
    )
    assert (found.position.x == descent.x[1:]).all()
    assert (found.lr == 0.3 * factors).all()


def test_what_an_averaging_rule_saw_lies_between_its_points() -> None:
    found, h = record("schedule-free-sgd", {"lr": 0.01})
    q = read("schedule-free-sgd", found, h)
    z = np.concatenate(([found.start.x[0]], q["z"].x[:-1]))
    assert (found.seen_at.x == found.start.x + (1.0 - h.momentum) * (z - found.start.x)).all()
    assert (q["y"].x == found.seen_at.x).all()
    gradient, step = find_moves(ANATOMIES["schedule-free-sgd"], found, h)
    assert (gradient.at, step.at, step.text) == (found.seen_at, found.start, "Δx")


def test_sam_s_gradient_is_seen_up_the_slope() -> None:
    found, h = record("sam", {"lr": 0.001}, noise=Noise())
    q = read("sam", found, h)
    uphill = q["epsilon"].x * q["g_here"].x + q["epsilon"].y * q["g_here"].y
    assert (uphill > 0).all()
    np.testing.assert_allclose(np.hypot(*q["epsilon"]), h.rho, rtol=1e-9)
    assert len(found.step) == STEPS // 2


def test_yellowfin_s_velocity_follows_from_its_momentum_and_its_rate_to_the_bit() -> None:
    found, h = record("yellowfin", {})
    q = read("yellowfin", found, h)
    v = q["mu"] * found.before.vx - q["rate"] * found.gradient.x
    assert (v == found.after.vx).all()


def test_each_optimizer_has_an_anatomy_whose_names_are_unique() -> None:
    assert list(ANATOMIES) == [id for id in OPTIMIZERS if id in ANATOMIES]
    assert set(ANATOMIES) == set(OPTIMIZERS)
    for id, optimizer in OPTIMIZERS.items():
        ids = [one.id for one in ANATOMIES[id].used(optimizer.pack({}))]
        assert len(ids) == len(set(ids))


def test_moves_are_what_gradient_descent_would_step_and_the_step_itself() -> None:
    found, h = record("adam", {"lr": 0.1})
    gradient, velocity, step = find_moves(ANATOMIES["adam"], found, h)
    assert [one.text for one in (gradient, velocity, step)] == ["−η g", "−η m̂", "Δθ"]
    assert (gradient.by.x == -0.1 * found.gradient.x).all()
    assert (step.by.y == found.position.y - found.seen_at.y).all()
    found, h = record("momentum", {})
    _, velocity, step = find_moves(ANATOMIES["momentum"], found, h)
    assert velocity.by.x == pytest.approx(step.by.x, abs=1e-15)
    found, h = record("gd", {})
    assert [one.kind for one in find_moves(ANATOMIES["gd"], found, h)] == ["gradient", "step"]


def test_a_part_of_a_record_is_the_same_as_in_the_whole() -> None:
    whole, h = record("adam", {})
    part, _ = record("adam", {}, first=11, count=5)
    assert list(part.step) == [11, 12, 13, 14, 15]
    for id, value in read("adam", part, h).items():
        expected = read("adam", whole, h)[id]
        for one, other in zip(np.atleast_2d(value), np.atleast_2d(expected), strict=True):
            assert (one == other[10:15]).all()


def test_no_step_is_recorded_beyond_the_budget_or_the_divergence() -> None:
    found, _ = record("adam", {}, first=31, count=100)
    assert found.step[-1] == STEPS
    found, _ = record("adam", {}, first=STEPS + 1, count=5)
    assert len(found.step) == len(found.after.x.m) == 0
    objective, gd = OBJECTIVES["himmelblau"], OPTIMIZERS["gd"]
    h = gd.pack({"lr": 1.0})
    descent = descend(
        objective, objective.pack({}), gd, h, start=(0.5, -1.0), steps=STEPS, noise=Noise()
    )
    assert descent.status is Status.DIVERGED
    found, _ = record("gd", {"lr": 1.0})
    assert found.step[-1] == descent.steps
    found, _ = record("gd", {"lr": 1.0}, first=descent.steps + 1)
    assert len(found.step) == 0
