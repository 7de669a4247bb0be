"""Calls of compiled functions without a look at their arguments' types."""

from typing import NamedTuple

import numpy as np

from descent_atlas.compilation.kernels import DirectCalls, compile_function


class Pair(NamedTuple):
    """Two numbers and a flag."""

    factor: float
    summand: float
    negates: bool


@compile_function
def combine(pair, values):  # type: ignore[no-untyped-def]  # compiled for the types of its arguments
    """Return the sum of a linear function's values."""
    total = 0.0
    for value in values:
        total += pair.factor * value + pair.summand
    return -total if pair.negates else total


def test_calls_give_what_the_function_gives() -> None:
    calls, values = DirectCalls(combine), np.array([1.0, 2.0])
    for pair in (Pair(0.5, 0.25, False), Pair(0.5, 0.25, True), Pair(2, 1, False)):
        assert calls.call(Pair, pair, values) == combine(pair, values)


def test_whole_numbers_in_the_first_call_do_not_cut_off_those_of_later_ones() -> None:
    calls, values = DirectCalls(combine), np.array([1.0, 2.0])
    assert calls.call(Pair, Pair(2, 1, False), values) == 8.0
    assert calls.call(Pair, Pair(0.5, 0.25, False), values) == 2.0
    assert calls.call(Pair, Pair(2, 1, False), values) == 8.0


def test_other_keys_have_other_types() -> None:
    calls, pair = DirectCalls(combine), Pair(0.5, 0.0, False)
    assert calls.call("doubles", pair, np.array([1.0, 2.0])) == 1.5
    assert calls.call("singles", pair, np.array([1.0, 2.0], dtype=np.float32)) == 1.5
    assert calls.call("doubles", pair, np.array([3.0])) == 1.5
