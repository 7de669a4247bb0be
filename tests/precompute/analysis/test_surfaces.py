import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from descent_atlas.analysis import stack_surfaces
from descent_atlas.analysis.planes import random_plane
from descent_atlas.analysis.surfaces import (
    evaluate_in_plane,
    evaluate_plainly,
    evaluate_points,
    evaluate_surface,
)
from descent_atlas.evaluation.losses import LossError
from descent_atlas.training.images.datasets import Split
from descent_atlas.training.loop import StoppedError
from descent_atlas.training.networks import build, convolutional, flatten, layout, load_flat, mlp
from descent_atlas.training.relu_stacks import find_relu_stack
from tests.precompute.analysis.known_losses import Quadratic, images_of_first_class, random_split

SPLIT = random_split(1300)
AXIS = np.linspace(-1, 1, 7)

STACKS: dict[str, Callable[[], nn.Module]] = {
    "the paper's shape": lambda: mlp((48, 64, 64, 32, 10)),
    "another depth and width": lambda: mlp((48, 37, 90, 20, 50, 11, 10)),
    "two layers": lambda: mlp((48, 5, 10)),
    "a linear model": lambda: mlp((48, 10)),
    "without biases": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(48, 16, bias=False), nn.ReLU(), nn.Linear(16, 10, bias=False)
    ),
}

shared = nn.Linear(48, 48)
OTHERS: dict[str, Callable[[], nn.Module]] = {
    "a convolution": lambda: convolutional((3, 4), size=4),
    "another activation": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(48, 8), nn.Tanh(), nn.Linear(8, 10)
    ),
    "dropout": lambda: nn.Sequential(
        nn.Flatten(), nn.Linear(48, 8), nn.Dropout(), nn.Linear(8, 10)
    ),
    "no activation": lambda: nn.Sequential(nn.Flatten(), nn.Linear(48, 8), nn.Linear(8, 10)),
    "an activation at the end": lambda: nn.Sequential(nn.Flatten(), nn.Linear(48, 10), nn.ReLU()),
    "nothing but flattening": lambda: nn.Sequential(nn.Flatten(), nn.Linear(48, 10), nn.Flatten()),
    "one layer twice": lambda: nn.Sequential(nn.Flatten(), shared, nn.ReLU(), shared),
    "no flattening": lambda: nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 10)),
}


def sharpen(network: nn.Module) -> nn.Module:
    """Scale a fresh network's weights, so that its losses differ from image to image."""
    load_flat(network, 3 * flatten(network))
    return network


def points_of(origin: Tensor, directions: Tensor) -> Tensor:
    """Return θ* + αv + βη on the grid AXIS², row by row."""
    alpha, beta = (torch.from_numpy(axis.ravel()) for axis in np.meshgrid(AXIS, AXIS))
    exact = origin.double() + torch.outer(alpha, directions[0]) + torch.outer(beta, directions[1])
    return exact.float()


@pytest.mark.parametrize("name", STACKS)
@pytest.mark.parametrize("seed", [0, 1])
def test_the_fast_surface_agrees_with_the_plain_one(name: str, seed: int) -> None:
    torch.manual_seed(seed)
    network = sharpen(STACKS[name]())
    plan, origin = layout(network), flatten(network)
    assert find_relu_stack(network)
    directions = random_plane(origin, plan, seed).directions
    fast = evaluate_surface(network, plan, origin, directions, AXIS, AXIS, SPLIT)
    thetas = points_of(origin, directions)
    plain = evaluate_plainly(network, plan, thetas, SPLIT)
    assert np.ptp(plain.loss) > 0.5
    np.testing.assert_allclose(fast.loss.ravel(), plain.loss, rtol=1e-5)
    different = np.abs(fast.accuracy.ravel() - plain.accuracy) * len(SPLIT.labels)
    assert different.max() <= 5
    points = evaluate_points(network, iter(thetas), SPLIT)
    np.testing.assert_allclose(points.loss, plain.loss, rtol=1e-5)
    np.testing.assert_allclose(points.accuracy, plain.accuracy, atol=5 / len(SPLIT.labels))


@pytest.mark.parametrize(
    ("name", "of"),
    [("the paper's shape", STACKS), ("a convolution", OTHERS)],
    ids=["fast", "plain"],
)
def test_a_surface_reports_its_progress_and_stops_on_request(
    name: str, of: dict[str, Callable[[], nn.Module]]
) -> None:
    network = of[name]()
    plan, origin = layout(network), flatten(network)
    directions = random_plane(origin, plan, 0).directions
    evaluate = partial(evaluate_surface, network, plan, origin, directions, AXIS, AXIS, SPLIT)
    reported: list[float] = []
    evaluate(report=reported.append)
    assert reported[0] == 0
    assert len(reported) > 3
    assert all(before < after < 1 for before, after in pairwise(reported))

    def cancel(fraction: float) -> None:
        if fraction > 0.5:
            raise StoppedError

    with pytest.raises(StoppedError):
        evaluate(report=cancel)


