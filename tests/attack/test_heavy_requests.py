"""Requests with long computations: concurrency, fairness, cancellation, leaks."""

import itertools
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
from functools import partial

import pytest

from descent_atlas.web.app import create_app
from descent_atlas.web.middleware.prefix import API
from descent_atlas.web.settings import Settings
from tests.attack.load.expensive_requests import (
    HEAVY,
    LIGHT,
    PAGES,
    SETTINGS,
    SLOW_STEPS,
    list_expensive,
)
from tests.attack.processes import WatchedServer, watch_server
from tests.attack.wire import Answer, ask, connect, read_answer, read_to_end, write_request
from tests.backend.web.test_load import ENDLESS
from tests.servers import run_server

HEALTH = write_request("GET", "/api/health")
CROWD = 60

FIRST_ROUTES = ("descents", "surfaces", "scripts")
"""Those with which the default run is content: all others wait in the same queue."""

STORM = 200
"""Expensive requests at once."""

STORM_BYTES = 128 * 2**20
"""Allowed growth of the server in it: caches take most, as no two typed functions are equal."""

PACE = 0.05
"""Seconds between two light requests of one client."""


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


def test_the_attack_has_an_expensive_request_for_every_route_that_computes() -> None:
    paths = create_app(Settings()).openapi()["paths"]
    computing = {path.removeprefix(f"{API}/") for path, ways in paths.items() if "post" in ways}
    kinds = [*itertools.islice(list_expensive(), 50)]
    assert {one.route for one in kinds} == computing
    assert {one.route for one in kinds if one.kind.startswith("typed")} == computing
    assert set(LIGHT) <= computing


@pytest.mark.parametrize(
    "route",
    [
        route if route in FIRST_ROUTES else pytest.param(route, marks=pytest.mark.long)
        for route in HEAVY
        if route not in ("basins", "rate-curves")  # they have a queue of their own
    ],
)
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
def test_200_expensive_requests_of_all_kinds_at_once_leave_nobody_without_an_answer() -> None:
    expensive = list_expensive()
    kinds = {one.kind: one for one in itertools.islice(expensive, STORM)}
    with watch_server(**SETTINGS) as server:
        turns = itertools.count()
        assert len([*ask_steadily(server.url, lambda: next(turns) == 20)]) == 20
        for one in kinds.values():  # loads what is compiled, and fills caches
            assert post(server.url, one.route, one.body).status == 200, one.kind
        before = measure(server)
        crowd = [*itertools.islice(expensive, STORM)]
        with ThreadPoolExecutor(STORM) as executor:
            futures = [executor.submit(post, server.url, one.route, one.body) for one in crowd]
            times = [*ask_steadily(server.url, lambda: all(one.done() for one in futures))]
            answers = [future.result() for future in futures]
        counts: dict[str, Counter[int]] = {one.kind: Counter() for one in crowd}
        for one, answer in zip(crowd, answers, strict=True):
            counts[one.kind][answer.status] += 1
            if answer.status != 200:
                answer.check_problem(503)
                assert int(answer.headers["retry-after"]) > 0
        print("\n".join(f"{kind}: {dict(count)}" for kind, count in counts.items()))
        print(f"{len(times)} light requests: {describe(times)}")
        assert sum(count[200] for count in counts.values()) > 0
        for kind, one in kinds.items():  # whoever comes back later is served
            if not counts[kind][200]:
                assert post(server.url, one.route, one.body).status == 200, kind
        after = measure(server)
        check_that_nothing_is_left(server, before, after, growth=STORM_BYTES)


def ask_steadily(url: str, is_over: Callable[[], bool]) -> Iterator[float]:
    """Send light requests of all kinds at a steady pace until it is over; yield their times (s).

    A time counts from when the request was due, so that it tells of the wait behind the one before.
    """
    due = time.monotonic()
    acts = [
        *(partial(post, url, route, body) for route, body in LIGHT.items()),
        *(partial(ask, url, write_request("GET", page)) for page in PAGES),
    ]
    for act in itertools.cycle(acts):
        if is_over():
            return
        due += PACE
        time.sleep(max(0.0, due - time.monotonic()))
        assert act().status == 200
        yield time.monotonic() - due


MIXED_SECONDS = 60.0

COMPUTING = 6
"""Clients that ask for one expensive thing after another."""

MEMORY_BYTES = 32 * 2**20
"""Allowed growth of the server in another minute: memory that Python does not return."""


@pytest.mark.long
def test_another_minute_of_mixed_load_leaves_nothing_behind() -> None:
    with watch_server(**SETTINGS) as server:
        load(server, 2 * MIXED_SECONDS)  # fills caches and pools
        before = measure(server)
        load(server, MIXED_SECONDS)
        after = measure(server)
        check_that_nothing_is_left(server, before, after, growth=MEMORY_BYTES)


Resources = tuple[int, int, int]
"""A server's descriptors, threads and bytes of memory."""


def check_that_nothing_is_left(
    server: WatchedServer, before: Resources, after: Resources, *, growth: int
) -> None:
    """Check that a server holds no more than before, and that its log has no error."""
    print(f"descriptors, threads, bytes: {before} before, {after} after")
    assert after[0] - before[0] <= 2
    assert after[1] - before[1] <= 2
    assert after[2] - before[2] <= growth
    assert "Traceback" not in server.log.read_text()


def measure(server: WatchedServer) -> Resources:
    """Return the server's descriptors, threads and memory, once all connections are closed."""
    assert ask(server.url, HEALTH).status == 200
    time.sleep(12.0)  # longer than the timeouts
    # Threads that have been idle are ended when another one is needed.
    assert ask(server.url, write_request("GET", "/api/v1/optimizers")).status == 200
    return server.count_descriptors(), server.count_threads(), server.measure_memory()


def load(server: WatchedServer, seconds: float) -> None:
    """Send all kinds of requests at once, from clients that wait, leave, stall, or send garbage."""
    basins = {**ENDLESS, "optimizers": [{**SLOW_STEPS, "steps": 200}]}
    expensive = list_expensive()
    drawing = threading.Lock()
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

    def compute() -> Answer:
        with drawing:
            one = next(expensive)
        return post(server.url, one.route, one.body)

    acts: list[Callable[[], Answer | None]] = [
        *(partial(post, server.url, route, body) for route, body in LIGHT.items()),
        *[compute] * COMPUTING,
        *(partial(get, page) for page in PAGES),
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
