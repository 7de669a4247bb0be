"""Products with curvature matrices, compared with dense ones in double precision."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call, jacrev
from torch.nn import functional

from descent_atlas.analysis import curvature
from descent_atlas.analysis.curvature import CurvatureMatrix, MatrixKind, precondition
from descent_atlas.analysis.eigenpairs import find_eigenpairs, pick_dominant
from descent_atlas.training.images.datasets import Split
from descent_atlas.training.networks import convolutional, flatten, layout, mlp
from tests.precompute.analysis.known_losses import Quadratic, images_of_first_class, random_split
from tests.precompute.conftest import DEVICES

TINY = (3, 3, 2)
"""Sizes of a perceptron with 20 parameters."""

DEEP = (3, 2, 2, 2)
"""Sizes of another. With one hidden layer of ReLUs no negative eigenvalue can dominate: the part of
the Hessian that is not positive semidefinite has a spectrum symmetric about zero."""

SPLIT = random_split(40, size=1, classes=2)


def dense_hessian(network: nn.Module, theta: Tensor, split: Split) -> NDArray[np.float64]:
    """Return the Hessian of the mean loss by automatic differentiation in float64."""
    plan, inputs = layout(network), split.inputs(slice(None)).double()

    def loss(point: Tensor) -> Tensor:
        logits = functional_call(network, plan.split(point), (inputs,))
        return functional.cross_entropy(logits, split.labels)

    found: NDArray[np.float64] = np.asarray(jacrev(jacrev(loss))(theta.double()))
    return found


def dense_gauss_newton(network: nn.Module, theta: Tensor, split: Split) -> NDArray[np.float64]:
    """Return the mean of JᵀH_zJ with H_z = diag(p) - ppᵀ in float64."""
    plan, inputs = layout(network), split.inputs(slice(None)).double()

    def logits(point: Tensor) -> Tensor:
        found: Tensor = functional_call(network, plan.split(point), (inputs,))
        return found

    slopes = jacrev(logits)(theta.double())  # (images, classes, P)
    p = logits(theta.double()).softmax(1)
    inner = torch.diag_embed(p) - p[:, :, None] * p[:, None, :]
    found: NDArray[np.float64] = (
        torch.einsum("nip,nij,njq->pq", slopes, inner, slopes).div(len(p)).detach().numpy()
    )
    return found


def tabulate(matrix: CurvatureMatrix) -> NDArray[np.float64]:
    """Return a matrix whole, from its products with the unit vectors."""
    return np.stack([matrix.multiply(unit) for unit in np.eye(matrix.layout.size)], axis=1)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    ("kind", "dense"), [("hessian", dense_hessian), ("gauss-newton", dense_gauss_newton)]
)
def test_products_are_those_of_the_dense_matrix(
    kind: MatrixKind,
    dense: Callable[[nn.Module, Tensor, Split], NDArray[np.float64]],
    device: str,
) -> None:
    network = mlp(TINY)
    theta = torch.randn(20, generator=torch.Generator().manual_seed(1))
    expected = dense(network, theta, SPLIT)
    matrix = CurvatureMatrix(network, layout(network), theta, SPLIT, kind=kind, device=device)
    np.testing.assert_allclose(tabulate(matrix), expected, atol=2e-6)


@pytest.mark.parametrize("kind", ["hessian", "gauss-newton"])
def test_frozen_parameters_have_no_curvature(kind: MatrixKind) -> None:
    network = mlp(TINY)
    theta = torch.randn(20, generator=torch.Generator().manual_seed(1))
    expected = tabulate(CurvatureMatrix(network, layout(network), theta, SPLIT, kind=kind))
    network[1].requires_grad_(False)
    expected[:12], expected[:, :12] = 0.0, 0.0
    found = tabulate(CurvatureMatrix(network, layout(network), theta, SPLIT, kind=kind))
    np.testing.assert_array_equal(found, expected)


def test_without_hidden_layers_both_matrices_are_one() -> None:
    network = mlp((3, 2))
    theta = torch.randn(8, generator=torch.Generator().manual_seed(1))
    kinds: tuple[MatrixKind, ...] = ("hessian", "gauss-newton")
    one, other = (
        tabulate(CurvatureMatrix(network, layout(network), theta, SPLIT, kind=kind))
        for kind in kinds
    )
    np.testing.assert_allclose(one, other, atol=1e-7)
    assert np.abs(one).max() > 0.01


@pytest.mark.parametrize(("seed", "negative_dominates"), [(0, False), (189, True)])
def test_both_ends_of_the_spectrum_are_those_of_the_dense_hessian(
    seed: int, negative_dominates: bool
) -> None:
    network = mlp(DEEP)
    theta = 2 * torch.randn(20, generator=torch.Generator().manual_seed(seed))
    exact = np.linalg.eigvalsh(dense_hessian(network, theta, SPLIT))
    assert (-exact[0] > exact[-1]) == negative_dominates
    matrix = CurvatureMatrix(network, layout(network), theta, SPLIT)
    largest = find_eigenpairs(matrix.multiply, 20, count=2, tolerance=1e-4)
    smallest = find_eigenpairs(matrix.multiply, 20, end="smallest", count=2, tolerance=1e-4)
    np.testing.assert_allclose(largest.values, exact[[-1, -2]], rtol=1e-4)
    np.testing.assert_allclose(smallest.values, exact[[0, 1]], rtol=1e-4)
    for found in (largest, smallest):
        assert found.converged.all()
        for value, vector, residual in zip(
            found.values, found.vectors, found.residuals, strict=True
        ):
            defect = dense_hessian(network, theta, SPLIT) @ vector - value * vector
            assert np.linalg.norm(defect) == pytest.approx(residual, abs=1e-5)
    dominant = exact[0] if negative_dominates else exact[-1]
    assert pick_dominant(largest, smallest) == pytest.approx(dominant, rel=1e-4)


def make_quadratic() -> tuple[Quadratic, NDArray[np.float64]]:
    """Return a quadratic loss, whose Hessian has the returned eigenvalues."""
    generator = torch.Generator().manual_seed(3)
    basis, _ = torch.linalg.qr(torch.randn(8, 8, generator=generator, dtype=torch.float64))
    values = torch.linspace(0.2, 3, 8, dtype=torch.float64)
    matrix = (basis * values) @ basis.T
    minimum = torch.randn(8, generator=generator)
    return Quadratic(matrix.float(), minimum), values.numpy()


def test_a_quadratics_eigenvalues_are_found_from_any_point() -> None:
    network, values = make_quadratic()
    split = images_of_first_class()
    for theta in (torch.zeros(8), network.minimum + 0.3):
        matrix = CurvatureMatrix(network, layout(network), theta, split)
        top = find_eigenpairs(matrix.multiply, 8, tolerance=1e-4)
        low = find_eigenpairs(matrix.multiply, 8, end="smallest", tolerance=1e-4)
        assert top.values[0] == pytest.approx(values[-1], rel=1e-4)
        assert low.values[0] == pytest.approx(values[0], rel=1e-3)


def test_an_eigenvalue_is_the_second_difference_of_the_loss_along_its_vector() -> None:
    """Whatever the reach, on a quadratic."""
    network, _ = make_quadratic()
    split, theta = images_of_first_class(), network.minimum + 0.5
    matrix = CurvatureMatrix(network, layout(network), theta, split)
    top = find_eigenpairs(matrix.multiply, 8, tolerance=1e-5)

    def loss(shift: float) -> float:
        difference = (theta - network.minimum).double().numpy() + shift * top.vectors[0]
        return float(difference @ network.hessian.double().numpy() @ difference / 2)

    for reach in (0.01, 0.5, 4.0):
        second = (loss(reach) - 2 * loss(0) + loss(-reach)) / reach**2
        assert second == pytest.approx(top.values[0], rel=1e-4)


def test_preconditioning_gives_the_eigenvalues_of_the_quotient() -> None:
    network = mlp(TINY)
    theta = torch.randn(20, generator=torch.Generator().manual_seed(1))
    scaling = np.random.default_rng(0).uniform(0.01, 2, 20)
    matrix = CurvatureMatrix(network, layout(network), theta, SPLIT)
    found = find_eigenpairs(precondition(matrix.multiply, scaling), 20, tolerance=1e-4)
    quotient = dense_hessian(network, theta, SPLIT) / scaling[:, None]  # P⁻¹H
    assert found.values[0] == pytest.approx(np.linalg.eigvals(quotient).real.max(), rel=1e-4)


def test_blocks_and_graphs_that_are_not_kept_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network, split = convolutional((3, 4), size=4), random_split(90)
    plan, theta = layout(network), flatten(network)
    batch = torch.arange(10, 80)
    vector = np.random.default_rng(0).standard_normal(plan.size)
    whole = CurvatureMatrix(network, plan, theta, split, batch=batch).multiply(vector)
    monkeypatch.setattr(curvature, "BLOCK_IMAGES", 16)
    kept = CurvatureMatrix(network, plan, theta, split, batch=batch)
    assert len(kept.kept) == 5
    monkeypatch.setattr(curvature, "KEPT_BYTES", 0)
    built = CurvatureMatrix(network, plan, theta, split, batch=batch)
    assert not built.kept
    np.testing.assert_allclose(kept.multiply(vector), whole, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(built.multiply(vector), kept.multiply(vector))


def test_a_product_leaves_the_network_as_it_was() -> None:
    network = nn.Sequential(mlp(TINY), nn.Dropout(0.5))
    before = flatten(network)
    matrix = CurvatureMatrix(network, layout(network), before * 2, SPLIT)
    first = matrix.multiply(np.ones(20))
    np.testing.assert_array_equal(matrix.multiply(np.ones(20)), first)
    assert torch.equal(flatten(network), before)
    assert all(parameter.grad is None for parameter in network.parameters())
    assert all(module.training for module in network.modules())


class Attention(nn.Module):
    """One head of fused attention over the four pixels of an image."""

    def __init__(self) -> None:
        super().__init__()
        self.project = nn.Linear(3, 6)
        self.classify = nn.Linear(2, 2)

    def forward(self, images: Tensor) -> Tensor:
        pixels = images.flatten(2).transpose(1, 2)  # (images, pixels, channels)
        query, key, value = self.project(pixels).chunk(3, dim=-1)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        found: Tensor = self.classify(mixed.mean(1))
        return found


def test_attention_is_differentiated_twice() -> None:
    with torch.random.fork_rng():
        torch.random.manual_seed(0)
        network = Attention()
    split = random_split(30, size=2, classes=2)
    theta, plan = flatten(network) * 3, layout(network)
    matrix = tabulate(CurvatureMatrix(network, plan, theta, split))
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-6)
    gradients = []
    for sign in (1, -1):  # H v is the central difference of the gradient
        leaf = (theta.double() + sign * 1e-5).requires_grad_()
        inputs = split.inputs(slice(None)).double()
        logits = functional_call(network, plan.split(leaf), (inputs,))
        loss = functional.cross_entropy(logits, split.labels)
        gradients.append(torch.autograd.grad(loss, leaf)[0].numpy())
    expected = (gradients[0] - gradients[1]) / 2e-5
    np.testing.assert_allclose(matrix @ np.ones(plan.size), expected, atol=1e-5)
    assert np.abs(expected).max() > 0.01
