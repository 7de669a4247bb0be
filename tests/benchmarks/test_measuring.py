"""How benchmarks are measured and judged; what they measure is not for tests to say."""

import subprocess
import sys
from typing import Literal

import pytest
import torch

from tests.benchmarks.__main__ import BENCHMARKS, describe, format_line
from tests.benchmarks.measuring import (
    Goal,
    Measurement,
    Result,
    interleave,
    one_thread,
    significant,
)

OURS = Measurement.of([0.003, 0.001, 0.002])
PEER = Measurement.of([0.004, 0.004])


def test_peers_take_turns_and_their_first_calls_do_not_count() -> None:
    calls = []

    def count(name: str) -> float:
        calls.append(name)
        return float(len(calls))

    samples = interleave(2, lambda: count("a"), lambda: count("b"))
    assert calls == ["a", "b"] * 3
    assert samples == [[3, 5], [4, 6]]


@pytest.mark.parametrize(("relation", "met"), [("<", False), ("≤", True), ("≥", True)])
def test_a_goal_says_whether_its_bound_belongs_to_it(
    relation: Literal["<", "≤", "≥"], met: bool
) -> None:
    assert Goal(relation=relation, bound=1.5).is_met_by(1.5) is met


def test_a_result_is_judged_by_its_ratio_and_without_a_peer_by_its_median() -> None:
    goal = Goal(relation="≤", bound=0.5)
    assert Result(ours=OURS, peer_name="C", peer=PEER, ratio=0.5, goal=goal).is_met
    assert not Result(ours=OURS, goal=Goal(relation="<", bound=0.002, unit="s")).is_met


def test_a_line_holds_medians_quartiles_ratio_and_goal() -> None:
    goal = Goal(relation="≥", bound=1000)
    line = format_line("name", Result(ours=OURS, peer_name="C", peer=PEER, ratio=2, goal=goal))
    assert " ".join(line.split()) == (
        "name 2.00 ms (1.50–2.50) C 4.00 ms (4.00–4.00) 2.00× ≥ 1,000× MISSED"
    )


def test_a_number_has_three_digits_that_count() -> None:
    assert [significant(value) for value in (0.0512, 1, 1374.9)] == ["0.0512", "1.00", "1,370"]


def test_every_benchmark_says_in_one_line_what_it_measures() -> None:
    result = Result(ours=OURS, goal=Goal(relation="<", bound=1.0, unit="s"))
    for name in BENCHMARKS:
        assert describe(name, result)["measures"].splitlines()[1:] == []


def test_one_thread_is_for_as_long_as_it_lasts() -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with one_thread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_a_process_knows_the_most_memory_that_it_held_and_not_what_its_parent_held() -> None:
    code = """
from tests.benchmarks.measuring import read_peak
held = b"1" * (5 * 10**8)
del held
print(read_peak())
"""
    ours = b"1" * (15 * 10**8)
    ended = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    del ours
    assert 5e8 < int(ended.stdout) < 15e8
