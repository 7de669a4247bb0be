"""JSON documents on disk, each sealed with the SHA-256 of its own bytes.

The seal is a document's last field. It covers every byte before it, and its own bytes must be
exactly those that `seal` writes: any bit that flips and any byte that is missing is found. What is
read is strict JSON in UTF-8: no key twice, no number that a double cannot hold, bounded in size and
depth.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

SEAL = "seal"
"""The field that holds the SHA-256 of all bytes before it; always the last one."""

SIZE_LIMIT = 8 * 2**20
"""Bytes of a document. The longest that ships has 26 kB; what is parsed takes up to 20 times as
much memory."""

DEPTH_LIMIT = 32
"""Objects and lists within each other. The deepest that ships has 6; beyond 200, parsers and
writers further on give up."""

DIGITS_LIMIT = 309
"""Digits of an integer: the largest double has as many."""


class DocumentError(ValueError):
    """A document that cannot be trusted, with what is wrong but not the file's name."""


def seal(document: Mapping[str, Any]) -> bytes:
    """Return a document as JSON whose last field is its seal.

    Raises ValueError for what `unseal` would refuse: NaN, infinity, too much, what is not JSON.
    """
    if SEAL in document:
        raise ValueError(f'the field "{SEAL}" is written by seal itself')
    try:
        text = json.dumps(
            {**document, SEAL: "0" * 64}, indent=1, ensure_ascii=False, allow_nan=False
        )
        covered = text.encode()[: -len(close(b"")) + 1]  # the line break at the end is close's
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"the document is not JSON: {error}") from error
    data = covered + close(covered)
    parse(data)
    return data


def unseal(data: bytes, *, sealed_since: int) -> dict[str, Any]:
    """Return the document that a file holds, without its seal.

    `sealed_since` is the first schema whose documents are sealed: one of a lower `schema`, or of
    none, may lack the seal, but a seal that is there is always verified. Raises DocumentError.
    """
    document = parse(data)
    schema = document.get("schema", 0)
    if SEAL not in document and type(schema) is int and schema < sealed_since:
        return document
    if document.pop(SEAL, None) is None:
        raise DocumentError(f'it has no seal: the field "{SEAL}" is missing')
    size = len(close(b""))
    if data[-size:] != close(data[:-size]):
        raise DocumentError("its seal is broken: it was damaged, or changed by hand")
    return document


def close(covered: bytes) -> bytes:
    """Return the end of a document that begins with these bytes: its seal, and nothing after."""
    return f'"{SEAL}": "{hashlib.sha256(covered).hexdigest()}"\n}}\n'.encode()


def parse(data: bytes) -> dict[str, Any]:
    """Return the JSON object that a file holds, strictly. Raises DocumentError."""
    if len(data) > SIZE_LIMIT:
        raise DocumentError(f"it has more than {SIZE_LIMIT:,} bytes")
    try:
        document = json.loads(
            data.decode(),  # not detected: JSON that travels is UTF-8
            object_pairs_hook=collect,
            parse_int=parse_integer,
            parse_constant=refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"it is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise DocumentError("it is not a JSON object")
    check_values(document)
    return document


def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object of these fields. Raises ValueError if a field is there twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise ValueError(f'the field "{twice}" is there twice')
    return found


def parse_integer(text: str) -> int | float:
    """Return an integer; infinity, which `check_values` refuses, if it has too many digits."""
    return int(text) if len(text.lstrip("-")) <= DIGITS_LIMIT else math.inf


def refuse_constant(name: str) -> None:
    """Raise ValueError for the NaN and infinities that Python's JSON would let through."""
    raise ValueError(f"{name} is no JSON number")


def check_values(document: Mapping[str, Any]) -> None:
    """Raise DocumentError, naming the field, for numbers that are too large, and too much depth."""
    level: list[tuple[str, Any]] = list(name_parts("", document))
    for _ in range(DEPTH_LIMIT):
        for name, value in level:
            if not is_double(value):
                raise DocumentError(f"{name} is a number that a double cannot hold")
        level = [part for name, value in level for part in name_parts(name, value)]
        if not level:
            return
    raise DocumentError(f"{level[0][0]} lies deeper than {DEPTH_LIMIT} objects and lists")


def name_parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the parts of an object or list, each with its full name; nothing of other values."""
    prefix = f"{name}." if name else ""
    if isinstance(value, Mapping):
        yield from ((f"{prefix}{key}", part) for key, part in value.items())
    elif isinstance(value, list):
        yield from ((f"{prefix}{index}", part) for index, part in enumerate(value))


def is_double(value: Any) -> bool:
    """Tell whether a value is no number, or one that a double can hold."""
    if isinstance(value, int | float):
        try:
            return math.isfinite(float(value))
        except OverflowError:
            return False
    return True
