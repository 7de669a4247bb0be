"""Recorder of a run: snapshots, metrics, and checkpoints from which any PyTorch loop resumes."""

import hashlib
import json
import logging
import os
import platform
import time
from collections.abc import Mapping
from datetime import UTC, datetime
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
from descent_atlas.training.networks import flatten, is_finite, layout, load_flat, rename_factory
from descent_atlas.training.optimizer_scaling import find_scaling, plan_scalings
from descent_atlas.training.run_manifest import (
    CHECKPOINT,
    FINAL,
    MANIFEST,
    SCALINGS,
    SCHEMA,
    SECONDS,
    SNAPSHOTS,
    RunError,
    Status,
    not_finite_to_null,
    read_manifest,
    rename_network,
)
from descent_atlas.training.runs import hash_start
from descent_atlas.training.snapshot_plan import SNAPSHOT_COUNT, plan_snapshots
from descent_atlas.training.update_angles import UpdateAngles

logger = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 30.0
"""The least time between checkpoints: the most that a kill costs, and no burden on training."""


class Stateful(Protocol):
    """An object whose state a checkpoint holds: an optimizer, a scheduler, a stateful loader."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state, of tensors, numbers, strings, lists and dictionaries."""

    def load_state_dict(self, state_dict: Any) -> None:
        """Restore a state."""


