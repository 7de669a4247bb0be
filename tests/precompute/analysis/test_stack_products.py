"""Stacks in large products, as a GPU evaluates them: on each device what the processor finds."""

import numpy as np
import pytest
import torch

from descent_atlas.analysis import stack_products
from descent_atlas.analysis.planes import random_plane
from descent_atlas.analysis.stack_products import evaluate_stack_on_device
from descent_atlas.analysis.surfaces import evaluate_in_plane
from descent_atlas.evaluation.device_memory import HalvingGroups
from descent_atlas.training.images.datasets import ImageDataset
from descent_atlas.training.networks import build, flatten, layout
from descent_atlas.training.relu_stacks import find_relu_stack
from tests.precompute.conftest import DEVICES

ROUNDING = 1e-5


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("sizes", [[48, 16, 8, 3], [48, 3]])
@pytest.mark.parametrize("points", [1, 7, 64])
def test_large_products_differ_by_rounding(
    dataset: ImageDataset,
    sizes: list[int],
    points: int,
    device: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stack_products, "IMAGES_AT_ONCE", 100)  # several blocks
    network = build("descent_atlas.training.networks:mlp", seed=0, sizes=sizes)
    plan, stack = layout(network), find_relu_stack(network)
    assert stack is not None
    plane = random_plane(flatten(network), plan, seed=0)
    x, y = np.meshgrid(np.linspace(-1, 1, 5), np.linspace(-1, 1, 5))
    coordinates = np.stack([x.ravel(), y.ravel()], axis=1)
    coordinates[3] = 1e30  # not finite
    split = dataset.train
    own = evaluate_in_plane(network, plan, plane.origin, plane.directions, coordinates, split)
    basis = torch.stack([plane.origin, *plane.directions]).double()
    coefficients = torch.ones(len(coordinates), 3, dtype=torch.float64)
    coefficients[:, 1:] = torch.as_tensor(coordinates)
    reported: list[float] = []
    found = evaluate_stack_on_device(
        stack,
        plan,
        basis,
        coefficients,
        split,
        torch.device(device),
        reported.append,
        HalvingGroups(points),
    )
    finite = np.isfinite(own.loss)
    assert 0 < finite.sum() <= len(finite)
    np.testing.assert_array_equal(np.isfinite(found.loss), finite)
    np.testing.assert_allclose(found.loss[finite], own.loss[finite], rtol=ROUNDING)
    np.testing.assert_allclose(found.accuracy, own.accuracy, atol=1.5 / split.size)
    assert reported == sorted(reported) and reported[-1] == 1.0


def test_memory_that_runs_out_halves_the_points_and_counts_no_image_twice(
    dataset: ImageDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = build("descent_atlas.training.networks:mlp", seed=0, sizes=[48, 8, 3])
    plan, stack = layout(network), find_relu_stack(network)
    assert stack is not None
    plane = random_plane(flatten(network), plan, seed=0)
    basis = torch.stack([plane.origin, *plane.directions]).double()
    coefficients = torch.ones(10, 3, dtype=torch.float64)
    coefficients[:, 1:] = torch.linspace(-1, 1, 20, dtype=torch.float64).view(10, 2)
    arguments = (stack, plan, basis, coefficients, dataset.train, torch.device("cpu"))
    whole = evaluate_stack_on_device(*arguments, groups=HalvingGroups(10))
    score = stack_products.score_points

    def score_few(factors: torch.Tensor, *others: object) -> object:
        if len(factors) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return score(factors, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(stack_products, "score_points", score_few)
    groups = HalvingGroups(10)
    halved = evaluate_stack_on_device(*arguments, groups=groups)
    assert groups.size == 2
    np.testing.assert_allclose(halved.loss, whole.loss, rtol=ROUNDING)
    np.testing.assert_array_equal(halved.accuracy, whole.accuracy)
