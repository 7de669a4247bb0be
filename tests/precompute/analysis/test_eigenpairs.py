"""Leading eigenpairs of matrices whose spectrum is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from descent_atlas.analysis import eigenpairs
from descent_atlas.analysis.curvature import Product
from descent_atlas.analysis.eigenpairs import find_eigenpairs, pick_dominant

Floats = NDArray[np.float64]


def multiply(values: Floats) -> Product:
    """Return the product with the diagonal matrix of these eigenvalues."""

    def product(vector: Floats) -> Floats:
        found: Floats = values * vector
        return found

    return product


def spectrum() -> Floats:
    """Return a bulk about zero, two outliers above it and a larger one below."""
    bulk = np.random.default_rng(0).normal(0, 0.1, 500)
    return np.concatenate([[-9.0, 5.0, 4.0], bulk])


def test_the_largest_eigenvalue_is_not_the_one_of_largest_magnitude() -> None:
    product = multiply(spectrum())
    largest = find_eigenpairs(product, 503, tolerance=1e-6)
    smallest = find_eigenpairs(product, 503, end="smallest", tolerance=1e-6)
    assert largest.values[0] == pytest.approx(5)
    assert smallest.values[0] == pytest.approx(-9)
    assert pick_dominant(largest, smallest) == smallest.values[0]
    assert abs(largest.vectors[0, 1]) == pytest.approx(1)
    assert abs(smallest.vectors[0, 0]) == pytest.approx(1)


def test_several_pairs_come_outermost_first_with_their_residuals() -> None:
    values = spectrum()
    found = find_eigenpairs(multiply(values), 503, count=3, tolerance=1e-3)
    np.testing.assert_allclose(found.values, [5, 4, np.sort(values)[-3]], rtol=1e-3)
    defects = found.vectors * values - found.values[:, None] * found.vectors
    np.testing.assert_allclose(np.linalg.norm(defects, axis=1), found.residuals, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1)
    assert found.converged.all()


def test_a_start_at_a_lower_eigenvector_does_not_hide_the_largest() -> None:
    lower = np.zeros(503)
    lower[2] = 7.0
    found = find_eigenpairs(multiply(spectrum()), 503, tolerance=1e-2, start=lower)
    assert found.values[0] == pytest.approx(5, rel=1e-2)


def test_a_start_near_the_answer_saves_products() -> None:
    values = np.random.default_rng(0).normal(0, 1, 2000)
    values[0] = 1.02 * values.max()
    near = np.random.default_rng(1).normal(0, 1e-4, 2000)
    near[0] = 1.0
    cold, warm = (
        find_eigenpairs(multiply(values), 2000, tolerance=1e-3, start=start)
        for start in (None, near)
    )
    assert cold.values[0] == pytest.approx(values[0], rel=1e-4)
    assert warm.values[0] == pytest.approx(values[0], rel=1e-4)
    assert warm.products < cold.products


def test_the_same_seed_finds_the_same_bits() -> None:
    first, again, other = (
        find_eigenpairs(multiply(spectrum()), 503, tolerance=1e-2, seed=seed) for seed in (4, 4, 5)
    )
    np.testing.assert_array_equal(first.vectors, again.vectors)
    assert not np.array_equal(first.vectors, other.vectors)


def test_what_has_not_converged_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eigenpairs, "RESTARTS", 1)
    close = np.linspace(1, 1.001, 3000)
    found = find_eigenpairs(multiply(close), 3000, tolerance=1e-9)
    assert not found.converged[0]
    assert np.isnan(found.values[0])
    assert np.isnan(pick_dominant(found, found))


def test_products_that_are_not_finite_converge_to_nothing() -> None:
    found = find_eigenpairs(multiply(np.full(30, np.nan)), 30, count=2, tolerance=1e-2)
    assert not found.converged.any()
    assert np.isnan(found.values).all()
    assert np.isnan(found.residuals).all()


def test_the_zero_matrix_has_no_eigenvalue_but_zero() -> None:
    found = find_eigenpairs(multiply(np.zeros(30)), 30, tolerance=1e-2)
    assert not found.values[0] or np.isnan(found.values[0])
