"""Traces and densities of matrices whose spectrum is known."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from descent_atlas.analysis.curvature import Product
from descent_atlas.analysis.spectra.spectral_density import find_density, find_quadrature
from descent_atlas.analysis.spectra.trace_estimates import estimate_trace

Floats = NDArray[np.float64]


def make_matrix(values: Floats) -> tuple[Floats, Floats]:
    """Return a symmetric matrix of these eigenvalues, and its eigenvectors in columns."""
    basis, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((len(values), len(values))))
    return (basis * values) @ basis.T, basis


def multiply(matrix: Floats) -> Product:
    def product(vector: Floats) -> Floats:
        found: Floats = matrix @ vector
        return found

    return product


BULK = np.random.default_rng(0).normal(0, 0.2, 200)

SPECTRUM = np.concatenate([[-4.0, 9.0, 7.0], BULK])


def test_a_trace_lies_within_its_error_as_often_as_a_mean_does() -> None:
    matrix, _ = make_matrix(SPECTRUM)
    exact = SPECTRUM.sum()
    found = [estimate_trace(multiply(matrix), 203, probes=20, seed=seed) for seed in range(200)]
    shares = [abs(each.value - exact) <= each.standard_error for each in found]
    # Of Student's t with 19 degrees of freedom, 67 % lie within one standard error.
    assert np.mean(shares) == pytest.approx(0.67, abs=0.1)
    values = np.array([each.value for each in found])
    assert abs(values.mean() - exact) < 4 * values.std() / np.sqrt(200)


def test_known_eigenvectors_take_their_part_of_the_variance() -> None:
    matrix, basis = make_matrix(SPECTRUM)
    plain = estimate_trace(multiply(matrix), 203, probes=20)
    found = estimate_trace(multiply(matrix), 203, probes=20, vectors=basis[:, :3].T)
    assert found.exact == pytest.approx(12.0)
    assert found.standard_error < plain.standard_error / 3
    assert abs(found.value - SPECTRUM.sum()) < 4 * found.standard_error
    assert (plain.deflated, found.deflated) == (0, 3)


def test_a_diagonal_has_its_trace_without_an_error() -> None:
    found = estimate_trace(multiply(np.diag(BULK)), 200, probes=2)
    assert found.value == pytest.approx(BULK.sum())
    assert found.standard_error == pytest.approx(0, abs=1e-12)


def test_vectors_need_neither_be_orthogonal_nor_independent() -> None:
    matrix, basis = make_matrix(SPECTRUM)
    vectors = np.stack([basis[:, 0], basis[:, 0] + 1e-3 * basis[:, 1], basis[:, 0]])
    found = estimate_trace(multiply(matrix), 203, probes=20, vectors=vectors)
    assert abs(found.value - SPECTRUM.sum()) < 4 * found.standard_error


def test_a_quadrature_is_exact_on_polynomials_up_to_its_degree() -> None:
    matrix, _ = make_matrix(SPECTRUM)
    start = np.random.default_rng(2).standard_normal(203)
    nodes, weights = find_quadrature(multiply(matrix), start, 4)
    power = start / np.linalg.norm(start)
    for degree in range(8):
        moment = power @ np.linalg.matrix_power(matrix, degree) @ power
        assert weights @ nodes**degree == pytest.approx(moment, rel=1e-9)


def test_a_quadrature_ends_where_the_start_has_no_further_eigenvectors() -> None:
    nodes, weights = find_quadrature(multiply(np.diag([1.0, 1.0, 3.0, 3.0])), np.ones(4), 10)
    np.testing.assert_allclose(nodes, [1, 3])
    np.testing.assert_allclose(weights, [0.5, 0.5])


def test_a_density_is_that_of_the_eigenvalues_smoothed_alike() -> None:
    matrix, _ = make_matrix(SPECTRUM)
    found = find_density(multiply(matrix), 203, probes=30, steps=60, width=0.3)
    exact = norm.pdf(found.grid[:, None], SPECTRUM, 0.3).mean(axis=1)
    assert np.trapezoid(found.values, found.grid) == pytest.approx(1, abs=1e-3)
    assert np.abs(found.values - exact).max() < 0.05 * exact.max()
    far = np.abs(found.values - exact) / np.maximum(found.errors, 1e-6)
    assert np.quantile(far, 0.9) < 3
    assert (found.probes, found.steps, found.width) == (30, 60, 0.3)


def test_the_width_is_the_mean_distance_of_nodes_unless_it_is_given() -> None:
    matrix, _ = make_matrix(SPECTRUM)
    found = find_density(multiply(matrix), 203, probes=1, steps=50)
    assert found.width == pytest.approx(13 / 50, rel=1e-3)
    assert np.isnan(found.errors).all()


def test_one_eigenvalue_has_a_density_too() -> None:
    found = find_density(multiply(2 * np.eye(5)), 5, probes=2, steps=4)
    assert found.grid[found.values.argmax()] == pytest.approx(2)
    zero = find_density(multiply(np.zeros((5, 5))), 5, probes=2, steps=4)
    assert np.trapezoid(zero.values, zero.grid) == pytest.approx(1, abs=1e-3)


def test_the_same_seed_draws_the_same_bits() -> None:
    matrix, _ = make_matrix(SPECTRUM)
    one, other = (find_density(multiply(matrix), 203, probes=2, steps=9, seed=3) for _ in "ab")
    np.testing.assert_array_equal(one.values, other.values)
    traces = [estimate_trace(multiply(matrix), 203, probes=3, seed=seed) for seed in (1, 1, 2)]
    assert traces[0] == traces[1] != traces[2]


@pytest.mark.parametrize(("probes", "steps", "width"), [(0, 9, None), (1, 1, None), (1, 9, 0.0)])
def test_a_density_of_nothing_is_refused(probes: int, steps: int, width: float | None) -> None:
    with pytest.raises(ValueError, match=r"density|width"):
        find_density(multiply(np.eye(4)), 4, probes=probes, steps=steps, width=width)


def test_a_trace_without_an_error_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        estimate_trace(multiply(np.eye(4)), 4, probes=1)
