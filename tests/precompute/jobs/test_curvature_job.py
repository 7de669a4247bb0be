"""A study with curvature, from images to the landscapes that hold it."""

import shutil
from pathlib import Path

import pytest

from descent_atlas import precompute_cli as cli
from descent_atlas.jobs.scheduler import Reporter, select_jobs
from descent_atlas.jobs.study_jobs import list_jobs
from descent_atlas.landscapes.format import read_checked
from descent_atlas.study.folder import StudyFolder
from descent_atlas.study.study_files import read_study
from descent_atlas.training.loop import StoppedError
from tests.precompute.small_studies import CURVED, SMALL, write_images

pytestmark = pytest.mark.slow  # trains networks in worker processes


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a study, its images and its results."""
    folder = tmp_path_factory.mktemp("curved")
    (folder / "study.toml").write_text(CURVED)
    write_images(folder / "data")
    assert run(folder) == 0
    return folder


def run(folder: Path, *only: str) -> int:
    """Run the study; return the exit code."""
    arguments = ["--data", str(folder / "data"), "--workers", "1"]
    if only:
        arguments += ["--only", *only]
    return command("run", str(folder / "study.toml"), "--out", str(folder / "out"), *arguments)


def command(*arguments: str) -> int:
    """Run the command in this process; return its exit code."""
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments))
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_curvature_stands_in_landscapes_and_tables(
    world: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    landscapes = world / "out" / "landscapes"
    (own,) = read_checked(landscapes / "sgd-random").manifest.results.curvature
    assert (own.run, own.seed, own.limit, own.limit_of) == ("sgd", 0, 20, "sharpness")
    in_table = read_checked(landscapes / "table").manifest.results.curvature
    assert [(entry.run, entry.seed) for entry in in_table] == [("sgd", 0), ("gd", 3), ("gd", 4)]
    study, out = str(world / "study.toml"), str(world / "out")
    assert command("status", study, "--out", out) == 0
    assert "curvature  gd-seed4: done" in capsys.readouterr().out
    assert command("check", out) == 0


def test_only_the_curvature_that_is_missing_is_measured_again(world: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(world, tmp_path / "copy")
    shutil.rmtree(folder / "out" / "parts" / "curvature" / "gd-seed4")
    shutil.rmtree(folder / "out" / "landscapes")
    kept = folder / "out" / "parts" / "curvature" / "gd-seed3" / "manifest.json"
    made = kept.stat().st_mtime_ns
    assert run(folder, "gd") == 0
    assert (folder / "out" / "parts" / "curvature" / "gd-seed4" / "manifest.json").exists()
    assert kept.stat().st_mtime_ns == made
    assert not (folder / "out" / "landscapes").exists()


@pytest.mark.long
def test_other_settings_measure_again_and_none_leave_the_landscapes_without(
    world: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(world, tmp_path / "copy")
    (folder / "study.toml").write_text(CURVED.replace("images = 20", "images = 30"))
    assert run(folder) == 0
    table = folder / "out" / "landscapes" / "table"
    assert {entry.images for entry in read_checked(table).manifest.results.curvature} == {30}
    (folder / "study.toml").write_text(SMALL)
    assert run(folder) == 0
    assert read_checked(table).manifest.results.curvature == []


def test_a_rescaled_network_is_measured_and_nothing_else_anew(world: Path, tmp_path: Path) -> None:
    """A study that is half computed can be asked for it."""
    folder = shutil.copytree(world, tmp_path / "copy")
    asking = 'rescaling = { run = "gd", factors = [4.0], images = 20 }\ncells = ['
    (folder / "study.toml").write_text(CURVED.replace("cells = [", asking))
    jobs = list_jobs(read_study(folder / "study.toml"), StudyFolder(folder / "out"))
    assert {job.id for job in jobs if not job.is_done()} == {"table", "table/rescaling"}
    assert run(folder, "table") == 0
    assert all(job.is_done() for job in jobs)
    manifest = read_checked(folder / "out" / "landscapes" / "table").manifest
    (found,) = manifest.results.rescalings
    assert (found.run, found.seed) == ("gd", 3)
    assert [network.factor for network in found.networks] == [1, 4]


def test_a_measurement_that_is_stopped_leaves_nothing(world: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(world, tmp_path / "copy")
    shutil.rmtree(folder / "out" / "parts")
    jobs = list_jobs(read_study(folder / "study.toml"), StudyFolder(folder / "out"))
    (job,) = (job for job in select_jobs(jobs, ["sgd-seed0/curvature"]) if "/" in job.id)

    class StoppingReporter(Reporter):
        def __call__(self, fraction: float) -> None:
            if fraction > 0:
                raise StoppedError

    with pytest.raises(StoppedError):
        job.run(StoppingReporter(job.id))
    assert not job.is_done()
    assert not list((folder / "out").glob("parts/curvature/*"))
