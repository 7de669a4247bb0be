"""PyTorch's optimizers, made from our hyperparameters."""

from typing import Any

import torch

from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.optimizers.rules import asks

TORCH_IDS = [
    id
    for id, optimizer in OPTIMIZERS.items()
    if optimizer.torch is not None and not asks(optimizer.rule)
]
"""Those of PyTorch's that take a gradient a step where they are drawn."""

OURS_ALONE = ("dampen_always", "bias_correction", "eps_inside_root")
"""Switches that PyTorch lacks; its formulas are those with our defaults."""


def make_torch_optimizer(id: str, h: Any, position: torch.Tensor) -> torch.optim.Optimizer:
    """Return PyTorch's optimizer that takes the steps of our rule with the hyperparameters h."""
    values = {name: value for name, value in h._asdict().items() if name not in OURS_ALONE}
    if "beta1" in values:
        values["betas"] = values.pop("beta1"), values.pop("beta2")
    if id == "rprop":
        values["etas"] = values.pop("etaminus"), values.pop("etaplus")
        values["step_sizes"] = values.pop("step_size_min"), values.pop("step_size_max")
    if id == "nesterov":
        values["nesterov"] = h.momentum > 0.0  # PyTorch refuses it without momentum
    name = OPTIMIZERS[id].torch
    assert name is not None
    optimizer: torch.optim.Optimizer = getattr(torch.optim, name.rpartition(".")[2])(
        [position], **values
    )
    return optimizer
