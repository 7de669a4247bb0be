"""Manifest of a run: the files of its folder, the fields of run.json, and their validation.

run.json        what was trained, the results, and the SHA-256 of the next three files; sealed
snapshots.f32   the snapshots one after another, little-endian float32[n, P]; append-only.
                snapshots.f16 or snapshots.bf16 if they are rounded to float16 or bfloat16
scalings.f32    the optimizer's own scaling at some snapshots, float32[m, P]; append-only, empty if
                it has none. float32, as PyTorch keeps it: Adam's v underflows in float16
final.f32       the last finite parameters, float32[P]; written when the run ends
buffers.npz     the network's buffers at the end, by name; only if it has some
seconds.json    how long the run took and when it ended, which differ between equal runs; sealed
checkpoint      the state from which training resumes; removed when the run ends
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, model_validator

from descent_atlas.storage.durable import read_document
from descent_atlas.storage.sealed import DocumentError
from descent_atlas.training.networks import rename_factory
from descent_atlas.training.recording.snapshot_precision import EXACT, SNAPSHOT_FILES, Precision
from descent_atlas.training.snapshot_plan import SNAPSHOT_COUNT

MANIFEST = "run.json"
SCALINGS = "scalings.f32"
FINAL = "final.f32"
BUFFERS = "buffers.npz"
SECONDS = "seconds.json"
CHECKPOINT = "checkpoint"

SCHEMA = 2
"""The version of this format. Readers refuse a newer one. Before 2 there were no seals."""

SEALED_SINCE = 2
"""The first schema whose run.json and seconds.json are sealed."""

Status = Literal["running", "completed", "stopped", "diverged"]
Count = Annotated[int, Field(ge=0, le=2**53)]
Column = list[int | float | None]
"""Numbers, with null where one is not finite."""


class RunError(Exception):
    """A run that is missing, damaged or another one; the message names the folder or file."""


class NewerRunError(RunError):
    """A run of a newer format, which this program does not change."""


class RunPart(BaseModel):
    """A part of run.json: these fields with these types, and any others."""

    model_config = ConfigDict(strict=True)


class NetworkPart(RunPart):
    """The network's factory, and the names and shapes of its parameters."""

    factory: str
    options: dict[str, Any]
    parameters: list[Annotated[tuple[str, list[Count]], Field(strict=False)]]


class SnapshotsPart(RunPart):
    """The steps of the snapshots, and whether each is an early one."""

    steps: list[Count]
    early: list[bool]


class ScalingsPart(RunPart):
    """The optimizer's name for its scaling, and the steps at which it was kept."""

    name: str = ""
    steps: list[Count] = []


class UpdateAnglesPart(RunPart):
    """The windows' first steps, and their mean angles between consecutive updates in degrees."""

    step: list[Count]
    angle: Column


class FilePart(RunPart):
    """A file's size in bytes, and its SHA-256."""

    size: Count
    sha256: str


class FilesPart(RunPart):
    """The files of a run that has ended."""

    snapshots: FilePart = Field(validation_alias=AliasChoices(*SNAPSHOT_FILES.values()))
    scalings: FilePart | None = Field(alias="scalings.f32", default=None)
    final: FilePart = Field(alias="final.f32")
    buffers: FilePart | None = Field(alias="buffers.npz", default=None)


class RunManifest(RunPart):
    """The fields of run.json, except its schema and those that only the recorder reads.

    `snapshot_rounding` are the distances of rounded snapshots from the parameters, none if they are
    exact. `metrics` has the column `epoch` and any others. `skipped_steps` are those that a
    gradient scaler skipped, `frozen` the parameters that were never trained, `functions` the names
    of loss and data with which the run may be drawn.
    """

    id: str
    status: Status
    stop_reason: str
    spec: dict[str, Any]
    network: NetworkPart
    steps: Count
    planned_steps: Count
    planned_snapshots: Count = SNAPSHOT_COUNT
    steps_per_epoch: Annotated[Count, Field(ge=1)] | None
    batch_size: Annotated[Count, Field(ge=1)] | None
    snapshots: SnapshotsPart
    snapshot_precision: Precision = EXACT
    snapshot_rounding: list[Annotated[float, Field(ge=0)]] = []
    scalings: ScalingsPart = ScalingsPart()
    skipped_steps: list[Count] = []
    frozen: list[str] = []
    functions: dict[str, str] = {}
    metrics: dict[str, Column]
    update_angles: UpdateAnglesPart = Field(alias="turning")
    versions: dict[str, str]
    files: FilesPart | None = None

    @model_validator(mode="after")
    def check_lengths(self) -> Self:
        """Require columns of equal length, and files exactly if the run has ended."""
        if "epoch" not in self.metrics:
            raise ValueError('metrics have no column "epoch"')
        for part in (dict(self.snapshots), self.metrics, dict(self.update_angles)):
            if len({len(column) for column in part.values()}) != 1:
                raise ValueError("columns of one table differ in length")
        rounded = 0 if self.snapshot_precision == EXACT else len(self.snapshots.steps)
        if len(self.snapshot_rounding) != rounded:
            raise ValueError("snapshots that are rounded need the distances of rounding")
        if (self.files is None) != (self.status == "running"):
            raise ValueError("files are named if and only if the run has ended")
        return self


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return a run's manifest, in which the network's factory has its present name.

    Raises RunError if the manifest is missing, damaged or of a newer format.
    """
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
    return rename_network(manifest)


def rename_network(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document in which the network's factory, if it has one, has its present name."""
    network = document.get("network")
    if isinstance(network, dict) and isinstance(factory := network.get("factory"), str):
        return {**document, "network": {**network, "factory": rename_factory(factory)}}
    return dict(document)


class Elapsed(NamedTuple):
    """The wall time of a run in seconds, and when it ended, in UTC; NaN and None if not known."""

    seconds: float
    ended: str | None


def read_elapsed(folder: Path, schema: int) -> Elapsed:
    """Return how long a run that has ended took, and when it ended.

    The time is NaN if the file is missing and the run is of a schema before seals. Raises RunError
    if the file is damaged, or missing in a later schema.
    """
    path = folder / SECONDS
    try:
        document = read_document(path, sealed_since=SEALED_SINCE)
    except FileNotFoundError:
        if schema < SEALED_SINCE:
            return Elapsed(math.nan, None)
        raise RunError(f"{path} is missing") from None
    except DocumentError as error:
        raise RunError(f"{path} is damaged: {error}") from error
    seconds, ended = document.get("seconds"), document.get("ended")
    if not isinstance(seconds, int | float):
        raise RunError(f"{path} is damaged: it names no seconds")
    return Elapsed(float(seconds), ended if isinstance(ended, str) else None)


def null_to_nan(columns: Mapping[str, Sequence[float | None]]) -> dict[str, list[float]]:
    """Return columns with NaN in place of null: JSON has no NaN."""
    return {
        name: [math.nan if value is None else value for value in column]
        for name, column in columns.items()
    }


def not_finite_to_null(
    columns: Mapping[str, Sequence[float]],
) -> dict[str, list[float | None]]:
    """Return columns with null in place of numbers that are not finite."""
    return {
        name: [value if math.isfinite(value) else None for value in column]
        for name, column in columns.items()
    }
