"""Cosines and angles between vectors."""

import math

import pytest
import torch

from descent_atlas.training.angles import angle_between, cosine_between


@pytest.mark.parametrize(
    ("second", "degrees"), [([2.0, 0.0], 0), ([1.0, 1.0], 45), ([0.0, 3.0], 90), ([-1.0, 0.0], 180)]
)
def test_an_angle_is_measured_in_degrees(second: list[float], degrees: float) -> None:
    first = torch.tensor([1.0, 0.0])
    assert angle_between(first, torch.tensor(second)) == pytest.approx(degrees, abs=1e-4)
    assert cosine_between(first, torch.tensor(second)) == pytest.approx(
        math.cos(math.radians(degrees)), abs=1e-6
    )


@pytest.mark.parametrize("other", [0.0, math.inf, math.nan])
def test_a_vector_that_is_zero_or_not_finite_has_no_angle(other: float) -> None:
    for pair in (
        (torch.ones(3), torch.full((3,), other)),
        (torch.full((3,), other), torch.ones(3)),
    ):
        assert math.isnan(cosine_between(*pair))
        assert math.isnan(angle_between(*pair))
