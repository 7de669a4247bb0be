"""Runs on disk, read and verified. The files are those of `training.run_manifest`."""

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from torch import Tensor, nn

from descent_atlas.storage.durable import hash_file
from descent_atlas.training.checkpoints import CheckpointError, load_checkpoint
from descent_atlas.training.networks import Layout, build
from descent_atlas.training.recording.final_state import read_buffers
from descent_atlas.training.recording.row_file import hash_start
from descent_atlas.training.recording.snapshot_precision import (
    EXACT,
    SNAPSHOT_FILES,
    STORED,
    Precision,
)
from descent_atlas.training.run_manifest import (
    BUFFERS,
    CHECKPOINT,
    FINAL,
    MANIFEST,
    SCALINGS,
    Elapsed,
    FilePart,
    FilesPart,
    RunError,
    RunManifest,
    Status,
    null_to_nan,
    read_elapsed,
    read_manifest,
)
from descent_atlas.training.snapshot_rows import SnapshotRows
from descent_atlas.training.validation import describe_fault


@dataclass(frozen=True, kw_only=True)
class TrainingRun:
    """A run: what was trained, its results, and its snapshots.

    A run with the status `running` has not ended; its numbers are those of its last checkpoint.
    `snapshot_steps` int64[n] are the steps of the snapshots. `early` bool[n] marks the extra
    snapshots near the start, which statistics exclude. `snapshot_precision` is that in which they
    are kept, `snapshot_rounding` float64[n] the distance of each from the parameters that it was;
    it is empty if they are exact. `skipped_steps` int64[k] are the steps at
    which a gradient scaler left the parameters as they were. `frozen` are the names of parameters
    that were never trained.

    `metrics` has the list `epoch`, and one for each metric that the loop recorded. Those of a
    study's run are `train_loss` (the mean over the epoch, while training) and `test_accuracy`,
    whose last entry is that of the final parameters. `update_angles` has the lists `step` and
    `angle` (degrees). Where a number is not finite, the lists hold NaN.

    `scaling_steps` int64[m] are the steps, each that of a snapshot, at which the optimizer's own
    scaling was kept, and `scaling_name` is the optimizer's name for it. `steps_per_epoch` and
    `batch_size` are None if they were not recorded. `functions` names the loss and the data with
    which the run may be drawn, as "module:function". `ended` is when the run ended, in UTC; None if
    that was not recorded.
    """

    folder: Path
    id: str
    status: Status
    stop_reason: str
    spec: dict[str, Any]
    factory: str
    options: dict[str, Any]
    layout: Layout
    steps: int
    planned_steps: int
    planned_snapshots: int
    steps_per_epoch: int | None
    batch_size: int | None
    seconds: float
    ended: str | None
    snapshot_steps: NDArray[np.int64]
    early: NDArray[np.bool_]
    snapshot_precision: Precision
    snapshot_rounding: NDArray[np.float64]
    scaling_name: str
    scaling_steps: NDArray[np.int64]
    skipped_steps: NDArray[np.int64]
    frozen: tuple[str, ...]
    functions: dict[str, str]
    metrics: dict[str, list[float]]
    update_angles: dict[str, list[float]]
    versions: dict[str, str]

    @classmethod
    def load(cls, folder: Path, *, verify: bool = True) -> "TrainingRun":
        """Read a run's folder; with `verify`, hash its files too.

        Raises RunError, whose message has a line for every file that is missing, damaged or of a
        newer format.
        """
        folder = Path(folder)
        document = read_manifest(folder)
        try:
            manifest = RunManifest.model_validate(document)
        except ValidationError as error:
            raise RunError(f"{folder / MANIFEST} is damaged: {describe_fault(error)}") from None
        ended = manifest.files is not None
        faults: list[str] = []
        try:
            elapsed = read_elapsed(folder, document["schema"]) if ended else Elapsed(math.nan, None)
        except RunError as error:
            faults.append(str(error))
            elapsed = Elapsed(math.nan, None)
        run = cls._from_manifest(folder, manifest, elapsed)
        if manifest.files is not None:
            faults += find_faults(run.snapshot_path, manifest.files.snapshots, hashes=verify)
            faults += find_faults(folder / FINAL, manifest.files.final, hashes=verify)
            if manifest.files.scalings is not None:
                faults += find_faults(folder / SCALINGS, manifest.files.scalings, hashes=verify)
            if manifest.files.buffers is not None:
                faults += find_faults(folder / BUFFERS, manifest.files.buffers, hashes=verify)
        faults += run._find_wrong_sizes(manifest.files)
        if not ended and verify and not faults:
            faults += run._find_checkpoint_faults()
        if faults:
            raise RunError("\n".join(faults))
        return run

    @classmethod
    def _from_manifest(cls, folder: Path, manifest: RunManifest, elapsed: Elapsed) -> "TrainingRun":
        network = manifest.network
        return cls(
            folder=folder,
            id=manifest.id,
            status=manifest.status,
            stop_reason=manifest.stop_reason,
            spec=manifest.spec,
            factory=network.factory,
            options=network.options,
            layout=Layout(
                tuple(name for name, _ in network.parameters),
                tuple(torch.Size(shape) for _, shape in network.parameters),
            ),
            steps=manifest.steps,
            planned_steps=manifest.planned_steps,
            planned_snapshots=manifest.planned_snapshots,
            steps_per_epoch=manifest.steps_per_epoch,
            batch_size=manifest.batch_size,
            seconds=elapsed.seconds,
            ended=elapsed.ended,
            snapshot_steps=np.array(manifest.snapshots.steps, dtype=np.int64),
            early=np.array(manifest.snapshots.early, dtype=np.bool_),
            snapshot_precision=manifest.snapshot_precision,
            snapshot_rounding=np.array(manifest.snapshot_rounding, dtype=np.float64),
            scaling_name=manifest.scalings.name,
            scaling_steps=np.array(manifest.scalings.steps, dtype=np.int64),
            skipped_steps=np.array(manifest.skipped_steps, dtype=np.int64),
            frozen=tuple(manifest.frozen),
            functions=manifest.functions,
            metrics=null_to_nan(manifest.metrics),
            update_angles=null_to_nan(dict(manifest.update_angles)),
            versions=manifest.versions,
        )

    def _find_wrong_sizes(self, files: FilesPart | None) -> list[str]:
        """Return faults in the files' sizes. Only a run that has not ended may have more bytes."""
        expected = len(self.snapshot_steps) * self._snapshot_bytes
        path = self.snapshot_path
        if files is None:
            if path.exists() and not path.is_file():
                return [f"{path} is damaged: it is no regular file"]
            found = path.stat().st_size if path.exists() else 0
            if found < expected:
                return [f"{path} has {found:,} bytes where {expected:,} were written"]
            return []
        scalings = len(self.scaling_steps) * self.layout.byte_count
        sizes = (
            (files.snapshots.size, expected),
            (files.scalings.size if files.scalings else 0, scalings),
            (files.final.size, self.layout.byte_count),
        )
        if any(named != due for named, due in sizes):
            return [
                f"{self.folder / MANIFEST} is damaged: the sizes of files that it names are not "
                "those of its snapshots and parameters"
            ]
        return []

    def _find_checkpoint_faults(self) -> list[str]:
        """Return faults in the files from which a run that has not ended resumes."""
        path = self.folder / CHECKPOINT
        try:
            state = load_checkpoint(path)
        except CheckpointError as error:
            return [str(error)]
        if state is None:
            return [f"{path} is missing"] if self.steps else []
        size = len(state["snapshot_steps"]) * self._snapshot_bytes
        if hash_start(self.snapshot_path, size).hexdigest() != state["snapshots_sha256"]:
            return [f"{self.snapshot_path} is damaged: its SHA-256 is not the checkpoint's"]
        size = len(state.get("scaling_steps", ())) * self.layout.byte_count
        found = hash_start(self.folder / SCALINGS, size).hexdigest()
        if found != state.get("scalings_sha256", found):
            return [f"{self.folder / SCALINGS} is damaged: its SHA-256 is not the checkpoint's"]
        return []

    def metric(self, name: str) -> list[float]:
        """Return a metric's column; NaN for each epoch if the loop did not record it."""
        return self.metrics.get(name, [math.nan] * len(self.metrics["epoch"]))

    def count_samples(self, steps: NDArray[np.int64], samples: int) -> NDArray[np.int64] | None:
        """Return how many samples the run has seen after steps int64[n], with some in an epoch.

        It is None if the batch size or the steps of an epoch were not recorded.
        """
        if self.steps_per_epoch is None or self.batch_size is None:
            return None
        epochs, rest = np.divmod(steps, self.steps_per_epoch)
        seen: NDArray[np.int64] = epochs * samples + rest * self.batch_size
        return seen

    @cached_property
    def snapshots(self) -> NDArray[np.float32]:
        """The snapshots, float32[n, P], mapped from the file and read only when used.

        Changes are not written to the file. Snapshots that are rounded are all in memory.
        """
        if self.snapshot_precision == EXACT:
            return self._map(self.snapshot_path.name, len(self.snapshot_steps))
        return np.asarray(self.snapshot_rows)

    @property
    def snapshot_rows(self) -> SnapshotRows:
        """The snapshots, float32[n, P], of which memory holds what is read at a time."""
        return SnapshotRows(
            self.snapshot_path,
            self.layout.size,
            np.arange(len(self.snapshot_steps)),
            precision=self.snapshot_precision,
        )

    @property
    def snapshot_path(self) -> Path:
        """The file of the snapshots."""
        return self.folder / SNAPSHOT_FILES[self.snapshot_precision]

    @property
    def _snapshot_bytes(self) -> int:
        return self.layout.size * STORED[self.snapshot_precision].itemsize

    @cached_property
    def scalings(self) -> NDArray[np.float32]:
        """The optimizer's own scaling at `scaling_steps`, float32[m, P], mapped like snapshots."""
        return self._map(SCALINGS, len(self.scaling_steps))

    def _map(self, name: str, rows: int) -> NDArray[np.float32]:
        shape = (rows, self.layout.size)
        if not rows:
            return np.empty(shape, dtype="<f4")
        return np.memmap(self.folder / name, dtype="<f4", mode="c", shape=shape)

    @cached_property
    def final(self) -> Tensor:
        """The last finite parameters, float32[P]. Raises RunError while the run has not ended."""
        if self.status == "running":
            raise RunError(f"the run in {self.folder} has not ended")
        return torch.from_numpy(np.fromfile(self.folder / FINAL, dtype="<f4"))

    @cached_property
    def buffers(self) -> dict[str, Tensor]:
        """The network's buffers at the run's end, by name; none if it has none."""
        path = self.folder / BUFFERS
        return read_buffers(path) if path.exists() else {}

    @cached_property
    def end_distance(self) -> float:
        """The distance of the final parameters from a snapshot at the same step.

        It is 0 if there is no such snapshot, and where the run ends with its last one, whether that
        is rounded or not.
        """
        if self.snapshot_steps[-1:].tolist() != [self.steps]:
            return 0.0
        last = torch.from_numpy(np.array(self.snapshot_rows[-1]))
        distance = float((self.final.double() - last).norm())
        return distance if distance > self.snapshot_rounding[-1:].sum() else 0.0

    def build_network(self) -> nn.Module:
        """Return the network that was trained, with its initial parameters."""
        return build(self.factory, int(self.spec.get("seed", 0)), **self.options)


def find_faults(path: Path, known: FilePart, *, hashes: bool) -> list[str]:
    """Return the faults of a file: missing, of another size or, with `hashes`, another SHA-256."""
    if not path.exists():
        return [f"{path} is missing"]
    if not path.is_file():
        return [f"{path} is damaged: it is no regular file"]
    size = path.stat().st_size
    if size != known.size:
        return [f"{path} has {size:,} bytes where {known.size:,} were written"]
    try:
        if hashes and hash_file(path) != known.sha256:
            return [f"{path} is damaged: its SHA-256 is not the one that was written"]
    except OSError as error:
        return [f"{path} cannot be read: {error.strerror}"]
    return []
