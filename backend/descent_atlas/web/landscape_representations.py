"""Representations of a landscape: all of it as JSON, and its two files. Made on first use."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.landscapes.store import Stored
from descent_atlas.storage.array_folder import ARRAYS
from descent_atlas.web.representations import Representation
from descent_atlas.web.typed_arrays import encode, write_mapping, write_object

WHOLE = "whole"
"""Key of the whole landscape's representation in `Stored.derived`, beside the files' names."""


def represent(stored: Stored) -> Representation:
    """Return the representation of a whole landscape as JSON; make it on the first call."""
    known = get_cached_representation(stored)
    if known is not None:
        return known
    whole = Representation(encode_landscape(stored), "application/json")
    stored.derived[WHOLE] = whole
    return whole


def encode_landscape(stored: Stored) -> bytes:
    """Return a whole landscape as JSON: its version, its manifest and its typed arrays."""
    arrays = {name: encode(narrow(array)) for name, array in stored.landscape.arrays.items()}
    manifest = stored.landscape.manifest.model_dump(by_alias=True, exclude_unset=True)
    content = write_object(
        {"version": stored.version, "manifest": manifest},
        arrays=write_mapping(arrays),
    )
    return b"".join(content)


def get_cached_representation(stored: Stored) -> Representation | None:
    """Return the representation that an earlier call of `represent` made, or None."""
    known: Representation | None = stored.derived.get(WHOLE)
    return known


def represent_stored_file(stored: Stored, name: str) -> Representation:
    """Return the representation of one of a landscape's files, with the bytes on the disk."""
    known: Representation | None = stored.derived.get(name)
    if known is None:
        is_arrays = name == ARRAYS
        media_type = "application/zip" if is_arrays else "application/json"
        known = Representation(stored.files[name], media_type, is_compressed=is_arrays)
        stored.derived[name] = known
    return known


def narrow(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array in a type of the API: float64 for floats, uint8 for booleans, else int32."""
    kinds = {"f": np.float64, "b": np.uint8}
    return array.astype(kinds.get(array.dtype.kind, np.int32), copy=False)
