"""Training loop of a run: epochs of batches, early stopping, divergence, and resumption."""

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from descent_atlas.training.loops.advances import Advance, make_advance
from descent_atlas.training.loops.batch_order import Batches
from descent_atlas.training.loops.process_state import flush_denormals, repeat_kernels
from descent_atlas.training.loops.training_plan import SampleData, Scoring, Training
from descent_atlas.training.named.learning_rate_schedules import LearningRateSchedule
from descent_atlas.training.networks import construct, flatten, is_finite, load_flat
from descent_atlas.training.recorder import CHECKPOINT_SECONDS, Recorder
from descent_atlas.training.recording.final_state import load_buffers, take_buffers
from descent_atlas.training.recording.generators import (
    fork_generators,
    read_generators,
    restore_generators,
)

COPY_STEPS = 512
"""Steps between two copies of the state, from one of which the last finite parameters are found."""

TEST_IMAGES = 1000
"""Test images that are evaluated at once."""


class StoppedError(Exception):
    """Stopped on request; progress is saved."""


@dataclass
class Progress:
    """Position of the loop (epochs done, steps done of the next) and state of early stopping."""

    epoch: int = 0
    position: int = 0
    loss: float = 0.0  # summed over the samples of the epoch so far
    best: float = math.inf
    epochs_since_best: int = 0
    weight: float = 0.0  # what these samples count for, with a loss of one's own


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
    with fork_generators(), flush_denormals(), repeat_kernels(device):
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


def switch_optimizer(step: Any, mode: Literal["train", "eval"]) -> None:
    """Call an optimizer's own `train` or `eval`, where it has them, as Schedule-Free ones do."""
    switch = getattr(getattr(step, "optimizer", None), mode, None)
    if callable(switch):
        switch()


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
