import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from descent_atlas.analysis.planes import (
    Kind,
    ParameterPlane,
    minima_plane,
    pca_plane,
    random_plane,
    shared_plane,
)
from descent_atlas.analysis.trajectories import (
    RunPath,
    batch_cosines,
    descent_arrow,
    gradient,
    random_walk_energies,
    straighten,
    trace,
)
from descent_atlas.training.networks import flatten, layout, mlp
from tests.precompute.analysis.known_losses import Quadratic, images_of_first_class, random_split


def path(snapshots: NDArray[np.float64], early: int = 0) -> RunPath:
    """Return a path whose first `early` snapshots after the start are extra ones."""
    count = len(snapshots)
    uniform = np.ones(count, dtype=np.bool_)
    uniform[1 : 1 + early] = False
    return RunPath(np.arange(count), snapshots.astype(np.float32), uniform)


def walk(
    rng: np.random.Generator, lengths: NDArray[np.float64], start: NDArray[np.float64]
) -> RunPath:
    """Return a random walk with steps of given lengths in as many dimensions as its start."""
    steps = rng.standard_normal((len(lengths), len(start)))
    steps *= (lengths / np.linalg.norm(steps, axis=1))[:, None]
    return path(np.vstack([start, start + steps.cumsum(axis=0)]))


def test_a_trajectory_has_coordinates_distance_length_and_energy() -> None:
    directions = torch.zeros(2, 5)
    directions[0, 0], directions[1, 0], directions[1, 1] = 2, 1, 1  # oblique
    plane = ParameterPlane(kind="random", origin=torch.zeros(5), directions=directions)
    found = trace(plane, path(np.array([[3.0, 1, 0, 2, 0], [9, 9, 9, 9, 9], [1, 0, 0, 0, 0]]), 1))
    np.testing.assert_allclose(found.coordinates[[0, 2]], [[1.0, 1.0], [0.5, 0.0]], atol=1e-6)
    np.testing.assert_allclose(found.distance[[0, 2]], [2, 0], atol=1e-6)
    np.testing.assert_allclose(found.length[[0, 2]] ** 2, [14.0, 1.0], rtol=1e-6)
    assert found.energy == pytest.approx((10 + 1) / (14 + 1))  # the early one is left out


def test_a_run_that_never_moved_has_no_energy() -> None:
    plane = ParameterPlane(kind="random", origin=torch.ones(3), directions=torch.eye(3)[:2])
    assert np.isnan(trace(plane, path(np.ones((4, 3)))).energy)


def test_an_equal_stepped_walk_anchored_at_its_end_keeps_nine_tenths_of_its_energy() -> None:
    count = 200
    steps = np.eye(count + 1)[:-1].cumsum(axis=0)
    (energy,) = random_walk_energies("pca", [path(steps)], makers=[0], origin=(0, count - 1))
    assert energy == pytest.approx((1 + 1 / 9) * 8 / np.pi**2, abs=2e-3)


def test_straightened_paths_keep_their_step_lengths_and_the_distances_of_their_starts() -> None:
    rng = np.random.default_rng(0)
    paths = [path(rng.standard_normal((n, 50))) for n in (4, 6, 1)]
    walks = straighten(paths)
    for original, straight in zip(paths, walks, strict=True):
        expected = np.linalg.norm(np.diff(original.snapshots, axis=0), axis=1)
        steps = np.diff(straight, axis=0)
        np.testing.assert_allclose(np.linalg.norm(steps, axis=1), expected, rtol=1e-6)
        np.testing.assert_allclose(steps @ steps.T, np.diag(expected**2), rtol=1e-6, atol=1e-12)
    for a in range(3):
        for b in range(3):
            apart = np.linalg.norm(walks[a][0] - walks[b][0])
            given = np.linalg.norm(paths[a].snapshots[0] - paths[b].snapshots[0])
            assert apart == pytest.approx(given, abs=1e-5)


MAKERS: dict[Kind, list[int]] = {
    "pca": [1],
    "shared": [1, 0],
    "minima": [1, 0, 2],
    "random": [],
}


def make(kind: Kind, paths: list[RunPath], network: nn.Module) -> ParameterPlane:
    """Return a plane around the second path's end, spanned by the paths of MAKERS."""
    end = torch.from_numpy(paths[1].snapshots[-1])
    chosen = [paths[i].snapshots for i in MAKERS[kind]]
    match kind:
        case "random":
            return random_plane(end, layout(network), 0)
        case "pca":
            return pca_plane(chosen[0], end)
        case "minima":
            return minima_plane([torch.from_numpy(snapshots[-1]) for snapshots in chosen])
        case "shared":
            return shared_plane(chosen, end)


@pytest.mark.parametrize("kind", MAKERS)
def test_the_random_walk_value_is_that_of_simulated_walks(kind: Kind) -> None:
    """Three walks from one start, with steps that shrink at different rates."""
    rng = np.random.default_rng(1)
    network = mlp((100, 96, 10, 4))
    start = flatten(network).double().numpy() * 30
    lengths = [np.exp(-rate * np.arange(40) / 40) * size for rate, size in ((0, 1), (3, 2), (1, 5))]
    simulated = []
    for _ in range(3):
        paths = [walk(rng, length, start) for length in lengths]
        plane = make(kind, paths, network)
        simulated.append([trace(plane, each).energy for each in paths])
    expected = random_walk_energies(kind, paths, makers=MAKERS[kind], origin=(1, 40))
    np.testing.assert_allclose(expected, np.mean(simulated, axis=0), atol=0.02)
    if kind == "random":
        assert expected == [2 / len(start)] * 3


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
