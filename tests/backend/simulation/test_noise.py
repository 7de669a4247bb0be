"""The noise generator: NumPy's Philox, and normal numbers from it."""

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from descent_atlas.compilation.kernels import compile_function
from descent_atlas.simulation.noise import (
    DEFAULT_NOISE,
    MAX_BATCH_SIZE,
    MAX_SEED,
    MAX_STD,
    Noise,
    start_seed,
)
from descent_atlas.statistics.philox import normal_pair, philox

COUNT = 200_000


@compile_function
def _draw(seed: np.uint64, pairs: NDArray[np.float64]) -> None:
    for step in range(pairs.shape[0]):
        pairs[step, 0], pairs[step, 1] = normal_pair(seed, np.uint64(step + 1))


def draw(seed: int, count: int = COUNT) -> NDArray[np.float64]:
    """Return the normal numbers of the first steps, float64[count, 2]."""
    pairs = np.empty((count, 2))
    _draw(np.uint64(seed), pairs)
    return pairs


def test_its_words_are_those_of_numpys_philox() -> None:
    generator = np.random.default_rng(0)
    seeds = [0, 1, MAX_SEED, *generator.integers(0, 2**63, 100).tolist(), 2**64 - 1]
    steps = [1, 2, 500, *generator.integers(1, 2**63, 100).tolist(), 2**64 - 1]
    for seed, step in zip(seeds, steps, strict=True):
        for stream in (0, 1, 2**64 - 1):
            # NumPy adds one to the counter before it draws.
            counter = np.array([step - 1, stream, 0, 0], dtype=np.uint64)
            theirs = np.random.Philox(key=seed, counter=counter).random_raw(4)
            words = philox(np.uint64(seed), np.uint64(step), np.uint64(stream))
            assert words == tuple(theirs.tolist())


def test_the_normal_numbers_are_box_and_mullers_of_the_first_two_words() -> None:
    for step in range(1, 100):
        first, second, _, _ = philox(np.uint64(11), np.uint64(step), np.uint64(0))
        u = ((int(first) >> 11) + 1) / 2**53
        v = (int(second) >> 11) / 2**53
        radius = math.sqrt(-2 * math.log(u))
        expected = radius * math.cos(2 * math.pi * v), radius * math.sin(2 * math.pi * v)
        assert normal_pair(np.uint64(11), np.uint64(step)) == pytest.approx(expected, abs=1e-14)


def test_the_same_seed_and_step_give_the_same_numbers() -> None:
    assert (draw(5, 1000) == draw(5, 1000)).all()
    assert normal_pair(np.uint64(5), np.uint64(700)) == tuple(draw(5, 1000)[699])


def test_other_seeds_and_steps_give_other_numbers() -> None:
    numbers = np.concatenate([draw(seed, 1000).ravel() for seed in range(10)])
    assert len(np.unique(numbers)) == len(numbers)


@pytest.mark.parametrize("seed", [0, 1, MAX_SEED])
def test_the_numbers_are_normal(seed: int) -> None:
    pairs = draw(seed)
    for column in pairs.T:
        assert stats.kstest(column, "norm").pvalue > 1e-3
        assert abs(column.mean()) < 4 / math.sqrt(COUNT)
        assert abs(column.var() - 1) < 4 * math.sqrt(2 / COUNT)
        assert abs(stats.skew(column)) < 4 * math.sqrt(6 / COUNT)
        assert abs(stats.kurtosis(column)) < 4 * math.sqrt(24 / COUNT)


def test_the_numbers_are_independent_within_a_pair_between_steps_and_between_seeds() -> None:
    a, b = draw(0), draw(1)
    others = [
        (a[:, 0], a[:, 1]),
        (a[:-1, 0], a[1:, 0]),
        (a[:-1, 1], a[1:, 0]),
        (a[:, 0], b[:, 0]),
        (a[:, 1], b[:, 1]),
    ]
    for x, y in others:
        assert abs(np.corrcoef(x, y)[0, 1]) < 4 / math.sqrt(COUNT)
        assert abs(np.corrcoef(x**2, y**2)[0, 1]) < 4 / math.sqrt(COUNT)


def test_every_start_has_a_seed_of_its_own_that_the_page_accepts_too() -> None:
    seeds = {start_seed(seed, start) for seed in (0, 1, MAX_SEED) for start in range(2000)}
    assert len(seeds) == 6000
    assert max(seeds) > MAX_SEED / 2
    for seed in seeds:
        Noise(seed=seed)
    # Another stream of the generator: no start's seed is a draw of a step.
    counter = np.array([6, 1, 0, 0], dtype=np.uint64)
    assert start_seed(5, 7) == np.random.Philox(key=5, counter=counter).random_raw(1)[0] >> 11


def test_a_batch_averages_the_noise() -> None:
    assert Noise(std=3.0).scale == 3.0
    assert Noise(std=3.0, batch_size=36).scale == 0.5
    assert Noise().scale == 0.0


def test_the_limits_themselves_are_accepted() -> None:
    assert DEFAULT_NOISE.scale > 0
    Noise(std=MAX_STD, batch_size=MAX_BATCH_SIZE, seed=MAX_SEED, all=True)
    Noise(std=0, batch_size=1, seed=0, all=False)


@pytest.mark.parametrize(
    ("field", "value", "limits"),
    [
        ("std", -0.1, "between 0 and 100"),
        ("std", MAX_STD + 1, "between 0 and 100"),
        ("std", math.nan, "between 0 and 100"),
        ("std", math.inf, "between 0 and 100"),
        ("std", "1", "a number"),
        ("std", True, "a number"),
        ("batch_size", 0, "between 1 and 1000000"),
        ("batch_size", MAX_BATCH_SIZE + 1, "between 1 and 1000000"),
        ("batch_size", 1.5, "an integer"),
        ("batch_size", True, "an integer"),
        ("seed", -1, f"between 0 and {MAX_SEED}"),
        ("seed", MAX_SEED + 1, f"between 0 and {MAX_SEED}"),
        ("seed", 0.0, "an integer"),
        ("all", 1, "true or false"),
    ],
)
def test_a_bad_value_is_refused_with_its_name_and_the_limits(
    field: str, value: Any, limits: str
) -> None:
    with pytest.raises(ValueError, match=f"^{field} must be {limits}, not "):
        Noise(**{field: value})
