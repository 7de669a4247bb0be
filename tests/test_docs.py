"""The guides in docs/: their code runs, and their tables agree with the code.

Blocks of a page run from top to bottom in one empty folder: `python` in one namespace, `sh` in a
shell; `toml`, and `python` whose first line names a file, are saved to that file. A block without a
language does not run.
"""

import importlib
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
from annotated_types import Ge, Le, MaxLen, MinLen
from fastapi.testclient import TestClient
from pydantic import BaseModel

from descent_atlas.landscapes import manifest as manifests
from descent_atlas.landscapes.parts import (
    batch_path_parts,
    curvature_parts,
    lottery_parts,
    plane_parts,
    rescaling_parts,
    segment_parts,
)
from descent_atlas.landscapes.shipped_studies import PAPER, find_folder
from descent_atlas.study import entries, schema
from descent_atlas.torch2d import Descents
from descent_atlas.torch2d.descents_file import SavedDescent, SavedDescents
from descent_atlas.web.app import create_app
from descent_atlas.web.settings import Settings

DOCS = Path(__file__).parent.parent / "docs"

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

FILE_NAME = re.compile(r"# (\w+\.py)$", re.MULTILINE)
"""The first line of a block that is a file."""

TABLE_OF = re.compile(r"^##+ .*: `(\w+)`\n+((?:\|.*\n)+)", re.MULTILINE)
"""A heading that names a class of the schema, and the table beneath it."""

BEFORE_SCHEMA_3 = {"energy", "random_walk_energy"}
"""Keys that a landscape may have and no reader looks at any more."""

STUDY_TABLES = {
    name: table
    for name, table in (vars(entries) | vars(schema)).items()
    if isinstance(table, type)
    and issubclass(table, entries.StudyTable)
    and table is not entries.StudyTable
}


