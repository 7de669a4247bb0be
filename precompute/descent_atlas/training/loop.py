"""Training loop of a run: epochs of batches, early stopping, divergence, and resumption."""

import contextlib
import copy
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from descent_atlas.training.images.datasets import ImageDataset, Split
from descent_atlas.training.networks import build, flatten, is_finite, load_flat
from descent_atlas.training.recorder import CHECKPOINT_SECONDS, Recorder
from descent_atlas.training.recording.snapshot_precision import EXACT, Precision
from descent_atlas.training.snapshot_plan import SNAPSHOT_COUNT
from descent_atlas.training.steps import Step, make_step

BLOCK_IMAGES = 256
"""Images scaled to [0, 1] at once: few dispatches, and the block stays in the cache."""

COPY_STEPS = 512
"""Steps between two copies of the state, from one of which the last finite parameters are found."""

TEST_IMAGES = 1000
"""Test images that are evaluated at once."""


class StoppedError(Exception):
    """Stopped on request; progress is saved."""


@dataclass(frozen=True, kw_only=True)
class Training:
    """All that determines a run, beside the data.

    `factory` and `options` build the network, see `networks.build`. `optimizer` is the name of a
    class of `torch.optim`, `hyperparameters` its arguments. `batch_size` None is the whole training
    set. The run stops after `patience` consecutive epochs without a better mean training loss; with
    None it never stops early. `snapshots` of the parameters are kept, uniform in steps, in a
    `snapshot_precision`. `code` identifies the user's code, see `study.code_record`; None if there
    is none.
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

    def spec(self, dataset: ImageDataset) -> dict[str, Any]:
        """Return the `spec` of a run's manifest for this training on a data set."""
        known = asdict(self)
        for name in ("id", "factory", "options", "snapshots", "snapshot_precision"):
            del known[name]
        known["batch_size"] = self.batch_size or "all"
        if self.code is None:
            del known["code"]
        return known | {"dataset": {"name": dataset.name, "fingerprint": dataset.fingerprint}}


@dataclass
class Progress:
    """Position of the loop (epochs done, steps done of the next) and state of early stopping."""

    epoch: int = 0
    position: int = 0
    loss: float = 0.0  # summed over the images of the epoch so far
    best: float = math.inf
    epochs_since_best: int = 0


def epoch_order(seed: int, epoch: int, count: int) -> Tensor:
    """Return the order int64[count] in which a run sees its images in an epoch, counted from 0.

    The order depends on these arguments alone: all runs with one seed and batch size see the same
    batches.
    """
    return torch.from_numpy(np.random.default_rng((seed, epoch)).permutation(count))


def train(
    folder: Path,
    training: Training,
    dataset: ImageDataset,
    *,
    report: Callable[[float], None] = lambda fraction: None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> None:
    """Train a network and record the run in a folder; resume from its last checkpoint.

    `report` is called with the fraction done. If it raises StoppedError, a checkpoint is written
    before the error is passed on.

    Raises RunError if the folder holds another run or one that has ended, NetworkError if the
    network cannot be built.
    """
    network = build(training.factory, training.seed, **training.options)
    count = len(dataset.train.labels)
    batch_size = min(training.batch_size or count, count)
    step = make_step(network, training.optimizer, training.hyperparameters, batch_size)
    steps_per_epoch = math.ceil(count / batch_size)
    recorder = Recorder(
        folder,
        id=training.id,
        network=network,
        factory=training.factory,
        options=training.options,
        optimizer=step,
        spec=training.spec(dataset),
        steps=training.epochs * steps_per_epoch,
        steps_per_epoch=steps_per_epoch,
        batch_size=batch_size,
        snapshots=training.snapshots,
        snapshot_precision=training.snapshot_precision,
        checkpoint_seconds=checkpoint_seconds,
    )
    with recorder, flush_denormals():
        Loop(training, dataset, network, step, recorder, batch_size, report).run()


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
        dataset: ImageDataset,
        network: nn.Module,
        step: Step,
        recorder: Recorder,
        batch_size: int,
        report: Callable[[float], None],
    ) -> None:
        self.training = training
        self.network = network
        self.step = step
        self.recorder = recorder
        self.report = report
        self.batches = Batches(dataset.train, training.seed, batch_size)
        self.test_inputs = dataset.test.inputs(slice(None))
        self.test_labels = dataset.test.labels
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
        self._keep_if_finite()
        for inputs, labels in self.batches.draw(progress.epoch, progress.position):
            loss = self.step(inputs, labels)
            if not math.isfinite(loss):
                return False
            progress.position += 1
            progress.loss += loss * len(labels)
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
        train_loss = progress.loss / self.batches.count
        progress.epoch += 1
        progress.position, progress.loss = 0, 0.0
        self.recorder.epoch(
            progress.epoch, train_loss=train_loss, test_accuracy=self._measure_accuracy()
        )
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
            optimizer=copy.deepcopy(self.step.state_dict()),
            generator=torch.random.get_rng_state(),
        )
        return True

    def _diverge(self) -> None:
        """End the run with its last finite parameters, found by repeating the last steps.

        To copy the parameters at every step would cost more than the step at batch size 1.
        """
        start, found_at = self.last_finite, self.recorder.step
        load_flat(self.network, start.theta)
        self.step.load_state_dict(start.optimizer)
        torch.random.set_rng_state(start.generator)
        final, final_step = start.theta, start.step
        again = self.batches.draw(self.progress.epoch, start.position)
        for inputs, labels in islice(again, found_at - start.step):
            self.step(inputs, labels)
            theta = flatten(self.network)
            if not is_finite(theta):
                break
            final, final_step = theta, final_step + 1
        load_flat(self.network, final)
        self.recorder.step = final_step
        self.recorder.epoch(
            self.progress.epoch + 1, train_loss=math.nan, test_accuracy=self._measure_accuracy()
        )
        self.recorder.finish("diverged", f"not finite after step {final_step}", final)

    @torch.no_grad()
    def _measure_accuracy(self) -> float:
        """Return the share of the test images that the network classifies correctly."""
        self.network.eval()
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
    optimizer: dict[str, Any]
    generator: Tensor


class Batches:
    """The batches of a training set, in an order that depends on seed and epoch alone.

    A batch of the whole set is scaled once and kept in the set's own order, since the mean does not
    depend on it.
    """

    def __init__(self, split: Split, seed: int, batch_size: int) -> None:
        self.split = split
        self.seed = seed
        self.batch_size = batch_size
        self.count = len(split.labels)
        self.per_block = max(1, BLOCK_IMAGES // batch_size)
        self._whole = split.inputs(slice(None)) if batch_size == self.count else None

    def draw(self, epoch: int, first: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield an epoch's batches from `first` on: inputs float32[batch, …], labels int64[batch].

        Blocks begin at the same images for every `first`. A batch therefore has the same alignment
        in memory, on which the rounding of matrix products may depend.
        """
        if self._whole is not None:
            if first == 0:
                yield self._whole, self.split.labels
            return
        order = epoch_order(self.seed, epoch, self.count)
        first_block, skipped = divmod(first, self.per_block)
        for chosen in torch.split(order, self.per_block * self.batch_size)[first_block:]:
            inputs, labels = self.split.inputs(chosen), self.split.labels[chosen]
            batches = zip(
                torch.split(inputs, self.batch_size),
                torch.split(labels, self.batch_size),
                strict=True,
            )
            yield from islice(batches, skipped, None)
            skipped = 0
