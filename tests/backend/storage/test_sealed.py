import json
import math
from typing import Any

import pytest

from descent_atlas.storage.sealed import (
    DEPTH_LIMIT,
    SIZE_LIMIT,
    DocumentError,
    format_seal,
    seal,
    unseal,
)

DOCUMENT: dict[str, Any] = {
    "schema": 2,
    "name": "a “quote”, a \\ and a \n",
    "numbers": [0.1, -0.0, 5e-324, 1.7976931348623157e308, 2**63, -1, None, True],
    "spec": {"lr": 1e-3},
}


def read(data: bytes) -> dict[str, Any]:
    return unseal(data, sealed_since=2)


@pytest.mark.parametrize("document", [DOCUMENT, {}, {"schema": 1}])
def test_what_is_unsealed_is_what_was_sealed_to_the_last_bit(document: dict[str, Any]) -> None:
    again = read(seal(document))
    assert repr(again) == repr(document)
    assert seal(again) == seal(document)


@pytest.mark.parametrize("document", [DOCUMENT, {"schema": 2}])
def test_every_bit_that_flips_is_found(document: dict[str, Any]) -> None:
    data = seal(document)
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(DocumentError):
            read(bytes(flipped))


def test_every_truncation_and_addition_is_found() -> None:
    data = seal(DOCUMENT)
    for size in range(len(data)):
        with pytest.raises(DocumentError):
            read(data[:size])
    for more in (b" ", b"\n", b"{}", b"\0"):
        with pytest.raises(DocumentError):
            read(data + more)


def test_an_older_document_may_lack_a_seal_but_one_that_is_there_is_verified() -> None:
    assert read(b'{"schema": 1}') == {"schema": 1}
    assert read(b'{"key": "a"}') == {"key": "a"}
    with pytest.raises(DocumentError, match="seal is broken"):
        read(seal({"schema": 1, "a": 1}).replace(b'"a": 1', b'"a": 2'))
    with pytest.raises(DocumentError, match="seal is broken"):
        read(seal({"schema": 2}).replace(b'"schema": 2', b'"schema": 1'))


@pytest.mark.parametrize("schema", ["2", "3", '"1"', "null", "1.0", "true", "[1]"])
def test_a_document_of_another_schema_needs_a_seal(schema: str) -> None:
    with pytest.raises(DocumentError, match="it has no seal"):
        read(f'{{"schema": {schema}}}'.encode())


REFUSED: dict[str, tuple[bytes, str]] = {
    "a number beyond all doubles": (b'{"spec": {"lr": [1, 1e999]}}', r"spec\.lr\.1 is a number"),
    "a negative one": (b'{"lr": -1e999}', "lr is a number that does not fit into a double"),
    "an integer beyond all doubles": (b'{"seed": 2' + b"0" * 308 + b"}", "seed is a number"),
    "an integer of many digits": (b'{"seed": -' + b"9" * 100_000 + b"}", "seed is a number"),
    "NaN": (b'{"lr": NaN}', "NaN is not a JSON number"),
    "Infinity": (b'{"lr": -Infinity}', "-Infinity is not a JSON number"),
    "a field twice": (b'{"a": {"lr": 1, "mo": 1, "lr": 2}}', 'the field "lr" occurs twice'),
    "deep objects": (b'{"a":' * 40 + b"1" + b"}" * 40, r"a\.a.* nested in more than 32"),
    "deep lists": (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not JSON"),
    "a long file": (b'{"a": "' + b"a" * SIZE_LIMIT + b'"}', "more than 8,388,608 bytes"),
    "NUL": (b'{"a": "\0"}', "not JSON"),
    "nothing but NUL": (b"\0" * 100, "not JSON"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "not JSON"),
    "what is no UTF-8": (b'{"a": "\xff"}', "not JSON"),
    "nothing": (b"", "not JSON"),
    "a list": (b"[1]", "not a JSON object"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_document_is_refused_for(name: str) -> None:
    data, reason = REFUSED[name]
    with pytest.raises(DocumentError, match=reason):
        read(data)


def test_numbers_that_a_double_holds_are_read_exactly() -> None:
    largest = int(1.7976931348623157e308)
    assert read(json.dumps({"a": largest, "b": -largest}).encode()) == {"a": largest, "b": -largest}


def test_depth_is_allowed_up_to_the_limit() -> None:
    value: Any = 1
    for _ in range(DEPTH_LIMIT - 1):
        value = {"a": value}
    assert read(seal(value)) == value
    with pytest.raises(ValueError, match="nested in more than 32"):
        seal({"a": {"a": value}})


@pytest.mark.parametrize(
    "document",
    [
        {"lr": math.nan},
        {"seed": 10**400},
        {"seed": 10**5000},
        {"a": object()},
        {1: "a", "1": "b"},
        {"a": "\ud800"},
        {"a": "a" * SIZE_LIMIT},
        {"seal": "mine"},
    ],
)
def test_what_could_not_be_read_again_is_not_sealed(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"not JSON|a double|nested|more than|written by seal"):
        seal(document)


def test_a_seal_names_the_bytes_before_it() -> None:
    assert format_seal(b"") == (
        b'"seal": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"\n}\n'
    )
