"""Stacks of linear layers with ReLU between them, which have ways of their own to be computed."""

from typing import NamedTuple

from torch import nn


class LayerNames(NamedTuple):
    """The names of a linear layer's weight and bias among a network's parameters."""

    weight: str
    bias: str | None


def find_relu_stack(network: nn.Module) -> tuple[LayerNames, ...] | None:
    """Return the layers of `Sequential(Flatten, Linear, ReLU, Linear, …, Linear)`, first to last.

    Return None for every other network, for one whose layers share parameters, and for one of a
    subclass of these modules, which may compute something else.
    """
    if type(network) is not nn.Sequential:
        return None
    children = list(network.named_children())
    if not children or len(children) % 2:
        return None
    if len(children) != len(network):  # a module that is used twice is listed once
        return None
    (_, flatten), *rest = children
    if type(flatten) is not nn.Flatten or (flatten.start_dim, flatten.end_dim) != (1, -1):
        return None
    if any(type(module) is not nn.ReLU for _, module in rest[1::2]):
        return None
    stack = []
    for name, module in rest[::2]:
        if type(module) is not nn.Linear:
            return None
        bias = None if module.bias is None else f"{name}.bias"
        stack.append(LayerNames(f"{name}.weight", bias))
    parameters = {name for name, _ in network.named_parameters()}  # a shared one is named once
    if not {name for layer in stack for name in layer if name} <= parameters:
        return None
    return tuple(stack)
