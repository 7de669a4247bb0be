"""Manifests read and changed as no job would write them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from descent_atlas.landscapes.format import Landscape
from descent_atlas.storage.array_folder import MANIFEST
from descent_atlas.storage.sealed import SEAL, format_seal


def as_written(landscape: Landscape) -> dict[str, Any]:
    """Return a landscape's manifest as its file has it."""
    fields: dict[str, Any] = json.loads(
        landscape.manifest.model_dump_json(by_alias=True, exclude_unset=True)
    )
    return fields


def change_manifest(folder: Path, **changes: Any) -> None:
    """Change fields of a manifest and seal it again, with values too that no job would write."""
    document = {**read_manifest(folder), **changes}
    covered = (
        json.dumps({**document, SEAL: ""}, indent=1).removesuffix(f'"{SEAL}": ""\n}}').encode()
    )
    (folder / MANIFEST).write_bytes(covered + format_seal(covered))


def rewrite_manifest(folder: Path, change: Callable[[bytes], bytes]) -> None:
    """Change the bytes of a manifest that its seal covers, and seal it again."""
    data = (folder / MANIFEST).read_bytes()
    covered = change(data[: data.rindex(f'"{SEAL}"'.encode())])
    (folder / MANIFEST).write_bytes(covered + format_seal(covered))


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return a manifest's fields, without its seal, unverified."""
    document: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
    document.pop(SEAL, None)
    return document
