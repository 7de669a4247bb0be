"""The reference page: the OpenAPI description as HTML, which needs no script to be read."""

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from descent_atlas.web.description.openapi import REFERENCE

Json = Mapping[str, Any]

MANY = 4
"""Alternatives that a table's cell lists; of more it lists none until asked."""

_CODE = re.compile("`([^`]+)`")

PAGE = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>API reference – Descent Atlas</title>
    <meta name="description" content="Every route, request and response of the API." />
    <meta name="color-scheme" content="light dark" />
    <link rel="icon" href="../favicon.svg" type="image/svg+xml" />
    <script src="../core/stored-theme.js"></script>
    <link rel="stylesheet" href="../styles/base.css" />
    <link rel="stylesheet" href="../styles/masthead.css" />
    <link rel="stylesheet" href="../styles/controls.css" />
    <link rel="stylesheet" href="../reference/reference.css" />
    <script type="module" src="../reference/reference-main.js"></script>
    <link rel="modulepreload" href="../core/dom.js" />
    <link rel="modulepreload" href="../core/theme.js" />
  </head>
  <body>
    <header class="masthead">
      <a class="wordmark" href="../">Descent Atlas</a>
      <nav class="masthead-pages" aria-label="Pages">
        <a href="../">Playground</a>
        <a href="../landscapes">Landscapes</a>
        <a href="../about">About</a>
      </nav>
      <div class="masthead-tools">
        <button type="button" class="icon" id="theme" aria-label="Switch the theme">
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" stroke-width="1.5" />
            <path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor" />
          </svg>
        </button>
      </div>
    </header>
    <div class="reference">
      <nav class="contents" aria-label="Contents">{contents}</nav>
      <main>
        <header class="lead">
          <h1>API reference</h1>
          <p>Version {version}. The same as OpenAPI: <a href="../openapi.json">openapi.json</a>.</p>
          {introduction}
        </header>
        {groups}
        <section id="schemas" aria-labelledby="schemas-title">
          <h2 id="schemas-title">Schemas</h2>
          {schemas}
        </section>
      </main>
    </div>
  </body>
