"""ResNet-56 for images of 32×32 pixels, with 0.85 million parameters.

Reference: He, Zhang, Ren, Sun, "Deep residual learning for image recognition", CVPR 2016, section
4.2, with shortcuts without parameters, https://arxiv.org/abs/1512.03385.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

BLOCKS = 9
"""Blocks of two layers at each of three widths: 6 · 9 + 2 layers."""

WIDTHS = (16, 32, 64)

CLASSES = 10


class ResidualBlock(nn.Module):
    """Two convolutions beside a shortcut, which drops every other pixel where the width doubles."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.stride = outputs // inputs
        self.first = nn.Conv2d(inputs, outputs, 3, self.stride, padding=1, bias=False)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.norms = nn.ModuleList(nn.BatchNorm2d(outputs) for _ in range(2))
        self.padding = (outputs - inputs) // 2

    def forward(self, x: Tensor) -> Tensor:
        """Return activations of as many channels as the block has outputs."""
        one, two = self.norms
        inner = two(self.second(functional.relu(one(self.first(x)))))
        shortcut = x[:, :, :: self.stride, :: self.stride]
        padding = (0, 0, 0, 0, self.padding, self.padding)
        return functional.relu(inner + functional.pad(shortcut, padding))


def make_resnet(seed: int = 0) -> nn.Module:
    """Return the network in evaluation mode, with running statistics of noise."""
    torch.manual_seed(seed)
    layers: list[nn.Module] = [nn.Conv2d(3, WIDTHS[0], 3, padding=1, bias=False)]
    layers += [nn.BatchNorm2d(WIDTHS[0]), nn.ReLU()]
    inputs = WIDTHS[0]
    for width in WIDTHS:
        for _ in range(BLOCKS):
            layers.append(ResidualBlock(inputs, width))
            inputs = width
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(WIDTHS[-1], CLASSES)]
    network = nn.Sequential(*layers)
    with torch.no_grad():
        network(torch.rand(64, 3, 32, 32))
    return network.eval()
