"""Training loop of a run: epochs of batches, early stopping, divergence, and resumption."""

import contextlib
import copy
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from descent_atlas.training.images.datasets import Split
from descent_atlas.training.named.learning_rate_schedules import LearningRateSchedule
from descent_atlas.training.named.optimizer_classes import make_optimizer
from descent_atlas.training.networks import construct, flatten, is_finite, load_flat
from descent_atlas.training.recorder import CHECKPOINT_SECONDS, Recorder
from descent_atlas.training.recording.final_state import load_buffers, take_buffers
from descent_atlas.training.recording.generators import read_generators, restore_generators
from descent_atlas.training.recording.snapshot_precision import EXACT, Precision
from descent_atlas.training.snapshot_plan import SNAPSHOT_COUNT
from descent_atlas.training.steps import AutogradStep, BatchMean, LossStep, make_step

BLOCK_IMAGES = 256
"""Images scaled to [0, 1] at once: few dispatches, and the block stays in the cache."""

COPY_STEPS = 512
"""Steps between two copies of the state, from one of which the last finite parameters are found."""

TEST_IMAGES = 1000
"""Test images that are evaluated at once."""

DEFAULT_LOSS = "classification"
"""The name of the cross-entropy of images, which the steps written by hand know."""

DEFAULT_DEVICE = "cpu"


class StoppedError(Exception):
    """Stopped on request; progress is saved."""


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


@dataclass
class Progress:
    """Position of the loop (epochs done, steps done of the next) and state of early stopping."""

    epoch: int = 0
    position: int = 0
    loss: float = 0.0  # summed over the samples of the epoch so far
    best: float = math.inf
    epochs_since_best: int = 0
    weight: float = 0.0  # what these samples count for, with a loss of one's own


def epoch_order(seed: int, epoch: int, count: int) -> Tensor:
    """Return the order int64[count] in which a run sees its images in an epoch, counted from 0.

    The order depends on these arguments alone: all runs with one seed and batch size see the same
    batches.
    """
    return torch.from_numpy(np.random.default_rng((seed, epoch)).permutation(count))


