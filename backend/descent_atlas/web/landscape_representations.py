"""Representations of a landscape: all of it as JSON, and its two files. Made on first use."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.landscapes.stored import Content, Stored
from descent_atlas.storage.array_folder import ARRAYS
from descent_atlas.web.representations import Representation
from descent_atlas.web.typed_arrays import encode, write_mapping, write_object

WHOLE = "whole"
"""Key of the whole landscape's representation in `Content.derived`, beside the files' names."""


def represent(stored: Stored) -> Representation:
    """Return the representation of a whole landscape as JSON; make it if it is not in memory.

    Raises DamagedError if the files are no longer there.
    """
    content = stored.content
    known: Representation | None = content.derived.get(WHOLE)
    if known is None:
        known = Representation(encode_content(content, stored.version), "application/json")
        content.derived[WHOLE] = known
    return known


def encode_content(content: Content, version: str) -> bytes:
    """Return a whole landscape as JSON: its version, its manifest and its typed arrays."""
    arrays = {name: encode(narrow(array)) for name, array in content.landscape.arrays.items()}
    manifest = content.landscape.manifest.model_dump(by_alias=True, exclude_unset=True)
    pieces = write_object(
        {"version": version, "manifest": manifest},
        arrays=write_mapping(arrays),
    )
    return b"".join(pieces)


def get_cached_representation(stored: Stored) -> Representation | None:
    """Return the representation that an earlier call of `represent` made, or None."""
    content = stored.held
    known: Representation | None = content.derived.get(WHOLE) if content is not None else None
    return known


def represent_stored_file(stored: Stored, name: str) -> Representation:
    """Return the representation of one of a landscape's files, with the bytes on the disk.

    Raises DamagedError if the files are no longer there.
    """
    content = stored.content
    known: Representation | None = content.derived.get(name)
    if known is None:
        is_arrays = name == ARRAYS
        media_type = "application/zip" if is_arrays else "application/json"
        known = Representation(content.files[name], media_type, is_compressed=is_arrays)
        content.derived[name] = known
    return known


def narrow(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array in a type of the API: float64 for floats, uint8 for booleans, else int32."""
    kinds = {"f": np.float64, "b": np.uint8}
    return array.astype(kinds.get(array.dtype.kind, np.int32), copy=False)
