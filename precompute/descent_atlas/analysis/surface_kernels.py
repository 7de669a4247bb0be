"""Compiled passes over activations, where PyTorch would traverse the same memory several times."""

import numpy as np

from descent_atlas.analysis.array_types import Counts, Floats, Floats32
from descent_atlas.compilation.kernels import compile_function


@compile_function
def combine_terms(coefficients: Floats32, terms: Floats32, floor: float, z: Floats32) -> None:
    """Set z[p] to max(floor, Σₖ coefficients[p, k] terms[k]).

    `coefficients` is (points, 3), `terms` (3, units, images), z (points, units, images). A floor of
    0 is ReLU, one of -∞ leaves values as they are. NaN stays NaN.
    """
    points, units, images = z.shape
    least = np.float32(floor)
    for point in range(points):
        a, b, c = coefficients[point]
        for unit in range(units):
            for image in range(images):
                combined = (
                    a * terms[0, unit, image]
                    + b * terms[1, unit, image]
                    + c * terms[2, unit, image]
                )
                z[point, unit, image] = least if combined < least else combined


@compile_function
def add_bias(z: Floats32, bias: Floats32, floor: float) -> None:
    """Set z to max(floor, z + bias) in place.

    z is (points, units, images), `bias` (points, units, 1); `floor` is that of `combine_terms`.
    """
    points, units, images = z.shape
    least = np.float32(floor)
    for point in range(points):
        for unit in range(units):
            addend = bias[point, unit, 0]
            for image in range(images):
                shifted = z[point, unit, image] + addend
                z[point, unit, image] = least if shifted < least else shifted


@compile_function
def add_losses_and_answers(
    logits: Floats32, log_p: Floats32, label: int, loss: Floats, correct: Counts
) -> None:
    """Add the summed cross-entropy and the number of correct answers of images with one label.

    `logits` and `log_p`, their logarithmic probabilities, are (points, classes, images); `loss` and
    `correct`, to which is added in place, are (points,). The answer is the first of equally large
    logits. An image with a NaN logit has no answer.
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
