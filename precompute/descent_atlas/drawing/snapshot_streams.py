"""Statistics of many networks, read one at a time in stretches of their parameters.

Of n networks with P parameters, never more than `STRETCH_BYTES` are in memory beside θ* and the
directions: a checkpoint's file is mapped, and only the numbers of the stretch are read. All sums
are in float64.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from descent_atlas.analysis.array_types import Floats
from descent_atlas.evaluation.parameters import ParameterSpace
from descent_atlas.evaluation.states import Checkpoint
from descent_atlas.training.blocks import split_range
from descent_atlas.training.networks import Layout

STRETCH_BYTES = 2**28
"""Bytes of all networks together in one stretch: 200 networks of 10 million parameters take 30
stretches, and as many times a file is opened."""

NUMBERS_AT_ONCE = 2**22
"""Numbers that are converted to float64 at once: 32 MB."""


@dataclass(frozen=True)
class ProjectedSnapshots:
    """Networks projected on a plane.

    `coordinates` float64[n, 2] are those of the nearest points of the plane, `distance` float64[n]
    the distances to them, `length` float64[n] ‖θₜ - θ*‖, `from_end` float64[n] ‖θₜ - θ_T‖ with the
    last network θ_T, `steps` float64[n - 1] the distances ‖θₜ₊₁ - θₜ‖ between neighbours. Of a
    network that is not finite, all are NaN.
    """

    coordinates: Floats
    distance: Floats
    length: Floats
    from_end: Floats
    steps: Floats


def copy_stretch(
    tensors: Mapping[str, Tensor], layout: Layout, stretch: slice, out: Tensor
) -> None:
    """Copy the numbers of a stretch of θ from a network's tensors to `out`, in its type."""
    first = 0
    for name, shape in zip(layout.names, layout.shapes, strict=True):
        last = first + shape.numel()
        low, high = max(first, stretch.start), min(last, stretch.stop)
        if low < high:
            numbers = tensors[name].detach().reshape(-1)[low - first : high - first]
            out[low - stretch.start : high - stretch.start] = numbers
        first = last


