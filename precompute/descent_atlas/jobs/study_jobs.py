"""All jobs of a study: those of its runs, landscapes and tables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from descent_atlas.analysis.plane_fidelity import WALKS
from descent_atlas.analysis.sharding.refinements import order_refinements
from descent_atlas.jobs.costs import Costs, measure_study_costs
from descent_atlas.jobs.landscape_jobs import (
    BlockJob,
    LandscapeJob,
    PlaneJob,
    SketchJob,
    TableJob,
)
from descent_atlas.jobs.measured_jobs import MeasuredJob, SheetJob
from descent_atlas.jobs.run_jobs import CurvatureJob, PathJob, TrainingJob, name_curvature
from descent_atlas.jobs.scheduler import Job
from descent_atlas.study.code_record import CodeRecord, read_record
from descent_atlas.study.entries import LandscapeEntry
from descent_atlas.study.folder import RunSelection, StudyFolder, open_dataset
from descent_atlas.study.measured_entries import BatchPathEntry, LotteryEntry, MeasuredEntry
from descent_atlas.study.measures import Measures, StudyDataset
from descent_atlas.study.schema import Study
from descent_atlas.training.networks import layout
from descent_atlas.training.snapshot_plan import EARLY_COUNT

PASSES, PASS_SECONDS = 8, 1e-9
"""How often a plane or an assembly reads a run's snapshots, and the seconds for each number."""

EIGENPAIRS, SEARCHES_OF_LOTTERY = 2, 2
"""Searches for a largest eigenvalue that cost as much as the pairs of a plane of eigenvectors, and
as the curvatures of a lottery."""

WALK_SECONDS = 0.02
"""Approximate seconds for a set of random walks beside a run."""

SKETCHED_SECONDS = 120.0
"""Time of a landscape's surfaces from which on it is served as it grows: with less, its blocks are
done nearly at once."""

FEW_SURFACES = 4
"""Surfaces for each worker below which the workers share each surface: more keep them busy."""


def list_jobs(study: Study, folder: StudyFolder, workers: int = 1) -> list[Job]:
    """Return all jobs of a study whose images are cached, divided for some workers.

    Their costs are measured on the study's networks. Raises DataError if the network cannot be
    evaluated on the images.
    """
    dataset = open_dataset(folder.dataset)
    measures = Measures.of(study)
    costs_of = measure_networks(study, measures, dataset)
    snapshots = study.training.snapshots + EARLY_COUNT
    images = dataset.train.size
    record = read_record(folder) or CodeRecord()
    jobs: list[Job] = []

    def reading(runs: Sequence[str]) -> float:
        parameters = layout(study.find_network(runs[0]).build()).size
        return PASSES * PASS_SECONDS * snapshots * parameters

    for id, training in study.list_trainings():
        batch = min(training.batch_size or images, images)
        jobs.append(
            TrainingJob(
                folder=folder,
                training=replace(training, code=record.identity),
                measures=measures,
                cost=costs_of[id].train(training.epochs * images / batch, batch),
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
                measures=measures,
                cost=costs_of[id].search(searches, study.curvature.images),
            )
            for id, training in study.list_trainings()
        ]
    landscapes = list(study.expand_landscapes())
    surfaces = sum(len(landscape.surfaces) for landscape in landscapes)
    sharing = workers if surfaces < FEW_SURFACES * workers else 1
    followed = [run for landscape in landscapes for run in landscape.runs]
    followed += [entry.run for entry in study.batch_paths]
    drawn = {study.name_first(id): id for id in followed}
    tables = [(entry, RunSelection.of_table(folder, study, entry)) for entry in study.tables]
    for entry, selection in tables:
        if entry.paths:
            drawn |= {name: id for id, names in selection.names.items() for name in names}
    jobs += [
        PathJob(
            folder=folder,
            run_id=name,
            measures=measures,
            cost=costs_of[id].visit(snapshots, images),
        )
        for name, id in drawn.items()
    ]
    for landscape in landscapes:
        selection = RunSelection.of_first(folder, study, landscape.runs)
        costs, seconds = costs_of[landscape.origin], reading(landscape.runs)
        jobs += list_landscape_jobs(
            landscape, selection, dataset, costs, seconds, snapshots, sharing
        )
    for measured in study.list_measured():
        selection = RunSelection.of_first(folder, study, measured.runs)
        costs, seconds = costs_of[measured.runs[0]], reading(measured.runs)
        jobs += list_measured_jobs(measured, selection, dataset, costs, seconds)
    for entry, selection in tables:
        runs = len(selection.all_names) if entry.paths else 0
        cost = 0.1 + runs * reading([entry.cells[0].run])
        jobs.append(TableJob(selection=selection, entry=entry, cost=cost))
    return jobs


def measure_networks(
    study: Study, measures: Measures, dataset: StudyDataset
) -> Mapping[str, Costs]:
    """Return the costs of each run's network, by the run's id.

    Raises DataError if a network cannot be evaluated on the images.
    """
    networks = study.list_networks()
    costs = [measure_study_costs(measures, network.build(), dataset) for network in networks]
    return {run.id: costs[networks.index(study.find_network(run.id))] for run in study.runs}


