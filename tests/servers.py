"""Real servers for tests and benchmarks."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import httpx2

PATIENCE_SECONDS = 300.0
"""How long a server may take to answer: a slow and busy machine needs minutes."""

READY_SECONDS = 1200.0
"""How long one may take to be ready: it compiles for minutes where the cache is empty."""

CLIENT = httpx2.Client(timeout=PATIENCE_SECONDS, limits=httpx2.Limits(max_keepalive_connections=0))
"""Asks servers, over a new connection each time: those of the tests come and go."""


class NotInTimeError(AssertionError):
    """What was waited for did not happen."""


@contextmanager
def run_server(
    module: str = "descent_atlas.cli", *, under: Sequence[str] = (), **settings: str
) -> Iterator[str]:
    """Run a server on a free port until the context ends; yield its base URL once it is ready.

    `module` takes the arguments of `descent_atlas.cli`. `under` is put before the command,
    for example to take away rights. `settings` are those of
    `web.settings.Settings`, as environment variables have them.
    """
    variables = {f"DESCENT_ATLAS_{name.upper()}": value for name, value in settings.items()}
    with hold_free_port() as port, tempfile.TemporaryFile("w+") as log:
        url = f"http://127.0.0.1:{port}"
        process = subprocess.Popen(
            [*under, sys.executable, "-m", module, "serve", "--port", str(port)],
            env={**os.environ, **variables},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until(lambda: process.poll() is not None or is_ready(url), READY_SECONDS)
            if process.poll() is not None:
                log.seek(0)
                raise AssertionError(f"The server ended: {log.read()}")
            yield url
        finally:
            process.terminate()
            process.wait()


@contextmanager
def hold_free_port() -> Iterator[int]:
    """Yield a port on which nothing listens, and which no other process is given meanwhile.

    A server may listen there all the same if it sets SO_REUSEADDR, as asyncio does.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def find_free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def is_ready(url: str) -> bool:
    """Tell whether a server answers and has everything compiled.

    Raises:
        AssertionError: if it cannot get ready, with its reason.
    """
    try:
        answer = CLIENT.get(f"{url}/api/health")
    except httpx2.ConnectError:
        return False
    health = answer.json()
    assert health["status"] != "failed", health["reason"]
    return answer.is_success


def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Return once a condition holds.

    Raises:
        NotInTimeError: if it does not hold within some seconds.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise NotInTimeError(f"It did not happen within {seconds:g} s")
        time.sleep(0.02)
