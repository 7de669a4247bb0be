"""Recorder of a run: snapshots, metrics, and checkpoints from which any PyTorch loop resumes."""

import hashlib
import logging
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.amp.grad_scaler import GradScaler

from descent_atlas.storage.durable import (
    remove,
    remove_temporaries,
)
from descent_atlas.training.checkpoints import read_checkpoint, write_checkpoint
from descent_atlas.training.networks import (
    flatten,
    is_finite,
    layout,
    load_flat,
    rename_factory,
    unwrap,
)
from descent_atlas.training.optimizer_scaling import find_scaling, order_state, plan_scalings
from descent_atlas.training.recording.factory_check import check_factory
from descent_atlas.training.recording.final_state import (
    load_buffers,
    read_final,
    take_buffers,
)
from descent_atlas.training.recording.generators import read_generators, restore_generators
from descent_atlas.training.recording.metric_columns import MetricColumns
from descent_atlas.training.recording.row_file import RowFile, to_bytes
from descent_atlas.training.recording.run_document import describe_end, write_end, write_manifest
from descent_atlas.training.recording.run_identity import (
    as_json,
    check_functions,
    check_numbers,
    complete_spec,
    describe_precision,
    list_frozen,
    refuse_other,
)
from descent_atlas.training.recording.snapshot_file import SnapshotFile
from descent_atlas.training.recording.snapshot_precision import EXACT, Precision
from descent_atlas.training.recording.stateful import Stateful
from descent_atlas.training.recording.step_counter import StepCounter
from descent_atlas.training.run_manifest import (
    BUFFERS,
    CHECKPOINT,
    SCALINGS,
    RunError,
    Status,
    rename_network,
)
from descent_atlas.training.snapshot_plan import SNAPSHOT_COUNT, plan_snapshots
from descent_atlas.training.update_angles import UpdateAngles

logger = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 30.0
"""The least time between checkpoints: the most that a kill costs, and no burden on training."""


