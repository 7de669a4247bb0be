"""The description of the API, and whether the server keeps to it."""

from collections.abc import Iterator
from typing import Any

import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, settings
from schemathesis import Case
from typing_extensions import TypeIs

from backend.app import create_app
from backend.settings import MAX_BASIN_COUNT, MAX_STEPS, Settings

EXAMPLES = 40
"""Requests made up for each route: the whole takes well under a minute."""

schema = schemathesis.openapi.from_asgi("/openapi.json", create_app(Settings(allowed_hosts=("*",))))


@schema.parametrize()
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_makes_the_server_break_its_description(case: Case[Any]) -> None:
    if isinstance(case.body, dict):
        put_ends_in_order(case.body)
        if case.path == "/api/basins":
            make_cheap(case.body)
    case.call_and_validate()


def test_the_description_holds_every_shape_that_it_refers_to(client: TestClient) -> None:
    description = client.get("/openapi.json").json()

    def list_references(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            if "$ref" in part:
                yield part["$ref"]
            part = list(part.values())
        if isinstance(part, list):
            for inner in part:
                yield from list_references(inner)

    references = set(list_references(description))
    schemas = {f"#/components/schemas/{name}" for name in description["components"]["schemas"]}
    assert "#/components/schemas/Problem" in references
    assert references <= schemas


def put_ends_in_order(body: dict[str, Any]) -> None:
    """Let no axis end before it begins: what a JSON schema cannot say."""
    for axis in (body.get("x"), body.get("y")):
        if isinstance(axis, dict) and is_number(axis.get("min")) and is_number(axis.get("max")):
            low, high = sorted((axis["min"], axis["max"]))
            axis["min"], axis["max"] = (low, high) if low < high else (low - 1, high)


def make_cheap(body: dict[str, Any]) -> None:
    """Let basins be computed soon; what is out of range stays out of range."""
    for axis in (body.get("x"), body.get("y")):
        if not isinstance(axis, dict):
            continue
        count = axis.get("count")
        if is_number(count) and 2 <= count <= MAX_BASIN_COUNT:
            axis["count"] = 2 + int(count) % 5
    choices = body.get("optimizers")
    for choice in choices if isinstance(choices, list) else ():
        if isinstance(choice, dict):
            steps = choice.get("steps", MAX_STEPS)
            if is_number(steps) and 1 <= steps <= MAX_STEPS:
                choice["steps"] = 1 + int(steps) % 100


def is_number(value: object) -> TypeIs[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
