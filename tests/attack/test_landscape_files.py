"""Landscape files that somebody made to hang, crash, swamp or deceive the server."""

import asyncio
import errno
import hashlib
import io
import json
import logging
import os
import resource
import shutil
import socket
import threading
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from descent_atlas.landscapes import store as landscapes
from descent_atlas.landscapes.format import read_landscape, write_landscape
from descent_atlas.landscapes.store import LandscapeStore
from descent_atlas.precompute_cli import main
from descent_atlas.storage.array_folder import ARRAYS, MANIFEST, parse_header
from descent_atlas.storage.npz import ARRAYS_LIMIT
from descent_atlas.storage.regular_files import DamagedError
from descent_atlas.web.app import create_app
from descent_atlas.web.settings import Settings
from tests.backend.landscapes.landscape_samples import make_landscape, make_table
from tests.backend.landscapes.manifest_edits import change_manifest, read_manifest, rewrite_manifest
from tests.backend.landscapes.study_samples import write_study
from tests.backend.landscapes.test_format import manifest, numbers
from tests.backend.landscapes.test_store import make_numbered, note, running

BASE = "/api/v1/landscapes"

PATIENCE = 60.0
"""Seconds in which what does not hang is done, however busy the machine is."""


def answer_in_time(work: Callable[[], Any]) -> Any:
    """Return what a function returns; fail if it hangs."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(work()), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert found, "it hangs, or failed"
    return found[0]


def read_strictly(answer: httpx2.Response) -> Any:
    """Return the JSON of an answer, as a browser reads it."""
    assert answer.status_code == 200

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(answer.text, parse_constant=refuse)


def connect(root: Path) -> TestClient:
    """Return a client of an application that serves a folder's landscapes, not warmed up."""
    app = create_app(Settings(landscapes_folder=root))
    return TestClient(app, base_url="http://localhost")


def make_socket(path: Path) -> None:
    """Put a socket that listens to nobody in a file's place."""
    path.unlink()
    with socket.socket(socket.AF_UNIX) as unheard:
        there = Path.cwd()
        os.chdir(path.parent)  # a socket's path may have 108 bytes
        try:
            unheard.bind(path.name)
        finally:
            os.chdir(there)


def make_link(path: Path, target: Path | str) -> None:
    """Put a link in a file's place."""
    path.unlink()
    path.symlink_to(target)


def make_pipe(path: Path) -> None:
    """Put a named pipe that nobody writes to in a file's place."""
    path.unlink()
    os.mkfifo(path)


def make_linked_pipe(path: Path) -> None:
    """Put a link to a named pipe in a file's place."""
    os.mkfifo(path.with_name("pipe"))
    make_link(path, "pipe")


def make_folder(path: Path) -> None:
    """Put a folder in a file's place."""
    path.unlink()
    path.mkdir()


def make_sparse(path: Path) -> None:
    """Put a file of 8 GB that takes no room on the disk in a file's place."""
    with path.open("wb") as file:
        file.truncate(2**33)


PLACES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a named pipe": (make_pipe, "is not a regular file"),
    "a link to a named pipe": (make_linked_pipe, "is not a regular file"),
    "a socket": (make_socket, "cannot be read: No such device or address"),
    "a device": (lambda path: make_link(path, "/dev/zero"), "is not a regular file"),
    "a link to itself": (lambda path: make_link(path, path.name), "cannot be read: Too many"),
    "a link to nothing": (lambda path: make_link(path, "nowhere"), "is missing"),
    "a folder": (make_folder, "is not a regular file"),
    "nothing but zeros": (lambda path: path.write_bytes(bytes(5_000)), ""),
    "nothing": (lambda path: path.write_bytes(b""), ""),
    "eight gigabytes": (make_sparse, "has 8,589,934,592 bytes, more than"),
}


