"""The numbers of a measure over seeds: its middle and its range."""

from collections.abc import Sequence
from statistics import fmean, median
from typing import Literal

from descent_atlas.landscapes.claims.claim import Number, Unit


def list_spread(
    label: str, values: Sequence[float], unit: Unit, *, middle: Literal["mean", "median"]
) -> list[Number]:
    """Return the mean or the median of a measure, and its lowest and highest value.

    Example:
        >>> [number["label"] for number in list_spread("loss", [1.0, 2.0], "loss", middle="mean")]
        ['loss, mean', 'loss, lowest', 'loss, highest']
    """
    parts = {
        middle: fmean(values) if middle == "mean" else median(values),
        "lowest": min(values),
        "highest": max(values),
    }
    return [Number(label=f"{label}, {part}", value=v, unit=unit) for part, v in parts.items()]