@pytest.mark.parametrize("name", OTHERS)
def test_networks_that_the_fast_way_does_not_know_take_the_plain_one(name: str) -> None:
    network = OTHERS[name]()
    assert find_relu_stack(network) is None


def test_layers_that_share_weights_take_the_plain_way() -> None:
    network = mlp((10, 10, 10))
    network[3].weight = network[1].weight
    assert find_relu_stack(network) is None


def test_the_plain_way_evaluates_a_convolutional_network_as_pytorch_does() -> None:
    network = convolutional((3, 4, 8), size=8)
    split = random_split(700, size=8)
    plan, origin = layout(network), flatten(network)
    directions = random_plane(origin, plan, 0).directions
    surface = evaluate_surface(network, plan, origin, directions, AXIS[:2], AXIS[:3], split)
    assert surface.loss.shape == (3, 2)
    for j, beta in enumerate(AXIS[:3]):
        for i, alpha in enumerate(AXIS[:2]):
            load_flat(network, origin + alpha * directions[0] + beta * directions[1])
            with torch.no_grad():
                logits = network(split.inputs(slice(None)))
            loss = nn.functional.cross_entropy(logits, split.labels).item()
            accuracy = (logits.argmax(1) == split.labels).double().mean().item()
            assert surface.loss[j, i] == pytest.approx(loss, rel=1e-5)
            assert surface.accuracy[j, i] == pytest.approx(accuracy, abs=2 / 700)


def test_the_surface_of_a_quadratic_loss_is_the_quadratic() -> None:
    generator = torch.Generator().manual_seed(0)
    root = torch.randn(6, 6, generator=generator) / 3
    hessian, minimum = root @ root.T, torch.randn(6, generator=generator) + 1
    network = Quadratic(hessian, minimum)
    directions = torch.randn(2, 6, generator=generator)
    split = images_of_first_class()
    origin = torch.zeros(6)
    surface = evaluate_surface(network, layout(network), origin, directions, AXIS, AXIS, split)
    differences = (points_of(origin, directions) - minimum).double()
    expected = torch.einsum("ni,ij,nj->n", differences, hessian.double(), differences) / 2
    np.testing.assert_allclose(surface.loss.ravel(), expected, rtol=1e-5)


def test_a_network_is_left_as_it_was() -> None:
    network = OTHERS["dropout"]()
    frozen = network.get_submodule("1").eval()
    before = flatten(network)
    first, second = (evaluate_points(network, [before], SPLIT) for _ in range(2))
    assert first.loss == second.loss  # dropout is off
    assert network.training
    assert not frozen.training
    assert torch.equal(flatten(network), before)


