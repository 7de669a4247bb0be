"""A run as it lies on the disk, and its reading.

A run is a folder:

run.json        what was trained, how it went, and the SHA-256 of the next two; sealed itself
snapshots.f32   the snapshots one after another, little-endian float32[n, P]; only ever appended to
final.f32       the last finite parameters, float32[P]; written when the run has ended
seconds.json    the time it took, which no second run repeats; sealed
checkpoint      all that training needs to go on; there only until the run has ended
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from torch import Tensor, nn

from descent_atlas.storage.durable import hash_file, read_document
from descent_atlas.storage.sealed import DocumentError
from descent_atlas.training.checkpoints import CheckpointError, load_checkpoint
from descent_atlas.training.networks import Layout, build

SCHEMA = 2
"""The version of this format; readers refuse a newer one. Before 2 there were no seals."""

SEALED_SINCE = 2
"""The first schema whose run.json and seconds.json are sealed."""

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


Count = Annotated[int, Field(ge=0, le=2**53)]
Column = list[int | float | None]
"""Numbers, with null where one is not finite."""


class Part(BaseModel):
    """A part of run.json: these fields, each of its type, and any others."""

    model_config = ConfigDict(strict=True)


class NetworkPart(Part):
    """The network's factory, and the names and shapes of its parameters."""

    factory: str
    options: dict[str, Any]
    parameters: list[Annotated[tuple[str, list[Count]], Field(strict=False)]]


class SnapshotsPart(Part):
    """The steps of the snapshots, and which are early ones."""

    steps: list[Count]
    early: list[bool]


class MetricsPart(Part):
    """An epoch's metrics."""

    epoch: Column
    train_loss: Column
    test_accuracy: Column


class TurningPart(Part):
    """How sharply the run turned, over its windows."""

    step: list[Count]
    angle: Column


class FilePart(Part):
    """A file's size and SHA-256."""

    size: Count
    sha256: str


class FilesPart(Part):
    """The files of a run that has ended."""

    snapshots: FilePart = Field(alias="snapshots.f32")
    final: FilePart = Field(alias="final.f32")


