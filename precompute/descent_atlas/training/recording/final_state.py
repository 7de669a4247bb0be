"""What a run leaves beside its snapshots: the final parameters, and the network's buffers.

Buffers are stored as an NPZ file, read without pickle; bfloat16 ones as float32.
"""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from descent_atlas.storage.durable import write_whole
from descent_atlas.training.networks import Layout, NetworkError, flatten, strip_wrappers

PREFIX = "buffer."
"""What stands before a buffer's name in the file."""


def read_final(
    network: nn.Module, layout: Layout, final: Tensor | nn.Module | Mapping[str, Tensor] | None
) -> tuple[Tensor, dict[str, Tensor]]:
    """Return the parameters float32[P] with which a run ends, and copies of its buffers by name.

    `final` is θ, or a module or mapping with the network's names, which wrappers (and PyTorch's
    `AveragedModel`) may precede; None is the network itself. Buffers that it lacks are the
    network's. Raises NetworkError if it does not fit the network.
    """
    buffers = take_buffers(network)
    if final is None:
        return flatten(network).cpu(), buffers
    if isinstance(final, Tensor):
        if final.shape != (layout.size,):
            raise NetworkError(
                f"final has the shape {tuple(final.shape)} instead of {(layout.size,)}"
            )
        return final.detach().float().cpu(), buffers
    tensors = name_tensors(final) if isinstance(final, nn.Module) else final
    found = {strip_wrappers(name): tensor for name, tensor in tensors.items()}
    parts = []
    for name, shape in zip(layout.names, layout.shapes, strict=True):
        if name not in found:
            raise NetworkError(f"final lacks the parameter {name}")
        if found[name].shape != shape:
            raise NetworkError(
                f"the parameter {name} of final has the shape {tuple(found[name].shape)} instead "
                f"of {tuple(shape)}"
            )
        parts.append(found[name].detach().float().cpu().reshape(-1))
    own = {name: found[name].detach().cpu().clone() for name in buffers if name in found}
    return torch.cat(parts), buffers | own


def name_tensors(network: nn.Module) -> dict[str, Tensor]:
    """Return a network's parameters and buffers by name."""
    return {**dict(network.named_parameters()), **dict(network.named_buffers())}


def take_buffers(network: nn.Module) -> dict[str, Tensor]:
    """Return copies of a network's buffers by name, on the CPU."""
    return {name: tensor.detach().cpu().clone() for name, tensor in network.named_buffers()}


@torch.no_grad()
def load_buffers(network: nn.Module, buffers: Mapping[str, Tensor]) -> None:
    """Copy buffers into those of a network that have the same names."""
    for name, tensor in network.named_buffers():
        if name in buffers:
            tensor.copy_(buffers[name])


def write_buffers(path: Path, buffers: Mapping[str, Tensor]) -> None:
    """Write buffers to a file, atomically."""
    arrays = {
        PREFIX + name: (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()
        for name, tensor in buffers.items()
    }
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **arrays)
    write_whole(path, content.getbuffer())


def read_buffers(path: Path) -> dict[str, Tensor]:
    """Return the buffers in a file by name."""
    with np.load(path, allow_pickle=False) as arrays:
        return {name.removeprefix(PREFIX): torch.from_numpy(arrays[name]) for name in arrays.files}
