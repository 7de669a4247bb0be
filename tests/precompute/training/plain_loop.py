"""A user's PyTorch loop with a Recorder in it."""

from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from descent_atlas.training import Recorder


def make_network() -> nn.Module:
    """Return a network that has no fast path."""
    return nn.Sequential(nn.Flatten(), nn.Linear(48, 12), nn.Tanh(), nn.Linear(12, 3))


def train(folder: Path, images: torch.Tensor, labels: torch.Tensor, epochs: int = 6) -> None:
    """Train it on images float32[N, 3, 4, 4] and labels int64[N]."""
    torch.manual_seed(0)
    network = make_network()
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.01)
    loader = DataLoader(TensorDataset(images, labels), batch_size=20, shuffle=True)
    with Recorder(
        folder,
        id="plain",
        network=network,
        factory=f"{__name__}:make_network",
        optimizer=optimizer,
        spec={"optimizer": "AdamW", "hyperparameters": {"lr": 0.01}, "seed": 0},
        steps=epochs * len(loader),
        steps_per_epoch=len(loader),
        batch_size=20,
        checkpoint_seconds=0.0,
    ) as recorder:
        for epoch in range(recorder.step // len(loader), epochs):
            total = 0.0
            for inputs, targets in loader:
                optimizer.zero_grad()
                loss = cross_entropy(network(inputs), targets)
                loss.backward()  # type: ignore[no-untyped-call]  # PyTorch gives it no types
                optimizer.step()
                total += loss.item() / len(loader)
            recorder.epoch(epoch + 1, train_loss=total)
            recorder.checkpoint()
