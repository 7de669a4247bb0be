"""All jobs of a study: those of its runs, its landscapes and its tables."""

from collections.abc import Iterable

from descent_atlas.jobs.landscape_jobs import ROWS, LandscapeJob, PlaneJob, RowsJob, TableJob
from descent_atlas.jobs.run_jobs import PathJob, TrainingJob
from descent_atlas.jobs.scheduler import Job
from descent_atlas.study.folder import Place, Source, open_dataset
from descent_atlas.study.schema import Study

FIRST_LAYER_SECONDS, POINT_SECONDS = 1.3e-5, 1.8e-7
"""About what an image costs a job that computes rows, and at each of its grid points."""

SNAPSHOT_SECONDS = 4e-6
"""About what an image costs at a snapshot, where no other shares its first layer."""


def list_jobs(study: Study, place: Place) -> list[Job]:
    """Return all jobs of a study whose images are cached."""
    dataset = open_dataset(place.dataset)
    images = {"train": len(dataset.train.labels), "test": len(dataset.test.labels)}
    jobs: list[Job] = [
        TrainingJob(place=place, training=training, images=images["train"])
        for training in study.expand_runs()
    ]
    landscapes = list(study.expand_landscapes())
    drawn = dict.fromkeys(study.name_first(run) for entry in landscapes for run in entry.runs)
    path_cost = study.training.snapshots * images["train"] * SNAPSHOT_SECONDS
    jobs += [PathJob(place=place, run_id=name, cost=path_cost) for name in drawn]
    for entry in landscapes:
        source = Source.of(place, study, entry.runs, seeds=1)
        jobs.append(PlaneJob(source=source, entry=entry))
        for surface in entry.surfaces:
            seen = images.get(surface) or int(surface.removeprefix("batch-"))
            cost = seen * (FIRST_LAYER_SECONDS + ROWS * entry.grid * POINT_SECONDS)
            jobs += [
                RowsJob(source=source, entry=entry, surface=surface, start=start, cost=cost)
                for start in range(0, entry.grid, ROWS)
            ]
        jobs.append(LandscapeJob(source=source, entry=entry))
    for table in study.tables:
        source = Source.of(place, study, (cell.run for cell in table.cells), seeds=None)
        jobs.append(TableJob(source=source, entry=table))
    return jobs


def find_ids(study: Study, wanted: Iterable[str]) -> list[str]:
    """Return the jobs' ids that stand for ids of runs, with or without a seed, landscapes, tables.

    Raises KeyError with the first that is none of these.
    """
    known = {run.id: study.name_all(run.id) for run in study.runs}
    known |= {training.id: [training.id] for training in study.expand_runs()}
    known |= {entry.id: [entry.id] for entry in study.expand_landscapes()}
    known |= {table.id: [table.id] for table in study.tables}
    return [id for name in wanted for id in known[name]]
