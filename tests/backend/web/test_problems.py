"""Problems for invalid input: field, fault and limit in one format."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.noise import MAX_BATCH_SIZE, MAX_SEED, MAX_STD
from descent_atlas.web.app import create_app
from descent_atlas.web.problems import MAX_ERRORS, MAX_NAME
from descent_atlas.web.settings import (
    MAX_BASIN_COUNT,
    MAX_BODY_BYTES,
    MAX_COORDINATE,
    MAX_OPTIMIZERS,
    MAX_STEPS,
    MAX_SURFACE_COUNT,
    Settings,
)

OBJECTIVE = {"id": "two-gaussian-bowl", "parameters": {"a": 2}}
AXIS = {"min": -2, "max": 2, "count": 5}
CHOICES = [
    {"id": "gd", "hyperparameters": {"lr": 0.01}, "steps": 5},
    {"id": "adam", "hyperparameters": {"lr": 0.01, "bias_correction": True}, "steps": 5},
]
NOISE = {"std": 1, "batch_size": 1, "seed": 0, "all": False}

GOOD: dict[str, dict[str, Any]] = {
    "surfaces": {"objective": OBJECTIVE, "x": {**AXIS}, "y": {**AXIS}, "dtype": "f8"},
    "points": {"objective": OBJECTIVE, "point": {"x": 1, "y": 1}},
    "descents": {
        "objective": OBJECTIVE,
        "start": {"x": 1, "y": 1},
        "optimizers": CHOICES,
        "noise": NOISE,
    },
    "basins": {
        "objective": OBJECTIVE,
        "x": {**AXIS},
        "y": {**AXIS},
        "optimizers": CHOICES,
        "noise": NOISE,
    },
}

NOT_NUMBERS: list[Any] = ["1", "", None, True, [], [1], {}, {"x": 1}]
NOT_FINITE = [float("nan"), float("inf"), -float("inf"), 1e400]
HUGE = [1e308, -1e308, 10**30, -(10**30), 10**400]

PYTHONS_WORDS = re.compile(r"\b(valid|validation|Input|List|Python|dict|str|int|float|bool)\b")
"""Words of Pydantic's messages that mean nothing to a client."""

Case = tuple[str, str, list[Any], Any]
"""Route, field, invalid values, and the limit in the response (None for any)."""


def list_cases() -> Iterator[Case]:
    numbers = {
        "surfaces": ["x.min", "x.max", "y.min", "y.max"],
        "points": ["point.x", "point.y"],
        "descents": ["start.x", "start.y", "noise.std", "optimizers.0.hyperparameters.lr"],
        "basins": ["x.min", "y.max", "noise.std", "optimizers.1.hyperparameters.lr"],
    }
    for route, fields in numbers.items():
        for field in [*fields, "objective.parameters.a"]:
            yield route, field, [*NOT_NUMBERS, *NOT_FINITE, *HUGE], None
    integers = {
        "surfaces": [("x.count", 2, MAX_SURFACE_COUNT), ("y.count", 2, MAX_SURFACE_COUNT)],
        "descents": [
            ("optimizers.0.steps", 1, MAX_STEPS),
            ("noise.batch_size", 1, MAX_BATCH_SIZE),
            ("noise.seed", 0, MAX_SEED),
        ],
        "basins": [("x.count", 2, MAX_BASIN_COUNT), ("y.count", 2, MAX_BASIN_COUNT)],
    }
    for route, limits in integers.items():
        for field, least, most in limits:
            yield route, field, [*NOT_NUMBERS, *NOT_FINITE, 3.5], None
            yield route, field, [least - 1, -(10**30)], least
            yield route, field, [most + 1, 10**30], most
    for field in ("start.x", "start.y"):
        yield "descents", field, [MAX_COORDINATE * 1.001, 1e308], MAX_COORDINATE
        yield "descents", field, [-MAX_COORDINATE * 1.001, -1e308], -MAX_COORDINATE
    yield "descents", "noise.std", [-1e-9, -1], 0
    yield "descents", "noise.std", [MAX_STD * 1.001], MAX_STD
    yield "surfaces", "x.max", [-2, -2.5], -2  # not above x.min
    yield "surfaces", "dtype", ["f2", "", None, 8], ["f8", "f4"]
    for field in ("noise.all", "optimizers.1.hyperparameters.bias_correction"):
        yield "descents", field, [0, 1, "true", None, [], {}], None
    for field in ("objective", "start", "noise", "optimizers.0", "objective.parameters"):
        yield "descents", field, [None, 1, "x", True, []], None
    yield "descents", "optimizers", [None, 1, "gd", True, {}], None
    yield "descents", "optimizers", [[]], 1
    yield "descents", "optimizers", [CHOICES * MAX_OPTIMIZERS], MAX_OPTIMIZERS
    unknown: list[Any] = ["", "GD", "x" * 1000, "\ud800", "\0", None, 1, True, ["gd"], {}]
    yield "descents", "objective.id", unknown, list(OBJECTIVES)
    yield "descents", "optimizers.1.id", unknown, list(OPTIMIZERS)


