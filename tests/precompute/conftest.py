"""A small data set that a network learns in seconds."""

import pytest
import torch

from descent_atlas.training.images.datasets import ImageDataset, Split

CLASSES = ("apple", "bear", "cloud")


DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
"""The devices of this machine, on each of which the same must hold."""


def make_split(count: int, seed: int) -> Split:
    """Return noisy 3×4×4 images whose mean colour depends on their class."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(len(CLASSES), (count,), generator=generator)
    images = torch.randint(120, (count, 3, 4, 4), generator=generator)
    images[torch.arange(count), labels] += 60
    return Split(images.to(torch.uint8), labels)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Leave the machine's other cores to others, as the job's workers do."""
    torch.set_num_threads(1)


def make_dataset() -> ImageDataset:
    """Return a data set that is the same in every process."""
    return ImageDataset(
        name="colours", classes=CLASSES, train=make_split(300, 0), test=make_split(90, 1)
    )


@pytest.fixture(scope="session")
def dataset() -> ImageDataset:
    return make_dataset()