def list_differences(
    origin: Mapping[str, Tensor],
    checkpoints: Sequence[Checkpoint],
    space: ParameterSpace,
) -> Iterator[tuple[slice, Tensor]]:
    """Yield θᵢ - θ* of all networks, float64[n, block], block by block of the parameters."""
    count = len(checkpoints)
    itemsize = space.storage.itemsize
    stretch_length = max(STRETCH_BYTES // (itemsize * (count + 1)), 1)
    block_length = max(NUMBERS_AT_ONCE // count, 1)
    for stretch in split_range(space.layout.size, stretch_length):
        rows = torch.empty(count + 1, stretch.stop - stretch.start, dtype=space.storage)
        copy_stretch(origin, space.layout, stretch, rows[count])
        for row, checkpoint in zip(rows, checkpoints, strict=False):
            copy_stretch(checkpoint.read(space.model).tensors, space.layout, stretch, row)
        for block in split_range(rows.shape[1], block_length):
            exact = rows[:, block].double()
            yield (
                slice(stretch.start + block.start, stretch.start + block.stop),
                exact[:count] - exact[count],
            )


def gram_of_differences(
    origin: Mapping[str, Tensor],
    checkpoints: Sequence[Checkpoint],
    space: ParameterSpace,
) -> Floats:
    """Return the products of the networks' θᵢ - θ* with each other, float64[n, n]."""
    gram = torch.zeros(len(checkpoints), len(checkpoints), dtype=torch.float64)
    for _, differences in list_differences(origin, checkpoints, space):
        gram += differences @ differences.T
    return gram.numpy()


def mix_differences(
    mixing: Floats,
    origin: Mapping[str, Tensor],
    checkpoints: Sequence[Checkpoint],
    space: ParameterSpace,
    out: Tensor,
) -> None:
    """Write sums of the networks' θᵢ - θ* to `out` float[k, P], with weights float64[k, n].

    A network without weight may hold numbers that are not finite.
    """
    used = [i for i in range(len(checkpoints)) if mixing[:, i].any()]
    weights = torch.from_numpy(mixing[:, used])
    for block, differences in list_differences(origin, [checkpoints[i] for i in used], space):
        out[:, block] = (weights @ differences).to(out.dtype)


def gram_of_directions(directions: Tensor) -> Floats:
    """Return the products of directions float[k, P] with each other, float64[k, k]."""
    gram = torch.zeros(len(directions), len(directions), dtype=torch.float64)
    for block in split_range(directions.shape[1], NUMBERS_AT_ONCE):
        exact = directions[:, block].double()
        gram += exact @ exact.T
    return gram.numpy()


def norm_of(tensors: Mapping[str, Tensor], layout: Layout) -> float:
    """Return ‖θ‖ of a network's tensors."""
    squares = 0.0
    for name in layout.names:
        flat = tensors[name].detach().reshape(-1)
        for block in split_range(len(flat), NUMBERS_AT_ONCE):
            squares += float(flat[block].double().square_().sum())
    return float(np.sqrt(squares))


def project_snapshots(
    checkpoints: Sequence[Checkpoint],
    origin: Mapping[str, Tensor],
    directions: Tensor,
    space: ParameterSpace,
) -> ProjectedSnapshots:
    """Project networks on the plane through θ* along directions float[2, P].

    With d = θ - θ*, coordinates solve G (α, β) = (v·d, η·d). Distances are the norms of
    d - αv - βη, which avoids cancellation.
    """
    model = space.model
    inverse = np.linalg.inv(gram_of_directions(directions))
    coordinates, distance = np.empty((len(checkpoints), 2)), np.empty(len(checkpoints))
    length, from_end = np.empty(len(checkpoints)), np.empty(len(checkpoints))
    steps = np.empty(max(len(checkpoints) - 1, 0))
    end = checkpoints[-1].read(model).tensors
    before: Mapping[str, Tensor] = {}
    for index, checkpoint in enumerate(checkpoints):
        tensors = checkpoint.read(model).tensors
        products, squares = torch.zeros(2, dtype=torch.float64), 0.0
        for block, difference in differ(tensors, origin, space):
            products += directions[:, block].double() @ difference
            squares += float(difference @ difference)
        coordinates[index] = inverse @ products.numpy() if np.isfinite(squares) else np.nan
        length[index] = np.sqrt(squares) if np.isfinite(squares) else np.nan
        place, rest = torch.from_numpy(coordinates[index]), 0.0
        for block, difference in differ(tensors, origin, space):
            left = difference - place @ directions[:, block].double()
            rest += float(left @ left)
        distance[index] = np.sqrt(rest)
        from_end[index] = measure_distance(tensors, end, space)
        if index:
            steps[index - 1] = measure_distance(tensors, before, space)
        before = tensors
    return ProjectedSnapshots(coordinates, distance, length, from_end, steps)


def measure_distance(
    one: Mapping[str, Tensor], other: Mapping[str, Tensor], space: ParameterSpace
) -> float:
    """Return the Euclidean distance of two networks; NaN if one is not finite."""
    squares = sum(float(each @ each) for _, each in differ(one, other, space))
    return float(np.sqrt(squares)) if np.isfinite(squares) else float("nan")


def differ(
    one: Mapping[str, Tensor], other: Mapping[str, Tensor], space: ParameterSpace
) -> Iterator[tuple[slice, Tensor]]:
    """Yield the difference of two networks in float64, block by block of the parameters."""
    first = 0
    for name in space.layout.names:
        a, b = one[name].detach().reshape(-1), other[name].detach().reshape(-1)
        for block in split_range(len(a), NUMBERS_AT_ONCE):
            yield (
                slice(first + block.start, first + block.stop),
                a[block].double() - b[block].double(),
            )
        first += len(a)
