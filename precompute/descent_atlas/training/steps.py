"""Training steps: with PyTorch's automatic differentiation, or written by hand where faster.

At batch size 1 the dispatch of operations and memory access, not arithmetic, bound the step of a
small perceptron. `PerceptronSGD` adds the gradient to the weights or to the momentum buffers within
the matrix product that computes it, and stores no gradient. Its speed was measured with
`python -m tests.benchmarks --only training-batch-1 training-batch-64`. Ensembles of runs in batched
matrix products were slower per run, since their weights leave the processor's cache. torch.compile
needs a C++ compiler on the machine that runs the study.
"""

import math
from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from descent_atlas.training.blocks import split_range
from descent_atlas.training.named.optimizer_classes import make_optimizer
from descent_atlas.training.networks import flatten, layout
from descent_atlas.training.relu_stacks import find_relu_stack

CHUNK_IMAGES = 2048
"""Images that are differentiated at once, at most: this bounds memory for any batch size."""


class Step(Protocol):
    """Updates the network for which it was made, from one batch."""

    def __call__(self, inputs: Tensor, labels: Tensor) -> float:
        """Update the network; return the batch's mean loss before the update.

        `inputs` are float32[batch, …], `labels` int64[batch]. If the loss is not finite, the
        network does not change.
        """

    def state_dict(self) -> dict[str, Any]:
        """Return all on which the next update depends beside the network's parameters."""

    def load_state_dict(self, state_dict: Any) -> None:
        """Restore a state."""


def make_step(
    network: nn.Module, optimizer: str, hyperparameters: dict[str, Any], batch_size: int
) -> Step:
    """Return the fastest step for a network, an optimizer's class and its arguments.

    The class is one of `torch.optim`, or "module:Class".
    """
    small = batch_size <= CHUNK_IMAGES
    if small and PerceptronSGD.fits(network, optimizer, hyperparameters):
        return PerceptronSGD(network, **hyperparameters)
    return AutogradStep(network, make_optimizer(optimizer, network.parameters(), hyperparameters))


class NotFiniteError(ArithmeticError):
    """The loss of a batch is not finite."""


