"""The command `descent-atlas export-site`: what it writes, replaces and refuses."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from descent_atlas import cli
from descent_atlas.static_site import site_folder
from descent_atlas.static_site.site_folder import NO_JEKYLL, RECORD, SiteFolderError, write_site
from descent_atlas.static_site.site_pages import CATALOG
from tests.backend.landscapes.landscape_samples import make_landscape

FILES = [("index.html", b"new"), ("data/one.json", b"{}")]


@pytest.fixture
def landscapes(tmp_path: Path) -> Path:
    """A folder with one landscape."""
    folder = tmp_path / "landscapes"
    make_landscape("bowl").write(folder)
    return folder


def export(*arguments: str | Path) -> int:
    """Run the command; return its exit status."""
    try:
        cli.main(["export-site", *map(str, arguments)])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def list_paths(folder: Path) -> set[str]:
    """Return the paths of all files in a folder, relative to it."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def test_a_site_is_written_and_its_size_is_told(
    tmp_path: Path, landscapes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = tmp_path / "new" / "site"
    assert export(site, "--landscapes", landscapes, "--title", " Minima  ") == 0
    out, err = capsys.readouterr()
    files = list_paths(site)
    size = sum((site / name).stat().st_size for name in files)
    assert out == (f"Wrote {site}: 1 landscape, {len(files)} files, {size / 1e6:.1f} MB.\n")
    assert err == ""
    assert {"index.html", "about.html", NO_JEKYLL, RECORD} <= files
    assert {f"data/landscapes/bowl/{n}.json" for n in ("landscape", "manifest")} <= files
    assert '<h1 id="gallery-title">Minima</h1>' in (site / "index.html").read_text()
    assert [path.name for path in site.parent.iterdir()] == ["site"]


