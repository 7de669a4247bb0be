"""The last step of a descent as it would be at the unscheduled learning rate.

A schedule that takes the rate to zero makes any step small, on a slope and with a velocity too.
Whether a scheduled descent has come to rest is therefore judged by this step (`descent.Status`).
"""

import numpy as np

from descent_atlas.compilation.kernels import call_objective, compile_function
from descent_atlas.optimizers.optimizer_table import update
from descent_atlas.statistics.philox import normal_pair


@compile_function
def repeat_last_step(  # type: ignore[no-untyped-def]  # compiled for the types that `run` passes
    objective, parameters, path, steps, lowest, noise_scale, seed, state, h
):
    """Return how far the last step would have gone along x and along y at the rate of `h`.

    Args:
        objective: the address of the compiled objective.
        parameters: its parameters, float64[parameters].
        path: x, y and the loss at each step, float64[3, steps + 1].
        steps: the steps that were taken.
        lowest: the objective's global minimum.
        noise_scale, seed: the noise of the gradients.
        state: the rule's state before the last step.
        h: the hyperparameters, with the unscheduled rate.
    """
    x, y = path[0, steps - 1], path[1, steps - 1]
    _, fx, fy = call_objective(objective, x, y, parameters)
    if noise_scale > 0.0:
        noise_x, noise_y = normal_pair(seed, np.uint64(steps))
        fx += noise_scale * noise_x
        fy += noise_scale * noise_y
    to_x, to_y, _ = update(x, y, fx, fy, path[2, steps - 1] - lowest, state, h)
    return to_x - x, to_y - y
