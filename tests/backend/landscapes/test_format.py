import errno
import hashlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from descent_atlas.landscapes.format import read_landscape, write_landscape
from descent_atlas.storage.array_folder import ARRAYS, MANIFEST, SCHEMA, read_folder, write_folder
from descent_atlas.storage.regular_files import DamagedError
from descent_atlas.storage.sealed import seal
from tests.backend.landscapes.manifest_edits import change_manifest
from tests.backend.landscapes.manifest_edits import read_manifest as read_fields


def manifest(**changes: Any) -> dict[str, Any]:
    return {
        "id": "figure-1",
        "kind": "table",
        "title": "Around the end",
        "shows": "A bowl.",
        "figures": ["1"],
        "dataset": {"name": "two squares", "train": 2, "test": 1, "fingerprint": "0" * 64},
        "network": {"factory": "descent_atlas.training.networks:mlp", "parameters": 6},
        "runs": [],
        "plane": None,
        "grid": None,
        "surfaces": [],
        "trajectories": [],
        "arrows": [],
        "results": {},
        "seeds": {"plane": 0},
        "versions": {"numpy": np.__version__},
        "key": "0" * 64,
        **changes,
    }


def numbers() -> dict[str, np.ndarray[Any, Any]]:
    return {
        "loss": np.array([[1.5, np.nan, np.inf], [-np.inf, 0.0, 1e-300]]),
        "step": np.arange(5, dtype=np.int64),
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_landscape(tmp_path, manifest(), numbers())


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_what_is_read_is_what_was_written_with_nan_and_infinity(folder: Path) -> None:
    landscape = read_landscape(folder)
    for name, array in numbers().items():
        np.testing.assert_array_equal(landscape.arrays[name], array)
        assert landscape.arrays[name].dtype == array.dtype
    assert landscape.manifest.schema_version == SCHEMA
    assert landscape.manifest.arrays["loss"] == {"dtype": "<f8", "shape": [2, 3]}
    assert manifest().items() <= read_fields(folder).items()


def test_equal_landscapes_are_equal_bytes(tmp_path: Path) -> None:
    first = write_landscape(tmp_path / "a", manifest(), numbers())
    second = write_landscape(tmp_path / "b", manifest(), numbers())
    for name in (ARRAYS, MANIFEST):
        assert (first / name).read_bytes() == (second / name).read_bytes()


DAMAGE: dict[str, tuple[Any, str]] = {
    "a truncated array": (
        lambda folder: (folder / ARRAYS).write_bytes((folder / ARRAYS).read_bytes()[:-7]),
        "SHA-256",
    ),
    "a flipped byte": (lambda folder: flip_a_byte(folder / ARRAYS), "SHA-256"),
    "a newer schema": (
        lambda folder: change_manifest(folder, schema=SCHEMA + 1),
        "newer than .* update",
    ),
    "no schema": (lambda folder: change_manifest(folder, schema="1"), "schema version"),
    "no arrays": (lambda folder: (folder / ARRAYS).unlink(), "arrays.npz is missing"),
    "no manifest": (lambda folder: (folder / MANIFEST).unlink(), "manifest.json is missing"),
    "a folder for a file": (
        lambda folder: ((folder / ARRAYS).unlink(), (folder / ARRAYS).mkdir()),
        "is not a regular file",
    ),
    "a truncated manifest": (
        lambda folder: (folder / MANIFEST).write_bytes((folder / MANIFEST).read_bytes()[:99]),
        "not JSON",
    ),
    "a manifest that was changed by hand": (
        lambda folder: (folder / MANIFEST).write_bytes(
            (folder / MANIFEST).read_bytes().replace(b"A bowl.", b"A bowl!")
        ),
        "seal is broken",
    ),
    "a manifest without its seal": (
        lambda folder: (folder / MANIFEST).write_text(json.dumps(read_fields(folder))),
        "has no seal",
    ),
    "a manifest that is no object": (
        lambda folder: (folder / MANIFEST).write_text("[1]"),
        "not a JSON object",
    ),
    "a NaN in the manifest": (
        lambda folder: (folder / MANIFEST).write_text('{"schema": NaN}'),
        "NaN is not a JSON number",
    ),
    "a missing field": (
        lambda folder: (folder / MANIFEST).write_text('{"schema": 1}'),
        'field "id" is missing',
    ),
    "a field of another type": (
        lambda folder: change_manifest(folder, runs={}),
        "runs: Input should be a valid list",
    ),
    "an unknown kind": (lambda folder: change_manifest(folder, kind="film"), "kind: .* 'table'"),
    "another's id": (lambda folder: change_manifest(folder, id="figure-2"), "belongs to"),
    "an id that is a path": (lambda folder: change_manifest(folder, id="../figure-1"), "id"),
    "arrays that it does not name": (
        lambda folder: change_manifest(folder, arrays={}),
        "does not hold the arrays",
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_landscape_is_named_and_another_can_be_read(name: str, folder: Path) -> None:
    damage, reason = DAMAGE[name]
    good = write_landscape(folder.parent, manifest(id="figure-2"), numbers())
    damage(folder)
    with pytest.raises(DamagedError, match=reason) as raised:
        read_landscape(folder)
    assert str(folder) in str(raised.value)
    assert read_landscape(good).manifest.id == "figure-2"


def test_a_manifest_of_the_first_schema_has_no_seal_and_is_read(folder: Path) -> None:
    (folder / MANIFEST).write_text(json.dumps({**read_fields(folder), "schema": 1}))
    assert read_landscape(folder).manifest.schema_version == 1


def test_a_folder_of_a_job_is_sealed_and_one_from_before_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "rows"
    write_folder(folder, {"key": "a"}, numbers())
    header, arrays = read_folder(folder)
    assert header["key"] == "a"
    np.testing.assert_array_equal(arrays["loss"], numbers()["loss"])
    older = {name: header[name] for name in ("key", "arrays", "sha256")}
    (folder / MANIFEST).write_text(json.dumps(older))
    assert read_folder(folder)[0] == older
    (folder / MANIFEST).write_bytes(seal({**header, "schema": SCHEMA + 1}))
    with pytest.raises(DamagedError, match="newer than"):
        read_folder(folder)


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (os.mkdir, (str(tmp_path / "sprung"),))

    folder = write_landscape(tmp_path, manifest(), {})
    np.savez(folder / ARRAYS, trap=np.array([Trap()], dtype=object))
    sha256 = hashlib.sha256((folder / ARRAYS).read_bytes()).hexdigest()
    for dtype, reason in (("|O", 'of "|O", not of numbers'), ("<f8", "type or shape differs")):
        change_manifest(folder, sha256=sha256, arrays={"trap": {"dtype": dtype, "shape": [1]}})
        with pytest.raises(DamagedError, match=re.escape(reason)):
            read_landscape(folder)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    "id", ["", ".", "..", "../x", "a/b", "a\\b", "/etc", ".hidden", "a..b", "A", "a b", "a\0", "é"]
)
def test_an_id_that_could_leave_the_directory_is_refused(id: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the id"):
        write_landscape(tmp_path / "root", manifest(id=id), {})
    assert not (tmp_path / "root").exists()


def test_an_id_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="100 characters"):
        write_landscape(tmp_path, manifest(id="a" * 101), {})


def test_a_manifest_never_holds_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON"):
        write_landscape(tmp_path, manifest(results={"energy": float("nan")}), numbers())
    assert not list(tmp_path.iterdir())


def test_arrays_are_of_numbers(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match='"names" of "<U1", not of numbers'):
        write_landscape(tmp_path, manifest(), {"names": np.array(["a"])})


def test_a_newer_landscape_takes_the_place_of_an_older_one(folder: Path) -> None:
    write_landscape(folder.parent, manifest(title="Again"), {})
    assert read_landscape(folder).manifest.title == "Again"
    assert [path.name for path in folder.parent.iterdir()] == ["figure-1"]


def test_a_full_disk_leaves_the_older_landscape(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="No space left"):
            write_landscape(folder.parent, manifest(title="Again"), numbers())
    assert read_landscape(folder).manifest.title == "Around the end"
    assert [path.name for path in folder.parent.iterdir()] == ["figure-1"]
    write_landscape(folder.parent, manifest(title="Again"), numbers())
    assert read_landscape(folder).manifest.title == "Again"


def test_a_rename_that_fails_leaves_the_older_landscape(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if target == folder and self.parent == folder.parent:
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fail)
        with pytest.raises(OSError, match="Input/output"):
            write_landscape(folder.parent, manifest(title="Again"), {})
    assert read_landscape(folder).manifest.title == "Around the end"


class Killed(BaseException):
    """What no handler expects: the process is gone."""


@pytest.mark.parametrize("call", range(8))
def test_a_kill_at_any_call_leaves_the_old_the_new_or_none_and_writing_again_recovers(
    call: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = iter(range(100))

    def guard(module: Any, name: str) -> None:
        real = getattr(module, name)

        def step(*arguments: Any, **keywords: Any) -> Any:
            if next(calls) >= call:
                raise Killed
            return real(*arguments, **keywords)

        patch.setattr(module, name, step)

    with monkeypatch.context() as patch:
        # A killed process removes nothing either.
        for module, name in ((os, "fsync"), (Path, "rename"), (shutil, "rmtree")):
            guard(module, name)
        with pytest.raises(Killed):
            write_landscape(folder.parent, manifest(title="Again"), numbers())
    for left in folder.parent.iterdir():
        if not left.name.startswith("."):
            assert read_landscape(left).manifest.title in ("Around the end", "Again")
    write_landscape(folder.parent, manifest(title="Again"), numbers())
    assert read_landscape(folder).manifest.title == "Again"
    assert [path.name for path in folder.parent.iterdir()] == ["figure-1"]
