"""NPZ files: what NumPy writes is read, whole and to the bit."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from descent_atlas.storage.npz import CHUNK, ArraysError, summarize, unpack

GENERATOR = np.random.default_rng(0)

ARRAYS: dict[str, NDArray[Any]] = {
    "nothing": np.zeros(0),
    "one": np.array(2.5, dtype=np.float32),
    "columns": np.asfortranarray(GENERATOR.standard_normal((3, 5))),
    "zeros": np.zeros(3 * CHUNK // 8 + 5),
    "noise": GENERATOR.integers(0, 256, 3 * CHUNK + 7, dtype=np.uint8),
}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_of_any_length_are_read_whole(save: Callable[..., None]) -> None:
    file = io.BytesIO()
    save(file, **ARRAYS)
    found = unpack(file.getvalue(), summarize(ARRAYS), limit=10**8)
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found[name].flags.writeable
        assert found[name].flags.f_contiguous == array.flags.f_contiguous
        np.testing.assert_array_equal(found[name], array)


def pack_one(array: Any, compression: int) -> bytearray:
    """Return the bytes of a file with one array."""
    file, member = io.BytesIO(), io.BytesIO()
    np.save(member, array)
    with zipfile.ZipFile(file, "w", compression) as packed:
        packed.writestr("a.npy", member.getvalue())
    return bytearray(file.getvalue())


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_any_byte_that_changes_is_found_or_changes_nothing(compression: int) -> None:
    array = np.arange(40.0)
    data, summaries = pack_one(array, compression), summarize({"a": array})
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 0x41
        try:
            found = unpack(bytes(changed), summaries, limit=100)
        except ArraysError:
            continue
        np.testing.assert_array_equal(found["a"], array)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_file_that_is_cut_anywhere_is_refused(compression: int) -> None:
    array = np.arange(40.0)
    data, summaries = bytes(pack_one(array, compression)), summarize({"a": array})
    for length in range(len(data)):
        with pytest.raises(ArraysError):
            unpack(data[:length], summaries, limit=100)
