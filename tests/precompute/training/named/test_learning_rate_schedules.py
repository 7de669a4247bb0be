"""Schedules are PyTorch's own, by name."""

from typing import Any

import pytest
import torch
from torch import nn
from torch.optim import lr_scheduler

from descent_atlas.training.named.learning_rate_schedules import (
    SCHEDULES,
    LearningRateSchedule,
    check_schedule,
)


def make_optimizer(lr: float = 0.1) -> torch.optim.SGD:
    return torch.optim.SGD([nn.Parameter(torch.zeros(2))], lr=lr)


def list_rates(schedule: dict[str, Any], epochs: int, steps: int = 1) -> list[float]:
    """Return the rate at each step of some epochs."""
    optimizer = make_optimizer()
    made = LearningRateSchedule(optimizer, schedule)
    rates = []
    for _ in range(epochs):
        for _ in range(steps):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            made.end_step()
        made.end_epoch(1.0)
    return rates


def test_a_schedule_of_epochs_is_pytorchs() -> None:
    rates = list_rates({"name": "StepLR", "options": {"step_size": 2, "gamma": 0.5}}, 5, steps=2)
    assert rates == pytest.approx([0.1] * 4 + [0.05] * 4 + [0.025] * 2)


def test_a_schedule_of_steps_is_pytorchs() -> None:
    options = {"T_max": 6}
    rates = list_rates({"name": "CosineAnnealingLR", "options": options, "every": "step"}, 2, 3)
    optimizer = make_optimizer()
    peer = lr_scheduler.CosineAnnealingLR(optimizer, **options)
    expected = []
    for _ in range(6):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        peer.step()
    assert rates == expected


def test_a_schedule_of_parts_warms_up_and_then_falls() -> None:
    parts = [
        {"name": "LinearLR", "options": {"start_factor": 0.5, "total_iters": 2}},
        {"name": "ExponentialLR", "options": {"gamma": 0.5}},
    ]
    schedule = {"name": "SequentialLR", "options": {"milestones": [2]}, "parts": parts}
    assert list_rates(schedule, 4) == pytest.approx([0.05, 0.075, 0.1, 0.05])
    chained = {"name": "ChainedScheduler", "parts": parts}
    assert list_rates(chained, 3) == pytest.approx([0.05, 0.0375, 0.025])


def test_a_plateau_of_the_loss_lowers_the_rate() -> None:
    schedule = {"name": "ReduceLROnPlateau", "options": {"patience": 0, "factor": 0.1}}
    assert list_rates(schedule, 3) == pytest.approx([0.1, 0.1, 0.01])


def test_a_schedule_resumes_where_it_was() -> None:
    schedule = {"name": "ExponentialLR", "options": {"gamma": 0.5}}
    first, second = make_optimizer(), make_optimizer()
    before, after = (LearningRateSchedule(each, schedule) for each in (first, second))
    for _ in range(3):
        first.step()
        before.end_epoch(1.0)
    second.load_state_dict(first.state_dict())
    after.load_state_dict(before.state_dict())
    for optimizer, made in ((first, before), (second, after)):
        optimizer.step()
        made.end_epoch(1.0)
    assert second.param_groups[0]["lr"] == first.param_groups[0]["lr"] == 0.1 * 0.5**4


def test_every_schedule_that_numbers_describe_is_known() -> None:
    assert {"StepLR", "CosineAnnealingLR", "OneCycleLR", "ReduceLROnPlateau"} <= set(SCHEDULES)
    assert not {"LRScheduler", "LambdaLR", "MultiplicativeLR"} & set(SCHEDULES)


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ({"name": "StepRL"}, r'there is no "StepRL" in torch\.optim\.lr_scheduler; there are'),
        ({"name": "LambdaLR"}, "is given as a function"),
        ({"name": "StepLR", "options": {}}, r"StepLR refuses them: .*step_size"),
        ({"name": "SequentialLR"}, "is made of other schedules: name them as parts"),
        (
            {"name": "StepLR", "options": {"step_size": 1}, "parts": [{"name": "StepLR"}]},
            "StepLR has no parts; SequentialLR and ChainedScheduler have",
        ),
        (
            {"name": "ReduceLROnPlateau", "every": "step"},
            "follows the loss of epochs",
        ),
        (
            {"name": "ChainedScheduler", "parts": [{"name": "ReduceLROnPlateau"}]},
            "cannot be a part",
        ),
    ],
)
def test_a_schedule_that_cannot_be_made_is_refused_with_the_reason(
    schedule: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        check_schedule("SGD", {"lr": 0.1}, schedule)
