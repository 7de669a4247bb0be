"""TypeScript types of the API, printed by `python -m descent_atlas.web.description.typescript`.

The page's JavaScript imports them in comments, so that the type checker finds differences between
page and server.
"""

import json
import sys
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from descent_atlas.web.description.openapi import REFERENCE

Json = Mapping[str, Any]

HEAD = "/** The API's types, written from its description by `make types`: do not edit. */\n"

WIDTH = 96
"""Maximum length of a comment's line."""

PRIMITIVES = {"boolean": "boolean", "integer": "number", "null": "null", "number": "number"}


def write_types(description: Json) -> str:
    """Return the declarations of all schemas of a description."""
    schemas = description["components"]["schemas"]
    return "\n".join([HEAD, *(_declare(name, schema) for name, schema in schemas.items())])


def _declare(name: str, schema: Json) -> str:
    comment = _comment(schema["description"], "")
    if "properties" not in schema and schema.get("type") != "object":
        return f"{comment}export type {name} = {_write_type(schema)};\n"
    members = "".join(_list_members(schema))
    return f"{comment}export interface {name} {{\n{members}}}\n"


def _list_members(schema: Json) -> Iterator[str]:
    required = schema.get("required", [])
    for field, part in schema.get("properties", {}).items():
        mark = "" if field in required else "?"
        yield f"{_comment(part['description'], '  ')}  {field}{mark}: {_write_type(part)};\n"


def _comment(text: str, indent: str) -> str:
    words = " ".join(text.split())
    if len(words) + len(indent) + 7 <= WIDTH:
        return f"{indent}/** {words} */\n"
    lines = textwrap.wrap(words, WIDTH - len(indent) - 3, break_on_hyphens=False)
    return f"{indent}/**\n" + "".join(f"{indent} * {line}\n" for line in lines) + f"{indent} */\n"


def _write_type(schema: Json) -> str:
    match schema:
        case {"$ref": str(reference)}:
            return reference.removeprefix(REFERENCE)
        case {"oneOf": parts} | {"anyOf": parts}:
            return " | ".join(_write_type(part) for part in parts)
        case {"enum": values}:
            return " | ".join(json.dumps(value) for value in values)
        case {"const": value}:
            return json.dumps(value)
        case {"type": "array", "items": items, "minItems": least, "maxItems": most} if (
            least == most
        ):
            return f"[{', '.join([_write_type(items)] * least)}]"
        case {"type": "array", "items": items}:
            inner = _write_type(items)
            return f"({inner})[]" if " | " in inner else f"{inner}[]"
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"Record<string, {_write_type(values)}>"
        case {"type": "object"}:
            return "Record<string, unknown>"
        case {"type": "string"}:
            return "string"
        case {"type": str(kind)}:
            return PRIMITIVES[kind]
    return "unknown"


if __name__ == "__main__":
    from descent_atlas.web.app import create_app
    from descent_atlas.web.settings import Settings

    sys.stdout.write(write_types(create_app(Settings()).openapi()))
