"""Comparison of samples: Welch's interval of a difference, and a trend over ordered groups."""

import math
from collections.abc import Iterator, Sequence
from itertools import chain, combinations, pairwise
from statistics import fmean, variance

import numpy as np

ARRANGEMENTS = 100_000
"""Arrangements of values in groups that are enumerated; of more, as many are drawn at random."""


def welch_interval(
    first: Sequence[float], second: Sequence[float], level: float
) -> tuple[float, float]:
    """Return the two-sided interval at a level of mean(first) - mean(second), by Welch's t.

    If neither sample varies, the interval is the difference itself. Raises ValueError if a sample
    has fewer than two values.

    Reference: Welch (1947), The generalization of "Student's" problem when several different
    population variances are involved.

    Example:
        >>> low, high = welch_interval([3.0, 4.0, 5.0], [1.0, 2.0, 3.0], 0.95)
        >>> round(low, 3), round(high, 3)
        (-0.267, 4.267)
    """
    if min(len(first), len(second)) < 2:
        raise ValueError("a sample of fewer than two values has no variance")
    difference = fmean(first) - fmean(second)
    errors = [variance(values) / len(values) for values in (first, second)]
    total = sum(errors)
    if not total:
        return difference, difference
    freedom = total**2 / sum(
        error**2 / (len(values) - 1) for error, values in zip(errors, (first, second), strict=True)
    )
    # Its import takes a third of a second, for which the server's start need not wait.
    from scipy.special import stdtrit

    half = float(stdtrit(freedom, (1 + level) / 2)) * math.sqrt(total)
    return difference - half, difference + half


def falling_trend(groups: Sequence[Sequence[float]]) -> float:
    """Return the one-sided p-value of the Jonckheere–Terpstra test that values fall by group.

    The statistic counts the pairs of values of two groups of which the earlier group's is larger;
    equal ones count half. Its distribution is that over all arrangements of the values in groups of
    these sizes, exact with ties too; over 100,000 random ones where there are more. Raises
    ValueError for fewer than two groups, or an empty one.

    Reference: Jonckheere (1954), A distribution-free k-sample test against ordered alternatives.

    Example:
        >>> falling_trend([[6.0, 5.0, 4.0], [3.0, 2.0, 1.0]])  # 1 of the 20 arrangements
        0.05
    """
    sizes = [len(group) for group in groups]
    if len(sizes) < 2 or not all(sizes):
        raise ValueError("a trend is one over several groups, none of them empty")
    values = np.concatenate([np.asarray(group, dtype=np.float64) for group in groups])
    larger = np.sign(values[:, None] - values[None, :]) / 2 + 0.5
    found = count_falls(larger, np.arange(len(values)), sizes)
    exact = math.factorial(len(values)) // math.prod(map(math.factorial, sizes)) <= ARRANGEMENTS
    if exact and len(sizes) == 2:
        return count_reached(larger.sum(axis=1), sizes[0], found)
    orders = arrange(tuple(range(len(values))), sizes) if exact else draw_orders(len(values))
    reached = [count_falls(larger, np.array(order), sizes) >= found - 1e-9 for order in orders]
    # A random sample of arrangements also contains the one found.
    return sum(reached) / len(reached) if exact else (sum(reached) + 1) / (len(reached) + 1)


def count_reached(larger: np.ndarray, size: int, found: float) -> float:
    """Return the share of all ways to choose the first of two groups that reach a count of falls.

    `larger` is for each value the number of values that it is larger than, equal ones counting half
    and itself too: pairs within the first group add up to a constant, size²/2.
    """
    ways = math.comb(len(larger), size)
    chosen = chain.from_iterable(combinations(range(len(larger)), size))
    rows = np.fromiter(chosen, np.intp, ways * size).reshape(ways, size)
    falls = larger[rows].sum(axis=1) - size**2 / 2
    return float((falls >= found - 1e-9).mean())


def count_falls(larger: np.ndarray, order: np.ndarray, sizes: Sequence[int]) -> float:
    """Return the pairs of which the earlier group's value is larger, in an order of the values."""
    bounds = np.cumsum([0, *sizes])
    members = [order[low:high] for low, high in pairwise(bounds)]
    return float(
        sum(larger[np.ix_(earlier, later)].sum() for earlier, later in combinations(members, 2))
    )


def arrange(items: tuple[int, ...], sizes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield all ways to divide items into groups of some sizes, each as one order of the items."""
    if not sizes:
        yield ()
        return
    for chosen in combinations(items, sizes[0]):
        rest = tuple(item for item in items if item not in chosen)
        for others in arrange(rest, sizes[1:]):
            yield (*chosen, *others)


def draw_orders(count: int) -> Iterator[np.ndarray]:
    """Yield random orders of some items, from a fixed seed."""
    generator = np.random.default_rng(0)
    for _ in range(ARRANGEMENTS):
        yield generator.permutation(count)
