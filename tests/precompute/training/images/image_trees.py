"""A tree of class folders with a few small images."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from descent_atlas.training.images.dataset_loading import load_dataset
from descent_atlas.training.images.datasets import ImageDataset

CLASSES = ("apple", "bear")


def make_tree(folder: Path) -> Path:
    """Write two images of 6×4 pixels a class and split; return the folder."""
    for split in ("train", "test"):
        for label, name in enumerate(CLASSES):
            (folder / split / name).mkdir(parents=True)
            for index in range(2):
                pixels = np.full((4, 6, 3), 100 * label + index, dtype=np.uint8)
                pixels[-1, -1] = 7 if split == "test" else 0
                pixels[0, 0] = [1, 2, 3]
                Image.fromarray(pixels).save(folder / split / name / f"{index}.png")
    return folder


def load_tree(tree: Path | None, folder: Path, **options: Any) -> ImageDataset:
    """Load the data set of a tree, or of the cache in a folder."""
    return load_dataset(tree, folder / "cache", name="mine", source="class-folders", **options)
