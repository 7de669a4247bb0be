"""Metrics that a loop records, one row an epoch: any named numbers."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor


class MetricColumns:
    """Columns of equal length: "epoch", and one for each name that any row has.

    Where a row lacks a name, the column holds NaN.
    """

    def __init__(self, columns: Mapping[str, list[float]] | None = None) -> None:
        self.columns: dict[str, list[float]] = dict(columns or {"epoch": []})

    def append(self, epoch: float, metrics: Mapping[str, Any]) -> None:
        """Append a row. Raises ValueError, and appends nothing, if a value is no number."""
        row = {"epoch": read_number("epoch", epoch)}
        row |= {name: read_number(name, value) for name, value in metrics.items()}
        rows = len(self.columns["epoch"])
        for name in row:
            self.columns.setdefault(name, [math.nan] * rows)
        for name, column in self.columns.items():
            column.append(row.get(name, math.nan))


def read_number(name: str, value: Any) -> float:
    """Return a number, or the number in a tensor or scalar of NumPy. Whole numbers stay whole.

    Raises ValueError if it is none.
    """
    if isinstance(value, Tensor | np.generic | np.ndarray) and np.prod(value.shape) == 1:
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"the metric {name} is a {type(value).__name__}, not a number")
    return value
