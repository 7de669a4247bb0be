"""What a training leaves on disk: snapshots, metrics, and checkpoints from which it can go on."""

import hashlib
import json
import logging
import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from descent_atlas.storage.durable import (
    hash_file,
    remove,
    remove_temporaries,
    write_document,
    write_whole,
)
from descent_atlas.training.checkpoints import read_checkpoint, write_checkpoint
from descent_atlas.training.networks import flatten, layout, load_flat
from descent_atlas.training.runs import (
    CHECKPOINT,
    FINAL,
    MANIFEST,
    SCHEMA,
    SECONDS,
    SNAPSHOTS,
    RunError,
    Status,
    hash_start,
    leave_gaps,
    read_manifest,
)
from descent_atlas.training.update_angles import Turning

logger = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 30.0
"""The least time between checkpoints: what a kill costs at most, and too rare to be felt."""

SNAPSHOT_COUNT = 200
"""How many snapshots, uniform in steps, a run keeps after the first: 160 MB for 200,000 weights."""

EARLY_COUNT = 16
"""How many extra snapshots, at growing distances, fall before the second of the uniform ones."""


class Stateful(Protocol):
    """What a checkpoint can hold: an optimizer, a scheduler, a loader with a state."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state, of tensors, numbers, strings, lists and dictionaries."""

    def load_state_dict(self, state_dict: Any) -> None:
        """Take a state back."""


def plan_snapshots(steps: int, count: int) -> dict[int, bool]:
    """Return the steps at which snapshots are due, ascending, and whether each is an early one.

    `count` of them after step 0 are uniform in steps, or every step where there are fewer; the
    early ones are at growing distances between the first two.
    """
    count = min(count, steps)
    uniform = {round(index * steps / count) for index in range(count + 1)} if count else {0}
    spacing = steps / count if count else 1
    grown = {round(spacing ** (index / EARLY_COUNT)) for index in range(EARLY_COUNT)}
    return {step: step not in uniform for step in sorted(uniform | grown) if step <= steps}


