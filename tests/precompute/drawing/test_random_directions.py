"""Random directions: the norms of filters, layers and whole networks."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from descent_atlas.drawing.plane_choices import PlaneError
from descent_atlas.drawing.random_directions import (
    Normalization,
    OneDimensional,
    fill_random_directions,
)
from descent_atlas.evaluation.parameters import ParameterSpace


class Embeddings(nn.Module):
    """A class token, and positions with a leading axis of length 1, as in vision transformers."""

    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.randn(1, 1, 5))
        self.positions = nn.Parameter(torch.randn(1, 4, 5))


class Conv1D(nn.Module):
    """GPT-2's linear layer, which stores its weight as (inputs, outputs)."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3, 7))


def fill(
    model: nn.Module,
    normalization: Normalization = "filter",
    one_dimensional: OneDimensional = "zero",
    seed: int = 0,
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return the network's tensors, and those of a random direction."""
    space = ParameterSpace(model)
    directions = torch.empty(2, space.layout.size)
    own = dict(model.state_dict())
    fill_random_directions(
        directions,
        own,
        space,
        seed,
        normalization=normalization,
        one_dimensional=one_dimensional,
    )
    return own, space.layout.split(directions[0])


def regroup(weight: Tensor) -> Tensor:
    """Return a transposed convolution's weight (4, 3, k) with 2 groups as a filter a row."""
    return weight.view(2, 2, 3, -1).transpose(1, 2).reshape(6, -1)


def rows(weight: Tensor) -> Tensor:
    return weight.flatten(1)


@pytest.mark.parametrize(
    ("model", "name", "filters"),
    [
        (nn.Linear(4, 3), "weight", rows),
        (nn.Conv2d(4, 6, 3), "weight", rows),
        (nn.Conv2d(4, 6, 3, groups=2), "weight", rows),
        (nn.Conv1d(4, 1, 3), "weight", rows),
        (nn.ConvTranspose1d(4, 6, 5, groups=2), "weight", regroup),
        (nn.ConvTranspose2d(4, 3, 2), "weight", lambda w: w.transpose(0, 1).flatten(1)),
        (nn.Embedding(5, 4), "weight", rows),
        (nn.MultiheadAttention(4, 2), "in_proj_weight", rows),
        (nn.LSTM(3, 2), "weight_hh_l0", rows),
        (Conv1D(), "weight", lambda w: w.T),
        (Embeddings(), "token", lambda w: w.view(1, 5)),
        (Embeddings(), "positions", lambda w: w.view(4, 5)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else None,
)
def test_each_filter_has_the_norm_of_the_networks(
    model: nn.Module, name: str, filters: Any
) -> None:
    own, direction = fill(model)
    expected, found = filters(own[name]).norm(dim=1), filters(direction[name]).norm(dim=1)
    torch.testing.assert_close(found, expected)
    assert not torch.allclose(direction[name], own[name])


def test_each_layer_has_the_norm_of_the_networks_and_packed_projections_are_three() -> None:
    own, direction = fill(nn.MultiheadAttention(4, 2), "layer")
    for name in ("in_proj_weight", "out_proj.weight"):
        parts = 3 if name == "in_proj_weight" else 1
        for one, other in zip(own[name].chunk(parts), direction[name].chunk(parts), strict=True):
            torch.testing.assert_close(one.norm(), other.norm())


def test_without_normalization_the_direction_as_a_whole_has_the_norm_of_the_weights() -> None:
    model = nn.Sequential(nn.Linear(40, 30), nn.Linear(30, 20))
    own, direction = fill(model, "none")
    weights = ["0.weight", "1.weight"]
    whole = torch.cat([own[name].flatten() for name in weights]).norm()
    torch.testing.assert_close(torch.cat([d.flatten() for d in direction.values()]).norm(), whole)
    spread = [direction[name].std().item() for name in weights]
    assert spread[0] == pytest.approx(spread[1], rel=0.1)


def test_what_is_one_dimensional_stays_or_is_scaled() -> None:
    model = nn.Sequential(nn.Linear(4, 3), nn.LayerNorm(3))
    own, direction = fill(model)
    assert all(not direction[name].any() for name in ("0.bias", "1.weight", "1.bias"))
    own, direction = fill(model, one_dimensional="same")
    for name in ("0.bias", "1.weight"):
        torch.testing.assert_close(direction[name].norm(), own[name].norm())
    assert not direction["1.bias"].any()  # the network's is zero


def test_a_seed_draws_the_same_directions_however_many_numbers_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = nn.Sequential(nn.Linear(9, 8), nn.ConvTranspose1d(8, 4, 3))
    whole = fill(model)[1]
    monkeypatch.setattr("descent_atlas.drawing.random_directions.NUMBERS_AT_ONCE", 7)
    for name, part in fill(model)[1].items():
        torch.testing.assert_close(part, whole[name], rtol=1e-6, atol=0)
    assert not torch.equal(fill(model, seed=1)[1]["0.weight"], whole["0.weight"])


def test_a_direction_that_moves_nothing_is_refused() -> None:
    norm = nn.LayerNorm(3)
    with pytest.raises(PlaneError, match='pass one_dimensional="same"'):
        fill(norm)
    zero = nn.Linear(2, 2)
    nn.init.zeros_(zero.weight)
    with pytest.raises(PlaneError, match="all varying weights are zero"):
        fill(zero)
