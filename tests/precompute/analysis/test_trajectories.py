import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from descent_atlas.analysis.curvature import CurvatureMatrix
from descent_atlas.analysis.planes import ParameterPlane
from descent_atlas.analysis.trajectories import (
    RunPath,
    batch_cosines,
    descent_arrow,
    gradient,
    trace,
)
from descent_atlas.evaluation.losses import LossError
from descent_atlas.training.networks import flatten, layout, mlp
from tests.precompute.analysis.known_losses import Quadratic, images_of_first_class, random_split


def path(snapshots: NDArray[np.float64], early: int = 0) -> RunPath:
    """Return a path whose first `early` snapshots after the start are extra ones."""
    count = len(snapshots)
    uniform = np.ones(count, dtype=np.bool_)
    uniform[1 : 1 + early] = False
    return RunPath(np.arange(count), snapshots.astype(np.float32), uniform)


def test_a_trajectory_has_coordinates_distance_and_length() -> None:
    directions = torch.zeros(2, 5)
    directions[0, 0], directions[1, 0], directions[1, 1] = 2, 1, 1  # oblique
    plane = ParameterPlane(kind="random", origin=torch.zeros(5), directions=directions)
    found = trace(plane, path(np.array([[3.0, 1, 0, 2, 0], [9, 9, 9, 9, 9], [1, 0, 0, 0, 0]]), 1))
    np.testing.assert_allclose(found.coordinates[[0, 2]], [[1.0, 1.0], [0.5, 0.0]], atol=1e-6)
    np.testing.assert_allclose(found.distance[[0, 2]], [2, 0], atol=1e-6)
    np.testing.assert_allclose(found.length[[0, 2]] ** 2, [14.0, 1.0], rtol=1e-6)


def test_the_gradient_is_that_of_the_mean_loss() -> None:
    network, split = mlp((48, 16, 10)), random_split(1300)
    theta, plan = flatten(network), layout(network)
    found = gradient(network, plan, theta, split)
    loss = torch.nn.functional.cross_entropy(network(split.inputs(slice(None))), split.labels)
    expected = torch.cat(
        [g.flatten() for g in torch.autograd.grad(loss, list(network.parameters()))]
    )
    torch.testing.assert_close(found.float(), expected, rtol=1e-4, atol=1e-7)
    batch = torch.tensor([5, 900])
    pair = gradient(network, plan, theta, split, batch)
    single = [gradient(network, plan, theta, split, index[None]) for index in batch]
    torch.testing.assert_close(pair, (single[0] + single[1]) / 2, rtol=1e-4, atol=1e-8)


def test_frozen_parameters_have_no_gradient() -> None:
    network, split = mlp((48, 16, 10)), random_split(20)
    theta, plan = flatten(network), layout(network)
    whole = plan.split(gradient(network, plan, theta, split))
    network[1].requires_grad_(False)
    found = plan.split(gradient(network, plan, theta, split))
    assert not found["1.weight"].any()
    assert torch.equal(found["3.weight"], whole["3.weight"])


def test_an_arrow_in_oblique_directions_points_down_a_quadratic() -> None:
    """Within the plane, -G⁻¹(g·v, g·η) is the projection of -g: the steepest way down."""
    generator = torch.Generator().manual_seed(0)
    root = torch.randn(6, 6, generator=generator) / 3
    network = Quadratic(root @ root.T, torch.randn(6, generator=generator) + 1)
    theta, plan = torch.zeros(6), layout(network)
    directions = torch.randn(2, 6, generator=generator)
    directions[1] += 2 * directions[0]
    plane = ParameterPlane(kind="random", origin=theta, directions=directions)
    assert abs(plane.cosine) > 0.5
    g = gradient(network, plan, theta, images_of_first_class())
    exact = root.double() @ root.T.double() @ (theta - network.minimum).double()
    torch.testing.assert_close(g, exact, rtol=1e-4, atol=1e-5)
    arrow = descent_arrow(plane, g)
    nearest, *_ = np.linalg.lstsq(directions.double().numpy().T, -exact.numpy(), rcond=None)
    np.testing.assert_allclose(arrow, nearest, rtol=1e-3)


def test_batch_cosines_are_seeded_and_rise_with_the_batch() -> None:
    network, split = mlp((48, 16, 10)), random_split(1300)
    theta, plan = flatten(network), layout(network)
    full = gradient(network, plan, theta, split)

    def cosines(size: int, seed: int = 0) -> NDArray[np.float64]:
        return batch_cosines(
            network, plan, theta, split, size=size, batches=20, seed=seed, full=full
        )

    one, many, whole = (cosines(size) for size in (1, 256, 1300))
    assert one.mean() < many.mean() < 1
    np.testing.assert_allclose(whole, 1, rtol=1e-6)
    np.testing.assert_array_equal(cosines(1), one)
    assert not np.array_equal(cosines(1, seed=1), one)


def test_a_gradient_leaves_the_network_as_it_was() -> None:
    network, split = mlp((48, 16, 10)), random_split(20)
    before = flatten(network)
    gradient(network, layout(network), before * 2, split)
    assert torch.equal(flatten(network), before)
    assert all(parameter.grad is None for parameter in network.parameters())


def test_what_is_no_classification_has_no_gradient_and_no_curvature() -> None:
    network, split = mlp((48, 1)), random_split(5, classes=1)
    with pytest.raises(LossError, match="at least 2 classes"):
        gradient(network, layout(network), flatten(network), split)
    with pytest.raises(LossError, match="at least 2 classes"):
        CurvatureMatrix(network, layout(network), flatten(network), split)
    normalized = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(48), nn.Linear(48, 3))
    with pytest.raises(LossError, match="keeps the buffer"):
        gradient(normalized, layout(normalized), flatten(normalized), split)
    with pytest.raises(LossError, match="keeps the buffer"):
        CurvatureMatrix(normalized, layout(normalized), flatten(normalized), split)
