"""`descent-atlas export-site` onto hostile folders: links, pipes, folders closed to writers."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from descent_atlas.static_site.site_folder import RECORD, write_site
from descent_atlas.storage.durable import write_document
from tests.attack.hostile_landscapes import answer_in_time
from tests.backend.landscapes.landscape_samples import make_landscape
from tests.backend.static_site.test_export_site import export, list_paths
from tests.confinement import WITHOUT_CAPABILITIES


@pytest.fixture
def landscapes(tmp_path: Path) -> Path:
    """A folder with one landscape, beside one that holds what somebody needs."""
    make_landscape("bowl").write(tmp_path / "landscapes")
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.tex").write_text("mine")
    return tmp_path / "landscapes"


def link_site(target: str) -> Callable[[Path], object]:
    """Return a function that makes a link in a site's place."""
    return lambda site: site.symlink_to(target)


def link_pipe(site: Path) -> None:
    """Make a link to a pipe without a writer."""
    os.mkfifo(site.with_name("pipe"))
    site.symlink_to("pipe")


def link_record(site: Path) -> None:
    """Make a folder whose record is a link to another one's."""
    write_site(site.with_name("other"), [("index.html", b"")])
    site.mkdir()
    (site / RECORD).symlink_to(site.with_name("other") / RECORD)
    (site / "index.html").write_text("mine")
    (site / "notes.txt").write_text("mine")


def pipe_record(site: Path) -> None:
    """Make a folder whose record is a pipe without a writer."""
    site.mkdir()
    os.mkfifo(site / RECORD)


def claim_others(site: Path) -> None:
    """Make a folder whose record names files outside of it, and not all of its own."""
    site.mkdir()
    named = ["../precious/thesis.tex", "/etc/passwd", "..", ""]
    write_document(site / RECORD, {"schema": 1, "files": named})
    (site / "notes.txt").write_text("mine")


def link_inside(site: Path) -> None:
    """Make an earlier export in which a link to a folder outside has a file's place."""
    write_site(site, [("index.html", b""), ("data", b"")])
    (site / "data").unlink()
    (site / "data").symlink_to(site.with_name("precious"))


PLACES: dict[str, tuple[Callable[[Path], object], int, str]] = {
    "a pipe": (os.mkfifo, 2, "is not a folder"),
    "a link to a pipe": (link_pipe, 2, "is not a folder"),
    "a device": (link_site("/dev/null"), 2, "is not a folder"),
    "a link to itself": (link_site("site"), 2, "site"),
    "a link to what is precious": (link_site("precious"), 2, "holds files that no export wrote"),
    "a link to the landscapes": (link_site("landscapes"), 2, "holds files that no export wrote"),
    "a link into the landscapes": (link_site("landscapes/site"), 2, "which holds the landscapes"),
    "a folder whose record is another's": (link_record, 2, "holds files that no export wrote"),
    "a folder whose record is a pipe": (pipe_record, 2, "holds files that no export wrote"),
    "a folder whose record names others' files": (claim_others, 2, "notes.txt"),
    "an export with a link outside": (link_inside, 0, ""),
    "a link to nothing yet": (link_site("later"), 0, ""),
}


@pytest.mark.parametrize("place", PLACES)
def test_an_export_harms_nothing_outside_of_its_folder(
    tmp_path: Path, landscapes: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put, status, said = PLACES[place]
    site = tmp_path / "site"
    put(site)
    before = list_paths(tmp_path / "landscapes")
    noted = has_notes(site)
    assert answer_in_time(lambda: [export(site, "--landscapes", landscapes)]) == [status]
    assert said in capsys.readouterr().err
    assert (tmp_path / "precious" / "thesis.tex").read_text() == "mine"
    assert list_paths(tmp_path / "landscapes") == before
    assert has_notes(site) is noted


def has_notes(site: Path) -> bool:
    """Tell whether somebody's notes are in a folder."""
    return site.is_dir() and (site / "notes.txt").exists()


@pytest.mark.parametrize("within", ["", "site", "bowl", "bowl/site"])
def test_a_site_among_the_landscapes_would_count_as_one(
    landscapes: Path, within: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = list_paths(landscapes)
    assert export(landscapes / within, "--landscapes", landscapes) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert list_paths(landscapes) == before


def test_an_exports_own_landscapes_can_be_exported_in_its_place(
    tmp_path: Path, landscapes: Path
) -> None:
    site = tmp_path / "site"
    assert export(site, "--landscapes", landscapes) == 0
    before = list_paths(site)
    assert export(site, "--landscapes", site / "data" / "landscapes") == 0
    assert list_paths(site) == before


@pytest.mark.parametrize("name", ["x" * 300, "precious/thesis.tex/site"])
def test_a_path_that_cannot_be_is_told_in_one_line(
    tmp_path: Path, landscapes: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = list_paths(tmp_path)
    assert export(tmp_path / name, "--landscapes", landscapes) == 1
    assert capsys.readouterr().err.startswith("Cannot write ")
    assert list_paths(tmp_path) == before


def test_a_name_may_hold_bytes_that_are_no_characters(
    tmp_path: Path, landscapes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(tmp_path / "\udcff", "--landscapes", landscapes) == 0
    assert capsys.readouterr().out.startswith(f"Wrote {tmp_path}/\\udcff: 1 landscape, ")


def test_what_a_killed_export_left_is_removed_without_following_its_links(
    tmp_path: Path, landscapes: Path
) -> None:
    left = tmp_path / ".site~abcdefgh"
    left.mkdir()
    (left / "link").symlink_to(tmp_path / "precious")
    other = tmp_path / ".site~ijklmnop"
    other.symlink_to(tmp_path / "precious")
    assert export(tmp_path / "site", "--landscapes", landscapes) == 0
    assert not left.exists()
    assert other.is_symlink()
    assert (tmp_path / "precious" / "thesis.tex").read_text() == "mine"


@pytest.mark.parametrize("earlier", [False, True])
def test_a_folder_that_may_not_be_written_is_told_in_one_line(
    tmp_path: Path, landscapes: Path, earlier: bool
) -> None:
    parent = tmp_path / "parent"
    site = parent / "site"
    if earlier:
        write_site(site, [("index.html", b"old")])
    parent.mkdir(exist_ok=True)
    parent.chmod(0o555)
    command = [*WITHOUT_CAPABILITIES, sys.executable, "-m", "descent_atlas.cli", "export-site"]
    ended = subprocess.run(
        [*command, site, "--landscapes", landscapes], capture_output=True, text=True, check=False
    )
    parent.chmod(0o755)
    assert ended.returncode == 1
    assert ended.stderr == f"Cannot write {site}: Permission denied.\n"
    assert [path.name for path in parent.iterdir()] == (["site"] if earlier else [])
