"""Profiles along a segment: barriers, permutations, and refusals."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from descent_atlas.drawing import StateError, accuracy, classification, profile
from descent_atlas.drawing.plane_choices import PlaneError
from descent_atlas.landscapes.format import read_checked
from tests.precompute.drawing.small_networks import (
    ONE_BATCH,
    Quadratic,
    make_batches,
    make_mlp,
    make_normalized,
    own_loss,
    quadratic_loss,
)

BATCHES = make_batches()


class Product(nn.Module):
    """A network x ↦ u w x with two parameters: its loss for the target x is (u w - 1)² x²."""

    def __init__(self, u: float, w: float) -> None:
        super().__init__()
        self.values = nn.Parameter(torch.tensor([u, w], dtype=torch.float64))


def product_loss(model: nn.Module, batch: Any) -> torch.Tensor:
    values = model.values
    assert isinstance(values, torch.Tensor)
    errors: torch.Tensor = (values.prod() - 1) * batch[0]
    return errors.square().mean(1)


def permute(network: nn.Sequential) -> nn.Sequential:
    """Return the same function with its hidden units in reverse order."""
    found = make_mlp()
    found[0].load_state_dict({k: v.flip(0) for k, v in network[0].state_dict().items()})
    own = network[2].state_dict()
    found[2].load_state_dict({"weight": own["weight"].flip(1), "bias": own["bias"]})
    return found


def train(network: nn.Sequential) -> nn.Sequential:
    """Return the network after some steps of gradient descent."""
    x, y = (torch.cat(parts) for parts in zip(*BATCHES, strict=True))
    for _ in range(200):
        loss = nn.functional.cross_entropy(network(x), y)
        gradients = torch.autograd.grad(loss, list(network.parameters()))
        with torch.no_grad():
            for parameter, gradient in zip(network.parameters(), gradients, strict=True):
                parameter.sub_(gradient, alpha=0.5)
    return network


def test_between_permuted_hidden_units_lies_a_barrier_that_may_be_a_permutation_only() -> None:
    network = train(make_mlp())
    drawn = profile(network, permute(network), classification, BATCHES, points=11)
    first, second = drawn.ends
    assert first.loss == pytest.approx(second.loss, rel=1e-6)
    assert drawn.barrier.height > 0.1
    assert drawn.barrier.at == 0.5
    assert "may be a permutation only" in drawn.note
    np.testing.assert_allclose(drawn.loss, drawn.loss[::-1], rtol=1e-5)


def test_the_barrier_of_a_product_is_its_closed_form() -> None:
    """From (1, 1) to (-1, -1) the product is (1 - 2t)², whose loss is 1 in the middle."""
    batches = [(torch.ones(2, 1, dtype=torch.float64),)]
    drawn = profile(Product(1, 1), Product(-1, -1), product_loss, batches, points=5)
    np.testing.assert_allclose(drawn.loss, ((1 - 2 * drawn.t) ** 2 - 1) ** 2, atol=1e-15)
    assert drawn.barrier == (1.0, 0.5)
    assert drawn.length == pytest.approx(2 * np.sqrt(2))


def test_a_barrier_is_measured_from_the_line_between_unequal_ends() -> None:
    """From (1, 0.5) to (-1, -1) the losses of the ends are 1/4 and 0."""
    batches = [(torch.ones(2, 1, dtype=torch.float64),)]
    drawn = profile(Product(1, 0.5), Product(-1, -1), product_loss, batches, points=101)
    t = drawn.t
    excess = ((1 - 2 * t) * (0.5 - 1.5 * t) - 1) ** 2 - 0.25 * (1 - t)
    assert drawn.barrier.height == pytest.approx(excess.max())
    assert drawn.barrier.at == pytest.approx(t[excess.argmax()])


def test_a_convex_loss_has_no_barrier() -> None:
    first, second = (Quadratic([value, 1.0], [1.0, 4.0]) for value in (2.0, -1.0))
    drawn = profile(first, second, quadratic_loss, ONE_BATCH, points=7)
    np.testing.assert_allclose(drawn.loss, (2 - 3 * drawn.t) ** 2 / 2 + 2, rtol=1e-12)
    assert drawn.barrier.height == 0.0
    assert "No barrier" in drawn.note


def test_a_loss_that_is_not_finite_between_the_ends_leaves_the_height_open(tmp_path: Path) -> None:
    def pole(model: nn.Module, batch: Any) -> torch.Tensor:
        values = model.values
        assert isinstance(values, torch.Tensor)
        return (1 / values[0]).abs()

    batches = [(torch.ones(1, 1),)]
    drawn = profile(Product(1, 0), Product(-1, 0), pole, batches, points=3)
    assert np.isnan(drawn.barrier.height) and "not finite" in drawn.note
    manifest = read_checked(drawn.save(tmp_path)).manifest
    assert manifest.segment is not None and manifest.segment.barrier.height is None


def test_the_ends_are_recalibrated_where_their_statistics_differ() -> None:
    first, second = make_normalized(0), make_normalized(1)
    drawn = profile(first, second, classification, BATCHES, points=3)
    assert drawn.evaluation["buffers"]["policy"] == "recalibrated"
    for end, network in zip(drawn.ends, (first, second), strict=True):
        assert end.own_loss == pytest.approx(own_loss(network, BATCHES), rel=1e-6)
    frozen = profile(first, second, classification, BATCHES, buffers="frozen", points=3)
    assert frozen.ends[0].loss == pytest.approx(own_loss(first, BATCHES), rel=1e-6)
    assert frozen.ends[0].own_loss is None and frozen.ends[1].own_loss is not None


def test_a_saved_profile_is_what_the_server_reads(tmp_path: Path) -> None:
    files = [tmp_path / "a.pt", tmp_path / "b.pt"]
    for seed, file in enumerate(files):
        torch.save(make_mlp(seed).state_dict(), file)
    first, second = files
    drawn = profile(
        first,
        second,
        classification,
        BATCHES,
        model=make_mlp(5),
        metrics={"accuracy": accuracy},
        points=5,
    )
    stored = read_checked(drawn.save(tmp_path / "landscapes"))
    manifest = stored.manifest
    assert manifest.kind == "profile" and manifest.title == "Sequential from a.pt to b.pt"
    assert [(end.label, end.x) for end in manifest.ends] == [("a.pt", 0.0), ("b.pt", 1.0)]
    assert manifest.segment is not None
    assert manifest.segment.barrier.height == pytest.approx(drawn.barrier.height)
    np.testing.assert_array_equal(stored.arrays["segment.accuracy"], drawn.values["accuracy"])


def test_its_figure_shows_the_barrier_and_says_what_it_may_be() -> None:
    network = train(make_mlp())
    drawn = profile(
        network, permute(network), classification, BATCHES, metrics={"acc": accuracy}, points=5
    )
    figure = drawn.figure()
    names = [trace.name for trace in figure.data]
    assert names == [
        "straight line between the ends",
        "loss (nats)",
        "acc",
        f"barrier {drawn.barrier.height:.4g}",
    ]
    right = figure.layout.yaxis2
    assert (right.title.text, right.tickformat) == ("acc", ".0%")
    assert "permutation only" in figure.layout.annotations[0].text


@pytest.mark.parametrize(
    ("ends", "options", "error", "reason"),
    [
        (("a.pt", "b.pt"), {}, PlaneError, "pass model="),
        ((make_mlp(), make_mlp()), {}, PlaneError, "have the same varying parameters"),
        ((make_mlp(), "lost.pt"), {}, StateError, "there is no checkpoint lost.pt"),
        ((make_mlp(0), make_mlp(1)), {"points": 1}, PlaneError, "points=1: they should be 2 to"),
    ],
)
def test_what_makes_no_segment_is_refused(
    ends: Any, options: Any, error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        profile(ends[0], ends[1], classification, BATCHES, **options)
