"""The transformer: it sees no later token, it may be tied, and it differentiates twice."""

import pytest
import torch
from torch.func import functional_call
from torch.nn import functional

from descent_atlas.training.architectures.decoder import Decoder, decoder
from descent_atlas.training.networks import build, flatten, layout


def small(*, tied: bool = False) -> Decoder:
    return decoder(vocabulary=11, context=6, width=8, heads=2, blocks=2, tied=tied)


def test_a_place_depends_on_no_later_token() -> None:
    torch.manual_seed(0)
    network = small()
    tokens = torch.tensor([[1, 2, 3, 4, 5, 6]])
    changed = tokens.clone()
    changed[0, 3] = 9
    first, second = network(tokens), network(changed)
    assert first.shape == (1, 6, 11)
    assert torch.equal(first[:, :3], second[:, :3])
    assert (first[:, 3:] != second[:, 3:]).any(dim=2).all()


def test_tied_weights_are_one_parameter() -> None:
    free, tied = small(), small(tied=True)
    assert layout(free).size - layout(tied).size == 11 * 8
    assert tied.output.weight is tied.tokens.weight
    halved = {"tokens.weight": tied.tokens.weight / 2}
    tokens = torch.tensor([[1, 2, 3]])
    assert not torch.equal(functional_call(tied, halved, (tokens,)), tied(tokens))


def test_parameters_are_those_of_the_sublayers() -> None:
    width, vocabulary, context = 8, 11, 6
    block = 4 * width**2 + 4 * width + 8 * width**2 + 5 * width + 4 * width
    assert layout(small()).size == (
        2 * vocabulary * width + context * width + 2 * block + 2 * width
    )


def test_a_seed_draws_the_weights_and_the_loss_begins_at_that_of_a_guess() -> None:
    factory = "descent_atlas.training.architectures.decoder:decoder"
    network = build(factory, 4)  # without buffers
    assert torch.equal(flatten(network), flatten(build(factory, 4)))
    tokens = torch.randint(97, (8, 65), generator=torch.Generator().manual_seed(0))
    logits = network(tokens[:, :-1])
    loss = functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
    assert loss.item() == pytest.approx(4.575, abs=0.05)  # ln 97


def test_the_gradient_has_a_derivative() -> None:
    network = small()
    tokens = torch.tensor([[1, 2, 3, 4]])
    loss = functional.cross_entropy(network(tokens[:, :-1]).flatten(0, 1), tokens[0, 1:])
    parameters = list(network.parameters())
    slopes = torch.autograd.grad(loss, parameters, create_graph=True)
    squares = torch.stack([(slope**2).sum() for slope in slopes])
    products = torch.autograd.grad(squares.sum(), parameters)
    assert all(bool(product.isfinite().all()) for product in products)
    assert products[0].any()


def test_heads_divide_the_width() -> None:
    with pytest.raises(ValueError, match="3 heads do not divide a width of 64"):
        decoder(heads=3)
    with pytest.raises(ValueError, match="at least 1"):
        decoder(blocks=0)
