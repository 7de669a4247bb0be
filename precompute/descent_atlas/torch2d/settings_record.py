"""An optimizer's settings as a file and a legend can hold them."""

import math
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

Setting = float | int | bool | str | tuple[float | int, ...]

MAX_SETTINGS = 40
"""Settings of one optimizer: a panel holds no more."""

LONGEST_SETTING = 60
"""Characters of a setting's name and of a text."""

MOST_NUMBERS = 8
"""Numbers in one setting, such as the two of `betas`."""


def record_settings(optimizer: Optimizer) -> dict[str, Setting]:
    """Return the settings with which an optimizer was built, its defaults among them.

    Numbers, switches, texts and short sequences of numbers; those of another kind, None and those
    that are not finite are left out.
    """
    found: dict[str, Setting] = {}
    for name, value in optimizer.defaults.items():
        kept = read_setting(value)
        if kept is not None and 1 <= len(str(name)) <= LONGEST_SETTING:
            found[str(name)] = kept
    return dict(list(found.items())[:MAX_SETTINGS])


def read_setting(value: Any) -> Setting | None:
    """Return a setting as JSON can hold it; None for one that it cannot."""
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else None
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, str):
        return value if 1 <= len(value) <= LONGEST_SETTING else None
    if isinstance(value, tuple | list) and 1 <= len(value) <= MOST_NUMBERS:
        numbers = [read_setting(each) for each in value]
        if all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers):
            return tuple(numbers)  # type: ignore[arg-type]  # mypy does not narrow through all()
    return None
