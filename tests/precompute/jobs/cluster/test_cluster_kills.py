"""A study on a Dask cluster whose processes are killed at random instants."""

from pathlib import Path

import pytest

from tests.precompute.jobs.cluster.cluster_studies import (
    MANY,
    compute_quietly,
    hash_results,
    write_command,
    write_study,
)
from tests.precompute.jobs.cluster.dask_processes import run_dask
from tests.precompute.jobs.cluster.random_kills import RandomKills, Victim

LONGEST = 3.0
"""Seconds between two kills at most, beside the starts of processes."""


@pytest.mark.slow  # what was killed starts anew, and loads PyTorch
@pytest.mark.parametrize(
    ("kills", "victims"),
    [
        pytest.param(20, {"worker": 1}, marks=pytest.mark.long, id="workers"),
        pytest.param(
            50, {"worker": 3, "scheduler": 1, "command": 1}, marks=pytest.mark.huge, id="all"
        ),
    ],
)
def test_kills_at_random_instants_change_no_bit(
    tmp_path: Path, kills: int, victims: dict[Victim, int]
) -> None:
    study = write_study(tmp_path, MANY)
    expected = compute_quietly(study)
    with run_dask() as dask:
        dask.start_workers(2)
        attack = RandomKills(dask, victims, LONGEST)
        while (left := kills - attack.counts.total()) > 0:
            out = f"out-{left}"
            attack.compute(write_command(study, dask.address, out=out), tmp_path / out, left)
            assert hash_results(tmp_path / out) == expected
    print(dict(attack.counts))  # for whoever runs it with -s
    assert attack.counts.keys() == victims.keys()
