"""Routes of the tables."""

from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from fastapi.testclient import TestClient

from descent_atlas.measured.stories import load_stories
from descent_atlas.measured.sweep import load_sweep
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.descent import DEFAULT_STEPS
from descent_atlas.web.routes.thumbnail_routes import list_square
from descent_atlas.web.settings import MAX_STEPS
from tests.backend.web.arrays import decode

MATHML = "{http://www.w3.org/1998/Math/MathML}"


@pytest.fixture(scope="module")
def objectives(client: TestClient) -> dict[str, Any]:
    return {row["id"]: row for row in client.get("/api/v1/objectives").json()["objectives"]}


@pytest.fixture(scope="module")
def optimizers(client: TestClient) -> dict[str, Any]:
    return {row["id"]: row for row in client.get("/api/v1/optimizers").json()["optimizers"]}


def test_the_tables_hold_every_row_in_its_order(
    objectives: dict[str, Any], optimizers: dict[str, Any]
) -> None:
    assert list(objectives) == list(OBJECTIVES)
    assert list(optimizers) == list(OPTIMIZERS)


@pytest.mark.parametrize("id", OBJECTIVES)
def test_an_objective_is_described_as_its_table_has_it(objectives: dict[str, Any], id: str) -> None:
    row, objective = objectives[id], OBJECTIVES[id]
    assert row["name"] == objective.name
    assert row["formula"]["latex"] == objective.latex
    assert [
        (parameter["id"], parameter["default"], parameter["min"], parameter["max"])
        for parameter in row["parameters"]
    ] == [
        (parameter.id, parameter.default, parameter.minimum, parameter.maximum)
        for parameter in objective.parameters
    ]
    assert tuple(row["domain"]["x"].values()) == objective.domain.x
    assert tuple(row["domain"]["y"].values()) == objective.domain.y
    assert (row["start"]["x"], row["start"]["y"]) == objective.start
    assert row["scale"] == ("log" if objective.logarithmic else "linear")
    assert objective.reference is not None
    assert row["reference"] == {
        "text": objective.reference.text,
        "url": objective.reference.url,
    }


@pytest.mark.parametrize("id", OPTIMIZERS)
def test_an_optimizer_is_described_as_its_table_has_it(optimizers: dict[str, Any], id: str) -> None:
    row, optimizer = optimizers[id], OPTIMIZERS[id]
    assert row["formula"]["latex"] == optimizer.latex
    assert [
        (h["id"], h["default"], h["min"], h["max"], h["scale"]) for h in row["hyperparameters"]
    ] == [(h.id, h.default, h.minimum, h.maximum, h.scale) for h in optimizer.hyperparameters]
    assert row["draws_noise"] == optimizer.draws_noise
    assert row["torch"] == optimizer.torch
    for field in ("is_exact", "evaluations", "draws_average", "takes_schedule"):
        assert row[field] == getattr(optimizer, field)


def test_a_switch_has_a_truth_value_for_its_default(optimizers: dict[str, Any]) -> None:
    for row in optimizers.values():
        for hyperparameter in row["hyperparameters"]:
            is_switch = hyperparameter["scale"] == "switch"
            assert isinstance(hyperparameter["default"], bool) == is_switch


def test_the_articles_settings_are_complete(optimizers: dict[str, Any]) -> None:
    with_article = [id for id, row in optimizers.items() if row["article"]]
    assert with_article == ["gd", "sgd", "momentum", "rmsprop", "adam"]
    for id in with_article:
        settings = optimizers[id]["article"]["hyperparameters"]
        assert list(settings) == [h["id"] for h in optimizers[id]["hyperparameters"]]
        OPTIMIZERS[id].pack(settings)


def test_the_ranges_that_all_optimizers_share_stand_beside_them(client: TestClient) -> None:
    table = client.get("/api/v1/optimizers").json()
    assert table["steps"] == {"min": 1, "max": MAX_STEPS, "default": DEFAULT_STEPS}
    assert list(table["noise"]) == ["std", "batch_size", "seed"]
    assert table["arrival_distance"] == 0.01


def test_every_formula_is_mathematics_that_a_browser_can_draw(
    objectives: dict[str, Any], optimizers: dict[str, Any]
) -> None:
    rows = [*objectives.values(), *optimizers.values()]
    formulas = [("block", row["formula"]) for row in rows]
    formulas += [
        ("inline", entry["symbol"])
        for row in rows
        for entry in row.get("parameters", []) + row.get("hyperparameters", [])
    ]
    for display, formula in formulas:
        tree = ElementTree.fromstring(formula["mathml"])
        assert tree.tag == f"{MATHML}math"
        assert tree.attrib["display"] == display
        text = "".join(tree.itertext())
        # latex2mathml copies unknown commands into the output as text.
        assert "\\" not in text, formula["latex"]
        assert "&" not in text, formula["latex"]
        assert "aligned" not in text, formula["latex"]


def test_learning_rates_are_the_sweeps_and_within_limits(optimizers: dict[str, Any]) -> None:
    swept = {(cell["optimizer"], cell["objective"]): cell["lr"] for cell in load_sweep()["cells"]}
    for id, row in optimizers.items():
        assert list(row["learning_rates"]) == list(OBJECTIVES)
        for objective, lr in row["learning_rates"].items():
            assert lr == swept[id, objective]
            OPTIMIZERS[id].pack({"lr": lr})


def test_the_sweep_is_served_as_it_was_written(client: TestClient) -> None:
    assert client.get("/api/v1/sweep").json() == load_sweep()


def test_the_stories_are_served_as_they_were_measured(client: TestClient) -> None:
    assert client.get("/api/v1/stories").json() == {"stories": load_stories()}


def test_a_thumbnail_says_where_each_of_its_points_stands_among_the_levels(
    client: TestClient,
) -> None:
    thumbnails = client.get("/api/v1/thumbnails").json()["thumbnails"]
    assert [thumbnail["objective"] for thumbnail in thumbnails] == list(OBJECTIVES)
    for thumbnail in thumbnails:
        objective = OBJECTIVES[thumbnail["objective"]]
        x, y = list_square(objective.domain)
        z, _, _ = objective.evaluate(x, y[:, np.newaxis], objective.pack({}))
        levels = objective.contour_levels(z)
        assert thumbnail["levels"] == len(levels)
        numbers = decode(thumbnail["numbers"]) / 255 * (len(levels) + 1) - 1
        within = (levels[0] <= z) & (z <= levels[-1])
        between = np.interp(z[within], levels, np.arange(len(levels)))
        half = (len(levels) + 1) / 255 / 2
        np.testing.assert_allclose(numbers[within], between, rtol=0, atol=half + 1e-9)
        assert (numbers[z < levels[0]] <= half).all()
        assert (numbers[z > levels[-1]] >= len(levels) - 1 - half).all()


@pytest.mark.parametrize("table", ["objectives", "optimizers", "sweep", "stories", "thumbnails"])
def test_a_table_travels_compressed_and_once(client: TestClient, table: str) -> None:
    answer = client.get(f"/api/v1/{table}")
    assert answer.headers["content-encoding"] == "br"
    assert answer.headers["cache-control"] == "no-cache"
    current = client.get(f"/api/v1/{table}", headers={"if-none-match": answer.headers["etag"]})
    assert (current.status_code, current.content) == (304, b"")
    assert current.headers["etag"] == answer.headers["etag"]
