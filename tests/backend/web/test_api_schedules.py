"""Schedules in requests and answers: what they do to descents and basins, and what is refused."""

from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.optimizers.schedules.schedule_parameters import MAX_MILESTONES
from descent_atlas.optimizers.schedules.schedule_table import SCHEDULES
from descent_atlas.simulation.descent import descend
from descent_atlas.simulation.noise import Noise
from descent_atlas.web.settings import MAX_POINTS
from tests.backend.web.arrays import decode

START = {"x": 0.6, "y": 1.4}
BOWL = OBJECTIVES["two-gaussian-bowl"]


def ask(client: TestClient, schedule: Any, steps: int = 60, **more: Any) -> Any:
    """Return the answer to a descent of gradient descent with a schedule."""
    choice = {"id": "gd", "hyperparameters": {"lr": 0.02}, "steps": steps, "schedule": schedule}
    body = {
        "objective": {"id": BOWL.id},
        "start": START,
        "optimizers": [{"id": "gd", "steps": 5}, {**choice, **more}],
    }
    return client.post("/api/v1/descents", json=body)


def list_settings() -> list[dict[str, Any]]:
    return [
        *({"id": id} for id in SCHEDULES),
        {"id": "step", "step_size": 7, "gamma": 0.5},
        {"id": "multistep", "milestones": [10, 20], "gamma": 0.5},
        {"id": "cosine", "T_max": None, "eta_min": 0.01},
        {"id": "onecycle", "anneal_strategy": "linear", "three_phase": True},
        {"id": "restarts", "T_0": 3.0, "T_mult": 2},
    ]


@pytest.mark.parametrize("choice", list_settings(), ids=lambda choice: "-".join(choice))
def test_a_descent_follows_the_schedule_of_its_request(
    client: TestClient, choice: dict[str, Any]
) -> None:
    answer = ask(client, choice)
    assert answer.status_code == 200, answer.text
    values = {name: value for name, value in choice.items() if name != "id" and value is not None}
    if "T_0" in values:
        values["T_0"] = int(values["T_0"])
    gd = OPTIMIZERS["gd"]
    factors = SCHEDULES[choice["id"]].find_factors(values, steps=60, lr=0.02)
    expected = descend(
        BOWL, BOWL.pack({}), gd, gd.pack({"lr": 0.02}),
        start=(START["x"], START["y"]), steps=60, noise=Noise(), factors=factors,
    )  # fmt: skip
    plain, scheduled = answer.json()["descents"]
    assert plain["rates"] is None
    np.testing.assert_array_equal(decode(scheduled["x"]), expected.x)
    np.testing.assert_array_equal(decode(scheduled["y"]), expected.y)
    if choice["id"] == "constant":
        assert scheduled["rates"] is None
        return
    np.testing.assert_array_equal(decode(scheduled["rates"]["step"]), np.arange(1, 61))
    np.testing.assert_array_equal(decode(scheduled["rates"]["rate"]), 0.02 * factors)


def test_the_rates_of_many_steps_are_those_of_evenly_spaced_ones(client: TestClient) -> None:
    rates = ask(client, {"id": "cosine"}, steps=20_000).json()["descents"][1]["rates"]
    step, rate = decode(rates["step"]), decode(rates["rate"])
    assert len(step) == len(rate) == MAX_POINTS
    assert (step[0], step[-1]) == (1, 20_000)
    assert set(np.diff(step).tolist()) <= {9, 10, 11}
    assert rate[0] == 0.02 and rate[-1] < 1e-9


def test_a_descent_that_left_has_the_rates_of_all_its_steps(client: TestClient) -> None:
    descent = ask(client, {"id": "onecycle"}, steps=100, hyperparameters={"lr": 900.0})
    (_, left) = descent.json()["descents"]
    assert left["status"] == "diverged" and left["steps"] < 100
    assert decode(left["rates"]["step"])[-1] == 100


def test_a_choice_without_a_schedule_has_the_constant_one(client: TestClient) -> None:
    answers = [ask(client, {"id": "constant"}), ask(client, {"id": "constant"})]
    body = {
        "objective": {"id": BOWL.id},
        "start": START,
        "optimizers": [
            {"id": "gd", "steps": 5},
            {"id": "gd", "hyperparameters": {"lr": 0.02}, "steps": 60},
        ],
    }
    answers.append(client.post("/api/v1/descents", json=body))
    assert answers[0].content == answers[1].content == answers[2].content