def check_that_others_are_served(root: Path, hostile: str, reason: str) -> None:
    """Check that one landscape is unavailable for a reason, and the catalog and others are."""
    client = connect(root)
    catalog = answer_in_time(lambda: read_strictly(client.get(BASE)))
    assert [row["id"] for row in catalog["landscapes"]] == ["bowl", "table-1"]
    (unavailable,) = catalog["unavailable"]
    assert unavailable["id"] == hostile
    assert reason in unavailable["reason"]
    assert str(root) not in json.dumps(catalog)
    refused = client.get(f"{BASE}/{hostile}")
    assert refused.status_code == 404
    assert reason in refused.json()["detail"]
    for path in (f"{BASE}/bowl", f"{BASE}/table-1", "/api/v1/claims"):
        read_strictly(client.get(path))


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """The folder of a landscape beside two others, before something is done to it."""
    root = tmp_path / "landscapes"
    make_landscape("bowl").write(root)
    make_table().write(root)
    return make_landscape("hostile").write(root)


@pytest.mark.parametrize("name", [MANIFEST, ARRAYS])
@pytest.mark.parametrize("place", PLACES)
def test_what_stands_in_the_place_of_a_file_keeps_nobody_waiting(
    hostile: Path, name: str, place: str
) -> None:
    put, reason = PLACES[place]
    put(hostile / name)
    check_that_others_are_served(hostile.parent, "hostile", reason)


@pytest.mark.parametrize("name", [MANIFEST, ARRAYS])
def test_a_file_that_may_not_be_read_harms_no_other(hostile: Path, name: str) -> None:
    (hostile / name).chmod(0)
    if os.access(hostile / name, os.R_OK):  # as root everything may be read
        assert read_landscape(hostile)
    else:
        check_that_others_are_served(hostile.parent, "hostile", "cannot be read: Permission denied")


@pytest.mark.parametrize("target", ["loop", "nowhere", "/dev/null", "pipe"])
def test_a_link_in_a_landscapes_place_that_leads_to_no_folder_is_none(
    hostile: Path, target: str
) -> None:
    shutil.rmtree(hostile)
    os.mkfifo(hostile.parent / "pipe")
    (hostile.parent / "loop").symlink_to(target)
    client = connect(hostile.parent)
    catalog = answer_in_time(lambda: read_strictly(client.get(BASE)))
    assert [row["id"] for row in catalog["landscapes"]] == ["bowl", "table-1"]
    assert catalog["unavailable"] == []


def insert(text: str) -> Callable[[bytes], bytes]:
    """Return a function that puts a field into a manifest."""
    return lambda covered: covered.replace(b'"id"', text.encode() + b',\n "id"', 1)


def into_results(text: str) -> Callable[[bytes], bytes]:
    """Return a function that puts a field into the free-form part that holds the results."""
    return lambda covered: covered.replace(b'"results": {}', b'"results": {%b}' % text.encode())


def into_spec(text: str) -> Callable[[bytes], bytes]:
    """Return a function that puts a field into the free-form part of the first run."""
    return lambda covered: covered.replace(b'"spec": {', b'"spec": {' + text.encode() + b",", 1)


