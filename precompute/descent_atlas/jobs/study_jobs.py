"""All jobs of a study: those of its runs, landscapes and tables."""

from collections.abc import Iterable

from descent_atlas.jobs.landscape_jobs import (
    ROWS_PER_JOB,
    LandscapeJob,
    PlaneJob,
    RowsJob,
    TableJob,
)
from descent_atlas.jobs.run_jobs import CurvatureJob, PathJob, TrainingJob, name_curvature
from descent_atlas.jobs.scheduler import Job
from descent_atlas.study.folder import RunSelection, StudyFolder, open_dataset
from descent_atlas.study.schema import Study

FIRST_LAYER_SECONDS, POINT_SECONDS = 1.3e-5, 1.8e-7
"""Approximate seconds for each image of a rows job: once, and at each grid point."""

SNAPSHOT_SECONDS = 4e-6
"""Approximate seconds for each image at a snapshot, whose first layer no other point shares."""

SEARCH_SECONDS = 5e-4
"""Approximate seconds for each image in the search for a largest eigenvalue."""


def list_jobs(study: Study, folder: StudyFolder) -> list[Job]:
    """Return all jobs of a study whose images are cached."""
    dataset = open_dataset(folder.dataset)
    images = {"train": len(dataset.train.labels), "test": len(dataset.test.labels)}
    jobs: list[Job] = [
        TrainingJob(folder=folder, training=training, images=images["train"])
        for training in study.expand_runs()
    ]
    if study.curvature:
        searches = study.curvature.snapshots + study.curvature.subsets * study.curvature.spread
        jobs += [
            CurvatureJob(
                folder=folder,
                run_id=training.id,
                settings=study.curvature,
                cost=searches * study.curvature.images * SEARCH_SECONDS,
            )
            for training in study.expand_runs()
        ]
    landscapes = list(study.expand_landscapes())
    drawn = dict.fromkeys(study.name_first(run) for entry in landscapes for run in entry.runs)
    tables = [(entry, RunSelection.of_table(folder, study, entry)) for entry in study.tables]
    for entry, selection in tables:
        drawn |= dict.fromkeys(selection.all_names if entry.paths else ())
    path_cost = study.training.snapshots * images["train"] * SNAPSHOT_SECONDS
    jobs += [PathJob(folder=folder, run_id=name, cost=path_cost) for name in drawn]
    for landscape in landscapes:
        selection = RunSelection.of_first(folder, study, landscape.runs)
        jobs.append(PlaneJob(selection=selection, entry=landscape))
        for surface in landscape.surfaces:
            seen = images.get(surface) or int(surface.removeprefix("batch-"))
            cost = seen * (FIRST_LAYER_SECONDS + ROWS_PER_JOB * landscape.grid * POINT_SECONDS)
            jobs += [
                RowsJob(
                    selection=selection, entry=landscape, surface=surface, start=start, cost=cost
                )
                for start in range(0, landscape.grid, ROWS_PER_JOB)
            ]
        jobs.append(LandscapeJob(selection=selection, entry=landscape))
    jobs += [TableJob(selection=selection, entry=entry) for entry, selection in tables]
    return jobs


def find_job_ids(study: Study, wanted: Iterable[str]) -> list[str]:
    """Return the ids of the jobs that produce the runs, landscapes and tables with given ids.

    A run's id selects all its seeds; an id with a seed selects that one. Either selects the
    curvature along the run too, if the study measures it. Raises KeyError with the first unknown
    id.
    """
    known = {run.id: study.name_all(run.id) for run in study.runs}
    known |= {training.id: [training.id] for training in study.expand_runs()}
    if study.curvature:
        known = {id: [*names, *map(name_curvature, names)] for id, names in known.items()}
    known |= {entry.id: [entry.id] for entry in study.expand_landscapes()}
    known |= {table.id: [table.id] for table in study.tables}
    return [id for name in wanted for id in known[name]]
