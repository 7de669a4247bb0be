"""Small trainings from which landscapes and tables are made."""

from dataclasses import replace

import torch
from torch.nn import functional

from descent_atlas.training.images.datasets import ImageDataset
from descent_atlas.training.loops.training_plan import Training
from descent_atlas.training.networks import load_flat
from descent_atlas.training.runs import TrainingRun

SGD = Training(
    id="sgd-seed1",
    factory="descent_atlas.training.networks:mlp",
    options={"sizes": [48, 16, 8, 3]},
    optimizer="SGD",
    hyperparameters={"lr": 0.05, "momentum": 0.9},
    batch_size=64,
    epochs=8,
    seed=1,
    patience=None,
    snapshots=10,
)

TRAININGS = {
    "sgd": SGD,
    "adam": replace(SGD, optimizer="Adam", hyperparameters={"lr": 0.01}),
    "gd": replace(SGD, hyperparameters={"lr": 0.1}, batch_size=None, epochs=30),
    "wild": replace(SGD, hyperparameters={"lr": 1e30}, batch_size=64),
    "convolutional": replace(
        SGD,
        factory="descent_atlas.training.networks:convolutional",
        options={"channels": [3, 4], "size": 4, "classes": 3},
    ),
}

LABELS = {id: id.upper() for id in TRAININGS}


def loss_at(run: TrainingRun, theta: torch.Tensor, dataset: ImageDataset) -> float:
    network = run.build_network()
    load_flat(network, theta)
    with torch.no_grad():
        logits = network(dataset.train.inputs(slice(None)))
    return functional.cross_entropy(logits.double(), dataset.train.labels).item()