def test_damaged_landscapes_are_reported_and_left_out(
    tmp_path: Path, landscapes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (landscapes / "broken").mkdir()
    assert export(tmp_path / "site", "--landscapes", landscapes) == 0
    out, err = capsys.readouterr()
    assert err == "Left out: broken/manifest.json is missing\n"
    assert ": 1 landscape, " in out


def test_a_folder_that_is_named_twice_counts_once(
    tmp_path: Path, landscapes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    make_landscape("valley").write(other)
    monkeypatch.chdir(landscapes)
    assert export(tmp_path / "site", "--landscapes", ".", landscapes, other) == 0
    catalog = json.loads((tmp_path / "site" / CATALOG).read_text())
    assert [row["id"] for row in catalog["landscapes"]] == ["bowl", "valley"]
    assert catalog["folders"] == ["landscapes", "other"]


@pytest.mark.parametrize("damaged", [False, True])
def test_nothing_is_written_without_landscapes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], damaged: bool
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    if damaged:
        (folder / "broken").mkdir()
    assert export(tmp_path / "site", "--landscapes", folder) == 1
    assert capsys.readouterr().err.endswith(
        f"There are no landscapes in {folder}; nothing was written.\n"
    )
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("title", ["", "  ", "two\nlines", "bell\a", "\udcff", "x" * 201])
def test_a_title_that_is_not_one_printable_line_is_refused(
    tmp_path: Path, landscapes: Path, capsys: pytest.CaptureFixture[str], title: str
) -> None:
    assert export(tmp_path / "site", "--landscapes", landscapes, "--title", title) == 2
    assert "--title: should be one line of 1 to 200 printable" in capsys.readouterr().err


def test_missing_folders_and_blank_names_are_refused(
    tmp_path: Path,
    landscapes: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert export("", "--landscapes", landscapes) == 2
    assert "argument DIR: should be a folder, for example site" in capsys.readouterr().err
    missing = tmp_path / "missing"
    assert export(tmp_path / "site", "--landscapes", landscapes, missing) == 2
    assert f"there is no folder {missing}" in capsys.readouterr().err
    monkeypatch.setenv("DESCENT_ATLAS_LANDSCAPES_FOLDER", str(missing))
    assert export(tmp_path / "site") == 2
    assert capsys.readouterr().err == f"There is no folder {missing}.\n"


def test_an_empty_folder_and_an_earlier_export_are_replaced_whole(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    write_site(site, [("index.html", b"old"), ("gone.html", b"")])
    size = write_site(site, FILES)
    assert list_paths(site) == {"index.html", "data/one.json", NO_JEKYLL, RECORD}
    assert (site / "index.html").read_bytes() == b"new"
    assert size.files == 4
    assert size.bytes == 5 + (site / RECORD).stat().st_size


@pytest.mark.parametrize("with_record", [False, True])
def test_a_folder_with_files_that_no_export_wrote_is_left_alone(
    tmp_path: Path, landscapes: Path, capsys: pytest.CaptureFixture[str], with_record: bool
) -> None:
    site = tmp_path / "site"
    if with_record:
        write_site(site, FILES)
    (site / ".git").mkdir(parents=True)
    for name in ("CNAME", "notes.txt", ".git/HEAD"):
        (site / name).write_text("mine")
    before = list_paths(site)
    assert export(site, "--landscapes", landscapes) == 2
    named = ".git/HEAD, CNAME, notes.txt" if with_record else ".git, CNAME, notes.txt"
    assert capsys.readouterr().err == (
        f"{site} holds files that no export wrote: {named}. Name a new or empty folder, or an "
        "earlier export.\n"
    )
    assert list_paths(site) == before


def test_a_damaged_record_protects_the_folder(tmp_path: Path) -> None:
    site = tmp_path / "site"
    write_site(site, FILES)
    record = site / RECORD
    record.write_text(record.read_text().replace("index", "other"))
    with pytest.raises(SiteFolderError, match="holds files that no export wrote"):
        write_site(site, FILES)


def test_links_are_not_followed_and_not_deleted(tmp_path: Path) -> None:
    site, other = tmp_path / "site", tmp_path / "other"
    write_site(site, FILES)
    other.mkdir()
    (site / "elsewhere").symlink_to(other)
    with pytest.raises(SiteFolderError, match=r"wrote: elsewhere\."):
        write_site(site, FILES)


def test_a_file_and_the_current_folder_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(SiteFolderError, match="is not a folder"):
        write_site(file, FILES)
    inside = tmp_path / "site" / "inside"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    for target in (inside, inside.parent):
        with pytest.raises(SiteFolderError, match="is the current folder or contains it"):
            write_site(target, FILES)


class KilledError(BaseException):
    """What ends an export as a kill would, which no code catches."""


@pytest.mark.parametrize("earlier", [False, True])
def test_a_killed_export_leaves_the_folder_as_it_was_and_the_next_one_removes_its_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, earlier: bool
) -> None:
    site = tmp_path / "site"
    if earlier:
        write_site(site, [("index.html", b"old")])

    def break_off() -> Iterator[tuple[str, bytes]]:
        yield FILES[0]
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)  # nobody tidies up after a kill
        with pytest.raises(KilledError):
            write_site(site, break_off())
    assert site.exists() is earlier
    if earlier:
        assert (site / "index.html").read_bytes() == b"old"
    (left,) = (path for path in tmp_path.iterdir() if path != site)
    assert left.name.startswith(".site~")
    assert not (left / RECORD).exists()
    own = tmp_path / ".site~mine"
    own.mkdir()
    write_site(site, FILES)
    assert {path.name for path in tmp_path.iterdir()} == {"site", ".site~mine"}


def test_a_failed_write_says_why_and_leaves_the_folder(
    tmp_path: Path,
    landscapes: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = tmp_path / "site"
    write_site(site, FILES)

    def fill_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(site_folder, "write_document", fill_disk)
    assert export(site, "--landscapes", landscapes) == 1
    assert capsys.readouterr().err == f"Cannot write {site}: No space left on device.\n"
    assert (site / "index.html").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir() if re.match(r"\.site~", path.name)] == []