class Manifest(Part):
    """What run.json holds beside its schema and what alone the recorder reads."""

    id: str
    status: Status
    stop_reason: str
    spec: dict[str, Any]
    network: NetworkPart
    steps: Count
    planned_steps: Count
    steps_per_epoch: Annotated[Count, Field(ge=1)]
    batch_size: Annotated[Count, Field(ge=1)]
    snapshots: SnapshotsPart
    metrics: MetricsPart
    turning: TurningPart
    versions: dict[str, str]
    files: FilesPart | None = None

    @model_validator(mode="after")
    def check_lengths(self) -> Self:
        """Columns of one table have one length, and a run that has ended names its files."""
        for part in (self.snapshots, self.metrics, self.turning):
            if len({len(column) for _, column in part}) != 1:
                raise ValueError("columns of one table differ in length")
        if (self.files is None) != (self.status == "running"):
            raise ValueError("files are named if and only if the run has ended")
        return self


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

        Raises RunError, with a line for every file that is missing, damaged or of a newer format.
        """
        folder = Path(folder)
        document = read_manifest(folder)
        try:
            manifest = Manifest.model_validate(document)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise RunError(f"{folder / MANIFEST} is damaged: {place}: {first['msg']}") from None
        ended = manifest.files is not None
        faults: list[str] = []
        try:
            seconds = read_seconds(folder, document["schema"]) if ended else math.nan
        except RunError as error:
            faults.append(str(error))
            seconds = math.nan
        run = cls._from_manifest(folder, manifest, seconds)
        if manifest.files is not None:
            faults += find_faults(folder / SNAPSHOTS, manifest.files.snapshots, hashes=verify)
            faults += find_faults(folder / FINAL, manifest.files.final, hashes=verify)
        faults += run.find_wrong_lengths(manifest.files)
        if not ended and verify and not faults:
            faults += run.find_checkpoint_faults()
        if faults:
            raise RunError("\n".join(faults))
        return run

    @classmethod
    def _from_manifest(cls, folder: Path, manifest: Manifest, seconds: float) -> "Run":
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
            steps_per_epoch=manifest.steps_per_epoch,
            batch_size=manifest.batch_size,
            seconds=seconds,
            snapshot_steps=np.array(manifest.snapshots.steps, dtype=np.int64),
            early=np.array(manifest.snapshots.early, dtype=np.bool_),
            metrics=fill_gaps(dict(manifest.metrics)),
            turning=fill_gaps(dict(manifest.turning)),
            versions=manifest.versions,
        )

    def find_wrong_lengths(self, files: FilesPart | None) -> list[str]:
        """Return what is wrong with the files' sizes: snapshots of a running run may be more."""
        expected = len(self.snapshot_steps) * self.layout.size * 4
        path = self.folder / SNAPSHOTS
        if files is None:
            if path.exists() and not path.is_file():
                return [f"{path} is damaged: it is no regular file"]
            found = path.stat().st_size if path.exists() else 0
            if found < expected:
                return [f"{path} has {found:,} bytes where {expected:,} were written"]
            return []
        sizes = ((files.snapshots.size, expected), (files.final.size, self.layout.size * 4))
        if any(named != due for named, due in sizes):
            return [f"{self.folder / MANIFEST} is damaged: the sizes that it names are not due"]
        return []

    def find_checkpoint_faults(self) -> list[str]:
        """Return what is wrong with that from which a run that has not ended goes on."""
        path = self.folder / CHECKPOINT
        try:
            state = load_checkpoint(path)
        except CheckpointError as error:
            return [str(error)]
        if state is None:
            return [f"{path} is missing"] if self.steps else []
        size = len(state["snapshot_steps"]) * self.layout.size * 4
        if hash_start(self.folder / SNAPSHOTS, size).hexdigest() != state["snapshots_sha256"]:
            return [f"{self.folder / SNAPSHOTS} is damaged: its SHA-256 is not the checkpoint's"]
        return []

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
        manifest = read_document(path, sealed_since=SEALED_SINCE)
    except FileNotFoundError as error:
        raise RunError(f"there is no run in {folder}: {MANIFEST} is missing") from error
    except DocumentError as error:
        raise RunError(f"{path} is damaged: {error}") from error
    schema = manifest.get("schema")
    if type(schema) is not int:
        raise RunError(f"{path} is damaged: it names no schema")
    if schema > SCHEMA:
        raise NewerRunError(f"{path} is of schema {schema}, newer than this program's {SCHEMA}")
    return manifest


def find_faults(path: Path, known: FilePart, *, hashes: bool) -> list[str]:
    """Return what is wrong with a file: its size or, where asked, its SHA-256; else nothing."""
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


def hash_start(path: Path, size: int) -> "hashlib._Hash":
    """Return the SHA-256 of a file's first bytes, of fewer if it is shorter or missing."""
    digest = hashlib.sha256()
    if path.exists():
        with path.open("rb") as file:
            while size > 0 and (block := file.read(min(size, 2**20))):
                digest.update(block)
                size -= len(block)
    return digest


def read_seconds(folder: Path, schema: int) -> float:
    """Return the wall time of a run that has ended, in seconds.

    Raises RunError if the file is damaged or missing; a run without seals may lack it, and the
    time is NaN.
    """
    path = folder / SECONDS
    try:
        document = read_document(path, sealed_since=SEALED_SINCE)
    except FileNotFoundError:
        if schema < SEALED_SINCE:
            return math.nan
        raise RunError(f"{path} is missing") from None
    except DocumentError as error:
        raise RunError(f"{path} is damaged: {error}") from error
    seconds = document.get("seconds")
    if not isinstance(seconds, int | float):
        raise RunError(f"{path} is damaged: it names no seconds")
    return float(seconds)


def fill_gaps(columns: Mapping[str, Sequence[float | None]]) -> dict[str, list[float]]:
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