@pytest.mark.parametrize("batch", [slice(3, 4), torch.tensor([7, 1000, 3]), slice(0, 256)])
def test_a_batch_is_the_mean_over_its_images(batch: Tensor | slice) -> None:
    network = sharpen(mlp((48, 16, 10)))
    plan, origin = layout(network), flatten(network)
    directions = random_plane(origin, plan, 0).directions
    chosen = Split(SPLIT.images[batch], SPLIT.labels[batch])
    surface = evaluate_surface(network, plan, origin, directions, AXIS, AXIS, SPLIT, batch=batch)
    plain = evaluate_plainly(network, plan, points_of(origin, directions), chosen)
    np.testing.assert_allclose(surface.loss.ravel(), plain.loss, rtol=1e-5)
    points = evaluate_points(network, [origin], SPLIT, batch=batch)
    np.testing.assert_allclose(points.loss, plain.loss[len(AXIS) ** 2 // 2], rtol=1e-5)


def test_a_mean_is_over_images_and_not_over_batches() -> None:
    network = sharpen(mlp((48, 16, 10)))
    plan, origin = layout(network), flatten(network)
    one_by_one = [
        evaluate_plainly(network, plan, [origin], Split(SPLIT.images[i : i + 1], label[None])).loss
        for i, label in enumerate(SPLIT.labels)
    ]
    (loss,) = evaluate_points(network, [origin], SPLIT).loss
    assert loss == pytest.approx(np.mean(one_by_one), rel=1e-6)


def test_a_point_does_not_depend_on_the_grid_it_stands_in() -> None:
    network = sharpen(mlp((48, 16, 10)))
    plan, origin = layout(network), flatten(network)
    directions = random_plane(origin, plan, 0).directions
    fine, coarse = np.linspace(-1, 1, 33), np.linspace(-1, 1, 5)
    big = evaluate_surface(network, plan, origin, directions, fine, fine, SPLIT)
    small = evaluate_surface(network, plan, origin, directions, coarse, coarse, SPLIT)
    np.testing.assert_allclose(big.loss[::8, ::8], small.loss, rtol=1e-6)


def test_memory_for_the_first_layer_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    network = sharpen(mlp((48, 16, 10)))
    plan, origin = layout(network), flatten(network)
    directions = random_plane(origin, plan, 0).directions
    whole = evaluate_surface(network, plan, origin, directions, AXIS, AXIS, SPLIT)
    monkeypatch.setattr(stack_surfaces, "SHARD_BYTES", 1)  # one block of images at a time
    parts = evaluate_surface(network, plan, origin, directions, AXIS, AXIS, SPLIT)
    np.testing.assert_array_equal(parts.loss, whole.loss)
    np.testing.assert_array_equal(parts.accuracy, whole.accuracy)


def test_losses_that_are_not_finite_stay_and_count_as_no_answer() -> None:
    network = mlp((48, 16, 10))
    plan, origin = layout(network), flatten(network)
    directions = torch.zeros(2, plan.size)
    directions[0] = 1e38
    coordinates = np.array([[0.0, 0.0], [1.0, 0.0], [np.nan, 0.0]])
    fast = evaluate_in_plane(network, plan, origin, directions, coordinates, SPLIT)
    thetas = torch.stack([origin, origin + directions[0], torch.full_like(origin, torch.nan)])
    plain = evaluate_plainly(network, plan, thetas, SPLIT)
    assert math.isfinite(fast.loss[0])
    assert not np.isfinite(fast.loss[1:]).any()
    np.testing.assert_array_equal(np.isfinite(fast.loss), np.isfinite(plain.loss))
    assert fast.accuracy[2] == plain.accuracy[2] == 0.0


def test_of_equal_logits_the_first_class_is_the_answer_both_ways() -> None:
    network = mlp((48, 16, 10))
    plan, zero = layout(network), torch.zeros(layout(network).size)
    fast = evaluate_points(network, [zero], SPLIT)
    plain = evaluate_plainly(network, plan, [zero], SPLIT)
    expected = (SPLIT.labels == 0).double().mean().item()
    assert fast.accuracy == plain.accuracy == pytest.approx(expected, abs=1e-12)
    assert fast.loss == pytest.approx(math.log(10))


def test_any_factory_builds_what_can_be_evaluated() -> None:
    network = build("descent_atlas.training.networks:mlp", 0, sizes=[48, 8, 10])
    assert evaluate_points(network, [flatten(network)], SPLIT).loss.shape == (1,)


def test_blocks_name_every_image_once_and_hold_one_class() -> None:
    blocks = stack_surfaces.blocks_of_one_class(SPLIT.labels)
    indices = torch.cat([block for _, block in blocks])
    assert sorted(indices.tolist()) == list(range(len(SPLIT.labels)))
    for label, block in blocks:
        assert len(block) <= stack_surfaces.IMAGES
        assert (SPLIT.labels[block] == label).all()


@pytest.mark.parametrize(
    ("network", "labels", "message"),
    [
        (mlp((48, 1)), torch.zeros(6, dtype=torch.int64), "at least 2 classes"),
        (
            nn.Sequential(nn.Flatten(), nn.Linear(48, 1), nn.Tanh()),
            torch.zeros(6).long(),
            "least 2",
        ),
        (
            nn.Conv2d(3, 3, 1),
            torch.zeros(6, 4, 4, dtype=torch.int64),
            r"shape \(samples, classes\)",
        ),
        (mlp((48, 3)), torch.zeros(6), "labels of the shape .* and type torch.float32"),
        (mlp((48, 3)), torch.zeros(6, 1, dtype=torch.int64), "one whole number as the label"),
        (
            nn.Sequential(nn.Flatten(), nn.BatchNorm1d(48), nn.Linear(48, 3)),
            None,
            "keeps the buffer",
        ),
        (
            nn.Sequential(
                nn.Flatten(), nn.BatchNorm1d(48, track_running_stats=False), nn.Linear(48, 3)
            ),
            None,
            "keeps no running statistics, so that an image's loss depends on the others",
        ),
    ],
)
def test_what_is_no_classification_gets_no_number(
    network: nn.Module, labels: torch.Tensor | None, message: str
) -> None:
    """Regression had the loss 0 everywhere, segmentation an accuracy of 3.375."""
    split = Split(
        torch.zeros(6, 3, 4, 4, dtype=torch.uint8),
        torch.zeros(6, dtype=torch.int64) if labels is None else labels,
    )
    plan, origin = layout(network), flatten(network)
    with pytest.raises(LossError, match=message):
        evaluate_points(network, [origin], split)
    with pytest.raises(LossError, match=message):
        evaluate_surface(
            network, plan, origin, torch.zeros(2, len(origin)), AXIS[:1], AXIS[:1], split
        )


def test_a_split_of_a_users_class_is_evaluated_by_its_own_rule() -> None:
    class Inverted(Split):
        def inputs(self, indices: torch.Tensor | slice) -> torch.Tensor:
            return 1 - super().inputs(indices)

    network = mlp((48, 10))
    chosen = torch.arange(5)
    own = evaluate_points(
        network, [flatten(network)], Inverted(SPLIT.images, SPLIT.labels), batch=chosen
    )
    negative = Split(255 - SPLIT.images, SPLIT.labels)
    plain = evaluate_points(network, [flatten(network)], negative, batch=chosen)
    np.testing.assert_allclose(own.loss, plain.loss, rtol=1e-6)
