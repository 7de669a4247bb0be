"""Route of basin maps: whole responses, and rows with progress."""

import json
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from descent_atlas.web.routes import basin_routes as route
from tests.backend.web.arrays import decode

NDJSON = {"accept": "application/x-ndjson"}

REQUEST: dict[str, Any] = {
    "objective": {"id": "two-gaussian-bowl"},
    "x": {"min": -2, "max": 2, "count": 13},
    "y": {"min": -1.5, "max": 1.5, "count": 7},
    "optimizers": [
        {"id": "gd", "hyperparameters": {"lr": 0.02}, "steps": 300},
        {"id": "adam", "hyperparameters": {"lr": 0.05}, "steps": 200},
        {"id": "sgd", "hyperparameters": {"lr": 0.02}, "steps": 100},
    ],
    "noise": {"std": 1, "seed": 3},
}


def test_a_cell_of_the_map_foretells_the_descent_from_there(client: TestClient) -> None:
    answer = client.post("/api/v1/basins", json=REQUEST).json()
    x, y = np.linspace(-2, 2, 13), np.linspace(-1.5, 1.5, 7)
    for map_, choice in zip(answer["basins"], REQUEST["optimizers"], strict=True):
        labels, steps = decode(map_["labels"]), decode(map_["steps"])
        assert map_["optimizer"] == choice["id"]
        assert (labels.dtype, steps.dtype) == (np.dtype("<i2"), np.dtype("<i4"))
        assert labels.shape == steps.shape == (7, 13)
        for j, i in ((0, 0), (3, 6), (5, 2), (6, 12)):
            body = {
                "objective": REQUEST["objective"],
                "start": {"x": x[i], "y": y[j]},
                "optimizers": [choice],
                "noise": REQUEST["noise"],
            }
            (descent,) = client.post("/api/v1/descents", json=body).json()["descents"]
            assert labels[j, i] == (-1 if descent["minimum"] is None else descent["minimum"])
            assert steps[j, i] == (-1 if descent["arrival"] is None else descent["arrival"])


def test_shares_are_counted_from_the_map(client: TestClient) -> None:
    answer = client.post("/api/v1/basins", json=REQUEST).json()
    for map_ in answer["basins"]:
        labels, steps = decode(map_["labels"]), decode(map_["steps"])
        assert map_["none"] == np.mean(labels < 0)
        for share in map_["shares"]:
            own = labels == share["minimum"]
            assert share["global"] == answer["minima"][share["minimum"]]["global"]
            assert share["share"] == pytest.approx(own.mean())
            assert share["arrived"] == pytest.approx((own & (steps >= 0)).mean())
        assert sum(s["share"] for s in map_["shares"]) + map_["none"] == pytest.approx(1)


def test_progress_comes_in_rows_and_the_result_last(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route, "PROGRESS_INTERVAL", 0.0)
    answer = client.post("/api/v1/basins", json=REQUEST, headers=NDJSON)
    assert answer.headers["content-type"] == "application/x-ndjson"
    *progress, last = [json.loads(line) for line in answer.text.splitlines()]
    fractions = [row["progress"] for row in progress]
    assert fractions == sorted(fractions)
    assert fractions[0] > 0
    assert fractions[-1] == 1
    # Each optimizer's share of the progress is its share of the steps: 300, 200 and 100 of 600.
    ends = {row["optimizer"]: row["progress"] for row in progress}
    assert ends == pytest.approx({"gd": 1 / 2, "adam": 5 / 6, "sgd": 1})
    assert last == {"result": client.post("/api/v1/basins", json=REQUEST).json()}


def test_a_mistake_of_the_server_is_the_last_row(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*arguments: object) -> bytes:
        raise RuntimeError("a secret")

    monkeypatch.setattr(route, "compute", fail)
    answer = client.post("/api/v1/basins", json=REQUEST, headers=NDJSON)
    (row,) = [json.loads(line) for line in answer.text.splitlines()]
    assert row["problem"]["status"] == 500
    assert "secret" not in answer.text
    assert "a secret" in caplog.text
    # It has released its turn; otherwise the next requests would have to wait.
    for _ in range(5):
        assert client.post("/api/v1/basins", json=REQUEST, headers=NDJSON).status_code == 200
