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
from typing import Any

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

START = len(MAGIC) + 2
"""Bytes before the header: MAGIC, and the header's length."""

ENTRY = b"PK\x01\x02"
"""Signature of an entry in a zip file's central directory."""

LOCAL_ENTRY = b"PK\x03\x04"
"""Signature of an entry itself."""

LOCAL_HEADER = struct.Struct("<4s22xHH")
"""What stands before an entry's name: its signature, and the lengths of name and extra field."""

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
                name: read_array(data, member, name, summaries[name])
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
    data: bytes, member: zipfile.ZipInfo, name: str, summary: ArraySummary
) -> NDArray[Any]:
    """Return an array. Raises ArraysError before decompression if it differs from its summary."""
    dtype, shape = np.dtype(summary["dtype"]), tuple(summary["shape"])
    size = dtype.itemsize * math.prod(shape)
    packed = PackedEntry(data, member)
    start = packed.read(START + HEADER_LIMIT)
    header = read_header(start, name)
    described = [
        f"{{'descr': '{dtype.str}', 'fortran_order': {is_fortran}, 'shape': {shape}, }}"
        for is_fortran in (False, True)
    ]
    text = header.decode("latin-1").rstrip(" \n")
    if text not in described:
        raise ArraysError(f'holds an array "{name}" whose type or shape differs from the manifest')
    first = START + len(header)
    if member.file_size != first + size:
        raise ArraysError(f'holds an array "{name}" whose size does not fit its shape')
    numbers = bytearray(size)
    chunk, filled = start[first:], 0
    while chunk:
        numbers[filled : filled + len(chunk)] = chunk
        filled += len(chunk)
        chunk = packed.read(min(CHUNK, size - filled))
    if filled != size:
        raise zipfile.BadZipFile(f"{member.filename!r} is not as long as the directory says")
    packed.check()
    return np.ndarray(shape, dtype, numbers, order="F" if text == described[True] else "C")


class PackedEntry:
    """The content of a zip entry, which is decompressed as far as it is read.

    The standard library's reader takes ten times as long for the small arrays of a landscape.
    """

    def __init__(self, data: bytes, member: zipfile.ZipInfo) -> None:
        self._member = member
        if member.header_offset < 0:
            raise zipfile.BadZipFile("an entry begins before the file")
        signature, name, extra = LOCAL_HEADER.unpack_from(data, member.header_offset)
        if signature != LOCAL_ENTRY:
            raise zipfile.BadZipFile("an entry does not begin where the directory says")
        first = member.header_offset + LOCAL_HEADER.size + name + extra
        self._left = memoryview(data)[first : first + member.compress_size]
        is_deflated = member.compress_type == zipfile.ZIP_DEFLATED
        self._unpacking = zlib.decompressobj(-zlib.MAX_WBITS) if is_deflated else None
        self._sum = 0

    def read(self, size: int) -> bytes:
        """Return some of the next bytes, at most `size`; none at the end."""
        content = b""
        if size > 0 and self._unpacking is None:
            content = bytes(self._take(size))
        while size > 0 and self._unpacking is not None and not content:
            # A piece at a time: what is not decompressed yet is copied with each call.
            piece = self._unpacking.unconsumed_tail or self._take(CHUNK)
            if not piece:
                break
            content = self._unpacking.decompress(piece, size)
        self._sum = zlib.crc32(content, self._sum)
        return content

    def _take(self, size: int) -> memoryview:
        """Return the next packed bytes, at most `size`."""
        taken, self._left = self._left[:size], self._left[size:]
        return taken

    def check(self) -> None:
        """Raise BadZipFile unless what was read has the checksum of the directory."""
        if self._sum != self._member.CRC:
            raise zipfile.BadZipFile(f"Bad CRC-32 for file {self._member.filename!r}")


def read_header(start: bytes, name: str) -> bytes:
    """Return the header of an array from its first bytes. Raises ArraysError if it is invalid."""
    length = int.from_bytes(start[len(MAGIC) : START], "little")
    if not start.startswith(MAGIC) or not 0 < length <= HEADER_LIMIT:
        raise ArraysError(f'holds an array "{name}" without a valid NumPy header')
    return start[START : START + length]
