"""Routes of surfaces and descents."""

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from descent_atlas.objectives.minima import find_minima
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.descent import DEFAULT_STEPS, descend
from descent_atlas.simulation.noise import DEFAULT_NOISE, Noise
from descent_atlas.web.settings import MAX_POINTS
from tests.backend.web.arrays import decode

BOWL = {"id": "two-gaussian-bowl", "parameters": {"a": 1.5}}
START = {"x": 0.6, "y": 1.4}


def post(client: TestClient, path: str, body: dict[str, Any]) -> Any:
    answer = client.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text, parse_constant=pytest.fail)  # NaN and infinity


@pytest.mark.parametrize("id", OBJECTIVES)
def test_a_surface_is_the_objective_on_the_grid(client: TestClient, id: str) -> None:
    objective = OBJECTIVES[id]
    parameters = objective.pack({})
    (x_min, x_max), (y_min, y_max) = objective.domain.x, objective.domain.y
    surface = post(
        client,
        "/api/v1/surfaces",
        {
            "objective": {"id": id},
            "x": {"min": x_min, "max": x_max, "count": 21},
            "y": {"min": y_min, "max": y_max, "count": 31},
        },
    )
    x, y, z = (decode(surface[name]) for name in "xyz")
    np.testing.assert_array_equal(x, np.linspace(x_min, x_max, 21))
    np.testing.assert_array_equal(y, np.linspace(y_min, y_max, 31))
    assert z.shape == (31, 21)
    np.testing.assert_array_equal(z, objective.evaluate(x, y[:, np.newaxis], parameters)[0])
    assert surface["scale"] == ("log" if objective.logarithmic else "linear")
    assert surface["levels"] == sorted(surface["levels"])
    assert z.min() < surface["levels"][0]
    assert surface["levels"][-1] < z.max()
    assert surface["minima"] == [
        {"x": m.x, "y": m.y, "value": m.value, "global": m.is_global}
        for m in find_minima(objective, parameters)
    ]


@pytest.mark.parametrize("coding", ["br", "gzip", "identity"])
def test_a_surface_travels_in_the_encoding_that_is_accepted(
    client: TestClient, coding: str
) -> None:
    axis = {"min": -1, "max": 1, "count": 20}
    request = {"objective": BOWL, "x": axis, "y": axis}
    answer = client.post("/api/v1/surfaces", json=request, headers={"accept-encoding": coding})
    assert answer.headers.get("content-encoding", "identity") == coding
    assert answer.json() == post(client, "/api/v1/surfaces", request)


def test_a_surface_in_single_precision_is_the_rounded_one(client: TestClient) -> None:
    axis = {"min": -1, "max": 1, "count": 9}
    request = {"objective": BOWL, "x": axis, "y": axis}
    exact = post(client, "/api/v1/surfaces", request)
    single = post(client, "/api/v1/surfaces", {**request, "dtype": "f4"})
    assert single["z"]["dtype"] == "f4"
    np.testing.assert_array_equal(decode(single["z"]), decode(exact["z"]).astype(np.float32))
    assert {**single, "z": None} == {**exact, "z": None}


@pytest.mark.parametrize("id", OBJECTIVES)
def test_a_point_has_the_objectives_value_and_gradient(client: TestClient, id: str) -> None:
    objective = OBJECTIVES[id]
    answer = post(
        client, "/api/v1/points", {"objective": {"id": id}, "point": {"x": 0.7, "y": -1.2}}
    )
    value, fx, fy = (float(v) for v in objective.evaluate(0.7, -1.2, objective.pack({})))
    assert answer == {"value": value, "gradient": {"x": fx, "y": fy}}


def test_the_parameters_of_a_request_are_those_of_its_surface(client: TestClient) -> None:
    axis = {"min": -1, "max": 1, "count": 3}
    surface = post(client, "/api/v1/surfaces", {"objective": BOWL, "x": axis, "y": axis})
    bowl = OBJECTIVES["two-gaussian-bowl"]
    f, _, _ = bowl.evaluate(1.0, 0.0, bowl.pack({"a": 1.5}))
    assert decode(surface["z"])[1, 2] == f


def test_descents_come_in_the_order_and_with_the_settings_of_the_request(
    client: TestClient,
) -> None:
    choices: list[dict[str, Any]] = [
        {"id": "adam", "hyperparameters": {"lr": 0.01, "bias_correction": False}, "steps": 100},
        {"id": "gd", "hyperparameters": {"lr": 0.02}, "steps": 500},
        {"id": "adam", "hyperparameters": {"lr": 0.1}, "steps": 50},
    ]
    answer = post(
        client, "/api/v1/descents", {"objective": BOWL, "start": START, "optimizers": choices}
    )
    bowl = OBJECTIVES["two-gaussian-bowl"]
    assert [descent["optimizer"] for descent in answer["descents"]] == ["adam", "gd", "adam"]
    for choice, travelled in zip(choices, answer["descents"], strict=True):
        optimizer = OPTIMIZERS[choice["id"]]
        expected = descend(
            bowl,
            bowl.pack({"a": 1.5}),
            optimizer,
            optimizer.pack(choice["hyperparameters"]),
            start=(0.6, 1.4),
            steps=choice["steps"],
            noise=Noise(),
        )
        for name in ("status", "steps", "minimum", "arrived", "arrival"):
            assert travelled[name] == getattr(expected, name)
        for name, dtype in (("step", "<i4"), ("x", "<f8"), ("y", "<f8"), ("loss", "<f8")):
            array = decode(travelled[name])
            assert array.dtype == dtype
            np.testing.assert_array_equal(array, getattr(expected, name))
    assert [minimum["global"] for minimum in answer["minima"]] == [True, False]


