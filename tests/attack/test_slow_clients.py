"""Slow clients, and more connections than the limit."""

import asyncio
import logging
import os
import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from errno import EMFILE

import httpx2
import pytest

from descent_atlas.web.server import ErrorLog
from descent_atlas.web.settings import Settings
from tests.attack.processes import watch_server
from tests.attack.wire import (
    POINT,
    Answer,
    ask,
    connect,
    read_answer,
    read_to_end,
    write_post,
    write_request,
)
from tests.backend.web.test_load import AT_ONCE, ENDLESS, compute_endlessly
from tests.servers import CLIENT, run_server, wait_until

LIMIT_SECONDS = 1.0
"""Timeouts of the server in these tests: far longer than a normal client needs under load."""

CONNECTIONS = 30
"""Limit on the server's connections in these tests."""

HEALTH = write_request("GET", "/api/health")
POST = write_post("Content-Type: application/json", f"Content-Length: {len(POINT)}", body=b"")

FRONTEND = Settings().frontend_folder
LARGE = next((FRONTEND / "vendor").rglob("plotly-gl3d.min.js"))
"""The largest file that the server has: 1.7 MB."""

LARGE_COUNT = 12
"""So many requests for it that the responses exceed every socket buffer."""

SLOW_CLIENTS = 500


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server with short timeouts."""
    seconds = str(LIMIT_SECONDS)
    with run_server(
        head_seconds=seconds,
        body_seconds=seconds,
        reading_seconds=seconds,
        max_connections=str(CONNECTIONS),
        max_basin_evaluations=str(10**12),
    ) as url:
        yield url


def dribble(connection: socket.socket, request: bytes) -> None:
    """Send a request byte by byte, without completing it, until the server responds."""
    for value in request[:-1]:
        connection.sendall(bytes([value]))
        if select.select([connection], [], [], LIMIT_SECONDS / 10)[0]:
            return
    raise AssertionError("The server never lost its patience.")


def test_a_client_that_says_nothing_is_left_without_a_word(url: str) -> None:
    with connect(url) as connection:
        assert read_to_end(connection) == b""


@pytest.mark.parametrize("request_bytes", [HEALTH[:-2], POST + POINT[:-1]], ids=["head", "body"])
def test_a_client_that_stops_in_a_request_is_told_that_its_time_is_up(
    url: str, request_bytes: bytes
) -> None:
    with connect(url) as connection:
        connection.sendall(request_bytes)
        read_answer(connection).check_problem(408)
        assert connection.recv(1) == b""


@pytest.mark.parametrize(
    "before", [b"", pytest.param(POST, marks=pytest.mark.long)], ids=["head", "body"]
)
def test_a_client_that_sends_byte_by_byte_has_no_more_time(url: str, before: bytes) -> None:
    with connect(url) as connection:
        connection.sendall(before)
        dribble(connection, POINT if before else HEALTH)
        read_answer(connection).check_problem(408)


@pytest.mark.long
def test_a_second_request_has_no_more_time_than_the_first(url: str) -> None:
    with connect(url) as connection:
        connection.sendall(HEALTH)
        assert read_answer(connection).status == 200
        connection.sendall(HEALTH[:9])
        read_answer(connection).check_problem(408)


@pytest.mark.long
def test_a_body_that_nobody_needs_has_no_more_time(url: str) -> None:
    with connect(url) as connection:
        connection.sendall(POST.replace(b"/api/v1/points", b"/api/nothing"))
        read_answer(connection).check_problem(404)
        assert connection.recv(1) == b""


def ask_for_much(connection: socket.socket) -> int:
    """Pipeline requests for the large file; return the bytes of all responses together."""
    request = write_request("GET", f"/{LARGE.relative_to(FRONTEND).as_posix()}")
    last = write_request("GET", "/api/health", "Connection: close")
    connection.sendall(request * LARGE_COUNT + last)
    return LARGE_COUNT * LARGE.stat().st_size


def test_an_answer_that_nobody_reads_is_given_up(url: str) -> None:
    with connect(url) as connection:
        length = ask_for_much(connection)
        time.sleep(3 * LIMIT_SECONDS)
        received = 0
        try:
            while piece := connection.recv(65_536):
                received += len(piece)
        except ConnectionResetError:
            pass
    assert 0 < received < length


@pytest.mark.long
def test_an_answer_that_is_read_slowly_arrives_whole(url: str) -> None:
    with connect(url) as connection:
        length = ask_for_much(connection)
        began = time.monotonic()
        received = 0
        while piece := connection.recv(262_144):
            received += len(piece)
            time.sleep(LIMIT_SECONDS / 50)
        assert time.monotonic() - began > LIMIT_SECONDS
    assert received > length


@pytest.mark.long
def test_a_computation_may_take_longer_than_any_client(url: str) -> None:
    with pytest.raises(httpx2.ReadTimeout):  # and not a connection closed by the server
        CLIENT.post(
            f"{url}/api/v1/basins", json=ENDLESS, headers=AT_ONCE, timeout=3 * LIMIT_SECONDS
        )


@pytest.mark.long
def test_progress_may_be_told_for_longer_than_any_client_may_take(url: str) -> None:
    began = time.monotonic()
    with compute_endlessly(url) as rows:
        while time.monotonic() - began < 3 * LIMIT_SECONDS:
            assert "progress" in next(rows)


def test_beyond_the_limit_connections_are_refused_until_others_end(url: str) -> None:
    refusals: list[Answer] = []

    def is_refused() -> bool:
        with ExitStack() as connections:
            for _ in range(CONNECTIONS):
                connections.enter_context(connect(url)).sendall(HEALTH[:9])
            refusals.append(ask(url, HEALTH))
        return refusals[-1].status == 503

    # On a machine that pauses as long as a slow client may, the others' time is up before.
    wait_until(is_refused)
    refusals[-1].check_problem(503)
    assert int(refusals[-1].headers["retry-after"]) > 0
    wait_until(lambda: ask(url, HEALTH).status == 200)


def was_refused(connection: socket.socket) -> bool:
    """Tell whether there is the answer that the server is full."""
    if not select.select([connection], [], [], 0)[0]:
        return False
    return connection.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 503"


@pytest.mark.long
def test_a_server_that_may_open_few_files_stays_within_them() -> None:
    few = ("sh", "-c", 'ulimit -n 256; exec "$@"', "sh")
    with watch_server(few) as server, ExitStack() as connections:
        crowd = []
        for _ in range(400):
            crowd.append(connections.enter_context(connect(server.url)))
            crowd[-1].sendall(HEALTH[:9])
        wait_until(lambda: sum(map(was_refused, crowd)) > 200)
        assert server.count_descriptors() < 256
        ask(server.url, HEALTH).check_problem(503)
        connections.close()
        wait_until(lambda: ask(server.url, HEALTH).status == 200)
        log = server.log.read_text()
        assert "Traceback" not in log
        assert len(log) < 10_000


@pytest.mark.long
def test_a_server_raises_the_number_of_files_that_it_may_open() -> None:
    few = ("sh", "-c", 'ulimit -S -n 100; exec "$@"', "sh")
    with watch_server(few) as server, ExitStack() as connections:
        for _ in range(200):
            connections.enter_context(connect(server.url)).sendall(HEALTH[:9])
        assert ask(server.url, HEALTH).status == 200
        assert server.count_descriptors() > 200


def test_running_out_of_files_is_one_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    log = ErrorLog()
    loop = asyncio.new_event_loop()
    error = {"message": "accept", "exception": OSError(EMFILE, os.strerror(EMFILE))}
    with caplog.at_level(logging.ERROR):
        for _ in range(10_000):
            log(loop, error)
        assert [record.getMessage() for record in caplog.records] == [
            "No connection could be accepted: Too many open files"
        ]
        log(loop, {"message": "another", "exception": RuntimeError("a mistake")})
        assert caplog.records[-1].getMessage().startswith("another")
    loop.close()


@pytest.mark.long
def test_light_requests_are_answered_beside_500_slow_clients() -> None:
    with watch_server() as server, ExitStack() as connections:
        slow = [connections.enter_context(connect(server.url)) for _ in range(SLOW_CLIENTS)]
        for connection in slow:
            connection.sendall(POST[:9])
        times = []
        for value in POST[9:17]:
            for connection in slow:
                connection.sendall(bytes([value]))
            for _ in range(20):
                began = time.monotonic()
                assert ask(server.url, HEALTH).status == 200
                assert ask(server.url, POST + POINT).status == 200
                times.append((time.monotonic() - began) / 2)
        times.sort()
        print(f"median {times[80] * 1e3:.1f} ms, p99 {times[158] * 1e3:.1f} ms")
        assert server.count_descriptors() > SLOW_CLIENTS
        for connection in slow:
            read_answer(connection).check_problem(408)
        wait_until(lambda: server.count_descriptors() < 64)
        assert "Traceback" not in server.log.read_text()
