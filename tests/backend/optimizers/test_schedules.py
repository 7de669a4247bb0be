"""Schedules: their rates beside PyTorch's, whole descents beside PyTorch's, their parameters."""

import inspect
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch

from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS, init, scale_rate, update
from descent_atlas.optimizers.rules.rate_scaling import RATE
from descent_atlas.optimizers.schedules.schedule_parameters import MAX_COUNT
from descent_atlas.optimizers.schedules.schedule_table import SCHEDULES
from descent_atlas.simulation.descent import descend
from descent_atlas.simulation.noise import Noise
from descent_atlas.web.settings import MAX_STEPS
from tests.backend.optimizers.torch_optimizers import TORCH_IDS, make_torch_optimizer
from tests.backend.optimizers.torch_schedulers import (
    CASES,
    TORCH_SCHEDULES,
    list_torch_rates,
    make_scheduler,
)

SILENT = Noise()


@pytest.mark.parametrize("steps", [1, 2, 3, 100, 1000])
@pytest.mark.parametrize(("id", "values"), CASES)
def test_every_rate_is_pytorchs(id: str, values: dict[str, Any], steps: int) -> None:
    schedule, lr = SCHEDULES[id], 0.3
    factors = schedule.find_factors(values, steps=steps, lr=lr)
    assert factors.shape == (steps,)
    rates = list_torch_rates(schedule, values, steps=steps, lr=lr)
    # Near its end a cosine is a difference of ones: its rounding is one of the whole rate.
    np.testing.assert_allclose(lr * factors, rates, rtol=1e-12, atol=1e-12 * max(lr, rates.max()))


def test_every_schedule_of_pytorch_is_compared_at_more_than_its_defaults() -> None:
    assert {id for id, values in CASES if values} == {schedule.id for schedule in TORCH_SCHEDULES}
    assert set(SCHEDULES) - {schedule.id for schedule in TORCH_SCHEDULES} == {"constant"}


def test_a_phase_of_one_cycle_without_length_is_refused_as_pytorch_divides_by_it() -> None:
    cycle = SCHEDULES["onecycle"]
    for values, steps in (
        ({"pct_start": 0.25}, 4),
        ({"pct_start": 0.25, "three_phase": True}, 4),
        ({"pct_start": 0.625, "three_phase": True}, 4),
    ):
        with pytest.raises(ZeroDivisionError):
            list_torch_rates(cycle, values, steps=steps, lr=0.1)
        with pytest.raises(ValueError, match="pct_start × steps must not be 1"):
            cycle.find_factors(values, steps=steps, lr=0.1)


def test_a_constant_rate_has_no_factors() -> None:
    assert SCHEDULES["constant"].find_factors({}, steps=10, lr=0.1).shape == (0,)


# --- With the rules ---


@pytest.mark.parametrize("id", OPTIMIZERS)
def test_a_rule_at_another_rate_has_its_other_hyperparameters(id: str) -> None:
    optimizer = OPTIMIZERS[id]
    assert optimizer.rule._fields[0] == RATE
    h = optimizer.pack({"lr": 0.3})
    scaled = scale_rate(h, 0.5)
    assert scaled == optimizer.pack({"lr": 0.15})
    # What compiled code makes of it takes the same step as the plain rule.
    factors = np.array([0.5])
    bowl = OBJECTIVES["two-gaussian-bowl"]
    descent = descend(
        bowl, bowl.pack({}), optimizer, h, start=(0.6, 1.4), steps=1, noise=SILENT, factors=factors
    )
    half = descend(bowl, bowl.pack({}), optimizer, scaled, start=(0.6, 1.4), steps=1, noise=SILENT)
    assert (descent.x == half.x).all() and (descent.y == half.y).all()


def test_momentum_moves_its_whole_velocity_at_the_new_rate() -> None:
    momentum = OPTIMIZERS["momentum"]
    h = momentum.pack({"lr": 0.1, "momentum": 0.9})
    state, x, y = init(h), 0.0, 0.0
    for factor in (1.0, 0.1):
        x, y, state = update(x, y, 1.0, 1.0, 0.0, state, scale_rate(h, factor))
    assert (x, y) == pytest.approx((-0.119, -0.119), rel=1e-15)


