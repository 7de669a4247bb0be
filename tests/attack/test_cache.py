"""Attacks on the cache: damaged files, a full disk, missing permissions, concurrent processes."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import brotli
import numpy as np
import pytest

from descent_atlas.compilation.kernels import call_objective, compile_function, compile_objective
from descent_atlas.storage.cache import CACHE_VARIABLE, Cache
from descent_atlas.web.representations import Representation
from tests.confinement import MOUNT_PRIVATELY, WITHOUT_CAPABILITIES, may_mount
from tests.servers import CLIENT, run_server

CONTENT = b"content " * 1000

DESCENTS: dict[str, Any] = {
    "objective": {"id": "two-gaussian-bowl"},
    "start": {"x": 1, "y": 1},
    "optimizers": [{"id": "adam"}, {"id": "eve"}],
}

SCRIPT = "/vendor/plotly-4.1.1/plotly-cartesian.min.js"


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _truncate(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def _flip_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _flip_a_bit_of_the_hash(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[0] ^= 1
    file.write_bytes(content)


def _replace_by_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()
    (file / "file").touch()


def _replace_by_another(file: Path) -> None:
    Cache(file.parent).write("another", CONTENT)
    (file.parent / "another").replace(file)


def _replace_by_a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _replace_by_a_link_to_itself(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.name)


def _hide(file: Path) -> None:
    file.chmod(0)


DAMAGES = {
    "is emptied": _empty,
    "is truncated": _truncate,
    "has one bit flipped": _flip_a_bit,
    "has one bit of its hash flipped": _flip_a_bit_of_the_hash,
    "is replaced by a folder": _replace_by_a_folder,
    "is replaced by another": _replace_by_another,
    "is replaced by a pipe": _replace_by_a_pipe,
    "is replaced by a link to itself": _replace_by_a_link_to_itself,
}
"""Kinds of damage to a file that also affect root."""

Damage = Callable[[Path], None]

damaged = pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)


@damaged
def test_bytes_are_not_read_but_can_be_kept_anew_when_their_file(
    tmp_path: Path, damage: Damage
) -> None:
    cache = Cache(tmp_path)
    cache.write("name", CONTENT)
    assert cache.read("name") == CONTENT
    damage(tmp_path / "name")
    assert cache.read("name") is None
    cache.write("name", CONTENT)
    assert cache.read("name") == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["name"]
    assert cache.fault is None


@damaged
def test_a_script_is_compressed_anew_when_its_file(tmp_path: Path, damage: Damage) -> None:
    cache = Cache(tmp_path)
    for suffix, form in (("br", "as_brotli"), ("gz", "as_gzip")):
        sound = getattr(Representation(CONTENT, "text/plain", cache), form)
        (file,) = tmp_path.glob(f"*.{suffix}")
        damage(file)
        assert getattr(Representation(CONTENT, "text/plain", cache), form) == sound
        assert cache.read(file.name) == sound


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    """An empty cache for the code that the test compiles."""
    cache = Cache(tmp_path)
    monkeypatch.setattr("descent_atlas.compilation.code_cache.CACHE", cache)
    return cache


def double(x: float) -> float:
    return x + x


def ramp(x: float, y: float, p: object) -> tuple[float, float, float]:
    return x + y, 1.0, 1.0


@compile_function
def _call(address, p):  # type: ignore[no-untyped-def]  # for Numba
    return call_objective(address, 2.0, 3.0, p)


def write_what_cannot_be_loaded(file: Path) -> None:
    Cache(file.parent).write(file.name, b"no pickle")


@pytest.mark.parametrize(
    "damage",
    [*DAMAGES.values(), write_what_cannot_be_loaded],
    ids=[*DAMAGES, "is sound but cannot be loaded"],
)
def test_a_function_is_compiled_anew_when_its_file(
    cache: Cache, tmp_path: Path, damage: Damage
) -> None:
    assert compile_function(double)(21.0) == 42.0
    (file,) = tmp_path.iterdir()
    damage(file)
    for hits in (0, 1):
        function = compile_function(double)
        assert function(21.0) == 42.0
        assert sum(function.stats.cache_hits.values()) == hits
        assert list(tmp_path.iterdir()) == [file]
        assert cache.read(file.name)


@damaged
def test_an_objective_is_compiled_anew_when_its_file(
    cache: Cache, tmp_path: Path, damage: Damage
) -> None:
    p = np.zeros(0)
    _call(compile_objective(ramp).address, p)
    (file,) = tmp_path.glob("ramp-*")
    damage(file)
    for hits in (0, 1):
        objective = compile_objective(ramp)
        assert _call(objective.address, p) == (5.0, 1.0, 1.0)
        assert objective._machine_code.cache_hits == hits
        assert cache.read(file.name)


SMALL = """
import sys
from descent_atlas.storage.cache import CACHE
from descent_atlas.compilation.kernels import compile_function

