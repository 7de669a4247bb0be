"""Hostile files of arrays: zip bombs, forged headers, duplicate entries, flipped bits."""

import hashlib
import io
import shutil
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from descent_atlas.landscapes.format import read_landscape
from descent_atlas.landscapes.store import LandscapeStore
from descent_atlas.storage.array_folder import ARRAYS
from descent_atlas.storage.npz import ARRAYS_LIMIT
from descent_atlas.storage.regular_files import DamagedError
from tests.attack.hostile_landscapes import (
    BASE,
    check_that_others_are_served,
    connect,
    read_strictly,
)
from tests.backend.landscapes.manifest_edits import change_manifest, read_manifest


def test_bits_that_flip_in_arrays_are_found(hostile: Path) -> None:
    data = (hostile / ARRAYS).read_bytes()
    for byte in range(0, len(data), 97):
        flipped = bytearray(data)
        flipped[byte] ^= 0x10
        (hostile / ARRAYS).write_bytes(bytes(flipped))
        with pytest.raises(DamagedError, match="SHA-256"):
            read_landscape(hostile)


def add_member(
    folder: Path,
    name: str,
    content: bytes,
    summary: dict[str, Any] | None,
    compression: int = zipfile.ZIP_DEFLATED,
    flags: int = 0,
) -> None:
    """Add an entry to a landscape's arrays, and update the hash in the manifest."""
    with zipfile.ZipFile(folder / ARRAYS, "a", compression) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # about a duplicate name
        file.writestr(name, content)
    data = bytearray((folder / ARRAYS).read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= flags
    (folder / ARRAYS).write_bytes(bytes(data))
    named = {name.removesuffix(".npy"): summary} if summary is not None else {}
    vouch(folder, {**read_manifest(folder)["arrays"], **named})


def change_arrays(folder: Path, change: Callable[[bytes], bytes]) -> None:
    """Change the bytes of a landscape's arrays, and update the hash in the manifest."""
    (folder / ARRAYS).write_bytes(change((folder / ARRAYS).read_bytes()))
    vouch(folder, read_manifest(folder)["arrays"])


def vouch(folder: Path, summaries: Any) -> None:
    """Write the summaries and the hash of a landscape's arrays into its manifest."""
    sha256 = hashlib.sha256((folder / ARRAYS).read_bytes()).hexdigest()
    change_manifest(folder, sha256=sha256, arrays=summaries)


def write_npy(array: Any) -> bytes:
    """Return an array in NumPy's file format."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def write_header(text: str, length: int | None = None) -> bytes:
    """Return the start of an array with an arbitrary header."""
    size = len(text) if length is None else length
    return b"\x93NUMPY\x01\x00" + size.to_bytes(2, "little") + text.encode()


def summary(dtype: str, *shape: Any) -> dict[str, Any]:
    """Return an array's summary."""
    return {"dtype": dtype, "shape": list(shape)}


FOUR = write_npy(np.zeros(4))

ODD_TYPES = {
    "texts": np.array(["a", "b"]),
    "bytes": np.array([b"a", b"b"]),
    "records": np.zeros(2, dtype=[("a", "<f8")]),
    "raw bytes": np.zeros(2, dtype="V8"),
    "dates": np.zeros(2, dtype="M8[s]"),
    "durations": np.zeros(2, dtype="m8[s]"),
    "complex numbers": np.zeros(2, dtype=complex),
    "long doubles": np.zeros(2, dtype=np.longdouble),
    "objects": np.array([{}, None], dtype=object),
}


@pytest.mark.parametrize("name", ODD_TYPES)
def test_arrays_are_refused_that_are(hostile: Path, name: str) -> None:
    array = ODD_TYPES[name]
    add_member(hostile, "odd.npy", write_npy(array), summary(array.dtype.str, 2))
    check_that_others_are_served(hostile.parent, "hostile", "not of numbers of up to 8 bytes")


Attack = Callable[[Path], object]

MEMBERS: dict[str, tuple[Attack, str]] = {
    "objects that call themselves numbers": (
        lambda folder: add_member(
            folder, "odd.npy", write_npy(np.array([{}], dtype=object)), summary("<f8", 1)
        ),
        "whose type or shape differs from the manifest",
    ),
    "a header that asks for terabytes": (
        lambda folder: add_member(
            folder,
            "odd.npy",
            FOUR.replace(b"(4,), }                ", b"(4000000000000,), }    "),
            summary("<f8", 4),
        ),
        "whose type or shape differs from the manifest",
    ),
    "a manifest that asks for terabytes": (
        lambda folder: add_member(folder, "odd.npy", FOUR, summary("<f8", 4 * 10**12)),
        "numbers, more than 8,388,608",
    ),
    "a shape whose product wraps around": (
        lambda folder: add_member(folder, "odd.npy", FOUR, summary("<f8", 2**32, 2**32)),
        "numbers, more than 8,388,608",
    ),
    "a shape of nothing that no memory holds": (
        lambda folder: add_member(
            folder,
            "odd.npy",
            write_header(
                f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({2**62}, {2**62}, 0), }}"
            ),
            summary("<f8", 2**62, 2**62, 0),
        ),
        "is not a valid .npz file: ",
    ),
    "a negative length": (
        lambda folder: add_member(folder, "odd.npy", FOUR, summary("<f8", -4)),
        "with an invalid shape",
    ),
    "a shape of truths": (
        lambda folder: add_member(folder, "odd.npy", FOUR, summary("<f8", True)),
        "arrays.odd.shape.0: Input should be a valid integer",
    ),
    "a shape of thousands of lengths": (
        lambda folder: add_member(folder, "odd.npy", FOUR, summary("<f8", *[1] * 5_000)),
        "with an invalid shape",
    ),
    "a type that is a list": (
        lambda folder: add_member(folder, "odd.npy", FOUR, {"dtype": ["<f8"], "shape": [4]}),
        "arrays.odd.dtype: Input should be a valid string",
    ),
    "fewer numbers than the header says": (
        lambda folder: add_member(folder, "odd.npy", FOUR[:-8], summary("<f8", 4)),
        "whose size does not fit its shape",
    ),
    "more numbers than the header says": (
        lambda folder: add_member(folder, "odd.npy", FOUR + bytes(2**20), summary("<f8", 4)),
        "whose size does not fit its shape",
    ),
    "a header that is longer than the file": (
        lambda folder: add_member(folder, "odd.npy", write_header("", 60_000), summary("<f8", 4)),
        "without a valid NumPy header",
    ),
    "a header of thousands of brackets": (
        lambda folder: add_member(folder, "odd.npy", write_header("(" * 60_000), summary("<f8", 4)),
        "without a valid NumPy header",
    ),
    "a header that is a program": (
        lambda folder: add_member(
            folder, "odd.npy", write_header("__import__('os').abort()"), summary("<f8", 4)
        ),
        "whose type or shape differs from the manifest",
    ),
    "no header": (
        lambda folder: add_member(folder, "odd.npy", b"\x80\x04.", summary("<f8", 4)),
        "without a valid NumPy header",
    ),
    "an array twice": (
        lambda folder: add_member(folder, "grid.x.npy", FOUR, None),
        'holds the array "grid.x" twice',
    ),
    "an array that the manifest does not name": (
        lambda folder: add_member(folder, "more.npy", FOUR, None),
        '"more.npy" is none of them',
    ),
    "a member that is no array": (
        lambda folder: add_member(folder, "../../odd", FOUR, summary("<f8", 4)),
        '"../../odd" is none of them',
    ),
    "an array that is encrypted": (
        lambda folder: add_member(folder, "odd.npy", FOUR, summary("<f8", 4), flags=1),
        'holds the array "odd" encrypted',
    ),
    "an array in another compression": (
        lambda folder: add_member(
            folder, "odd.npy", FOUR, summary("<f8", 4), compression=zipfile.ZIP_BZIP2
        ),
        "in an unsupported compression",
    ),
    "a name of thousands of characters": (
        lambda folder: add_member(folder, "o" * 5_000 + ".npy", FOUR, summary("<f8", 4)),
        "whose name is longer than 200 characters",
    ),
    "an array that is not there": (
        lambda folder: vouch(folder, {**read_manifest(folder)["arrays"], "odd": summary("<f8", 4)}),
        '"odd" is missing',
    ),
    "no summaries": (
        lambda folder: vouch(folder, None),
        "arrays: Input should be a valid dictionary",
    ),
    "a file that is no zip file": (
        lambda folder: change_arrays(folder, lambda data: b"PK\x05\x06" * 99),
        "is not a valid .npz file",
    ),
    "a file that is cut off": (
        lambda folder: change_arrays(folder, lambda data: data[:-99]),
        "is not a valid .npz file",
    ),
    "numbers whose packing is damaged": (
        lambda folder: change_arrays(folder, lambda data: data[:500] + bytes(500) + data[1_000:]),
        "is not a valid .npz file",
    ),
    "numbers beyond 32 bits": (
        lambda folder: add_member(
            folder, "odd.npy", write_npy(np.array([2**40])), summary("<i8", 1)
        ),
        "do not fit into 32 bits",
    ),
}


