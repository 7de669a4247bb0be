"""What a study takes with some number of workers, and its landscapes' sketches."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from descent_atlas.jobs.costs import Costs
from descent_atlas.jobs.landscape_jobs import BlockJob, LandscapeJob, SketchJob
from descent_atlas.jobs.scheduler import Job, Reporter
from descent_atlas.jobs.study_forecast import forecast, tell_forecast
from descent_atlas.jobs.study_jobs import list_jobs, list_landscape_jobs
from descent_atlas.study.folder import RunSelection, StudyFolder
from descent_atlas.study.study_files import read_study
from descent_atlas.training.images.dataset_cache import write_cache
from descent_atlas.training.images.datasets import DataError, ImageDataset
from tests.precompute.small_studies import STUDY

SLOW = Costs(snapshot=0.01, point=0.01, first=0.0, together=1)
"""Three seconds a point on 300 images."""


@dataclass(frozen=True)
class CostedJob:
    """A job of which nothing but its cost counts."""

    id: str
    cost: float
    needs: tuple[str, ...] = ()

    def is_done(self) -> bool:
        """Return False."""
        return False

    def run(self, report: Reporter) -> None:
        """Do nothing."""


STAR: list[Job] = [
    CostedJob("assembly", 1.0, ("b0", "b1", "b2", "b3")),
    *(CostedJob(f"b{i}", 10.0, ("run",)) for i in range(4)),
    CostedJob("run", 60.0),
    CostedJob("other", 20.0),
]


@pytest.mark.parametrize(
    ("workers", "seconds"), [(1, 121.0), (2, 81.0), (3, 81.0), (4, 71.0), (64, 71.0)]
)
def test_jobs_are_simulated_as_the_scheduler_runs_them(workers: int, seconds: float) -> None:
    found = forecast(STAR, workers)
    assert found.seconds == seconds
    assert found.work == 121.0
    assert found.efficiency == pytest.approx(121 / (workers * seconds))
    assert [job.id for job in found.chain] == ["run", "b0", "assembly"]
    assert found.shortest == 71.0


def test_a_forecast_says_what_limits_it() -> None:
    assert forecast(STAR, 64).tell() == (
        "with 64 workers about 71 s, of 2 min of work: they are busy 3% of the time. The longest "
        "chain takes 71 s, with however many workers: run → b0 → assembly."
    )
    assert forecast([], 2).tell() == "nothing is to do."
    assert "with 1 worker about 10 s" in forecast([STAR[1]], 1).tell()  # what it needs is done


def test_a_study_is_forecast_from_costs_on_its_own_images(
    tmp_path: Path, dataset: ImageDataset
) -> None:
    (tmp_path / "study.toml").write_text(STUDY)
    study, folder = read_study(tmp_path / "study.toml"), StudyFolder(tmp_path / "out")
    with pytest.raises(DataError, match="does not hold yet"):
        tell_forecast(study, folder, 64)
    write_cache(folder.dataset, dataset, None)
    said = tell_forecast(study, folder, 64)
    assert said.startswith("The whole study: with 64 workers about ")
    assert "-seed" in said.partition("workers: ")[2] and "What is left" not in said


def test_a_long_landscape_is_sketched_from_coarse_to_fine(
    tmp_path: Path, dataset: ImageDataset
) -> None:
    (tmp_path / "study.toml").write_text(STUDY)
    study, folder = read_study(tmp_path / "study.toml"), StudyFolder(tmp_path / "out")
    write_cache(folder.dataset, dataset, None)
    assert not any(isinstance(job, SketchJob) for job in list_jobs(study, folder))
    (entry,) = (each for each in study.expand_landscapes() if each.id == "both")
    entry = entry.model_copy(update={"grid": 31, "surfaces": ["train", "test"]})
    selection = RunSelection.of_first(folder, study, entry.runs)
    jobs = list_landscape_jobs(entry, selection, dataset, SLOW, reading=0.0, snapshots=3)
    blocks = [job for job in jobs if isinstance(job, BlockJob)]
    sketches = [job for job in jobs if isinstance(job, SketchJob)]
    (whole,) = (job for job in jobs if isinstance(job, LandscapeJob))
    assert [job.number for job in sketches] == [0, 1, 2, 3]
    for before, sketch in zip([None, *sketches], sketches, strict=False):
        needed = [job for job in blocks if job.id in sketch.needs]
        assert {job.surface for job in needed} == {"train", "test"}
        assert (before is None) or before.id in sketch.needs
    assert len(sketches[0].needs) < len(blocks) / 8
    assert sketches[-1].id in whole.needs
