"""Trainings that small landscapes show, with known answers.

The loss is a bowl: at (x, y) in the plane and at a distance d out of it, a surface has

    floor + (x² + 4 y² + d²) / 2

and a run moves straight from its start to its end, whose distance out of the plane is 0 for the run
at the origin. Every number of a manifest follows from that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TRAIN_IMAGES, TEST_IMAGES = 640, 160

FLOORS = {"train": 1.0, "test": 1.25, "batch-1": 0.25, "batch-64": 0.75, "batch-256": 0.875}
"""The least loss of each surface."""


@dataclass(frozen=True)
class RunSample:
    """A training: its hyperparameters, and how it moves.

    `start` and `end` are coordinates in the plane and the distance out of it. A run that
    `diverges` has a last loss that is not finite.
    """

    id: str
    label: str
    optimizer: str = "SGD"
    hyperparameters: Mapping[str, float] = field(default_factory=lambda: {"lr": 0.002})
    batch_size: int = 64
    seed: int = 0
    start: tuple[float, float, float] = (-0.75, 0.5, 0.5)
    end: tuple[float, float, float] = (0.0, 0.0, 0.0)
    epochs: int = 20
    accuracy: float = 0.45
    diverges: bool = False

    @property
    def steps_per_epoch(self) -> int:
        """Steps in which the training set is seen once."""
        return -(-TRAIN_IMAGES // self.batch_size)

    @property
    def steps(self) -> int:
        """Steps of the whole training."""
        return self.epochs * self.steps_per_epoch

    def describe(self) -> dict[str, Any]:
        """Return the run as a manifest has it."""
        return {
            "id": self.id,
            "label": self.label,
            "status": "diverged" if self.diverges else "completed",
            "stop_reason": "the loss is not finite" if self.diverges else "all epochs were made",
            "spec": {
                "optimizer": self.optimizer,
                "hyperparameters": dict(self.hyperparameters),
                "batch_size": "all" if self.batch_size == TRAIN_IMAGES else self.batch_size,
                "epochs": self.epochs,
                "seed": self.seed,
            },
            "batch_size": self.batch_size,
            "steps": self.steps,
            "steps_per_epoch": self.steps_per_epoch,
            "images": self.epochs * TRAIN_IMAGES,
            "seconds": self.steps / 100,
            "ended": "2026-11-27T00:00:00+00:00",
            "train_loss": None if self.diverges else lift(FLOORS["train"], *self.end),
            "test_accuracy": self.accuracy,
            "turning": 60.0,
        }


RUNS = {
    run.id: run
    for run in (
        RunSample(
            "gd",
            "GD",
            hyperparameters={"lr": 0.1},
            batch_size=TRAIN_IMAGES,
            epochs=40,
            end=(-0.4, 0.1, 0.25),
            accuracy=0.375,
        ),
        RunSample(
            "sgd",
            "SGD, lr 0.002, batch 64, momentum 0.9",
            hyperparameters={"lr": 2e-3, "momentum": 0.9},
        ),
        RunSample(
            "adam",
            "Adam",
            optimizer="Adam",
            hyperparameters={"lr": 5e-4},
            end=(0.4, -0.2, 0.125),
            accuracy=0.4375,
        ),
        RunSample(
            "sgd-lr2",
            "SGD, lr 2, batch 64, no momentum",
            hyperparameters={"lr": 2.0},
            end=(0.75, 0.75, 1.0),
            epochs=2,
            accuracy=0.1,
            diverges=True,
        ),
    )
}
"""Runs that a sample may show, by their ids."""


def lift(floor: float, x: Any, y: Any, distance: Any = 0.0) -> Any:
    """Return the bowl's loss."""
    return floor + (x**2 + 4 * y**2 + distance**2) / 2