</html>
"""


def render(description: Json) -> str:
    """Return the page of a description that `openapi.complete` made."""
    operations = [
        (method, path, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]
    groups = [
        (tag, [one for one in operations if one[2]["tags"] == [tag["name"]]])
        for tag in description["tags"]
    ]
    schemas = description["components"]["schemas"]
    return PAGE.format(
        contents="".join(_list_contents(groups)),
        version=escape(description["info"]["version"]),
        introduction=_write_paragraphs(description["info"]["description"]),
        groups="".join(_write_group(tag, members) for tag, members in groups),
        schemas="".join(_write_schema(name, schema) for name, schema in schemas.items()),
    )


def _list_contents(groups: list[tuple[Json, list[tuple[str, str, Json]]]]) -> Iterator[str]:
    for tag, members in groups:
        links = "".join(
            f'<li><a href="#{operation["operationId"]}">{escape(operation["summary"])}</a></li>'
            for _, _, operation in members
        )
        yield f'<a href="#{_name_anchor(tag)}">{escape(tag["name"])}</a><ul>{links}</ul>'
    yield '<a href="#schemas">Schemas</a>'


def _name_anchor(tag: Json) -> str:
    return f"tag-{tag['name'].lower()}"


def _write_group(tag: Json, members: list[tuple[str, str, Json]]) -> str:
    anchor = _name_anchor(tag)
    return (
        f'<section id="{anchor}" aria-labelledby="{anchor}-title">'
        f'<h2 id="{anchor}-title">{escape(tag["name"])}</h2>'
        f"{_write_paragraphs(tag['description'])}"
        f"{''.join(_write_operation(*member) for member in members)}</section>"
    )


def _write_operation(method: str, path: str, operation: Json) -> str:
    id = operation["operationId"]
    summary, responses = operation["summary"], operation["responses"]
    parts = [
        f'<article id="{id}" class="operation">',
        f'<h3><a href="#{id}">{escape(summary)}</a></h3>',
        f'<p class="address"><b>{method.upper()}</b> <code>{escape(path)}</code></p>',
        _write_paragraphs(operation["description"]),
    ]
    if parameters := operation.get("parameters"):
        rows = "".join(_write_parameter(parameter) for parameter in parameters)
        parts.append(_write_table(f"Parameters: {summary}", ("Name", "Type", "Meaning"), rows))
    if body := operation.get("requestBody"):
        parts += _write_bodies("Request", body["content"])
    parts += _write_bodies("Response", responses["200"]["content"])
    rows = "".join(
        f"<tr><td>{status}</td><td>{_write_types(response)}</td>"
        f"<td>{_write_text(response['description'])}</td></tr>"
        for status, response in sorted(responses.items())
        if status != "200"
    )
    parts += ["<details><summary>Other statuses</summary>"]
    parts += [
        _write_table(f"Statuses: {summary}", ("Status", "Type", "Meaning"), rows),
        "</details>",
    ]
    return "".join([*parts, "</article>"])


def _write_parameter(parameter: Json) -> str:
    place = "in the path" if parameter["in"] == "path" else "in the query, optional"
    example = parameter["schema"]["examples"][0]
    return (
        f"<tr><td><code>{escape(parameter['name'])}</code><small>{place}</small></td>"
        f"<td>{_write_type(parameter['schema'])}</td>"
        f"<td>{_write_text(parameter['description'])} "
        f"For example <code>{escape(str(example))}</code>.</td></tr>"
    )


def _write_bodies(title: str, contents: Json) -> Iterator[str]:
    for media_type, content in contents.items():
        yield (
            f"<h4>{title} <code>{escape(media_type)}</code></h4>"
            f"<p>{_write_type(content['schema'])}</p>"
        )
        if "description" in content["schema"]:
            yield _write_paragraphs(content["schema"]["description"])
        if "example" in content:
            example = content["example"]
            text = (
                example
                if isinstance(example, str)
                else json.dumps(example, indent=2, ensure_ascii=False)
            )
            yield (
                "<details open><summary>Example</summary>"
                f'<pre tabindex="0" aria-label="Example">{escape(text)}</pre></details>'
            )


def _write_types(response: Json) -> str:
    contents = response.get("content", {}).values()
    return ", ".join(_write_type(content["schema"]) for content in contents) or "no body"


def _write_schema(name: str, schema: Json) -> str:
    parts = [
        f'<article id="{name}" class="schema"><h3><a href="#{name}">{name}</a></h3>',
        _write_paragraphs(schema["description"]),
    ]
    if "enum" in schema:
        parts.append(f"<p>{_write_type(schema)}</p>")
    required = schema.get("required", [])
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code>"
        f"{'' if field in required else '<small>optional</small>'}</td>"
        f"<td>{_write_type(part)}</td>"
        f"<td>{_write_text(part['description'])}{_write_bounds(part)}</td></tr>"
        for field, part in schema.get("properties", {}).items()
    )
    if rows:
        parts.append(_write_table(f"Fields of {name}", ("Field", "Type", "Meaning"), rows))
    return "".join([*parts, "</article>"])


def _write_table(label: str, columns: tuple[str, ...], rows: str) -> str:
    head = "".join(f'<th scope="col">{column}</th>' for column in columns)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(label)}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _write_type(schema: Json) -> str:
    """Return the type of a value, with links to the schemas in it."""
    match schema:
        case {"$ref": str(reference)}:
            name = reference.removeprefix(REFERENCE)
            return f'<a href="#{name}">{name}</a>'
        case {"oneOf": parts} | {"anyOf": parts}:
            types = [_write_type(part) for part in parts]
            if len(types) <= MANY:
                return " or ".join(types)
            return (
                f"<details><summary>one of {len(types)}</summary>{'<br />'.join(types)}</details>"
            )
        case {"enum": values}:
            return " or ".join(f"<code>{escape(json.dumps(value))}</code>" for value in values)
        case {"const": value}:
            return f"<code>{escape(json.dumps(value))}</code>"
        case {"type": "array", "items": items}:
            return f"list of {_write_type(items)}"
        case {"type": "object", "additionalProperties": dict(values)} if values:
            return f"object of {_write_type(values)} by name"
        case {"type": "string", "format": "binary"}:
            return "bytes"
        case {"type": str(kind)}:
            return "whole number" if kind == "integer" else kind
    return "anything"


def _write_bounds(schema: Json) -> str:
    """Return the range, the length and the default of a value."""
    words = []
    if "minimum" in schema and "maximum" in schema:
        words.append(f"From {schema['minimum']:,} to {schema['maximum']:,}.")
    if "minItems" in schema and "maxItems" in schema:
        least, most = schema["minItems"], schema["maxItems"]
        words.append(f"{most} items." if least == most else f"{least} to {most} items.")
    default = schema.get("default")
    if isinstance(default, bool | int | float | str):
        words.append(f"Default: <code>{escape(json.dumps(default))}</code>.")
    return "".join(f" {word}" for word in words)


def _write_paragraphs(text: str) -> str:
    return "".join(f"<p>{_write_text(part)}</p>" for part in text.strip().split("\n\n"))


def _write_text(text: str) -> str:
    """Return a text as HTML; what stands in backticks is code."""
    return _CODE.sub(r"<code>\1</code>", escape(text, quote=False))