class Recorder:
    """Records a run while any PyTorch loop trains a network.

    The loop calls `snapshot(0)` before the first step and `snapshot(step)` after each; the recorder
    keeps the parameters of the steps at which a snapshot is due. `epoch` records the metrics of an
    epoch. `checkpoint` saves all state, at most every 30 seconds; the loop calls it where it can
    resume, for instance after an epoch. Leaving the `with` block ends the run. After an exception
    or a kill, the same program resumes from the last checkpoint, at `step`, with the values `extra`
    that `checkpoint` was given.

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

    `factory` and `options` name the function with which readers build the network again, see
    `networks.build`. `spec` holds whatever else determines the run, as the seed and the optimizer's
    hyperparameters. `steps` is the number of steps that are planned, `snapshots` the number of
    snapshots that are kept, uniform in steps; with 20 of them the scaling of an adaptive
    `optimizer` is kept too, see `optimizer_scaling`. `stateful` names more objects whose state a
    checkpoint holds; it always holds the state of PyTorch's global generator.

    Raises RunError if the folder holds another run (with another `spec`, for instance), or one that
    has ended.
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
        self.planned_scalings = plan_scalings(self.planned)
        self.identity = json.loads(  # as a reader will see it: tuples become lists
            json.dumps(
                {
                    "id": id,
                    "spec": dict(spec or {}),
                    "network": {
                        "factory": rename_factory(factory),
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
        self.scaling_name = ""  # until there is one
        self.scaling_steps: list[int] = []
        self.metrics: dict[str, list[float]] = {"epoch": [], "train_loss": [], "test_accuracy": []}
        self.update_angles = UpdateAngles(steps)
        self._digest = hashlib.sha256()  # of the snapshots so far
        self._scaling_digest = hashlib.sha256()
        self._open()

    def _open(self) -> None:
        """Resume from the checkpoint, if there is an undamaged one, or start."""
        self.folder.mkdir(parents=True, exist_ok=True)
        remove_temporaries(self.folder)
        refuse_other(self.folder, self.identity)
        state = read_checkpoint(self.folder / CHECKPOINT)
        same = state is not None and rename_network(state["identity"]) == self.identity
        if state is not None and same and self._truncate_files(state):
            self._restore(state)
        else:
            self._digest, self._scaling_digest = hashlib.sha256(), hashlib.sha256()
            remove(self.folder / CHECKPOINT)
            for name in (SNAPSHOTS, SCALINGS):
                remove(self.folder / name)
                (self.folder / name).write_bytes(b"")
            self._write_manifest("running", "")
        self._file = (self.folder / SNAPSHOTS).open("ab")
        self._scaling_file = (self.folder / SCALINGS).open("ab")
        self._began = self._saved = time.monotonic()

    def _truncate_files(self, state: dict[str, Any]) -> bool:
        """Remove what is newer than a checkpoint; return whether the rest is undamaged."""
        digests = []
        for name, key in ((SNAPSHOTS, "snapshot"), (SCALINGS, "scaling")):
            path = self.folder / name
            size = len(state.get(f"{key}_steps", ())) * self.layout.byte_count
            digest = hash_start(path, size)
            # A checkpoint from before scalings were kept has none.
            if digest.hexdigest() != state.get(f"{key}s_sha256", hashlib.sha256().hexdigest()):
                logger.warning("%s is damaged; the run restarts", path)
                return False
            path.touch()
            os.truncate(path, size)
            digests.append(digest)
        self._digest, self._scaling_digest = digests
        return True

    def _restore(self, state: dict[str, Any]) -> None:
        self.step, self.extra, self.seconds = state["step"], state["extra"], state["seconds"]
        self.snapshot_steps, self.metrics = state["snapshot_steps"], state["metrics"]
        self.scaling_name = state.get("scaling_name", "")
        self.scaling_steps = state.get("scaling_steps", [])
        self.update_angles.load_state_dict(state["turning"])
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
            self._scaling_file.close()

    @property
    def elapsed(self) -> float:
        """Seconds that the run has taken so far, including those before the last checkpoint."""
        return self.seconds + time.monotonic() - self._began

    def snapshot(self, step: int) -> None:
        """Record that `step` updates are made; keep the parameters if a snapshot is due.

        A step that is recorded already, as the first after a resumption, is ignored. Parameters
        that are not finite are not kept.
        """
        self.step = step
        due = step in self.planned and step not in self.snapshot_steps[-1:]
        if not due and not self.update_angles.wants(step):
            return
        theta = flatten(self.network)
        self.update_angles.observe(step, theta)
        if due and is_finite(theta):
            data = to_bytes(theta)
            self._file.write(data)
            self._digest.update(data)
            self.snapshot_steps.append(step)
            if step in self.planned_scalings:
                self._keep_scaling(step)

    def _keep_scaling(self, step: int) -> None:
        """Keep the optimizer's scaling, if it has one."""
        holder = self.stateful.get("optimizer")
        found = find_scaling(holder.state_dict(), self.layout) if holder else None
        if found is None:
            return
        self.scaling_name, values = found
        data = to_bytes(values)
        self._scaling_file.write(data)
        self._scaling_digest.update(data)
        self.scaling_steps.append(step)

    def epoch(self, epoch: int, *, train_loss: float, test_accuracy: float) -> None:
        """Record an epoch, counted from 1: the mean loss while training, and the test accuracy."""
        row = {"epoch": epoch, "train_loss": train_loss, "test_accuracy": test_accuracy}
        for name, value in row.items():
            self.metrics[name].append(value)

    def checkpoint(self, *, now: bool = False, **extra: Any) -> None:
        """Save all state if the last checkpoint is old enough, or if `now` is set.

        `extra` is whatever else the loop needs to resume here: tensors, numbers, strings, lists and
        dictionaries.
        """
        if not now and time.monotonic() - self._saved < self.checkpoint_seconds:
            return
        theta = flatten(self.network)
        if not is_finite(theta):
            return  # the run has diverged and will end at an earlier step
        self._flush()
        state = {
            "identity": self.identity,
            "step": self.step,
            "extra": extra,
            "seconds": self.elapsed,
            "snapshot_steps": self.snapshot_steps,
            "metrics": self.metrics,
            "turning": self.update_angles.state_dict(),
            "theta": theta,
            "generator": torch.random.get_rng_state(),
            "stateful": {name: holder.state_dict() for name, holder in self.stateful.items()},
            "snapshots_sha256": self._digest.hexdigest(),
            "scaling_name": self.scaling_name,
            "scaling_steps": self.scaling_steps,
            "scalings_sha256": self._scaling_digest.hexdigest(),
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

        `final` are its last finite parameters, float32[P]; without them, the network's. If those
        are not finite, the run has the status `diverged` and ends with its last snapshot. Raises
        RunError if there is none.
        """
        self._flush()
        theta = flatten(self.network) if final is None else final
        if not is_finite(theta):
            if not self.snapshot_steps:
                raise RunError(f"the run in {self.folder} has no finite parameters")
            self.step = self.snapshot_steps[-1]
            status, reason = "diverged", f"not finite some time after step {self.step}"
            theta = torch.from_numpy(self._read_last_snapshot())
        write_whole(self.folder / FINAL, to_bytes(theta))
        ended = datetime.now(UTC).isoformat(timespec="seconds")
        document = {"schema": SCHEMA, "seconds": self.elapsed, "ended": ended}
        write_document(self.folder / SECONDS, document)
        self._write_manifest(status, reason)
        (self.folder / CHECKPOINT).unlink(missing_ok=True)
        self.ended = True

    def _read_last_snapshot(self) -> NDArray[np.float32]:
        return np.fromfile(
            self.folder / SNAPSHOTS,
            dtype="<f4",
            count=self.layout.size,
            offset=(len(self.snapshot_steps) - 1) * self.layout.byte_count,
        )

    def _flush(self) -> None:
        for file in (self._file, self._scaling_file):
            file.flush()
            os.fsync(file.fileno())

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
            "scalings": {"name": self.scaling_name, "steps": self.scaling_steps},
            "metrics": not_finite_to_null(self.metrics),
            "turning": not_finite_to_null(
                {"step": self.update_angles.steps, "angle": self.update_angles.angles}
            ),
            "versions": {"python": platform.python_version(), "torch": str(torch.__version__)},
        }
        if status != "running":
            manifest["files"] = {
                SNAPSHOTS: {
                    "size": len(self.snapshot_steps) * self.layout.byte_count,
                    "sha256": self._digest.hexdigest(),
                },
                SCALINGS: {
                    "size": len(self.scaling_steps) * self.layout.byte_count,
                    "sha256": self._scaling_digest.hexdigest(),
                },
                FINAL: {
                    "size": self.layout.byte_count,
                    "sha256": hash_file(self.folder / FINAL),
                },
            }
        write_document(self.folder / MANIFEST, manifest)


def to_bytes(theta: Tensor) -> memoryview:
    """Return parameters float32[P] as their bytes in a file, little-endian."""
    return theta.numpy().astype("<f4", copy=False).data


def refuse_other(folder: Path, identity: dict[str, Any]) -> None:
    """Raise RunError if a folder holds another run, or one that has ended."""
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
