"""Planes of eigenvectors, segments, lotteries and paths of batches, from runs to their files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from descent_atlas.analysis.curvature import CurvatureMatrix
from descent_atlas.analysis.eigenpairs import find_eigenpairs
from descent_atlas.analysis.planes import load_plane, random_plane
from descent_atlas.analysis.segments import CONNECTED_BELOW, FALLS, RISES
from descent_atlas.analysis.surfaces import evaluate_surface
from descent_atlas.analysis.trajectories import gradient
from descent_atlas.landscapes.format import Landscape, read_checked
from descent_atlas.output.assembly import assemble_landscape
from descent_atlas.output.hessian_planes import make_hessian_plane
from descent_atlas.output.landscape_parts import (
    USUAL,
    compute_points,
    key_path,
    key_surfaces,
    make_plane,
    measure_path,
    read_path,
)
from descent_atlas.output.measured.batch_paths import BatchPaths
from descent_atlas.output.measured.lotteries import PlaneLottery, find_steepest
from descent_atlas.output.measured.measured_landscape import MeasuredLandscape
from descent_atlas.output.measured.segment_profiles import SegmentProfiles
from descent_atlas.output.surface_parts import SurfaceParts
from descent_atlas.storage.regular_files import DamagedError
from descent_atlas.study.entries import HessianSettings, LandscapeEntry
from descent_atlas.study.measured_entries import BatchPathEntry, LotteryEntry, SegmentsEntry
from descent_atlas.training.images.datasets import ImageDataset
from descent_atlas.training.loops.batch_order import epoch_order
from descent_atlas.training.runs import TrainingRun
from tests.precompute.output.small_trainings import LABELS, loss_at

WORDS: dict[str, Any] = {"title": "Measured", "shows": "What is measured.", "figures": []}

SEGMENTS = SegmentsEntry(id="segments", runs=["sgd", "adam", "wild"], points=11, **WORDS)
LOTTERY = LotteryEntry(
    id="lottery", origin="sgd", seeds=4, shown=3, grid=7, batches=[1, 16], images=30, **WORDS
)
BATCHES = BatchPathEntry(
    id="batches", run="sgd", moments=4, surfaces=["batch-1", "batch-48", "train"], grid=5, **WORDS
)
Runs = dict[str, TrainingRun]


def open_landscape(
    kind: type[MeasuredLandscape], entry: Any, root: Path, runs: Runs, dataset: ImageDataset
) -> MeasuredLandscape:
    """Return a measured landscape, of which nothing is computed."""
    parts = root / entry.id
    measured = {}
    if isinstance(entry, BatchPathEntry):
        own = entry.landscape
        key = key_surfaces(own, runs, dataset)
        make_plane(parts / "plane", key=key, entry=own, runs=runs)
        measured = {entry.run: root / "path"}
        run = runs[entry.run]
        measure_path(root / "path", key=key_path(run, dataset), run=run, dataset=dataset)
    return kind(
        entry=entry,
        runs={id: runs[id] for id in entry.runs},
        labels=LABELS,
        dataset=dataset,
        measures=USUAL,
        parts=parts,
        measured=measured,
    )


def build(landscape: MeasuredLandscape, root: Path) -> Landscape:
    """Compute all sheets and read what is assembled of them."""
    rows, columns = landscape.entry.shape
    for sheet in landscape.entry.list_sheets():
        landscape.compute(sheet, (0, rows * columns), pace=1)
    return read_checked(landscape.assemble(root / "landscapes", study="small"))


@pytest.fixture(scope="module")
def segments(
    tmp_path_factory: pytest.TempPathFactory, runs: Runs, dataset: ImageDataset
) -> Landscape:
    root = tmp_path_factory.mktemp("segments")
    return build(open_landscape(SegmentProfiles, SEGMENTS, root, runs, dataset), root)


@pytest.fixture(scope="module")
def lottery(
    tmp_path_factory: pytest.TempPathFactory, runs: Runs, dataset: ImageDataset
) -> Landscape:
    root = tmp_path_factory.mktemp("lottery")
    return build(open_landscape(PlaneLottery, LOTTERY, root, runs, dataset), root)


def test_profiles_join_all_ends_and_each_runs_start_with_its_end(
    segments: Landscape, runs: Runs, dataset: ImageDataset
) -> None:
    found = segments.manifest.segments
    assert found is not None and found.resolution == 0.1
    profiles = {profile.id: profile for profile in found.profiles}
    assert list(profiles) == ["sgd..adam", "sgd..wild", "adam..wild", "sgd", "adam", "wild"]
    own = profiles["sgd..adam"]
    a, b = (read_path(runs[id]).read(-1).double() for id in ("sgd", "adam"))
    assert own.length == pytest.approx(float((a - b).norm()))
    train, test = own.curves
    loss = segments.arrays[train.arrays["loss"]]
    for t, value in ((0, loss[0]), (0.3, loss[3]), (1, loss[-1])):
        theta = ((1 - t) * a + t * b).float()
        assert value == pytest.approx(loss_at(runs["sgd"], theta, dataset), rel=1e-5)
    assert (train.images, test.images) == (dataset.train.size, dataset.test.size)
    way = profiles["sgd"]
    assert (way.kind, way.first.step, way.second.step) == ("path", 0, runs["sgd"].steps)
    start = loss_at(runs["sgd"], read_path(runs["sgd"]).read(0), dataset)
    values = segments.arrays[way.curves[0].arrays["loss"]]
    assert values[0] == pytest.approx(start, rel=1e-5)
    assert way.curves[0].climb == max(0.0, *(values - np.minimum.accumulate(values)))
    assert way.connected is None
    assert way.note == (RISES if way.curves[0].climb else FALLS)


def test_a_barrier_is_the_largest_excess_over_the_line_between_the_ends(
    segments: Landscape,
) -> None:
    found = segments.manifest.segments
    assert found is not None
    t = segments.arrays[found.t]
    for profile in found.profiles:
        curve = profile.curves[0]
        for metric, sign in (("loss", 1), ("accuracy", -1)):
            values = sign * segments.arrays[curve.arrays[metric]]
            barrier = curve.barriers[metric]
            if not np.isfinite(values).all():
                assert barrier.height is None and profile.connected is None
                continue
            excess = values - (1 - t) * values[0] - t * values[-1]
            assert barrier.height == pytest.approx(max(0.0, excess[1:-1].max()), abs=1e-12)
        height = curve.barriers["accuracy"].height
        if profile.kind == "ends" and curve.barriers["loss"].height is not None:
            assert height is not None and profile.connected is (height < CONNECTED_BELOW)


def test_a_lottery_has_the_random_plane_of_every_seed(
    lottery: Landscape, runs: Runs, dataset: ImageDataset
) -> None:
    found = lottery.manifest.lottery
    assert found is not None and (found.seeds, found.shown) == ([0, 1, 2, 3], [0, 1, 2])
    run = runs["sgd"]
    plane = random_plane(read_path(run).read(-1), run.layout, 2)
    axis = np.linspace(-1, 1, 7)
    surface = evaluate_surface(
        run.build_network(), run.layout, plane.origin, plane.directions, axis, axis, dataset.train
    )
    loss = lottery.arrays[found.arrays["loss"]]
    assert loss.dtype == np.float32 and loss.shape == (4, 7, 7)
    np.testing.assert_allclose(loss[2], surface.loss, rtol=1e-5)
    lengths = lottery.arrays[found.directions][2]
    np.testing.assert_allclose(lengths, np.sqrt(np.diag(plane.gram)), rtol=1e-6)


def test_every_statistic_of_a_lottery_is_a_range_over_its_seeds(lottery: Landscape) -> None:
    found = lottery.manifest.lottery
    assert found is not None
    assert [statistic.id for statistic in found.statistics] == [
        *("convex", "convex-half", "minima", "minima-inside"),
        *("gradient", "angle-1", "angle-16"),
    ]
    for statistic in found.statistics:
        values = lottery.arrays[statistic.array]
        bounds = (statistic.lowest, statistic.median, statistic.highest)
        assert bounds == (values.min(), np.median(values), values.max())
        assert statistic.rule.endswith(".")
    arrows = {arrow.surface: arrow for arrow in found.arrows}
    angle = found.statistics[-1]
    cosine = arrows["batch-16"].cosine
    assert cosine is not None
    assert angle.truth == pytest.approx(np.degrees(np.arccos(cosine)))
    share = lottery.arrays[found.statistics[4].array]
    assert (share > 0).all() and (share < 0.5).all()  # two of some thousand directions


def test_random_planes_show_less_than_the_sharpness(
    lottery: Landscape, runs: Runs, dataset: ImageDataset
) -> None:
    found = lottery.manifest.lottery
    assert found is not None and found.curvature is not None
    curvature, run = found.curvature, runs["sgd"]
    batch = torch.from_numpy(np.random.default_rng(0).permutation(dataset.train.size)[:30])
    theta = read_path(run).read(-1)
    matrix = CurvatureMatrix(run.build_network(), run.layout, theta, dataset.train, batch=batch)
    exact = find_eigenpairs(matrix.multiply, run.layout.size, tolerance=1e-4)
    assert curvature.sharpness == pytest.approx(exact.values[0], rel=0.02)
    v = random_plane(theta, run.layout, 1).directions.double().numpy()
    basis, _ = np.linalg.qr(v.T)
    inside = basis.T @ np.stack([matrix.multiply(column) for column in basis.T], axis=1)
    steepest = lottery.arrays[curvature.array]
    assert steepest[1] == pytest.approx(np.linalg.eigvalsh((inside + inside.T) / 2)[-1], rel=1e-3)
    assert curvature.highest == steepest.max()
    assert curvature.sharpness is not None and curvature.ratio is not None
    assert curvature.ratio == pytest.approx(steepest.max() / curvature.sharpness)
    assert 0 < curvature.ratio < 1


def test_a_path_of_batches_shows_each_moment_on_a_parallel_plane(
    tmp_path: Path, runs: Runs, dataset: ImageDataset
) -> None:
    landscape = open_landscape(BatchPaths, BATCHES, tmp_path, runs, dataset)
    assert isinstance(landscape, BatchPaths)
    found = build(landscape, tmp_path)
    path, run = found.manifest.batch_path, runs["sgd"]
    assert path is not None and [view.images for view in path.views] == [
        1,
        48,
        dataset.train.size,
    ]
    assert (path.moments[0].step, path.moments[-1].step) == (0, run.steps)
    plane, grid = load_plane(tmp_path / "batches" / "plane")
    moment, view = path.moments[1], path.views[-1]
    theta = read_path(run).read(int(landscape.moments[1])).double()
    shift = torch.tensor([grid.x[3] - moment.x, grid.y[2] - moment.y])
    point = (theta + shift @ plane.directions.double()).float()
    loss = found.arrays[view.arrays["loss"]]
    assert loss.dtype == np.float32 and loss.shape == (4, 5, 5)
    assert loss[1, 2, 3] == pytest.approx(loss_at(run, point, dataset), rel=1e-5)

    small = path.views[1]
    batch = landscape.choose_batch("batch-48", 1)[1]
    own = gradient(run.build_network(), run.layout, theta.float(), dataset.train, batch)
    assert found.arrays[small.arrays["norm"]][1] == pytest.approx(float(own.norm()), rel=1e-5)
    arrow = [found.arrays[small.arrays[f"arrow.{axis}"]][1] for axis in "xy"]
    slopes = plane.directions.double() @ own
    np.testing.assert_allclose(arrow, -np.linalg.solve(plane.gram, slopes), rtol=1e-4)
    full = found.arrays[view.arrays["cosine"]]
    np.testing.assert_allclose(full, 1)


def test_a_moments_batch_is_what_the_run_sees_next(
    tmp_path: Path, runs: Runs, dataset: ImageDataset
) -> None:
    landscape = open_landscape(BatchPaths, BATCHES, tmp_path, runs, dataset)
    assert isinstance(landscape, BatchPaths)
    run, count = runs["sgd"], dataset.train.size
    step = int(read_path(run).steps[landscape.moments[2]])
    epoch, before = divmod(step, run.steps_per_epoch or 0)
    orders = torch.cat([epoch_order(1, epoch, count), epoch_order(1, epoch + 1, count)])
    first = before * 64
    _, batch = landscape.choose_batch("batch-48", 2)
    assert batch is not None and batch.tolist() == orders[first : first + 48].tolist()


def test_points_that_exist_are_kept_and_missing_ones_are_reported(
    tmp_path: Path, runs: Runs, dataset: ImageDataset
) -> None:
    landscape = open_landscape(SegmentProfiles, SEGMENTS, tmp_path, runs, dataset)
    sheet = ("sgd..adam", "train")
    landscape.compute(sheet, (0, 6), pace=1)
    assert landscape.find_parts(sheet).find_missing(0, 6) == []
    assert landscape.find_parts(("sgd", "train")).find_missing(0, 11) == [(0, 11)]
    with pytest.raises(DamagedError, match="lacks"):
        landscape.assemble(tmp_path)
    longer = SEGMENTS.model_copy(update={"points": 21})
    other = open_landscape(SegmentProfiles, longer, tmp_path, runs, dataset)
    assert other.key != landscape.key
    assert other.find_parts(sheet).find_missing(0, 6) == [(0, 6)]


def build_hessian(
    root: Path, entry: LandscapeEntry, runs: Mapping[str, TrainingRun], dataset: ImageDataset
) -> Landscape:
    """Compute a plane of eigenvectors, and read what is assembled of it."""
    key = key_surfaces(entry, runs, dataset)
    make_hessian_plane(root / "plane", key=key, entry=entry, runs=runs, dataset=dataset)
    plane, grid = load_plane(root / "plane")
    parts = {
        surface: SurfaceParts(folder=root, surface=surface, key=key, shape=(entry.grid, entry.grid))
        for surface in entry.surfaces
    }
    run = runs[entry.origin]
    for own in parts.values():
        span = (0, own.points)
        compute_points(own, span, plane=plane, grid=grid, run=run, dataset=dataset, pace=1)
    measure_path(root / "path", key=key_path(run, dataset), run=run, dataset=dataset)
    return read_checked(
        assemble_landscape(
            root / "landscapes",
            entry=entry,
            plane=plane,
            grid=grid,
            parts=parts,
            measured={entry.origin: root / "path"},
            runs=runs,
            labels=LABELS,
            dataset=dataset,
        )
    )


def test_a_studys_plane_of_eigenvectors_has_its_pairs_and_models(
    tmp_path: Path, runs: Runs, dataset: ImageDataset
) -> None:
    settings = HessianSettings(images=40, seed=3, reach=0.5, second="negative")
    entry = LandscapeEntry(
        id="hessian",
        plane="hessian",
        origin="sgd",
        runs=["sgd"],
        surfaces=["train", "test"],
        grid=5,
        hessian=settings,
        **WORDS,
    )
    found = build_hessian(tmp_path, entry, runs, dataset)
    run = runs["sgd"]
    theta = read_path(run).read(-1)
    batch = torch.from_numpy(np.random.default_rng(3).permutation(dataset.train.size)[:40])
    matrix = CurvatureMatrix(run.build_network(), run.layout, theta, dataset.train, batch=batch)
    plane = found.manifest.plane
    assert plane is not None and plane.curvature is not None and plane.gram is not None
    curvature = plane.curvature
    assert (curvature.images, curvature.images_seed) == (40, 3)
    assert [pair.end for pair in curvature.pairs] == ["largest", "smallest"]
    for pair in curvature.pairs:
        exact = find_eigenpairs(matrix.multiply, run.layout.size, end=pair.end, tolerance=1e-4)
        assert pair.value == pytest.approx(exact.values[0], rel=0.02)
        assert pair.residual <= 0.01 * abs(pair.value) and pair.converged
        assert pair.length == pytest.approx(np.sqrt(2 * curvature.rise / abs(pair.value)))
    assert plane.gram[0][0] == pytest.approx(curvature.pairs[0].length ** 2, rel=1e-5)
    assert found.arrays["grid.x"].tolist() == np.linspace(-0.5, 0.5, 5).tolist()
    train, _ = curvature.models
    assert train.loss == pytest.approx(loss_at(run, theta, dataset), rel=1e-6)
    # Near the origin the surface is its own model, whose derivatives are on all images.
    whole = CurvatureMatrix(run.build_network(), run.layout, theta, dataset.train)
    v = load_plane(tmp_path / "plane")[0].directions.double().numpy()
    second = v @ np.stack([whole.multiply(row) for row in v]).T
    np.testing.assert_allclose(train.hessian, second, rtol=1e-3, atol=1e-4)


def test_a_plane_without_eigenvectors_has_the_key_that_it_had(runs: Runs) -> None:
    plain = LandscapeEntry(
        id="plain", plane="random", origin="sgd", runs=["sgd"], surfaces=["train"], grid=5, **WORDS
    )
    assert "hessian" not in plain.key
    assert set(plain.key) == set(LandscapeEntry.model_fields) - {"hessian"}
    with pytest.raises(ValueError, match='those of plane = "hessian"'):
        LandscapeEntry(**{**plain.key, "hessian": HessianSettings()})


def test_where_no_second_derivative_is_finite_a_plane_shows_no_curvature(runs: Runs) -> None:
    run = runs["sgd"]
    plane = random_plane(run.final, run.layout, 0, frozen=run.frozen)
    assert np.isnan(find_steepest(plane, lambda vector: np.full_like(vector, np.nan)))
    assert np.isfinite(find_steepest(plane, lambda vector: vector))
