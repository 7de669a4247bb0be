"""Angles of cosines and paths."""

import math

import numpy as np
import pytest

from descent_atlas.statistics.turning import angle_of, measure_turning


@pytest.mark.parametrize(
    ("cosine", "degrees"), [(1.0, 0), (1 + 1e-12, 0), (0.5, 60), (0.0, 90), (-1 - 1e-12, 180)]
)
def test_a_cosine_that_rounding_carried_beyond_1_has_its_angle(
    cosine: float, degrees: float
) -> None:
    assert angle_of(cosine) == pytest.approx(degrees)


def test_no_cosine_has_no_angle() -> None:
    assert math.isnan(angle_of(math.nan))


def test_a_regular_polygon_turns_by_its_outer_angle() -> None:
    corners = np.exp(2j * np.pi * np.arange(9) / 8)
    path = np.stack([corners.real, corners.imag], axis=1)
    assert measure_turning(path) == pytest.approx(45)


def test_a_rest_is_no_move() -> None:
    path = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [2.0, 0.0], [2.0, 1.0]])
    assert measure_turning(path) == pytest.approx(90)
    assert measure_turning(path[:2]) is None
    assert measure_turning(np.zeros((5, 2))) is None