class Recorder:
    """Records a run while any PyTorch loop trains a network.

    The loop calls `snapshot(step)` after each step, step 0 before the first; the recorder keeps
    the parameters where a snapshot is due. `epoch` records an epoch's metrics. `checkpoint` saves
    everything, at most every 30 seconds, and is called where the loop could begin again: after an
    epoch, say. Leaving the `with` block ends the run; an exception or a kill leaves it unended,
    and the same program begins again at its last checkpoint: `step` is where, and `extra` what
    was handed to `checkpoint`.

        with Recorder(folder, id="mine", network=network, factory="my_module:network",
                      optimizer=optimizer, steps=epochs * len(loader),
                      steps_per_epoch=len(loader), batch_size=64) as recorder:
            for epoch in range(recorder.step // len(loader), epochs):
                recorder.snapshot(recorder.step)
                for images, labels in loader:
                    optimizer.zero_grad()
                    cross_entropy(network(images), labels).backward()
                    optimizer.step()
                    recorder.snapshot(recorder.step + 1)
                recorder.checkpoint()

    `factory` and `options` name the function that builds the network (see `networks.build`), by
    which a reader builds it again. `spec` is what else determines the run (the seed, the
    optimizer's hyperparameters); a run that is there with another `spec` is refused. `stateful`
    names more objects whose state a checkpoint holds. PyTorch's global generator is always held.

    Raises RunError if the folder holds another run.
    """

    def __init__(
        self,
        folder: Path,
        *,
        id: str,
        network: nn.Module,
        factory: str,
        options: Mapping[str, Any] | None = None,
        optimizer: Stateful | None = None,
        stateful: Mapping[str, Stateful] | None = None,
        spec: Mapping[str, Any] | None = None,
        steps: int,
        steps_per_epoch: int,
        batch_size: int,
        snapshots: int = SNAPSHOT_COUNT,
        checkpoint_seconds: float = CHECKPOINT_SECONDS,
    ) -> None:
        self.folder = Path(folder)
        self.network = network
        self.layout = layout(network)
        self.stateful = dict(stateful or {}) | ({"optimizer": optimizer} if optimizer else {})
        self.checkpoint_seconds = checkpoint_seconds
        self.planned_steps = steps
        self.planned = plan_snapshots(steps, snapshots)
        self.identity = json.loads(  # as it will be read again: tuples are lists
            json.dumps(
                {
                    "id": id,
                    "spec": dict(spec or {}),
                    "network": {
                        "factory": factory,
                        "options": dict(options or {}),
                        "parameters": list(zip(self.layout.names, self.layout.shapes, strict=True)),
                    },
                    "planned_steps": steps,
                    "steps_per_epoch": steps_per_epoch,
                    "batch_size": batch_size,
                    "planned_snapshots": snapshots,
                }
            )
        )
        self.step = 0
        self.extra: dict[str, Any] = {}
        self.ended = False
        self.seconds = 0.0
        self.snapshot_steps: list[int] = []
        self.metrics: dict[str, list[float]] = {"epoch": [], "train_loss": [], "test_accuracy": []}
        self.turning = Turning(steps)
        self._digest = hashlib.sha256()  # of the snapshots so far
        self._open()

    def _open(self) -> None:
        """Go on from the checkpoint, if there is a whole one, or begin."""
        self.folder.mkdir(parents=True, exist_ok=True)
        remove_temporaries(self.folder)
        refuse_other(self.folder, self.identity)
        state = read_checkpoint(self.folder / CHECKPOINT)
        same = state is not None and state["identity"] == self.identity
        if state is not None and same and self._keep_snapshots(state):
            self._restore(state)
        else:
            self._digest = hashlib.sha256()
            remove(self.folder / CHECKPOINT)
            remove(self.folder / SNAPSHOTS)
            (self.folder / SNAPSHOTS).write_bytes(b"")
            self._write_manifest("running", "")
        self._file = (self.folder / SNAPSHOTS).open("ab")
        self._began = self._saved = time.monotonic()

    def _keep_snapshots(self, state: dict[str, Any]) -> bool:
        """Cut what was appended after a checkpoint; return whether all before it is unharmed."""
        path = self.folder / SNAPSHOTS
        size = len(state["snapshot_steps"]) * self.layout.size * 4
        self._digest = hash_start(path, size)
        if self._digest.hexdigest() != state["snapshots_sha256"]:
            logger.warning("%s is damaged; the run begins anew", path)
            return False
        os.truncate(path, size)
        return True

    def _restore(self, state: dict[str, Any]) -> None:
        self.step, self.extra, self.seconds = state["step"], state["extra"], state["seconds"]
        self.snapshot_steps, self.metrics = state["snapshot_steps"], state["metrics"]
        self.turning.load_state_dict(state["turning"])
        load_flat(self.network, state["theta"])
        torch.random.set_rng_state(state["generator"])
        for name, holder in self.stateful.items():
            holder.load_state_dict(state["stateful"][name])

    def __enter__(self) -> Self:
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
            self._file.close()

    @property
    def elapsed(self) -> float:
        """The seconds that the run has taken so far, the time before a kill included."""
        return self.seconds + time.monotonic() - self._began

    def snapshot(self, step: int) -> None:
        """Take note that `step` updates are made; keep the parameters if a snapshot is due.

        A step that is already recorded, as the first after a resumption, is passed over; so are
        parameters that are not finite.
        """
        self.step = step
        due = step in self.planned and step not in self.snapshot_steps[-1:]
        if not due and not self.turning.wants(step):
            return
        theta = flatten(self.network)
        self.turning.observe(step, theta)
        if due and bool(torch.isfinite(theta).all()):
            data = theta.numpy().astype("<f4", copy=False).data
            self._file.write(data)
            self._digest.update(data)
            self.snapshot_steps.append(step)

    def epoch(self, epoch: int, *, train_loss: float, test_accuracy: float) -> None:
        """Record an epoch, counted from 1: the mean loss while training, and the test accuracy."""
        row = {"epoch": epoch, "train_loss": train_loss, "test_accuracy": test_accuracy}
        for name, value in row.items():
            self.metrics[name].append(value)

    def checkpoint(self, *, now: bool = False, **extra: Any) -> None:
        """Save everything, if the last time is long enough ago or `now` is set.

        `extra` is whatever else the loop needs to begin again from here, of tensors, numbers,
        strings, lists and dictionaries.
        """
        if not now and time.monotonic() - self._saved < self.checkpoint_seconds:
            return
        theta = flatten(self.network)
        if not bool(torch.isfinite(theta).all()):
            return  # it would be of no use: the run has diverged, and ends before this
        self._flush()
        state = {
            "identity": self.identity,
            "step": self.step,
            "extra": extra,
            "seconds": self.elapsed,
            "snapshot_steps": self.snapshot_steps,
            "metrics": self.metrics,
            "turning": self.turning.state_dict(),
            "theta": theta,
            "generator": torch.random.get_rng_state(),
            "stateful": {name: holder.state_dict() for name, holder in self.stateful.items()},
            "snapshots_sha256": self._digest.hexdigest(),
        }
        write_checkpoint(self.folder / CHECKPOINT, state)
        self._write_manifest("running", "")
        self._saved = time.monotonic()

    def finish(
        self,
        status: Status = "completed",
        reason: str = "all steps were made",
        final: Tensor | None = None,
    ) -> None:
        """End the run.

        `final` are its last finite parameters, float32[P], where the network's are not; without
        them such a run is `diverged` and ends with its last snapshot. Raises RunError if it has
        none.
        """
        self._flush()
        theta = flatten(self.network) if final is None else final
        if not bool(torch.isfinite(theta).all()):
            if not self.snapshot_steps:
                raise RunError(f"the run in {self.folder} has no finite parameters")
            self.step = self.snapshot_steps[-1]
            status, reason = "diverged", f"not finite some time after step {self.step}"
            theta = torch.from_numpy(self._read_last_snapshot())
        write_whole(self.folder / FINAL, theta.numpy().astype("<f4", copy=False).data)
        write_document(self.folder / SECONDS, {"schema": SCHEMA, "seconds": self.elapsed})
        self._write_manifest(status, reason)
        (self.folder / CHECKPOINT).unlink(missing_ok=True)
        self.ended = True

    def _read_last_snapshot(self) -> NDArray[np.float32]:
        size = self.layout.size
        return np.fromfile(
            self.folder / SNAPSHOTS,
            dtype="<f4",
            count=size,
            offset=(len(self.snapshot_steps) - 1) * size * 4,
        )

    def _flush(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())

    def _write_manifest(self, status: Status, reason: str) -> None:
        manifest = {
            "schema": SCHEMA,
            **self.identity,
            "status": status,
            "stop_reason": reason,
            "steps": self.step,
            "snapshots": {
                "steps": self.snapshot_steps,
                "early": [self.planned[step] for step in self.snapshot_steps],
            },
            "metrics": leave_gaps(self.metrics),
            "turning": leave_gaps({"step": self.turning.steps, "angle": self.turning.angles}),
            "versions": {"python": platform.python_version(), "torch": str(torch.__version__)},
        }
        if status != "running":
            manifest["files"] = {
                SNAPSHOTS: {
                    "size": len(self.snapshot_steps) * self.layout.size * 4,
                    "sha256": self._digest.hexdigest(),
                },
                FINAL: {
                    "size": self.layout.size * 4,
                    "sha256": hash_file(self.folder / FINAL),
                },
            }
        write_document(self.folder / MANIFEST, manifest)


def refuse_other(folder: Path, identity: dict[str, Any]) -> None:
    """Raise RunError if a folder holds a run that is another one, or that has ended."""
    if not (folder / MANIFEST).exists():
        return
    manifest = read_manifest(folder)
    differences = [
        f"{name} {json.dumps(manifest.get(name))} there, {json.dumps(value)} here"
        for name, value in identity.items()
        if manifest.get(name) != value
    ]
    if differences:
        raise RunError(
            f"{folder} holds another run ({'; '.join(differences)}); "
            "remove that folder, or record elsewhere"
        )
    if manifest.get("status") != "running":
        raise RunError(f"the run in {folder} has ended; remove that folder to train it again")
