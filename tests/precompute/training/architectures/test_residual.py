"""Residual networks: the published sizes, option A, and what skips change."""

import pytest
import torch

from descent_atlas.training.architectures.residual import ResidualBlock, residual_network
from descent_atlas.training.networks import build, construct, layout

FACTORY = "descent_atlas.training.architectures.residual:residual_network"


@pytest.mark.parametrize(
    ("depth", "millions"), [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7)]
)
def test_networks_have_the_published_number_of_parameters(depth: int, millions: float) -> None:
    """He et al. (2016), Table 6."""
    found = layout(residual_network(depth)).size / 1e6
    assert round(found, 1 if depth == 110 else 2) == millions


@pytest.mark.parametrize("normalization", ["batch", "none"])
@pytest.mark.parametrize("depth", [20, 56])
def test_a_network_has_the_same_parameters_with_and_without_skips(
    depth: int, normalization: str
) -> None:
    options = {"depth": depth, "width": 0.25, "normalization": normalization}
    skipping = construct(FACTORY, 3, {**options, "skips": True})
    plain = construct(FACTORY, 3, {**options, "skips": False})
    assert layout(skipping) == layout(plain)
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    states = (skipping.state_dict(), plain.state_dict())
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert not torch.equal(skipping(images), plain(images))


def test_a_quarter_of_the_width_has_4_8_and_16_channels() -> None:
    network = residual_network(20, 0.25)
    convolutions = list_convolutions(network)
    assert {one.out_channels for one in convolutions} == {4, 8, 16}
    assert len(convolutions) + 1 == 20  # and the linear layer
    assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 10)


def list_convolutions(module: torch.nn.Module) -> list[torch.nn.Conv2d]:
    return [each for each in module.modules() if isinstance(each, torch.nn.Conv2d)]


def test_the_shortcut_takes_every_second_pixel_and_adds_channels_of_zeros() -> None:
    block = ResidualBlock(2, 5, stride=2, skips=True, normalization="none")
    for parameter in block.second.parameters():
        torch.nn.init.zeros_(parameter)
    images = torch.rand(1, 2, 4, 4)
    found = block(images)
    assert torch.equal(found[:, :2], images[:, :, ::2, ::2])
    assert found.shape == (1, 5, 2, 2) and not found[:, 2:].any()


def test_without_normalization_weights_are_hes_and_convolutions_have_biases() -> None:
    first, *_ = list_convolutions(build(FACTORY, 0, normalization="none"))  # without buffers
    assert first.weight.std().item() == pytest.approx((2 / 27) ** 0.5, rel=0.1)
    assert first.bias is not None and not first.bias.any()
    assert list_convolutions(residual_network(8))[0].bias is None


@pytest.mark.parametrize("options", [{"depth": 21}, {"depth": 2}, {"width": 0.1}])
def test_what_is_no_such_network_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"a depth of|a width of"):
        residual_network(**options)  # type: ignore[arg-type]  # each has its own type


def test_another_normalization_is_refused() -> None:
    with pytest.raises(ValueError, match='a normalization "layer"'):
        residual_network(normalization="layer")  # type: ignore[arg-type]  # that is tested
