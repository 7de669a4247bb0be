"""JSON documents on disk, each sealed with the SHA-256 of its own bytes.

The seal is a document's last field. It covers every byte before it, and the bytes of the seal must
be exactly those that `seal` writes, so that every flipped bit and missing byte is detected.
Documents are strict JSON in UTF-8: unique keys, numbers that fit into a double, bounded size and
depth.
"""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

SEAL = "seal"
"""Name of the last field, the SHA-256 of all bytes before it."""

SIZE_LIMIT = 8 * 2**20
"""Limit on the bytes of a document. Parsed, it takes up to 20 times as much memory. The largest
shipped document has 26 kB."""

DEPTH_LIMIT = 32
"""Limit on nested objects and lists. Later parsers and encoders fail beyond 200. The deepest
shipped document has 6."""

DIGITS_LIMIT = 309
"""Limit on the digits of an integer: those of the largest double."""


class DocumentError(ValueError):
    """A damaged document. The message does not contain the path."""


def seal(document: Mapping[str, Any]) -> bytes:
    """Return a document as JSON whose last field is its seal.

    Raises ValueError for a document that `unseal` would refuse: one with NaN or infinity, with
    values that JSON does not have, or beyond a limit.
    """
    if SEAL in document:
        raise ValueError(f'the field "{SEAL}" is written by seal itself')
    try:
        text = json.dumps(
            {**document, SEAL: "0" * 64}, indent=1, ensure_ascii=False, allow_nan=False
        )
        # + 1: unlike `format_seal`, `dumps` writes no line break at the end.
        covered = text.encode()[: -len(format_seal(b"")) + 1]
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"the document is not JSON: {error}") from error
    data = covered + format_seal(covered)
    parse(data)
    return data


def unseal(data: bytes, *, sealed_since: int) -> dict[str, Any]:
    """Parse a document, verify its seal, and return it without the seal.

    `sealed_since` is the first schema whose documents must have a seal. With a lower `schema` or
    none, the seal is optional, but verified if it exists. Raises DocumentError.
    """
    document = parse(data)
    schema = document.get("schema", 0)
    if SEAL not in document and type(schema) is int and schema < sealed_since:
        return document
    if document.pop(SEAL, None) is None:
        raise DocumentError(f'it has no seal: the field "{SEAL}" is missing')
    size = len(format_seal(b""))
    if data[-size:] != format_seal(data[:-size]):
        raise DocumentError("its seal is broken: it was damaged, or changed by hand")
    return document


def format_seal(covered: bytes) -> bytes:
    """Return the bytes that complete a document: the seal of the bytes before, and the end."""
    return f'"{SEAL}": "{hashlib.sha256(covered).hexdigest()}"\n}}\n'.encode()


def parse(data: bytes) -> dict[str, Any]:
    """Parse strict JSON that must be an object. Raises DocumentError."""
    if len(data) > SIZE_LIMIT:
        raise DocumentError(f"it has more than {SIZE_LIMIT:,} bytes")
    try:
        document = json.loads(
            data.decode(),  # UTF-8 (RFC 8259); `json` would also accept UTF-16 and UTF-32
            object_pairs_hook=build_object,
            parse_int=parse_integer,
            parse_constant=refuse_constant,
        )
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"it is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise DocumentError("it is not a JSON object")
    check_values(document)
    return document


def build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object with these fields. Raises ValueError if a field occurs twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise ValueError(f'the field "{twice}" occurs twice')
    return found


def parse_integer(text: str) -> int | float:
    """Parse an integer; return infinity, which `check_values` refuses, for too many digits."""
    return int(text) if len(text.lstrip("-")) <= DIGITS_LIMIT else math.inf


def refuse_constant(name: str) -> None:
    """Raise ValueError for NaN and infinity, which Python's parser would accept."""
    raise ValueError(f"{name} is not a JSON number")


def check_values(document: Mapping[str, Any]) -> None:
    """Raise DocumentError with the field's name for too large a number or too deep a nesting."""
    level: list[tuple[str, Any]] = list(name_parts("", document))
    for _ in range(DEPTH_LIMIT):
        for name, value in level:
            if not is_double(value):
                raise DocumentError(f"{name} is a number that does not fit into a double")
        level = [part for name, value in level for part in name_parts(name, value)]
        if not level:
            return
    raise DocumentError(f"{level[0][0]} is nested in more than {DEPTH_LIMIT} objects and lists")


def name_parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the values in an object or list with their full names; nothing for other values."""
    prefix = f"{name}." if name else ""
    if isinstance(value, Mapping):
        yield from ((f"{prefix}{key}", part) for key, part in value.items())
    elif isinstance(value, list):
        yield from ((f"{prefix}{index}", part) for index, part in enumerate(value))


def is_double(value: Any) -> bool:
    """Tell whether a value, if it is a number, fits into a double."""
    if isinstance(value, int | float):
        try:
            return math.isfinite(float(value))
        except OverflowError:
            return False
    return True
