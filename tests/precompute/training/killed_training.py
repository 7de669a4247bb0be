"""A training in a process of its own, to be killed.

The arguments are the folder and, if the process is to kill itself, at which renaming of a file,
counted from 1, and whether `before` or `after` it.
"""

import os
import signal
import sys
from pathlib import Path

import torch

from descent_atlas.storage import durable
from descent_atlas.training.loop import train
from descent_atlas.training.loops.training_plan import Training
from tests.precompute.conftest import make_dataset

TRAINING = Training(
    id="killed",
    factory="descent_atlas.training.networks:mlp",
    options={"sizes": [48, 16, 8, 3]},
    optimizer="Adam",
    hyperparameters={"lr": 0.002},
    batch_size=4,
    epochs=12,
    seed=5,
    patience=None,
    snapshots=40,
)


def kill_at(count: int, moment: str) -> None:
    """Kill this process at the count-th renaming."""
    rename, renamed = durable.rename, [0]

    def fatal(source: Path, target: Path) -> None:
        renamed[0] += 1
        if renamed[0] == count and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        rename(source, target)
        if renamed[0] == count:
            os.kill(os.getpid(), signal.SIGKILL)

    durable.rename = fatal


if __name__ == "__main__":
    torch.set_num_threads(1)
    folder, *instant = sys.argv[1:]
    checkpoint_seconds = 0.05
    if instant:
        kill_at(int(instant[0]), instant[1])
        checkpoint_seconds = 1e9  # so that the renamings are those of beginning and ending
    train(Path(folder), TRAINING, make_dataset(), checkpoint_seconds=checkpoint_seconds)