def double(x):
    return x + x

for _ in range(2):
    function = compile_function(double)
    assert function(21.0) == 42.0
print(sum(function.stats.cache_hits.values()), CACHE.fault)
"""
"""Program that compiles a function twice and prints whether the second time was a cache hit."""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    file = tmp_path / "small.py"
    file.write_text(SMALL)
    return file


def run_small(
    small: Path, *confined: str, file_size: int | None = None, **variables: str
) -> tuple[str, str]:
    """Run the small program with its cache in the folder `cache`; return its stdout and stderr."""

    def limit() -> None:
        if file_size is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_size, file_size))

    run = subprocess.run(
        [*confined, sys.executable, small],
        env={**os.environ, CACHE_VARIABLE: str(small.parent / "cache"), **variables},
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=limit,
    )
    return run.stdout.strip(), run.stderr


def test_a_full_disk_is_told_once_and_leaves_nothing_behind(small: Path) -> None:
    folder = small.parent / "cache"
    folder.mkdir()
    fault = f"The cache {folder} cannot be written: "
    if may_mount():
        # The tmpfs, which only this command sees, has no room for the code.
        script = (
            f'mount -t tmpfs -o size=64k none "{folder}"; head -c 65536 /dev/zero > "{folder}/big"'
            f'; "$@"; ls -A "{folder}" >&2'
        )
        said, logged = run_small(small, *MOUNT_PRIVATELY, "sh", "-c", script, "sh")
        fault += "No space left on device"
        assert logged.splitlines()[1:] == ["big"]
    else:
        said, logged = run_small(small, file_size=4096)
        fault += "File too large"
        assert list(folder.iterdir()) == []
    assert said == f"0 {fault}"
    assert logged.splitlines()[0] == f"{fault}. The server works without it, but starts slowly."


def test_a_file_that_may_not_be_read_is_replaced(small: Path) -> None:
    assert run_small(small, *WITHOUT_CAPABILITIES) == ("1 None", "")
    (file,) = (small.parent / "cache").iterdir()
    _hide(file)
    said, logged = run_small(small, *WITHOUT_CAPABILITIES)
    assert said == "1 None"
    assert "cannot be read: Permission denied" in logged
    assert run_small(small, *WITHOUT_CAPABILITIES) == ("1 None", "")


def test_a_folder_that_may_not_be_written_is_read_in_place(small: Path) -> None:
    run_small(small)
    folder = small.parent / "cache"
    kept = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    folder.chmod(0o555)
    try:
        assert run_small(small, *WITHOUT_CAPABILITIES) == ("1 None", "")
        assert {file.name: file.stat().st_mtime_ns for file in folder.iterdir()} == kept
        # Code for another processor is not loaded and, in this test, not stored.
        said, logged = run_small(small, *WITHOUT_CAPABILITIES, NUMBA_CPU_NAME="generic")
        assert said == f"0 The cache {folder} cannot be written: Permission denied"
        assert logged.count("\n") == 1
    finally:
        folder.chmod(0o755)


def test_a_folder_that_cannot_be_made_is_done_without(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("no folder")
    cache = Cache(tmp_path / "cache")
    for _ in range(2):
        assert cache.read("name") is None
        cache.write("name", CONTENT)
    assert cache.fault is not None
    assert len(caplog.records) == 1


def test_what_is_kept_has_the_rights_that_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        Cache(tmp_path / "new" / "cache").write("name", CONTENT)
    finally:
        os.umask(before)
    assert (tmp_path / "new" / "cache").stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "new" / "cache" / "name").stat().st_mode & 0o777 == 0o640


def test_processes_share_a_folder(small: Path) -> None:
    variables = {**os.environ, CACHE_VARIABLE: str(small.parent / "cache")}
    processes = [subprocess.Popen([sys.executable, small], env=variables) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    (file,) = (small.parent / "cache").iterdir()
    assert Cache(file.parent).read(file.name)


COPY = """
import sys
from pathlib import Path
from descent_atlas.compilation import code_cache
from descent_atlas.storage import cache
from descent_atlas.web import page_files
from descent_atlas.web.page_files import Files
from descent_atlas.web.settings import Settings
from descent_atlas.web.warm_up import warm_up

