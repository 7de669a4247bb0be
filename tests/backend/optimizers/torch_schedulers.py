"""PyTorch's schedulers, made from our schedules, and the rates that they give."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from descent_atlas.export.torch_schedulers import find_scheduler_arguments
from descent_atlas.optimizers.schedules.schedule_table import SCHEDULES, Schedule

TORCH_SCHEDULES = [schedule for schedule in SCHEDULES.values() if schedule.torch is not None]

CASES: list[tuple[str, dict[str, Any]]] = [
    *((schedule.id, {}) for schedule in TORCH_SCHEDULES),
    ("step", {"step_size": 7, "gamma": 0.8}),
    ("step", {"step_size": 1, "gamma": 0.0}),
    ("multistep", {"milestones": (90, 3, 3, 40), "gamma": 0.5}),
    ("exponential", {"gamma": 0.9}),
    ("exponential", {"gamma": 1.0}),
    ("cosine", {"T_max": 40, "eta_min": 0.02}),
    ("cosine", {"T_max": 1, "eta_min": 0.0}),
    ("cosine", {"eta_min": 0.9}),
    ("linear", {"start_factor": 0.1, "total_iters": 60}),
    ("linear", {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 30}),
    ("onecycle", {"pct_start": 0.1, "anneal_strategy": "linear"}),
    ("onecycle", {"pct_start": 0.0, "div_factor": 1.0, "final_div_factor": 3.0}),
    ("onecycle", {"pct_start": 0.45, "three_phase": True}),
    ("onecycle", {"pct_start": 0.8, "three_phase": True, "anneal_strategy": "linear"}),
    ("restarts", {"T_0": 3, "T_mult": 2, "eta_min": 0.01}),
    ("restarts", {"T_0": 1}),
]
"""Every schedule at its defaults and at others."""


def make_scheduler(
    schedule: Schedule,
    values: Mapping[str, Any],
    optimizer: torch.optim.Optimizer,
    *,
    steps: int,
    lr: float,
) -> Any:
    """Return PyTorch's scheduler of an optimizer."""
    assert schedule.torch is not None
    make = getattr(torch.optim.lr_scheduler, schedule.torch.rpartition(".")[2])
    return make(optimizer, **find_scheduler_arguments(schedule, values, steps=steps, lr=lr))


def list_torch_rates(
    schedule: Schedule, values: Mapping[str, Any], *, steps: int, lr: float
) -> NDArray[np.float64]:
    """Return the rate with which PyTorch takes each step, one scheduler step after each."""
    optimizer = torch.optim.SGD([torch.zeros(2, requires_grad=True)], lr=lr)
    scheduler = make_scheduler(schedule, values, optimizer, steps=steps, lr=lr)
    rates = np.empty(steps)
    for k in range(steps):
        rates[k] = optimizer.param_groups[0]["lr"]
        optimizer.step()
        scheduler.step()
    return rates
