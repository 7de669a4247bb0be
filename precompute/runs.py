"""A run as it lies on the disk, and its reading.

A run is a folder:

run.json        what was trained, how it went, and the SHA-256 of the files below
snapshots.f32   the snapshots one after another, little-endian float32[n, P]; only ever appended to
final.f32       the last finite parameters, float32[P]; written when the run has ended
seconds.json    the time it took, which no second run repeats
checkpoint      all that training needs to go on; there only until the run has ended
"""

import json
import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from precompute.durable import hash_file
from precompute.networks import Layout, build

SCHEMA = 1
"""The version of this format; readers refuse a newer one."""

MANIFEST = "run.json"
SNAPSHOTS = "snapshots.f32"
FINAL = "final.f32"
SECONDS = "seconds.json"
CHECKPOINT = "checkpoint"

Status = Literal["running", "completed", "stopped", "diverged"]


class RunError(Exception):
    """A run that is missing, damaged, or not the one that was asked for; the message says which."""


class NewerRunError(RunError):
    """A run of a newer format, which this program leaves alone."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run: what was trained, how it went, and its snapshots.

    `status` is `running` for a run that has not ended, whose numbers are those of its last
    checkpoint. `snapshot_steps` int64[n] are the steps of the snapshots; where `early` bool[n] is
    set the snapshot is one of the extra ones near the start, which statistics leave out.
    `metrics` has the lists `epoch`, `train_loss` (the mean over the epoch, while training) and
    `test_accuracy`, whose last entry is that of the final parameters; `turning` has the lists
    `step` and `angle` (degrees). Where a number is not finite the lists hold NaN.
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
    steps_per_epoch: int
    batch_size: int
    seconds: float
    snapshot_steps: NDArray[np.int64]
    early: NDArray[np.bool_]
    metrics: dict[str, list[float]]
    turning: dict[str, list[float]]
    versions: dict[str, str]

    @classmethod
    def load(cls, folder: Path, *, verify: bool = True) -> "Run":
        """Read a run's folder; with `verify`, hash its files too.

        Raises RunError, naming the file, if one is missing, damaged or of a newer format.
        """
        folder = Path(folder)
        manifest = read_manifest(folder)
        try:
            run = cls._from_manifest(folder, manifest)
        except (KeyError, TypeError, ValueError) as error:
            raise RunError(f"{folder / MANIFEST} is damaged: {error!r}") from error
        if run.status != "running":
            check_files(folder, manifest["files"], hashes=verify)
        run.check_lengths()
        return run

    @classmethod
    def _from_manifest(cls, folder: Path, manifest: dict[str, Any]) -> "Run":
        if manifest["status"] not in get_args(Status):
            raise ValueError(manifest["status"])
        network, snapshots = manifest["network"], manifest["snapshots"]
        return cls(
            folder=folder,
            id=manifest["id"],
            status=manifest["status"],
            stop_reason=manifest["stop_reason"],
            spec=manifest["spec"],
            factory=network["factory"],
            options=network["options"],
            layout=Layout(
                tuple(name for name, _ in network["parameters"]),
                tuple(torch.Size(shape) for _, shape in network["parameters"]),
            ),
            steps=manifest["steps"],
            planned_steps=manifest["planned_steps"],
            steps_per_epoch=manifest["steps_per_epoch"],
            batch_size=manifest["batch_size"],
            seconds=read_seconds(folder),
            snapshot_steps=np.array(snapshots["steps"], dtype=np.int64),
            early=np.array(snapshots["early"], dtype=np.bool_),
            metrics=fill_gaps(manifest["metrics"]),
            turning=fill_gaps(manifest["turning"]),
            versions=manifest["versions"],
        )

    def check_lengths(self) -> None:
        """Raise RunError unless the snapshot file holds every snapshot."""
        path = self.folder / SNAPSHOTS
        expected = len(self.snapshot_steps) * self.layout.size * 4
        found = path.stat().st_size if path.exists() else 0
        if found < expected or (found > expected and self.status != "running"):
            raise RunError(f"{path} has {found:,} bytes where {expected:,} were written")

    @cached_property
    def snapshots(self) -> NDArray[np.float32]:
        """The snapshots, float32[n, P], mapped from the file and not read until they are used."""
        shape = (len(self.snapshot_steps), self.layout.size)
        if not shape[0]:
            return np.empty(shape, dtype="<f4")
        return np.memmap(self.folder / SNAPSHOTS, dtype="<f4", mode="r", shape=shape)

    @cached_property
    def final(self) -> Tensor:
        """The last finite parameters, float32[P]. Raises RunError while the run has not ended."""
        if self.status == "running":
            raise RunError(f"the run in {self.folder} has not ended")
        return torch.from_numpy(np.fromfile(self.folder / FINAL, dtype="<f4"))

    def build_network(self) -> nn.Module:
        """Return the network that was trained, with its first parameters."""
        return build(self.factory, int(self.spec.get("seed", 0)), **self.options)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return a run's manifest. Raises RunError if it is missing, damaged or of a newer format."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise RunError(f"there is no run in {folder}: {MANIFEST} is missing") from error
    except (ValueError, OSError) as error:
        raise RunError(f"{path} is damaged: {error}") from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("schema"), int):
        raise RunError(f"{path} is damaged: it names no schema")
    if manifest["schema"] > SCHEMA:
        raise NewerRunError(
            f"{path} is of schema {manifest['schema']}, newer than this program's {SCHEMA}"
        )
    return manifest


def check_files(folder: Path, files: dict[str, dict[str, Any]], *, hashes: bool) -> None:
    """Raise RunError, naming the file, unless each has its size and, where asked, its SHA-256."""
    for name, known in files.items():
        path = folder / name
        if not path.exists():
            raise RunError(f"{path} is missing")
        size = path.stat().st_size
        if size != known["size"]:
            raise RunError(f"{path} has {size:,} bytes where {known['size']:,} were written")
        if hashes and hash_file(path) != known["sha256"]:
            raise RunError(f"{path} is damaged: its SHA-256 is not the one that was written")


def read_seconds(folder: Path) -> float:
    """Return the wall time of a run, in seconds; NaN if it is not known."""
    try:
        return float(json.loads((folder / SECONDS).read_text())["seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return math.nan


def fill_gaps(columns: dict[str, list[float | None]]) -> dict[str, list[float]]:
    """Return lists of numbers with NaN where JSON, which has no NaN, holds null."""
    return {
        name: [math.nan if value is None else value for value in column]
        for name, column in columns.items()
    }


def leave_gaps(columns: dict[str, list[float]]) -> dict[str, list[float | None]]:
    """Return lists of numbers with null where a number is not finite."""
    return {
        name: [value if math.isfinite(value) else None for value in column]
        for name, column in columns.items()
    }
