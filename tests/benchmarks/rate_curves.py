"""A curve over the learning rate."""

import os
from concurrent.futures import ThreadPoolExecutor

from descent_atlas.measured import rate_curves as curves
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.descent import DEFAULT_STEPS
from descent_atlas.simulation.noise import Noise
from tests.benchmarks.measuring import Goal, Measurement, Result, interleave, timed

GOAL_SECONDS = 3.0
"""As long as somebody waits for a whole curve whose first points are there at once."""


def time_curve() -> Result:
    """Adam on Rastrigin at all 45 rates, from 512 starts each, 1,000 steps."""
    rastrigin, adam = OBJECTIVES["rastrigin"], OPTIMIZERS["adam"]
    variant = curves.RateSubject(
        objective=rastrigin,
        parameters=rastrigin.pack({}),
        optimizer=adam,
        hyperparameters=adam.pack({}),
        steps=DEFAULT_STEPS,
        noise=Noise(),
    )
    with ThreadPoolExecutor(os.cpu_count()) as executor:

        def measure() -> None:
            for lr in curves.order_coarsely(curves.list_rates(adam)):
                curves.measure_rate(variant, lr, exponent=curves.CURVE_EXPONENT, executor=executor)

        measure()  # compiles
        (ours,) = (Measurement.of(samples) for samples in interleave(5, timed(measure)))
    return Result(ours=ours, goal=Goal(relation="<", bound=GOAL_SECONDS, unit="s"))