def run_page(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a page's blocks in a folder that looks like the checkout to them."""
    monkeypatch.chdir(folder)
    (folder / ".venv").symlink_to(sys.prefix)
    namespace: dict[str, Any] = {}
    for language, text in BLOCK.findall((DOCS / name).read_text()):
        match language:
            case "python" if named := FILE_NAME.match(text):
                Path(named[1]).write_text(text)
            case "python":
                exec(compile(text, name, "exec"), namespace)
            case "sh":
                subprocess.run(["sh", "-ec", text], check=True, stdout=subprocess.DEVNULL)
            case "toml":
                file = text.partition("\n")[0].removeprefix("# ")
                Path(file).write_text(text)


def read_catalog(folder: Path) -> set[str]:
    """Return the ids of the landscapes that the server lists; it refuses none."""
    app = create_app(Settings(landscapes_folder=(folder,)))
    client = TestClient(app, base_url="http://localhost")  # not entered: nothing has to warm up
    catalog = client.get("/api/landscapes").json()
    assert catalog["unavailable"] == []
    return {row["id"] for row in catalog["landscapes"]}


def read_keys(page: str, heading: str) -> list[str]:
    """Return the keys in the first column of the tables beneath a heading of a page."""
    section = (DOCS / page).read_text().partition(f"\n{heading}\n")[2]
    body = re.split(r"^## |^### ", section, maxsplit=1, flags=re.MULTILINE)[0]
    cells = [line.split("|")[1] for line in body.splitlines() if line.startswith("| `")]
    return [key for cell in cells for key in re.findall(r"`([^`]+)`", cell)]


@pytest.mark.long  # it trains networks
def test_the_tutorial_ends_with_landscapes_that_the_server_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_page("tutorial.md", tmp_path, monkeypatch)
    assert read_catalog(tmp_path / "results" / "landscapes") == {
        "sgd-pca",
        "sgd-and-adam",
        "rings-pca",
    }


@pytest.mark.slow  # it draws six landscapes
def test_the_guide_to_any_network_ends_with_landscapes_that_the_server_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_page("any-network.md", tmp_path, monkeypatch)
    found = read_catalog(tmp_path / "landscapes")
    assert [id.rpartition("-")[0] for id in sorted(found)] == [
        "sequential-from-seed-0-step-100-pt-to-seed-1-step-100-pt",
        "sequential-on-a-random-plane",
    ]


def test_the_guide_to_curvature_leaves_the_numbers_that_it_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_page("curvature.md", tmp_path, monkeypatch)
    found = json.loads((tmp_path / "spectrum.json").read_text())
    path = json.loads((tmp_path / "sharpness.json").read_text())
    assert (len(found["largest"]["values"]), found["evaluation"]["samples"]) == (2, 200)
    assert path["steps"] == [0, 10, 20, 30, 40, 50]
    told = re.findall(r"α = [\d.]+: sharpness ([\d.]+)", capsys.readouterr().out)
    assert float(told[2]) > float(told[1]) > float(told[0])


def test_the_guide_to_studies_of_networks_gives_windows_of_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_page("network-studies.md", tmp_path, monkeypatch)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    train, test = importlib.import_module("poems").batches()
    assert [tuple(batch["tokens"].shape) for batch in (train[0], test[0])] == [(8, 9), (2, 9)]


def test_the_guide_to_ones_own_optimizer_ends_with_a_file_that_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    run_page("own-optimizer.md", tmp_path, monkeypatch)
    labels = [one.label for one in Descents.load("mine.json")]
    assert labels == ["Shaken (2, 1)", "Shaken (1, 3)", "Adam (2, 1)", "Adam (1, 3)"]


@pytest.mark.parametrize(
    ("heading", "model"),
    [("## The file", SavedDescents), ("### A descent", SavedDescent)],
)
def test_the_guide_explains_every_key_of_a_file_of_descents(
    heading: str, model: type[BaseModel]
) -> None:
    keys = {field.alias or name for name, field in model.model_fields.items()}
    assert set(read_keys("own-optimizer.md", heading)) == keys


def test_a_landscape_written_as_the_guide_says_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_page("landscape-format.md", tmp_path, monkeypatch)
    assert read_catalog(tmp_path / "landscapes") == {"my-bowl"}


@pytest.mark.parametrize(
    ("heading", "part", "model"),
    [
        ("### Top level", (), manifests.Manifest),
        ("### An entry of `metrics`", None, manifests.NamedMetric),
        ("### `evaluation`", None, manifests.Evaluation),
        ("### An entry of `ends`", None, segment_parts.End),
        ("### `segment`", None, segment_parts.Segment),
        ("### `segments`", None, segment_parts.RunSegments),
        ("### An entry of `profiles`", None, segment_parts.RunProfile),
        ("### An entry of `curves`", None, segment_parts.SegmentCurve),
        ("### `lottery`", None, lottery_parts.Lottery),
        ("### `batch_path`", None, batch_path_parts.BatchPath),
        ("### An entry of `runs`", ("runs", 0), manifests.Run),
        ("### `dataset`", ("dataset",), manifests.Dataset),
        ("### `plane`", ("plane",), plane_parts.Plane),
        ("### `curvature` of a plane", None, curvature_parts.PlaneCurvature),
        ("### `grid`", ("grid",), plane_parts.Grid),
        ("### `progress` of an incomplete landscape", None, plane_parts.GridProgress),
        ("### An entry of `rescalings`", None, rescaling_parts.Rescaling),
        ("### An entry of `surfaces`", ("surfaces", 0), manifests.Surface),
        ("### An entry of `trajectories`", ("trajectories", 0), manifests.Trajectory),
        ("### An entry of `arrows`", ("arrows", 0), manifests.Arrow),
    ],
)
def test_the_guide_explains_every_key_of_a_manifest(
    heading: str, part: tuple[str | int, ...] | None, model: type[BaseModel]
) -> None:
    """The landscape that ships and has arrows has every key that the reader does not name.

    It is older than the parts without a place in it.
    """
    found = json.loads((SHIPPED / "batches-end" / "manifest.json").read_text())
    arrays = found["trajectories"][0]["arrays"] if part and part[0] == "trajectories" else {}
    for step in part or ():
        found = found[step]
    if part is None:
        found = {}
    known = {field.alias or name for name, field in model.model_fields.items()}
    keys = {*found, *arrays, *known} - BEFORE_SCHEMA_3
    assert set(read_keys("landscape-format.md", heading)) == keys


SHIPPED = find_folder(PAPER)


def test_the_guide_explains_every_table_of_a_study() -> None:
    text = (DOCS / "study-format.md").read_text()
    assert {name for name, _ in TABLE_OF.findall(text)} == set(STUDY_TABLES)


@pytest.mark.parametrize("name", STUDY_TABLES)
def test_the_guide_explains_every_key_of_a_studys_table(name: str) -> None:
    tables = dict(TABLE_OF.findall((DOCS / "study-format.md").read_text()))
    _, _, *lines = tables[name].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    model: type[BaseModel] = STUDY_TABLES[name]
    assert [row[0].strip("` ") for row in rows] == list(model.model_fields)
    for (_, _, default, meaning), field in zip(rows, model.model_fields.values(), strict=True):
        if field.is_required():
            assert default == "required"
        elif (usual := field.get_default(call_default_factory=True)) is None:
            assert default not in ("required", "null")
        else:
            assert default.strip("`") == json.dumps(usual)
        for limit in list_limits(field.metadata, field.annotation):
            assert limit in meaning.lower()


def list_limits(metadata: list[Any], annotation: Any) -> list[str]:
    """Return how the guide writes the limits of a field."""
    limits = list(metadata)
    for argument in get_args(annotation):
        limits += getattr(argument, "__metadata__", ())
        for inner in getattr(argument, "__metadata__", ()):
            limits += getattr(inner, "metadata", [])
    words = []
    for limit in limits:
        match limit:
            case Le(le=most):
                words.append(f"{most:,}")
            case MinLen(min_length=1):
                words.append("at least one")
            case Ge(ge=0):
                words.append("negative")
            case Ge(ge=least):
                words.append(str(least))
            case MaxLen():
                pass  # of ids, which the page explains once
    return words
