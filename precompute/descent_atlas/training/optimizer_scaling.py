"""An optimizer's own scaling: the running statistic by whose root it divides each step."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from descent_atlas.training.networks import Layout
from descent_atlas.training.snapshot_plan import choose_uniform

SCALING_COUNT = 20
"""Snapshots, uniform in steps, with which a run keeps its optimizer's scaling."""

SCALING_NAMES = ("exp_avg_sq", "square_avg", "sum", "exp_inf")
"""Names that the optimizers of `torch.optim` give the statistic in their state: Adam and its
variants, RMSprop and Adadelta, Adagrad, Adamax."""


def find_scaling(state: Mapping[str, Any], layout: Layout) -> tuple[str, Tensor] | None:
    """Return the name of an optimizer's scaling and its values float32[P], from its `state_dict`.

    Adam's is v, as it is kept: without the correction of its bias. The values have the order of the
    network's parameters. Return None if the optimizer has no such state, or had no step yet, or
    its state is not that of all parameters in the network's order.
    """
    entries = state.get("state")
    if not isinstance(entries, Mapping) or sorted(entries) != list(range(len(layout.shapes))):
        return None
    for name in SCALING_NAMES:
        parts = [entries[index].get(name) for index in range(len(layout.shapes))]
        if all(
            isinstance(part, Tensor) and part.shape == shape
            for part, shape in zip(parts, layout.shapes, strict=True)
        ):
            return name, torch.cat([part.detach().flatten().float() for part in parts])
    return None


def plan_scalings(planned: Mapping[int, bool]) -> set[int]:
    """Return the steps at which the scaling is kept: every nth uniform snapshot after the first.

    `planned` are the steps of all snapshots, and whether each is an early one.
    """
    return set(choose_uniform(planned, SCALING_COUNT))
