"""What determines a run: the samples, the loss, and all that a study says of a training."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from descent_atlas.training.recording.snapshot_precision import EXACT, Precision
from descent_atlas.training.snapshot_plan import SNAPSHOT_COUNT
from descent_atlas.training.steps import BatchMean

DEFAULT_LOSS = "classification"
"""The name of the cross-entropy of images, which the steps written by hand know."""

DEFAULT_DEVICE = "cpu"


class Samples(Protocol):
    """The samples of a set, all in memory."""

    @property
    def size(self) -> int:
        """Their number."""

    def take(self, indices: Tensor | slice) -> Any:
        """Return the chosen samples as a batch."""

    def to(self, device: torch.device) -> "Samples":
        """Return them on a device."""


class SampleData(Protocol):
    """A data set: samples to train on, and others for metrics if there are some."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def train(self) -> Samples:
        """The samples to train on."""

    @property
    def test(self) -> Samples | None:
        """The samples for metrics."""

    @property
    def fingerprint(self) -> str:
        """The same for equal data."""


@dataclass(frozen=True, kw_only=True)
class Scoring:
    """A loss and metrics of one's own: what is minimized, and what is recorded of each epoch.

    `mean` is the loss of a batch. `measure` returns named numbers of a network in evaluation mode
    on the test samples, which may be None.
    """

    mean: BatchMean
    measure: Callable[[nn.Module, Samples | None], dict[str, float]]


@dataclass(frozen=True, kw_only=True)
class Training:
    """All that determines a run, beside the data.

    `factory` and `options` build the network, see `networks.construct`. `optimizer` is the name of
    a class of `torch.optim` or "module:Class", `hyperparameters` its arguments. `batch_size` None
    is the whole training set. The run stops after `patience` consecutive epochs without a better
    mean training loss; with None it never stops early. `snapshots` of the parameters are kept,
    uniform in steps, in a `snapshot_precision`. `schedule` is that of the learning rate, see
    `LearningRateSchedule`. `loss` and `metrics` are the names of what a `Scoring` computes.
    Training runs on `device`. `code` identifies the user's code, see `study.code_record`; None if
    there is none.
    """

    id: str
    factory: str
    options: dict[str, Any] = field(default_factory=dict)
    optimizer: str
    hyperparameters: dict[str, Any]
    batch_size: int | None
    epochs: int
    seed: int
    patience: int | None
    snapshots: int = SNAPSHOT_COUNT
    snapshot_precision: Precision = EXACT
    code: str | None = None
    schedule: dict[str, Any] | None = None
    loss: str = DEFAULT_LOSS
    metrics: dict[str, str] | None = None
    device: str = DEFAULT_DEVICE

    def spec(self, dataset: SampleData) -> dict[str, Any]:
        """Return the `spec` of a run's manifest for this training on a data set.

        What keeps its default among the later fields is left out, as in runs before they existed.
        """
        known = asdict(self)
        for name in ("id", "factory", "options", "snapshots", "snapshot_precision"):
            del known[name]
        for name, default in LATER_FIELDS.items():
            if known[name] == default:
                del known[name]
        known["batch_size"] = self.batch_size or "all"
        return known | {"dataset": {"name": dataset.name, "fingerprint": dataset.fingerprint}}


LATER_FIELDS = {
    "code": None,
    "schedule": None,
    "loss": DEFAULT_LOSS,
    "metrics": None,
    "device": DEFAULT_DEVICE,
}
"""Fields of a training that runs of earlier versions do not have, with their defaults."""