@pytest.fixture
def float64_torch() -> Iterator[None]:
    """Let float64 be PyTorch's default type, in which NAdam keeps its product of momenta."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


STEPS = 300


@pytest.mark.usefixtures("float64_torch")
@pytest.mark.parametrize("id", TORCH_IDS)
def test_every_step_of_a_scheduled_descent_is_pytorchs(id: str) -> None:
    quadratic, optimizer = OBJECTIVES["quadratic"], OPTIMIZERS[id]
    h = optimizer.pack({})
    for schedule in TORCH_SCHEDULES:
        factors = schedule.find_factors({}, steps=STEPS, lr=h.lr)
        ours = descend(
            quadratic, quadratic.pack({}), optimizer, h,
            start=(1.0, 0.7), steps=STEPS, noise=SILENT, factors=factors,
        )  # fmt: skip
        position = torch.tensor([1.0, 0.7], requires_grad=True)
        theirs = make_torch_optimizer(id, h, position)
        scheduler = make_scheduler(schedule, {}, theirs, steps=STEPS, lr=h.lr)
        for k in range(STEPS):
            # Both begin each step at one point, so that no rule enlarges the rounding of others.
            x, y = float(ours.x[k]), float(ours.y[k])
            position.data.copy_(torch.tensor([x, y]))
            _, fx, fy = quadratic.evaluate(x, y, quadratic.pack({}))
            position.grad = torch.tensor([float(fx), float(fy)])
            theirs.step()
            scheduler.step()
            assert (ours.x[k + 1], ours.y[k + 1]) == pytest.approx(
                tuple(position.tolist()), rel=1e-12, abs=1e-12
            ), (schedule.id, k)


# --- Parameters ---


def test_a_default_that_pytorch_has_not_is_a_share_of_the_budget() -> None:
    found = {
        (schedule.id, parameter.id): parameter.find_default(10)
        for schedule in SCHEDULES.values()
        for parameter in schedule.parameters
        if parameter.shares
    }
    assert found == {
        ("step", "step_size"): 3,
        ("multistep", "milestones"): (5, 8),
        ("cosine", "T_max"): 10,
        ("restarts", "T_0"): 3,
    }


@pytest.mark.parametrize("schedule", TORCH_SCHEDULES, ids=lambda schedule: schedule.id)
def test_names_and_defaults_are_pytorchs(schedule: Any) -> None:
    kind = getattr(torch.optim.lr_scheduler, schedule.torch.rpartition(".")[2])
    theirs = inspect.signature(kind).parameters
    for parameter in schedule.parameters:
        default = theirs[parameter.id].default
        if default is inspect.Parameter.empty:
            # PyTorch leaves `gamma` of ExponentialLR to its user as well.
            assert parameter.shares or parameter.id == "gamma"
        else:
            assert parameter.default == default


@pytest.mark.parametrize("schedule", TORCH_SCHEDULES, ids=lambda schedule: schedule.id)
def test_pytorch_accepts_every_value_that_a_request_may_have(schedule: Any) -> None:
    for end in ("minimum", "maximum"):
        values = {
            parameter.id: (getattr(parameter, end),) * 2
            if parameter.kind == "counts"
            else getattr(parameter, end)
            for parameter in schedule.parameters
            if parameter.kind in ("number", "count", "counts")
        }
        rates = list_torch_rates(schedule, values, steps=7, lr=0.1)
        factors = schedule.find_factors(values, steps=7, lr=0.1)
        np.testing.assert_allclose(0.1 * factors, rates, rtol=1e-9, atol=1e-12 * rates.max())


def test_a_bad_parameter_is_refused_with_its_name_and_limits() -> None:
    for id, values, message in (
        ("step", {"gamma": 1.5}, "gamma must be between 0 and 1, not 1.5"),
        ("step", {"step_size": 0}, "step_size must be between 1 and 100000, not 0"),
        ("step", {"step_size": 1.5}, "step_size must be a whole number, not 1.5"),
        ("multistep", {"milestones": ()}, "milestones must be 1 to 20 whole numbers"),
        ("onecycle", {"anneal_strategy": "sine"}, "anneal_strategy must be cos or linear"),
        ("onecycle", {"three_phase": 1}, "three_phase must be true or false, not 1"),
        ("cosine", {"eta_min": math.nan}, "eta_min must be between 0 and 1, not nan"),
        ("cosine", {"gamma": 0.1}, "gamma is none of cosine's: T_max, eta_min"),
    ):
        with pytest.raises(ValueError, match=message):
            SCHEDULES[id].pack(values, 100)


def test_a_schedule_may_name_as_many_steps_as_a_descent_may_take() -> None:
    assert MAX_COUNT == MAX_STEPS
