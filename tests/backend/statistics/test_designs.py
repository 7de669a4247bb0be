"""Designs: where starts lie."""

import numpy as np
import pytest
from scipy.stats import qmc

from descent_atlas.statistics.designs import place_centres, scatter_in_cells
from descent_atlas.statistics.sobol import scatter_sobol

X, Y = (-2.0, 6.0), (1.0, 3.0)


def test_centres_are_those_of_equal_cells_row_by_row() -> None:
    x, y = place_centres(X, Y, 4)
    assert x.tolist() == [-1.0, 1.0, 3.0, 5.0] * 4
    assert y.tolist() == [low for low in (1.25, 1.75, 2.25, 2.75) for _ in range(4)]


def test_every_cell_has_a_random_point_of_its_own() -> None:
    x, y = scatter_in_cells(X, Y, 4, seed=2)
    column = ((x - X[0]) / (X[1] - X[0]) * 4).astype(int)
    row = ((y - Y[0]) / (Y[1] - Y[0]) * 4).astype(int)
    assert (4 * row + column).tolist() == [*range(16)]
    assert len(set(x)) == len(set(y)) == 16


@pytest.mark.parametrize("columns", [1, 2, 8, 64])
def test_every_cell_of_a_division_by_halves_holds_one_sobol_point(columns: int) -> None:
    x, y = scatter_sobol(X, Y, 6, seed=4)
    rows = 64 // columns
    column = ((x - X[0]) / (X[1] - X[0]) * columns).astype(int)
    row = ((y - Y[0]) / (Y[1] - Y[0]) * rows).astype(int)
    assert sorted(rows * column + row) == [*range(64)]


def test_sobol_points_follow_their_seed() -> None:
    first, again, other = (np.array(scatter_sobol(X, Y, 5, seed)) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.isin(first, other).any()


@pytest.mark.parametrize(("exponent", "seed"), [(0, 3), (1, 0), (11, 0), (9, 7)])
def test_sobol_points_are_scipys_bit_for_bit(exponent: int, seed: int) -> None:
    unit = qmc.Sobol(d=2, rng=seed).random_base2(exponent)
    theirs = qmc.scale(unit, [X[0], Y[0]], [X[1], Y[1]])
    assert np.array_equal(np.stack(scatter_sobol(X, Y, exponent, seed), axis=1), theirs)


def test_fewer_sobol_points_are_the_first_of_more() -> None:
    few, more = (np.array(scatter_sobol(X, Y, exponent, 0)) for exponent in (4, 7))
    assert np.array_equal(few, more[:, :16])