@pytest.mark.parametrize("name", MEMBERS)
def test_arrays_make_one_landscape_unavailable_by(hostile: Path, name: str) -> None:
    attack, reason = MEMBERS[name]
    attack(hostile)
    check_that_others_are_served(hostile.parent, "hostile", reason)


def test_thousands_of_arrays_are_refused_before_they_are_listed(hostile: Path) -> None:
    with zipfile.ZipFile(hostile / ARRAYS, "a") as file:
        for number in range(ARRAYS_LIMIT + 1):
            file.writestr(f"{number}.npy", b"")
    vouch(hostile, read_manifest(hostile)["arrays"])
    check_that_others_are_served(hostile.parent, "hostile", "has more than 4,096 arrays")


def add_bomb(folder: Path, count: int) -> None:
    """Add zeros that compress a thousandfold, correctly described in the manifest."""
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({count},), }}"
    with (
        zipfile.ZipFile(folder / ARRAYS, "a", zipfile.ZIP_DEFLATED) as file,
        file.open("odd.npy", "w", force_zip64=True) as stream,
    ):
        stream.write(write_header(header))
        for start in range(0, count, 2**20):
            stream.write(bytes(min(2**20, count - start)))
    vouch(folder, {**read_manifest(folder)["arrays"], "odd": summary("|u1", count)})


