"""What a command will write and how long that will take, told before it begins."""

import math
import shutil
from collections.abc import Sequence

from descent_atlas.jobs.display import Forecast, format_seconds
from descent_atlas.jobs.landscape_jobs import PlaneJob
from descent_atlas.jobs.run_jobs import TrainingJob
from descent_atlas.jobs.scheduler import Job
from descent_atlas.storage.array_folder import MANIFEST
from descent_atlas.study.folder import StudyFolder, open_dataset
from descent_atlas.study.schema import Study
from descent_atlas.training.loop import Training
from descent_atlas.training.networks import layout
from descent_atlas.training.optimizer_scaling import plan_scalings
from descent_atlas.training.run_manifest import FINAL
from descent_atlas.training.snapshot_plan import plan_snapshots

PLANE_VECTORS = 3
"""Vectors of parameters that a plane consists of: its origin and its directions."""


def announce(study: Study, folder: StudyFolder, jobs: Sequence[Job], workers: int) -> str:
    """Return what jobs will write at most, what is free, and their time; empty if all is done."""
    network = study.network.build()
    parameters = layout(network).size
    images = open_dataset(folder.dataset).train.size
    runs = [
        estimate_run(job.training, parameters, images)
        for job in jobs
        if isinstance(job, TrainingJob) and not (folder.run(job.id) / FINAL).exists()
    ]
    planes = [
        PLANE_VECTORS * 4 * parameters
        for job in jobs
        if isinstance(job, PlaneJob) and not (job.output / MANIFEST).exists()
    ]
    if not runs and not planes:
        return ""
    total, free = sum(runs) + sum(planes), shutil.disk_usage(folder.root).free
    short = "" if total < free else " That may not fit."
    left = format_seconds(Forecast(jobs, workers).estimate())
    return (
        f"{folder.root} will hold up to {format_bytes(total)} more: {len(runs)} runs with their "
        f"snapshots of {parameters:,} parameters ({format_bytes(sum(runs))}), {len(planes)} planes "
        f"({format_bytes(sum(planes))}). {format_bytes(free)} are free.{short}\n"
        f"All jobs would take about {left} with {workers} at once."
    )


def estimate_run(training: Training, parameters: int, images: int) -> int:
    """Return the most bytes that a run's snapshots, scalings and end take.

    SGD has no scaling of its own; some other optimizers have none either.
    """
    batch = min(training.batch_size or images, images)
    planned = plan_snapshots(training.epochs * math.ceil(images / batch), training.snapshots)
    vectors = len(planned) + 1
    if training.optimizer != "SGD":
        vectors += len(plan_scalings(planned))
    return 4 * parameters * vectors


def format_bytes(count: int) -> str:
    """Return a number of bytes in the largest unit of which it has at least one, as in 1.3 GB."""
    for unit, size in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} bytes"
