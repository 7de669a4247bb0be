"""Memory of a GPU: how many points it holds at once, found out and never guessed.

One point is evaluated, and what it added to the allocated memory is divided into what is free. If
the memory does not suffice all the same, since somebody else took some of it meanwhile, groups are
halved and stay so.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import torch

SHARE = 0.8
"""The share of the free memory that points take: the rest is for what kernels need besides, and for
fragments."""

MOST = 64
"""Points that are evaluated at once at most: more make products larger that keep a GPU busy
already."""

Item = TypeVar("Item")

Value = TypeVar("Value")


class DeviceMemoryError(MemoryError):
    """A device's memory that does not suffice for a single point."""


class HalvingGroups:
    """Work on several items at once, on half as many whenever memory runs out.

    `size` is how many are worked on at once; it never rises.
    """

    def __init__(self, size: int) -> None:
        self.size = size

    def work(
        self, items: Iterable[Item], do: Callable[[Sequence[Item]], Sequence[Value]]
    ) -> Iterator[Value]:
        """Yield what a function returns for each item, which is called with groups of them.

        No more items are taken than a group has. Raises DeviceMemoryError if the memory does not
        suffice for one item.
        """
        source, waiting = iter(items), list[Item]()
        while True:
            waiting += islice(source, max(0, self.size - len(waiting)))
            if not waiting:
                return
            group = waiting[: self.size]
            values = try_in_memory(do, group)
            if values is not None:
                yield from values
                waiting = waiting[len(group) :]
            elif len(group) > 1:
                self.size = len(group) // 2
            else:
                raise DeviceMemoryError(
                    "the device’s memory does not suffice for one point: let the loss have smaller "
                    "batches"
                )


def try_in_memory(do: Callable[[Item], Value], item: Item) -> Value | None:
    """Return what a function returns, or None if the device's memory does not suffice for it.

    Then what the attempt allocated is free again: the exception, which holds it, is gone.
    """
    try:
        return do(item)
    except torch.OutOfMemoryError:
        pass
    if torch.cuda.is_initialized():  # type: ignore[no-untyped-call]  # PyTorch's own
        torch.cuda.empty_cache()
    return None


def find_group_size(
    device: torch.device, evaluate_one: Callable[[], object], most: int = MOST
) -> int:
    """Return how many points a GPU's memory holds at once: a power of two, at most `most`.

    A power of two is the same again if a little more or less is free. On other devices it is 1,
    where points one after another are as fast.
    """
    if device.type != "cuda":
        return 1
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    evaluate_one()
    taken = max(torch.cuda.max_memory_allocated(device) - before, 1)
    free, _ = torch.cuda.mem_get_info(device)
    # What PyTorch holds back for the next tensors is free for them.
    free += torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return round_down(min(most, int(SHARE * free // taken)))


def round_down(count: int) -> int:
    """Return the largest power of two that is not above a number, at least 1.

    >>> [round_down(count) for count in (0, 1, 7, 8)]
    [1, 1, 4, 8]
    """
    return 1 << max(count.bit_length() - 1, 0)
