"""Command of the offline job, from images to landscapes, and its errors."""

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
from descent_atlas.jobs.locks import hold_lock
from descent_atlas.jobs.scheduler import Outcome, Reporter, select_jobs
from descent_atlas.jobs.study_jobs import list_jobs
from descent_atlas.landscapes.format import read_landscape
from descent_atlas.storage.byte_sizes import format_bytes
from descent_atlas.storage.sealed import seal, unseal
from descent_atlas.study.folder import StudyFolder
from descent_atlas.study.study_files import find_study, read_study
from descent_atlas.training.loop import StoppedError
from descent_atlas.training.runs import TrainingRun
from tests.backend.landscapes.manifest_edits import as_written
from tests.precompute.small_studies import STUDY, write_images

pytestmark = pytest.mark.slow  # trains networks in worker processes

SNAPSHOT_BYTES = 4 * (48 * 8 + 8 + 8 * 3 + 3)
"""Of the network of `STUDY`; a run begins with one, and has taken steps once it has more."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a study, its images and its results."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "study.toml").write_text(STUDY)
    write_images(folder / "data")
    command(folder, "run", "--data", str(folder / "data"), "--workers", "1")
    return folder


@pytest.fixture
def copy(world: Path, tmp_path: Path) -> Path:
    """A copy of that folder for tests that damage it."""
    return shutil.copytree(world, tmp_path / "copy")


def command(folder: Path, word: str, *arguments: str) -> int:
    """Run the command in this process; return its exit code."""
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
    assert sorted(path.name for path in landscapes.iterdir()) == [
        "both",
        "paths",
        "sgd-random",
        "table",
    ]
    both = read_landscape(landscapes / "both")
    assert [run["id"] for run in as_written(both)["runs"]] == ["sgd", "gd"]
    assert TrainingRun.load(world / "out" / "runs" / "gd-seed4").status == "completed"
    assert command(world, "check") == 0
    assert capsys.readouterr().out == (
        "1 data sets, 3 runs, 8 parts, 4 landscapes and tables are undamaged.\n"
    )
    assert command(world, "status") == 0
    said = capsys.readouterr().out
    assert "run        gd-seed3: completed after 2 steps" in said
    assert "landscape  both: done" in said


@pytest.mark.long  # it trains its networks
def test_the_convolutional_study_runs_on_images_of_any_classes(tmp_path: Path) -> None:
    shutil.copy(find_study("convolutional"), tmp_path / "study.toml")
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
    said = capsys.readouterr().out
    assert "All jobs are done" in said
    assert "will hold" not in said


def test_runs_by_the_former_name_of_a_module_are_done(copy: Path) -> None:
    study, runs = copy / "study.toml", sorted((copy / "out" / "runs").glob("*/run.json"))
    former = study.read_text().replace("descent_atlas.training.networks:", "precompute.networks:")
    for path in runs:
        document = unseal(path.read_bytes(), sealed_since=1)
        document["network"]["factory"] = "precompute.networks:mlp"
        path.write_bytes(seal(document))
    trained = [path.read_bytes() for path in runs]
    assert command(copy, "run", "--workers", "1") == 0
    assert [path.read_bytes() for path in runs] == trained
    made = {path: path.stat().st_mtime_ns for path in (copy / "out").rglob("*.json")}
    study.write_text(former)
    assert command(copy, "run", "--workers", "1") == 0
    assert {path: path.stat().st_mtime_ns for path in (copy / "out").rglob("*.json")} == made
    assert command(copy, "check") == 0


def test_only_one_process_at_a_time_computes_in_a_folder(
    copy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cli, "COMMAND_SECONDS", 0.2)
    monkeypatch.setattr(cli, "WRITERS_SECONDS", 0.2)
    for name, said in (
        (cli.LOCK, "another process computes in"),
        (cli.WRITERS, "workers of a killed command still write in"),
    ):
        with hold_lock(copy / "out" / name, 0, "held"):
            assert command(copy, "run", "--workers", "1") == 1
        assert f"{said} {copy / 'out'}" in capsys.readouterr().err
    assert command(copy, "run", "--workers", "1") == 0


def test_damage_is_named_and_the_same_command_repairs_it(
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


def test_a_study_that_ships_is_run_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        cli.main(["status", "visual-analysis", "--out", "out"])
    assert ended.value.code == 0
    assert "landscape  bowl: to do" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", "convolutional", "--out", "out", "--data", "nowhere"])
    assert ended.value.code == 1
    assert "no images in nowhere" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", "bowl", "--out", "out"])
    assert ended.value.code == 1
    ships = "characters, convolutional, digits, skips-gpu, skips, visual-analysis"
    assert ships in capsys.readouterr().err


def test_without_images_both_ways_to_get_them_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "study.toml").write_text(STUDY.replace('"class-folders"', '"cifar10"'))
    assert command(tmp_path, "run") == 1
    said = capsys.readouterr().err
    assert "--download" in said
    assert "train/<class>/*.png" in said


def test_all_that_a_run_lacks_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "study.toml").write_text(STUDY)
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", str(tmp_path / "study.toml")])
    said = capsys.readouterr().err
    assert ended.value.code == cli.MISUSED
    assert "Add --out DIR for the results" in said
    assert "give --data DIR with the images" in said
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", str(tmp_path / "study.toml"), "--data", str(tmp_path)])
    said = capsys.readouterr().err
    assert "--out DIR" in said and "--data DIR" not in said


def test_folders_of_a_users_with_the_names_of_this_programs_do_no_harm(tmp_path: Path) -> None:
    for name in ("backend", "precompute", "frontend", "training", "study", "jobs", "tests"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('the wrong package')")
    folders = [str(tmp_path), os.environ.get("PYTHONPATH", "")]
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            "from descent_atlas.precompute_entry import main; main()",
            "status",
            "convolutional",
            "--out",
            "out",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, folders))},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "landscape  rmsprop-and-nadam: to do" in ended.stdout
    assert ended.stderr == ""


def test_a_run_says_before_it_begins_what_it_will_write(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "study.toml").write_text(STUDY)
    shutil.copytree(world / "out" / "dataset", tmp_path / "out" / "dataset")
    monkeypatch.setattr(cli, "run_jobs", lambda *arguments: Outcome())
    assert command(tmp_path, "run", "--workers", "3") == 0
    said = capsys.readouterr().out
    # 31 snapshots of sgd, 3 of each gd, and their ends
    runs = SNAPSHOT_BYTES * (31 + 1 + 2 * (3 + 1))
    planes = 2 * 3 * SNAPSHOT_BYTES
    assert f"will hold up to {format_bytes(runs + planes)} more" in said
    assert f"{format_bytes(runs)} of snapshots (runs: 3, each snapshot of 419 parameters)" in said
    assert f"{format_bytes(planes)} of planes (2)" in said
    assert "That takes about 0:00:" in said
    assert "jobs at once: 3" in said
    assert [format_bytes(count) for count in (999, 1_000, 999_999, 1_234_567_890)] == [
        "999 bytes",
        "1 kB",
        "1000 kB",
        "1.23 GB",
    ]


def test_a_network_that_does_not_take_the_images_is_told_before_it_is_trained(
    world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "study.toml").write_text(STUDY.replace("[48, 8, 3]", "[49, 8, 3]"))
    shutil.copytree(world / "out" / "dataset", tmp_path / "out" / "dataset")
    assert command(tmp_path, "run") == 1
    assert "the loss cannot be computed on the data: " in capsys.readouterr().err
    assert not (tmp_path / "out" / "runs").exists()


def test_a_folder_without_results_has_nothing_to_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").mkdir()
    assert command(tmp_path, "check") == 1
    assert "nothing to check" in capsys.readouterr().err


class CancellingReporter(Reporter):
    """A reporter that stops its job after the first progress."""

    def __call__(self, fraction: float) -> None:
        if fraction > 0:
            raise StoppedError


@pytest.mark.parametrize(
    "id",
    ["sgd-seed0/path", "both/plane", "both/test-0", "both/batch-4-0", "both", "paths"],
)
def test_a_job_that_is_cancelled_ends_before_it_is_done_and_leaves_nothing(
    copy: Path, id: str
) -> None:
    jobs = list_jobs(read_study(copy / "study.toml"), StudyFolder(copy / "out"))
    (job,) = [job for job in jobs if job.id == id]
    for name in ("parts", "landscapes"):
        shutil.rmtree(copy / "out" / name)
    for needed in select_jobs(jobs, job.needs):
        if not needed.is_done():
            needed.run(Reporter(needed.id))
    before = sorted((copy / "out").rglob("*"))
    with pytest.raises(StoppedError):
        job.run(CancellingReporter(id))
    assert sorted((copy / "out").rglob("*")) == before
    assert not job.is_done()


def test_ctrl_c_ends_cleanly_and_the_same_command_resumes(world: Path, tmp_path: Path) -> None:
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
        # Background jobs of a shell ignore SIGINT, and so do their children.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    try:
        folder = out / "runs" / "sgd-seed0"
        snapshots = folder / "snapshots.f32"
        while process.poll() is None and not (
            snapshots.exists() and snapshots.stat().st_size > SNAPSHOT_BYTES
        ):
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=300)
    finally:
        process.kill()
    assert process.returncode == cli.INTERRUPTED
    assert said.decode() == "Interrupted. Rerun the same command to continue.\n"
    interrupted = TrainingRun.load(folder)
    assert interrupted.status == "running"
    assert 0 < interrupted.steps < interrupted.planned_steps
