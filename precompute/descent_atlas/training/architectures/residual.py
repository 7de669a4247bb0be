"""Residual networks for images of 32×32 pixels, and the same networks without their skips.

He, Zhang, Ren and Sun (2016), Deep residual learning for image recognition, §4.2: a 3×3
convolution, three stages of n blocks of two 3×3 convolutions, the mean over all pixels, and a
linear layer, 6n + 2 layers in all. The second and the third stage begin with a stride of 2 and
twice the channels. Shortcuts are their option A: where the shape changes, every second pixel, and
zeros for the channels that are new. They have no parameters, so that a network has the same ones
with and without skips; without them it is the paper's plain network.
"""

from typing import Literal

from torch import Tensor, nn
from torch.nn import functional

STAGES = (16, 32, 64)
"""The channels of the three stages at the published width."""

LAYERS_OUTSIDE = 2
"""The first convolution and the linear layer."""

LAYERS_PER_BLOCK = 2

Normalization = Literal["batch", "none"]


class ResidualBlock(nn.Module):
    """Two convolutions, each with its normalization, and a shortcut past both if there is one."""

    def __init__(
        self, inputs: int, outputs: int, *, stride: int, skips: bool, normalization: Normalization
    ) -> None:
        super().__init__()
        self.first = convolution(inputs, outputs, stride, normalization)
        self.second = convolution(outputs, outputs, 1, normalization)
        self.stride, self.added, self.skips = stride, outputs - inputs, skips

    def forward(self, images: Tensor) -> Tensor:
        """Return the features float[N, outputs, H / stride, W / stride]."""
        found: Tensor = self.second(functional.relu(self.first(images)))
        if self.skips:
            found = found + self._shorten(images)
        return functional.relu(found)

    def _shorten(self, images: Tensor) -> Tensor:
        """Return the images in the shape of the output, by option A."""
        kept = images[:, :, :: self.stride, :: self.stride]
        return functional.pad(kept, (0, 0, 0, 0, 0, self.added)) if self.added else kept


class GlobalAverage(nn.Module):
    """The mean over all pixels: float[N, C, H, W] becomes float[N, C]."""

    def forward(self, images: Tensor) -> Tensor:
        """Return the means."""
        return images.mean(dim=(2, 3))


def residual_network(
    depth: int = 20,
    width: float = 1.0,
    skips: bool = True,
    normalization: Normalization = "batch",
    classes: int = 10,
    channels: int = 3,
) -> nn.Sequential:
    """Return a residual network of 6n + 2 layers, or a plain one.

    `width` is the factor of all channels: 0.25 has 4, 8 and 16. `normalization` follows every
    convolution; with "none" the convolutions have biases in its place. Weights are drawn by He et
    al. (2015), normal with the variance 2 / fan-in, and biases are zero, with and without
    normalization alike: no scaling of branches replaces it, as Fixup's does. `channels` are those
    of the images.

    Raises ValueError for another depth, a width that leaves a fraction of a channel, or another
    normalization.
    """
    blocks, rest = divmod(depth - LAYERS_OUTSIDE, LAYERS_PER_BLOCK * len(STAGES))
    if rest or blocks < 1:
        raise ValueError(f"a depth of {depth}: it is 6n + 2, such as 20, 32, 44, 56 or 110")
    widths = [stage * width for stage in STAGES]
    if not all(each >= 1 and each == int(each) for each in widths):
        raise ValueError(f"a width of {width:g}: {widths[0]:g} channels are no whole number")
    if normalization not in ("batch", "none"):
        raise ValueError(f'a normalization "{normalization}": say "batch" or "none"')
    stages = [int(each) for each in widths]
    layers: list[nn.Module] = [convolution(channels, stages[0], 1, normalization), nn.ReLU()]
    inputs = stages[0]
    for number, outputs in enumerate(stages):
        for block in range(blocks):
            stride = 2 if number and not block else 1
            layers.append(
                ResidualBlock(
                    inputs, outputs, stride=stride, skips=skips, normalization=normalization
                )
            )
            inputs = outputs
    network = nn.Sequential(*layers, GlobalAverage(), nn.Linear(inputs, classes))
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return network


def convolution(
    inputs: int, outputs: int, stride: int, normalization: Normalization
) -> nn.Sequential:
    """Return a 3×3 convolution and its normalization, or a convolution with biases."""
    normalized = normalization == "batch"
    layer = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=not normalized)
    return nn.Sequential(layer, *([nn.BatchNorm2d(outputs)] if normalized else []))
