"""The schedule of a script: a class of `torch.optim.lr_scheduler`."""

from collections.abc import Mapping
from typing import Any

from descent_atlas.export.torch_optimizers import LINE_LENGTH, write_call
from descent_atlas.optimizers.schedules.schedule_table import Schedule


def write_scheduler(
    schedule: Schedule,
    values: Mapping[str, Any],
    *,
    steps: int,
    lr: float,
    columns: int = LINE_LENGTH,
) -> str | None:
    """Return the expression that makes a schedule for `optimizer`; None for the constant rate."""
    if schedule.torch is None:
        return None
    arguments = find_scheduler_arguments(schedule, values, steps=steps, lr=lr)
    return write_call("scheduler", schedule.torch, "optimizer", arguments, columns)


def find_scheduler_arguments(
    schedule: Schedule, values: Mapping[str, Any], *, steps: int, lr: float
) -> dict[str, Any]:
    """Return the arguments with which PyTorch's class of a schedule has the same rates.

    Example:
        >>> from descent_atlas.optimizers.schedules.schedule_table import SCHEDULES
        >>> find_scheduler_arguments(SCHEDULES["multistep"], {"gamma": 0.5}, steps=100, lr=0.1)
        {'milestones': [50, 75], 'gamma': 0.5}
    """
    packed = schedule.pack(values, steps)
    arguments = {
        name: list(value) if isinstance(value, tuple) else value for name, value in packed.items()
    }
    if schedule.id == "onecycle":
        cycle = {"max_lr": lr, "total_steps": steps, "cycle_momentum": False}
        return {**cycle, **arguments}
    return arguments
