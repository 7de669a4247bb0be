"""Blocks of bounded length, by which memory does not grow with what is computed."""


def split_range(count: int, length: int) -> list[slice]:
    """Return slices that cut `count` items into blocks of `length`; the last may be shorter."""
    return [slice(start, min(start + length, count)) for start in range(0, count, length)]
