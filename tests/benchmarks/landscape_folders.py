"""Folders of ten thousand landscapes: the catalog's time and size, a page of it, the memory."""

import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2

from descent_atlas.landscapes.stored import HELD_BYTES
from tests.attack.processes import watch_server
from tests.backend.landscapes.many_landscapes import write_many
from tests.benchmarks.measuring import Goal, Measurement, Result, read_peak
from tests.servers import run_server

COUNT = 10_000

SMALL = (9, 11)
"""The grid of each of them."""

REQUESTS = 7

PAUSE = 3.0
"""Seconds between two requests: each then comes with a scan of the folder."""

ACCEPTING = {"accept-encoding": "br"}

PAGE = "?plane=pca&offset=1200&limit=120"

OPENED, GRID = 200, (201, 201)
"""Large landscapes that are opened one after another, and their grid: with what is made of them
they take more than twice as much as may be held."""

PER_LANDSCAPE = 20_000
"""Bytes that a landscape may take whose content is not in memory: its row, and the catalog's."""

BESIDE = 128 * 2**20
"""Bytes that a server may take beside: what is read, parsed and compressed for a request, and what
the allocator keeps."""


def time_catalog() -> Result:
    """GET /api/v1/landscapes of 10,000 landscapes, once all were read: a scan and the answer."""
    whole, _, note = time_requests()
    return Result(ours=whole, goal=Goal(relation="≤", bound=1.0, unit="s"), note=note)


def time_page() -> Result:
    """The same, of a page of 120 of those with principal planes."""
    _, page, note = time_requests()
    return Result(ours=page, goal=Goal(relation="≤", bound=1.0, unit="s"), note=note)


@cache
def time_requests() -> tuple[Measurement, Measurement, str]:
    """Return the seconds of both requests, and what a reader must know of them."""
    with write_folder(COUNT) as root:
        began = time.monotonic()
        with run_server(landscapes_folder=str(root)) as url, httpx2.Client(timeout=600) as client:
            catalog = f"{url}/api/v1/landscapes"
            body = client.get(catalog).raise_for_status().content
            first = time.monotonic() - began
            with client.stream("GET", catalog, headers=ACCEPTING) as answer:
                sent = len(b"".join(answer.iter_raw()))
            whole = Measurement.of(list(time_answers(client, catalog)))
            page = Measurement.of(list(time_answers(client, catalog + PAGE)))
    assert len(json.loads(body)["landscapes"]) == COUNT
    note = (
        f"{len(body) / 1e6:.1f} MB, as Brotli {sent / 1e6:.2f} MB; from the server's start to the "
        f"first catalog {first:.0f} s, in which all files are read and verified"
    )
    return whole, page, note


def time_answers(client: httpx2.Client, address: str) -> Iterator[float]:
    """Yield the seconds of requests, each with a scan."""
    for _ in range(REQUESTS):
        time.sleep(PAUSE)
        began = time.perf_counter()
        client.get(address, headers=ACCEPTING).raise_for_status()
        yield time.perf_counter() - began


def measure_memory() -> Result:
    """What a server takes more than without landscapes while 200 of 201×201 points are opened."""
    return measure_opened(OPENED, GRID)


def measure_memory_of_many() -> Result:
    """The same with 10,000 small landscapes, all of which are opened one after another."""
    return measure_opened(COUNT)


def measure_opened(count: int, grid: tuple[int, int] = SMALL) -> Result:
    """Return the most memory that a server takes for landscapes of which each is opened."""
    with TemporaryDirectory() as empty, watch_server(landscapes_folder=empty) as server:
        bare = server.measure_memory()
    with (
        write_folder(count, grid) as root,
        watch_server(landscapes_folder=str(root)) as server,
        httpx2.Client(base_url=f"{server.url}/api/v1/", timeout=600) as client,
    ):
        rows = client.get("landscapes", headers=ACCEPTING).raise_for_status().json()["landscapes"]
        read = server.measure_memory()
        for row in rows:
            client.get(f"landscapes/{row['id']}", headers=ACCEPTING).raise_for_status()
        added = read_peak(server.process.pid) - bare
        left = server.measure_memory()
    assert len(rows) == count
    return Result(
        ours=Measurement(unit="bytes", median=added, low=added, high=added, count=1),
        goal=Goal(relation="≤", bound=bound_memory(count), unit="bytes"),
        note=f"without landscapes {bare / 1e6:.0f} MB; {(read - bare) / 1e6:.0f} MB more with the "
        f"catalog, {(left - bare) / 1e6:.0f} MB more in the end",
    )


def bound_memory(count: int) -> float:
    """Return the bytes that so many landscapes may take, in whole tens of megabytes."""
    return math.ceil((HELD_BYTES + PER_LANDSCAPE * count + BESIDE) / 1e7) * 1e7


@contextmanager
def write_folder(count: int, grid: tuple[int, int] = SMALL) -> Iterator[Path]:
    """Write landscapes to a folder, which is removed at the end."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "landscapes"
        write_many(root, count, grid)
        yield root
