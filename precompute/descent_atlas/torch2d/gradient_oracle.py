"""What an optimizer sees of a function: its value and gradient at the point that it moves."""

import math

import torch
from torch import Tensor

from descent_atlas.torch2d.plane_functions import DescendError, TensorFunction


class GradientOracle:
    """The closure of an optimizer, which counts the gradients that it costs.

    Each step begins with the gradient at the point, in `point.grad`; that is one. The closure gives
    it again as long as the point does not move, at no cost, so that a rule that calls its closure
    and one that does not are counted alike. Every other call costs one more.

    Attributes:
        point: the parameter, float64[2].
        count: the gradients that all steps have cost so far.
    """

    def __init__(self, call: TensorFunction, point: Tensor, *, create_graph: bool) -> None:
        self.point = point
        self.count = 0
        self._call = call
        self._create_graph = create_graph
        self._at = torch.full_like(point.detach(), torch.nan)
        self._loss = self._gradient = torch.full_like(self._at, torch.nan)

    def measure(self) -> tuple[float, tuple[float, float]]:
        """Return the value and the gradient at the point; the next step begins with them."""
        self._give()
        fx, fy = self._gradient.tolist()
        return float(self._loss), (fx, fy)

    def begin_step(self) -> None:
        """Put the gradient at the point into `point.grad` and count it."""
        self._give()
        self.count += 1

    def __call__(self) -> Tensor:
        """Put the gradient at the point into `point.grad`; return the value there."""
        if not torch.equal(self.point.detach(), self._at):
            self.count += 1
        self._give()
        return self._loss

    def _give(self) -> None:
        if self._create_graph or not torch.equal(self.point.detach(), self._at):
            self._evaluate()
        else:
            self.point.grad = self._gradient.clone()

    def _evaluate(self) -> None:
        self.point.grad = None
        self._at = self.point.detach().clone()
        with torch.enable_grad():
            loss = evaluate(self._call, self.point[0], self.point[1])
            if not loss.requires_grad:
                raise DescendError("the function's value does not depend on x and y by autograd")
            (gradient,) = torch.autograd.grad(loss, self.point, create_graph=self._create_graph)
        self._loss, self._gradient = loss.detach(), gradient.detach()
        self.point.grad = gradient if self._create_graph else gradient.clone()


def evaluate(call: TensorFunction, x: Tensor, y: Tensor) -> Tensor:
    """Return a function's value. Raises DescendError if that is no float64 tensor of shape ()."""
    try:
        value = call(x, y)
    except Exception as error:
        where = f"({float(x.detach()):g}, {float(y.detach()):g})"
        raise DescendError(f"the function failed at {where}: {describe(error)}") from error
    if not isinstance(value, Tensor):
        raise DescendError(f"the function must return a tensor, not {type(value).__name__}")
    if value.shape != () or value.dtype != torch.float64:
        kind = str(value.dtype).removeprefix("torch.")
        raise DescendError(
            f"the function must return float64 of shape (), not {kind} of shape "
            f"{tuple(value.shape)}: it is called with two float64 tensors of shape ()"
        )
    return value


def check_function(call: TensorFunction, x: float, y: float) -> None:
    """Raise DescendError unless a function is finite at a point, twice the same."""
    first, second = (
        float(evaluate(call, *torch.tensor([x, y], dtype=torch.float64)).detach()) for _ in range(2)
    )
    if not math.isfinite(first):
        raise DescendError(f"the function is {first} at the start ({x:g}, {y:g})")
    if first != second:
        raise DescendError(
            f"the function gave {first!r} and {second!r} at the start ({x:g}, {y:g}): it must be "
            "the same at each call; put noise into the optimizer, which `seed` seeds"
        )


def describe(error: Exception) -> str:
    """Return an exception of a user's code in one line."""
    text = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