TEXTS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a number beyond all doubles": (insert('"more": 1e999'), "more is a number that a double"),
    "one deep in a run's settings": (
        into_spec('"a": {"b": [0, {"c": -1e999}]}'),
        "runs.0.spec.a.b.1.c is a number that a double cannot hold",
    ),
    "one in the results": (into_results('"more": 1e999'), "results.more is a number"),
    "one where the model has a number": (
        lambda covered: covered.replace(b'"test_accuracy": 0.45', b'"test_accuracy": 1e999'),
        "test_accuracy is a number that a double cannot hold",
    ),
    "a text where the model has a number": (
        lambda covered: covered.replace(b'"test_accuracy": 0.45', b'"test_accuracy": "0.45"'),
        "test_accuracy: Input should be a valid number",
    ),
    "an integer beyond all doubles": (
        into_spec('"seed2": 1' + "0" * 309),
        "runs.0.spec.seed2 is a number that a double cannot hold",
    ),
    "an integer of a hundred thousand digits": (
        into_spec('"seed2": 1' + "0" * 100_000),
        "runs.0.spec.seed2 is a number that a double cannot hold",
    ),
    "NaN": (into_spec('"lr2": NaN'), "NaN is no JSON number"),
    "a field twice": (insert('"id": "bowl"'), 'the field "id" is there twice'),
    "a field twice in a free-form part": (
        into_spec('"seed": 1'),
        'the field "seed" is there twice',
    ),
    "forty lists in each other": (insert('"more": ' + "[" * 40 + "]" * 40), "deeper than 32"),
    "a million lists in each other": (
        insert('"more": ' + "[" * 1_000_000 + "]" * 1_000_000),
        "it is not JSON",
    ),
    "NUL bytes": (lambda covered: covered.replace(b"momentum", b"mo\0entum"), "it is not JSON"),
    "what is no UTF-8": (lambda covered: covered.replace(b"momentum", b"mo\xff"), "not JSON"),
    "half a character": (insert('"more": "\\ud800"'), "surrogates not allowed"),
    "nine megabytes": (insert('"more": "' + "x" * 9 * 2**20 + '"'), "bytes, more than 8,388,608"),
    "a list": (lambda covered: b"[" + covered, "it is not JSON"),
    "a summary that is a text": (
        lambda covered: covered.replace(
            b'"arrays": {\n  "grid.x": {', b'"arrays": {"grid.x": 1, "y": {'
        ),
        "arrays.grid.x: Input should be a valid dictionary",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_manifest_makes_one_landscape_unavailable_by(hostile: Path, name: str) -> None:
    change, reason = TEXTS[name]
    before = (hostile / MANIFEST).read_bytes()
    rewrite_manifest(hostile, change)
    assert (hostile / MANIFEST).read_bytes() != before
    check_that_others_are_served(hostile.parent, "hostile", reason)


@pytest.mark.parametrize("figure", ["9" * 5_000, "٣", "²", "\0", "-1", ""])
def test_a_figures_name_can_be_anything(hostile: Path, figure: str) -> None:
    change_manifest(hostile, figures=[figure])
    catalog = read_strictly(connect(hostile.parent).get(BASE))
    assert sorted(row["id"] for row in catalog["landscapes"]) == ["bowl", "hostile", "table-1"]


def test_every_bit_that_flips_in_a_manifest_is_found(tmp_path: Path) -> None:
    folder = write_landscape(tmp_path, manifest(), numbers())
    data = (folder / MANIFEST).read_bytes()
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(DamagedError):
            parse_header(folder / MANIFEST, bytes(flipped))


@pytest.mark.long
def test_bits_that_flip_all_over_a_long_manifest_and_every_cut_are_found(hostile: Path) -> None:
    data = (hostile / MANIFEST).read_bytes()
    for bit in range(0, 8 * len(data), 7):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(DamagedError):
            parse_header(hostile / MANIFEST, bytes(flipped))
    for size in range(len(data)):
        with pytest.raises(DamagedError):
            parse_header(hostile / MANIFEST, data[:size])


def test_bits_that_flip_in_arrays_are_found(hostile: Path) -> None:
    data = (hostile / ARRAYS).read_bytes()
    for byte in range(0, len(data), 97):
        flipped = bytearray(data)
        flipped[byte] ^= 0x10
        (hostile / ARRAYS).write_bytes(bytes(flipped))
        with pytest.raises(DamagedError, match="SHA-256"):
            read_landscape(hostile)


Summaries = dict[str, dict[str, Any]]


def add_member(
    folder: Path,
    name: str,
    content: bytes,
    summary: dict[str, Any] | None,
    compression: int = zipfile.ZIP_DEFLATED,
    flags: int = 0,
) -> None:
    """Add an entry to a landscape's arrays, and vouch for the file with the manifest's hash."""
    with zipfile.ZipFile(folder / ARRAYS, "a", compression) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that a name is there twice
        file.writestr(name, content)
    data = bytearray((folder / ARRAYS).read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= flags
    (folder / ARRAYS).write_bytes(bytes(data))
    named = {name.removesuffix(".npy"): summary} if summary is not None else {}
    vouch(folder, {**read_manifest(folder)["arrays"], **named})


def change_arrays(folder: Path, change: Callable[[bytes], bytes]) -> None:
    """Change the bytes of a landscape's arrays, and vouch for them."""
    (folder / ARRAYS).write_bytes(change((folder / ARRAYS).read_bytes()))
    vouch(folder, read_manifest(folder)["arrays"])


def vouch(folder: Path, summaries: Any) -> None:
    """Write the summaries and the hash of a landscape's arrays into its manifest."""
    sha256 = hashlib.sha256((folder / ARRAYS).read_bytes()).hexdigest()
    change_manifest(folder, sha256=sha256, arrays=summaries)


def write_npy(array: Any) -> bytes:
    """Return an array as NumPy writes it."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def write_header(text: str, length: int | None = None) -> bytes:
    """Return the beginning of an array, with any header."""
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
        "is not of the type and shape named",
    ),
    "a header that asks for terabytes": (
        lambda folder: add_member(
            folder,
            "odd.npy",
            FOUR.replace(b"(4,), }                ", b"(4000000000000,), }    "),
            summary("<f8", 4),
        ),
        "is not of the type and shape named",
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
        "holds no arrays: ",
    ),
    "a negative length": (
        lambda folder: add_member(folder, "odd.npy", FOUR, summary("<f8", -4)),
        "whose shape is none",
    ),
    "a shape of truths": (
        lambda folder: add_member(folder, "odd.npy", FOUR, summary("<f8", True)),
        "arrays.odd.shape.0: Input should be a valid integer",
    ),
    "a shape of thousands of lengths": (
        lambda folder: add_member(folder, "odd.npy", FOUR, summary("<f8", *[1] * 5_000)),
        "whose shape is none",
    ),
    "a type that is a list": (
        lambda folder: add_member(folder, "odd.npy", FOUR, {"dtype": ["<f8"], "shape": [4]}),
        "arrays.odd.dtype: Input should be a valid string",
    ),
    "fewer numbers than the header says": (
        lambda folder: add_member(folder, "odd.npy", FOUR[:-8], summary("<f8", 4)),
        "is not as long as its shape",
    ),
    "more numbers than the header says": (
        lambda folder: add_member(folder, "odd.npy", FOUR + bytes(2**20), summary("<f8", 4)),
        "is not as long as its shape",
    ),
    "a header that is longer than the file": (
        lambda folder: add_member(folder, "odd.npy", write_header("", 60_000), summary("<f8", 4)),
        "without a header of NumPy's",
    ),
    "a header of thousands of brackets": (
        lambda folder: add_member(folder, "odd.npy", write_header("(" * 60_000), summary("<f8", 4)),
        "without a header of NumPy's",
    ),
    "a header that is a program": (
        lambda folder: add_member(
            folder, "odd.npy", write_header("__import__('os').abort()"), summary("<f8", 4)
        ),
        "is not of the type and shape named",
    ),
    "no header": (
        lambda folder: add_member(folder, "odd.npy", b"\x80\x04.", summary("<f8", 4)),
        "without a header of NumPy's",
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
        "in a compression of its own",
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
        "holds no arrays",
    ),
    "a file that is cut off": (
        lambda folder: change_arrays(folder, lambda data: data[:-99]),
        "holds no arrays",
    ),
    "numbers whose packing is damaged": (
        lambda folder: change_arrays(folder, lambda data: data[:500] + bytes(500) + data[1_000:]),
        "holds no arrays",
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
    """Add zeros, a thousandth as long when packed, of which the manifest tells the truth."""
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
    check_that_others_are_served(hostile.parent, "hostile", "is not of the type and shape named")


def test_many_landscapes_that_are_small_when_packed_do_not_fill_the_memory(
    hostile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_bomb(hostile, 4 * 10**6)
    monkeypatch.setattr(landscapes, "HELD_NUMBERS", 7 * 10**6)
    for number in range(3):
        id = f"hostile-{number}"
        shutil.copytree(hostile, hostile.with_name(id))
        change_manifest(hostile.with_name(id), id=id)
    catalog = read_strictly(connect(hostile.parent).get(BASE))
    assert [row["id"] for row in catalog["landscapes"]] == ["bowl", "hostile", "table-1"]
    unavailable = [row["id"] for row in catalog["unavailable"]]
    assert unavailable == ["hostile-0", "hostile-1", "hostile-2"]
    assert "over 7,000,000 numbers" in catalog["unavailable"][0]["reason"]


def test_numbers_of_every_type_that_is_accepted_are_served(hostile: Path) -> None:
    for dtype in ("b1", "i1", "u1", "<i2", ">i4", "<i8", "u2", "<u4", ">u8", "<f2", ">f4", ">f8"):
        array = np.array([[0, 1], [1, 0]], dtype=dtype, order="F")
        add_member(hostile, f"{dtype}.npy", write_npy(array), summary(array.dtype.str, 2, 2))
        np.testing.assert_array_equal(read_landscape(hostile).arrays[dtype], array)
    client = connect(hostile.parent)
    assert len(read_strictly(client.get(BASE))["landscapes"]) == 3
    read_strictly(client.get(f"{BASE}/hostile"))


def test_the_command_that_checks_finds_what_the_server_finds(
    hostile: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change_manifest(hostile, surfaces=[])
    rewrite_manifest(hostile.parent / "bowl", into_spec('"lr2": 1e999'))
    with pytest.raises(SystemExit) as ended:
        main(["check", str(hostile.parent)])
    assert ended.value.code == 1
    told = capsys.readouterr()
    assert f"{hostile} cannot be drawn: a landscape without a surface" in told.err
    assert "runs.0.spec.lr2 is a number that a double cannot hold" in told.err
    assert "1 landscapes and tables are undamaged" in told.out


@pytest.mark.parametrize(
    "count", [1_000, pytest.param(10_000, marks=pytest.mark.long, id="ten thousand")]
)
def test_thousands_of_empty_folders_are_read_once_and_logged_in_a_few_lines(
    tmp_path: Path, count: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(landscapes, "SETTLED", 0)
    monkeypatch.setattr(landscapes, "SCAN_INTERVAL", 0)
    monkeypatch.setattr(landscapes, "LOOK_SHARE", np.inf)
    read: list[Path] = []
    monkeypatch.setattr(landscapes, "load", note(read, landscapes.load))
    for number in range(count):
        (tmp_path / f"empty-{number}").mkdir()
    make_landscape("bowl").write(tmp_path)
    client = connect(tmp_path)
    first = answer_in_time(lambda: read_strictly(client.get(BASE)))
    assert [row["id"] for row in first["landscapes"]] == ["bowl"]
    assert len(first["unavailable"]) == count
    again = answer_in_time(lambda: read_strictly(client.get(BASE)))
    assert again == first
    assert len(read) == count + 1
    logged = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(logged) == landscapes.LOGGED + 1
    assert f"{count - landscapes.LOGGED} more" in logged[-1].getMessage()


def test_a_look_that_takes_long_comes_rarely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []

    def look_slowly(root: Path, before: Any) -> dict[str, Any]:
        time.sleep(0.1)
        looks.append(time.monotonic())
        return {}

    monkeypatch.setattr(landscapes, "look_into", look_slowly)
    monkeypatch.setattr(landscapes, "SCAN_INTERVAL", 0)
    store = LandscapeStore(tmp_path)
    while len(looks) < 3:
        store.read()
    gaps = np.diff(looks)
    assert (gaps >= 0.1 / landscapes.LOOK_SHARE - 0.01).all()


@contextmanager
def failing(name: str, number: int) -> Iterator[None]:
    """Let a call of the operating system fail, whatever it is called with."""

    def fail(*arguments: Any, **keywords: Any) -> Any:
        raise OSError(number, os.strerror(number))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, name, fail)
        yield


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EIO])
@pytest.mark.parametrize("name", ["open", "scandir", "stat", "fstat"])
def test_an_error_of_the_machine_leaves_what_was_known(
    hostile: Path, name: str, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landscapes, "SCAN_INTERVAL", 0)
    monkeypatch.setattr(landscapes, "LOOK_SHARE", np.inf)
    (hostile / ARRAYS).unlink()
    store = LandscapeStore(hostile.parent)
    before = store.read()
    assert len(before.landscapes) == 2 and len(before.damaged) == 1
    with failing(name, number):
        assert store.read() is before
    make_landscape("hostile", title="After").write(hostile.parent)
    assert sorted(store.read().landscapes) == ["bowl", "hostile", "table-1"]


def test_a_server_out_of_descriptors_goes_on_with_what_it_knows(
    hostile: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(landscapes, "SCAN_INTERVAL", 0)
    monkeypatch.setattr(landscapes, "LOOK_SHARE", np.inf)
    store = LandscapeStore(hostile.parent)
    before = store.read()
    change_manifest(hostile, title="After")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    descriptor = os.open(os.devnull, os.O_RDONLY)  # the lowest that is free
    os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptor, limits[1]))
    try:
        for _ in range(3):
            assert store.read() is before
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert len(caplog.records) == 1
    assert "Too many open files" in caplog.text
    title = store.read().landscapes["hostile"].landscape.manifest.title
    assert title == "After"


def test_memory_that_runs_out_leaves_what_was_known(
    hostile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(landscapes, "SCAN_INTERVAL", 0)
    store = LandscapeStore(hostile.parent)
    before = store.read()
    change_manifest(hostile, title="After")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landscapes, "parse_checked", fail)
        assert store.read() is before


SURFACE = {
    "objective": {"id": "himmelblau"},
    "x": {"min": -5, "max": 5, "count": 21},
    "y": {"min": -5, "max": 5, "count": 21},
}


def test_a_disk_that_hangs_keeps_no_other_route_waiting(
    hostile: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    look_into = landscapes.look_into

    def hang(root: Path, before: Any) -> dict[str, Any]:
        released.wait(PATIENCE)
        return look_into(root, before)

    monkeypatch.setattr(landscapes, "look_into", hang)

    async def ask() -> list[httpx2.Response]:
        transport = httpx2.ASGITransport(create_app(Settings(landscapes_folder=hostile.parent)))
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://localhost", timeout=PATIENCE
        ) as client:
            paths = [BASE, f"{BASE}/bowl", f"{BASE}/bowl/{ARRAYS}", "/api/v1/claims"]
            waiting = [asyncio.create_task(client.get(paths[n % 4])) for n in range(60)]
            await asyncio.sleep(0.1)
            answers = [
                await client.post("/api/v1/surfaces", json=SURFACE),
                await client.get("/api/v1/objectives"),
                await client.get("/api/v1/optimizers"),
            ]
            assert not released.is_set()
            assert not any(task.done() for task in waiting)
            released.set()
            return answers + list(await asyncio.gather(*waiting))

    assert {answer.status_code for answer in asyncio.run(ask())} == {200}


REPLACEMENTS = 200

READS = 2_000


@pytest.mark.long
def test_hundreds_of_replacements_under_thousands_of_reads_make_no_mixture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landscapes, "SCAN_INTERVAL", 0)
    monkeypatch.setattr(landscapes, "LOOK_SHARE", np.inf)
    written = iter(range(10**9))
    make_numbered(next(written)).write(tmp_path)
    store = LandscapeStore(tmp_path)
    deadline = time.monotonic() + 5 * PATIENCE
    reads: list[str] = []
    versions: dict[str, int] = {}

    def read() -> None:
        while len(reads) < READS or len(versions) < REPLACEMENTS:
            assert time.monotonic() < deadline
            contents = store.read()
            assert not contents.damaged
            stored = contents.landscapes["optimizers"]
            found, arrays = stored.landscape.manifest, stored.landscape.arrays
            assert set(arrays["number"]) == {int(found.title)}
            assert json.loads(stored.files[MANIFEST])["title"] == found.title
            assert versions.setdefault(stored.version, int(found.title)) == int(found.title)
            reads.append(stored.version)

    with (
        running(lambda: make_numbered(next(written)).write(tmp_path)),
        ThreadPoolExecutor(8) as executor,
    ):
        for future in [executor.submit(read) for _ in range(8)]:
            future.result()


def test_no_landscape_says_where_the_folder_lies(tmp_path: Path) -> None:
    write_study(tmp_path)
    (tmp_path / "bowl" / MANIFEST).unlink()
    (tmp_path / "optimizers" / ARRAYS).write_bytes(b"")
    change_manifest(tmp_path / "table-1", id="bowl")
    change_manifest(tmp_path / "adam-pca", surfaces=[])
    client = connect(tmp_path)
    catalog = client.get(BASE)
    assert len(read_strictly(catalog)["unavailable"]) == 4
    for answer in (catalog, client.get(f"{BASE}/bowl"), client.get("/api/v1/claims")):
        assert str(tmp_path) not in answer.text
    reasons = {row["id"]: row["reason"] for row in catalog.json()["unavailable"]}
    assert reasons["bowl"] == f"bowl/{MANIFEST} is missing"