def list_landscape_jobs(
    landscape: LandscapeEntry,
    selection: RunSelection,
    dataset: StudyDataset,
    costs: Costs,
    reading: float,
    snapshots: int,
    sharing: int = 1,
) -> list[Job]:
    """Return the jobs of a landscape, whose runs have `snapshots`, read in `reading` seconds.

    `sharing` workers share each of its surfaces.
    """
    runs = len(landscape.runs)
    blocks: list[BlockJob] = []
    for surface in landscape.surfaces:
        images = count_images(surface, dataset)
        blocks += [
            BlockJob(
                selection=selection,
                entry=landscape,
                surface=surface,
                span=span,
                together=costs.together,
                cost=costs.evaluate(span[1] - span[0], images),
            )
            for span in costs.divide(landscape.grid**2, images, sharing)
        ]
    walks = WALKS * WALK_SECONDS * runs
    passing = runs * costs.evaluate(snapshots, dataset.train.size)
    searching = 0.0
    if landscape.plane == "hessian":
        settings = landscape.eigenvectors
        searching = costs.search(EIGENPAIRS, settings.images or dataset.train.size)
    if sum(block.cost for block in blocks) >= SKETCHED_SECONDS:
        blocks = sort_coarse_first(blocks)
    sketches = list_sketches(blocks, cost=0.1 + runs * reading)
    return [
        PlaneJob(selection=selection, entry=landscape, cost=0.1 + runs * reading + searching),
        *blocks,
        *sketches,
        LandscapeJob(
            selection=selection,
            entry=landscape,
            blocks=tuple(block.id for block in blocks),
            together=costs.together,
            sketches=tuple(sketch.id for sketch in sketches[-1:]),
            cost=walks + runs * reading + passing,
        ),
    ]


def sort_coarse_first(blocks: Sequence[BlockJob]) -> list[BlockJob]:
    """Return the blocks of all surfaces of a landscape, the coarsest points of each first.

    They count alike: of jobs of one cost, the scheduler takes the first of the list first.
    """
    cost = sum(block.cost for block in blocks) / len(blocks)
    return [replace(block, cost=cost) for block in sorted(blocks, key=lambda each: each.span)]


def list_sketches(blocks: Sequence[BlockJob], cost: float) -> list[SketchJob]:
    """Return the jobs that write a landscape, with some blocks, before it is complete.

    Each needs the one before. Of several that need the same blocks, there is the finest.
    """
    if sum(block.cost for block in blocks) < SKETCHED_SECONDS:
        return []
    first = blocks[0]
    order = order_refinements((first.entry.grid,) * 2, first.together)
    needed: dict[tuple[str, ...], int] = {}
    for number, stop in enumerate(order.stops):
        needed[tuple(block.id for block in blocks if block.span[0] < stop)] = number
    needed.pop(tuple(block.id for block in blocks), None)  # by then it is complete
    sketches: list[SketchJob] = []
    for needs, number in needed.items():
        sketches.append(
            SketchJob(
                selection=first.selection,
                entry=first.entry,
                number=number,
                together=first.together,
                needs=(*needs, *(sketch.id for sketch in sketches[-1:])),
                cost=cost,
            )
        )
    return sketches


def list_measured_jobs(
    entry: MeasuredEntry,
    selection: RunSelection,
    dataset: StudyDataset,
    costs: Costs,
    reading: float,
) -> list[Job]:
    """Return the jobs of what is measured around runs."""
    jobs: list[Job] = []
    plane = None
    if isinstance(entry, BatchPathEntry):
        jobs.append(PlaneJob(selection=selection, entry=entry.landscape, cost=0.1 + reading))
        plane = jobs[0].id
    sheets = [
        SheetJob(
            selection=selection,
            entry=entry,
            sheet=sheet,
            span=span,
            cost=costs.evaluate(span[1] - span[0], count_images(sheet[1], dataset)),
            plane=plane,
        )
        for sheet in entry.list_sheets()
        for span in costs.divide(entry.shape[0] * entry.shape[1], count_images(sheet[1], dataset))
    ]
    searching = 0.0
    if isinstance(entry, LotteryEntry):
        searching = costs.search(SEARCHES_OF_LOTTERY, entry.images or dataset.train.size)
    if isinstance(entry, BatchPathEntry):
        searching = WALKS * WALK_SECONDS + costs.train(entry.moments, dataset.train.size)
    cost = 0.1 + len(entry.runs) * reading + searching
    names = tuple(sheet.id for sheet in sheets)
    return [
        *jobs,
        *sheets,
        MeasuredJob(selection=selection, entry=entry, sheets=names, cost=cost),
    ]


def count_images(surface: str, dataset: StudyDataset) -> int:
    """Return how many samples a surface is of."""
    if surface == "test" and dataset.test is not None:
        return dataset.test.size
    if surface == "train":
        return dataset.train.size
    return int(surface.removeprefix("batch-"))


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
    known |= {measured.id: [measured.id] for measured in study.list_measured()}
    known |= {table.id: [table.id] for table in study.tables}
    return [id for name in wanted for id in known[name]]
