"""Requests with long computations: concurrency, fairness, cancellation, leaks."""

import json
import signal
import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from tests.attack.processes import WatchedServer, watch_server
from tests.attack.wire import Answer, ask, connect, read_answer, read_to_end, write_request
from tests.backend.web.test_load import ENDLESS
from tests.servers import run_server

OBJECTIVE = {"id": "rosenbrock"}
WIDE = {"min": -2, "max": 2, "count": 501}
SLOW_STEPS: dict[str, Any] = {"id": "adam", "hyperparameters": {"lr": 1e-6}, "steps": 100_000}

HEAVY: dict[str, Any] = {
    "descents": {
        "objective": OBJECTIVE,
        "start": {"x": -1, "y": 1},
        "optimizers": [SLOW_STEPS] * 12,
    },
    "surfaces": {"objective": OBJECTIVE, "x": WIDE, "y": WIDE},
    "scripts": {"objective": OBJECTIVE, "start": {"x": -1, "y": 1}, "optimizer": SLOW_STEPS},
}
"""The most expensive valid request of each route."""

LIGHT: dict[str, Any] = {
    "descents": {**HEAVY["descents"], "optimizers": [{"id": "adam"}]},
    "surfaces": {**HEAVY["surfaces"], "x": {**WIDE, "count": 51}, "y": {**WIDE, "count": 51}},
    "points": {"objective": OBJECTIVE, "point": {"x": 1, "y": 1}},
}

HEALTH = write_request("GET", "/api/health")
CROWD = 60


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server that computes one heavy request at a time."""
    with run_server(heavy_requests="1", heavy_patience="2") as url:
        yield url


def post(url: str, route: str, body: object, *lines: str) -> Answer:
    return ask(url, write_body(route, body, *lines))


def write_body(route: str, body: object, *lines: str) -> bytes:
    """Return the bytes of a POST request with a JSON body."""
    content = json.dumps(body).encode()
    described = ("Content-Type: application/json", f"Content-Length: {len(content)}", *lines)
    return write_request("POST", f"/api/v1/{route}", *described) + content


@pytest.mark.parametrize("route", HEAVY)
def test_whoever_leaves_takes_no_turn(url: str, route: str) -> None:
    request = write_body(route, HEAVY[route])
    with ExitStack() as connections:
        for _ in range(CROWD):
            connections.enter_context(connect(url)).sendall(request)
    # If they were not cancelled, they would run far longer than a request waits in the queue.
    assert post(url, route, HEAVY[route]).status == 200


def test_light_requests_are_answered_beside_a_crowd_of_heavy_ones(url: str) -> None:
    request = write_body("descents", HEAVY["descents"])
    with ExitStack() as connections:
        waiting = [connections.enter_context(connect(url)) for _ in range(CROWD)]
        for connection in waiting:
            connection.sendall(request)
        for route, body in LIGHT.items():
            assert post(url, route, body).status == 200
        answers = [read_answer(connection) for connection in waiting]
    counts = Counter(answer.status for answer in answers)
    assert counts[200] > 0
    assert counts[200] + counts[503] == CROWD
    for answer in answers:
        if answer.status == 503:
            answer.check_problem(503)
            assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)]
)
def test_a_server_that_is_told_to_stop_says_so_to_everybody(number: signal.Signals) -> None:
    settings = {"max_basin_evaluations": str(10**12), "heavy_requests": "1"}
    with watch_server(**settings) as server, ExitStack() as connections:

        def begin(request: bytes) -> socket.socket:
            connection = connections.enter_context(connect(server.url))
            connection.sendall(request)
            return connection

        # So few starts that even a busy machine computes them fast.
        axis = {**ENDLESS["x"], "count": 31}
        long = {**ENDLESS, "x": axis, "y": axis}
        basins = begin(write_body("basins", long))
        rows = begin(write_body("basins", long, "Accept: application/x-ndjson"))
        assert rows.recv(12) == b"HTTP/1.1 200"
        descents = [begin(write_body("descents", HEAVY["descents"])) for _ in range(CROWD)]
        unfinished = begin(write_body("descents", HEAVY["descents"])[:-1])
        assert ask(server.url, HEALTH).status == 200  # all earlier connections are accepted
        began = time.monotonic()
        assert server.stop(number) == 0
        print(f"stopped after {time.monotonic() - began:.1f} s")
        for connection in (basins, unfinished):
            read_answer(connection).check_problem(503)
        # The last chunk before the terminating one, which is empty.
        last_row = read_to_end(rows).split(b"\r\n")[-4]
        assert json.loads(last_row)["problem"]["status"] == 503
        assert {read_answer(connection).status for connection in descents} <= {200, 503}
        log = server.log.read_text()
        assert "Traceback" not in log
        assert "ERROR" not in log


@pytest.mark.long
def test_200_basin_requests_at_once_are_computed_or_refused() -> None:
    axis = {"min": -2, "max": 2, "count": 101}
    body = {**ENDLESS, "x": axis, "y": axis, "optimizers": [{**SLOW_STEPS, "steps": 2000}]}
    with watch_server() as server, ThreadPoolExecutor(200) as executor:
        futures = [executor.submit(post, server.url, "basins", body) for _ in range(200)]
        times = []
        while not all(future.done() for future in futures):
            for route, light in LIGHT.items():
                began = time.monotonic()
                assert post(server.url, route, light).status == 200
                times.append(time.monotonic() - began)
        answers = [future.result() for future in futures]
        counts = Counter(answer.status for answer in answers)
        print(f"{dict(counts)}; light requests: {describe(times)}")
        assert counts[200] >= 1
        assert counts[503] >= 1
        assert counts[200] + counts[503] == 200
        assert all("retry-after" in answer.headers for answer in answers if answer.status == 503)
        assert "Traceback" not in server.log.read_text()


MIXED_SECONDS = 60.0

MEMORY_BYTES = 64 * 2**20
"""Allowed growth of the server: filled caches, and memory that Python does not return."""


@pytest.mark.long
def test_a_minute_of_mixed_load_leaves_nothing_behind() -> None:
    with watch_server() as server:
        load(server, 10.0)  # fills caches and pools
        before = measure(server)
        load(server, MIXED_SECONDS)
        after = measure(server)
        print(f"descriptors, threads, bytes: {before} before, {after} after")
        assert abs(after[0] - before[0]) <= 2
        assert abs(after[1] - before[1]) <= 2
        assert after[2] - before[2] <= MEMORY_BYTES
        assert "Traceback" not in server.log.read_text()


def measure(server: WatchedServer) -> tuple[int, int, int]:
    """Return the server's descriptors, threads and memory, once all connections are closed."""
    assert ask(server.url, HEALTH).status == 200
    time.sleep(12.0)  # longer than the timeouts
    return server.count_descriptors(), server.count_threads(), server.measure_memory()


