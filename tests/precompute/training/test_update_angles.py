"""The update_angles angle, on paths whose angles are known."""

import math

import pytest
import torch
from torch import Tensor

from descent_atlas.training.update_angles import WINDOW_UPDATES, UpdateAngles


def walk(update_angles: UpdateAngles, updates: list[Tensor], first: int = 0) -> None:
    theta = torch.zeros(2)
    update_angles.observe(first, theta)
    for step, update in enumerate(updates, start=first + 1):
        theta = theta + update
        update_angles.observe(step, theta)


@pytest.mark.parametrize(("degrees", "steps"), [(0, 64), (30, 200), (90, 64), (180, 640)])
def test_a_path_that_turns_by_one_angle_has_it(degrees: float, steps: int) -> None:
    update_angles = UpdateAngles(steps)
    angles = [math.radians(degrees * index) for index in range(steps)]
    walk(update_angles, [torch.tensor([math.cos(angle), math.sin(angle)]) for angle in angles])
    assert update_angles.angles == pytest.approx([degrees] * (steps // WINDOW_UPDATES), abs=0.01)


def test_windows_spread_along_the_run_and_short_runs_have_none() -> None:
    update_angles = UpdateAngles(20_000)
    walk(update_angles, [torch.tensor([1.0, 0.0])] * 20_000)
    assert update_angles.steps == list(range(0, 20_000, 400))
    assert not any(UpdateAngles(63).wants(step) for step in range(64))


def test_updates_of_zero_have_no_angle() -> None:
    update_angles = UpdateAngles(WINDOW_UPDATES)
    walk(update_angles, [torch.zeros(2)] * WINDOW_UPDATES)
    assert math.isnan(update_angles.angles[0])


def test_a_window_that_is_cut_in_two_gives_the_same_angle() -> None:
    generator = torch.Generator().manual_seed(0)
    updates = list(torch.randn(WINDOW_UPDATES, 2, generator=generator))
    whole, first, second = (UpdateAngles(WINDOW_UPDATES) for _ in range(3))
    walk(whole, updates)
    walk(first, updates[:20])
    second.load_state_dict(first.state_dict())
    theta = torch.zeros(2)
    for step, update in enumerate(updates, start=1):
        theta = theta + update
        if step >= 20:  # the step at which it was cut is seen twice
            second.observe(step, theta)
    assert second.angles == whole.angles
