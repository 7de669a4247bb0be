"""Descents whose scripts are tested."""

import itertools
import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.export import write_script
from descent_atlas.objectives.objective import Objective
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS, Optimizer
from descent_atlas.optimizers.schedules.schedule_table import SCHEDULES
from descent_atlas.simulation.descent import Descent, descend
from descent_atlas.simulation.noise import Noise
from tests.backend.optimizers.hyperparameter_draws import draw_value

NOISY = Noise(std=0.5, batch_size=3, seed=12345, all=True)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A descent and, in the same words, its script."""

    objective: Objective
    parameters: NDArray[np.float64]
    optimizer: Optimizer
    hyperparameters: Any
    start: tuple[float, float]
    steps: int
    noise: Noise
    schedule: str = "constant"
    schedule_values: dict[str, Any] = field(default_factory=dict)

    def descend(self) -> Descent:
        factors = SCHEDULES[self.schedule].find_factors(
            self.schedule_values,
            steps=self.optimizer.count_scheduled(self.steps),
            lr=self.hyperparameters.lr,
        )
        return descend(
            self.objective, self.parameters, self.optimizer, self.hyperparameters,
            start=self.start, steps=self.steps, noise=self.noise, factors=factors,
        )  # fmt: skip

    def write(self) -> str:
        return write_script(
            self.objective, self.parameters, self.optimizer, self.hyperparameters,
            start=self.start, steps=self.steps, noise=self.noise,
            schedule=SCHEDULES[self.schedule], schedule_values=self.schedule_values,
        )  # fmt: skip

    def is_chaotic(self) -> bool:
        """Tell whether a twin that starts some rounding errors away leaves the descent's side."""
        x, y = self.start
        shift = 2**-44 * max(1.0, math.hypot(x, y))
        ours = self.descend()
        return any(
            self.is_left_by((x + across * shift, y + up * shift), ours)
            for across, up in itertools.product((-1, 1), repeat=2)
        )

    def is_left_by(self, start: tuple[float, float], ours: Descent) -> bool:
        """Tell whether the descent from another start leaves the side of this one."""
        its = replace(self, start=start).descend()
        if len(ours.step) != len(its.step):
            return True
        apart = np.hypot(ours.x - its.x, ours.y - its.y)
        return bool((apart > 1e-10 * np.maximum(1.0, np.hypot(ours.x, ours.y))).any())


def list_settings() -> list[tuple[str, dict[str, bool]]]:
    """Return every optimizer with every combination of its switches."""
    switches = {
        id: [h.id for h in optimizer.hyperparameters if h.scale == "switch"]
        for id, optimizer in OPTIMIZERS.items()
    }
    return [
        (id, dict(zip(names, values, strict=True)))
        for id, names in switches.items()
        for values in itertools.product((False, True), repeat=len(names))
    ]


def draw_case(
    optimizer: Optimizer, switches: dict[str, bool], objective: Objective, number: int
) -> Case:
    """Return a descent with random numbers that is not chaotic; every other one is noisy.

    Line searches compare values of the objective. Near a minimum these tell no points apart that
    are closer than the square root of rounding, so that such a descent ends before.
    """
    rng = np.random.default_rng(number)
    budgets = (5, 15) if optimizer.searches_lines else (20, 80)
    for _ in range(50):
        values = {h.id: draw_value(h, rng) for h in optimizer.hyperparameters} | switches
        parameters = {p.id: rng.uniform(p.minimum, p.maximum) for p in objective.parameters}
        domain = objective.domain
        case = Case(
            objective=objective,
            parameters=objective.pack(parameters),
            optimizer=optimizer,
            hyperparameters=optimizer.pack(values),
            start=(rng.uniform(*domain.x), rng.uniform(*domain.y)),
            steps=int(rng.integers(*budgets)),
            noise=NOISY if number % 2 else Noise(),
        )
        if not case.is_chaotic():
            return case
    raise AssertionError("Every descent is chaotic")


def make_case(
    objective_id: str,
    optimizer_id: str,
    start: tuple[float, float],
    steps: int,
    **hyperparameters: float,
) -> Case:
    """Return a silent descent with an objective's default parameters."""
    objective, optimizer = OBJECTIVES[objective_id], OPTIMIZERS[optimizer_id]
    return Case(
        objective=objective,
        parameters=objective.pack({}),
        optimizer=optimizer,
        hyperparameters=optimizer.pack(hyperparameters),
        start=start,
        steps=steps,
        noise=Noise(),
    )


def list_scheduled_cases() -> dict[str, Case]:
    """Return a descent of every optimizer that takes a schedule, and of every schedule."""
    schedules = [schedule.id for schedule in SCHEDULES.values() if schedule.torch is not None]
    cases = {}
    scheduled = [id for id, optimizer in OPTIMIZERS.items() if optimizer.takes_schedule]
    for i, id in enumerate(scheduled):
        schedule = schedules[i % len(schedules)]
        case = make_case("quadratic", id, (1.0, -0.5), 60)
        cases[f"scheduled-{id}.py"] = replace(case, schedule=schedule)
    written_out = make_case("quadratic", "adam", (1.0, -0.5), 60, bias_correction=False)
    return cases | {
        "scheduled-noisy.py": replace(
            make_case("himmelblau", "sgd", (1.0, -0.5), 60, lr=0.01),
            noise=NOISY,
            schedule="multistep",
            schedule_values={"milestones": (10, 30), "gamma": 0.5},
        ),
        "scheduled-written-out.py": replace(
            written_out,
            schedule="onecycle",
            schedule_values={"anneal_strategy": "linear", "three_phase": True},
        ),
        "scheduled-diverged.py": replace(
            make_case("saddle", "gd", (1.0, 0.1), 500, lr=0.1), schedule="onecycle"
        ),
    }
