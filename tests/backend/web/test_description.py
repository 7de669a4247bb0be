"""OpenAPI description: names, descriptions and examples."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema_rs import Draft202012Validator

from descent_atlas.web.app import create_app
from descent_atlas.web.description.openapi import TERMS, read_examples
from descent_atlas.web.description.typescript import write_types
from descent_atlas.web.middleware.prefix import API
from descent_atlas.web.problems import PROBLEM_TYPE
from descent_atlas.web.settings import Settings
from tests.servers import PATIENCE_SECONDS, wait_until

DESCRIPTION: dict[str, Any] = create_app(Settings()).openapi()
SCHEMAS: dict[str, Any] = DESCRIPTION["components"]["schemas"]
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, methods in DESCRIPTION["paths"].items()
    for method, operation in methods.items()
}

INTERNAL = re.compile(r"__|-Input$|-Output$|^BaseModel$|Answer")
"""Marks of a Python name in the description."""

OPEN = frozenset({"spec", "options", "hyperparameters", "learning_rates", "explained", "arrays"})
"""Fields whose names are data: a shortened example has some of them."""


def list_contents() -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Yield the description of each body: operation, status or `request`, media type, content."""
    for id, (_, _, operation) in OPERATIONS.items():
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            yield id, "request", media_type, content
        for status, response in operation["responses"].items():
            for media_type, content in response.get("content", {}).items():
                yield id, status, media_type, content


def validate(example: Any, schema: dict[str, Any]) -> None:
    whole = {**schema, "components": DESCRIPTION["components"]}
    Draft202012Validator(whole).validate(example)


def ask(client: TestClient, id: str, media_type: str) -> Any:
    """Send an operation's example request and return the response."""
    method, path, operation = OPERATIONS[id]
    for parameter in operation.get("parameters", []):
        path = path.replace(f"{{{parameter['name']}}}", str(parameter["schema"]["examples"][0]))
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    wait_until(lambda: client.get(f"{API}/health").is_success, PATIENCE_SECONDS)
    answer = client.request(method, path, json=body.get("example"), headers={"accept": media_type})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] == media_type
    return answer.json() if media_type == "application/json" else answer.text


def compare(example: Any, answer: Any, place: str) -> None:
    """Check that an example matches a response in its fields, types and array lengths."""
    if isinstance(answer, dict):
        assert isinstance(example, dict), place
        if place.rpartition(".")[2] in OPEN:
            assert set(example) <= set(answer), place
        else:
            assert set(example) == set(answer), place
        for name, value in example.items():
            compare(value, answer[name], f"{place}.{name}")
        if "bdata" in answer:
            assert (example["dtype"], example["shape"]) == (answer["dtype"], answer["shape"]), place
            assert len(base64.b64decode(example["bdata"])) == len(base64.b64decode(answer["bdata"]))
    elif isinstance(answer, list):
        assert isinstance(example, list) and bool(example) == bool(answer), place
        for shown, one in zip(example, answer, strict=False):
            compare(shown, one, f"{place}[]")
    elif isinstance(answer, int | float) and not isinstance(answer, bool):
        assert isinstance(example, int | float) or example is None, place
    elif answer is not None and example is not None:
        assert type(example) is type(answer), place


def test_schemas_have_names_for_clients() -> None:
    assert [name for name in SCHEMAS if INTERNAL.search(name) or not name.isalnum()] == []
    assert {"DescentsRequest", "DescentsResponse", "TypedArray", "Problem"} <= set(SCHEMAS)
    assert {term.name for term in TERMS.values()} <= set(SCHEMAS)


def test_every_schema_and_every_field_is_described() -> None:
    assert [name for name, schema in SCHEMAS.items() if not schema.get("description")] == []
    bare = [
        f"{name}.{field}"
        for name, schema in SCHEMAS.items()
        for field, part in schema.get("properties", {}).items()
        if not part.get("description")
    ]
    assert bare == []


@pytest.mark.parametrize("id", OPERATIONS)
def test_every_route_has_a_tag_a_summary_and_a_description(id: str) -> None:
    _, _, operation = OPERATIONS[id]
    known = {tag["name"] for tag in DESCRIPTION["tags"]}
    assert len(operation["tags"]) == 1 and set(operation["tags"]) <= known
    assert operation["summary"] and not operation["summary"].endswith(".")
    assert "\n" not in operation["summary"]
    assert operation["description"].partition("\n")[0].endswith(".")
    for parameter in operation.get("parameters", []):
        assert parameter["description"]
        assert parameter["schema"].get("examples"), parameter["name"]
    for response in operation["responses"].values():
        assert response["description"]


def test_every_request_and_every_response_has_an_example_that_its_schema_allows() -> None:
    for id, status, media_type, content in list_contents():
        if media_type == "application/zip":  # binary
            continue
        assert "example" in content, (id, status, media_type)
        validate(content["example"], content["schema"])


@pytest.mark.parametrize(
    ("id", "media_type"),
    [(id, kind) for id, example in read_examples().items() for kind in example["responses"]],
)
def test_an_example_is_what_the_server_answers(
    client: TestClient, id: str, media_type: str
) -> None:
    example = read_examples()[id]["responses"][media_type]
    answer = ask(client, id, media_type)
    if media_type == "application/x-ndjson":
        rows, shown = ([json.loads(row) for row in text.splitlines()] for text in (answer, example))
        compare(shown[0], rows[0], "row")
        compare(shown[-1], rows[-1], "row")
    elif media_type == "application/json":
        compare(example, answer, id)
    else:
        assert example == answer


def test_the_pages_types_are_those_of_the_description() -> None:
    declared = (Path(__file__).parents[3] / "frontend/core/api-types.d.ts").read_text()
    assert declared == write_types(DESCRIPTION), "make types writes them anew"


def test_an_example_of_a_problem_says_its_own_status() -> None:
    for id, status, media_type, content in list_contents():
        if media_type == PROBLEM_TYPE:
            assert content["example"]["status"] == int(status), id


def test_problems_that_can_be_caused_are_those_of_the_examples(client: TestClient) -> None:
    point = OPERATIONS["compute_point"][2]["responses"]
    descents = OPERATIONS["compute_descents"][2]
    missing = OPERATIONS["get_landscape"][2]["responses"]["404"]["content"][PROBLEM_TYPE]["example"]
    too_long = json.loads(
        json.dumps(descents["requestBody"]["content"]["application/json"]["example"])
    )
    too_long["optimizers"][0]["steps"] = 10**6
    large = b" " * 10**6
    header = {"content-type": "application/json"}
    answers = [
        (client.get(f"{API}/landscapes/none"), missing),
        (client.get(f"{API}/health", headers={"host": "x"}), example_of(point, 421)),
        (client.post(f"{API}/points", content=b"x"), example_of(point, 415)),
        (client.post(f"{API}/points", content=large, headers=header), example_of(point, 413)),
        (client.post(f"{API}/descents", json=too_long), example_of(descents["responses"], 422)),
    ]
    for answer, example in answers:
        assert answer.json() == {"errors": [], **example}


def example_of(responses: dict[str, Any], status: int) -> Any:
    return responses[str(status)]["content"][PROBLEM_TYPE]["example"]