class Copying(cache.Cache):
    def read(self, name):
        content = cache.CACHE.read(name)
        if content is not None:
            self.write(name, content)
        return content

    def write(self, name, content):
        cache.CACHE.write(name, content)
        super().write(name, content)

page_files.CACHE = code_cache.CACHE = Copying(Path(sys.argv[1]))
warm_up(Files(Settings().frontend_folder))
"""
"""Program that copies exactly the entries of the cache that a server reads."""


@pytest.fixture(scope="module")
def warmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with the entries of a server after its warm-up."""
    folder = tmp_path_factory.mktemp("warmed")
    subprocess.run([sys.executable, "-c", COPY, folder], check=True)
    return folder


@pytest.fixture
def folder(warmed: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of that cache."""
    folder = tmp_path / "cache"
    shutil.copytree(warmed, folder)
    yield folder
    shutil.rmtree(folder)


def check_server(folder: Path, *confined: str) -> None:
    """Start a server with a cache; check that it becomes ready and responds correctly."""
    with run_server(under=confined, cache_dir=str(folder)) as url:
        answer = CLIENT.post(f"{url}/api/v1/descents", json=DESCENTS)
        assert answer.status_code == 200
        assert len(answer.json()["descents"]) == len(DESCENTS["optimizers"])
        with CLIENT.stream("GET", url + SCRIPT, headers={"accept-encoding": "br"}) as answer:
            compressed = b"".join(answer.iter_raw())
    plain = Path(__file__).parent.parent.parent / f"frontend{SCRIPT}"
    assert brotli.decompress(compressed) == plain.read_bytes()


def check_files(folder: Path, warmed: Path) -> None:
    """Check that a folder has all files of another, and that its entries are undamaged.

    It may hold more: what a loop calls is compiled, and kept, only if the loop is.
    """
    assert {file.name for file in folder.iterdir()} >= {file.name for file in warmed.iterdir()}
    cache = Cache(folder)
    assert all(cache.read(file.name) for file in folder.iterdir())


@pytest.mark.slow
def test_a_server_mends_a_cache_in_which_every_kind_of_file_has_every_kind_of_damage(
    folder: Path, warmed: Path
) -> None:
    objectives = sorted(folder.glob("*_hessian-*.code"))  # they compile fast
    scripts = [*folder.glob("*.br"), *folder.glob("*.gz")]
    for files in (objectives, scripts):
        for file, damage in zip(files, [*DAMAGES.values(), _hide], strict=False):
            damage(file)
    check_server(folder, *WITHOUT_CAPABILITIES)
    check_files(folder, warmed)


# Each case compiles everything again: wrong bytes, a missing file, missing permissions.
@pytest.mark.long
@pytest.mark.parametrize(
    "damage",
    [DAMAGES["has one bit flipped"], DAMAGES["is replaced by a pipe"], _hide],
    ids=["has one bit flipped", "is replaced by a pipe", "may not be read"],
)
def test_a_server_mends_a_cache_in_which_every_file(
    folder: Path, warmed: Path, damage: Damage
) -> None:
    for file in list(folder.iterdir()):
        damage(file)
    check_server(folder, *WITHOUT_CAPABILITIES)
    check_files(folder, warmed)


@pytest.mark.long
def test_a_server_works_on_a_full_disk(tmp_path: Path) -> None:
    script = f'mount -t tmpfs -o size=64k none "{tmp_path}"; exec "$@"'
    full = (
        [*MOUNT_PRIVATELY, "sh", "-c", script, "sh"] if may_mount() else ["prlimit", "--fsize=9999"]
    )
    check_server(tmp_path, *full)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long
def test_a_server_works_where_there_can_be_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    check_server(tmp_path / "file" / "cache")
