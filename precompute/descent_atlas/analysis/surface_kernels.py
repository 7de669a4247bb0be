"""The parts of a surface for which PyTorch would walk over the same memory several times."""

import numpy as np
from numpy.typing import NDArray

from descent_atlas.compilation.kernels import compile_function

Floats32 = NDArray[np.float32]


@compile_function
def mix(coefficients: Floats32, terms: Floats32, floor: float, z: Floats32) -> None:
    """Set z[p] to coefficients[p, 0] terms[0] + coefficients[p, 1] terms[1] + …, at least `floor`.

    `coefficients` is (points, 3), `terms` (3, units, images), z (points, units, images). With a
    floor of 0 it is rectified, with one of -∞ it is not. A NaN stays one.
    """
    points, units, images = z.shape
    least = np.float32(floor)
    for point in range(points):
        a, b, c = coefficients[point]
        for unit in range(units):
            for image in range(images):
                mixed = (
                    a * terms[0, unit, image]
                    + b * terms[1, unit, image]
                    + c * terms[2, unit, image]
                )
                z[point, unit, image] = least if mixed < least else mixed


@compile_function
def shift(z: Floats32, bias: Floats32, floor: float) -> None:
    """Add a bias (points, units, 1) to z (points, units, images) in place, with `mix`'s floor."""
    points, units, images = z.shape
    least = np.float32(floor)
    for point in range(points):
        for unit in range(units):
            addend = bias[point, unit, 0]
            for image in range(images):
                shifted = z[point, unit, image] + addend
                z[point, unit, image] = least if shifted < least else shifted


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
