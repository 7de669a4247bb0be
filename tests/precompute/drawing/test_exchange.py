"""Landscapes in other programs' formats: what the files hold, the way back, what is refused."""

import csv
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from descent_atlas import exchange_commands
from descent_atlas.analysis.figure_style import AREA
from descent_atlas.drawing import DrawnLandscape, import_landscape, open_landscape
from descent_atlas.drawing.exchange.figure_files import WIDTH
from descent_atlas.drawing.exchange.opened_landscape import OpenedLandscape
from descent_atlas.landscapes.format import read_checked
from descent_atlas.landscapes.shipped_studies import DIGITS, PAPER, find_folder
from descent_atlas.storage.regular_files import DamagedError
from tests.backend.landscapes.landscape_samples import Sample, make_landscape, make_table
from tests.backend.landscapes.network_samples import make_foreign, make_profile
from tests.backend.landscapes.run_samples import RUNS
from tests.browser.chromium import find_or_install

ACCURACY = {"id": "accuracy", "label": "accuracy", "higher_is_better": True, "unit": "share"}


def open_sample(sample: Sample, tmp_path: Path) -> OpenedLandscape:
    return open_landscape(sample.write(tmp_path / "landscapes"))


def read_datasets(path: Path) -> dict[str, NDArray[Any]]:
    """Return the tool's own datasets of numbers."""
    with h5py.File(path) as file:
        return {
            name: each[()]
            for name, each in file.items()
            if isinstance(each, h5py.Dataset) and each.dtype.kind == "f"
        }


def write_foreign(path: Path, **changes: Any) -> Path:
    """Write a surface file as the tool does: 4 columns, 3 rows; None leaves a dataset out."""
    x, y = np.linspace(-1, 1, 4), np.linspace(-2, 2, 3)
    loss = 1 + x**2 + 0.1 * y[:, np.newaxis]
    datasets: dict[str, Any] = {
        "dir_file": "directions.h5",
        "xcoordinates": x,
        "ycoordinates": y,
        "train_loss": loss,
        "train_acc": 100 / (1 + loss),
    }
    with h5py.File(path, "w") as file:
        for name, values in {**datasets, **changes}.items():
            if values is not None:
                file[name] = values
    return path