class Recorder:
    """Records a run while any PyTorch loop trains a network.

    A step is a step of `optimizer`: the recorder counts them and keeps the parameters of those at
    which a snapshot is due, so that the loop calls nothing after a step. A step over several
    accumulated gradients is one, and so is one of L-BFGS. A step that the gradient scaler `scaler`
    skips counts, and stands in `skipped_steps`. `epoch` records any named numbers. `checkpoint`
    saves all state, at most every 30 seconds; the loop calls it where it can resume, for instance
    after an epoch. Leaving the `with` block ends the run. After an exception or a kill, the same
    program resumes from the last checkpoint, at `step`, with the values `extra` that `checkpoint`
    was given.

        with Recorder(folder, network=network, factory="my_module:network",
                      optimizer=optimizer, steps=epochs * len(loader)) as recorder:
            for epoch in range(recorder.step // len(loader), epochs):
                for images, labels in loader:
                    optimizer.zero_grad()
                    cross_entropy(network(images), labels).backward()
                    optimizer.step()
                recorder.epoch(epoch + 1, validation_f1=measure(network))
                recorder.checkpoint()

    `network` may be wrapped by `torch.compile` or `DataParallel`. `factory` and `options` name the
    function with which readers build it again, see `networks.construct`; that is tried at once, and
    the result compared with the network. `id` is the name of the folder unless it is given. `spec`
    holds whatever else determines the run, as the seed; without an "optimizer" it also gets the
    optimizer's class and those hyperparameters that differ from the defaults of that class. `steps`
    is the number of steps that are planned, `snapshots` the number of snapshots that are kept,
    uniform in steps; with 20 of them the scaling of an adaptive `optimizer` is kept too, see
    `optimizer_scaling`. Snapshots may be rounded to a `snapshot_precision`; the end never is.
    `steps_per_epoch` and `batch_size` are None if they are not known or mean nothing. `loss` and
    `data` name functions or objects "module:name", with which `descent-atlas-precompute draw` draws
    the run unless others are given. `stateful` names more objects whose state a checkpoint holds;
    it always holds the states of PyTorch's global generators, of the network's buffers, and of the
    scaler.

    An `optimizer` that is none of PyTorch's cannot be counted: the loop calls `snapshot(step)`.

    A trainer that keeps checkpoints of its own puts `save_state()` into them, calls no
    `checkpoint`, and gives the state back as `resume_from` when it has restored everything else.

    Raises RunError if the folder holds another run (with another `spec`, for instance), or one that
    has ended, or not the recording that is resumed from; NetworkError if the factory makes another
    network, or the network cannot be recorded; ValueError for numbers out of their limits.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        network: nn.Module,
        factory: str,
        options: Mapping[str, Any] | None = None,
        id: str | None = None,
        optimizer: Stateful | None = None,
        scaler: GradScaler | None = None,
        stateful: Mapping[str, Stateful] | None = None,
        spec: Mapping[str, Any] | None = None,
        steps: int,
        steps_per_epoch: int | None = None,
        batch_size: int | None = None,
        snapshots: int = SNAPSHOT_COUNT,
        snapshot_precision: Precision = EXACT,
        loss: str | None = None,
        data: str | None = None,
        checkpoint_seconds: float = CHECKPOINT_SECONDS,
        resume_from: Mapping[str, Any] | None = None,
    ) -> None:
        check_numbers(
            steps=steps,
            snapshots=snapshots,
            steps_per_epoch=steps_per_epoch,
            batch_size=batch_size,
        )
        if scaler is not None and not isinstance(optimizer, torch.optim.Optimizer):
            raise ValueError("scaler: a gradient scaler needs an optimizer of PyTorch's")
        self.folder = Path(folder)
        self.network = unwrap(network)
        self.layout = layout(self.network)
        self.stateful = dict(stateful or {})
        for name, holder in (("optimizer", optimizer), ("scaler", scaler)):
            if holder is not None:
                self.stateful[name] = holder
        self.checkpoint_seconds = checkpoint_seconds
        self.planned_steps = steps
        self.planned = plan_snapshots(steps, snapshots)
        self.planned_scalings = plan_scalings(self.planned)
        options, spec = dict(options or {}), complete_spec(spec or {}, optimizer)
        self.identity = as_json(
            {
                "id": self.folder.resolve().name if id is None else id,
                "spec": spec,
                "network": {
                    "factory": rename_factory(factory),
                    "options": options,
                    "parameters": list(zip(self.layout.names, self.layout.shapes, strict=True)),
                },
                "planned_steps": steps,
                "steps_per_epoch": steps_per_epoch,
                "batch_size": batch_size,
                "planned_snapshots": snapshots,
            }
        ) | describe_precision(snapshot_precision)
        self.snapshots = SnapshotFile(self.folder, self.layout.size, snapshot_precision)
        self.scalings = RowFile(self.folder / SCALINGS, self.layout.byte_count)
        check_factory(self.network, factory, int(spec.get("seed", 0)), options)
        self.functions = {"loss": loss, "data": data}
        check_functions(self.functions)
        self.step = 0
        self.extra: dict[str, Any] = {}
        self.ended = False
        self.seconds = 0.0
        self.skipped_steps: list[int] = []
        self.frozen = list_frozen(self.network)
        self.scaling_name = ""  # until there is one
        self.metrics = MetricColumns()
        self.update_angles = UpdateAngles(steps)
        self._counter: StepCounter | None = None
        self._open(resume_from)
        if isinstance(optimizer, torch.optim.Optimizer):
            self._counter = StepCounter(optimizer, scaler, self._count)

    def _open(self, resume_from: Mapping[str, Any] | None) -> None:
        """Resume from a trainer's state, or an undamaged checkpoint if there is one, or start."""
        self.folder.mkdir(parents=True, exist_ok=True)
        remove_temporaries(self.folder)
        refuse_other(self.folder, self.identity)
        if resume_from is None:
            self._resume_or_start()
        elif self.identity == resume_from["identity"] and self._resume_files(resume_from):
            self._restore_recording(resume_from)
        else:
            raise RunError(
                f"{self.folder} does not hold the recording of the {resume_from['step']} steps "
                "after which training resumes; train from the start, or from another checkpoint"
            )
        self.snapshots.open()
        self.scalings.open()
        self._began = self._saved = time.monotonic()

    def _resume_or_start(self) -> None:
        state = read_checkpoint(self.folder / CHECKPOINT)
        same = state is not None and rename_network(state["identity"]) == self.identity
        if state is not None and same and self._resume_files(state):
            self._restore(state)
        else:
            if state is not None:
                logger.warning("the run in %s restarts", self.folder)
            remove(self.folder / CHECKPOINT)
            remove(self.folder / BUFFERS)
            self.snapshots.restart()
            self.scalings.restart()
            self._write_manifest("running", "")

    def _resume_files(self, state: Mapping[str, Any]) -> bool:
        """Remove what is newer than a checkpoint; return whether the rest is undamaged.

        A checkpoint from before scalings were kept has none.
        """
        nothing = hashlib.sha256().hexdigest()
        return self.snapshots.resume(
            state["snapshot_steps"], state["snapshots_sha256"]
        ) and self.scalings.resume(
            state.get("scaling_steps", ()), state.get("scalings_sha256", nothing)
        )

    def _restore_recording(self, state: Mapping[str, Any]) -> None:
        self.step, self.seconds = state["step"], state["seconds"]
        self.snapshots.rounding = list(state.get("snapshot_rounding", []))
        self.skipped_steps = state.get("skipped_steps", [])
        self.frozen = [name for name in self.frozen if name in state.get("frozen", self.frozen)]
        self.metrics = MetricColumns(state["metrics"])
        self.scaling_name = state.get("scaling_name", "")
        self.update_angles.load_state_dict(state["turning"])

    def _restore(self, state: dict[str, Any]) -> None:
        self._restore_recording(state)
        self.extra = state["extra"]
        load_flat(self.network, state["theta"])
        load_buffers(self.network, state.get("buffers", {}))
        restore_generators([state["generator"], *state.get("device_generators", ())])
        for name, holder in self.stateful.items():
            holder.load_state_dict(state["stateful"][name])

    def __enter__(self) -> Self:
        self._keep_due_snapshot()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None and not self.ended:
                self.finish()
        finally:
            self.close()

    @property
    def elapsed(self) -> float:
        """Seconds that the run has taken so far, including those before the last checkpoint."""
        return self.seconds + time.monotonic() - self._began

    def _count(self, skipped: bool) -> None:
        """Record a step of the optimizer."""
        self.step += 1
        if skipped:
            self.skipped_steps.append(self.step)
        self._keep_due_snapshot()

    def close(self) -> None:
        """Stop recording without ending the run; do nothing a second time."""
        if self._counter is not None:
            self._counter.close()
        self.snapshots.close()
        self.scalings.close()

    def snapshot(self, step: int) -> None:
        """Record that `step` updates are made; keep the parameters if a snapshot is due.

        Only a loop whose optimizer is none of PyTorch's needs this. A step that is recorded
        already, as the first after a resumption, is ignored. Parameters that are not finite are not
        kept. Raises ValueError if the recorder counts the steps, and counted others.
        """
        if self._counter is not None and step != self.step:
            raise ValueError(
                f"snapshot({step}): the optimizer has made {self.step} steps. The recorder counts "
                "them itself; leave the call out, and name a gradient scaler as scaler=…"
            )
        self.step = step
        self._keep_due_snapshot()

    def _keep_due_snapshot(self) -> None:
        """Keep the parameters if a snapshot is due at this step and is not there yet."""
        step = self.step
        due = step in self.planned and step not in self.snapshots.steps[-1:]
        if not due and not self.update_angles.wants(step):
            return
        theta = flatten(self.network).cpu()
        self.update_angles.observe(step, theta)
        if due and is_finite(theta):
            self.snapshots.keep(step, theta)
            still = list_frozen(self.network)
            self.frozen = [name for name in self.frozen if name in still]
            if step in self.planned_scalings:
                self._keep_scaling(step)

    def _keep_scaling(self, step: int) -> None:
        """Keep the optimizer's scaling, if it has one."""
        holder = self.stateful.get("optimizer")
        found = find_scaling(order_state(holder, self.network), self.layout) if holder else None
        if found is None:
            return
        self.scaling_name, values = found
        self.scalings.append(step, to_bytes(values.cpu()))

    def epoch(self, epoch: float, **metrics: Any) -> None:
        """Record an epoch, counted from 1, with any named numbers, or none.

        A metric is a number, or a tensor of one; NaN where it is not known. The page knows
        `train_loss`, the mean loss while training, and `test_accuracy`, a share. Raises ValueError
        if a metric is no number.
        """
        self.metrics.append(epoch, metrics)

    def checkpoint(self, *, now: bool = False, **extra: Any) -> None:
        """Save all state if the last checkpoint is old enough, or if `now` is set.

        `extra` is whatever else the loop needs to resume here: tensors, numbers, strings, lists and
        dictionaries.
        """
        if not now and time.monotonic() - self._saved < self.checkpoint_seconds:
            return
        theta = flatten(self.network).cpu()
        if not is_finite(theta):
            return  # the run has diverged and will end at an earlier step
        generator, *device_generators = read_generators()
        state = self.save_state() | {
            "extra": extra,
            "theta": theta,
            "buffers": take_buffers(self.network),
            "generator": generator,
            "device_generators": device_generators,
            "stateful": {name: holder.state_dict() for name, holder in self.stateful.items()},
        }
        write_checkpoint(self.folder / CHECKPOINT, state)
        self._saved = time.monotonic()

    def save_state(self) -> dict[str, Any]:
        """Write what is recorded to the disk; return the recording's state without the training's.

        It consists of tensors, numbers, strings, lists and dictionaries. A `Recorder` with this
        state as `resume_from` goes on here, after whatever else a trainer restores.
        """
        self._flush()
        self._write_manifest("running", "")
        return {
            "identity": self.identity,
            "step": self.step,
            "seconds": self.elapsed,
            "snapshot_steps": list(self.snapshots.steps),
            "snapshot_rounding": list(self.snapshots.rounding),
            "skipped_steps": list(self.skipped_steps),
            "frozen": self.frozen,
            "metrics": {name: list(column) for name, column in self.metrics.columns.items()},
            "turning": self.update_angles.state_dict(),
            "snapshots_sha256": self.snapshots.sha256,
            "scaling_name": self.scaling_name,
            "scaling_steps": list(self.scalings.steps),
            "scalings_sha256": self.scalings.sha256,
        }

    def finish(
        self,
        status: Status | None = None,
        reason: str | None = None,
        final: Tensor | nn.Module | Mapping[str, Tensor] | None = None,
    ) -> None:
        """End the run.

        `final` is what the run leaves, its last finite parameters: θ float32[P], or a module or
        `state_dict` with the network's names, as an average of the parameters (EMA, SWA); without
        it, the network as it is now. Planes have their origin there. Without a status, a run that
        made all planned steps is `completed`, another one `stopped`. If the parameters are not
        finite, the run has the status `diverged` and ends with its last snapshot.

        Raises RunError if there is none, NetworkError if `final` does not fit the network.
        """
        self._flush()
        theta, buffers = read_final(self.network, self.layout, final)
        if status is None:
            status = "completed" if self.step >= self.planned_steps else "stopped"
        if reason is None:
            reason = describe_end(self.step, self.planned_steps)
        if not is_finite(theta):
            if not self.snapshots.steps:
                raise RunError(f"the run in {self.folder} has no finite parameters")
            self.step = self.snapshots.steps[-1]
            self.skipped_steps = [step for step in self.skipped_steps if step <= self.step]
            status, reason = "diverged", f"not finite some time after step {self.step}"
            theta = torch.from_numpy(self.snapshots.read_last())
        self.snapshots.tell_distance(self.step, theta)
        write_end(self.folder, theta, buffers, self.elapsed)
        self._write_manifest(status, reason)
        (self.folder / CHECKPOINT).unlink(missing_ok=True)
        self.ended = True
        self.close()

    def _flush(self) -> None:
        self.snapshots.flush()
        self.scalings.flush()

    def _write_manifest(self, status: Status, reason: str) -> None:
        rows = (self.snapshots, self.scalings)
        facts: dict[str, Any] = {
            **self.identity,
            "status": status,
            "stop_reason": reason,
            "steps": self.step,
            "snapshots": {
                "steps": self.snapshots.steps,
                "early": [self.planned[step] for step in self.snapshots.steps],
            },
            "scalings": {"name": self.scaling_name, "steps": self.scalings.steps},
        }
        measured = {
            "metrics": self.metrics.columns,
            "turning": {"step": self.update_angles.steps, "angle": self.update_angles.angles},
        }
        optional = {
            "skipped_steps": self.skipped_steps,
            "frozen": self.frozen,
            "snapshot_rounding": self.snapshots.rounding,
            "functions": {name: each for name, each in self.functions.items() if each},
        }
        write_manifest(self.folder, facts, measured, optional, rows)
