"""The command, from images to landscapes, and its faults."""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from descent_atlas import precompute_cli as cli
from descent_atlas.jobs.locks import hold
from descent_atlas.jobs.scheduler import Reporter, choose
from descent_atlas.jobs.study_jobs import list_jobs
from descent_atlas.landscapes.format import read_landscape
from descent_atlas.study.folder import Place
from descent_atlas.study.schema import read_study
from descent_atlas.training.loop import Cancelled
from descent_atlas.training.runs import Run
from tests.backend.landscapes.landscape_samples import as_written
from tests.precompute.conftest import CLASSES, make_split
from tests.precompute.study.test_study import SMALL, STUDIES

pytestmark = pytest.mark.slow  # its commands train networks in processes of their own

STUDY = (
    SMALL
    + """
[[landscapes]]
id = "both"
title = "Both"
shows = "Two runs."
figures = ["7"]
plane = "shared"
origin = "sgd"
runs = ["sgd", "gd"]
surfaces = ["batch-4", "test"]
grid = 7
arrows = true
"""
)


def write_images(folder: Path) -> None:
    """Write the noisy colours as class folders."""
    for split, count, seed in (("train", 60, 0), ("test", 30, 1)):
        images, labels = make_split(count, seed)
        for index, (image, label) in enumerate(zip(images, labels, strict=True)):
            path = folder / split / CLASSES[int(label)] / f"{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.ascontiguousarray(image.permute(1, 2, 0).numpy())).save(path)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a study, its images, and its results."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "study.toml").write_text(STUDY)
    write_images(folder / "data")
    command(folder, "run", "--data", str(folder / "data"), "--workers", "1")
    return folder


@pytest.fixture
def copy(world: Path, tmp_path: Path) -> Path:
    """The same, to be damaged."""
    return shutil.copytree(world, tmp_path / "copy")


