"""Route of curves over the learning rate: points in rows, maps, limits, what is known already."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from descent_atlas.measured import rate_curves as curves
from descent_atlas.measured.sweep_design import RATES
from descent_atlas.web.description.rate_models import RateCurveResponse

NDJSON = {"accept": "application/x-ndjson"}

URL = "/api/v1/rate-curves"

REQUEST: dict[str, Any] = {
    "objective": {"id": "himmelblau"},
    "optimizer": {"id": "momentum", "hyperparameters": {"lr": 0.02}, "steps": 200},
}


def ask(client: TestClient, **changes: Any) -> Any:
    """Return the answer to the request with changes, as its model has it."""
    answer = client.post(URL, json={**REQUEST, **changes})
    assert answer.status_code == 200
    RateCurveResponse.model_validate_json(answer.content, strict=True)
    return answer.json()


def test_a_curve_has_a_point_for_every_rate_and_says_how_it_was_measured(
    client: TestClient,
) -> None:
    curve = ask(client)
    assert [point["lr"] for point in curve["points"]] == [*RATES]
    assert (curve["starts"], curve["scramble"], curve["confidence"]) == (512, 0, 0.95)
    for point in curve["points"]:
        assert point["share"] == point["arrived"] / 512
        assert point["low"] <= point["share"] <= point["high"]
        assert (point["steps"] is None) == (point["arrived"] == 0)
        if point["arrived"] >= 6:
            assert point["steps_low"] <= point["steps"] <= point["steps_high"] <= 200
    most = max(point["arrived"] for point in curve["points"])
    best = curve["best"]
    assert most in [p["arrived"] for p in curve["points"] if p["lr"] == best["score"]["lr"]]
    assert best["good_low"] <= best["score"]["lr"] <= best["good_high"]
    assert len(curve["sharpness"]) == 4  # the four minima of Himmelblau's function


def test_points_come_in_rows_from_coarse_to_fine_and_the_result_last(client: TestClient) -> None:
    answer = client.post(URL, json=REQUEST, headers=NDJSON)
    assert answer.headers["content-type"] == "application/x-ndjson"
    *rows, last = [json.loads(line) for line in answer.text.splitlines()]
    assert [row["point"]["lr"] for row in rows] == [*curves.order_coarsely(RATES)]
    assert [row["progress"] for row in rows] == pytest.approx([(i + 1) / 45 for i in range(45)])
    assert (
        sorted((row["point"] for row in rows), key=lambda point: point["lr"])
        == (last["result"]["points"])
    )
    assert last == {"result": ask(client)}


def test_the_rate_that_the_variant_has_makes_no_difference_and_costs_nothing(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    curve = ask(client)

    def fail(*arguments: object, **options: object) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr(curves, "measure_rate", fail)
    monkeypatch.setattr(curves, "score_rate", fail)
    assert curve == ask(client, optimizer={**REQUEST["optimizer"], "hyperparameters": {"lr": 9}})
    # Momentum meets no noise, so that the seed makes no difference either.
    assert curve == ask(client, noise={"seed": 5})


def test_a_map_has_every_pair_of_a_rate_and_a_value(client: TestClient) -> None:
    answer = ask(client, across={"id": "momentum", "values": [0.9, 0, 0.5]})
    pairs = [(point["value"], point["lr"]) for point in answer["points"]]
    assert pairs == [(value, lr) for value in (0, 0.5, 0.9) for lr in RATES]
    assert (answer["across"], answer["starts"], answer["best"]) == ("momentum", 128, None)
    plain = ask(client, optimizer={"id": "gd", "steps": 200})
    without = {p["lr"]: p for p in answer["points"] if p["value"] == 0}
    for point in plain["points"]:  # without momentum it is gradient descent
        assert without[point["lr"]]["low"] <= point["high"]
        assert point["low"] <= without[point["lr"]]["high"]


@pytest.mark.parametrize(
    ("changes", "field", "limit"),
    [
        (
            {"across": {"id": "beta1", "values": [0.5]}},
            "across.id",
            ["momentum", "dampening", "weight_decay"],
        ),
        ({"across": {"id": "momentum", "values": [0.5, 1]}}, "across.values.1", 0.999999),
        ({"across": {"id": "dampening", "values": [-1]}}, "across.values.0", 0.0),
        ({"across": {"id": "momentum", "values": []}}, "across.values", 1),
        ({"optimizer": {"id": "gd", "steps": 100_000}}, "optimizer.steps", 41_555),
    ],
)
def test_what_cannot_be_measured_is_refused_with_its_limit(
    changes: Any, field: str, limit: Any, client: TestClient
) -> None:
    answer = client.post(URL, json={**REQUEST, **changes})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"], error["limit"]) == (422, field, limit)


def test_typed_functions_have_curves_where_minima_are_known(client: TestClient) -> None:
    bowl = ask(client, objective={"expression": "x^2 + a*y^2; a = 2"})
    assert bowl["best"]["score"]["share"] == 1
    assert bowl["sharpness"] == pytest.approx([4])
    nothing = ask(client, objective={"expression": "x + y"})
    assert (nothing["points"], nothing["best"], nothing["sharpness"]) == ([], None, [])
