"""The stories of stability, measured again through the API by other code."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from numpy.typing import NDArray

from descent_atlas.measured.stories.story import Row, Story, View, judge
from tests.backend.measured.stories.measurements import (
    PATHS,
    SHARE_TOLERANCE,
    Api,
    decode,
    rows_of,
    start_of,
)


def by_name(story: Story, row: Row) -> Mapping[str, float | None]:
    names = [column["name"] for column in story["table"]["columns"]]
    return dict(zip(names, row["values"], strict=True))


def sharpness(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest eigenvalue of the Hessian of (1 - x²y²)²/4, by NumPy's own."""
    p = 1 - x**2 * y**2
    xy = 2 * x**3 * y**3 - 2 * p * x * y
    xx, yy = 2 * x**2 * y**4 - p * y**2, 2 * x**4 * y**2 - p * x**2
    matrices = np.stack([np.stack([xx, xy]), np.stack([xy, yy])]).transpose(2, 0, 1)
    return np.asarray(np.linalg.eigvalsh(matrices)[:, -1], dtype=np.float64)


def measure_edge(api: Api, view: View) -> dict[str, float | None]:
    (choice,) = view["optimizers"]
    lr, mu = choice["hyperparameters"]["lr"], choice["hyperparameters"].get("momentum", 0.0)
    limit = 2 * (1 + mu)
    grid = api.starts(view["objective"], PATHS)
    counted = [
        (x, y)
        for x, y in grid
        if abs(x * y) < 1 and lr * 2 * np.sqrt((x**2 - y**2) ** 2 + 4) > limit
    ]
    edge, away, rises, diverges, finals = [], [], [], [], []
    for start in counted:
        (descent,) = api.descend(view, start)
        path, loss = descent["path"], decode(descent["loss"])
        last = lr * sharpness(path.real[-1:], path.imag[-1:])[0] / limit
        edge.append(descent["arrived"] and 0.9 <= last <= 1.1)
        away.append(descent["arrived"] and last <= 1)
        rises.append(descent["arrived"] and bool((np.diff(loss[10:]) > 0).any()))
        diverges.append(descent["status"] == "diverged")
        if descent["arrived"]:
            finals.append(last)
    return {
        "Starts that count": len(counted) / len(grid),
        "Ends at the edge": float(np.mean(edge)),
        "Turned away": float(np.mean(away)),
        "Loss rises, then falls": float(np.mean(rises)),
        "Diverges": float(np.mean(diverges)),
        "Last ηλ / limit, median": float(np.median(finals)) if finals else None,
    }


def check(measured: Mapping[str, float | None], published: Mapping[str, float | None]) -> None:
    for name, value in measured.items():
        assert published[name] == pytest.approx(value, abs=SHARE_TOLERANCE), name


def test_the_edge_of_stability_is_measured_again_at_the_pages_rate(
    api: Api, stories: dict[str, Story]
) -> None:
    story = stories["edge-of-stability"]
    row, view = next(rows_of(story))
    check(measure_edge(api, view), by_name(story, row))
    shares = [by_name(story, one)["Turned away"] or 0.0 for one, _ in rows_of(story)]
    opened = 0 if shares[0] > 0.5 else shares.index(max(shares))
    assert story["view"] == story["table"]["rows"][opened]["view"]
    assert story["share"] == shares[opened]
    assert view.get("stability") == "gd"


@pytest.mark.long
def test_every_number_of_the_edge_of_stability_is_measured_again(
    api: Api, stories: dict[str, Story]
) -> None:
    story = stories["edge-of-stability"]
    for row, view in rows_of(story):
        check(measure_edge(api, view), by_name(story, row))


def ask_stability(client: TestClient, view: View, start: tuple[float, float]) -> list[Any]:
    body = {
        "objective": {"id": view["objective"], "parameters": view["parameters"]},
        "start": {"x": start[0], "y": start[1]},
        "optimizers": view["optimizers"],
        "noise": view["noise"],
    }
    answer = client.post("/api/v1/stability", json=body)
    assert answer.status_code == 200
    paths: list[Any] = answer.json()["paths"]
    return paths


def measure_adam(client: TestClient, api: Api, view: View) -> dict[str, float | None]:
    diverges, arrives, enters, away, compensates = [], [], [], [], []
    for start in api.starts(view["objective"], PATHS):
        gd, adam = api.descend(view, start)
        own = decode(ask_stability(client, view, start)[1]["product"])
        # The plain sharpness at Adam's points: that of gradient descent's rule at their rate.
        steps = adam["steps"] if adam["arrival"] is None else adam["arrival"]
        lr = view["optimizers"][1]["hyperparameters"]["lr"]
        points = adam["path"][: steps + 1]
        plain = lr * rosenbrock_sharpness(points.real, points.imag)
        diverges.append(gd["status"] == "diverged")
        arrives.append(adam["arrived"])
        enters.append(bool((plain > 2).any()))
        away.append(enters[-1] and adam["arrived"] and not gd["arrived"])
        compensates.append(float(np.mean(own[: max(steps, 1)] > 38.0)) <= 0.05)
    entered = np.array(enters)
    return {
        "GD diverges": float(np.mean(diverges)),
        "Adam arrives": float(np.mean(arrives)),
        "Adam enters ηλ > 2": float(np.mean(enters)),
        "Gets away with it": float(np.mean(away)),
        "Compensates, where it enters": float(np.array(compensates)[entered].mean()),
    }


def rosenbrock_sharpness(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest eigenvalue of the Hessian of (1 - x)² + 100(y - x²)², by NumPy's own."""
    xx, xy, yy = 2 + 400 * (3 * x**2 - y), -400 * x, np.full_like(x, 200.0)
    matrices = np.stack([np.stack([xx, xy]), np.stack([xy, yy])]).transpose(2, 0, 1)
    return np.asarray(np.linalg.eigvalsh(matrices)[:, -1], dtype=np.float64)


@pytest.mark.slow
def test_adams_metric_is_measured_again_on_rosenbrocks_function(
    client: TestClient, api: Api, stories: dict[str, Story]
) -> None:
    story = stories["adam-and-sharpness"]
    row, view = next(rows_of(story))
    check(measure_adam(client, api, view), by_name(story, row))
    x, y = start_of(view)
    assert any(np.hypot(a - x, b - y) < 1e-3 for a, b in api.starts(view["objective"], PATHS))


def test_the_verdicts_on_stability_follow_from_their_tables(stories: dict[str, Story]) -> None:
    readings = {
        "edge-of-stability": ["Ends at the edge", "Turned away", "Loss rises, then falls"],
        "adam-and-sharpness": ["Gets away with it", "Compensates, where it enters"],
    }
    for id, names in readings.items():
        story = stories[id]
        rows = [by_name(story, row) for row in story["table"]["rows"]]
        verdicts = [
            judge((rows[0][name] or 0.0) > 0.5, [row[name] or 0.0 for row in rows])
            for name in names
        ]
        if story["verdict"] == "contested":
            assert [side["verdict"] for side in story["sides"]] == verdicts
        else:
            assert set(verdicts) == {story["verdict"]}
