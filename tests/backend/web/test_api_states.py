"""Route of optimizers' states."""

import json
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.web.settings import (
    MAX_OPTIMIZERS,
    MAX_STATES,
    MAX_STATES_IN_ALL,
    MAX_STEPS,
)
from tests.backend.web.arrays import decode

BODY: dict[str, Any] = {
    "objective": {"id": "himmelblau"},
    "start": {"x": 0.5, "y": -1.0},
    "noise": {"std": 0.5, "seed": 7, "all": True},
}


def post(client: TestClient, path: str, body: dict[str, Any]) -> Any:
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text, parse_constant=pytest.fail)  # NaN and infinity


def choose(id: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "steps": 50, **more}


@pytest.mark.parametrize("id", OPTIMIZERS)
def test_states_are_those_of_the_descent_that_the_same_request_gives(
    client: TestClient, id: str
) -> None:
    body = {**BODY, "optimizers": [choose(id)]}
    (descent,) = post(client, "/api/v1/descents", body)["descents"]
    (states,) = post(client, "/api/v1/states", {**body, "count": 50})["states"]
    assert states["optimizer"] == id
    assert decode(states["step"]).tolist() == list(range(1, descent["steps"] + 1))
    *_, theta = states["vectors"]
    assert theta["id"] == "theta"
    for axis in ("x", "y"):
        path = decode(descent[axis])
        assert (decode(theta[axis]) == path[1:]).all()
        begins = states["moves"][-1]["at"] or states["seen_at"]
        assert (decode(begins[axis]) == path[:-1]).all()


def test_each_quantity_is_named_in_the_symbols_of_the_paper(client: TestClient) -> None:
    body = {**BODY, "optimizers": [choose("adam"), choose("momentum"), choose("gd")]}
    adam, momentum, gd = post(client, "/api/v1/states", body)["states"]
    assert [one["text"] for one in adam["vectors"]] == ["g", "m", "v", "m̂", "v̂", "θ"]
    assert [one["text"] for one in adam["scalars"]] == ["η"]
    m_hat = adam["vectors"][3]
    assert m_hat["symbol"]["latex"] == r"\hat{m}"
    assert m_hat["symbol"]["mathml"].startswith("<math")
    assert m_hat["description"] == "m corrected for having started at zero."
    assert [one["kind"] for one in momentum["moves"]] == ["gradient", "velocity", "step"]
    assert [one["kind"] for one in gd["moves"]] == ["gradient", "step"]
    # In Adam's first step m̂ is the gradient itself.
    g = adam["vectors"][0]
    assert decode(m_hat["x"]) == pytest.approx(decode(g["x"]), rel=1e-12)


def test_two_variants_of_one_optimizer_have_states_of_their_own(client: TestClient) -> None:
    slow, fast = (choose("gd", hyperparameters={"lr": lr}) for lr in (0.01, 0.02))
    one, other = post(client, "/api/v1/states", {**BODY, "optimizers": [slow, fast]})["states"]
    assert decode(one["scalars"][0]["numbers"]).tolist() == [0.01]
    assert decode(other["scalars"][0]["numbers"]).tolist() == [0.02]


def test_steps_after_the_end_have_no_states(client: TestClient) -> None:
    body = {**BODY, "optimizers": [choose("adam"), choose("adam", steps=10)], "first": 10}
    long, short = post(client, "/api/v1/states", {**body, "count": 4})["states"]
    assert decode(long["step"]).tolist() == [10, 11, 12, 13]
    assert decode(short["step"]).tolist() == [10]
    body = {**body, "first": 60}
    for states in post(client, "/api/v1/states", body)["states"]:
        assert decode(states["step"]).size == 0
        assert all(decode(one["x"]).size == 0 for one in states["vectors"])


def test_a_diverging_step_may_have_a_state_that_is_not_finite(client: TestClient) -> None:
    body = {**BODY, "optimizers": [choose("gd", hyperparameters={"lr": 10.0})]}
    (descent,) = post(client, "/api/v1/descents", body)["descents"]
    (states,) = post(client, "/api/v1/states", {**body, "count": 50})["states"]
    assert descent["status"] == "diverged"
    assert decode(states["step"])[-1] == descent["steps"]


def test_a_typed_function_has_states_too(client: TestClient) -> None:
    body = {**BODY, "objective": {"expression": "x^2 + 2*y^2"}, "noise": {"std": 0}}
    body |= {"optimizers": [choose("gd", hyperparameters={"lr": 0.1})]}
    (states,) = post(client, "/api/v1/states", body)["states"]
    (g, _) = states["vectors"]
    np.testing.assert_allclose([decode(g["x"])[0], decode(g["y"])[0]], [1.0, -4.0])


@pytest.mark.parametrize(
    ("values", "field", "limit"),
    [
        ({"first": 0}, "first", 1),
        ({"first": MAX_STEPS + 1}, "first", MAX_STEPS),
        ({"count": 0}, "count", 1),
        ({"count": MAX_STATES + 1}, "count", MAX_STATES),
        (
            {"optimizers": [choose("gd")] * MAX_OPTIMIZERS, "count": MAX_STATES},
            "count",
            MAX_STATES_IN_ALL // MAX_OPTIMIZERS,
        ),
    ],
)
def test_a_range_beyond_its_limits_is_refused_by_name(
    client: TestClient, values: dict[str, Any], field: str, limit: int
) -> None:
    answer = client.post("/api/v1/states", json={**BODY, "optimizers": [choose("gd")], **values})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"], error["limit"]) == (field, limit)


def test_many_states_wait_for_a_turn_and_are_the_same(client: TestClient) -> None:
    adam = choose("adam", steps=3000)
    many = {**BODY, "optimizers": [adam] * 3, "first": 900, "count": MAX_STATES}
    few = {**BODY, "optimizers": [adam], "first": 900, "count": 3}
    *_, last = post(client, "/api/v1/states", many)["states"]
    (only,) = post(client, "/api/v1/states", few)["states"]
    for one, other in zip(only["vectors"], last["vectors"], strict=True):
        assert (decode(one["x"]) == decode(other["x"])[:3]).all()
