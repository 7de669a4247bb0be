"""The lines of Python that the page offers with a landscape: they load it and plot it."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from tests.backend.landscapes.landscape_samples import make_landscape

ROOT = Path(__file__).parent.parent

PRINT_LINES = """
import { readFileSync } from "node:fs";
import { arraysName, pythonLines } from "./frontend/landscapes/model/landscape-records.js";
const manifest = JSON.parse(readFileSync(process.argv[2], "utf8"));
const landscape = { entry: { id: manifest.id }, manifest };
console.log(arraysName(manifest.id));
console.log(pythonLines(landscape, process.argv[3], process.argv[4]));
"""


def read_lines(manifest: Path, surface: str, metric: str) -> tuple[str, str]:
    """Return the name under which the server sends the arrays, and what the page offers."""
    node = shutil.which("node", path=str(Path(sys.executable).parent)) or "node"
    command = [node, "--input-type=module", "--eval", PRINT_LINES]
    ran = subprocess.run(
        [*command, "-", str(manifest), surface, metric],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    name, _, lines = ran.stdout.partition("\n")
    return name, lines.rstrip("\n")


@pytest.mark.parametrize("surface", ["train", "test"])
@pytest.mark.parametrize("metric", ["loss", "accuracy"])
def test_three_lines_of_python_load_and_plot_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, surface: str, metric: str
) -> None:
    sample = make_landscape()
    folder = sample.write(tmp_path)
    name, lines = read_lines(folder / "manifest.json", surface, metric)
    assert len(lines.splitlines()) == 3
    shutil.copy(folder / "arrays.npz", tmp_path / name)
    shown: list[Any] = []
    monkeypatch.setattr(go.Figure, "show", lambda figure: shown.append(figure))
    monkeypatch.chdir(tmp_path)
    exec(lines, {})  # what somebody does who pastes them

    (figure,) = shown
    contour, *paths = figure.data
    assert contour.type == "contour"
    np.testing.assert_array_equal(contour.z, sample.arrays[f"surface.{surface}.{metric}"])
    np.testing.assert_array_equal(contour.x, sample.arrays["grid.x"])
    assert [path.name for path in paths] == ["gd", "sgd", "adam"]
    for number, path in enumerate(paths):
        np.testing.assert_array_equal(path.x, sample.arrays[f"trajectory.{number}.x"])
        np.testing.assert_array_equal(path.y, sample.arrays[f"trajectory.{number}.y"])
