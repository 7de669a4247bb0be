"""What a command will write and how long that will take, told before it begins."""

import math
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from descent_atlas.jobs.display import Forecast, format_seconds
from descent_atlas.jobs.landscape_jobs import BlockJob, PlaneJob, SketchJob
from descent_atlas.jobs.measured_jobs import SheetJob
from descent_atlas.jobs.run_jobs import CurvatureJob, PathJob, TrainingJob
from descent_atlas.jobs.scheduler import Job
from descent_atlas.landscapes.format import is_incomplete
from descent_atlas.storage.array_folder import MANIFEST
from descent_atlas.storage.byte_sizes import format_bytes
from descent_atlas.study.folder import StudyFolder, open_dataset
from descent_atlas.study.schema import Study
from descent_atlas.training.loops.training_plan import Training
from descent_atlas.training.networks import layout
from descent_atlas.training.optimizer_scaling import plan_scalings
from descent_atlas.training.recording.snapshot_precision import EXACT, STORED
from descent_atlas.training.run_manifest import FINAL
from descent_atlas.training.snapshot_plan import plan_snapshots

PLANE_VECTORS = 3
"""Vectors of parameters that a plane consists of: its origin and its directions."""


def announce(study: Study, folder: StudyFolder, jobs: Sequence[Job], workers: int) -> str:
    """Return what jobs will write at most, what is free, and their time; empty if all is done.

    A job counts as done if its output exists. Whether that is undamaged, the job itself finds out.
    """
    parameters = {
        id: layout(study.find_network(id).build()).size for id in (run.id for run in study.runs)
    }
    run_ids = {training.id: id for id, training in study.list_trainings()}
    images = open_dataset(folder.dataset).train.size
    missing = [job for job in jobs if not seems_done(job, folder)]
    if not missing:
        return ""
    runs = [
        estimate_run(job.training, parameters[run_ids[job.id]], images)
        for job in missing
        if isinstance(job, TrainingJob)
    ]
    planes = [
        PLANE_VECTORS * STORED[EXACT].itemsize * parameters[job.entry.origin]
        for job in missing
        if isinstance(job, PlaneJob)
    ]
    total, free = sum(runs) + sum(planes), shutil.disk_usage(folder.root).free
    short = "" if total < free else " That may not fit."
    left = format_seconds(Forecast(missing, workers).estimate())
    return (
        f"{folder.root} will hold up to {format_bytes(total)} more: "
        f"{format_bytes(sum(runs))} of snapshots (runs: {len(runs)}, each snapshot of "
        f"{say_sizes(parameters.values())} parameters), {format_bytes(sum(planes))} of planes "
        f"({len(planes)}). {format_bytes(free)} are free.{short}\n"
        f"That takes about {left}; jobs at once: {workers}."
    )


def seems_done(job: Job, folder: StudyFolder) -> bool:
    """Tell whether a job's output exists, and is no landscape that is incomplete."""
    output = find_output(job, folder)
    return output.exists() and not is_incomplete(output.parent)


def say_sizes(parameters: Iterable[int]) -> str:
    """Return the number of parameters, or the range of several.

    >>> say_sizes([5000, 5000]), say_sizes([5000, 700, 5000])
    ('5,000', '700 to 5,000')
    """
    low, high = min(sizes := set(parameters)), max(sizes)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def find_output(job: Job, folder: StudyFolder) -> Path:
    """Return a file that exists if a job seems done."""
    match job:
        case TrainingJob():
            return folder.run(job.id) / FINAL
        case PathJob():
            return folder.path(job.run_id) / MANIFEST
        case CurvatureJob():
            return folder.curvature(job.run_id) / MANIFEST
        case PlaneJob():
            return job.output / MANIFEST
        case BlockJob() | SketchJob() | SheetJob():
            return folder.landscapes / job.entry.id / MANIFEST
    return folder.landscapes / job.id / MANIFEST


def estimate_run(training: Training, parameters: int, images: int) -> int:
    """Return the most bytes that a run's snapshots, scalings and end take.

    SGD has no scaling of its own; some other optimizers have none either.
    """
    batch = min(training.batch_size or images, images)
    planned = plan_snapshots(training.epochs * math.ceil(images / batch), training.snapshots)
    kept = 1 if training.optimizer == "SGD" else 1 + len(plan_scalings(planned))
    item = STORED[training.snapshot_precision].itemsize
    return parameters * (item * len(planned) + STORED[EXACT].itemsize * kept)
