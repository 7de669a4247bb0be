"""A network that takes its time without computing, so that jobs last on machines of any speed."""

import os
import time
from collections.abc import Sequence

from torch import Tensor, nn

from descent_atlas.training.networks import mlp

PAUSE = "SLOW_NETWORK_SECONDS"
"""The environment variable that says how long a forward pass waits; without it, not at all."""


class SlowNetwork(nn.Module):
    """A perceptron that waits. Its numbers are the same, however long."""

    def __init__(self, sizes: Sequence[int]) -> None:
        super().__init__()
        self.layers = mlp(sizes)
        self.seconds = float(os.environ.get(PAUSE, 0))

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits [N, classes] of images."""
        time.sleep(self.seconds)
        logits: Tensor = self.layers(images)
        return logits
