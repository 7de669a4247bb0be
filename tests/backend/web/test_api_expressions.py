"""Typed functions over HTTP: reading, computing, faults, limits."""

from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from descent_atlas.expressions.known_functions import KNOWN_FUNCTIONS
from descent_atlas.expressions.parser import MAX_PARAMETERS
from descent_atlas.expressions.tokens import MAX_LENGTH
from descent_atlas.expressions.typed_objective import MAX_DOMAIN, MAX_PARAMETER, make_objective
from descent_atlas.simulation.descent import DEFAULT_STEPS
from descent_atlas.web.settings import MAX_STEPS
from tests.backend.web.arrays import decode

BOWL = {"id": "typed", "expression": "a*x^2 + y^2", "parameters": {"a": 3}}
START = {"x": 1, "y": 2}
AXIS = {"min": -1, "max": 1, "count": 5}


def post(client: TestClient, path: str, body: dict[str, Any]) -> Any:
    answer = client.post(f"/api/v1/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refuse(client: TestClient, objective: dict[str, Any], path: str = "expressions") -> Any:
    """Return the only error of a refused request."""
    body: dict[str, Any] = {"objective": objective}
    if path == "basins":
        body |= {"x": AXIS, "y": AXIS, "optimizers": [{"id": "gd"}]}
    answer = client.post(f"/api/v1/{path}", json=body)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    return error


def test_reading_a_function_gives_its_mathematics_and_its_parameters(client: TestClient) -> None:
    read = post(client, "expressions", {"objective": BOWL})
    assert read["id"] == "typed"
    assert read["formula"]["latex"] == r"f(x, y) = a\,x^{2} + y^{2}"
    assert read["formula"]["mathml"].startswith("<math")
    (a,) = read["parameters"]
    assert (a["id"], a["default"], a["min"], a["max"]) == ("a", 1, -MAX_PARAMETER, MAX_PARAMETER)
    assert read["domain"] == {"x": {"min": -5, "max": 5}, "y": {"min": -5, "max": 5}}
    assert read["reference"] is None
    assert read["stories"] == []
    bent = post(client, "expressions", {"objective": {"id": "typed", "expression": "abs(x)"}})
    assert "its derivative counts as 0" in bent["description"]
    assert "counts as 0" not in read["description"]


def test_a_surface_a_point_and_descents_are_those_of_the_function(client: TestClient) -> None:
    objective = make_objective("a*x^2 + y^2", (("a", 3.0),))
    surface = post(client, "surfaces", {"objective": BOWL, "x": AXIS, "y": AXIS})
    x, y, z = (decode(surface[name]) for name in "xyz")
    np.testing.assert_array_equal(z, objective.evaluate(x, y[:, np.newaxis], objective.code)[0])
    assert [(m["x"], m["y"], m["global"]) for m in surface["minima"]] == [(0, 0, True)]
    assert surface["minima_complete"] is True
    point = post(client, "points", {"objective": BOWL, "point": START})
    assert point == {"value": 7.0, "gradient": {"x": 6.0, "y": 4.0}}
    body = {
        "objective": BOWL,
        "start": START,
        "optimizers": [{"id": "gd", "hyperparameters": {"lr": 0.1}, "steps": 200}],
    }
    (descent,) = post(client, "descents", body)["descents"]
    assert descent["status"] == "converged"
    assert descent["minimum"] == 0
    assert descent["at_bend"] is False
    np.testing.assert_allclose(decode(descent["x"])[:3], [1, 0.4, 0.16])


def test_a_descent_that_ends_on_a_bend_says_so(client: TestClient) -> None:
    body = {
        "objective": {"id": "typed", "expression": "abs(x) + y^2"},
        "start": {"x": 0, "y": 0},
        "optimizers": [{"id": "gd", "steps": 10}],
    }
    (descent,) = post(client, "descents", body)["descents"]
    assert descent["at_bend"] is True


def test_basins_are_mapped(client: TestClient) -> None:
    body = {
        "objective": {"id": "typed", "expression": "(x^2 - 1)^2 + y^2"},
        "x": {"min": -2, "max": 2, "count": 4},
        "y": {"min": -2, "max": 2, "count": 2},
        "optimizers": [{"id": "gd", "hyperparameters": {"lr": 0.05}, "steps": 200}],
    }
    answer = post(client, "basins", body)
    assert decode(answer["basins"][0]["labels"]).tolist() == [[0, 0, 1, 1], [0, 0, 1, 1]]
    assert answer["minima_complete"] is True


@pytest.mark.parametrize(
    ("expression", "position"),
    [("", 0), ("2x", 1), ("x^2 +", 5), ("foo(x)", 0), ("x" * (MAX_LENGTH + 1), MAX_LENGTH)],
)
@pytest.mark.parametrize("path", ["expressions", "basins"])
def test_a_fault_names_its_character(
    client: TestClient, expression: str, position: int, path: str
) -> None:
    error = refuse(client, {"id": "typed", "expression": expression}, path)
    assert error["field"] == "objective.expression"
    assert error["position"] == position


@pytest.mark.parametrize(
    ("change", "field", "limit"),
    [
        ({"parameters": {"b": 1}}, "objective.parameters", None),
        ({"parameters": {"a": MAX_PARAMETER + 1}}, "objective.parameters.a", MAX_PARAMETER),
        (
            {"parameters": {f"a{index}": 1 for index in range(MAX_PARAMETERS + 1)}},
            "objective.parameters",
            MAX_PARAMETERS,
        ),
        ({"domain": {"x": {"min": 1, "max": 1}}}, "objective.domain.x.max", 1),
        ({"domain": {"y": {"min": 0, "max": 71}}}, "objective.domain.y.max", MAX_DOMAIN),
        ({"gravity": 1}, "objective.gravity", None),
        ({"expression": 7}, "objective.expression", None),
    ],
)
def test_what_is_out_of_range_is_refused_with_field_and_limit(
    client: TestClient, change: dict[str, Any], field: str, limit: float | None
) -> None:
    error = refuse(client, BOWL | change)
    assert error["field"] == field
    assert error.get("limit") == limit


def test_a_long_function_may_take_fewer_steps(client: TestClient) -> None:
    expression = "+".join(["sin(x)^y"] * 40)
    body = {
        "objective": {"id": "typed", "expression": expression},
        "start": START,
        "optimizers": [{"id": "gd", "steps": MAX_STEPS}] * 4,
    }
    answer = client.post("/api/v1/descents", json=body)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "optimizers"
    assert 10 * DEFAULT_STEPS < error["limit"] < 4 * MAX_STEPS
    assert f"may take {error['limit']:,} steps" in error["message"]
    axis = {"min": -1, "max": 1, "count": 301}
    basins = body | {"x": axis, "y": axis}
    del basins["start"]
    basins["optimizers"] = [{"id": "gd"}]
    assert client.post("/api/v1/basins", json=basins).status_code == 422


def test_a_script_contains_the_function(client: TestClient) -> None:
    body = {"objective": BOWL, "start": START, "optimizer": {"id": "gd", "steps": 5}}
    answer = client.post("/api/v1/scripts", json=body)
    assert answer.status_code == 200, answer.text
    assert "    a = 3.0\n    return a * x**2 + y**2\n" in answer.text
    assert 'filename="gd-on-typed.py"' in answer.headers["content-disposition"]


def test_the_known_functions_are_listed_with_what_one_would_type(client: TestClient) -> None:
    answer = client.get("/api/v1/known-functions")
    rows = answer.json()["functions"]
    assert [row["id"] for row in rows] == list(KNOWN_FUNCTIONS)
    for row in rows:
        assert row["expression"] == KNOWN_FUNCTIONS[row["id"]].formula
        assert row["formula"]["mathml"].startswith("<math")
        assert row["minima"]
    assert answer.headers["etag"]
