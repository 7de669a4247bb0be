"""A network whose loss is known: ½ (θ - m)ᵀ H (θ - m), whatever the image."""

import torch
from torch import Tensor, nn

from descent_atlas.training.images.datasets import Split


class Quadratic(nn.Module):
    """Gives the first of two classes the log-probability -q(θ), the second the complement."""

    def __init__(self, hessian: Tensor, minimum: Tensor) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.zeros(len(minimum)))
        self.hessian = hessian
        self.minimum = minimum

    def forward(self, images: Tensor) -> Tensor:
        difference = self.theta - self.minimum
        q = difference @ self.hessian @ difference / 2
        return torch.stack([-q, torch.log(-torch.expm1(-q))]).expand(len(images), 2)


def images_of_first_class(count: int = 3) -> Split:
    """Return images whose loss under `Quadratic` is q(θ)."""
    return Split(torch.zeros(count, 1, 1, 1, dtype=torch.uint8), torch.zeros(count).long())


def random_split(count: int, *, size: int = 4, channels: int = 3, classes: int = 10) -> Split:
    """Return images of noise with random labels."""
    generator = torch.Generator().manual_seed(count)
    shape = (count, channels, size, size)
    return Split(
        torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8),
        torch.randint(0, classes, (count,), generator=generator),
    )