def train(
    folder: Path,
    training: Training,
    dataset: SampleData,
    *,
    scoring: Scoring | None = None,
    report: Callable[[float], None] = lambda fraction: None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> None:
    """Train a network and record the run in a folder; resume from its last checkpoint.

    Without a scoring, the loss is the cross-entropy of labelled images, and the metric their
    accuracy. `report` is called with the fraction done. If it raises StoppedError, a checkpoint is
    written before the error is passed on.

    Raises RunError if the folder holds another run or one that has ended, NetworkError if the
    network cannot be built.
    """
    device = torch.device(training.device)
    network = construct(training.factory, training.seed, training.options).to(device)
    count = dataset.train.size
    batch_size = min(training.batch_size or count, count)
    advance = make_advance(network, training, batch_size, scoring)
    schedule = None
    if training.schedule is not None:
        schedule = LearningRateSchedule(advance.step.optimizer, training.schedule)
    steps_per_epoch = math.ceil(count / batch_size)
    with fork_generators(device), flush_denormals():
        torch.manual_seed(training.seed)  # of dropout, for instance
        recorder = Recorder(
            folder,
            id=training.id,
            network=network,
            factory=training.factory,
            options=training.options,
            optimizer=advance.step,
            stateful={} if schedule is None else {"schedule": schedule},
            spec=training.spec(dataset),
            steps=training.epochs * steps_per_epoch,
            steps_per_epoch=steps_per_epoch,
            batch_size=batch_size,
            snapshots=training.snapshots,
            snapshot_precision=training.snapshot_precision,
            checkpoint_seconds=checkpoint_seconds,
        )
        with recorder:
            Loop(
                training,
                dataset,
                network,
                advance,
                recorder,
                batch_size,
                report,
                schedule=schedule,
                scoring=scoring,
            ).run()


def make_advance(
    network: nn.Module, training: Training, batch_size: int, scoring: Scoring | None
) -> "Advance":
    """Return what updates a network from one batch.

    Batch normalization needs batches whole, and a schedule an optimizer of PyTorch's.
    """
    name, hyperparameters = training.optimizer, training.hyperparameters
    if scoring is not None or next(network.buffers(), None) is not None:
        optimizer = make_optimizer(name, network.parameters(), hyperparameters)
        mean = image_loss if scoring is None else scoring.mean
        return BatchAdvance(LossStep(network, optimizer, mean))
    if training.schedule is not None:
        optimizer = make_optimizer(name, network.parameters(), hyperparameters)
        return ImageAdvance(AutogradStep(network, optimizer))
    return ImageAdvance(make_step(network, name, hyperparameters, batch_size))


def image_loss(network: nn.Module, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, float]:
    """Return the mean cross-entropy of labelled images, and their number."""
    inputs, labels = batch
    return cross_entropy(network(inputs), labels), float(len(labels))


class Advance(Protocol):
    """Updates a network from one batch with a `step`, which has the state of its optimizer."""

    step: Any

    def __call__(self, batch: Any) -> tuple[float, float]:
        """Update the network; return the batch's mean loss before, and what it counts for."""


@dataclass
class ImageAdvance:
    """A step that takes images and labels."""

    step: Any  # a Step; the protocol of Advance asks for no less

    def __call__(self, batch: tuple[Tensor, Tensor]) -> tuple[float, float]:
        """Update the network; return the batch's mean loss before, and the number of images."""
        inputs, labels = batch
        return self.step(inputs, labels), len(labels)


@dataclass
class BatchAdvance:
    """A step that takes batches of any form."""

    step: Any

    def __call__(self, batch: Any) -> tuple[float, float]:
        """Update the network; return the batch's mean loss before, and its weight."""
        found: tuple[float, float] = self.step(batch)
        return found


def switch_optimizer(step: Any, mode: Literal["train", "eval"]) -> None:
    """Call an optimizer's own `train` or `eval`, where it has them, as Schedule-Free ones do."""
    switch = getattr(getattr(step, "optimizer", None), mode, None)
    if callable(switch):
        switch()


@contextlib.contextmanager
def fork_generators(device: torch.device) -> Iterator[None]:
    """Leave PyTorch's global generators as they were, after this context."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        yield


@contextlib.contextmanager
def flush_denormals() -> Iterator[None]:
    """Treat numbers below 1.2e-38 as zero, within this context.

    The momentum of a dead unit decays to such numbers and stays there. Processors compute with them
    several times slower.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


class Loop:
    """The training loop: epochs of batches until all are done, or the run stops or diverges."""

    def __init__(
        self,
        training: Training,
        dataset: SampleData,
        network: nn.Module,
        advance: Advance,
        recorder: Recorder,
        batch_size: int,
        report: Callable[[float], None],
        *,
        schedule: LearningRateSchedule | None,
        scoring: Scoring | None,
    ) -> None:
        self.training = training
        self.network = network
        self.advance = advance
        self.recorder = recorder
        self.report = report
        self.schedule = schedule
        self.scoring = scoring
        self.device = torch.device(training.device)
        self.batches = Batches(dataset.train.to(self.device), training.seed, batch_size)
        self.test = None if dataset.test is None else dataset.test.to(self.device)
        if scoring is None and self.test is not None:
            self.test_inputs, self.test_labels = self.test.take(slice(None))
        self.progress = Progress(**recorder.extra)
        self.last_finite: TrainingState

    def run(self) -> None:
        """Train until the run ends, and record its end."""
        self.recorder.snapshot(self.recorder.step)
        while self.progress.epoch < self.training.epochs:
            if not self._run_epoch():
                self._diverge()
                return
            if self._end_epoch():
                patience = self.training.patience
                self.recorder.finish(
                    "stopped",
                    f"{patience} consecutive epochs without a better mean training loss",
                )
                return
        self.recorder.finish("completed", f"all {self.training.epochs} epochs were made")

    def _run_epoch(self) -> bool:
        """Train to the end of an epoch; return whether loss and parameters stayed finite."""
        progress, recorder = self.progress, self.recorder
        self.network.train()
        switch_optimizer(self.advance.step, "train")
        self._keep_if_finite()
        for batch in self.batches.draw(progress.epoch, progress.position):
            loss, weight = self.advance(batch)
            if not math.isfinite(loss):
                return False
            if self.schedule is not None:
                self.schedule.end_step()
            progress.position += 1
            progress.loss += loss * weight
            progress.weight += weight
            recorder.snapshot(recorder.step + 1)
            if recorder.step % self.batches.per_block == 0:
                self._report()
            recorder.checkpoint(**vars(progress))
            if progress.position % COPY_STEPS == 0 and not self._keep_if_finite():
                return False
        return self._keep_if_finite()

    def _report(self) -> None:
        try:
            self.report(self.recorder.step / self.recorder.planned_steps)
        except StoppedError:
            self.recorder.checkpoint(now=True, **vars(self.progress))
            raise

    def _end_epoch(self) -> bool:
        """Record an epoch that is done; return whether patience with the loss is exhausted."""
        progress = self.progress
        count = self.batches.count if self.scoring is None else progress.weight
        train_loss = progress.loss / count if count else math.nan
        progress.epoch += 1
        progress.position, progress.loss, progress.weight = 0, 0.0, 0.0
        self.recorder.epoch(progress.epoch, train_loss=train_loss, **self._measure())
        if self.schedule is not None:
            self.schedule.end_epoch(train_loss)
        if train_loss < progress.best:
            progress.best, progress.epochs_since_best = train_loss, 0
        else:
            progress.epochs_since_best += 1
        return progress.epochs_since_best == self.training.patience

    def _keep_if_finite(self) -> bool:
        """Copy the state, to which `_diverge` may return; return False if it is not finite."""
        theta = flatten(self.network)
        if not is_finite(theta):
            return False
        self.last_finite = TrainingState(
            step=self.recorder.step,
            position=self.progress.position,
            theta=theta,
            buffers=take_buffers(self.network),
            optimizer=copy.deepcopy(self.advance.step.state_dict()),
            schedule=None if self.schedule is None else copy.deepcopy(self.schedule.state_dict()),
            generators=read_generators(),
        )
        return True

    def _diverge(self) -> None:
        """End the run with its last finite parameters, found by repeating the last steps.

        To copy the parameters at every step would cost more than the step at batch size 1.
        """
        start, found_at = self.last_finite, self.recorder.step
        load_flat(self.network, start.theta)
        load_buffers(self.network, start.buffers)
        self.advance.step.load_state_dict(start.optimizer)
        if self.schedule is not None:
            self.schedule.load_state_dict(start.schedule)
        restore_generators(start.generators)
        final, final_step, buffers = start.theta, start.step, start.buffers
        again = self.batches.draw(self.progress.epoch, start.position)
        for batch in islice(again, found_at - start.step):
            self.advance(batch)
            if self.schedule is not None:
                self.schedule.end_step()
            theta = flatten(self.network)
            if not is_finite(theta):
                break
            final, final_step, buffers = theta, final_step + 1, take_buffers(self.network)
        load_flat(self.network, final)
        load_buffers(self.network, buffers)
        self.recorder.step = final_step
        self.recorder.epoch(self.progress.epoch + 1, train_loss=math.nan, **self._measure())
        self.recorder.finish("diverged", f"not finite after step {final_step}", final)

    @torch.no_grad()
    def _measure(self) -> dict[str, float]:
        """Return the metrics of the network on the test samples, in evaluation mode."""
        self.network.eval()
        switch_optimizer(self.advance.step, "eval")
        if self.scoring is not None:
            return self.scoring.measure(self.network, self.test)
        return {"test_accuracy": self._measure_accuracy()}

    def _measure_accuracy(self) -> float:
        """Return the share of the test images that the network classifies correctly."""
        pairs = zip(
            torch.split(self.test_inputs, TEST_IMAGES),
            torch.split(self.test_labels, TEST_IMAGES),
            strict=True,
        )
        right = sum(
            int((self.network(inputs).argmax(1) == labels).sum()) for inputs, labels in pairs
        )
        return right / len(self.test_labels)


@dataclass(frozen=True, kw_only=True)
class TrainingState:
    """A copy of a training's state at a step, `position` steps after the epoch began."""

    step: int
    position: int
    theta: Tensor
    buffers: Mapping[str, Tensor]
    optimizer: dict[str, Any]
    schedule: dict[str, Any] | None
    generators: list[Tensor]


class Batches:
    """The batches of a training set, in an order that depends on seed and epoch alone.

    A batch of the whole set is made once and kept in the set's own order, since the mean does not
    depend on it.
    """

    def __init__(self, samples: Samples, seed: int, batch_size: int) -> None:
        self.samples = samples
        self.seed = seed
        self.batch_size = batch_size
        self.count = samples.size
        self.per_block = max(1, BLOCK_IMAGES // batch_size)
        self._whole = samples.take(slice(None)) if batch_size == self.count else None

    def draw(self, epoch: int, first: int) -> Iterator[Any]:
        """Yield an epoch's batches from `first` on; of images, float32[batch, …] and int64[batch].

        Blocks begin at the same images for every `first`. A batch therefore has the same alignment
        in memory, on which the rounding of matrix products may depend.
        """
        if self._whole is not None:
            if first == 0:
                yield self._whole
            return
        order = epoch_order(self.seed, epoch, self.count)
        if not isinstance(self.samples, Split):
            for chosen in torch.split(order, self.batch_size)[first:]:
                yield self.samples.take(chosen)
            return
        first_block, skipped = divmod(first, self.per_block)
        for chosen in torch.split(order, self.per_block * self.batch_size)[first_block:]:
            inputs, labels = self.samples.take(chosen)
            batches = zip(
                torch.split(inputs, self.batch_size),
                torch.split(labels, self.batch_size),
                strict=True,
            )
            yield from islice(batches, skipped, None)
            skipped = 0
