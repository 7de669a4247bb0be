"""The server: how many descents it computes, and how soon after its start."""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

import httpx2

from tests.backend.landscapes.landscape_samples import make_landscape
from tests.benchmarks.measuring import Goal, Measurement, Result, interleave
from tests.benchmarks.server import ENCODING, LANDSCAPE, REQUEST
from tests.servers import CLIENT, find_free_port, run_server, wait_until

CONNECTIONS = 8
REQUESTS = 400
"""Requests of one sample, over all connections."""

ENSEMBLES = 21

STARTS = 5


def compare_with_constant() -> Result:
    """POST /api/v1/descents (5 optimizers × 500 steps), as a multiple of the peer's requests/s."""
    with run_server("tests.benchmarks.server") as url:
        ours, peer = (
            Measurement.of(samples, "requests/s")
            for samples in interleave(
                9,
                count_requests(url, "POST", "/api/v1/descents", body=REQUEST),
                count_requests(url, "POST", "/api/v1/constant", body=REQUEST),
            )
        )
    return Result(
        ours=ours,
        peer_name="constant",
        peer=peer,
        ratio=ours.median / peer.median,
        goal=Goal(relation="≥", bound=0.5),
        note="the peer is a synchronous endpoint of the same server that validates the same "
        "request and returns a constant body of the same size; "
        f"{CONNECTIONS} connections from another process",
    )


def compare_landscape_with_constant() -> Result:
    """GET /api/v1/landscapes/{id} (51×51, 2 surfaces, 3 runs), as a multiple of the peer."""
    with tempfile.TemporaryDirectory() as root:
        make_landscape(LANDSCAPE, grid=(51, 51), points=400).write(Path(root))
        with run_server("tests.benchmarks.server", landscapes_folder=root) as url:
            ours, peer = (
                Measurement.of(samples, "requests/s")
                for samples in interleave(
                    9,
                    count_requests(url, "GET", f"/api/v1/landscapes/{LANDSCAPE}", ENCODING),
                    count_requests(url, "GET", "/api/v1/constant", ENCODING),
                )
            )
    return Result(
        ours=ours,
        peer_name="constant",
        peer=peer,
        ratio=ours.median / peer.median,
        goal=Goal(relation="≥", bound=0.5),
        note="the peer is an asynchronous endpoint of the same server that returns a constant body "
        f"of the same size with the same headers; {CONNECTIONS} connections from another process, "
        "Brotli accepted",
    )


def time_ensemble() -> Result:
    """POST /api/v1/ensembles (200 seeds × 1,000 steps of SGD), sent and read whole."""
    body = {
        **{name: REQUEST[name] for name in ("objective", "start", "noise")},
        "optimizer": {"id": "sgd", "hyperparameters": {"lr": 0.01}, "steps": 1000},
        "seeds": 200,
    }
    seconds = []
    with run_server() as url, httpx2.Client() as client:
        for _ in range(ENSEMBLES):
            began = time.perf_counter()
            answer = client.post(f"{url}/api/v1/ensembles", json=body).raise_for_status()
            seconds.append(time.perf_counter() - began)
    return Result(
        ours=Measurement.of(seconds),
        goal=Goal(relation="≤", bound=0.1, unit="s"),
        note=f"the answer has {len(answer.content) / 1e3:.0f} kB; of 150 ms until the cloud is on "
        "the screen, 50 are the page's",
    )


def count_requests(
    url: str,
    method: str,
    path: str,
    headers: Mapping[str, str] = MappingProxyType({}),
    *,
    body: object = None,
) -> Callable[[], float]:
    """Return a function that loads a route and returns the requests it answered in a second."""
    address = urlsplit(url)
    content = "" if body is None else json.dumps(body)
    headers = {"Host": address.netloc, **headers}
    if body is not None:
        headers["Content-Type"] = "application/json"
        headers["Content-Length"] = str(len(content))
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    request = "\r\n".join([*lines, "", content]).encode()

    async def work(remaining: list[None]) -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=2**20)
        while remaining:
            remaining.pop()
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert head.startswith(b"http/1.1 200 "), head
            length = head.partition(b"content-length:")[2].split(b"\r\n")[0]
            await reader.readexactly(int(length))
        writer.close()
        await writer.wait_closed()

    async def load() -> None:
        remaining = [None] * REQUESTS
        await asyncio.gather(*(work(remaining) for _ in range(CONNECTIONS)))

    def measure() -> float:
        began = time.perf_counter()
        asyncio.run(load())
        return REQUESTS / (time.perf_counter() - began)

    return measure


def time_start() -> Result:
    """`descent-atlas serve`, from the start of the process to an answer of /api/health."""
    return Result(
        ours=Measurement.of([health for health, _ in start_servers()]),
        goal=Goal(relation="≤", bound=2.0, unit="s"),
    )


def time_first_click() -> Result:
    """The first POST /api/v1/descents of a server, sent as soon as /api/health answers."""
    return Result(
        ours=Measurement.of([click for _, click in start_servers()]),
        goal=Goal(relation="≤", bound=1.0, unit="s"),
        note="compiled code is on disk, and the server still loads it while it answers",
    )


@cache
def start_servers() -> list[tuple[float, float]]:
    """Start servers one after another; return how long each took to answer, and to compute."""
    command = Path(sys.executable).with_name("descent-atlas")
    subprocess.run([command, "warm"], check=True, stdout=subprocess.DEVNULL)
    times = []
    for _ in range(STARTS):
        port = find_free_port()
        url = f"http://127.0.0.1:{port}"
        began = time.perf_counter()
        process = subprocess.Popen(
            [command, "serve", "--port", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(partial(answers, url))
            answered = time.perf_counter()
            CLIENT.post(f"{url}/api/v1/descents", json=REQUEST).raise_for_status()
            times.append((answered - began, time.perf_counter() - answered))
        finally:
            process.terminate()
            process.wait()
    return times


def answers(url: str) -> bool:
    """Tell whether a server answers at all."""
    try:
        CLIENT.get(f"{url}/api/health")
    except httpx2.ConnectError:
        return False
    return True  # be it with 503: it still loads what is compiled
