"""The view with which Rastrigin's function opens follows from its rule."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from descent_atlas.measured.opening import COORDINATES, choose_rastrigin_opening
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.descent import descend
from descent_atlas.simulation.noise import Noise

RASTRIGIN = OBJECTIVES["rastrigin"]


@pytest.fixture(scope="module")
def executor() -> Iterator[ThreadPoolExecutor]:
    """Two threads."""
    with ThreadPoolExecutor(2) as threads:
        yield threads


def count_minima(parameters: dict[str, float], start: tuple[float, float]) -> int:
    """Return at how many minima the article's optimizers arrive, one descent after the other."""
    minima = set()
    for optimizer in OPTIMIZERS.values():
        if optimizer.article is not None:
            descent = descend(
                RASTRIGIN,
                RASTRIGIN.pack(parameters),
                optimizer,
                optimizer.article.hyperparameters,
                start=start,
                steps=optimizer.article.steps,
                noise=Noise(std=0.0),
            )
            minima |= {descent.minimum} if descent.arrived else set()
    return len(minima)


@pytest.mark.slow
def test_the_committed_opening_is_what_the_rule_gives(executor: ThreadPoolExecutor) -> None:
    assert RASTRIGIN.opening == choose_rastrigin_opening(executor)


def test_from_the_opening_optimizers_part_and_at_the_usual_amplitude_they_do_not() -> None:
    opening = RASTRIGIN.opening
    assert opening is not None
    assert count_minima(dict(opening.parameters), opening.start) == 3
    assert count_minima({"A": 10.0}, RASTRIGIN.start) == 1


def test_the_starts_lie_on_a_grid_that_is_symmetric_about_the_minimum() -> None:
    mirrored = [-x for x in reversed(COORDINATES)]
    assert list(COORDINATES) == mirrored
    assert (max(COORDINATES), len(COORDINATES)) == (4.8, 25)