def command(folder: Path, word: str, *arguments: str) -> int:
    """Give the command in this process; return its exit code."""
    study, out = str(folder / "study.toml"), str(folder / "out")
    given = [out] if word == "check" else [study, "--out", out]
    with pytest.raises(SystemExit) as ended:
        cli.main([word, *given, *arguments])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_a_study_runs_from_images_to_landscapes(
    world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    landscapes = world / "out" / "landscapes"
    assert sorted(path.name for path in landscapes.iterdir()) == ["both", "sgd-random", "table"]
    both = read_landscape(landscapes / "both")
    assert [run["id"] for run in as_written(both)["runs"]] == ["sgd", "gd"]
    assert Run.load(world / "out" / "runs" / "gd-seed4").status == "completed"
    assert command(world, "check") == 0
    assert capsys.readouterr().out == (
        "1 data sets, 3 runs, 7 parts, 3 landscapes and tables are whole.\n"
    )
    assert command(world, "status") == 0
    said = capsys.readouterr().out
    assert "run        gd-seed3: completed after 2 steps" in said
    assert "landscape  both: done" in said


def test_the_convolutional_study_runs_on_images_of_any_classes(tmp_path: Path) -> None:
    shutil.copy(STUDIES / "convolutional.toml", tmp_path / "study.toml")
    generator = np.random.default_rng(0)
    for split, label, index in itertools.product(("train", "test"), range(10), range(7)):
        path = tmp_path / "data" / split / f"class-{label}" / f"{index}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = generator.integers(256, size=(32, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    assert command(tmp_path, "run", "--data", str(tmp_path / "data"), "--workers", "1") == 0
    landscape = read_landscape(tmp_path / "out" / "landscapes" / "rmsprop-and-nadam")
    assert (
        as_written(landscape)["network"]["factory"]
        == "descent_atlas.training.networks:convolutional"
    )


def test_the_same_command_again_does_nothing_even_without_the_images(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.stat().st_mtime_ns for path in (copy / "out").rglob("*.json")}
    assert command(copy, "run", "--workers", "1") == 0
    assert {path: path.stat().st_mtime_ns for path in (copy / "out").rglob("*.json")} == before
    assert "All is done" in capsys.readouterr().out


def test_only_one_process_at_a_time_computes_in_a_folder(
    copy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "COMMAND_SECONDS", 0.2)
    monkeypatch.setattr(cli, "WRITERS_SECONDS", 0.2)
    for name, said in (
        (cli.LOCK, "another process computes in"),
        (cli.WRITERS, "workers of a command that was killed still write in"),
    ):
        with hold(copy / "out" / name, 0, "held"):
            assert command(copy, "run", "--workers", "1") == 1
        assert f"{said} {copy / 'out'}" in capsys.readouterr().err
    assert command(copy, "run", "--workers", "1") == 0


def test_damage_is_named_and_the_same_command_mends_it(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = copy / "out"
    damaged = [
        out / "runs" / "sgd-seed0" / "final.f32",
        out / "landscapes" / "both" / "arrays.npz",
    ]
    originals = [path.read_bytes() for path in damaged]
    for path, content in zip(damaged, originals, strict=True):
        path.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    assert command(copy, "check") == 1
    said = capsys.readouterr().err
    assert all(str(path.parent) in said for path in damaged)
    assert command(copy, "run", "--workers", "1") == 0
    assert command(copy, "check") == 0
    assert [path.read_bytes() for path in damaged] == originals


def test_only_what_is_named_is_made(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(copy / "out" / "landscapes")
    shutil.rmtree(copy / "out" / "runs")
    assert command(copy, "run", "--workers", "1", "--only", "gd-seed4") == 0
    assert [path.name for path in (copy / "out" / "runs").iterdir()] == ["gd-seed4"]
    assert command(copy, "run", "--only", "nothing") == 1
    assert "small has no run, landscape or table with the id 'nothing'" in capsys.readouterr().err


def test_a_run_with_other_settings_is_refused_by_what_differs(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = copy / "study.toml"
    study.write_text(study.read_text().replace("batch_size = 4", "batch_size = 5"))
    assert command(copy, "run", "--workers", "1", "--only", "sgd") == 1
    said = capsys.readouterr().err
    assert "sgd-seed0 failed:" in said
    assert "batch_size 4 there, 5 here" in said
    assert "remove that folder" in said


def test_without_images_both_ways_to_get_them_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "study.toml").write_text(STUDY.replace('"class-folders"', '"cifar10"'))
    assert command(tmp_path, "run") == 1
    said = capsys.readouterr().err
    assert "--download" in said
    assert "train/<class>/*.png" in said


def test_a_folder_without_results_has_nothing_to_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").mkdir()
    assert command(tmp_path, "check") == 1
    assert "nothing to check" in capsys.readouterr().err


class CalledOff(Reporter):
    """A reporter that calls its job off as soon as some of it is done."""

    def __call__(self, fraction: float) -> None:
        if fraction > 0:
            raise Cancelled


@pytest.mark.parametrize("id", ["sgd-seed0/path", "both/test-0", "both/batch-4-0"])
def test_a_job_that_is_called_off_ends_before_it_is_done_and_leaves_nothing(
    copy: Path, id: str
) -> None:
    jobs = list_jobs(read_study(copy / "study.toml"), Place(copy / "out"))
    (job,) = [job for job in jobs if job.id == id]
    shutil.rmtree(copy / "out" / "parts")
    for needed in choose(jobs, job.needs):
        if not needed.is_done():
            needed.run(Reporter(needed.id))
    before = sorted((copy / "out" / "parts").rglob("*"))
    with pytest.raises(Cancelled):
        job.run(CalledOff(id))
    assert sorted((copy / "out" / "parts").rglob("*")) == before
    assert not job.is_done()


def test_ctrl_c_ends_cleanly_and_the_same_command_goes_on(world: Path, tmp_path: Path) -> None:
    study, out = tmp_path / "study.toml", tmp_path / "out"
    study.write_text(STUDY.replace("epochs = 2", "epochs = 100_000"))
    arguments = [
        sys.executable,
        "-m",
        "descent_atlas.precompute_cli",
        "run",
        str(study),
        "--out",
        str(out),
    ]
    arguments += ["--data", str(world / "data"), "--workers", "1", "--only", "sgd"]
    process = subprocess.Popen(
        arguments,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONWARNINGS": "default"},
        # What shells start in the background ignores Ctrl-C, and so does all that it starts.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    try:
        folder = out / "runs" / "sgd-seed0"
        while not (folder / "snapshots.f32").exists() and process.poll() is None:
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == cli.INTERRUPTED
    assert said.decode() == "Interrupted. The same command goes on from here.\n"
    interrupted = Run.load(folder)
    assert interrupted.status == "running"
    assert 0 < interrupted.steps < interrupted.planned_steps
