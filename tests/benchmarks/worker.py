"""A worker of the offline job: python -m tests.benchmarks.worker CACHE GRID.

It computes points of surfaces of GRID × GRID points from a cached data set, then trains on its full
batch. It prints the most bytes that it held, after the one and after the other.
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import torch

from descent_atlas.analysis.planes import random_plane, unit_grid
from descent_atlas.output.landscape_parts import BLOCK_SECONDS, compute_points
from descent_atlas.output.surface_parts import SurfaceParts
from descent_atlas.training.images.dataset_cache import read_cache
from descent_atlas.training.images.datasets import ImageDataset, Split
from descent_atlas.training.loop import train
from descent_atlas.training.loops.training_plan import Training
from descent_atlas.training.runs import TrainingRun
from tests.benchmarks.measuring import read_peak

CLASSES = 10

TRAINING = Training(
    id="gd",
    factory="descent_atlas.training.networks:mlp",
    optimizer="SGD",
    hyperparameters={"lr": 0.1},
    batch_size=None,
    epochs=1,
    seed=0,
    patience=None,
)


def compute_surfaces(dataset: ImageDataset, size: int, folder: Path) -> None:
    """Compute two rows of points over all images, and a whole grid over the first 256."""
    few = Split(dataset.train.images[:CLASSES], dataset.train.labels[:CLASSES])
    train(folder / "short", TRAINING, replace(dataset, train=few, test=few))
    run = TrainingRun.load(folder / "short")
    plane, grid = random_plane(run.final, run.layout, seed=0), unit_grid(size)
    for surface, stop in (("train", 2), ("batch-256", size)):
        parts = SurfaceParts(folder=folder, surface=surface, key="", shape=(size, size))
        compute_points(
            parts,
            (0, stop * size),
            plane=plane,
            grid=grid,
            run=run,
            dataset=dataset,
            pace=BLOCK_SECONDS / parts.points,
        )


def main() -> None:
    """Do what a worker does."""
    torch.set_num_threads(1)
    dataset = read_cache(Path(sys.argv[1]))
    with tempfile.TemporaryDirectory() as scratch:
        compute_surfaces(dataset, int(sys.argv[2]), Path(scratch))
        print(read_peak())
        train(Path(scratch) / "gd", TRAINING, dataset)
        print(read_peak())


if __name__ == "__main__":
    main()
