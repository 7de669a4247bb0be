"""A small study with its images, and the command, in this process or in one of its own."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from descent_atlas import precompute_cli as cli
from descent_atlas.output.surface_parts import FROM
from descent_atlas.storage.durable import hash_file
from descent_atlas.study.folder import open_dataset
from descent_atlas.training.run_manifest import SECONDS
from tests.precompute.small_studies import STUDY, write_images

OUT = "out"


class Inline(Executor):
    """An executor that runs each task in this process, within `submit`."""

    def submit(
        self, function: Callable[..., Any], /, *arguments: Any, **options: Any
    ) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*arguments, **options))
        except Exception as error:
            future.set_exception(error)
        return future


def make_study(folder: Path, epochs: int) -> None:
    """Write a study of three runs, and its images."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_text(STUDY.replace("epochs = 2", f"epochs = {epochs}"))
    write_images(folder / "data")


def list_arguments(folder: Path, word: str, out: str = OUT) -> list[str]:
    """Return the arguments of a command on a study's folder."""
    if word == "check":
        return [word, str(folder / out)]
    arguments = [word, str(folder / "study.toml"), "--out", str(folder / out)]
    return [*arguments, "--data", str(folder / "data")] if word == "run" else arguments


def run_command(arguments: list[str]) -> int:
    """Run the command and its jobs in this process; return its exit code.

    Any other exception would be a traceback on a user's terminal, and fails the test.
    """
    open_dataset.cache_clear()  # as in a process of its own
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli, "open_pool", lambda workers, lock, device: (Inline(), None))
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


@contextlib.contextmanager
def start(arguments: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Start the command with one worker as the leader of a process group; end it on leaving."""
    process = subprocess.Popen(
        [sys.executable, "-m", "descent_atlas.precompute_cli", *arguments, "--workers", "1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None or list_workers(process.pid):
                os.killpg(process.pid, signal.SIGKILL)


def list_workers(group: int) -> list[int]:
    """Return the process ids of the running workers in a command's process group."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            words = (folder / "cmdline").read_bytes()
        except OSError:  # it has just ended
            continue
        if int(fields[2]) == group and fields[0] != "Z" and b"spawn_main" in words:
            found.append(int(folder.name))
    return found


def hash_results(out: Path) -> dict[str, str]:
    """Return the SHA-256 of each result file, except those with a run's wall time."""
    return {
        str(path.relative_to(out)): hash_file(path)
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.name not in (SECONDS, cli.LOCK, cli.WRITERS)
    }


def hash_outcomes(out: Path) -> dict[str, str]:
    """Return the same without the parts of surfaces.

    Where a part ends depends on the time that points took; the surfaces that are assembled from
    them do not.
    """
    return {name: sha256 for name, sha256 in hash_results(out).items() if f"-{FROM}-" not in name}
