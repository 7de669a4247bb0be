"""The table of learning rates: it must be what the sweep measures."""

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor

import pytest

from descent_atlas.measured import sweep
from descent_atlas.objectives.objective import Objective
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS, Optimizer
from descent_atlas.simulation.descent import DEFAULT_STEPS


@pytest.fixture(scope="module")
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(os.cpu_count()) as executor:
        yield executor


def test_the_table_has_one_cell_for_every_optimizer_on_every_objective() -> None:
    table = sweep.load_sweep()
    pairs = [(cell["objective"], cell["optimizer"]) for cell in table["cells"]]
    assert pairs == [(objective, optimizer) for objective in OBJECTIVES for optimizer in OPTIMIZERS]
    assert table["budget"] == DEFAULT_STEPS
    assert table["starts"] == sweep.STARTS**2


@pytest.mark.parametrize(
    ("objective", "optimizer"),
    [
        ("two-gaussian-bowl", "adam"),
        ("two-gaussian-bowl", "sgd"),
        ("himmelblau", "momentum"),
        ("himmelblau", "eve"),
        ("ackley", "lion"),
        ("saddle", "gd"),
    ],
)
def test_a_cell_measured_anew_is_the_cell_in_the_table(
    objective: str, optimizer: str, pool: Executor
) -> None:
    cell = sweep.measure(OBJECTIVES[objective], OPTIMIZERS[optimizer], pool)
    [stored] = (
        cell
        for cell in sweep.load_sweep()["cells"]
        if (cell["objective"], cell["optimizer"]) == (objective, optimizer)
    )
    assert cell == {**stored, "rank": None}


@pytest.mark.parametrize(
    ("outcomes", "lr", "share", "steps"),
    [
        ({0.001: (0.5, 10.0), 0.01: (0.6, 90.0)}, 0.01, 0.6, 90.0),
        ({0.001: (0.6, 90.0), 0.01: (0.6, 10.0)}, 0.01, 0.6, 10.0),
        ({0.01: (0.6, 10.0), 0.1: (0.6, 10.0)}, 0.01, 0.6, 10.0),
        ({}, OPTIMIZERS["gd"].pack({}).lr, 0.0, None),
    ],
    ids=["largest share", "then fewer steps", "then the smaller rate", "else the default"],
)
def test_the_rate_kept_has_the_largest_share_then_fewer_steps_then_is_smaller(
    outcomes: dict[float, tuple[float, float]],
    lr: float,
    share: float,
    steps: float | None,
    pool: Executor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answer(
        objective: Objective, optimizer: Optimizer, lr: float, executor: Executor
    ) -> tuple[float, float]:
        return outcomes.get(lr, (0.0, float("inf")))

    monkeypatch.setattr(sweep, "try_rate", answer)
    cell = sweep.measure(OBJECTIVES["himmelblau"], OPTIMIZERS["gd"], pool)
    assert (cell["lr"], cell["share"], cell["steps"]) == (lr, share, steps)


def test_equal_figures_share_a_rank_and_those_that_never_arrive_have_none() -> None:
    figures = {"gd": (0.5, 10.0), "adam": (0.7, 90.0), "lion": (0.5, 10.0), "eve": (0.5, 20.0)}
    row = [
        sweep.SweepCell(objective="o", optimizer=name, lr=1.0, share=share, steps=steps, rank=None)
        for name, (share, steps) in figures.items()
    ]
    row.append(
        sweep.SweepCell(objective="o", optimizer="sgd", lr=1, share=0, steps=None, rank=None)
    )
    sweep.rank(row)
    assert [cell["rank"] for cell in row] == [2, 1, 2, 4, None]
