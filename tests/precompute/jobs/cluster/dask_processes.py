"""A Dask scheduler and workers as real processes, on loopback or in a network of their own."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.servers import PATIENCE_SECONDS, find_free_port, wait_until

ENDING_SECONDS = 40.0
"""Time in which a worker that has lost its scheduler ends: Dask gives its job 30 s."""


@dataclass
class DaskProcesses:
    """A scheduler at one address, and workers of one thread each.

    `under` is put before the scheduler's command. All have `variables` in their environment.
    """

    folder: Path
    protocol: str = "tcp"
    host: str = "127.0.0.1"
    under: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=find_free_port)
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """The scheduler's address."""
        return f"{self.protocol}://{self.host}:{self.port}"

    @property
    def running(self) -> list[subprocess.Popen[bytes]]:
        """The workers that have not ended."""
        return [worker for worker in self.workers if worker.poll() is None]

    def start_scheduler(self) -> None:
        """Start the scheduler, and wait until it listens."""
        listening = self.folder / "scheduler.json"
        listening.unlink(missing_ok=True)
        arguments = ["--protocol", self.protocol, "--host", self.host, "--port", str(self.port)]
        arguments += ["--no-dashboard", "--scheduler-file", str(listening)]
        process = self.scheduler = self._start("scheduler", arguments, self.under)
        wait_until(lambda: listening.exists() or process.poll() is not None, PATIENCE_SECONDS)
        assert process.poll() is None, self.read_log("scheduler")

    def start_worker(
        self, *options: str, under: Sequence[str] = (), **variables: str
    ) -> subprocess.Popen[bytes]:
        """Start a worker, `under` another command if need be."""
        arguments = [self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        arguments += ["--local-directory", str(self.folder), *options]
        worker = self._start("worker", arguments, under, variables)
        self.workers.append(worker)
        return worker

    def start_workers(self, count: int) -> None:
        """Start some workers."""
        for _ in range(count):
            self.start_worker()

    def read_log(self, kind: str) -> str:
        """Return what the scheduler, or all workers, have said."""
        return (self.folder / f"{kind}.log").read_text()

    def kill_scheduler(self) -> None:
        """Kill the scheduler, and wait for its workers, which end with it.

        A worker that was still starting would wait for another scheduler, and is killed.
        """
        assert self.scheduler is not None
        self.kill(self.scheduler)
        for worker in self.running:
            try:
                worker.wait(ENDING_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill(worker)

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill the scheduler or a worker, with all that it has started."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end(self) -> None:
        """Kill all processes, stopped ones too."""
        for process in filter(None, [self.scheduler, *self.workers]):
            self.kill(process)

    def _start(
        self,
        kind: str,
        arguments: Sequence[str],
        under: Sequence[str] = (),
        variables: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        with (self.folder / f"{kind}.log").open("ab") as log:
            return subprocess.Popen(
                [*under, sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments],
                env={**os.environ, **self.variables, **(variables or {})},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


@contextmanager
def run_dask(**options: Any) -> Iterator[DaskProcesses]:
    """Run a scheduler until the context ends; yield what starts workers.

    `options` are those of `DaskProcesses`.
    """
    with tempfile.TemporaryDirectory() as folder:
        processes = DaskProcesses(Path(folder), **options)
        try:
            processes.start_scheduler()
            yield processes
        finally:
            processes.end()
