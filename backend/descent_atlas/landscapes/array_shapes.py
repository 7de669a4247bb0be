"""What is expected of a landscape's arrays: their names and shapes."""

from collections.abc import Mapping, Sequence

Shapes = Mapping[str, tuple[int, ...]]
"""The shapes of arrays, by their names."""


def pick(arrays: Mapping[str, str], keys: Sequence[str]) -> list[str]:
    """Return the names under which arrays are stored. Raises ValueError if one is missing."""
    for key in keys:
        if key not in arrays:
            raise ValueError(f'it names no array for "{key}"')
    return [arrays[key] for key in keys]


def expect(shapes: Shapes, expected: Shapes) -> None:
    """Raise ValueError unless there are arrays of these names and shapes."""
    for name, shape in expected.items():
        if name not in shapes:
            raise ValueError(f'there is no array "{name}"')
        if shapes[name] != shape:
            raise ValueError(f'the array "{name}" has the shape {shapes[name]}, not {shape}')


def expect_one_length(shapes: Shapes, names: Sequence[str]) -> None:
    """Raise ValueError unless there are arrays of these names, all lists of one length."""
    length = shapes.get(names[0], ())[:1] or (0,)
    expect(shapes, dict.fromkeys(names, length))


def expect_known(kind: str, named: Sequence[object], known: Sequence[object]) -> None:
    """Raise ValueError unless all that is named is known."""
    for name in named:
        if name not in known:
            raise ValueError(f'the {kind} "{name}" is not among its {kind}s')
