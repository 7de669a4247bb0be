"""How much of a run's movement a plane shows, with known answers and simulated walks."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from descent_atlas.analysis.plane_fidelity import (
    Fidelity,
    measure_fidelity,
    place_starts,
    walk_fidelities,
)
from descent_atlas.analysis.planes import (
    Kind,
    ParameterPlane,
    minima_plane,
    pca_plane,
    random_plane,
    shared_plane,
)
from descent_atlas.analysis.trajectories import RunPath
from descent_atlas.training.networks import flatten, layout, mlp
from tests.precompute.analysis.test_trajectories import path


def walk(
    rng: np.random.Generator, lengths: NDArray[np.float64], start: NDArray[np.float64]
) -> RunPath:
    """Return a random walk with steps of given lengths in as many dimensions as its start."""
    steps = rng.standard_normal((len(lengths), len(start)))
    steps *= (lengths / np.linalg.norm(steps, axis=1))[:, None]
    return path(np.vstack([start, start + steps.cumsum(axis=0)]))


def test_a_run_is_measured_about_its_own_end_wherever_it_lies() -> None:
    """From (5, 9, 2) by (3, 0, 4) and (0, 1, 0): in the plane of x and y, 9 + 1 + 1 of 26 + 1."""
    oblique = np.array([[2.0, 0, 0], [1, 1, 0]])
    points = np.array([[5.0, 9, 2], [8, 9, 6], [8, 10, 6]])
    found = measure_fidelity(oblique, path(points))
    assert found.energy == pytest.approx((10 + 1) / (26 + 1))
    assert found.displacement == pytest.approx(10 / 26)
    far = measure_fidelity(oblique, path(points + np.array([0, 0, 1000.0])))
    assert (far.energy, far.displacement) == pytest.approx((11 / 27, 10 / 26), rel=1e-4)


def test_an_offset_between_runs_is_no_movement() -> None:
    """A run that moves only out of the plane has no energy there, however far from the origin."""
    points = np.array([[88.0, 0, 5], [88, 0, 3], [88, 0, 0]])
    assert measure_fidelity(np.eye(3)[:2], path(points)) == Fidelity(energy=0, displacement=0)


def test_extra_early_snapshots_have_no_weight() -> None:
    points = np.array([[2.0, 0, 0], [50, 0, 9], [0, 1, 1], [0, 0, 0]])
    found = measure_fidelity(np.eye(3)[:2], path(points, early=1))
    assert found.energy == pytest.approx((4 + 1) / (4 + 2))


def test_a_run_that_never_moved_has_no_shares() -> None:
    found = measure_fidelity(np.eye(3)[:2], path(np.ones((4, 3))))
    assert np.isnan(found.energy)
    assert np.isnan(found.displacement)


def test_an_equal_stepped_walk_keeps_nine_tenths_of_its_energy() -> None:
    count = 200
    steps = np.zeros((count, 100_000), dtype=np.float32)
    steps[range(count), range(count)] = 1
    sets = walk_fidelities(
        "pca", [path(steps.cumsum(axis=0))], makers=[0], origin=(0, count - 1), walks=5
    )
    energies = [energy for ((energy),) in ([each.energy for each in one] for one in sets)]
    assert np.mean(energies) == pytest.approx((1 + 1 / 9) * 8 / np.pi**2, abs=5e-3)
    assert np.ptp(energies) > 0


def test_starts_are_placed_at_their_distances() -> None:
    rng = np.random.default_rng(0)
    paths = [path(rng.standard_normal((n, 50))) for n in (4, 6, 1)]
    placed = place_starts(paths)
    assert placed.shape == (3, 2)
    for a in range(3):
        for b in range(3):
            given = np.linalg.norm(paths[a].snapshots[0] - paths[b].snapshots[0])
            assert np.linalg.norm(placed[a] - placed[b]) == pytest.approx(given, abs=1e-5)
    assert place_starts([paths[0], paths[0]]).shape == (2, 0)


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
        case "hessian" | "segment":
            raise ValueError(f"no path makes a plane of the kind {kind}")


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("apart", [False, True])
def test_the_null_is_that_of_walks_simulated_in_all_dimensions(kind: Kind, apart: bool) -> None:
    """Three walks from one start, or several, with steps that shrink at different rates."""
    rng = np.random.default_rng(1)
    network = mlp((100, 16, 10, 4))
    starts = [flatten(network).double().numpy() * 30] * 3
    if apart:
        starts = [start + rng.standard_normal(len(start)) / 10 for start in starts]
    lengths = [np.exp(-rate * np.arange(40) / 40) * size for rate, size in ((0, 1), (3, 2), (1, 5))]
    simulated = []
    for _ in range(12):
        paths = [walk(rng, *each) for each in zip(lengths, starts, strict=True)]
        directions = make(kind, paths, network).directions.numpy()
        own = [measure_fidelity(directions, each) for each in paths]
        simulated.append([(each.energy, each.displacement) for each in own])
    sets = walk_fidelities(kind, paths, makers=MAKERS[kind], origin=(1, 40), walks=50)
    drawn = np.array([[(each.energy, each.displacement) for each in one] for one in sets])
    error = np.std(simulated, axis=0) / np.sqrt(12) + drawn.std(axis=0) / np.sqrt(50)
    difference = np.abs(drawn.mean(axis=0) - np.mean(simulated, axis=0))
    assert (difference <= 4 * error + 1e-9).all()


def test_the_null_depends_on_its_seed_alone() -> None:
    paths = [walk(np.random.default_rng(0), np.ones(20), np.zeros(500))]
    once, again, other = (
        walk_fidelities("pca", paths, makers=[0], origin=(0, 20), walks=3, seed=seed)
        for seed in (0, 0, 1)
    )
    assert once == again != other
