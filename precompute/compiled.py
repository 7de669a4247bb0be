"""The parts of a surface for which PyTorch would walk over the same memory several times."""

import numpy as np
from numpy.typing import NDArray

from backend.kernels import compile_function

Floats32 = NDArray[np.float32]


@compile_function
def add_and_rectify(z: Floats32, bias: Floats32) -> None:
    """Set z to ReLU(z + bias) in place: z (points, units, images), bias (points, units, 1).

    As in PyTorch, a NaN stays one.
    """
    points, units, images = z.shape
    for point in range(points):
        for unit in range(units):
            shift = bias[point, unit, 0]
            for image in range(images):
                shifted = z[point, unit, image] + shift
                z[point, unit, image] = np.float32(0) if shifted < 0 else shifted


@compile_function
def tally(
    logits: Floats32,
    log_p: Floats32,
    label: int,
    loss: NDArray[np.float64],
    correct: NDArray[np.int64],
) -> None:
    """Add the summed loss and the correct answers of images that are all labelled `label`.

    `logits` and `log_p`, their logarithmic probabilities, are (points, classes, images), and what
    is added to is (points,). The answer is the first of equally large logits; beside a NaN there
    is none.
    """
    points, classes, images = logits.shape
    right = np.empty(images, np.uint8)
    for point in range(points):
        total = 0.0
        for image in range(images):
            total += log_p[point, label, image]
            right[image] = 1
        loss[point] -= total
        for other in range(label):
            for image in range(images):
                right[image] &= logits[point, other, image] < logits[point, label, image]
        for other in range(label, classes):
            for image in range(images):
                right[image] &= logits[point, other, image] <= logits[point, label, image]
        correct[point] += right.sum()
