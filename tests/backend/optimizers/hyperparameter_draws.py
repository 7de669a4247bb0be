"""Random hyperparameters, drawn from what the table says of each."""

import math

import numpy as np

from descent_atlas.optimizers.hyperparameters import Hyperparameter


def draw_value(h: Hyperparameter, generator: np.random.Generator) -> float | bool:
    """Return a random value within the limits of a hyperparameter.

    On a logarithmic scale it lies between a tenth of the default and the geometric mean of the
    default and the maximum: smaller values change nothing that a test could see, larger ones
    make every descent diverge. On a linear scale it is the default or lies between half of it and
    the maximum: with little memory of the past, the variance of a centred average is all rounding.
    """
    if h.scale == "switch":
        return bool(generator.integers(0, 2))
    if h.scale == "log":
        low = max(h.minimum, h.default / 10)
        high = math.sqrt(h.default * h.maximum)
        return float(np.exp(generator.uniform(math.log(low), math.log(high))))
    low = max(h.minimum, h.default / 2)
    return float(generator.choice([h.default, generator.uniform(low, h.maximum)]))
