"""A Dask scheduler and workers as real processes on loopback."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers import PATIENCE_SECONDS, find_free_port, wait_until


@dataclass
class DaskProcesses:
    """A scheduler at one address, and workers of one thread each."""

    folder: Path
    port: int = field(default_factory=find_free_port)
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The scheduler's address."""
        return f"tcp://127.0.0.1:{self.port}"

    def start_scheduler(self) -> None:
        """Start the scheduler, and wait until it listens."""
        arguments = ["--host", "127.0.0.1", "--port", str(self.port), "--no-dashboard"]
        self.scheduler = self._start("scheduler", arguments)
        wait_until(self._listens, PATIENCE_SECONDS)

    def start_worker(
        self, *options: str, under: Sequence[str] = (), **variables: str
    ) -> subprocess.Popen[bytes]:
        """Start a worker, `under` another command if need be."""
        arguments = [self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        arguments += ["--local-directory", str(self.folder), *options]
        worker = self._start("worker", arguments, under, variables)
        self.workers.append(worker)
        return worker

    def end(self) -> None:
        """Kill all processes, stopped ones too."""
        for process in filter(None, [self.scheduler, *self.workers]):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _listens(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def _start(
        self,
        kind: str,
        arguments: Sequence[str],
        under: Sequence[str] = (),
        variables: dict[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        with (self.folder / f"{kind}.log").open("ab") as log:
            return subprocess.Popen(
                [*under, sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments],
                env={**os.environ, **(variables or {})},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


@contextmanager
def run_dask() -> Iterator[DaskProcesses]:
    """Run a scheduler until the context ends; yield what starts workers."""
    with tempfile.TemporaryDirectory() as folder:
        processes = DaskProcesses(Path(folder))
        try:
            processes.start_scheduler()
            yield processes
        finally:
            processes.end()
