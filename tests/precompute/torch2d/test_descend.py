"""`descend`: known answers, the playground's own rules, what a step costs, refusals."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from descent_atlas.export.torch_optimizers import find_torch_arguments
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.descent import Status
from descent_atlas.simulation.descent import descend as run_rule
from descent_atlas.simulation.noise import Noise
from descent_atlas.torch2d import DescendError, descend
from descent_atlas.torch2d.gradient_oracle import GradientOracle
from descent_atlas.torch2d.plane_functions import open_objective
from tests.precompute.torch2d.own_optimizers import Langevin, SharpnessAware, SignDescent


def bowl(x: Tensor, y: Tensor) -> Tensor:
    return x**2 + 4 * y**2


@pytest.mark.parametrize("id", OBJECTIVES)
def test_autograd_agrees_with_the_compiled_objective(id: str) -> None:
    objective = OBJECTIVES[id]
    function = open_objective(id, None)
    drawn = np.random.default_rng(1).uniform(size=(30, 2))
    low, high = np.array([objective.domain.x, objective.domain.y]).T
    for x, y in (low + (high - low) * drawn).tolist():
        point = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
        loss, gradient = GradientOracle(function.call, point, create_graph=False).measure()
        exact = [float(part) for part in objective.evaluate(x, y, function.parameters)]
        np.testing.assert_allclose([loss, *gradient], exact, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("id", ["adam", "gd", "momentum", "rmsprop"])
def test_an_optimizer_of_pytorch_takes_the_steps_of_the_playgrounds_rule(id: str) -> None:
    optimizer, objective = OPTIMIZERS[id], OBJECTIVES["rosenbrock"]
    h = optimizer.pack({"lr": 1e-3})
    arguments = find_torch_arguments(optimizer, h)
    assert arguments is not None and optimizer.torch is not None
    build = getattr(torch.optim, optimizer.torch.rpartition(".")[2])
    start = (-1.2, 1.0)
    rule = run_rule(
        objective, objective.pack({}), optimizer, h, start=start, steps=300, noise=Noise()
    )
    (ours,) = descend("rosenbrock", build, start=start, steps=300, **arguments)
    np.testing.assert_allclose(ours.x, rule.x, atol=1e-9)
    np.testing.assert_allclose(ours.y, rule.y, atol=1e-9)
    np.testing.assert_allclose(ours.loss, rule.loss, atol=1e-9)
    assert (ours.status, ours.minimum, ours.arrived, ours.arrival, ours.visit) == (
        rule.status,
        rule.minimum,
        rule.arrived,
        rule.arrival,
        rule.visit,
    )


def test_gradient_descent_on_a_bowl_takes_the_steps_of_algebra() -> None:
    (one,) = descend(bowl, torch.optim.SGD, lr=0.1, start=(1, -2), steps=20)
    k = np.arange(21)
    np.testing.assert_allclose(one.x, 0.8**k, rtol=1e-13)
    np.testing.assert_allclose(one.y, -2 * 0.2**k, rtol=1e-13)
    assert one.gradients.tolist() == k.tolist()


def test_on_a_built_in_objective_a_descent_is_judged_as_the_playgrounds() -> None:
    found = descend("quadratic", torch.optim.SGD, lr=0.05, start=(1, 1), steps=2000)
    (one,) = found
    assert (one.status, one.minimum, one.arrived) == (Status.CONVERGED, 0, True)
    assert (found.minima[0].x, found.minima[0].y) == (0.0, 0.0)


def test_where_minima_are_not_known_arrival_is_not_told() -> None:
    (rested,) = descend(bowl, torch.optim.SGD, lr=0.1, start=(1, 1), steps=300)
    (moving,) = descend(bowl, torch.optim.SGD, lr=0.1, start=(1, 1), steps=3)
    assert rested.status is Status.STATIONARY
    assert moving.status is Status.EXHAUSTED
    told = (rested.minimum, rested.arrived, rested.arrival, rested.visit)
    assert told == (None, None, None, None)


@pytest.mark.parametrize("function", ["quadratic", bowl])
def test_divergence_is_a_result(function: Any) -> None:
    (one,) = descend(function, torch.optim.SGD, lr=1.0, start=(1, 1), steps=1000)
    assert one.status is Status.DIVERGED
    assert one.steps < 1000
    assert one.step[-1] == one.steps
    assert max(abs(one.x[-1]), abs(one.y[-1])) > 1e6
    assert np.isfinite([one.x, one.y, one.loss]).all()
    assert len(one.gradients) == len(one.step)


def test_a_path_ends_with_its_last_finite_point() -> None:
    def pit(x: Tensor, y: Tensor) -> Tensor:
        return torch.log(x) + y**2

    (one,) = descend(pit, torch.optim.SGD, lr=1.0, start=(0.5, 1), steps=9)
    assert (one.status, one.steps, one.step.tolist()) == (Status.DIVERGED, 1, [0])
    assert one.loss.tolist() == [1 + math.log(0.5)]


@pytest.mark.parametrize(
    ("build", "settings", "cost"),
    [
        (torch.optim.Adam, {"lr": 0.01}, 1),
        (SignDescent, {"lr": 0.01}, 1),
        (SharpnessAware, {"lr": 0.01, "rho": 0.05}, 2),
        (torch.optim.LBFGS, {"lr": 0.1, "max_iter": 3}, 3),
    ],
)
def test_a_steps_gradients_are_counted(build: Any, settings: dict[str, Any], cost: int) -> None:
    (one,) = descend("rosenbrock", build, start=(-1.2, 1), steps=4, **settings)
    assert one.gradients.tolist() == [0, cost, 2 * cost, 3 * cost, 4 * cost]


def test_sharpness_aware_steps_use_the_gradient_uphill() -> None:
    (one,) = descend(bowl, SharpnessAware, lr=0.1, rho=0.5, start=(1, 0), steps=1)
    assert one.x.tolist() == pytest.approx([1, 1 - 0.1 * 2 * 1.5])


def test_gradients_can_be_differentiated_again() -> None:
    class Newton(torch.optim.Optimizer):
        def __init__(self, params: Any) -> None:
            super().__init__(params, {})

        def step(self) -> None:  # type: ignore[override]
            (point,) = self.param_groups[0]["params"]
            rows = [torch.autograd.grad(g, point, retain_graph=True)[0] for g in point.grad]
            with torch.no_grad():
                point -= torch.linalg.solve(torch.stack(rows), point.grad)

    (one,) = descend(bowl, Newton, start=(3, -2), steps=1, create_graph=True)
    assert (one.x[-1], one.y[-1]) == pytest.approx((0, 0), abs=1e-15)


def test_a_schedule_multiplies_the_learning_rate() -> None:
    (one,) = descend(
        bowl,
        torch.optim.SGD,
        lr=0.1,
        start=(1, 0),
        steps=2,
        schedule=lambda optimizer: torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5),
    )
    assert one.x.tolist() == pytest.approx([1, 0.8, 0.8 * 0.9])
    assert one.schedule == "ExponentialLR"
    assert one.settings["lr"] == 0.1


def test_a_rate_that_a_scheduler_took_to_zero_is_no_rest() -> None:
    def pit(x: Tensor, y: Tensor) -> Tensor:
        return -torch.exp(-(x**2) - y**2)

    def halve(optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.LRScheduler:
        return torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)

    def stop(optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.LRScheduler:
        return torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.0)

    for schedule in (halve, stop):
        (held,) = descend(pit, SignDescent, lr=0.1, start=(6, 5), steps=40, schedule=schedule)
        assert math.hypot(held.x[-1] - held.x[-2], held.y[-1] - held.y[-2]) <= 1e-8
        assert held.status is Status.EXHAUSTED
    # On the plateau gradient descent stands still at any rate.
    (rested,) = descend(pit, torch.optim.SGD, lr=0.1, start=(6, 5), steps=40, schedule=halve)
    assert rested.status is Status.STATIONARY


def test_a_plateau_schedule_sees_the_loss() -> None:
    def build(optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.LRScheduler:
        return torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, threshold=1.0)

    (one,) = descend(bowl, torch.optim.SGD, lr=0.1, start=(1, 0), steps=4, schedule=build)
    assert one.x[-2] - one.x[-1] < 0.01 * one.x[-2]


def test_the_seed_decides_the_noise_and_leaves_the_generator_alone() -> None:
    before = torch.random.get_rng_state()
    starts = [(1, 1), (1, 1)]
    first = descend(bowl, Langevin, lr=0.1, starts=starts, steps=5, seed=3)
    other = descend(bowl, Langevin, lr=0.1, start=(1, 1), steps=5, seed=4)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert first[0].x.tolist() == first[1].x.tolist() != other[0].x.tolist()


def test_a_function_may_build_the_optimizer() -> None:
    def build(parameters: Any) -> torch.optim.Optimizer:
        return torch.optim.SGD([{"params": parameters, "lr": 0.1}], lr=1.0)

    (one,) = descend(bowl, build, start=(1, 0), steps=1)
    assert (one.label, one.x[-1]) == ("SGD", pytest.approx(0.8))


def test_a_function_that_branches_is_tabulated_point_by_point() -> None:
    def branching(x: Tensor, y: Tensor) -> Tensor:
        return x**2 + y**2 if x > 0 else y**2 - x

    domain = ((-1.0, 1.0), (0.0, 1.0))
    grid = descend(branching, SignDescent, lr=0.1, start=(1, 1), steps=1, domain=domain).grid
    x, y = np.meshgrid(grid.x, grid.y)
    np.testing.assert_array_equal(grid.values, np.where(x > 0, x**2 + y**2, y**2 - x))


def noisy(x: Tensor, y: Tensor) -> Tensor:
    return x**2 + y**2 + torch.randn((), dtype=torch.float64)


def refuse(text: str, function: Any, optimizer: Any, **settings: Any) -> tuple[str, Any, Any, Any]:
    return text, function, optimizer, settings


@pytest.mark.parametrize(
    ("text", "function", "optimizer", "settings"),
    [
        refuse("there is no objective 'parabola'", "parabola", SignDescent, lr=1),
        refuse("function must be an objective's id", 3, SignDescent, lr=1),
        refuse("b of rosenbrock must be from 1 to 200", "rosenbrock", SignDescent, lr=1,
               parameters={"b": 500.0}),
        refuse("yours has none", bowl, SignDescent, lr=1, start=(1, 1), parameters={"b": 5.0}),
        refuse("name is for a function of your own", "beale", SignDescent, lr=1, name="Beale"),
        refuse("domain: each axis", bowl, SignDescent, lr=1, start=(1, 1),
               domain=((1.0, 0.0), (0.0, 1.0))),
        refuse("start is missing", bowl, SignDescent, lr=1),
        refuse("give start or starts", bowl, SignDescent, lr=1, start=(1, 1), starts=[(1, 1)]),
        refuse("starts must be 1 to 16 points, not 17", bowl, SignDescent, lr=1,
               starts=[(1, 1)] * 17),
        refuse("a start must be a pair of numbers", bowl, SignDescent, lr=1, start=(1, 1, 1)),
        refuse("within 10,000 of 0", bowl, SignDescent, lr=1, start=(1, math.nan)),
        refuse("steps must be a whole number from 1 to 100,000", bowl, SignDescent, lr=1,
               start=(1, 1), steps=0),
        refuse("seed must be a whole number", bowl, SignDescent, lr=1, start=(1, 1), seed=-1),
        refuse("label must be 1 to 60", bowl, SignDescent, lr=1, start=(1, 1), label=""),
        refuse("must return a tensor, not float", lambda x, y: float(x), SignDescent, lr=1,
               start=(1, 1)),
        refuse("not float32 of shape ()", lambda x, y: (x * y).float(), SignDescent, lr=1,
               start=(1, 1)),
        refuse("of shape (1,)", lambda x, y: (x * y)[None], SignDescent, lr=1, start=(1, 1)),
        refuse("does not depend on x and y", lambda x, y: torch.ones_like(x), SignDescent, lr=1,
               start=(1, 1)),
        refuse("the function failed at (1, 1): ZeroDivisionError", lambda x, y: x / (1 // 0),
               SignDescent, lr=1, start=(1, 1)),
        refuse("the function is -inf at the start (0, 1)", lambda x, y: torch.log(x) + y,
               SignDescent, lr=1, start=(0, 1)),
        refuse("the same at each call", noisy, SignDescent, lr=1, start=(1, 1)),
        refuse("Muon cannot be built for one tensor of shape (2,)", bowl, torch.optim.Muon,
               start=(1, 1)),
        refuse("SignDescent cannot be built", bowl, SignDescent, start=(1, 1)),
        refuse("must be a torch.optim.Optimizer", bowl, lambda parameters: parameters,
               start=(1, 1)),
        refuse("must hold the one parameter", bowl,
               lambda parameters: torch.optim.SGD([torch.ones(2, requires_grad=True)]),
               start=(1, 1)),
        refuse("schedule must make a scheduler", bowl, SignDescent, lr=1, start=(1, 1),
               schedule=lambda optimizer: optimizer),
        refuse("SharpnessAware failed in step 1", bowl, SharpnessAware, lr=1, rho="far",
               start=(1, 1)),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(
    text: str, function: Any, optimizer: Callable[..., Any], settings: dict[str, Any]
) -> None:
    with pytest.raises(DescendError) as caught:
        descend(function, optimizer, **settings)
    assert text in str(caught.value)
