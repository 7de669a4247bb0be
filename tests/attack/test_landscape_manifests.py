"""Hostile manifests: extreme numbers, deep nesting, duplicate fields, flipped bits."""

from collections.abc import Callable
from pathlib import Path

import pytest

from descent_atlas.landscapes.format import write_landscape
from descent_atlas.precompute_cli import main
from descent_atlas.storage.array_folder import MANIFEST, parse_header
from descent_atlas.storage.regular_files import DamagedError
from tests.attack.hostile_landscapes import (
    BASE,
    check_that_others_are_served,
    connect,
    read_strictly,
)
from tests.backend.landscapes.manifest_edits import change_manifest, rewrite_manifest
from tests.backend.landscapes.test_format import manifest, numbers


def insert(text: str) -> Callable[[bytes], bytes]:
    """Return a function that inserts a field into a manifest."""
    return lambda covered: covered.replace(b'"id"', text.encode() + b',\n "id"', 1)


def into_results(text: str) -> Callable[[bytes], bytes]:
    """Return a function that inserts a field into the free-form part with the results."""
    return lambda covered: covered.replace(b'"results": {}', b'"results": {%b}' % text.encode())


def into_spec(text: str) -> Callable[[bytes], bytes]:
    """Return a function that inserts a field into the free-form part of the first run."""
    return lambda covered: covered.replace(b'"spec": {', b'"spec": {' + text.encode() + b",", 1)


TEXTS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a number beyond all doubles": (
        insert('"more": 1e999'),
        "more is a number that does not fit into a double",
    ),
    "one deep in a run's settings": (
        into_spec('"a": {"b": [0, {"c": -1e999}]}'),
        "runs.0.spec.a.b.1.c is a number that does not fit into a double",
    ),
    "one in the results": (into_results('"more": 1e999'), "results.more is a number"),
    "one where the model has a number": (
        lambda covered: covered.replace(b'"test_accuracy": 0.45', b'"test_accuracy": 1e999'),
        "test_accuracy is a number that does not fit into a double",
    ),
    "a text where the model has a number": (
        lambda covered: covered.replace(b'"test_accuracy": 0.45', b'"test_accuracy": "0.45"'),
        "test_accuracy: Input should be a valid number",
    ),
    "an integer beyond all doubles": (
        into_spec('"seed2": 1' + "0" * 309),
        "runs.0.spec.seed2 is a number that does not fit into a double",
    ),
    "an integer of a hundred thousand digits": (
        into_spec('"seed2": 1' + "0" * 100_000),
        "runs.0.spec.seed2 is a number that does not fit into a double",
    ),
    "NaN": (into_spec('"lr2": NaN'), "NaN is not a JSON number"),
    "a field twice": (insert('"id": "bowl"'), 'the field "id" occurs twice'),
    "a field twice in a free-form part": (
        into_spec('"seed": 1'),
        'the field "seed" occurs twice',
    ),
    "forty lists in each other": (
        insert('"more": ' + "[" * 40 + "]" * 40),
        "nested in more than 32",
    ),
    "a million lists in each other": (
        insert('"more": ' + "[" * 1_000_000 + "]" * 1_000_000),
        "it is not JSON",
    ),
    "NUL bytes": (lambda covered: covered.replace(b"momentum", b"mo\0entum"), "it is not JSON"),
    "what is no UTF-8": (lambda covered: covered.replace(b"momentum", b"mo\xff"), "not JSON"),
    "half a character": (insert('"more": "\\ud800"'), "surrogates not allowed"),
    "nine megabytes": (insert('"more": "' + "x" * 9 * 2**20 + '"'), "bytes, more than 8,388,608"),
    "a list": (lambda covered: b"[" + covered, "it is not JSON"),
    "a summary that is a text": (
        lambda covered: covered.replace(
            b'"arrays": {\n  "grid.x": {', b'"arrays": {"grid.x": 1, "y": {'
        ),
        "arrays.grid.x: Input should be a valid dictionary",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_manifest_makes_one_landscape_unavailable_by(hostile: Path, name: str) -> None:
    change, reason = TEXTS[name]
    before = (hostile / MANIFEST).read_bytes()
    rewrite_manifest(hostile, change)
    assert (hostile / MANIFEST).read_bytes() != before
    check_that_others_are_served(hostile.parent, "hostile", reason)


@pytest.mark.parametrize("figure", ["9" * 5_000, "٣", "²", "\0", "-1", ""])
def test_a_figures_name_can_be_anything(hostile: Path, figure: str) -> None:
    change_manifest(hostile, figures=[figure])
    catalog = read_strictly(connect(hostile.parent).get(BASE))
    assert sorted(row["id"] for row in catalog["landscapes"]) == ["bowl", "hostile", "table-1"]


def test_every_bit_that_flips_in_a_manifest_is_found(tmp_path: Path) -> None:
    folder = write_landscape(tmp_path, manifest(), numbers())
    data = (folder / MANIFEST).read_bytes()
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(DamagedError):
            parse_header(folder / MANIFEST, bytes(flipped))


@pytest.mark.long
def test_bits_that_flip_all_over_a_long_manifest_and_every_cut_are_found(hostile: Path) -> None:
    data = (hostile / MANIFEST).read_bytes()
    for bit in range(0, 8 * len(data), 7):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(DamagedError):
            parse_header(hostile / MANIFEST, bytes(flipped))
    for size in range(len(data)):
        with pytest.raises(DamagedError):
            parse_header(hostile / MANIFEST, data[:size])


def test_the_command_that_checks_finds_what_the_server_finds(
    hostile: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change_manifest(hostile, surfaces=[])
    rewrite_manifest(hostile.parent / "bowl", into_spec('"lr2": 1e999'))
    with pytest.raises(SystemExit) as ended:
        main(["check", str(hostile.parent)])
    assert ended.value.code == 1
    told = capsys.readouterr()
    assert f"{hostile} cannot be drawn: a landscape without a surface" in told.err
    assert "runs.0.spec.lr2 is a number that does not fit into a double" in told.err
    assert "1 landscapes and tables are undamaged" in told.out
