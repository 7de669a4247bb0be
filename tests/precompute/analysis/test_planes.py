from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from descent_atlas.analysis import planes
from descent_atlas.analysis.planes import (
    ParameterPlane,
    find_finite,
    find_two_largest,
    fit_grid,
    load_plane,
    minima_plane,
    pca_plane,
    project,
    random_plane,
    save_plane,
    shared_plane,
    unit_grid,
)
from descent_atlas.storage.regular_files import DamagedError
from descent_atlas.training.networks import Layout, convolutional, flatten, layout, mlp

P = 500
generator = np.random.default_rng(0)


def ellipse(count: int = 40) -> tuple[torch.Tensor, NDArray[np.float32]]:
    """Return an origin and snapshots on an ellipse around it.

    Its long axis holds four times the energy of its short one.
    """
    basis = np.linalg.qr(generator.standard_normal((P, 2)))[0].T
    angles = 2 * np.pi * (np.arange(count) + 0.3) / count
    points = np.stack([2 * np.cos(angles), np.sin(angles)], axis=1)
    origin = generator.standard_normal(P).astype(np.float32)
    return torch.from_numpy(origin), (origin + points @ basis).astype(np.float32)


@pytest.mark.parametrize(
    "network", [mlp((12, 8, 5)), convolutional((3, 4), size=4)], ids=["mlp", "convolutional"]
)
def test_a_random_directions_filters_have_the_networks_norms_and_biases_rest(
    network: torch.nn.Module,
) -> None:
    origin, plan = flatten(network), layout(network)
    plane = random_plane(origin, plan, seed=3)
    own = plan.split(origin)
    for direction in plane.directions:
        for name, tensor in plan.split(direction).items():
            if name.endswith("bias"):
                assert not tensor.any()
            else:
                norms = tensor.flatten(1).norm(dim=1)
                torch.testing.assert_close(norms, own[name].flatten(1).norm(dim=1))