class AutogradStep:
    """A step of any network with any of PyTorch's optimizers."""

    def __init__(self, network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        self.network = network
        self.optimizer = optimizer

    def __call__(self, inputs: Tensor, labels: Tensor) -> float:
        """Update the network; return the batch's mean loss before the update."""
        losses: list[float] = []

        def evaluate() -> float:  # LBFGS evaluates several times a step
            self.optimizer.zero_grad()
            losses.append(self._differentiate(inputs, labels))
            if not math.isfinite(losses[-1]):
                raise NotFiniteError
            return losses[-1]

        try:
            self.optimizer.step(evaluate)
        except NotFiniteError:
            return losses[-1]
        return losses[0]

    def _differentiate(self, inputs: Tensor, labels: Tensor) -> float:
        """Add the gradient of the mean loss to the parameters' gradients; return the loss."""
        total = 0.0
        for chunk in split_range(len(labels), CHUNK_IMAGES):
            loss = cross_entropy(self.network(inputs[chunk]), labels[chunk])
            share = len(labels[chunk]) / len(labels)
            weighted = loss if share == 1 else loss * share
            weighted.backward()  # type: ignore[no-untyped-call]  # PyTorch gives it no types
            total += loss.item() * share
        return total

    def state_dict(self) -> dict[str, Any]:
        """Return the optimizer's state."""
        return self.optimizer.state_dict()

    def load_state_dict(self, state_dict: Any) -> None:
        """Restore a state."""
        self.optimizer.load_state_dict(state_dict)


BatchMean = Callable[[nn.Module, Any], tuple[Tensor, float]]
"""A loss as training needs it: a batch's mean, with its gradient, and what that counts for."""


class LossStep:
    """A step of any network on any loss with any optimizer, from batches of any form.

    A batch is differentiated whole, as batch normalization needs it.
    """

    def __init__(
        self, network: nn.Module, optimizer: torch.optim.Optimizer, loss: BatchMean
    ) -> None:
        self.network = network
        self.optimizer = optimizer
        self.loss = loss

    def __call__(self, batch: Any) -> tuple[float, float]:
        """Update the network; return the batch's mean loss before the update, and its weight.

        If the loss is not finite, the parameters do not change.
        """
        found: list[tuple[float, float]] = []

        def evaluate() -> float:  # LBFGS evaluates several times a step
            self.optimizer.zero_grad()
            mean, weight = self.loss(self.network, batch)
            found.append((mean.item(), weight))
            if not math.isfinite(found[-1][0]):
                raise NotFiniteError
            if weight:  # all of a batch may be masked
                mean.backward()  # type: ignore[no-untyped-call]  # PyTorch gives it no types
            return found[-1][0]

        try:
            self.optimizer.step(evaluate)
        except NotFiniteError:
            return found[-1]
        return found[0]

    def state_dict(self) -> dict[str, Any]:
        """Return the optimizer's state."""
        return self.optimizer.state_dict()

    def load_state_dict(self, state_dict: Any) -> None:
        """Restore a state."""
        self.optimizer.load_state_dict(state_dict)


class PerceptronSGD:
    """Step of torch.optim.SGD for a stack of linear layers with ReLU and the cross-entropy loss.

    For the layers aₖ = relu(zₖ), zₖ = aₖ₋₁Wₖᵀ + bₖ and the softmax p of the last z, the
    derivatives of the mean loss over a batch of n are

        δ_L = (p - onehot(labels)) / n,   δₖ₋₁ = (δₖWₖ) ⊙ [aₖ₋₁ > 0],
        ∂Wₖ = δₖᵀaₖ₋₁,   ∂bₖ = Σ δₖ  over the batch,

    and the update is v ← μv + (1-τ)∂ with v = ∂ at the first step, θ ← θ - lr·v; without momentum
    μ it is θ ← θ - lr·∂. The result equals PyTorch's except for rounding.

    The constructor turns the network's parameters into views of one vector.
    """

    HYPERPARAMETERS = frozenset({"lr", "momentum", "dampening"})

    def __init__(
        self, network: nn.Module, *, lr: float, momentum: float = 0.0, dampening: float = 0.0
    ) -> None:
        self.lr, self.momentum, self.dampening = lr, momentum, dampening
        plan = layout(network)
        self.theta = flatten(network)
        self.velocity = torch.zeros_like(self.theta) if momentum else self.theta.new_empty(0)
        self.started = False
        views = plan.split(self.theta)
        for name, parameter in network.named_parameters():
            parameter.data = views[name]
        self.weights, self.biases = list(views.values())[0::2], list(views.values())[1::2]
        self.transposed = [weight.t() for weight in self.weights]
        targets = list(plan.split(self.velocity).values()) if momentum else list(views.values())
        self.weight_targets, self.bias_targets = targets[0::2], targets[1::2]

    @classmethod
    def fits(cls, network: nn.Module, optimizer: str, hyperparameters: dict[str, Any]) -> bool:
        """Return whether this class implements the step of an optimizer for a network."""
        if optimizer != "SGD" or not set(hyperparameters) <= cls.HYPERPARAMETERS:
            return False
        stack = find_relu_stack(network)
        return (
            "lr" in hyperparameters
            and stack is not None
            and all(layer.bias for layer in stack)
            and all(each.requires_grad and each.is_cpu for each in network.parameters())
        )

    @torch.no_grad()
    def __call__(self, inputs: Tensor, labels: Tensor) -> float:
        """Update the network; return the batch's mean loss before the update."""
        count = len(labels)
        activations = [inputs.flatten(1)]
        for bias, transposed in zip(self.biases[:-1], self.transposed[:-1], strict=True):
            activations.append(torch.addmm(bias, activations[-1], transposed).relu_())
        logits = torch.addmm(self.biases[-1], activations[-1], self.transposed[-1])
        targets = labels.unsqueeze(1)
        log_p = torch.log_softmax(logits, 1)
        loss = -log_p.gather(1, targets).mean().item()
        if not math.isfinite(loss):
            return loss
        delta = log_p.exp_()
        delta.scatter_add_(1, targets, delta.new_full((count, 1), -1.0))
        if count > 1:
            delta.div_(count)
        keep, add = self._factors()
        for layer in range(len(self.weights) - 1, -1, -1):
            below = activations[layer]
            gradient_of_layer = delta
            if layer:
                delta = torch.ops.aten.threshold_backward(delta.mm(self.weights[layer]), below, 0)
            self.weight_targets[layer].addmm_(gradient_of_layer.t(), below, beta=keep, alpha=add)
            bias = self.bias_targets[layer]
            (bias if keep == 1 else bias.mul_(keep)).add_(gradient_of_layer.sum(0), alpha=add)
        if self.momentum:
            self.theta.add_(self.velocity, alpha=-self.lr)
            self.started = True
        return loss

    def _factors(self) -> tuple[float, float]:
        """Return the factors of the target and of the gradient that is added to it."""
        if not self.momentum:
            return 1.0, -self.lr
        return self.momentum, 1.0 - self.dampening if self.started else 1.0

    def state_dict(self) -> dict[str, Any]:
        """Return the momentum buffer."""
        return {"velocity": self.velocity, "started": self.started}

    def load_state_dict(self, state_dict: Any) -> None:
        """Restore a state."""
        self.velocity.copy_(state_dict["velocity"])
        self.started = state_dict["started"]