def test_basins_follow_the_schedule(client: TestClient) -> None:
    axis = {"min": -2, "max": 2, "count": 5}
    body = {"objective": {"id": BOWL.id}, "x": axis, "y": axis}
    choice = {"id": "gd", "hyperparameters": {"lr": 0.05}, "steps": 400}
    stopped = {"id": "multistep", "milestones": [1], "gamma": 0}
    answer = client.post(
        "/api/v1/basins",
        json={**body, "optimizers": [choice, {**choice, "schedule": stopped}]},
    )
    assert answer.status_code == 200, answer.text
    free, held = answer.json()["basins"]
    arrived = [sum(share["arrived"] for share in one["shares"]) for one in (free, held)]
    # One start is so near that its first step arrives.
    assert arrived[0] == 1.0 and arrived[1] == pytest.approx(1 / 25)


@pytest.mark.parametrize(
    ("schedule", "field", "limit"),
    [
        ({"id": "sine"}, "id", list(SCHEDULES)),
        ({}, "id", None),
        (None, "", None),
        ("cosine", "", None),
        ({"id": "cosine", "gamma": 0.1}, "gamma", None),
        ({"id": "constant", "gamma": 0.1}, "gamma", None),
        ({"id": "step", "gamma": 1.1}, "gamma", 1),
        ({"id": "step", "gamma": -0.1}, "gamma", 0),
        ({"id": "step", "step_size": 0}, "step_size", 1),
        ({"id": "cosine", "T_max": 100_001}, "T_max", 100_000),
        ({"id": "cosine", "T_max": 2.5}, "T_max", None),
        ({"id": "cosine", "T_max": True}, "T_max", None),
        ({"id": "cosine", "eta_min": 1.001}, "eta_min", 1),
        ({"id": "multistep", "milestones": []}, "milestones", 1),
        ({"id": "multistep", "milestones": [1] * 21}, "milestones", MAX_MILESTONES),
        ({"id": "multistep", "milestones": [10, 0]}, "milestones.1", 1),
        ({"id": "onecycle", "anneal_strategy": "sine"}, "anneal_strategy", ["cos", "linear"]),
        ({"id": "onecycle", "three_phase": 1}, "three_phase", None),
        ({"id": "onecycle", "pct_start": 1}, "pct_start", 0.99),
        ({"id": "onecycle", "pct_start": 1 / 60}, "", None),
    ],
)
def test_a_bad_schedule_is_refused_with_its_field_and_limit(
    client: TestClient, schedule: Any, field: str, limit: Any
) -> None:
    answer = ask(client, schedule)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    place = "optimizers.1.schedule"
    assert error["field"] == (f"{place}.{field}" if field else place)
    found = error.get("limit")
    assert (sorted(found) if isinstance(found, list) else found) == (
        sorted(limit) if isinstance(limit, list) else limit
    )


def test_the_catalogue_lists_every_schedule(client: TestClient) -> None:
    listed = client.get("/api/v1/optimizers").json()["schedules"]
    assert [one["id"] for one in listed] == list(SCHEDULES)
    for one, schedule in zip(listed, SCHEDULES.values(), strict=True):
        assert (one["name"], one["torch"]) == (schedule.name, schedule.torch)
        assert one["formula"]["latex"] == schedule.latex
        # What has not become MathML is left as LaTeX's commands.
        assert "\\" not in one["formula"]["mathml"]
        assert (one["reference"] is None) == (one["id"] == "constant")
        for listed_parameter, parameter in zip(one["parameters"], schedule.parameters, strict=True):
            assert listed_parameter["id"] == parameter.id
            assert listed_parameter["default"] == parameter.default
            assert listed_parameter["shares"] == list(parameter.shares)
            assert (listed_parameter["min"], listed_parameter["max"]) == (
                parameter.minimum,
                parameter.maximum,
            )
            assert "\\" not in listed_parameter["symbol"]["mathml"]
