"""OpenAPI description: tags, names for clients, examples."""

import json
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from descent_atlas.web import problems
from descent_atlas.web.description.vocabulary.claim_vocabulary import CLAIM_TERMS
from descent_atlas.web.description.vocabulary.manifest_vocabulary import MANIFEST_TERMS
from descent_atlas.web.description.vocabulary.measured_vocabulary import MEASURED_TERMS
from descent_atlas.web.description.vocabulary.part_vocabulary import PART_TERMS
from descent_atlas.web.description.vocabulary.term import Term

TERMS: Mapping[type[Any], Term] = {**MEASURED_TERMS, **CLAIM_TERMS, **MANIFEST_TERMS, **PART_TERMS}
"""Names and descriptions of the types whose classes lie outside the web layer: the measured tables,
the claims and the manifests define the shape in which they are stored."""

EXAMPLES = Path(__file__).parent / "examples.json"
"""File with an example request and successful response for each route, by operation id. Long lists
are cut to their first items."""

JSON = "application/json"

REFERENCE = "#/components/schemas/"

SUMMARY = "See how optimizers move."

DESCRIPTION = """\
Descent Atlas runs optimizers on functions of two variables and serves loss landscapes of neural \
networks. The page is a client of this API.

Request bodies are `application/json`. An array of numbers is a `TypedArray`: its type, \
its shape and its bytes as base64. Every error is an `application/problem+json` (RFC 9457). \
Responses with an `ETag` can be revalidated with `If-None-Match`.
"""


class Tag(StrEnum):
    """The groups of routes."""

    TABLES = "Tables"
    COMPUTATIONS = "Computations"
    LANDSCAPES = "Landscapes"
    SERVER = "Server"


TAGS = [
    {"name": Tag.TABLES, "description": "Functions, optimizers, and measurements of them."},
    {"name": Tag.COMPUTATIONS, "description": "Functions and optimizers, computed on request."},
    {"name": Tag.LANDSCAPES, "description": "Loss landscapes, and the paper's claims on them."},
    {"name": Tag.SERVER, "description": "The state of the server."},
]


@cache
def read_examples() -> Mapping[str, Any]:
    """Return the examples by operation id: `responses`, and `request` if there is a body."""
    examples: dict[str, Any] = json.loads(EXAMPLES.read_text())
    return examples


def complete(description: dict[str, Any]) -> dict[str, Any]:
    """Return a description with names for clients, descriptions of all types, and examples.

    FastAPI names schemas after Python classes and describes only types of the web layer. A model's
    title is its name for clients.
    """
    schemas = {**description["components"]["schemas"], **problems.define_schemas()}
    terms = find_terms(schemas)
    names = {
        name: terms[name].name if name in terms else schema.get("title", name)
        for name, schema in schemas.items()
    }
    for name, term in terms.items():
        explain(schemas[name], term)
    for name, schema in schemas.items():
        schema["title"] = names[name]
    described: dict[str, Any] = {
        **description,
        "components": {"schemas": {names[name]: schema for name, schema in schemas.items()}},
    }
    described = rewrite_references(described, names)
    add_examples(described["paths"])
    drop_unused(described)
    return described


def find_terms(schemas: Mapping[str, Any]) -> dict[str, Term]:
    """Return the terms by the names of their types' schemas.

    Pydantic prefixes the module's name if several types have the same name.
    """
    found = {}
    for cls, term in TERMS.items():
        long = f"{cls.__module__}.{cls.__qualname__}".replace(".", "__")
        found[long if long in schemas else cls.__name__] = term
    return found


def explain(schema: dict[str, Any], term: Term) -> None:
    """Add a term's descriptions to a schema."""
    schema["description"] = term.description
    for field, text in term.fields.items():
        schema["properties"][field]["description"] = text


def rewrite_references(part: Any, names: Mapping[str, str]) -> Any:
    """Return a part of a description with references to the schemas' new names."""
    if isinstance(part, dict):
        return {key: rewrite_references(value, names) for key, value in part.items()}
    if isinstance(part, list):
        return [rewrite_references(item, names) for item in part]
    if isinstance(part, str) and part.startswith(REFERENCE):
        return REFERENCE + names[part.removeprefix(REFERENCE)]
    return part


def add_examples(paths: Mapping[str, Any]) -> None:
    """Add the examples to the requests and the successful responses."""
    examples = read_examples()
    for methods in paths.values():
        for operation in methods.values():
            example = examples[operation["operationId"]]
            if "request" in example:
                operation["requestBody"]["content"][JSON]["example"] = example["request"]
            for media_type, content in operation["responses"]["200"]["content"].items():
                if media_type in example["responses"]:
                    content["example"] = example["responses"][media_type]


def drop_unused(description: dict[str, Any]) -> None:
    """Remove the schemas that nothing refers to."""
    schemas = description["components"]["schemas"]
    used: set[str] = set()
    found = set(list_references(description["paths"]))
    while found:
        used |= found
        found = {name for known in found for name in list_references(schemas[known])} - used
    description["components"]["schemas"] = {
        name: schema for name, schema in sorted(schemas.items()) if name in used
    }


def list_references(part: Any) -> Iterator[str]:
    """Yield the names of the schemas to which a part of a description refers."""
    if isinstance(part, dict):
        for value in part.values():
            yield from list_references(value)
    elif isinstance(part, list):
        for item in part:
            yield from list_references(item)
    elif isinstance(part, str) and part.startswith(REFERENCE):
        yield part.removeprefix(REFERENCE)
