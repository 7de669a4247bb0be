"""Routes of curvature and stability."""

import json
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from tests.backend.web.arrays import decode

QUADRATIC = {"id": "quadratic", "parameters": {"condition_number": 4.0, "rotation": 0.0}}


def post(client: TestClient, path: str, body: dict[str, Any]) -> Any:
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text, parse_constant=pytest.fail)  # NaN and infinity


def ask(client: TestClient, *optimizers: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    body = {"objective": QUADRATIC, "start": {"x": 0.5, "y": 0.3}, "optimizers": optimizers, **more}
    paths: list[dict[str, Any]] = post(client, "/api/v1/stability", body)["paths"]
    return paths


def test_sharpness_is_the_hessians_largest_eigenvalue_at_each_point(client: TestClient) -> None:
    body = {
        "objective": {"expression": "x^4 + 3*y^2"},
        "x": {"min": 0.0, "max": 1.0, "count": 3},
        "y": {"min": 0.0, "max": 1.0, "count": 2},
    }
    answer = post(client, "/api/v1/sharpness", body)
    assert decode(answer["sharpness"]).tolist() == [[6.0, 6.0, 12.0]] * 2


def test_each_optimizer_is_told_with_its_limit_and_its_steps_above_it(client: TestClient) -> None:
    gd, momentum, lion = ask(
        client,
        {"id": "gd", "hyperparameters": {"lr": 0.6}, "steps": 40},
        {"id": "momentum", "hyperparameters": {"lr": 0.6}, "steps": 40},
        {"id": "lion", "steps": 40},
    )
    assert gd["limit"] == {"value": 2.0, "of": "sharpness", "text": "2"}
    assert gd["crossing"] == {
        "first": 1, "value": pytest.approx(2.4), "count": 40, "highest": pytest.approx(2.4),
        "stays": True,
    }  # fmt: skip
    assert momentum["limit"]["value"] == pytest.approx(3.8)
    assert momentum["crossing"] is None
    assert lion["limit"] is None
    assert "signs" in lion["reason"]
    assert gd["linearised"] is None


def test_a_schedule_changes_the_rate_of_each_step(client: TestClient) -> None:
    (gd,) = ask(
        client,
        {
            "id": "gd",
            "hyperparameters": {"lr": 0.6},
            "steps": 40,
            "schedule": {"id": "step", "step_size": 10, "gamma": 0.5},
        },
    )
    assert decode(gd["product"])[[0, 9, 10, 20]] == pytest.approx([2.4, 2.4, 1.2, 0.6])
    assert gd["crossing"]["count"] == 10
    assert gd["crossing"]["stays"] is False


def test_at_a_minimum_a_rule_is_linearised_and_mapped(client: TestClient) -> None:
    momentum, adam, gd = ask(
        client,
        {"id": "momentum", "hyperparameters": {"lr": 0.1}, "steps": 1},
        {"id": "adam", "steps": 1},
        {"id": "gd", "hyperparameters": {"lr": 0.4}, "steps": 1},
        minimum={"x": 0.0, "y": 0.0},
    )
    sharp, flat = momentum["linearised"]["modes"]
    assert (sharp["curvature"], flat["curvature"]) == (4.0, 1.0)
    assert sharp["manner"] == flat["manner"] == "spirals"
    assert sharp["radius"] == pytest.approx(np.sqrt(0.9))
    chart = momentum["linearised"]["map"]
    radius, manner = decode(chart["radius"]), decode(chart["manner"])
    rate, mu = decode(chart["rate"]), decode(chart["momentum"])
    assert radius.shape == manner.shape == (mu.size, rate.size)
    assert ((manner == 3) == (4.0 * rate > 2 * (1 + mu[:, np.newaxis]))).all()
    assert adam["linearised"]["map"] is None
    assert "ε" in adam["linearised"]["note"]
    assert [mode["manner"] for mode in gd["linearised"]["modes"]] == ["overshoots", "approaches"]
    assert decode(gd["linearised"]["map"]["momentum"]).tolist() == [0.0]


def test_on_a_curve_of_minima_the_nearest_point_counts(client: TestClient) -> None:
    body = {
        "objective": {"id": "hyperbolic-valley"},
        "start": {"x": 2.0, "y": 0.3},
        "optimizers": [{"id": "gd", "steps": 1}],
        "minimum": {"x": 2.0, "y": 0.5 + 1e-3},
    }
    (gd,) = post(client, "/api/v1/stability", body)["paths"]
    at = gd["linearised"]["at"]
    assert at["x"] * at["y"] == pytest.approx(1.0)
    (mode,) = gd["linearised"]["modes"]  # along the curve there is no curvature
    assert mode["curvature"] == pytest.approx(2 * (at["x"] ** 2 + at["y"] ** 2))


def test_without_a_minimum_nothing_is_linearised(client: TestClient) -> None:
    body = {
        "objective": {"id": "saddle"},
        "start": {"x": 0.5, "y": 0.3},
        "optimizers": [{"id": "gd", "steps": 1}],
        "minimum": {"x": 0.0, "y": 0.0},
    }
    (gd,) = post(client, "/api/v1/stability", body)["paths"]
    assert gd["linearised"]["modes"] == []
    assert "no minimum" in gd["linearised"]["note"]


def test_every_optimizer_is_answered_with_numbers_or_a_reason(client: TestClient) -> None:
    body = {
        "objective": {"id": "ackley"},
        "start": {"x": 0.0, "y": 0.0},  # a cusp: no Hessian
        "optimizers": [{"id": id, "steps": 3} for id in OPTIMIZERS],
        "minimum": {"x": 0.0, "y": 0.0},
    }
    for path in post(client, "/api/v1/stability", body)["paths"]:
        assert (path["limit"] is None) == (path["reason"] is not None)
        assert path["linearised"]["note"] == "The Hessian is not finite there."
