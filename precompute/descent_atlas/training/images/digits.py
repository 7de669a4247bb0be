"""The handwritten digits that scikit-learn ships: 1,797 grey images of 8×8 pixels."""

import numpy as np
import torch

from descent_atlas.training.images.datasets import DataError, ImageDataset, Split

TRAIN_DIGITS = 1500
"""Images of the training set, of 1,797: the others are the test set."""

ORDER_SEED = 0
"""Draws which images are the test set. In the package's order they are of other writers."""

WHITEST = 16
"""The largest pixel: each counts the ink in 4×4 pixels of a scan."""


def read_digits(name: str) -> ImageDataset:
    """Return the digits: inputs float32[N, 1, 8, 8] in [0, 1].

    Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits. Raises DataError if
    scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits  # slow to import, and needed only here
    except ModuleNotFoundError:
        raise DataError(
            'the digits come with scikit-learn: pip install "descent-atlas[precompute]"'
        ) from None
    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(ORDER_SEED).permutation(len(labels))
    inputs = torch.tensor(images[order] / WHITEST, dtype=torch.float32).view(-1, 1, 8, 8)
    classes = torch.tensor(labels[order], dtype=torch.int64)
    return ImageDataset(
        name=name,
        classes=tuple(map(str, range(10))),
        train=Split(inputs[:TRAIN_DIGITS].clone(), classes[:TRAIN_DIGITS].clone()),
        test=Split(inputs[TRAIN_DIGITS:].clone(), classes[TRAIN_DIGITS:].clone()),
    )
