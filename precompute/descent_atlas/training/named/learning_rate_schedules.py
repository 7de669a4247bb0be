"""Schedules of the learning rate, named and parametrized as in `torch.optim.lr_scheduler`."""

import inspect
from collections.abc import Mapping
from typing import Any

from torch.optim import Optimizer, lr_scheduler
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau

from descent_atlas.training.named.named_objects import NamedObjectError
from descent_atlas.training.named.optimizer_classes import try_optimizer

NEED_FUNCTIONS = ("LambdaLR", "MultiplicativeLR")
"""Schedules that are given as functions, which a study cannot hold."""

OF_PARTS = ("SequentialLR", "ChainedScheduler")
"""Schedules that are made of others."""

SCHEDULES: dict[str, Any] = {
    name: value
    for name, value in vars(lr_scheduler).items()
    if inspect.isclass(value)
    and issubclass(value, LRScheduler)
    and value is not LRScheduler
    and not name.startswith("_")
    and name not in NEED_FUNCTIONS
}
"""Every schedule that numbers describe, by its class's name."""


class LearningRateSchedule:
    """A schedule of an optimizer's learning rate, which moves on after each step or each epoch.

    `schedule` has the class's `name`, its `options` (keyword arguments), `every` ("step" or
    "epoch") and, of a schedule of others, `parts`.
    """

    def __init__(self, optimizer: Optimizer, schedule: Mapping[str, Any]) -> None:
        self.every = schedule.get("every", "epoch")
        self.scheduler = make_scheduler(optimizer, schedule)

    def end_step(self) -> None:
        """Move on after a step, if the schedule is one of steps."""
        if self.every == "step":
            self.scheduler.step()

    def end_epoch(self, train_loss: float) -> None:
        """Move on after an epoch with a mean training loss, if the schedule is one of epochs."""
        if self.every != "epoch":
            return
        if isinstance(self.scheduler, ReduceLROnPlateau):
            self.scheduler.step(train_loss)
        else:
            self.scheduler.step()

    def state_dict(self) -> dict[str, Any]:
        """Return the schedule's state."""
        return self.scheduler.state_dict()

    def load_state_dict(self, state_dict: Any) -> None:
        """Restore a state."""
        self.scheduler.load_state_dict(state_dict)


def make_scheduler(optimizer: Optimizer, schedule: Mapping[str, Any]) -> LRScheduler:
    """Return PyTorch's scheduler for a schedule. The class may raise anything for its options."""
    name, options = schedule["name"], schedule.get("options", {})
    kind = SCHEDULES[name]
    parts = [make_scheduler(optimizer, part) for part in schedule.get("parts", ())]
    scheduler: LRScheduler
    match name:
        case "SequentialLR":
            scheduler = kind(optimizer, parts, **options)
        case "ChainedScheduler":
            scheduler = kind(parts, optimizer=optimizer, **options)
        case _:
            scheduler = kind(optimizer, **options)
    return scheduler


def check_schedule(
    optimizer: str, hyperparameters: Mapping[str, Any], schedule: Mapping[str, Any]
) -> None:
    """Make a schedule once. Raises ValueError, with the class's reason, if it cannot be made."""
    check_names(schedule)
    made = try_optimizer(optimizer, hyperparameters)
    try:
        scheduler = LearningRateSchedule(made, schedule)
    except Exception as error:  # a schedule may raise anything for bad values
        raise ValueError(
            f"torch.optim.lr_scheduler.{schedule['name']} refuses them: {error}"
        ) from error
    if scheduler.every == "step" and isinstance(scheduler.scheduler, ReduceLROnPlateau):
        raise ValueError('ReduceLROnPlateau follows the loss of epochs: say every = "epoch"')


def check_names(schedule: Mapping[str, Any]) -> None:
    """Raise NamedObjectError if a schedule is unknown, or has parts where it should have none."""
    name, parts = schedule["name"], schedule.get("parts", ())
    if name in NEED_FUNCTIONS:
        raise NamedObjectError(f"{name} is given as a function, which a study cannot hold")
    if name not in SCHEDULES:
        raise NamedObjectError(
            f'there is no "{name}" in torch.optim.lr_scheduler; there are '
            f"{', '.join(sorted(SCHEDULES))}"
        )
    if bool(parts) != (name in OF_PARTS):
        raise NamedObjectError(
            f"{name} is made of other schedules: name them as parts"
            if name in OF_PARTS
            else f"{name} has no parts; {' and '.join(OF_PARTS)} have"
        )
    for part in parts:
        if part["name"] == "ReduceLROnPlateau":
            raise NamedObjectError("ReduceLROnPlateau cannot be a part: it needs the loss")
        check_names(part)
