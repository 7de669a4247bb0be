"""NPZ files of numeric arrays, read without pickle and with bounded memory.

Files are untrusted: two megabytes can decompress to twenty gigabytes, and a header can claim as
much. Each array's type, shape and size are compared with the manifest before it is decompressed.
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
"""Supported types in NumPy's notation: numbers of up to 8 bytes."""

ARRAYS_LIMIT = 4_096
"""Limit on the arrays of a file, because `zipfile` reads a file's whole directory. The largest
shipped file has 64."""

NAME_LIMIT = 200
"""Limit on the characters of an array's name. The longest shipped name has 34."""

DIMENSIONS_LIMIT = 8
"""Limit on the dimensions of an array. Surfaces have two; no plotted array has more than three."""

HEADER_LIMIT = 1_024
"""Limit on the bytes of an array's header. Within `DIMENSIONS_LIMIT`, NumPy writes 118."""

MAGIC = b"\x93NUMPY\x01\x00"
"""Start of every array: NumPy's magic string and version 1.0 of the header."""

ENTRY = b"PK\x01\x02"
"""Signature of an entry in a zip file's central directory."""

ENCRYPTED = 0x1
"""Flag bit of an encrypted entry."""

UNPACKING_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    ValueError,
    OSError,
    EOFError,
    RuntimeError,
)
"""Errors that the standard library raises for invalid zip files."""

CHUNK = 2**20
"""Bytes decompressed at a time."""


class ArraysError(ValueError):
    """Arrays that differ from their manifest, or exceed a limit."""


class ArraySummary(TypedDict):
    """An array's type, as NumPy spells it, and shape."""

    dtype: str
    shape: list[int]


def summarize(arrays: Arrays) -> dict[str, ArraySummary]:
    """Return the types and shapes of arrays in the form of a manifest."""
    return {name: {"dtype": a.dtype.str, "shape": list(a.shape)} for name, a in arrays.items()}


def pack(arrays: Arrays, *, limit: int) -> bytes:
    """Return arrays as the bytes of an .npz file. Equal arrays give equal bytes.

    Raises ArraysError for arrays that `unpack` would refuse.
    """
    try:
        check_summaries(summarize(arrays), limit)
    except ArraysError as error:
        raise ArraysError(f"the file {error}") from None
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **dict(arrays))
    return file.getvalue()


def unpack(data: bytes, summaries: Any, *, limit: int) -> dict[str, NDArray[Any]]:
    """Return the arrays of an .npz file, verified against the summaries in a manifest.

    `limit` bounds the numbers in all of them together. Raises ArraysError.
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
        raise ArraysError(f"is not a valid .npz file: {error}") from error


def check_summaries(summaries: Any, limit: int) -> None:
    """Raise ArraysError unless a manifest's summaries are valid and within the limits."""
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
    """Return how many numbers a summary's array has. Raises ArraysError for an invalid summary."""
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
        raise ArraysError(f'has an array "{name}" with an invalid shape')
    return math.prod(shape)


def find_members(
    file: zipfile.ZipFile, summaries: Mapping[str, ArraySummary]
) -> dict[str, zipfile.ZipInfo]:
    """Return the zip entry of each array. Raises ArraysError if they differ from the summaries."""
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
            raise ArraysError(f'holds the array "{name}" in an unsupported compression')
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
    """Return an array. Raises ArraysError before decompression if it differs from its summary."""
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
            raise ArraysError(
                f'holds an array "{name}" whose type or shape differs from the manifest'
            )
        if member.file_size != len(MAGIC) + 2 + len(header) + size:
            raise ArraysError(f'holds an array "{name}" whose size does not fit its shape')
        data = bytearray(size)
        filled = 0
        while chunk := stream.read(min(CHUNK, size - filled)):
            data[filled : filled + len(chunk)] = chunk
            filled += len(chunk)
    if filled < size:
        raise ArraysError(f'holds an array "{name}" that is truncated')
    return np.ndarray(shape, dtype, data, order="F" if text == described[True] else "C")


def read_header(stream: IO[bytes], name: str) -> bytes:
    """Read the header of an array and no further. Raises ArraysError if it is invalid."""
    start = stream.read(len(MAGIC) + 2)
    length = int.from_bytes(start[len(MAGIC) :], "little")
    if not start.startswith(MAGIC) or not 0 < length <= HEADER_LIMIT:
        raise ArraysError(f'holds an array "{name}" without a valid NumPy header')
    return stream.read(length)