@pytest.mark.parametrize(
    "count", [2 * 10**7, pytest.param(2 * 10**9, marks=pytest.mark.long, id="two billion")]
)
def test_a_zip_bomb_is_not_unpacked(hostile: Path, count: int) -> None:
    add_bomb(hostile, count)
    assert (hostile / ARRAYS).stat().st_size < count / 100
    check_that_others_are_served(hostile.parent, "hostile", "numbers, more than 8,388,608")


def test_a_bomb_that_the_manifest_calls_small_is_not_unpacked(hostile: Path) -> None:
    add_bomb(hostile, 2 * 10**7)
    vouch(hostile, {**read_manifest(hostile)["arrays"], "odd": summary("|u1", 4)})
    check_that_others_are_served(
        hostile.parent, "hostile", "whose type or shape differs from the manifest"
    )


def test_many_landscapes_that_are_small_when_packed_do_not_fill_the_memory(hostile: Path) -> None:
    add_bomb(hostile, 4 * 10**6)
    ids = [f"hostile-{number}" for number in range(3)]
    for id in ids:
        shutil.copytree(hostile, hostile.with_name(id))
        change_manifest(hostile.with_name(id), id=id)
    limit = 10**8  # of which one takes 0.6
    store = LandscapeStore(hostile.parent, held_bytes=limit)
    contents = store.read()
    assert sorted(contents.landscapes) == ["bowl", "hostile", *ids, "table-1"]
    for stored in contents.landscapes.values():
        assert stored.landscape.manifest.id == stored.row.own_id
        assert 0 < store.memory.total <= limit
    held = [id for id in ids if contents.landscapes[id].held is not None]
    assert 0 < len(held) < len(ids)


def test_numbers_of_every_type_that_is_accepted_are_served(hostile: Path) -> None:
    for dtype in ("b1", "i1", "u1", "<i2", ">i4", "<i8", "u2", "<u4", ">u8", "<f2", ">f4", ">f8"):
        array = np.array([[0, 1], [1, 0]], dtype=dtype, order="F")
        add_member(hostile, f"{dtype}.npy", write_npy(array), summary(array.dtype.str, 2, 2))
        np.testing.assert_array_equal(read_landscape(hostile).arrays[dtype], array)
    client = connect(hostile.parent)
    assert len(read_strictly(client.get(BASE))["landscapes"]) == 3
    read_strictly(client.get(f"{BASE}/hostile"))