def put(body: dict[str, Any], field: str, value: Any) -> dict[str, Any]:
    """Return a copy of a body with another value at a dotted path."""
    changed = copy.deepcopy(body)
    *path, last = [int(step) if step.isdecimal() else step for step in field.split(".")]
    place: Any = changed
    for step in path:
        place = place[step]
    place[last] = value
    return changed


def refuse(client: TestClient, route: str, content: str | bytes) -> dict[str, Any]:
    """Post an invalid body, check the format of the response, and return it."""
    answer = client.post(
        f"/api/v1/{route}", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "errors"}
    assert (problem["type"], problem["status"]) == ("about:blank", 422)
    assert problem["errors"]
    for error in problem["errors"]:
        assert {"field", "message"} <= set(error) <= {"field", "message", "limit"}
        assert not PYTHONS_WORDS.search(error["message"]), error
        assert error["message"].startswith(("should ", "is ", "may ", "cannot ")), error
    first = problem["errors"][0]
    assert problem["detail"].startswith(f"{first['field']} {first['message']}")
    return problem


@pytest.mark.parametrize("route", GOOD)
def test_what_the_bad_requests_are_made_from_is_good(client: TestClient, route: str) -> None:
    assert client.post(f"/api/v1/{route}", json=GOOD[route]).status_code == 200


@pytest.mark.parametrize(
    ("route", "field", "values", "limit"),
    list(list_cases()),
    ids=[f"{route} {field} {limit}"[:60] for route, field, _, limit in list_cases()],
)
def test_a_bad_value_names_its_field_and_its_limit(
    client: TestClient, route: str, field: str, values: list[Any], limit: Any
) -> None:
    for value in values:
        problem = refuse(client, route, json.dumps(put(GOOD[route], field, value)))
        assert [error["field"] for error in problem["errors"]] == [field], value
        if limit is not None:
            assert problem["errors"][0]["limit"] == limit


@pytest.mark.parametrize("id", OBJECTIVES)
def test_parameters_are_taken_to_their_limits_and_no_farther(client: TestClient, id: str) -> None:
    for parameter in OBJECTIVES[id].parameters:
        span = parameter.maximum - parameter.minimum
        for value in (parameter.minimum, parameter.maximum):
            body = {**GOOD["surfaces"], "objective": {"id": id, "parameters": {}}}
            body["objective"]["parameters"][parameter.id] = value
            assert client.post("/api/v1/surfaces", json=body).status_code == 200
            outside = value + (span if value == parameter.maximum else -span) / 100
            body["objective"]["parameters"][parameter.id] = outside
            (error,) = refuse(client, "surfaces", json.dumps(body))["errors"]
            assert error["field"] == f"objective.parameters.{parameter.id}"
            assert error["limit"] == value


@pytest.mark.parametrize("id", OPTIMIZERS)
def test_hyperparameters_are_taken_to_their_limits_and_no_farther(
    client: TestClient, id: str
) -> None:
    for hyperparameter in OPTIMIZERS[id].hyperparameters:
        if hyperparameter.scale == "switch":
            continue
        span = hyperparameter.maximum - hyperparameter.minimum
        for value in (hyperparameter.minimum, hyperparameter.maximum):
            body = copy.deepcopy(GOOD["descents"])
            values = {hyperparameter.id: value}
            body["optimizers"] = [{"id": id, "hyperparameters": values, "steps": 3}]
            assert client.post("/api/v1/descents", json=body).status_code == 200
            values[hyperparameter.id] += span / 100 * (1 if value > hyperparameter.minimum else -1)
            (error,) = refuse(client, "descents", json.dumps(body))["errors"]
            assert error["field"] == f"optimizers.0.hyperparameters.{hyperparameter.id}"
            assert error["limit"] == value


