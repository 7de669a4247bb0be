"""Folders of ten thousand landscapes: the catalog's time and size, a page of it, the memory."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import httpx2

from tests.backend.landscapes.many_landscapes import write_many
from tests.benchmarks.measuring import Goal, Measurement, Result
from tests.servers import run_server

COUNT = 10_000

REQUESTS = 7

PAUSE = 3.0
"""Seconds between two requests: each then comes with a scan of the folder."""

ACCEPTING = {"accept-encoding": "br"}

PAGE = "?plane=pca&offset=1200&limit=120"

OPENED, GRID = 200, (201, 201)
"""Landscapes that are opened one after another, and their grid: with what is made of them they take
more than twice as much as may be held."""

OPEN = """
import json
import resource
import sys
from pathlib import Path
from fastapi.testclient import TestClient
from descent_atlas.web.app import create_app
from descent_atlas.web.settings import Settings

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

app = create_app(Settings(landscapes_folder=(Path(sys.argv[1]),)))
client = TestClient(app, base_url="http://localhost", headers={"Accept-Encoding": "br"})
start = peak()
rows = client.get("/api/v1/landscapes").json()["landscapes"]
read = peak()
held = 0
for row in rows:
    client.get(f"/api/v1/landscapes/{row['id']}")
    held = max(held, app.state.landscapes.memory.total)
print(json.dumps({"start": start, "read": read, "opened": peak(), "held": held}))
"""
"""A server in a process of its own, without warm-up, in which all landscapes are opened."""


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
    """The memory that opening 200 landscapes of 201×201 points, one after another, adds."""
    with write_folder(OPENED, GRID) as root:
        found = [measure_once(root) for _ in range(2)]
    added = [run["opened"] - run["start"] for run in found]
    return Result(
        ours=Measurement.of(added, "bytes"),
        goal=Goal(relation="<", bound=0.6e9, unit="bytes"),
        note=f"contents in memory by the server's own estimate: {found[0]['held'] / 1e6:.0f} MB; "
        f"the catalog alone adds {(found[0]['read'] - found[0]['start']) / 1e6:.0f} MB",
    )


def measure_once(root: Path) -> dict[str, int]:
    """Open all landscapes in a process of its own; return the bytes that it held."""
    command = [sys.executable, "-c", OPEN, str(root)]
    ended = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, int] = json.loads(ended.stdout)
    return found


@contextmanager
def write_folder(count: int, grid: tuple[int, int] = (9, 11)) -> Iterator[Path]:
    """Write landscapes to a folder, which is removed at the end."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "landscapes"
        write_many(root, count, grid)
        yield root
