"""Landscapes that are served while they are drawn."""

import itertools
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from descent_atlas.drawing import Drawing, classification, hessian, open_landscape, pca
from descent_atlas.drawing.draw_landscape import BEFORE_TRAJECTORIES
from descent_atlas.drawing.sharding.growing_landscape import GrowingLandscape
from descent_atlas.landscapes.format import read_checked
from tests.precompute.drawing.small_networks import make_batches, make_mlp

GRID = 25

BATCHES = make_batches()


def make_drawing(folder: Path, **options: Any) -> Drawing:
    """Return a drawing with a trajectory of three checkpoints."""
    for seed in range(3):
        torch.save(make_mlp(seed).state_dict(), folder / f"{seed}.pt")
    plane = options.pop("plane", None) or pca(str(folder / "*.pt"))
    return Drawing(make_mlp(), classification, BATCHES, plane=plane, grid=GRID, **options)


def grow(drawing: Drawing, root: Path, order: Sequence[int]) -> list[Path]:
    """Compute points in an order; return copies of the versions that the folder had meanwhile."""
    ticks = itertools.count(step=10.0)
    growing = GrowingLandscape(
        drawing,
        root / "mine",
        lambda landscape: landscape.save(root, id="mine"),
        clock=lambda: next(ticks),
    )
    numbers = drawing.evaluate()
    rows: dict[int, Sequence[float]] = {}
    copies: list[Path] = []
    for index in order:
        rows[index] = numbers[index].tolist()
        if growing.update(rows):
            copies.append(shutil.copytree(root / "mine", root / f"copy-{len(copies)}" / "mine"))
    drawing.finish(numbers).save(root, id="mine")
    return copies


def test_each_version_is_whole_and_finer_than_the_one_before(tmp_path: Path) -> None:
    drawing = make_drawing(tmp_path)
    copies = grow(drawing, tmp_path, drawing.order.points.tolist())
    versions = [read_checked(copy) for copy in copies]
    assert len(versions) == len(drawing.order.subgrids) - 1
    whole = read_checked(tmp_path / "mine")
    assert whole.manifest.complete and whole.manifest.progress is None
    loss = whole.arrays["surface.given.loss"]
    before = np.zeros_like(loss, dtype=np.bool_)
    for number, version in enumerate(versions):
        mask = version.arrays["surface.given.computed"]
        assert mask[before].all() and mask.sum() > before.sum()
        np.testing.assert_array_equal(version.arrays["surface.given.loss"][mask], loss[mask])
        assert np.isnan(version.arrays["surface.given.loss"][~mask]).all()
        (trajectory,) = version.manifest.trajectories
        np.testing.assert_array_equal(
            version.arrays[trajectory.arrays["x"]], whole.arrays["trajectory.0.x"]
        )
        assert ("loss" in trajectory.arrays) == (number >= BEFORE_TRAJECTORIES)
        assert version.manifest.title == whole.manifest.title
        before = mask
    with pytest.raises(ValueError, match=r"mine is incomplete: \d+% of its points"):
        open_landscape(copies[0]).export(tmp_path / "mine.csv")
    with pytest.raises(ValueError, match="is incomplete"):
        open_landscape(copies[0]).figure()


def test_points_that_come_in_any_order_make_no_picture_with_gaps(tmp_path: Path) -> None:
    drawing = make_drawing(tmp_path)
    order = np.random.default_rng(0).permutation(len(drawing.points)).tolist()
    for copy in grow(drawing, tmp_path, order):
        read_checked(copy)  # finds every point of the subgrid that it says to be complete


def test_a_complete_landscape_stays_until_another_one_is(tmp_path: Path) -> None:
    drawing = make_drawing(tmp_path)
    assert grow(drawing, tmp_path, drawing.order.points.tolist())
    assert grow(drawing, tmp_path, drawing.order.points.tolist()) == []
    (tmp_path / "mine" / "arrays.npz").write_bytes(b"damaged")
    assert grow(drawing, tmp_path, drawing.order.points.tolist()) == []


def test_a_plane_of_eigenvectors_has_its_models_in_the_end(tmp_path: Path) -> None:
    drawing = make_drawing(tmp_path, plane=hessian())
    first, *_ = grow(drawing, tmp_path, drawing.order.points.tolist())
    growing, whole = read_checked(first).manifest.plane, read_checked(tmp_path / "mine").manifest
    assert growing is not None and growing.curvature is not None
    assert len(growing.curvature.pairs) == 2 and growing.curvature.models == []
    assert whole.plane is not None and whole.plane.curvature is not None
    assert len(whole.plane.curvature.models) == 1
