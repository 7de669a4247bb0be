"""An optimizer's own scaling: the running statistic by whose root it divides each step."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from descent_atlas.training.networks import Layout
from descent_atlas.training.snapshot_plan import choose_uniform

SCALING_COUNT = 20
"""Snapshots, uniform in steps, with which a run keeps its optimizer's scaling."""

SCALING_NAMES = ("exp_avg_sq", "square_avg", "sum", "exp_inf")
"""Names that the optimizers of `torch.optim` give the statistic in their state: Adam and its
variants, RMSprop and Adadelta, Adagrad, Adamax."""


def order_state(optimizer: Any, network: nn.Module) -> Mapping[str, Any]:
    """Return an optimizer's `state_dict`, with the state in the order of a network's parameters.

    Groups of parameters, as those with and without weight decay, have an order of their own.
    """
    document: Mapping[str, Any] = optimizer.state_dict()
    if not isinstance(optimizer, torch.optim.Optimizer):
        return document
    own = [id(each) for group in optimizer.param_groups for each in group["params"]]
    places = {id(each): place for place, each in enumerate(network.parameters())}
    entries = document["state"]
    return {"state": {places.get(own[index], -1): entry for index, entry in entries.items()}}


def find_scaling(state: Mapping[str, Any], layout: Layout) -> tuple[str, Tensor] | None:
    """Return the name of an optimizer's scaling and its values float32[P], from its `state_dict`.

    Adam's is v, as it is kept: without the correction of its bias. The values have the order of the
    network's parameters, see `order_state`. Return None if the optimizer has no such state, or had
    no step yet, or its state is not that of all parameters.
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