def load(server: WatchedServer, seconds: float) -> None:
    """Send all kinds of requests at once, from clients that wait, leave, stall, or send garbage."""
    basins = {**ENDLESS, "optimizers": [{**SLOW_STEPS, "steps": 200}]}
    deadline = time.monotonic() + seconds
    statuses: Counter[int] = Counter()
    counting = threading.Lock()

    def repeat(act: Callable[[], Answer | None]) -> None:
        while time.monotonic() < deadline:
            answer = act()
            with counting:
                statuses[answer.status if answer is not None else 0] += 1

    def leave(request: bytes) -> None:
        with connect(server.url) as connection:
            connection.sendall(request)
            time.sleep(0.05)

    def get(path: str) -> Answer:
        return ask(server.url, write_request("GET", path))

    acts: list[Callable[[], Answer | None]] = [
        *(lambda r=r: post(server.url, r, LIGHT[r]) for r in LIGHT),
        *(lambda r=r: post(server.url, r, HEAVY[r]) for r in HEAVY),
        *(
            lambda p=p: get(p)
            for p in ("/", "/api/v1/landscapes", "/api/v1/claims", "/api/v1/optimizers")
        ),
        lambda: post(server.url, "basins", basins),
        lambda: leave(write_body("basins", ENDLESS)),
        lambda: leave(write_body("descents", HEAVY["descents"])),
        lambda: leave(HEALTH[:9]),
        lambda: ask(server.url, b"no HTTP at all\r\n\r\n"),
        lambda: post(server.url, "points", {"objective": None}),
    ]
    with ThreadPoolExecutor(len(acts)) as executor:
        for future in [executor.submit(repeat, act) for act in acts]:
            future.result()
    print(f"{dict(statuses)} in {seconds:g} s")
    assert set(statuses) <= {0, 200, 400, 422, 503}
    assert statuses[200] > 0


def describe(times: list[float]) -> str:
    """Return the median and the 99th percentile."""
    centiles = statistics.quantiles(times, n=100)
    return f"median {centiles[49] * 1e3:.0f} ms, p99 {centiles[98] * 1e3:.0f} ms"
