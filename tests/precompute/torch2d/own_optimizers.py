"""Optimizers of one's own, as small as they can be."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer


class SignDescent(Optimizer):
    """Moves each coordinate by lr against the sign of its gradient; its step takes no closure."""

    def __init__(self, params: Any, lr: float) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter -= group["lr"] * parameter.grad.sign()


class SharpnessAware(Optimizer):
    """SAM: descends with the gradient at the point rho uphill (Foret et al., 2021)."""

    def __init__(self, params: Any, lr: float, rho: float) -> None:
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor]) -> Tensor:  # type: ignore[override]
        (group,) = self.param_groups
        (parameter,) = group["params"]
        uphill = group["rho"] * parameter.grad / parameter.grad.norm()
        parameter += uphill
        loss = closure()
        parameter -= uphill
        parameter -= group["lr"] * parameter.grad
        return loss


class Langevin(Optimizer):
    """Gradient descent with noise from PyTorch's generator."""

    def __init__(self, params: Any, lr: float) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor] | None = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter -= group["lr"] * parameter.grad
                parameter += 0.1 * group["lr"] ** 0.5 * torch.randn_like(parameter)
