"""A training step, beside PyTorch's own loop."""

from collections.abc import Callable
from itertools import cycle
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from descent_atlas.training.loops.process_state import flush_denormals
from descent_atlas.training.networks import build, flatten
from descent_atlas.training.steps import make_step
from tests.benchmarks.landscapes import make_split
from tests.benchmarks.measuring import Goal, Measurement, Result, interleave, one_thread, timed

HYPERPARAMETERS: dict[str, Any] = {"lr": 2e-3, "momentum": 0.9}
"""The study's most frequent settings."""

IMAGES = 12_800
"""Images that the batches are cut from; more of them than the processor's cache holds."""

CHECKED_STEPS = 50

Batch = tuple[Tensor, Tensor]
Update = Callable[[Tensor, Tensor], object]


def compare_at_batch_1() -> Result:
    """A training step at batch size 1, as many times faster than the plain eager loop."""
    return compare_with_eager(1, steps=1000, goal=Goal(relation="≥", bound=1.5))


def compare_at_batch_64() -> Result:
    """A training step at batch size 64, as many times faster than the plain eager loop."""
    return compare_with_eager(64, steps=200, goal=Goal(relation="≥", bound=1))


def compare_with_eager(batch_size: int, steps: int, goal: Goal) -> Result:
    """Compare with `zero_grad`, forward, `backward`, `step`."""
    batches = cut_batches(batch_size)
    with one_thread(), flush_denormals():
        check(batches)
        ours, peer = (
            Measurement.of(samples)
            for samples in interleave(
                9,
                *(
                    timed(step_through(make(make_network()), batches), calls=steps)
                    for make in (make_ours, make_eager)
                ),
            )
        )
    return Result(
        ours=ours,
        peer_name="eager",
        peer=peer,
        ratio=peer.median / ours.median,
        goal=goal,
        note="one thread each, the images scaled in advance; SGD with momentum; denormals are "
        "flushed for both, as the job does and a plain loop does not; ours also returns the loss",
    )


def cut_batches(batch_size: int) -> list[Batch]:
    """Return batches of inputs float32[batch, 3, 32, 32] with labels int64[batch]."""
    split = make_split(IMAGES)
    inputs = torch.split(split.inputs(slice(None)), batch_size)
    return list(zip(inputs, torch.split(split.labels, batch_size), strict=True))


def make_network() -> nn.Module:
    """Return a network, always the same."""
    return build("descent_atlas.training.networks:mlp", seed=0)


def make_ours(network: nn.Module) -> Update:
    """Return the job's step."""
    return make_step(network, "SGD", HYPERPARAMETERS, batch_size=1)


def make_eager(network: nn.Module) -> Update:
    """Return the step of PyTorch's documentation."""
    optimizer = torch.optim.SGD(network.parameters(), **HYPERPARAMETERS)

    def update(inputs: Tensor, labels: Tensor) -> None:
        optimizer.zero_grad()
        loss = cross_entropy(network(inputs), labels)
        loss.backward()  # type: ignore[no-untyped-call]  # PyTorch gives it no types
        optimizer.step()

    return update


def check(batches: list[Batch]) -> None:
    """Assert that both arrive at the same parameters, but for rounding."""
    ends = []
    for make in (make_ours, make_eager):
        network = make_network()
        update = make(network)
        for inputs, labels in batches[:CHECKED_STEPS]:
            update(inputs, labels)
        ends.append(flatten(network))
    torch.testing.assert_close(*ends, rtol=1e-4, atol=1e-6)


def step_through(update: Update, batches: list[Batch]) -> Callable[[], object]:
    """Return a function that makes one update, each time with the next batch."""
    endless = cycle(batches)
    return lambda: update(*next(endless))
