"""A study that measures curvature, segments, lotteries and batches, job by job in this process."""

import shutil
from pathlib import Path

import pytest

from descent_atlas.jobs.measured_jobs import MeasuredJob, SheetJob
from descent_atlas.jobs.scheduler import Job, Reporter
from descent_atlas.jobs.study_jobs import find_job_ids, list_jobs
from descent_atlas.landscapes.format import read_checked
from descent_atlas.precompute_cli import check
from descent_atlas.study.code_record import reconcile
from descent_atlas.study.folder import StudyFolder
from descent_atlas.study.rehearsal import rehearse
from descent_atlas.study.study_data import load_study_data
from descent_atlas.study.study_files import StudyError, read_study
from descent_atlas.training.loop import StoppedError
from tests.precompute.small_studies import SMALL, write_images

MEASURED = (
    SMALL.replace('planes = ["random"]', 'planes = ["random", "hessian"]').replace(
        "[planes]\n", "[planes]\nhessian = { images = 20, reach = 0.5 }\n"
    )
    + """
[[segments]]
id = "segments"
title = "Segments"
shows = "Two runs."
figures = []
runs = ["sgd", "gd"]
points = 5

[[lotteries]]
id = "lottery"
title = "Lottery"
shows = "Many planes."
figures = []
origin = "gd"
origin_step = 0
seeds = 3
grid = 5
batches = [4]
images = 20

[[batch_paths]]
id = "batches"
title = "Batches"
shows = "What batches see."
figures = []
run = "sgd"
moments = 3
surfaces = ["batch-1", "train"]
grid = 5
"""
)


def list_of(root: Path, text: str) -> list[Job]:
    """Return the jobs of a study in a folder with its images."""
    (root / "study.toml").write_text(text)
    study, folder = read_study(root / "study.toml"), StudyFolder(root / "out")
    rehearse(study, load_study_data(study.data, root / "data", folder.dataset, download=False))
    reconcile(study, folder)
    return list_jobs(study, folder)


def run_all(jobs: list[Job]) -> list[str]:
    """Run the jobs that are not done, each after those that it needs; return their ids."""
    done: set[str] = set()
    made = []
    while len(done) < len(jobs):
        for job in jobs:
            if job.id not in done and done.issuperset(job.needs):
                if not job.is_done():
                    job.run(Reporter(job.id))
                    made.append(job.id)
                assert job.is_done()
                done.add(job.id)
    return made


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with images and the results of the small study, which measures nothing."""
    root = tmp_path_factory.mktemp("measured")
    write_images(root / "data")
    run_all(list_of(root, SMALL))
    return root


def test_what_is_added_leaves_all_that_was_there(world: Path, tmp_path: Path) -> None:
    root = shutil.copytree(world, tmp_path / "copy")
    former = {job.id for job in list_of(root, SMALL)}
    jobs = list_of(root, MEASURED)
    assert all(job.is_done() for job in jobs if job.id in former)
    assert former.isdisjoint(run_all(jobs))
    landscapes = root / "out" / "landscapes"
    kinds = {
        path.name: read_checked(path).manifest.kind
        for path in landscapes.iterdir()
        if not path.name.startswith(".")
    }
    assert kinds == {
        "sgd-random": "landscape",
        "table": "table",
        "sgd-hessian": "landscape",
        "segments": "segments",
        "lottery": "lottery",
        "batches": "batch-path",
    }
    assert check(root / "out") == 0
    next((root / "out" / "parts" / "lottery").rglob("manifest.json")).unlink()
    assert check(root / "out") == 1
    lottery = read_checked(landscapes / "lottery").manifest.lottery
    assert lottery is not None and lottery.origin.step == 0
    plane = read_checked(landscapes / "sgd-hessian").manifest.plane
    assert plane is not None and plane.curvature is not None and plane.curvature.images == 20


def test_a_sheet_that_is_missing_is_computed_again_and_no_other(
    world: Path, tmp_path: Path
) -> None:
    root = shutil.copytree(world, tmp_path / "copy")
    jobs = list_of(root, MEASURED)
    wanted = set(find_job_ids(read_study(root / "study.toml"), ["lottery"]))
    assert wanted == {"lottery"}
    (assembly,) = (job for job in jobs if isinstance(job, MeasuredJob) and job.id == "lottery")
    sheets = [job for job in jobs if isinstance(job, SheetJob) and job.entry.id == "lottery"]
    chosen: list[Job] = [job for job in jobs if job.id in sheets[0].needs]
    run_all([*chosen, *sheets, assembly])
    shutil.rmtree(root / "out" / "parts" / "lottery" / "seed-1")
    shutil.rmtree(root / "out" / "landscapes" / "lottery")
    assert run_all([*chosen, *sheets, assembly]) == [sheets[1].id, "lottery"]


def test_a_sheet_that_is_stopped_leaves_no_point(world: Path, tmp_path: Path) -> None:
    root = shutil.copytree(world, tmp_path / "copy")
    job = next(job for job in list_of(root, MEASURED) if isinstance(job, SheetJob))

    class StoppingReporter(Reporter):
        def __call__(self, fraction: float) -> None:
            raise StoppedError

    with pytest.raises(StoppedError):
        job.run(StoppingReporter(job.id))
    assert not job.is_done()


@pytest.mark.parametrize(
    ("former", "wrong", "fault"),
    [
        ("images = 20\n", "images = 2000\n", "lottery: 2,000 samples are more"),
        ('runs = ["sgd", "gd"]', 'runs = ["sgd", "adam"]', 'there is no run "adam"'),
        ('runs = ["sgd", "gd"]', 'runs = ["sgd", "sgd"]', "names a run twice"),
        ('surfaces = ["batch-1"', 'surfaces = ["batch-100"', "more samples than the 60"),
    ],
)
def test_what_cannot_be_measured_is_told_before_the_first_job(
    world: Path, tmp_path: Path, former: str, wrong: str, fault: str
) -> None:
    root = shutil.copytree(world, tmp_path / "copy")
    assert former in MEASURED
    with pytest.raises(StudyError, match=fault):
        list_of(root, MEASURED.replace(former, wrong))