def test_the_commands_load_no_torch() -> None:
    code = (
        "import sys; from descent_atlas import exchange_commands, drawing; "
        "drawing.import_landscape; drawing.open_landscape; "
        "from descent_atlas.drawing.exchange import figure_files, loss_landscape_files; "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_hdf5_has_the_names_and_shapes_that_loss_landscape_reads(tmp_path: Path) -> None:
    sample = make_landscape(plane="pca", runs=(RUNS["sgd"],))
    landscape = open_sample(Sample({**sample.manifest, "study": "mine"}, sample.arrays), tmp_path)
    files = landscape.export(tmp_path / "a.h5")
    assert [path.name for path in files] == ["a.h5", "a_proj_sgd.h5", "a_directions.h5"]
    surface, projection, directions = map(read_datasets, files)
    assert {name: each.shape for name, each in surface.items()} == {
        "xcoordinates": (11,),
        "ycoordinates": (9,),
        **dict.fromkeys(("train_loss", "train_acc", "test_loss", "test_acc"), (9, 11)),
    }
    arrays = landscape.arrays
    np.testing.assert_array_equal(surface["train_loss"], arrays["surface.train.loss"])
    np.testing.assert_array_equal(surface["test_acc"], 100 * arrays["surface.test.accuracy"])
    assert list(projection) == ["proj_xcoord", "proj_ycoord"]
    np.testing.assert_array_equal(projection["proj_xcoord"], arrays["trajectory.0.x"])
    np.testing.assert_array_equal(projection["proj_ycoord"], arrays["trajectory.0.y"])
    plane = landscape.manifest.plane
    assert plane is not None
    assert directions["explained_variance_ratio_"].tolist() == plane.spectrum
    with h5py.File(files[0]) as file:
        assert file["dir_file"][()] == b"a_directions.h5"
        assert file["train_acc"].attrs["unit"] == "percent"
        provenance = json.loads(file["descent_atlas/provenance"][()])
    assert provenance["Study"] == "mine"
    assert provenance["Runs"].endswith("(seed 0)")
    assert provenance["Computed with"].startswith("numpy ")


def test_a_surface_that_is_not_the_training_sets_is_drawn_by_default_and_says_what_it_is(
    tmp_path: Path,
) -> None:
    sample = make_foreign("a", paths=False, plane="random")
    (surface,) = sample.manifest["surfaces"]
    manifest = {**sample.manifest, "surfaces": [{**surface, "id": "given", "split": "given"}]}
    landscape = open_sample(Sample(manifest, sample.arrays), tmp_path)
    (file,) = landscape.export(tmp_path / "a.h5")
    with h5py.File(file) as found:
        assert found["train_loss"].attrs["surface"] == "given"
        assert "train_acc" not in found and found["dir_file"][()] == b""


@pytest.mark.parametrize(
    "sample",
    [make_landscape(holes=True), make_foreign("own", paths=True), make_profile()],
    ids=lambda sample: sample.id,
)
def test_export_and_import_keep_every_value_to_the_bit(sample: Sample, tmp_path: Path) -> None:
    landscape = open_sample(sample, tmp_path)
    file = landscape.export(tmp_path / "a.h5")[0]
    with pytest.raises(SystemExit) as ended:
        exchange_commands.main(["import", str(file), "--id", sample.id, "--out", str(tmp_path)])
    assert ended.value.code == 0
    again = read_checked(tmp_path / sample.id)
    assert {k: v.tobytes() for k, v in again.arrays.items()} == {
        k: v.tobytes() for k, v in landscape.arrays.items()
    }
    excluded = {"sha256"}
    assert again.manifest.model_dump(exclude=excluded) == landscape.manifest.model_dump(
        exclude=excluded
    )


def test_a_strangers_file_keeps_its_numbers_and_what_it_does_not_tell_is_unknown(
    tmp_path: Path,
) -> None:
    surface = write_foreign(tmp_path / "s.h5", max_eig=np.ones((3, 4)))
    with h5py.File(tmp_path / "p.h5", "w") as file:
        file["proj_xcoord"], file["proj_ycoord"] = np.array([0.5, 0.25, 0.0]), np.array([1.0, 0, 0])
    arguments = ["import", str(surface), "--trajectory", str(tmp_path / "p.h5")]
    with pytest.raises(SystemExit) as ended:
        exchange_commands.main([*arguments, "--out", str(tmp_path / "atlas")])
    assert ended.value.code == 0
    found = read_checked(tmp_path / "atlas" / "s")
    manifest, arrays = found.manifest, found.arrays
    expected = read_datasets(surface)
    np.testing.assert_array_equal(arrays["surface.train.loss"], expected["train_loss"])
    np.testing.assert_array_equal(arrays["surface.train.accuracy"], expected["train_acc"] / 100)
    np.testing.assert_array_equal(arrays["grid.x"], expected["xcoordinates"])
    plane, (run,), (drawn,) = manifest.plane, manifest.runs, manifest.surfaces
    assert plane is not None
    assert (plane.gram, plane.cosine, plane.origin_norm, plane.origin) == (None,) * 4
    assert (manifest.evaluation, drawn.images, manifest.dataset.train) == (None,) * 3
    assert (run.step_unit, run.steps, run.status, run.spec) == ("checkpoint", 2, None, {})
    assert set(manifest.trajectories[0].arrays) == {"step", "uniform", "x", "y"}
    assert [each.file for each in manifest.imported_from] == ["s.h5", "p.h5"]
    assert "unknown" in manifest.shows
    again = OpenedLandscape(manifest, arrays)
    assert again.figure().data[4].hovertemplate == "p, checkpoint %{customdata[0]:d}<extra></extra>"
    (text, path_text) = (file.read_text() for file in again.export(tmp_path / "back.csv"))
    assert "# Evaluated: not recorded" in text and "# Computed with: unknown" in text
    assert path_text.splitlines()[-1] == "trajectory,2,checkpoint,0.0,0.0,,,"


def test_what_the_tool_computed_on_a_grid_with_unequal_sides_lies_right(tmp_path: Path) -> None:
    """It declares (nx, ny) and fills the array in the order of `meshgrid`."""
    x, y = np.arange(4.0), np.arange(3.0)
    crunched = np.zeros((len(x), len(y)))
    columns, rows = (axis.ravel() for axis in np.meshgrid(x, y))
    crunched.ravel()[:] = columns + 10 * rows
    file = write_foreign(tmp_path / "s.h5", train_loss=crunched, train_acc=None)
    found = import_landscape(file, id="s")
    assert found.arrays["surface.train.loss"].tolist() == (x + 10 * y[:, np.newaxis]).tolist()


def corrupt(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:700])
    return path


