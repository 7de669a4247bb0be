"""Blocks of bounded length, which bound the memory of a computation."""


def split_range(count: int, length: int) -> list[slice]:
    """Return slices that cut `count` items into blocks of `length`; the last may be shorter."""
    return [slice(start, min(start + length, count)) for start in range(0, count, length)]
