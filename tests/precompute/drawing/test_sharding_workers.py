"""Drawings whose points workers evaluate."""

from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from descent_atlas.drawing import Drawing, Recalibrated, accuracy, classification, draw, pca
from descent_atlas.drawing.sharding.shipped_drawing import (
    NamedParts,
    ShardingError,
    evaluate_shipped,
    open_shipped,
    ship,
)
from descent_atlas.drawing.sharding.worker_blocks import evaluate_with
from tests.precompute.drawing.small_networks import make_batches, make_mlp, make_normalized

BATCHES = make_batches()


class HereExecutor(Executor):
    """Runs in this process what workers would, the last thing first, and counts it."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.blocks: list[int] = []
        self.fault = fault

    def submit(self, work: Any, /, *arguments: Any, **options: Any) -> Future[Any]:
        """Return the result of some work."""
        future: Future[Any] = Future()
        self.blocks.append(len(arguments[1]))
        try:
            if self.fault is not None:
                raise self.fault
            future.set_result(work(*arguments, **options))
        except Exception as error:
            future.set_exception(error)
        return future


def own_loss(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    """Return the loss of a batch: a user's function at the top level of a module."""
    return cross_entropy(model(batch[0]), batch[1])


def test_workers_find_the_numbers_of_one_thread(tmp_path: Path) -> None:
    for seed in range(3):
        torch.save(make_normalized(seed).state_dict(), tmp_path / f"{seed}.pt")
    data = TensorDataset(*(torch.cat(parts) for parts in zip(*BATCHES, strict=True)))

    def make(**options: Any) -> Any:
        return draw(
            make_normalized(),
            own_loss,
            data,
            plane=pca(str(tmp_path / "*.pt")),
            metrics={"accuracy": accuracy},
            buffers=Recalibrated(data),
            grid=13,
            **options,
        )

    executor, fractions = HereExecutor(), list[float]()
    sharded, alone = make(workers=executor, report=fractions.append), make()  # one thread here too
    assert len(executor.blocks) > 1 and sum(executor.blocks) == 13 * 13 + 2 + 2 * 3 - 1
    for name, values in alone.values.items():
        np.testing.assert_array_equal(sharded.values[name], values)
    np.testing.assert_array_equal(sharded.trajectories[0].loss, alone.trajectories[0].loss)
    assert sharded.ends == alone.ends
    assert fractions == sorted(fractions) and fractions[-1] == 1


def test_a_drawing_of_a_moment_needs_no_processes() -> None:
    one = draw(make_mlp(), lambda model, batch: own_loss(model, batch), BATCHES, grid=3, workers=9)
    np.testing.assert_array_equal(one.loss, draw(make_mlp(), own_loss, BATCHES, grid=3).loss)


@pytest.mark.parametrize("name", ["loss", "batches", "model"])
def test_an_argument_that_cannot_travel_is_named(name: str) -> None:
    given: dict[str, Any] = {"model": make_mlp(), "loss": own_loss, "batches": BATCHES}

    def within(*arguments: Any) -> Any:
        return own_loss(*arguments) if name == "loss" else arguments[0]

    samples = [(x, y) for xs, ys in BATCHES for x, y in zip(xs, ys, strict=True)]
    if name == "loss":
        given[name] = within
    elif name == "batches":
        collate = torch.utils.data.default_collate
        given[name] = DataLoader(samples, batch_size=8, collate_fn=lambda rows: collate(rows))  # type: ignore[arg-type]
    else:
        given[name].register_forward_hook(lambda *arguments: None)
    with pytest.raises(ShardingError, match=rf"'{name}' cannot be sent .*or draw without workers"):
        draw(**given, grid=3, workers=HereExecutor())


@pytest.mark.parametrize("workers", [0, -1, True, 1.5, "two"])
def test_workers_are_a_number_or_an_executor(workers: Any) -> None:
    with pytest.raises(ShardingError, match=r"workers=.*at least 1, or an executor"):
        draw(make_mlp(), classification, BATCHES, grid=3, workers=workers)


def test_workers_that_were_killed_are_told() -> None:
    with pytest.raises(ShardingError, match=r"their processes ended .*__main__.*too little memory"):
        draw(
            make_mlp(),
            classification,
            BATCHES,
            grid=3,
            workers=HereExecutor(BrokenExecutor("a child died")),
        )


def make_unpicklable() -> nn.Module:
    """Return a network that pickle refuses."""
    network = make_mlp()
    network.register_forward_hook(lambda *arguments: None)
    return network


def make_parts() -> dict[str, Any]:
    """Return the named parts of a drawing, as a worker makes them."""
    return {"model": make_unpicklable(), "batches": make_batches()}


def test_what_has_a_name_is_made_anew_where_it_cannot_travel(tmp_path: Path) -> None:
    network = make_unpicklable()
    drawing = Drawing(network, classification, BATCHES, grid=3)
    named = NamedParts({"model": network}, make_parts)
    shipped = ship(drawing, tmp_path / "drawing", named=named)
    assert open_shipped(shipped) is open_shipped(shipped)
    assert open_shipped(shipped).space.model is not network
    points = [4, 0, 9]
    np.testing.assert_array_equal(evaluate_shipped(shipped, points), drawing.evaluate(points))
    with pytest.raises(ShardingError, match="the drawing cannot be sent"):
        ship(drawing, tmp_path / "drawing", named=NamedParts({}, make_parts))


class Shuffled:
    """Batches that pickle refuses, of other samples each time that they are made."""

    made = 0

    def __init__(self) -> None:
        Shuffled.made += 1
        self.batches = [(x + Shuffled.made, y) for x, y in make_batches()]

    def __iter__(self) -> Any:
        return iter(self.batches)

    def __reduce__(self) -> Any:
        raise TypeError("cannot travel")


def make_shuffled() -> dict[str, Any]:
    """Return other batches each time."""
    return {"batches": Shuffled()}


def test_parts_that_are_others_each_time_are_found_out(tmp_path: Path) -> None:
    batches = Shuffled()
    drawing = Drawing(make_mlp(), classification, batches, grid=3)
    shipped = ship(
        drawing, tmp_path / "file", named=NamedParts({"batches": batches}, make_shuffled)
    )
    with pytest.raises(ShardingError, match=r"others each time .* fixed seeds"):
        open_shipped(shipped)


def test_points_that_are_known_are_not_evaluated_again(tmp_path: Path) -> None:
    drawing, executor = Drawing(make_mlp(), classification, BATCHES, grid=5), HereExecutor()
    file = tmp_path / "drawing"
    found = [
        index
        for points, _ in evaluate_with(drawing, executor, [7, 3, 11], file=file)
        for index in points
    ]
    assert sorted(found) == [3, 7, 11] and not file.exists()
    assert list(evaluate_with(drawing, executor, [])) == []