def test_random_directions_depend_on_their_seed_alone() -> None:
    network = mlp((12, 8, 5))
    origin, plan = flatten(network), layout(network)
    first, again, other = (random_plane(origin, plan, seed).directions for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert abs(random_plane(origin, plan, 0).cosine) < 0.4


def test_a_random_plane_leaves_frozen_parameters_as_they_are() -> None:
    network = mlp((8, 4, 3))
    plan, theta = layout(network), flatten(network)
    held = plan.split(random_plane(theta, plan, 0, frozen=["1.weight"]).directions)
    free = plan.split(random_plane(theta, plan, 0).directions)
    assert not held["1.weight"].any()
    assert torch.equal(held["3.weight"], free["3.weight"])


def test_a_filter_of_zeros_stays() -> None:
    plan = Layout(("weight",), (torch.Size((2, 3)),))
    origin = torch.tensor([0.0, 0, 0, 1, 2, 2])
    for direction in random_plane(origin, plan, 0).directions:
        assert not direction[:3].any()
        assert direction[3:].norm() == pytest.approx(3)


def test_principal_directions_are_those_of_the_singular_value_decomposition() -> None:
    snapshots = generator.standard_normal((30, P)).cumsum(axis=0).astype(np.float32)
    origin = torch.from_numpy(snapshots[-1])
    plane = pca_plane(snapshots, origin)
    _, singular, rows = np.linalg.svd(snapshots.astype(np.float64) - snapshots[-1])
    for direction, expected in zip(plane.directions.numpy(), rows, strict=False):
        assert abs(direction @ expected) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(plane.spectrum, singular**2 / np.sum(singular**2), atol=1e-12)
    np.testing.assert_allclose(plane.gram, np.eye(2), atol=1e-6)


def test_a_path_in_a_plane_is_found_whole_with_signs_that_are_fixed() -> None:
    origin, snapshots = ellipse()
    plane = pca_plane(snapshots, origin)
    assert sum(plane.spectrum[:2]) == pytest.approx(1)
    coordinates, distance = project(plane, snapshots)
    assert distance.max() < 1e-5
    farthest = np.abs(coordinates).argmax(axis=0)
    assert (coordinates[farthest, [0, 1]] > 0).all()
    np.testing.assert_allclose(np.abs(coordinates[:, 0]).max(), 2, rtol=0.01)
    again = pca_plane(snapshots[::-1], origin)
    torch.testing.assert_close(again.directions, plane.directions, atol=1e-5, rtol=0)


def test_snapshots_that_are_not_finite_make_no_direction() -> None:
    origin, snapshots = ellipse()
    broken = np.vstack([snapshots, np.full((1, P), np.nan), np.full((1, P), np.inf)])
    broken = broken.astype(np.float32)
    plane, whole = pca_plane(broken, origin), pca_plane(snapshots, origin)
    torch.testing.assert_close(plane.directions, whole.directions)
    coordinates, distance = project(plane, broken)
    assert np.isfinite(coordinates[:-2]).all()
    assert np.isnan(coordinates[-2:]).all() and np.isnan(distance[-2:]).all()


def test_a_path_on_a_line_gets_a_second_direction_that_is_orthogonal() -> None:
    line = np.outer(np.linspace(1, 0, 5), np.arange(P)).astype(np.float32)
    plane = pca_plane(line, torch.from_numpy(line[-1]))
    np.testing.assert_allclose(plane.gram, np.eye(2), atol=1e-6)
    coordinates, distance = project(plane, line)
    np.testing.assert_allclose(coordinates[:, 1], 0, atol=1e-2)
    np.testing.assert_allclose(distance, 0, atol=1e-2)
    assert plane.spectrum[0] == pytest.approx(1)


def test_a_path_that_never_leaves_the_origin_makes_no_plane() -> None:
    with pytest.raises(ValueError, match="no snapshot differs"):
        pca_plane(np.ones((4, P), dtype=np.float32), torch.ones(P))


def test_each_run_weighs_the_same_in_a_shared_plane() -> None:
    """Two runs along orthogonal lines, one a hundred times as far and ten times as often."""
    v, eta = np.linalg.qr(generator.standard_normal((P, 2)))[0].T
    far = np.outer(np.linspace(0, 100, 50), v)
    near = np.outer(np.linspace(0, 1, 5), eta) + 1e-3 * generator.standard_normal((5, P))
    paths = [path.astype(np.float32) for path in (far, near)]
    plane = shared_plane(paths, torch.zeros(P))
    assert plane.spectrum[:2] == pytest.approx((0.5, 0.5), abs=1e-2)
    for direction in (v, eta):
        captured = np.linalg.norm(plane.directions.numpy() @ direction)
        assert captured == pytest.approx(1, abs=1e-2)


def test_the_plane_through_three_ends_contains_them_and_keeps_lengths() -> None:
    ends = [torch.from_numpy(generator.standard_normal(P)).float() for _ in range(3)]
    plane = minima_plane(ends)
    coordinates, distance = project(plane, torch.stack(ends).numpy())
    np.testing.assert_allclose(distance, 0, atol=1e-4)
    np.testing.assert_allclose(coordinates[0], 0, atol=1e-6)
    for a in range(3):
        for b in range(3):
            drawn = np.linalg.norm(coordinates[a] - coordinates[b])
            assert drawn == pytest.approx(float((ends[a] - ends[b]).norm()), rel=1e-5)
    assert coordinates[1][1] == pytest.approx(0, abs=1e-4)
    assert coordinates[2][1] > 0


@pytest.mark.parametrize(
    "ends",
    [
        [torch.zeros(P), torch.ones(P), 2 * torch.ones(P)],
        [torch.zeros(P), torch.ones(P), torch.zeros(P)],
        [torch.ones(P), torch.ones(P), torch.zeros(P)],
    ],
)
def test_ends_on_one_line_make_no_plane(ends: list[torch.Tensor]) -> None:
    with pytest.raises(ValueError, match="on one line"):
        minima_plane(ends)


def test_two_ends_make_no_plane() -> None:
    with pytest.raises(ValueError, match="three ends, not 2"):
        minima_plane([torch.zeros(P), torch.ones(P)])


def test_projection_on_oblique_directions_gives_the_nearest_points() -> None:
    """Directions of lengths 2 and 3 at 30°: reading off g·v would be wrong."""
    e = np.eye(P)
    v, eta = 2 * e[0], 3 * (np.cos(np.pi / 6) * e[0] + np.sin(np.pi / 6) * e[1])
    plane = ParameterPlane(
        kind="random",
        origin=torch.ones(P),
        directions=torch.from_numpy(np.stack([v, eta])).float(),
    )
    assert plane.cosine == pytest.approx(np.cos(np.pi / 6))
    np.testing.assert_allclose(plane.gram, [[4, 3 * 3**0.5], [3 * 3**0.5, 9]], rtol=1e-6)
    theta = 1 + 0.5 * v - 2 * eta + 7 * e[2]
    coordinates, distance = project(plane, theta[None])
    np.testing.assert_allclose(coordinates, [[0.5, -2]], rtol=1e-5)
    assert distance == pytest.approx(7, rel=1e-6)


def test_stretches_of_parameters_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    origin, snapshots = ellipse()
    whole = pca_plane(snapshots, origin)
    coordinates, distance = project(whole, snapshots + 1)
    monkeypatch.setattr(planes, "NUMBERS_AT_ONCE", 7 * len(snapshots))
    plane = pca_plane(snapshots, origin)
    torch.testing.assert_close(plane.directions, whole.directions)
    again, away = project(whole, snapshots + 1)
    np.testing.assert_allclose(again, coordinates, rtol=1e-12)
    np.testing.assert_allclose(away, distance, rtol=1e-12)
    np.testing.assert_array_equal(find_finite(snapshots), np.ones(len(snapshots)))
    broken = snapshots.copy()
    broken[3, -1] = np.inf
    assert np.flatnonzero(~find_finite(broken)).tolist() == [3]


def test_a_plane_and_its_grid_are_read_as_they_were_saved(tmp_path: Path) -> None:
    origin, snapshots = ellipse()
    plane = pca_plane(snapshots, origin)
    save_plane(tmp_path / "plane", plane, unit_grid(5), key="k")
    read, grid = load_plane(tmp_path / "plane")
    np.testing.assert_array_equal(grid.x, unit_grid(5).x)
    assert torch.equal(read.directions, plane.directions)
    assert torch.equal(read.origin, plane.origin)
    assert (read.kind, read.seed, read.spectrum) == (plane.kind, None, plane.spectrum)
    (tmp_path / "plane" / "manifest.json").unlink()
    with pytest.raises(DamagedError):
        load_plane(tmp_path / "plane")


def test_a_random_planes_grid_is_the_unit_square_with_the_origin_in_it() -> None:
    grid = unit_grid(51)
    assert (grid.x[0], grid.x[25], grid.x[-1]) == (-1, 0, 1)


def test_a_fitted_grid_holds_the_origin_and_all_points_with_a_margin() -> None:
    grid = fit_grid([[1.0, 4.0], [10.0, 5.0], [np.nan, 99.0]], 11)
    assert (grid.x[0], grid.x[-1]) == pytest.approx((-1.5, 11.5))
    assert (grid.y[0], grid.y[-1]) == pytest.approx((-0.75, 5.75))
    assert len(grid.x) == len(grid.y) == 11


def test_a_fitted_grid_is_never_flat() -> None:
    grid = fit_grid([[-10.0, 0.0]], 5)
    assert np.ptp(grid.y) == pytest.approx(0.1 * np.ptp(grid.x))
    with pytest.raises(ValueError, match="nothing to fit"):
        fit_grid([[0.0, 0.0]], 5)


@pytest.mark.parametrize("rows", [5, 300])
def test_the_two_largest_eigenpairs_are_those_of_the_whole_decomposition(rows: int) -> None:
    walk = np.cumsum(np.random.default_rng(1).standard_normal((rows, 500)), axis=0)
    gram = walk @ walk.T
    values, vectors = find_two_largest(gram)
    all_values, all_vectors = np.linalg.eigh(gram)
    np.testing.assert_allclose(values, all_values[-2:], rtol=1e-12)
    np.testing.assert_allclose(np.abs((vectors * all_vectors[:, -2:]).sum(axis=0)), 1, rtol=1e-12)


def test_rows_on_one_line_have_one_large_eigenvalue() -> None:
    row = np.random.default_rng(2).standard_normal(300)
    values, _ = find_two_largest(np.outer(row, row))
    assert values.tolist() == pytest.approx([0, row @ row], abs=1e-9)
