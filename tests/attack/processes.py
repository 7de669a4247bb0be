"""Servers in processes of their own, with their resources, logs and exit status."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.servers import (
    PATIENCE_SECONDS,
    READY_SECONDS,
    hold_free_port,
    is_ready,
    wait_until,
)


@dataclass(frozen=True)
class WatchedServer:
    """A server in a process of its own."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)

    def count_descriptors(self) -> int:
        """Return the number of open file descriptors."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))  # noqa: PTH208  # never sorted

    def count_threads(self) -> int:
        """Return the number of threads."""
        return len(os.listdir(f"/proc/{self.process.pid}/task"))  # noqa: PTH208

    def measure_memory(self) -> int:
        """Return the resident memory in bytes."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def watch_server(prefix: Sequence[str] = (), **settings: str) -> Iterator[WatchedServer]:
    """Run a server on a free port until the context ends; yield it once it is ready.

    `prefix` is a command that runs the server's, `settings` are as `tests.servers` has them.
    """
    variables = {f"DESCENT_ATLAS_{name.upper()}": value for name, value in settings.items()}
    with hold_free_port() as port, TemporaryDirectory() as folder:
        url = f"http://127.0.0.1:{port}"
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*prefix, sys.executable, "-m", "descent_atlas.cli", "serve", "--port", str(port)],
                env={**os.environ, **variables},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until(lambda: process.poll() is not None or is_ready(url), READY_SECONDS)
            assert process.poll() is None, log.read_text()
            yield WatchedServer(url, process, log)
        finally:
            process.kill()
            process.wait()
