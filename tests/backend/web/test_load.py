"""Server under load: refusals, light requests, cancellation."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx2
import pytest

from tests.servers import run_server, wait_until

AXIS = {"min": -2, "max": 2, "count": 101}

ENDLESS: dict[str, Any] = {
    "objective": {"id": "two-gaussian-bowl"},
    "x": AXIS,
    "y": AXIS,
    # 12 × 10⁹ steps, too small to converge: many minutes on any machine.
    "optimizers": [{"id": "gd", "hyperparameters": {"lr": 1e-6}, "steps": 100_000}] * 12,
}

SHORT: dict[str, Any] = {
    **ENDLESS,
    "x": {**AXIS, "count": 3},
    "y": {**AXIS, "count": 3},
    "optimizers": [{"id": "gd", "steps": 10}],
}

CLIENT = httpx2.Client(timeout=60, limits=httpx2.Limits(max_keepalive_connections=0))

AT_ONCE = {"accept": "application/json"}
IN_ROWS = {"accept": "application/x-ndjson"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server that computes one basin request at a time, without a limit on its cost."""
    settings = {"max_basin_evaluations": str(10**12), "basin_requests": "1"}
    with run_server(**settings, basin_patience="0.1") as url:
        yield url


@contextmanager
def compute_endlessly(url: str) -> Iterator[Iterator[str]]:
    """Keep the server busy with basins; on exit, close the connection.

    Yields the rows of the answer that follow the first. (They close the connection as well
    when they are dropped.)
    """
    with CLIENT.stream("POST", f"{url}/api/v1/basins", json=ENDLESS, headers=IN_ROWS) as answer:
        rows = answer.iter_lines()
        first = json.loads(next(rows))
        assert first["optimizer"] == "gd"
        assert 0 < first["progress"] < 1
        yield rows


def compute_shortly(url: str) -> httpx2.Response:
    return CLIENT.post(f"{url}/api/v1/basins", json=SHORT, headers=AT_ONCE)


def test_a_saturated_server_says_so_and_when_to_come_back(url: str) -> None:
    with compute_endlessly(url):
        for headers in (AT_ONCE, IN_ROWS):
            refusal = CLIENT.post(f"{url}/api/v1/basins", json=SHORT, headers=headers)
            assert refusal.status_code == 503
            assert int(refusal.headers["retry-after"]) > 0
            assert refusal.headers["content-type"] == "application/problem+json"
            assert refusal.json()["status"] == 503
    wait_until(lambda: compute_shortly(url).status_code == 200)


def test_light_requests_are_answered_while_basins_are_being_computed(url: str) -> None:
    with compute_endlessly(url):
        assert compute_shortly(url).status_code == 503
        assert CLIENT.get(f"{url}/api/health").json()["status"] == "ready"
        assert CLIENT.get(f"{url}/api/v1/optimizers").status_code == 200
        surface = {key: SHORT[key] for key in ("objective", "x", "y")}
        assert CLIENT.post(f"{url}/api/v1/surfaces", json=surface).status_code == 200
        descents = {
            "objective": SHORT["objective"],
            "start": {"x": 1, "y": 1},
            "optimizers": [{"id": "adam"}],
        }
        assert CLIENT.post(f"{url}/api/v1/descents", json=descents).status_code == 200
        assert compute_shortly(url).status_code == 503  # it is still busy
    wait_until(lambda: compute_shortly(url).status_code == 200)


def test_whoever_closes_the_connection_ends_the_computation(url: str) -> None:
    with compute_endlessly(url):
        assert compute_shortly(url).status_code == 503
    wait_until(lambda: compute_shortly(url).status_code == 200)


def test_whoever_gives_up_waiting_ends_the_computation(url: str) -> None:
    with pytest.raises(httpx2.ReadTimeout):
        CLIENT.post(f"{url}/api/v1/basins", json=ENDLESS, headers=AT_ONCE, timeout=0.5)
    wait_until(lambda: compute_shortly(url).status_code == 200)


def test_a_server_that_is_told_to_stop_does_not_finish_its_basins() -> None:
    with ExitStack() as connections:
        with run_server(max_basin_evaluations=str(10**12)) as url:
            rows = connections.enter_context(compute_endlessly(url))
        # The server stopped during the computation; the last row says so.
        *_, last = rows
        assert json.loads(last)["problem"]["status"] == 503
