"""Rules driven by given gradients, as the loop drives them by an objective's."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.compilation.kernels import compile_function
from descent_atlas.optimizers.rules import init, update

Array = NDArray[np.float64]


@compile_function
def _drive(h, points, gradients, losses, out):  # type: ignore[no-untyped-def]  # for any rule's h
    state = init(h)
    for k in range(len(losses)):
        x, y, state = update(
            points[k, 0], points[k, 1], gradients[k, 0], gradients[k, 1], losses[k], state, h
        )
        out[k, 0], out[k, 1] = x, y


def drive(h: Any, points: Array, gradients: Array, losses: Array | None = None) -> Array:
    """Return where the compiled rule steps from each point, float64[steps, 2].

    `points` and `gradients` are float64[steps, 2], `losses` float64[steps]. The rule's state
    is carried from step to step, the position is given anew: what a step changes can then be
    compared to full precision, however far a descent would have gone.
    """
    out = np.empty_like(points)
    _drive(h, points, gradients, np.zeros(len(points)) if losses is None else losses, out)
    return out


def draw_gradients(generator: np.random.Generator, steps: int) -> Array:
    """Return gradients of changing sizes: float64[steps, 2]."""
    sizes = 10.0 ** generator.uniform(-2, 1, (steps, 1))
    return generator.normal(0.3, 1.0, (steps, 2)) * sizes
