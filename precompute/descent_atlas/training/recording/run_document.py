"""What a recorder writes of a run: its manifest, and what it leaves."""

import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from descent_atlas.storage.durable import write_document, write_whole
from descent_atlas.training.networks import is_finite
from descent_atlas.training.recording.final_state import write_buffers
from descent_atlas.training.recording.row_file import RowFile, to_bytes
from descent_atlas.training.recording.run_identity import describe_files
from descent_atlas.training.recording.snapshot_file import SnapshotFile
from descent_atlas.training.run_manifest import (
    BUFFERS,
    FINAL,
    MANIFEST,
    SCHEMA,
    SECONDS,
    not_finite_to_null,
)


def write_manifest(
    folder: Path,
    facts: Mapping[str, Any],
    measured: Mapping[str, Any],
    optional: Mapping[str, Any],
    rows: Iterable[SnapshotFile | RowFile],
) -> None:
    """Write the manifest of a run.

    Args:
        folder: the run's folder.
        facts: what identifies the run, how far it is, and its "status".
        measured: numbers that may not be finite, which become null.
        optional: what a run may have; where it is empty there is no key, as before it was known.
        rows: the files of snapshots and scalings. They and the run's end are described once the run
            has ended.
    """
    manifest: dict[str, Any] = {
        "schema": SCHEMA,
        **facts,
        **{name: not_finite_to_null(values) for name, values in measured.items()},
        "versions": {"python": platform.python_version(), "torch": str(torch.__version__)},
        **{name: value for name, value in optional.items() if value},
    }
    if facts["status"] != "running":
        described = {file.path.name: file.describe() for file in rows}
        manifest["files"] = described | describe_files(folder, FINAL, BUFFERS)
    write_document(folder / MANIFEST, manifest)


def write_end(folder: Path, theta: Tensor, buffers: Mapping[str, Tensor], seconds: float) -> None:
    """Write what a run leaves: its last parameters and finite buffers, and how long it took."""
    write_whole(folder / FINAL, to_bytes(theta))
    if buffers and all(is_finite(tensor) for tensor in buffers.values()):
        write_buffers(folder / BUFFERS, buffers)
    ended = datetime.now(UTC).isoformat(timespec="seconds")
    write_document(folder / SECONDS, {"schema": SCHEMA, "seconds": seconds, "ended": ended})


def describe_end(step: int, planned: int) -> str:
    """Return why a run ended whose loop gives no reason."""
    if step >= planned:
        return "all steps were made"
    return f"the loop ended after {step} of {planned} planned steps"
