"""Which GPU a worker process computes on: one worker for each GPU of the machine.

A study on the device "cuda", without a number, is computed on all of them. Each worker takes one as
its own, which "cuda" then means there, so that no result tells which it was. On "cuda:1" all work
is done by that one.
"""

import os
import socket
from multiprocessing.context import BaseContext
from multiprocessing.queues import SimpleQueue

import torch

VISIBLE = "CUDA_VISIBLE_DEVICES"
"""The environment variable that says which GPUs a process sees, by number or id."""


def count_gpus(device: str) -> int:
    """Return how many GPUs of this machine share the work on a device; 0 if it is no GPU."""
    found = torch.device(device)
    if found.type != "cuda":
        return 0
    return torch.cuda.device_count() if found.index is None else 1


def choose_workers(device: str, cores: int) -> int:
    """Return how many workers a device asks for: one for each GPU, or for each core."""
    return count_gpus(device) or cores


def share_gpus(context: BaseContext, device: str, workers: int) -> "SimpleQueue[int] | None":
    """Return a queue from which each worker takes its GPU; None where all have the same device.

    If there are more workers than GPUs, several share one.
    """
    count = count_gpus(device)
    if count < 2:
        return None
    shares: SimpleQueue[int] = context.SimpleQueue()
    for worker in range(workers):
        shares.put(worker % count)
    return shares


def take_gpu(shares: "SimpleQueue[int] | None") -> None:
    """Take a GPU for this process, which is what "cuda" means in it from now on."""
    if shares is not None:
        torch.cuda.set_device(shares.get())


def name_gpu(device: str) -> str:
    """Return which GPU a device is in this process; empty if it is none.

    Two processes have the same name for it only if they compute on the same one. Its place among
    those that are visible does not tell which it is in a container, nor its id which part of it.
    """
    found = torch.device(device)
    if found.type != "cuda":
        return ""
    index = found.index or 0
    visible = [name.strip() for name in os.environ.get(VISIBLE, "").split(",") if name.strip()]
    name = visible[index] if index < len(visible) else str(index)
    return f"GPU {name} of {socket.gethostname()} ({torch.cuda.get_device_properties(found).uuid})"


def free_cached_memory() -> None:
    """Give back what this process holds of a GPU's memory unused, so that others find it."""
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]  # PyTorch's own
        torch.cuda.empty_cache()
