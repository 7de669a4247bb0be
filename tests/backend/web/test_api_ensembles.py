"""Route of ensembles: the page's own descents, and what is refused."""

from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from descent_atlas.simulation.noise import MAX_SEED
from descent_atlas.statistics.proportions import wilson_interval
from descent_atlas.web.description.ensemble_models import EnsembleResponse
from descent_atlas.web.settings import MAX_ENSEMBLE_POSITIONS, MAX_WORK
from tests.backend.web.arrays import decode

REQUEST: dict[str, Any] = {
    "objective": {"id": "two-gaussian-bowl"},
    "start": {"x": 0.6, "y": 1.4},
    "optimizer": {
        "id": "sgd",
        "hyperparameters": {"lr": 0.02},
        "schedule": {"id": "cosine"},
        "steps": 200,
    },
    "noise": {"std": 6, "batch_size": 2, "seed": 7},
    "seeds": 20,
}


def test_seed_s_is_the_descent_that_the_page_draws_with_seed_s(client: TestClient) -> None:
    answer = client.post("/api/v1/ensembles", json=REQUEST).json()
    EnsembleResponse.model_validate(answer)
    step, x, y = (decode(answer[name]) for name in ("step", "x", "y"))
    ends = {name: decode(array) for name, array in answer["ends"].items()}
    assert (x.dtype, x.shape) == (np.dtype("<f4"), (20, step.size))
    for i in range(20):
        body = {
            **{name: REQUEST[name] for name in ("objective", "start")},
            "optimizers": [REQUEST["optimizer"]],
            "noise": {**REQUEST["noise"], "seed": 7 + i},
        }
        (descent,) = client.post("/api/v1/descents", json=body).json()["descents"]
        for name, mine in (("x", x), ("y", y)):
            theirs = decode(descent[name])
            np.testing.assert_array_equal(mine[i], theirs[step].astype(np.float32))
            assert ends[name][i] == theirs[-1]
        assert ends["minimum"][i] == descent["minimum"]
        assert ends["arrival"][i] == (-1 if descent["arrival"] is None else descent["arrival"])
        assert ends["steps"][i] == descent["steps"]


def test_shares_come_with_wilsons_intervals_and_add_up(client: TestClient) -> None:
    answer = client.post("/api/v1/ensembles", json=REQUEST).json()
    minimum, arrival = (decode(answer["ends"][name]) for name in ("minimum", "arrival"))
    assert answer["shares"]
    for share in answer["shares"]:
        own = minimum == share["minimum"]
        assert share["global"] == answer["minima"][share["minimum"]]["global"]
        for part, count in (("ended", own.sum()), ("arrived", (own & (arrival >= 0)).sum())):
            low, high = wilson_interval(int(count), 20)
            assert share[part] == {"count": count, "share": count / 20, "low": low, "high": high}
    counts = [share["ended"]["count"] for share in answer["shares"]]
    assert sum(counts) + answer["none"]["count"] + answer["diverged"]["count"] == 20
    assert sum(answer["statuses"].values()) == 20


def test_long_paths_of_many_seeds_stay_bounded(client: TestClient) -> None:
    body = {**REQUEST, "seeds": 500, "optimizer": {**REQUEST["optimizer"], "steps": 1000}}
    answer = client.post("/api/v1/ensembles", json=body)
    assert len(answer.content) < 500_000
    seeds, points = decode(answer.json()["x"]).shape
    assert seeds == 500
    assert seeds * points <= MAX_ENSEMBLE_POSITIONS


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"seeds": 9}, "seeds", "greater than or equal to 10"),
        ({"seeds": 501}, "seeds", "less than or equal to 500"),
        ({"noise": {"std": 0}}, "noise.std", "greater than 0"),
        ({"optimizer": {"id": "gd"}}, "optimizer.id", "cannot be gd"),
        ({"optimizer": {"id": "adam"}}, "noise.all", "should be true: without it adam sees"),
        ({"noise": {"seed": MAX_SEED}}, "noise.seed", f"less than or equal to {MAX_SEED - 499}"),
        (
            {"seeds": 500, "optimizer": {"id": "sgd", "steps": 100_000}},
            "seeds",
            f"may take {MAX_WORK:,} steps of this function in all, not 50,000,000",
        ),
    ],
)
def test_what_is_refused_names_field_fault_and_limit(
    changes: dict[str, Any], field: str, message: str, client: TestClient
) -> None:
    answer = client.post("/api/v1/ensembles", json={**REQUEST, **changes})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert message in error["message"]


def test_any_optimizer_that_meets_the_noise_has_an_ensemble(client: TestClient) -> None:
    body = {**REQUEST, "optimizer": {"id": "adam"}, "noise": {"std": 1, "all": True}}
    answer = client.post("/api/v1/ensembles", json=body)
    assert answer.status_code == 200
    assert answer.json()["optimizer"] == "adam"
