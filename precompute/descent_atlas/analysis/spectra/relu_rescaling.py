"""Rescaling of ReLU stacks: other parameters, the same function, another sharpness.

For α > 0, relu(αx) = α relu(x). If the weight and bias of one layer are multiplied by α and the
next layer's weight by 1/α, the network computes what it did, and its Hessian H becomes F⁻¹HF⁻¹ with
the diagonal F of the factors. Its eigenvalues change, and α can make the sharpness as large as one
likes (Dinh, Pascanu, Bengio and Bengio, "Sharp minima can generalize for deep nets", ICML 2017,
https://arxiv.org/abs/1703.04933, theorem 4): that one network is flatter than another says nothing
of their functions unless both are scaled alike.
"""

import torch
from torch import Tensor, nn

from descent_atlas.training.relu_stacks import find_relu_stack


def find_rescaling(network: nn.Module, layer: int, alpha: float) -> dict[str, float]:
    """Return the factors of a rescaling by the parameters' names; all others stay.

    `layer` counts the linear layers from 0; it and its successor are scaled. Raises ValueError for
    another network than `Sequential(Flatten, Linear, ReLU, …, Linear)`, for a layer without a
    successor, or for an α that is not positive.
    """
    stack = find_relu_stack(network)
    if stack is None:
        raise ValueError(
            "rescaling needs a Sequential of Flatten, and Linear layers with ReLU between them"
        )
    if not 0 <= layer < len(stack) - 1:
        raise ValueError(f"layer={layer}: it should be 0 to {len(stack) - 2}")
    if not 0 < alpha < float("inf"):
        raise ValueError(f"alpha={alpha}: it should be positive")
    own, following = stack[layer], stack[layer + 1]
    factors = {name: alpha for name in own if name is not None}
    factors[following.weight] = 1 / alpha
    return factors


def rescale_relu_stack(network: nn.Module, layer: int, alpha: float) -> dict[str, Tensor]:
    """Return the state of a network that computes the same function.

    The network does not change. The arguments, and what is raised, are those of `find_rescaling`.

    Example:
        >>> network = nn.Sequential(nn.Flatten(), nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
        >>> state = rescale_relu_stack(network, 0, 4.0)
        >>> bool((state["1.bias"] == 4 * network[1].bias).all())
        True
    """
    factors = find_rescaling(network, layer, alpha)
    return {
        name: tensor.detach() * factors.get(name, 1.0)
        for name, tensor in network.state_dict().items()
    }


def find_equivalent_scaling(network: nn.Module, layer: int, alpha: float) -> dict[str, Tensor]:
    """Return the diagonal P = F² with which the network's own Hessian has the rescaled spectrum.

    P^(-½) H P^(-½) = F⁻¹HF⁻¹ is the Hessian of the rescaled network. The arguments, and what is
    raised, are those of `find_rescaling`.
    """
    factors = find_rescaling(network, layer, alpha)
    return {
        name: torch.full_like(parameter.detach(), factors.get(name, 1.0) ** 2)
        for name, parameter in network.named_parameters()
    }
