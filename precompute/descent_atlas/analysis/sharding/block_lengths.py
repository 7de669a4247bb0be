"""Lengths of the blocks that several workers take one after another, so that all end together."""

SHARE = 0.5
"""The part of what is left that a round of blocks, one for each worker, consists of: factoring, of
Hummel, Schonberg and Flynn, Communications of the ACM 35(8), 1992. Long blocks come first, and the
last are so short that no worker waits long for another, whatever their speeds."""

LONGEST_SECONDS = 5.0
"""Time that a block takes at most, unless a single point takes longer: what a kill costs a worker,
and how long Ctrl-C waits."""

SHORTEST_SECONDS = 0.05
"""Time that a block takes at least: fifty times what it costs to hand it out."""


def divide_among(points: int, workers: int, seconds: float) -> list[int]:
    """Return lengths of blocks of points that take so many seconds each.

    They sum up to the number of points and never grow.

    >>> divide_among(100, 2, seconds=1.0)[:6]
    [5, 5, 5, 5, 5, 5]
    >>> divide_among(16, 2, seconds=1.0)
    [4, 4, 2, 2, 1, 1, 1, 1]
    """
    longest = max(1, int(LONGEST_SECONDS / max(seconds, 1e-9)))
    shortest = max(1, round(SHORTEST_SECONDS / max(seconds, 1e-9)))
    lengths: list[int] = []
    left = points
    while left:
        length = max(min(int(SHARE * left / workers), longest), shortest)
        for _ in range(workers):
            if left:
                lengths.append(min(length, left))
                left -= lengths[-1]
    return lengths
