"""Landscapes with a pipe, a socket, a link or a folder instead of a file."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from descent_atlas.landscapes.format import read_landscape
from descent_atlas.storage.array_folder import ARRAYS, MANIFEST
from tests.attack.hostile_landscapes import (
    BASE,
    answer_in_time,
    check_that_others_are_served,
    connect,
    read_strictly,
)
from tests.backend.landscapes.manifest_edits import change_manifest
from tests.backend.landscapes.study_samples import write_study


def make_socket(path: Path) -> None:
    """Replace a file by a socket."""
    path.unlink()
    with socket.socket(socket.AF_UNIX) as unheard:
        there = Path.cwd()
        os.chdir(path.parent)  # a socket's path has at most 108 bytes
        try:
            unheard.bind(path.name)
        finally:
            os.chdir(there)


def make_link(path: Path, target: Path | str) -> None:
    """Replace a file by a symbolic link."""
    path.unlink()
    path.symlink_to(target)


def make_pipe(path: Path) -> None:
    """Replace a file by a named pipe without a writer."""
    path.unlink()
    os.mkfifo(path)


def make_linked_pipe(path: Path) -> None:
    """Replace a file by a symbolic link to a named pipe."""
    os.mkfifo(path.with_name("pipe"))
    make_link(path, "pipe")


def make_folder(path: Path) -> None:
    """Replace a file by a folder."""
    path.unlink()
    path.mkdir()


def make_sparse(path: Path) -> None:
    """Replace a file by a sparse file of 8 GB."""
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
    if os.access(hostile / name, os.R_OK):  # root can read everything
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
