"""Descents with their sharpness, for the stories of stability."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from descent_atlas.measured.stories.ends import walk
from descent_atlas.measured.stories.story_settings import NO_NOISE, Setting, Start
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.simulation.descent import Descent
from descent_atlas.stability.descent_sharpness import (
    DescentSharpness,
    follow_sharpness,
    measure_sharpness,
)


@dataclass(frozen=True)
class SharpDescent:
    """One optimizer's descent with its stability.

    Attributes:
        descent: the descent.
        path: sharpness times rate in each step, in the rule's own metric.
        plain: the Hessian's own sharpness times rate at each point of the descent, float64[points].
    """

    descent: Descent
    path: DescentSharpness
    plain: NDArray[np.float64]


def walk_sharply(setting: Setting, id: str, start: Start) -> SharpDescent:
    """Return a descent from one start with its sharpness."""
    run = setting.runs[id]
    descent = walk(setting, id, start)
    return SharpDescent(
        descent=descent,
        path=follow_sharpness(
            setting.objective,
            setting.packed,
            OPTIMIZERS[id],
            run.hyperparameters,
            start=start,
            steps=run.steps,
            noise=NO_NOISE,
        ),
        plain=run.hyperparameters.lr
        * measure_sharpness(
            setting.objective,
            setting.packed,
            np.ascontiguousarray(descent.x),
            np.ascontiguousarray(descent.y),
        ),
    )
