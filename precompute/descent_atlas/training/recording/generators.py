"""States of PyTorch's global generators of random numbers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor


def read_generators() -> list[Tensor]:
    """Return the state of the CPU's generator, then those of the GPUs if this process uses one."""
    is_used: bool = torch.cuda.is_initialized()  # type: ignore[no-untyped-call]  # PyTorch's own
    return [torch.random.get_rng_state(), *(torch.cuda.get_rng_state_all() if is_used else [])]


def restore_generators(states: Sequence[Tensor]) -> None:
    """Restore what `read_generators` returned, those of GPUs as far as there are GPUs."""
    own, *others = states
    torch.random.set_rng_state(own)
    if others and torch.cuda.is_available():
        # A process that has not used its GPUs keeps seeds for later: they would come after this.
        torch.cuda.init()  # type: ignore[no-untyped-call]  # PyTorch's own
    for index, state in enumerate(others[: torch.cuda.device_count()]):
        torch.cuda.set_rng_state(state, index)


@contextmanager
def fork_generators() -> Iterator[None]:
    """Leave the generators of the CPU, and of GPUs in use, as they were after this context."""
    states = read_generators()
    try:
        yield
    finally:
        restore_generators(states)
