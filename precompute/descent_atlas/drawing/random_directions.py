"""Random directions, scaled like the network's weights.

- `filter`: each filter has the norm of the network's own (Li et al.). A filter is the weights of
  one output: a row of a linear layer, also of attention's packed projections; a kernel of a
  convolution, grouped or transposed; the vector of one token in an embedding.
- `layer`: each tensor has the norm of the network's own; of packed projections each third.
- `none`: the direction as a whole has the norm of the network's weights; no part is scaled alone.

What has fewer than two dimensions (biases, scales of normalizations) stays (`zero`, as in the
paper), or is scaled as one filter (`same`).

Reference: Li, Xu, Taylor, Studer, Goldstein, "Visualizing the loss landscape of neural nets",
NeurIPS 2018, https://arxiv.org/abs/1712.09913.
"""

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from descent_atlas.drawing.plane_choices import PlaneError
from descent_atlas.evaluation.parameters import ParameterSpace
from descent_atlas.training.blocks import split_range

Normalization = Literal["filter", "layer", "none"]

OneDimensional = Literal["zero", "same"]

NUMBERS_AT_ONCE = 2**20
"""Random numbers that are drawn, or squared, in float64 at once: 8 MB."""

PACKED = 3
"""Projections (queries, keys, values) that attention packs into one weight."""


class Filters(NamedTuple):
    """A weight seen as filters: a shape of its numbers, and the axes that tell filters apart."""

    shape: tuple[int, ...]
    axes: tuple[int, ...]


def fill_random_directions(
    directions: Tensor,
    origin: Mapping[str, Tensor],
    space: ParameterSpace,
    seed: int,
    *,
    normalization: Normalization,
    one_dimensional: OneDimensional,
) -> None:
    """Fill float[k, P] with random directions at the point `origin`, tensors by name.

    Raises PlaneError if nothing would move.
    """
    generator = np.random.default_rng(seed)
    owners = find_owners(space.model)
    for direction in directions:
        squares = 0.0
        for name, part in space.layout.split(direction).items():
            fill_noise(part, generator)
            own = origin[name]
            if not own.numel():
                continue
            if own.ndim < 2 and one_dimensional == "zero":
                part.zero_()
            elif normalization == "none":
                squares += float(sum_squares(own, Filters(own.shape, ())))
            else:
                filters = see_filters(*owners[name], own.shape, normalization)
                part.view(filters.shape).mul_(scale_of(own, part, filters))
        if normalization == "none":
            length = math.sqrt(float(sum_squares(direction, Filters(direction.shape, ()))))
            direction.mul_(math.sqrt(squares) / (length or 1.0))
        if not direction.any():
            reason = (
                'all that vary are one-dimensional: pass one_dimensional="same"'
                if all(len(shape) < 2 for shape in space.layout.shapes)
                else "all varying weights are zero"
            )
            raise PlaneError(f"a random direction moves nothing, as {reason}")


def find_owners(model: nn.Module) -> dict[str, tuple[nn.Module, str]]:
    """Return for each parameter, by its first name, the module that owns it and its name there."""
    owners = {}
    for prefix, module in model.named_modules():
        for name, _ in module.named_parameters(recurse=False):
            owners[f"{prefix}.{name}" if prefix else name] = module, name
    return owners


def see_filters(
    module: nn.Module, name: str, shape: tuple[int, ...], normalization: Normalization
) -> Filters:
    """Return how a parameter of a module splits into filters, or into layers.

    >>> see_filters(nn.ConvTranspose1d(4, 6, 5, groups=2), "weight", (4, 3, 5), "filter")
    Filters(shape=(2, 2, 3, 5), axes=(0, 2))
    """
    is_packed = isinstance(module, nn.MultiheadAttention) and name == "in_proj_weight"
    if normalization == "layer":
        rows = shape[0] // PACKED if is_packed else 0
        return Filters((PACKED, rows, *shape[1:]), (0,)) if is_packed else Filters(shape, ())
    if name == "weight" and isinstance(module, nn.modules.conv._ConvTransposeNd):
        groups = module.groups  # a weight is stored as (inputs, outputs of one group, …)
        return Filters((groups, shape[0] // groups, *shape[1:]), (0, 2))
    if name == "weight" and type(module).__name__ == "Conv1D" and len(shape) == 2:
        return Filters(shape, (1,))  # GPT-2's linear layer stores (inputs, outputs)
    if is_packed or (name == "weight" and isinstance(module, nn.Module) and has_outputs(module)):
        return Filters(shape, (0,))
    long = [axis for axis, length in enumerate(shape) if length > 1]
    is_vector = len(long) < 2  # a class token, for instance
    return Filters(shape, () if is_vector else (long[0],))


def has_outputs(module: nn.Module) -> bool:
    """Tell whether the first axis of a module's weight counts outputs, however many."""
    kinds = (nn.Linear, nn.modules.conv._ConvNd, nn.Embedding, nn.EmbeddingBag, nn.Bilinear)
    return isinstance(module, kinds)


def fill_noise(part: Tensor, generator: np.random.Generator) -> None:
    """Fill a tensor with Gaussian numbers, the same however many are drawn at once."""
    flat = part.view(-1)
    for block in split_range(len(flat), NUMBERS_AT_ONCE):
        flat[block] = torch.from_numpy(generator.standard_normal(block.stop - block.start))


def scale_of(own: Tensor, noise: Tensor, filters: Filters) -> Tensor:
    """Return the factor of each filter of a direction, which broadcasts over it; 0 for no weights.

    It gives the filter of the noise the norm of the network's.
    """
    wanted = sum_squares(own, filters).sqrt()
    found = sum_squares(noise, filters).sqrt()
    return (wanted / torch.where(found > 0, found, 1.0)).to(noise.dtype)


def sum_squares(tensor: Tensor, filters: Filters) -> Tensor:
    """Return the sum of squares of each filter in float64, with axes of length 1 for the others."""
    seen = tensor.detach().reshape(filters.shape)
    if not seen.ndim:
        return seen.double().square()
    others = [axis for axis in range(seen.ndim) if axis not in filters.axes]
    rows = max(1, NUMBERS_AT_ONCE * len(seen) // max(seen.numel(), 1))
    parts = []
    for block in split_range(len(seen), rows):
        squares = seen[block].double().square_()
        parts.append(squares.sum(dim=others, keepdim=True) if others else squares)
    return torch.cat(parts) if 0 in filters.axes else torch.stack(parts).sum(dim=0)
