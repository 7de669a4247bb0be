"""NPZ files of numbers, never unpickled, and unpacked only as far as their manifest says.

A file is somebody else's: two megabytes of it can unpack to twenty gigabytes, and a header can ask
for as much. Every array's type, shape and packed size are compared with the manifest before the
first of its numbers is unpacked.
"""

import io
import math
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypedDict

Arrays = Mapping[str, NDArray[Any]]

TYPES = {"|b1", "|i1", "|u1"} | {
    f"{order}{kind}{size}" for order in "<>" for kind in "iuf" for size in (2, 4, 8)
}
"""The types that are read and written: numbers of up to 8 bytes, as NumPy spells them."""

ARRAYS_LIMIT = 4_096
"""Arrays of a file. The largest that ships has 64; a zip file's directory is read as a whole."""

NAME_LIMIT = 200
"""Characters of an array's name. The longest that ships has 34."""

DIMENSIONS_LIMIT = 8
"""Dimensions of an array: surfaces have two, no array that is drawn has more than three."""

HEADER_LIMIT = 1_024
"""Bytes of an array's header: NumPy writes 118 for every array within `DIMENSIONS_LIMIT`."""

MAGIC = b"\x93NUMPY\x01\x00"
"""What every array begins with, and the version of the header that NumPy gives it."""

ENTRY = b"PK\x01\x02"
"""What begins each entry of a zip file's directory."""

ENCRYPTED = 0x1
"""The bit of an entry's flags that tells that it is encrypted."""

UNPACKING_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ValueError,
    OSError,
    EOFError,
    RuntimeError,
)
"""What the standard library raises for zip files that are none."""

CHUNK = 2**20
"""Bytes that are unpacked at once."""


class ArraysError(ValueError):
    """Arrays that are not those that their manifest names, or that nothing here can hold."""


class ArraySummary(TypedDict):
    """An array's type, as NumPy spells it, and shape."""

    dtype: str
    shape: list[int]


def summarize(arrays: Arrays) -> dict[str, ArraySummary]:
    """Return the types and shapes of arrays, as a manifest tells of them."""
    return {name: {"dtype": a.dtype.str, "shape": list(a.shape)} for name, a in arrays.items()}


def pack(arrays: Arrays, *, limit: int) -> bytes:
    """Return arrays as the bytes of an .npz file: equal arrays, equal bytes.

    Raises ArraysError for what `unpack` would refuse.
    """
    try:
        check_summaries(summarize(arrays), limit)
    except ArraysError as error:
        raise ArraysError(f"the file {error}") from None
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **dict(arrays))
    return file.getvalue()


def unpack(data: bytes, summaries: Any, *, limit: int) -> dict[str, NDArray[Any]]:
    """Return the arrays of an .npz file, which are those that a manifest summarizes.

    `limit` is how many numbers all of them may have together. Raises ArraysError.
    """
    check_summaries(summaries, limit)
    if data.count(ENTRY) > ARRAYS_LIMIT:
        raise ArraysError(f"has more than {ARRAYS_LIMIT:,} arrays")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as file:
            return {
                name: read_array(file, member, name, summaries[name])
                for name, member in find_members(file, summaries).items()
            }
    except ArraysError:
        raise
    except UNPACKING_ERRORS as error:
        raise ArraysError(f"holds no arrays: {error}") from error


def check_summaries(summaries: Any, limit: int) -> None:
    """Raise ArraysError unless a manifest's summaries are of arrays that can be held."""
    if not isinstance(summaries, Mapping):
        raise ArraysError("has no summary in its manifest")
    if len(summaries) > ARRAYS_LIMIT:
        raise ArraysError(f"has more than {ARRAYS_LIMIT:,} arrays")
    count = 0
    for name, summary in summaries.items():
        if len(name) > NAME_LIMIT:
            raise ArraysError(
                f'has an array "{name[:20]}…", whose name is longer than {NAME_LIMIT} characters'
            )
        count += count_numbers(name, summary)
    if count > limit:
        raise ArraysError(f"has {count:,} numbers, more than {limit:,}")


def count_numbers(name: str, summary: Any) -> int:
    """Return how many numbers an array has. Raises ArraysError for a summary of no numbers."""
    if not isinstance(summary, Mapping) or summary.keys() != {"dtype", "shape"}:
        raise ArraysError(f'has an array "{name}" without a type and a shape in its manifest')
    dtype, shape = summary["dtype"], summary["shape"]
    if not isinstance(dtype, str) or dtype not in TYPES:
        raise ArraysError(f'has an array "{name}" of "{dtype}", not of numbers of up to 8 bytes')
    if (
        not isinstance(shape, list)
        or len(shape) > DIMENSIONS_LIMIT
        or not all(
            type(length) is int and 0 <= length <= np.iinfo(np.int64).max for length in shape
        )
    ):
        raise ArraysError(f'has an array "{name}" whose shape is none')
    return math.prod(shape)


def find_members(
    file: zipfile.ZipFile, summaries: Mapping[str, ArraySummary]
) -> dict[str, zipfile.ZipInfo]:
    """Return the entry of each array. Raises ArraysError unless they are those of the manifest."""
    members: dict[str, zipfile.ZipInfo] = {}
    for member in file.infolist():
        name = member.filename.removesuffix(".npy")
        if name in members:
            raise ArraysError(f'holds the array "{name}" twice')
        if name not in summaries or name == member.filename:
            raise ArraysError(
                f'does not hold the arrays that its manifest names: "{member.filename[:40]}" is '
                "none of them"
            )
        if member.flag_bits & ENCRYPTED:
            raise ArraysError(f'holds the array "{name}" encrypted')
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ArraysError(f'holds the array "{name}" in a compression of its own')
        members[name] = member
    if len(members) < len(summaries):
        missing = next(name for name in summaries if name not in members)
        raise ArraysError(
            f'does not hold the arrays that its manifest names: "{missing}" is missing'
        )
    return members


def read_array(
    file: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, summary: ArraySummary
) -> NDArray[Any]:
    """Return an array. Raises ArraysError, before unpacking it, if it is not as summarized."""
    dtype, shape = np.dtype(summary["dtype"]), tuple(summary["shape"])
    size = dtype.itemsize * math.prod(shape)
    with file.open(member) as stream:
        header = read_header(stream, name)
        described = [
            f"{{'descr': '{dtype.str}', 'fortran_order': {is_fortran}, 'shape': {shape}, }}"
            for is_fortran in (False, True)
        ]
        text = header.decode("latin-1").rstrip(" \n")
        if text not in described:
            raise ArraysError(f'holds an array "{name}" that is not of the type and shape named')
        if member.file_size != len(MAGIC) + 2 + len(header) + size:
            raise ArraysError(f'holds an array "{name}" that is not as long as its shape')
        data = bytearray(size)
        filled = 0
        while chunk := stream.read(min(CHUNK, size - filled)):
            data[filled : filled + len(chunk)] = chunk
            filled += len(chunk)
    if filled < size:
        raise ArraysError(f'holds an array "{name}" that is cut off')
    return np.ndarray(shape, dtype, data, order="F" if text == described[True] else "C")


def read_header(stream: IO[bytes], name: str) -> bytes:
    """Return the header of an array, without reading on. Raises ArraysError if there is none."""
    start = stream.read(len(MAGIC) + 2)
    length = int.from_bytes(start[len(MAGIC) :], "little")
    if not start.startswith(MAGIC) or not 0 < length <= HEADER_LIMIT:
        raise ArraysError(f'holds an array "{name}" without a header of NumPy\'s')
    return stream.read(length)