def link(path: Path) -> Path:
    with h5py.File(path, "a") as file:
        del file["train_loss"]
        file["train_loss"] = h5py.ExternalLink("other.h5", "/train_loss")
    return path


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a curve": ({"ycoordinates": None}, 'no dataset "ycoordinates": a curve'),
    "no axis": ({"xcoordinates": None}, 'no dataset "xcoordinates"'),
    "an axis that falls": ({"xcoordinates": np.arange(4.0)[::-1]}, '"xcoordinates" is no axis'),
    "no loss": ({"train_loss": None}, 'neither a dataset "train_loss" nor "test_loss"'),
    "a loss without accuracy": ({"test_loss": np.ones((3, 4))}, 'no dataset "test_acc"'),
    "another shape": ({"train_loss": np.ones((4, 4))}, r'"train_loss" has the shape \(4, 4\)'),
    "texts": ({"train_loss": ["a", "b"]}, '"train_loss" holds object, not numbers'),
    "a group": ({"train_loss/0": np.ones(3)}, '"train_loss" is no dataset'),
    "not computed": ({"train_loss": -np.ones((3, 4))}, '"train_loss" has 12 of 12 points that'),
    "no percentage": ({"train_acc": np.full((3, 4), 101.0)}, '"train_acc" has a number that is'),
    "a manifest that is none": (
        {"descent_atlas/manifest": "{}", "descent_atlas/arrays/a": np.ones(1)},
        '"descent_atlas/manifest" is no manifest of its arrays: the field',
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_files_that_cannot_be_taken_over_are_refused_by_name(name: str, tmp_path: Path) -> None:
    changes, reason = REFUSED[name]
    if any(key.startswith("train_loss/") for key in changes):
        changes = {"train_loss": None, **changes}
    file = write_foreign(tmp_path / "s.h5", **changes)
    with pytest.raises(DamagedError, match=reason):
        import_landscape(file, id="s")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [(corrupt, "is not a valid HDF5 file"), (link, '"train_loss" is a link')],
)
def test_damaged_files_are_refused(
    damage: Callable[[Path], Path], reason: str, tmp_path: Path
) -> None:
    with pytest.raises(DamagedError, match=reason):
        import_landscape(damage(write_foreign(tmp_path / "s.h5")), id="s")


def test_a_file_of_ours_that_was_changed_afterwards_is_refused(tmp_path: Path) -> None:
    file = open_sample(make_landscape(), tmp_path).export(tmp_path / "a.h5")[0]
    with pytest.raises(DamagedError, match="name it alone"):
        import_landscape(file, [file], id="a")
    with h5py.File(file, "a") as found:
        found["train_loss"][0, 0] = 7.0
    with pytest.raises(DamagedError, match='"train_loss" differs from what'):
        import_landscape(file, id="a")


@pytest.mark.parametrize(
    ("datasets", "reason"),
    [
        ({"proj_xcoord": np.ones(2)}, 'no dataset "proj_ycoord"'),
        ({"proj_xcoord": np.ones(2), "proj_ycoord": np.ones(3)}, "has 3 numbers"),
        ({"proj_xcoord": np.ones(0), "proj_ycoord": np.ones(0)}, '"proj_xcoord" is empty'),
    ],
)
def test_trajectories_that_cannot_be_taken_over_are_refused_by_name(
    datasets: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    with h5py.File(tmp_path / "p.h5", "w") as file:
        for name, values in datasets.items():
            file[name] = values
    with pytest.raises(DamagedError, match=reason):
        import_landscape(write_foreign(tmp_path / "s.h5"), [tmp_path / "p.h5"], id="s")


def test_npz_holds_arrays_manifest_and_provenance_without_pickle(tmp_path: Path) -> None:
    landscape = open_sample(make_landscape(holes=True), tmp_path)
    (file,) = landscape.export(tmp_path / "a.npz")
    with np.load(file, allow_pickle=False) as found:
        assert set(found) == {*landscape.arrays, "manifest", "provenance"}
        for name, array in landscape.arrays.items():
            np.testing.assert_array_equal(found[name], array)
        assert json.loads(str(found["manifest"]))["id"] == "optimizers"
        assert str(found["provenance"]).startswith("Landscape: optimizers: GD, SGD and Adam")


def test_csv_gives_every_number_back_and_says_what_it_is(tmp_path: Path) -> None:
    landscape = open_sample(make_landscape(holes=True), tmp_path)
    files = landscape.export(tmp_path / "a.csv")
    assert [file.name for file in files] == ["a.csv", "a_trajectories.csv"]
    for file in files:
        lines = file.read_text().splitlines()
        assert lines[0].startswith("# Landscape: optimizers")
        assert lines[12].startswith("# Columns: x and y are coordinates along the plane")
    rows = list(csv.DictReader(line for line in open_lines(files[0]) if line[0] != "#"))
    loss = np.array([float(row["train.loss"]) for row in rows]).reshape(9, 11)
    assert loss.tobytes() == landscape.arrays["surface.train.loss"].tobytes()
    assert np.isnan(loss).any()
    assert [float(row["x"]) for row in rows[:11]] == landscape.arrays["grid.x"].tolist()
    paths = list(csv.DictReader(line for line in open_lines(files[1]) if line[0] != "#"))
    first = [row for row in paths if row["run"] == "gd"]
    assert [int(row["step"]) for row in first] == landscape.arrays["trajectory.0.step"].tolist()
    assert {row["step_unit"] for row in paths} == {"step"}


def open_lines(file: Path) -> list[str]:
    return file.read_text().splitlines()


@pytest.mark.slow  # it starts Chromium
def test_an_svg_shows_the_figure_and_tells_where_it_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER_PATH", str(find_or_install()))
    landscape = open_sample(make_landscape(), tmp_path)
    (svg,) = landscape.export(tmp_path / "a.svg", metric="accuracy", surface="test")
    root = ET.fromstring(svg.read_text())
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert str(root[0].text).startswith("Landscape: optimizers")
    assert "Adam" in "".join(root.itertext())


@pytest.mark.long  # it starts Chromium
def test_a_png_shows_the_figure_and_tells_where_it_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER_PATH", str(find_or_install()))
    landscape = open_sample(make_landscape(), tmp_path)
    (png,) = landscape.export(tmp_path / "a.png")
    with Image.open(png) as image:
        assert image.size == (2 * WIDTH, 2 * AREA)
        assert image.info["Description"].startswith("Landscape: optimizers")
        colors = image.convert("RGB").getcolors(2**20)
        assert colors is not None and len(colors) > 1000


def test_a_picture_without_a_browser_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "none"))
    landscape = open_sample(make_landscape(), tmp_path)
    with pytest.raises(ValueError, match="svg needs Chrome or Chromium"):
        landscape.export(tmp_path / "a.svg")


