"""Stability limits, on both sides of which PyTorch's own optimizers run on quadratics."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from descent_atlas.analysis.stability_limits import (
    LimitedValue,
    find_limit,
    find_scaling_matrix,
)

LR = 0.01

LIMITS: list[tuple[str, dict[str, Any], LimitedValue, float]] = [
    ("SGD", {}, "sharpness", 200),
    ("SGD", {"dampening": 0.5}, "sharpness", 200),  # ignored without momentum
    ("SGD", {"momentum": 0.9}, "sharpness", 380),
    ("SGD", {"momentum": 0.5}, "sharpness", 300),
    ("SGD", {"momentum": 0.9, "dampening": 0.9}, "sharpness", 3800),
    ("SGD", {"momentum": 0.9, "nesterov": True}, "sharpness", 3.8 / 0.028),
    ("SGD", {"momentum": 0.3, "nesterov": True}, "sharpness", 2.6 / 0.016),
    ("Adam", {}, "preconditioned", 3800),
    ("AdamW", {"betas": (0.5, 0.999), "weight_decay": 0.0}, "preconditioned", 600),
    ("RMSprop", {}, "preconditioned", 200),
    ("RMSprop", {"momentum": 0.9}, "preconditioned", 380),
]

FROZEN = 1 - 1e-9
"""A decay with which the running statistic stays where it is put."""


@pytest.mark.parametrize(("optimizer", "hyperparameters", "of", "value"), LIMITS)
def test_limits_are_those_of_the_table(
    optimizer: str, hyperparameters: dict[str, Any], of: LimitedValue, value: float
) -> None:
    found = find_limit(optimizer, {"lr": LR, **hyperparameters})
    assert found is not None
    assert found.value == pytest.approx(value)
    assert found.of == of


def grow(optimizer: str, hyperparameters: dict[str, Any], curvature: float) -> float:
    """Return by how much PyTorch's optimizer multiplies |θ| in 200 steps on ½λθ².

    An adaptive optimizer keeps the scaling P ≈ 1, as after very many steps.
    """
    theta = torch.nn.Parameter(torch.tensor([1e-30], dtype=torch.float64))
    frozen = dict(hyperparameters)
    if optimizer in ("Adam", "AdamW"):
        frozen["betas"] = (frozen.get("betas", (0.9, 0.999))[0], FROZEN)
    elif optimizer == "RMSprop":
        frozen["alpha"] = FROZEN
    made = getattr(torch.optim, optimizer)([theta], lr=LR, **frozen)
    theta.grad = torch.zeros_like(theta)
    made.step()  # PyTorch makes the state
    for name, statistic in made.state[theta].items():
        if name in ("exp_avg_sq", "square_avg"):
            statistic.fill_(1.0)
        if name == "step":
            statistic.fill_(1e15)
    reached = 0.0
    for step in range(200):
        theta.grad = curvature * theta.detach()
        made.step()
        if step >= 190:
            reached = max(reached, abs(theta.item()))
    return reached / 1e-30


@pytest.mark.parametrize(("optimizer", "hyperparameters", "of", "value"), LIMITS)
def test_steps_grow_above_the_limit_and_shrink_below(
    optimizer: str, hyperparameters: dict[str, Any], of: LimitedValue, value: float
) -> None:
    assert grow(optimizer, hyperparameters, 0.99 * value) < 0.1
    assert grow(optimizer, hyperparameters, 1.01 * value) > 10


@pytest.mark.parametrize(
    ("optimizer", "hyperparameters"),
    [
        ("Adam", {"lr": 0.01}),
        ("Adam", {"lr": 0.2, "betas": (0.5, 0.9), "eps": 0.1}),
        ("RMSprop", {"lr": 0.01}),
        ("RMSprop", {"lr": 0.3, "alpha": 0.9, "eps": 0.1}),
    ],
)
@pytest.mark.parametrize("steps", [1, 2, 7])
def test_a_step_is_the_rate_times_the_momentum_divided_by_the_scaling(
    optimizer: str, hyperparameters: dict[str, Any], steps: int
) -> None:
    generator = torch.Generator().manual_seed(0)
    theta = torch.nn.Parameter(torch.zeros(5, dtype=torch.float64))
    made = getattr(torch.optim, optimizer)([theta], **hyperparameters)
    before = theta.detach().clone()
    for _ in range(steps):
        before = theta.detach().clone()
        theta.grad = torch.randn(5, generator=generator, dtype=torch.float64)
        made.step()
    state = made.state[theta]
    assert theta.grad is not None
    name = "exp_avg_sq" if optimizer == "Adam" else "square_avg"
    v = state[name].float().numpy()
    scaling = find_scaling_matrix(optimizer, hyperparameters, v, steps)
    assert scaling is not None
    direction = state["exp_avg"] if optimizer == "Adam" else theta.grad
    expected = -hyperparameters["lr"] * direction.numpy() / scaling
    np.testing.assert_allclose((theta.detach() - before).numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("optimizer", "hyperparameters"),
    [
        ("SGD", {"weight_decay": 0.1}),
        ("SGD", {"lr": 0.0}),
        ("SGD", {"momentum": 1.0}),
        ("SGD", {"momentum": 0.9, "dampening": 1.0}),
        ("SGD", {"maximize": True}),
        ("Adam", {"amsgrad": True}),
        ("AdamW", {}),  # decays weights by default
        ("RMSprop", {"centered": True}),
        ("NAdam", {}),
        ("Adagrad", {}),
        ("LBFGS", {}),
    ],
)
def test_no_limit_is_given_where_none_is_known(
    optimizer: str, hyperparameters: dict[str, Any]
) -> None:
    given = {"lr": LR, **hyperparameters}
    assert find_limit(optimizer, given) is None
    assert find_scaling_matrix(optimizer, given, np.ones(3, np.float32), 1) is None


def test_plain_descent_has_no_scaling() -> None:
    assert find_scaling_matrix("SGD", {"lr": LR}, np.ones(3, np.float32), 1) is None


def test_adams_limit_at_its_usual_momentum_is_38_over_the_rate() -> None:
    found = find_limit("Adam", {"lr": 5e-4})
    assert found is not None
    assert math.isclose(found.value, 38 / 5e-4)
