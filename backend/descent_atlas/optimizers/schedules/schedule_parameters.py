"""Parameters of schedules: meaning, limits and defaults.

Names, and defaults where PyTorch has one, are those of `torch.optim.lr_scheduler`. Where it has
none because only the length of a training tells, the default is a share of the budget.
"""

import math
from dataclasses import dataclass
from typing import Literal

Value = float | int | bool | str | tuple[int, ...]

Kind = Literal["number", "count", "counts", "switch", "choice"]

MAX_COUNT = 100_000
"""The largest number of steps that a parameter may name: that of a descent's budget."""

MAX_MILESTONES = 20
"""The most milestones of a schedule."""


@dataclass(frozen=True, kw_only=True)
class ScheduleParameter:
    """One argument of a schedule.

    Attributes:
        id: its name, as PyTorch has it.
        name: its name on the page.
        latex: its symbol in the schedule's formula.
        kind: a number, a count of steps, a list of them, a switch, or one of `choices`.
        default: its default, if it does not depend on the budget.
        shares: else the default as shares of the budget, each rounded up: one of a count, as many
            as it has entries of a list.
        minimum, maximum: the inclusive limits of each number.
        scale: how a slider is spaced.
        choices: the words that a choice may be.
        description: one sentence for a learner.
    """

    id: str
    name: str
    latex: str
    kind: Kind = "number"
    default: float | int | bool | str | None = None
    shares: tuple[float, ...] = ()
    minimum: float = 0.0
    maximum: float = 1.0
    scale: Literal["linear", "log"] = "linear"
    choices: tuple[str, ...] = ()
    description: str

    def find_default(self, steps: int) -> Value:
        """Return the default for a budget of `steps` steps.

        Example:
            >>> from descent_atlas.optimizers.schedules.schedule_table import SCHEDULES
            >>> (milestones, gamma) = SCHEDULES["multistep"].parameters
            >>> milestones.find_default(1000), gamma.find_default(1000)
            ((500, 750), 0.1)
        """
        counts = tuple(math.ceil(share * steps) for share in self.shares)
        if self.kind == "counts":
            return counts
        if self.default is None:
            return counts[0]
        return self.default

    def check(self, value: object) -> Value:
        """Return a value as its factors take it.

        Raises:
            ValueError: naming the parameter and its limits, if it is of the wrong type or out of
                range.
        """
        match self.kind:
            case "switch":
                if isinstance(value, bool):
                    return value
                raise ValueError(f"{self.id} must be true or false, not {value!r}")
            case "choice":
                if isinstance(value, str) and value in self.choices:
                    return value
                raise ValueError(f"{self.id} must be {' or '.join(self.choices)}, not {value!r}")
            case "counts":
                if isinstance(value, list | tuple) and 1 <= len(value) <= MAX_MILESTONES:
                    return tuple(int(self._check_number(each)) for each in value)
                raise ValueError(f"{self.id} must be 1 to {MAX_MILESTONES} whole numbers")
            case "count":
                return int(self._check_number(value))
        return float(self._check_number(value))

    def _check_number(self, value: object) -> float | int:
        whole = self.kind != "number"
        kinds = int if whole else int | float
        if isinstance(value, bool) or not isinstance(value, kinds):
            raise ValueError(f"{self.id} must be a {'whole ' * whole}number, not {value!r}")
        if not self.minimum <= value <= self.maximum:
            raise ValueError(
                f"{self.id} must be between {self.minimum:g} and {self.maximum:g}, not {value!r}"
            )
        return value


def count(
    id: str,
    name: str,
    latex: str,
    description: str,
    *,
    share: float = 0.0,
    default: int | None = None,
) -> ScheduleParameter:
    """Return a parameter that counts steps, with a default or one that is a share of the budget."""
    return ScheduleParameter(
        id=id,
        name=name,
        latex=latex,
        kind="count",
        default=default,
        shares=() if default is not None else (share,),
        minimum=1,
        maximum=MAX_COUNT,
        scale="log",
        description=description,
    )