@pytest.mark.parametrize("route", GOOD)
def test_an_unknown_field_is_refused_wherever_it_stands(client: TestClient, route: str) -> None:
    def list_objects(value: Any, path: str) -> list[str]:
        if isinstance(value, list):
            return [p for i, item in enumerate(value) for p in list_objects(item, f"{path}{i}.")]
        if isinstance(value, dict):
            inner = [p for key, item in value.items() for p in list_objects(item, f"{path}{key}.")]
            return [path, *inner]
        return []

    for path in list_objects(GOOD[route], ""):
        body = put(GOOD[route], f"{path}surprise", 1)
        (error,) = refuse(client, route, json.dumps(body))["errors"]
        assert error == {"field": f"{path}surprise", "message": "is not known"}


@pytest.mark.parametrize(
    ("route", "field"),
    [
        ("points", "objective"),
        ("points", "point"),
        ("points", "point.x"),
        ("surfaces", "objective"),
        ("surfaces", "objective.id"),
        ("surfaces", "x"),
        ("surfaces", "x.min"),
        ("surfaces", "y.count"),
        ("descents", "start"),
        ("descents", "start.y"),
        ("descents", "optimizers"),
        ("descents", "optimizers.1.id"),
    ],
)
def test_a_missing_field_is_named(client: TestClient, route: str, field: str) -> None:
    body = copy.deepcopy(GOOD[route])
    *path, last = [int(step) if step.isdecimal() else step for step in field.split(".")]
    place: Any = body
    for step in path:
        place = place[step]
    del place[last]
    (error,) = refuse(client, route, json.dumps(body))["errors"]
    assert error == {"field": field, "message": "is required"}


def test_every_fault_of_a_request_is_named_at_once(client: TestClient) -> None:
    body = put(put(GOOD["descents"], "start.x", "left"), "optimizers.1.steps", 0)
    errors = refuse(client, "descents", json.dumps(body))["errors"]
    assert [error["field"] for error in errors] == ["start.x", "optimizers.1.steps"]


@pytest.mark.parametrize("route", GOOD)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"objective"',
        b"NaN",
        b"not json",
        b"\xff\xfe\x00",
        b'{"objective": \xff}',
        b"[" * 30_000,
        b"1" * 10_000,
        b'{"objective": ' + b"1" * 10_000 + b"}",
    ],
    ids=lambda content: repr(content[:12]),
)
def test_what_is_no_request_at_all_is_refused(
    client: TestClient, route: str, content: bytes
) -> None:
    (error,) = refuse(client, route, content)["errors"]
    assert error["field"] == "body"


def test_json_that_does_not_say_that_it_is_json_is_refused(client: TestClient) -> None:
    # A form on a foreign page can send plain text without a CORS preflight.
    content = json.dumps(GOOD["descents"])
    for media_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = client.post(
            "/api/v1/descents", content=content, headers={"content-type": media_type}
        )
        assert answer.status_code == 415


def test_names_that_a_request_makes_up_are_repeated_only_in_part(client: TestClient) -> None:
    body = {**GOOD["descents"], **{f"{i}{'x' * 1000}": 1 for i in range(50)}}
    problem = refuse(client, "descents", json.dumps(body))
    assert len(problem["errors"]) == MAX_ERRORS
    for error in problem["errors"]:
        assert len(error["field"]) <= MAX_NAME + 10
    assert problem["detail"].endswith("; and 47 more.")


def test_a_name_that_is_not_unicode_is_refused_like_any_other(client: TestClient) -> None:
    for field in ("\ud800", "start.\ud800", "optimizers.0.hyperparameters.\ud800"):
        refuse(client, "descents", json.dumps(put(GOOD["descents"], field, 1)))


def test_a_body_beyond_the_limit_is_refused(client: TestClient) -> None:
    content = b" " * (MAX_BODY_BYTES - len(json.dumps(GOOD["descents"])))
    content += json.dumps(GOOD["descents"]).encode()
    headers = {"content-type": "application/json"}
    answer = client.post("/api/v1/descents", content=content, headers=headers)
    assert answer.status_code == 200
    for too_large in (content + b" ", iter([content, b" "])):  # with and without Content-Length
        answer = client.post("/api/v1/descents", content=too_large, headers=headers)
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"
        assert f"{MAX_BODY_BYTES:,}" in answer.json()["detail"]


def test_basins_that_cost_too_much_name_the_limit() -> None:
    app = create_app(Settings(max_basin_evaluations=250))
    with TestClient(app, base_url="http://localhost") as client:
        answer = client.post("/api/v1/basins", json=GOOD["basins"])  # 25 starts, 5 and 5 steps
        assert answer.status_code == 200
        body = put(GOOD["basins"], "optimizers.0.steps", 6)
        (error,) = refuse(client, "basins", json.dumps(body))["errors"]
    assert error["field"] == "optimizers"
    assert error["limit"] == 250
    assert "250" in error["message"]
    assert "275" in error["message"]
