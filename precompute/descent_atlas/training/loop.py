"""Training a network: the loop, when it ends, and what it records."""

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

from descent_atlas.training.datasets import Dataset, Split
from descent_atlas.training.networks import build, flatten, load_flat
from descent_atlas.training.recorder import CHECKPOINT_SECONDS, SNAPSHOT_COUNT, Recorder
from descent_atlas.training.steps import Step, make_step

BLOCK_IMAGES = 256
"""How many images are scaled to [0, 1] at once: fewer dispatches, and the block stays in cache."""

GUARD_STEPS = 512
"""After how many steps a copy is kept from which the last finite parameters are found again."""


TEST_IMAGES = 1000
"""How many test images go through the network at once."""


class Cancelled(Exception):
    """The work was called off; what was done so far is on disk."""


@dataclass(frozen=True, kw_only=True)
class Training:
    """All that determines a run, beside the data.

    `optimizer` is the name of a class of `torch.optim`, `hyperparameters` its arguments.
    `batch_size` None is the whole training set. `patience` is after how many consecutive epochs
    without a better mean training loss the run stops; None never.
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

    def spec(self, dataset: Dataset) -> dict[str, Any]:
        """Return what a run's manifest says of this training, on a data set."""
        known = asdict(self)
        for name in ("id", "factory", "options", "snapshots"):
            del known[name]
        known["batch_size"] = self.batch_size or "all"
        return known | {"dataset": {"name": dataset.name, "fingerprint": dataset.fingerprint}}


@dataclass
class Progress:
    """Where the loop is: epochs done, steps done of the next, and what early stopping knows."""

    epoch: int = 0
    position: int = 0
    loss: float = 0.0  # summed over the images of the epoch so far
    best: float = math.inf
    epochs_since_best: int = 0


def epoch_order(seed: int, epoch: int, count: int) -> Tensor:
    """Return the order int64[count] in which a run of a seed sees its images in an epoch, from 0.

    It depends on nothing else, so that every run of one seed and batch size sees the same batches.
    """
    return torch.from_numpy(np.random.default_rng((seed, epoch)).permutation(count))


def train(
    folder: Path,
    training: Training,
    dataset: Dataset,
    *,
    report: Callable[[float], None] = lambda fraction: None,
    checkpoint_seconds: float = CHECKPOINT_SECONDS,
) -> None:
    """Train a network and record the run in a folder, going on from its last checkpoint.

    `report` is called with the fraction that is done; if it raises Cancelled, a checkpoint is
    written first.

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
        checkpoint_seconds=checkpoint_seconds,
    )
    with recorder, flush_denormals():
        Loop(training, dataset, network, step, recorder, batch_size, report).run()


@contextlib.contextmanager
def flush_denormals() -> Iterator[None]:
    """Take numbers below 1.2e-38 for zero, as long as this lasts.

    Where a unit is dead, momentum decays to such numbers and stays there; processors are several
    times slower at them.
    """
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


class Loop:
    """The training loop: epochs of batches, until the epochs are done or a rule ends it."""

    def __init__(
        self,
        training: Training,
        dataset: Dataset,
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
        self.guard: Guard

    def run(self) -> None:
        """Train to the end, and end the run."""
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
        """Make what is left of an epoch; return whether loss and parameters stayed finite."""
        progress, recorder = self.progress, self.recorder
        self.network.train()
        self._watch()
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
            if progress.position % GUARD_STEPS == 0 and not self._watch():
                return False
        return self._watch()

    def _report(self) -> None:
        try:
            self.report(self.recorder.step / self.recorder.planned_steps)
        except Cancelled:
            self.recorder.checkpoint(now=True, **vars(self.progress))
            raise

    def _end_epoch(self) -> bool:
        """Record an epoch that is done; return whether it is one too many without a better loss."""
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

    def _watch(self) -> bool:
        """Keep a copy of the state from which an end can be found; False if it is not finite."""
        theta = flatten(self.network)
        if not bool(torch.isfinite(theta).all()):
            return False
        self.guard = Guard(
            step=self.recorder.step,
            position=self.progress.position,
            theta=theta,
            optimizer=copy.deepcopy(self.step.state_dict()),
            generator=torch.random.get_rng_state(),
        )
        return True

    def _diverge(self) -> None:
        """End the run with its last finite parameters, which are found by going there again.

        A copy of the parameters at every step would cost more than the step at batch size 1.
        """
        guard, found_at = self.guard, self.recorder.step
        load_flat(self.network, guard.theta)
        self.step.load_state_dict(guard.optimizer)
        torch.random.set_rng_state(guard.generator)
        final, final_step = guard.theta, guard.step
        again = self.batches.draw(self.progress.epoch, guard.position)
        for inputs, labels in islice(again, found_at - guard.step):
            self.step(inputs, labels)
            theta = flatten(self.network)
            if not bool(torch.isfinite(theta).all()):
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
        """Return the share of the test images that the network labels rightly."""
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
class Guard:
    """A copy of a training's state, at a step within an epoch."""

    step: int
    position: int
    theta: Tensor
    optimizer: dict[str, Any]
    generator: Tensor


class Batches:
    """The batches of a training set, in an order that depends on seed and epoch alone.

    A batch that is the whole set is scaled once, kept, and in the set's own order, on which the
    mean does not depend.
    """

    def __init__(self, split: Split, seed: int, batch_size: int) -> None:
        self.split = split
        self.seed = seed
        self.batch_size = batch_size
        self.count = len(split.labels)
        self.per_block = max(1, BLOCK_IMAGES // batch_size)
        self._whole = split.inputs(slice(None)) if batch_size == self.count else None

    def draw(self, epoch: int, first: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield an epoch's batches from one on: inputs float32[batch, …] and labels int64[batch].

        Blocks begin at the same images wherever the first batch is, so that a batch has the same
        place in memory, on which the rounding of matrix products may depend.
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
