"""Compiled passes over parameters, where PyTorch would traverse the same memory several times."""

import numpy as np
from numpy.typing import NDArray

from descent_atlas.compilation.kernels import compile_function


@compile_function
def place_on_lines(
    start: NDArray[np.float32],
    lines: NDArray[np.float32],
    coordinates: NDArray[np.float64],
    point: NDArray[np.float32],
) -> None:
    """Set point[i] to start[i] + Σₖ coordinates[k] lines[k, i], in float64 and rounded once.

    `start` and `point` are float32[n], `lines` is float32[k, n], `coordinates` float64[k].
    """
    for i in range(len(start)):
        exact = np.float64(start[i])
        for k in range(len(coordinates)):
            exact += coordinates[k] * np.float64(lines[k, i])
        point[i] = exact