def test_what_a_request_leaves_out_is_at_its_default(client: TestClient) -> None:
    bare = post(
        client,
        "/api/v1/descents",
        {"objective": {"id": "beale"}, "start": START, "optimizers": [{"id": "adam"}]},
    )
    adam = {h.id: h.default for h in OPTIMIZERS["adam"].hyperparameters}
    full = post(
        client,
        "/api/v1/descents",
        {
            "objective": {"id": "beale", "parameters": {}},
            "start": START,
            "optimizers": [{"id": "adam", "hyperparameters": adam, "steps": DEFAULT_STEPS}],
            "noise": asdict(DEFAULT_NOISE),
        },
    )
    assert bare == full


@pytest.mark.parametrize("id", OPTIMIZERS)
def test_every_optimizer_descends(client: TestClient, id: str) -> None:
    # Its authors' default of 1 is for losses that are flatter.
    rate = {"lr": 0.1} if id == "schedule-free-sgd" else {}
    choice = {"id": id, "hyperparameters": rate}
    answer = post(
        client,
        "/api/v1/descents",
        {"objective": {"id": "quadratic"}, "start": START, "optimizers": [choice]},
    )
    loss = decode(answer["descents"][0]["loss"])
    assert loss[-1] < loss[0]


def test_a_descent_tells_its_gradients_beside_its_steps(client: TestClient) -> None:
    answer = post(
        client,
        "/api/v1/descents",
        {
            "objective": {"id": "quadratic"},
            "start": START,
            "optimizers": [{"id": id, "steps": 40} for id in ("adam", "sam", "newton")],
        },
    )
    adam, sam, newton = answer["descents"]
    assert (adam["steps"], adam["evaluations"], adam["spent"]) == (40, 40, None)
    assert (sam["steps"], sam["evaluations"]) == (20, 40)
    assert decode(sam["spent"]).tolist() == list(range(0, 41, 2))
    # The first of Newton's steps takes the start's gradient as well.
    assert decode(newton["spent"]).tolist() == [0, *range(4, 41, 3)]


@pytest.mark.parametrize("id", ["schedule-free-sgd", "lbfgs", "newton"])
def test_an_optimizer_that_takes_no_schedule_refuses_one(client: TestClient, id: str) -> None:
    body = {"objective": {"id": "quadratic"}, "start": START}
    choice = {"id": id, "steps": 40, "schedule": {"id": "cosine"}}
    answer = client.post("/api/v1/descents", json={**body, "optimizers": [choice]})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "optimizers.0.schedule.id"
    constant = {**choice, "schedule": {"id": "constant"}}
    assert client.post("/api/v1/descents", json={**body, "optimizers": [constant]}).is_success


def test_a_long_path_is_thinned_and_keeps_its_ends(client: TestClient) -> None:
    choice = {"id": "gd", "hyperparameters": {"lr": 1e-5}, "steps": 100_000}
    answer = post(
        client,
        "/api/v1/descents",
        {"objective": {"id": "rosenbrock"}, "start": START, "optimizers": [choice]},
    )
    descent = answer["descents"][0]
    step = decode(descent["step"])
    assert len(step) <= MAX_POINTS
    assert (step[0], step[-1]) == (0, descent["steps"])
    assert (decode(descent["x"])[0], decode(descent["y"])[0]) == (0.6, 1.4)


def test_a_diverged_descent_is_an_answer_and_says_where_it_left(client: TestClient) -> None:
    choice = {"id": "gd", "hyperparameters": {"lr": 10.0}, "steps": 500}
    answer = post(
        client,
        "/api/v1/descents",
        {"objective": {"id": "goldstein-price"}, "start": START, "optimizers": [choice]},
    )
    descent = answer["descents"][0]
    assert descent["status"] == "diverged"
    assert descent["steps"] < 500
    assert (descent["minimum"], descent["arrived"], descent["arrival"]) == (None, False, None)
    for name in ("x", "y", "loss"):
        assert np.isfinite(decode(descent[name])).all()


def test_the_same_seed_gives_the_same_noise_and_another_seed_another(client: TestClient) -> None:
    def end(seed: int) -> float:
        answer = post(
            client,
            "/api/v1/descents",
            {
                "objective": BOWL,
                "start": START,
                "optimizers": [{"id": "sgd", "steps": 50}],
                "noise": {"std": 1, "seed": seed},
            },
        )
        return float(decode(answer["descents"][0]["x"])[-1])

    assert end(1) == end(1)
    assert end(1) != end(2)
