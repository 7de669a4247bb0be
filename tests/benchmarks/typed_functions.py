"""Descents on typed functions, beside the same objectives of the table."""

from collections.abc import Callable, Sequence

from descent_atlas.expressions.typed_objective import make_objective
from descent_atlas.objectives.objective import Objective
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.descent import Descent, descend
from tests.benchmarks.descents import HYPERPARAMETERS, NOISE, STEPS
from tests.benchmarks.measuring import Goal, Measurement, Result, interleave, timed

FORMULAS = {
    "two-gaussian-bowl": "x^2+y^2 - 2*exp(-((x-1)^2+y^2)/0.2) - 3*exp(-((x+1)^2+y^2)/0.2)",
    "rosenbrock": "(1 - x)^2 + 100*(y - x^2)^2",
    "rastrigin": "20 + x^2 + y^2 - 10*cos(2*pi*x) - 10*cos(2*pi*y)",
    "goldstein-price": (
        "(1 + (x+y+1)^2*(19 - 14*x + 3*x^2 - 14*y + 6*x*y + 3*y^2))"
        "*(30 + (2*x-3*y)^2*(18 - 32*x + 12*x^2 + 48*y - 36*x*y + 27*y^2))"
    ),
}
"""Objectives of the table as one would type them: the shortest, the longest, and two between."""


def compare_with_table() -> Result:
    """Five optimizers × 500 steps on four typed functions, times the table's own objectives."""
    own = [OBJECTIVES[id] for id in FORMULAS]
    typed = [make_objective(FORMULAS[one.id], domain=one.domain) for one in own]
    ours, peer = (
        Measurement.of(samples)
        for samples in interleave(
            50, timed(run_each(typed), calls=5), timed(run_each(own), calls=5)
        )
    )
    return Result(
        ours=ours,
        peer_name="table",
        peer=peer,
        ratio=ours.median / peer.median,
        goal=Goal(relation="≤", bound=5),
        note="the two-Gaussian bowl, Rosenbrock, Rastrigin and Goldstein–Price; minima are found "
        "beforehand",
    )


def run_each(objectives: Sequence[Objective]) -> Callable[[], list[Descent]]:
    """Return a function that runs the five optimizers on each objective."""
    packed = [(one, one.pack({})) for one in objectives]

    def run() -> list[Descent]:
        return [
            descend(
                objective,
                parameters,
                OPTIMIZERS[name],
                hyperparameters,
                start=objective.start,
                steps=STEPS,
                noise=NOISE,
            )
            for objective, parameters in packed
            for name, hyperparameters in HYPERPARAMETERS.items()
        ]

    return run
