"""Landscapes that are being computed: what is checked and served, and what waits for the rest."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from descent_atlas.landscapes import store as landscapes
from descent_atlas.landscapes.claims import QUESTIONS
from descent_atlas.landscapes.claims.claim import ClaimVerdict, tell
from descent_atlas.landscapes.format import is_incomplete, read_checked
from descent_atlas.landscapes.store import read_once
from descent_atlas.static_site.site_data import choose_complete
from descent_atlas.storage.regular_files import DamagedError
from descent_atlas.web.app import create_app
from descent_atlas.web.settings import Settings
from tests.backend.landscapes.growing_samples import make_growing
from tests.backend.landscapes.landscape_samples import Sample, make_landscape
from tests.backend.landscapes.manifest_edits import change_manifest, read_manifest
from tests.backend.landscapes.study_samples import make_study

BASE = "/api/v1/landscapes"


def make_coarse(sample: Sample, *, measured: bool = True) -> Sample:
    """Return a landscape of which 3 × 3 of 9 × 11 points are computed."""
    return make_growing(sample, rows=(0, 4), columns=(1, 4), measured=measured)


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A client of a server that looks at the folder for every request."""
    monkeypatch.setattr(landscapes, "SCAN_INTERVAL", 0)
    monkeypatch.setattr(landscapes, "SCAN_SHARE", math.inf)
    return TestClient(
        create_app(Settings(landscapes_folder=(tmp_path,))), base_url="http://localhost"
    )


def test_what_is_computed_is_told_from_a_loss_that_is_not_finite(tmp_path: Path) -> None:
    folder = make_coarse(make_landscape(holes=True), measured=False).write(tmp_path)
    found = read_checked(folder)
    (surface, _), progress = found.manifest.surfaces, found.manifest.progress
    loss, mask = (found.arrays[surface.arrays[name]] for name in ("loss", "computed"))
    assert mask.sum() == 9 and np.isnan(loss[~mask]).all()
    assert mask[0, 1] and not np.isfinite(loss[0, 1])
    assert progress is not None and (progress.computed, progress.points) == (18, 198)
    assert (surface.minima, surface.not_finite, surface.lowest) == (None, None, None)
    assert is_incomplete(folder)
    assert not is_incomplete(make_landscape("whole").write(tmp_path))
    assert not is_incomplete(tmp_path / "nothing")


def edit_surface(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return an edit of the first surface."""

    def edit(manifest: dict[str, Any]) -> dict[str, Any]:
        first, *others = manifest["surfaces"]
        return {"surfaces": [{**first, **changes}, *others]}

    return edit


def edit_progress(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return an edit of the progress."""
    return lambda manifest: {"progress": {**manifest["progress"], **changes}}


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        (lambda _: {"complete": True}, "names no array for"),
        (lambda _: {"progress": None}, "does not say its progress"),
        (edit_surface(minima=1), "or has statistics"),
        (edit_surface(arrays={"loss": "surface.train.loss"}), "names no array for"),
        (edit_progress(computed=17), "number of points that are computed is another"),
        (edit_progress(points=99), "number of points is another"),
        (edit_progress(rows=[0, 2]), "that are computed are missing"),
        (edit_progress(rows=[8, 8]), "that are computed are missing"),
        (edit_progress(columns=[-1, 2]), "are none"),
        (edit_progress(columns=[0, 0]), "are none"),
        (lambda _: {"kind": "table"}, "a table that is incomplete"),
    ],
)
def test_one_that_says_of_itself_what_is_not_so_is_not_served(
    tmp_path: Path, edit: Callable[[dict[str, Any]], dict[str, Any]], fault: str
) -> None:
    folder = make_coarse(make_landscape()).write(tmp_path)
    change_manifest(folder, **edit(read_manifest(folder)))
    with pytest.raises(DamagedError, match=fault):
        read_checked(folder)


def test_a_finer_version_takes_the_place_of_a_coarse_one(
    tmp_path: Path, client: TestClient
) -> None:
    sample = make_landscape("bowl")
    make_coarse(sample).write(tmp_path)
    (row,) = client.get(BASE).json()["landscapes"]
    assert row["complete"] is False
    first = client.get(f"{BASE}/bowl")
    tag = {"If-None-Match": first.headers["etag"]}
    assert first.json()["manifest"]["progress"]["columns"] == [1, 4]
    assert client.get(f"{BASE}/bowl", headers=tag).status_code == 304
    sample.write(tmp_path)
    second = client.get(f"{BASE}/bowl", headers=tag)
    assert second.status_code == 200
    assert second.json()["version"] != first.json()["version"] == row["version"]
    assert "complete" not in second.json()["manifest"]
    assert client.get(BASE).json()["landscapes"][0]["complete"] is True


def test_no_claim_is_judged_by_an_incomplete_landscape(tmp_path: Path) -> None:
    question = next(one for one in QUESTIONS if one.id == "convexity")
    for sample in make_study():
        is_growing = sample.id == "bowl"
        (make_coarse(sample) if is_growing else sample).write(tmp_path)
    served = {id: stored.landscape for id, stored in read_once((tmp_path,)).landscapes.items()}
    present = {id: served.get(id, served["optimizers"]) for id in question.needs}
    claim = tell(question, present)
    assert claim["verdict"] == ClaimVerdict.CANNOT_BE_TOLD
    assert claim["finding"] == ("Evidence is missing: incomplete, as it is being computed: bowl.")


def test_a_static_site_leaves_out_what_is_incomplete(tmp_path: Path) -> None:
    make_coarse(make_landscape("growing")).write(tmp_path)
    make_landscape("whole").write(tmp_path)
    chosen, left_out = choose_complete(read_once((tmp_path,)))
    assert (list(chosen.landscapes), left_out) == (["whole"], ["growing"])
