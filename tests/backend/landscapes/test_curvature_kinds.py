"""Landscapes of curvature: what each kind needs, and how the catalog serves it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from descent_atlas.landscapes.format import read_checked, write_landscape
from descent_atlas.landscapes.served_catalog import write_catalog
from descent_atlas.landscapes.store import read_once
from descent_atlas.storage.regular_files import DamagedError
from tests.backend.landscapes.curvature_samples import (
    make_batch_path,
    make_curvatures,
    make_hessian,
    make_lottery,
    make_segments,
    make_sharp_landscape,
    write_curvatures,
)
from tests.backend.landscapes.landscape_samples import Sample


@pytest.mark.parametrize("sample", make_curvatures(), ids=lambda sample: sample.id)
def test_every_kind_is_read_as_it_was_written(sample: Sample, tmp_path: Path) -> None:
    found = read_checked(sample.write(tmp_path))
    assert found.manifest.kind == sample.manifest["kind"]
    assert set(found.arrays) == set(sample.arrays)


def test_the_catalog_lists_every_kind(tmp_path: Path) -> None:
    samples = write_curvatures(tmp_path)
    contents = read_once([tmp_path])
    assert not contents.damaged
    ids = list(contents.landscapes)
    catalog = json.loads(write_catalog(contents, (tmp_path.name,), ids, count=len(ids)))
    rows = {row["id"]: row for row in catalog["landscapes"]}
    assert rows.keys() == {sample.id for sample in samples}
    assert rows["sgd-hessian"]["plane"] == "hessian"
    assert rows["segments"]["plane"] is None and rows["segments"]["grid"] is None
    assert rows["sgd-lottery"]["plane"] is None and rows["sgd-lottery"]["grid"] == [9, 9]
    assert rows["sgd-batches"]["plane"] == "pca" and rows["sgd-batches"]["grid"] == [9, 11]
    assert rows["sgd-batches"]["metrics"] == ["loss", "accuracy"]


def test_the_model_of_a_sample_fails_where_its_rule_says() -> None:
    sample = make_hessian()
    curvature = sample.manifest["plane"]["curvature"]
    model = curvature["models"][0]
    x, y = np.meshgrid(sample.arrays["grid.x"], sample.arrays["grid.y"])
    p = np.stack([x, y])
    q = model["loss"] + np.einsum("i,ijk", model["gradient"], p)
    q += np.einsum("ijk,il,ljk->jk", p, model["hessian"], p) / 2
    loss = sample.arrays["surface.train.loss"]
    fails = np.abs(loss - q) > model["share"] * curvature["rise"] * (x**2 + y**2) + 1e-12
    assert fails.sum() == model["failing"] > 0
    assert np.hypot(x, y)[fails].min() == model["nearest_failure"]


def without_curvature(manifest: dict[str, Any]) -> None:
    del manifest["plane"]["curvature"]


def with_a_foreign_model(manifest: dict[str, Any]) -> None:
    manifest["plane"]["curvature"]["models"][0]["surface"] = "batch-1"


def with_a_foreign_run(manifest: dict[str, Any]) -> None:
    manifest["segments"]["profiles"][0]["second"]["run"] = "nobody"


def without_a_barrier(manifest: dict[str, Any]) -> None:
    del manifest["segments"]["profiles"][0]["curves"][0]["barriers"]["accuracy"]


def with_too_many_seeds(manifest: dict[str, Any]) -> None:
    manifest["lottery"]["seeds"].append(99)


def with_a_foreign_seed(manifest: dict[str, Any]) -> None:
    manifest["lottery"]["shown"].append(99)


def without_a_moment(manifest: dict[str, Any]) -> None:
    del manifest["batch_path"]["moments"][0]


def without_the_path(manifest: dict[str, Any]) -> None:
    manifest["trajectories"][0]["run"] = "nobody"


@pytest.mark.parametrize(
    ("make", "change", "fault"),
    [
        (make_hessian, without_curvature, 'of the kind "hessian" alone'),
        (make_hessian, with_a_foreign_model, 'surface "batch-1" is not among'),
        (make_segments, with_a_foreign_run, 'run "nobody" is not among'),
        (make_segments, without_a_barrier, "lacks the barrier of a metric"),
        (make_lottery, with_too_many_seeds, "has the shape"),
        (make_lottery, with_a_foreign_seed, 'seed "99" is not among'),
        (make_batch_path, without_a_moment, "has the shape"),
        (make_batch_path, without_the_path, 'run "nobody" is not among'),
    ],
)
def test_parts_that_do_not_fit_together_are_damaged(
    make: Callable[[], Sample],
    change: Callable[[dict[str, Any]], None],
    fault: str,
    tmp_path: Path,
) -> None:
    sample = make()
    manifest = dict(sample.manifest)
    change(manifest)
    folder = write_landscape(tmp_path, manifest, sample.arrays)
    with pytest.raises(DamagedError, match=fault):
        read_checked(folder)


def test_the_sharpness_along_runs_is_served(tmp_path: Path) -> None:
    found = read_checked(make_sharp_landscape().write(tmp_path)).manifest.results.curvature
    assert [each.run for each in found] == ["gd", "sgd", "adam"]
    assert [each.limit_of for each in found] == ["sharpness", "sharpness", "preconditioned"]
