"""Typed functions in the API: descents, surfaces, points, basins, scripts, the library."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from descent_atlas.objectives.objective_table import OBJECTIVES
from tests.backend.web.arrays import decode

SIDE = {"min": -2, "max": 2}
SADDLE = {"expression": "x^2 - y^2", "domain": {"x": SIDE, "y": SIDE}}
BOWL = {"expression": "a*x^2 + y^2; a = 3 in [1, 5]"}
START = {"x": 1.0, "y": 0.5}
GD = {"id": "gd", "hyperparameters": {"lr": 0.1}, "steps": 50}


def post(client: TestClient, path: str, **body: Any) -> Any:
    answer = client.post(f"/api/v1/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refuse(client: TestClient, objective: Any, path: str = "descents") -> Any:
    body = {"objective": objective, "start": START, "optimizers": [GD]}
    answer = client.post(f"/api/v1/{path}", json=body)
    assert answer.status_code == 422, answer.text
    return answer.json()["errors"][0]


def test_a_typed_function_descends_as_that_of_the_table(client: TestClient) -> None:
    body = {"start": START, "optimizers": [GD, {"id": "adam", "steps": 70}]}
    typed = post(client, "descents", objective=SADDLE, **body)
    table = post(client, "descents", objective={"id": "saddle"}, **body)
    for ours, theirs in zip(typed["descents"], table["descents"], strict=True):
        assert decode(ours["x"]).tolist() == pytest.approx(decode(theirs["x"]).tolist())
        assert ours["status"] == theirs["status"]


def test_parameters_change_a_typed_function(client: TestClient) -> None:
    point = {"x": 1.0, "y": 2.0}
    assert post(client, "points", objective=BOWL, point=point)["value"] == 7
    changed = {**BOWL, "parameters": {"a": 5.0}}
    answer = post(client, "points", objective=changed, point=point)
    assert answer == {"value": 9.0, "gradient": {"x": 10.0, "y": 4.0}}


def test_what_is_not_finite_at_a_point_is_null(client: TestClient) -> None:
    answer = post(client, "points", objective={"expression": "1/x + y"}, point={"x": 0, "y": 1})
    assert answer == {"value": None, "gradient": {"x": None, "y": 1.0}}


def test_surfaces_and_basins_list_the_minima_of_the_domain(client: TestClient) -> None:
    two = {"expression": "(x^2 - 1)^2 + y^2"}
    axis = {"min": -2.0, "max": 2.0, "count": 5}
    surface = post(client, "surfaces", objective=two, x=axis, y=axis)
    assert [(m["x"], m["y"], m["global"]) for m in surface["minima"]] == [
        (-1.0, 0.0, True),
        (1.0, 0.0, True),
    ]
    slow = {"id": "gd", "hyperparameters": {"lr": 0.01}, "steps": 500}
    basins = post(client, "basins", objective=two, x=axis, y=axis, optimizers=[slow])
    assert decode(basins["basins"][0]["labels"])[2].tolist()[::4] == [0, 1]
    many = {"expression": "sin(50*x)*sin(50*y)"}
    surface = post(client, "surfaces", objective=many, x=axis, y=axis)
    assert (surface["minima"], surface["too_many_minima"]) == ([], True)


def test_a_descent_that_lands_on_a_kink_says_so(client: TestClient) -> None:
    body = {"objective": {"expression": "sqrt(x^2 + y^2)"}, "optimizers": [GD]}
    on, off = (
        post(client, "descents", start=start, **body)["descents"][0]["kink"]
        for start in ({"x": 0, "y": 0}, {"x": 0.05, "y": 0})
    )
    assert off is None
    assert on.startswith("There is no derivative at the last point: it lies on a kink of a root")


def test_a_fault_is_refused_with_its_character(client: TestClient) -> None:
    error = refuse(client, {"expression": "x + * y"})
    assert error == {
        "field": "objective.expression",
        "message": "at character 5: A number, a name or ( is expected before “*”",
        "position": 4,
        "length": 1,
    }
    error = refuse(client, {"expression": "x" * 501})
    assert (error["field"], error["limit"]) == ("objective.expression", 500)


@pytest.mark.parametrize(
    ("objective", "field", "words"),
    [
        ({**BOWL, "parameters": {"b": 1.0}}, "objective.parameters", "'b'"),
        ({**BOWL, "parameters": {"a": 9.0}}, "objective.parameters", "from 1 to 5, not 9"),
        ({**BOWL, "parameters": {"a": "1"}}, "objective.parameters.a", "a number"),
        ({**BOWL, "id": "saddle"}, "objective.id", "not known"),
        ({"expression": 7}, "objective.expression", "text"),
        ({}, "objective.id", "required"),
        (7, "objective", "an object"),
        (
            {**BOWL, "domain": {"x": {"min": 0, "max": 0}, "y": {"min": 0, "max": 1}}},
            "objective.domain.x.max",
            "greater than min",
        ),
        (
            {**BOWL, "domain": {"x": {"min": 0, "max": 1e-4}, "y": {"min": 0, "max": 1}}},
            "objective.domain.x.max",
            "0.001 above",
        ),
    ],
)
def test_what_cannot_be_used_is_named_with_its_limit(
    client: TestClient, objective: Any, field: str, words: str
) -> None:
    error = refuse(client, objective)
    assert error["field"] == field
    assert words in error["message"]


def test_the_table_is_listed_where_an_id_is_not_known(client: TestClient) -> None:
    assert refuse(client, {"id": "nothing"})["limit"] == list(OBJECTIVES)


def test_a_slow_function_takes_fewer_steps(client: TestClient) -> None:
    slow = {"expression": "+".join(["x^y"] * 1 + [f"(x+{i})^(y+{i})" for i in range(12)])}
    body = {
        "objective": slow,
        "start": START,
        "optimizers": [{"id": "gd", "steps": 100_000}] * 20,
    }
    answer = client.post("/api/v1/descents", json=body)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["field"] == "optimizers"
    assert f"{error['limit']:,} steps of this function" in error["message"]


def test_the_first_request_for_a_function_alone_takes_a_turn(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = client.app.state.turns  # type: ignore[attr-defined]
    taken: list[Any] = []
    take = turns.take

    def count(receive: Any) -> Any:
        taken.append(receive)
        return take(receive)

    monkeypatch.setattr(turns, "take", count)
    axis = {**SIDE, "count": 5}
    several: dict[str, Any] = {"start": START, "optimizers": [GD]}
    bodies: dict[str, dict[str, Any]] = {
        "surfaces": {"x": axis, "y": axis},
        "descents": several,
        "states": several,
        "stability": several,
    }
    for number, route in enumerate(bodies):
        # Its minima are not known yet.
        function = {"expression": f"x^2 + y^2 + {number}e-3*x"}
        post(client, route, objective=function, **bodies[route])
        for other, body in bodies.items():
            post(client, other, objective=function, **body)
        assert len(taken) == number + 1


def test_reading_a_function_gives_what_the_page_shows(client: TestClient) -> None:
    answer = post(client, "expressions", **BOWL)
    objective = answer["objective"]
    assert (answer["fault"], answer["rules"]) == (None, [])
    assert objective["formula"]["latex"] == r"f(x, y) = a \, x^{2} + y^{2}"
    assert objective["formula"]["mathml"].startswith("<math")
    (parameter,) = objective["parameters"]
    assert [parameter[key] for key in ("id", "min", "default", "max")] == ["a", 1.0, 3.0, 5.0]
    assert objective["scale"] == "linear"
    assert (
        post(client, "expressions", expression="(1 - x)^2 + 100*(y - x^2)^2")["objective"]["scale"]
        == "log"
    )
    assert len(post(client, "expressions", expression="abs(x) + sqrt(y) + abs(y)")["rules"]) == 2


def test_reading_a_fault_is_no_error(client: TestClient) -> None:
    answer = post(client, "expressions", expression="sin(x")
    assert answer["objective"] is None
    assert answer["fault"] == {"message": "“)” is expected at the end.", "position": 5, "length": 1}


def test_every_function_of_the_library_can_be_read(client: TestClient) -> None:
    library = client.get("/api/v1/functions").json()
    assert len(library["functions"]) == 30
    for function in library["functions"]:
        read = post(
            client, "expressions", expression=function["expression"], domain=function["domain"]
        )
        assert read["objective"]["name"] == function["name"]
        assert read["objective"]["reference"] == function["reference"]