def test_what_cannot_be_exported_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "landscapes"
    make_landscape().write(root)
    make_table().write(root)
    landscape = open_landscape(root / "optimizers")
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: landscape.export(tmp_path / "a.jpeg"), r"'\.jpeg' .* means no format"),
        (lambda: landscape.export(tmp_path / "a", "vtk"), "'vtk' is no format; there are hdf5"),
        (lambda: landscape.export(tmp_path / "a.html", metric="f1"), "no metric 'f1'"),
        (lambda: landscape.export(tmp_path / "a.html", surface="b"), "no surface 'b'; there are"),
        (lambda: open_landscape(root / "table-1").export(tmp_path / "a.csv"), "is a table"),
    ]
    for call, reason in refused:
        with pytest.raises(ValueError, match=reason):
            call()
    for arguments, reason in (
        (["optimizers"], "add --to FORMAT or --out FILE"),
        (["nowhere", "--to", "csv"], "has no landscape nowhere; it has optimizers, table-1"),
        (["../a", "--to", "csv"], "the id '../a' is invalid"),
        (["optimizers", "--to", "csv", "npz", "--out", "a.csv"], "--out names one file"),
    ):
        with pytest.raises(SystemExit) as ended:
            exchange_commands.main(["export", *arguments, "--landscapes", str(root)])
        assert ended.value.code == 1
        assert reason in capsys.readouterr().err


def test_one_that_ships_is_found_by_its_id_or_its_studys(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for id, study in (("bowl", PAPER), ("digits.bowl", DIGITS)):
        with pytest.raises(SystemExit) as ended:
            exchange_commands.main(["export", id, "--out", str(tmp_path / f"{id}.npz")])
        assert ended.value.code == 0
        with np.load(tmp_path / f"{id}.npz") as arrays:
            expected = read_checked(find_folder(study) / "bowl").arrays
            for name, array in expected.items():
                np.testing.assert_array_equal(arrays[name], array)
    with pytest.raises(SystemExit) as ended:
        exchange_commands.main(["export", "nowhere", "--to", "csv"])
    assert ended.value.code == 1
    assert "digits.bowl" in capsys.readouterr().err


def test_a_drawn_landscape_exports_what_its_folder_would(tmp_path: Path) -> None:
    from descent_atlas.drawing import accuracy, classification, draw, profile
    from tests.precompute.drawing.small_networks import make_batches, make_mlp

    networks = [make_mlp(seed) for seed in range(2)]
    batches = make_batches()
    drawn: DrawnLandscape = draw(
        networks[0], classification, batches, metrics={"Top 1": accuracy}, grid=3
    )
    saved = read_checked(drawn.save(tmp_path))
    restored = import_landscape(drawn.export(tmp_path / "a.h5")[0], id="a")
    assert restored.manifest.model_dump(exclude={"sha256"}) == saved.manifest.model_dump(
        exclude={"sha256"}
    )
    (page,) = drawn.export(tmp_path / "a.html", metric="Top 1")
    assert "<title>Sequential on a random plane</title>" in page.read_text()
    curve = profile(networks[0], networks[1], classification, batches, points=3)
    (file,) = curve.export(tmp_path / "curve.h5")
    assert read_datasets(file)["xcoordinates"].tolist() == [0, 0.5, 1]
    rows = curve.export(tmp_path / "curve.csv")[0].read_text().splitlines()
    assert rows[-4] == "t,loss"
