"""All jobs of a study: those of its runs, landscapes and tables."""

from collections.abc import Iterable
from dataclasses import replace

from descent_atlas.analysis.plane_fidelity import WALKS
from descent_atlas.jobs.costs import Costs, measure_study_costs
from descent_atlas.jobs.landscape_jobs import BlockJob, LandscapeJob, PlaneJob, TableJob
from descent_atlas.jobs.run_jobs import CurvatureJob, PathJob, TrainingJob, name_curvature
from descent_atlas.jobs.scheduler import Job
from descent_atlas.study.code_record import CodeRecord, read_record
from descent_atlas.study.entries import LandscapeEntry
from descent_atlas.study.folder import RunSelection, StudyFolder, open_dataset
from descent_atlas.study.measures import Measures, StudyDataset
from descent_atlas.study.schema import Study
from descent_atlas.training.snapshot_plan import EARLY_COUNT

PASSES, PASS_SECONDS = 8, 1e-9
"""How often a plane or an assembly reads a run's snapshots, and the seconds for each number."""

WALK_SECONDS = 0.02
"""Approximate seconds for a set of random walks beside a run."""


def list_jobs(study: Study, folder: StudyFolder) -> list[Job]:
    """Return all jobs of a study whose images are cached.

    Their costs are measured on the study's network. Raises DataError if the network cannot be
    evaluated on the images.
    """
    dataset = open_dataset(folder.dataset)
    network = study.network.build()
    measures = Measures.of(study)
    costs = measure_study_costs(measures, network, dataset)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    snapshots = study.training.snapshots + EARLY_COUNT
    reading = PASSES * PASS_SECONDS * snapshots * parameters
    images = dataset.train.size
    record = read_record(folder) or CodeRecord()
    jobs: list[Job] = []
    for training in study.expand_runs():
        batch = min(training.batch_size or images, images)
        jobs.append(
            TrainingJob(
                folder=folder,
                training=replace(training, code=record.identity),
                measures=measures,
                cost=costs.train(training.epochs * images / batch, batch),
                replaced=tuple(record.replaced),
            )
        )
    if study.curvature:
        searches = study.curvature.snapshots + study.curvature.subsets * study.curvature.spread
        jobs += [
            CurvatureJob(
                folder=folder,
                run_id=training.id,
                settings=study.curvature,
                cost=costs.search(searches, study.curvature.images),
            )
            for training in study.expand_runs()
        ]
    landscapes = list(study.expand_landscapes())
    drawn = dict.fromkeys(study.name_first(run) for entry in landscapes for run in entry.runs)
    tables = [(entry, RunSelection.of_table(folder, study, entry)) for entry in study.tables]
    for entry, selection in tables:
        drawn |= dict.fromkeys(selection.all_names if entry.paths else ())
    path_cost = snapshots * images * costs.snapshot
    jobs += [
        PathJob(folder=folder, run_id=name, measures=measures, cost=path_cost) for name in drawn
    ]
    for landscape in landscapes:
        selection = RunSelection.of_first(folder, study, landscape.runs)
        jobs += list_landscape_jobs(landscape, selection, dataset, costs, reading, snapshots)
    for entry, selection in tables:
        runs = len(selection.all_names) if entry.paths else 0
        jobs.append(TableJob(selection=selection, entry=entry, cost=0.1 + runs * reading))
    return jobs


def list_landscape_jobs(
    landscape: LandscapeEntry,
    selection: RunSelection,
    dataset: StudyDataset,
    costs: Costs,
    reading: float,
    snapshots: int,
) -> list[Job]:
    """Return the jobs of a landscape, whose runs have `snapshots`, read in `reading` seconds."""
    sizes = {"train": dataset.train.size}
    if dataset.test is not None:
        sizes["test"] = dataset.test.size
    runs = len(landscape.runs)
    blocks: list[Job] = []
    for surface in landscape.surfaces:
        images = sizes.get(surface) or int(surface.removeprefix("batch-"))
        blocks += [
            BlockJob(
                selection=selection,
                entry=landscape,
                surface=surface,
                span=span,
                cost=costs.evaluate(span[1] - span[0], images),
            )
            for span in costs.divide(landscape.grid**2, images)
        ]
    walks = WALKS * WALK_SECONDS * runs
    passing = runs * costs.evaluate(snapshots, sizes["train"])
    return [
        PlaneJob(selection=selection, entry=landscape, cost=0.1 + runs * reading),
        *blocks,
        LandscapeJob(
            selection=selection,
            entry=landscape,
            blocks=tuple(block.id for block in blocks),
            cost=walks + runs * reading + passing,
        ),
    ]


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
