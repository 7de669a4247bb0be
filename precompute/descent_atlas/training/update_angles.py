"""Angles between consecutive updates of a training, in the full parameter space."""

import math
from typing import Any

from torch import Tensor

from descent_atlas.training.angles import angle_between

WINDOW_UPDATES = 64
"""Consecutive updates from which one mean angle is measured."""

WINDOW_COUNT = 50
"""Windows of a run that is long enough. They cost less than 1 % of its time."""


class UpdateAngles:
    """Measures the mean angle between consecutive updates, over windows spread along a run.

    A window of 64 consecutive updates gives the mean of its 63 angles in degrees: 0 if the updates
    have one direction, 90 if they are orthogonal, 180 if each undoes the one before. `steps` are
    the windows' first steps, `angles` their means; NaN where no parameter moved.
    """

    def __init__(self, planned_steps: int) -> None:
        count = min(WINDOW_COUNT, planned_steps // WINDOW_UPDATES)
        self._starts = {index * planned_steps // count for index in range(count)}
        self.steps: list[float] = []
        self.angles: list[float] = []
        self._step = -1  # of the last parameters observed
        self._start = -1  # of the open window, or -1
        self._theta: Tensor | None = None
        self._update: Tensor | None = None
        self._open_angles: list[float] = []

    def wants(self, step: int) -> bool:
        """Return whether the parameters after this step are needed."""
        return self._start >= 0 or step in self._starts

    def observe(self, step: int, theta: Tensor) -> None:
        """Observe the parameters float32[P] after a step. Ignore a step observed before."""
        if step == self._step or not self.wants(step):
            return
        if self._start >= 0 and self._theta is not None:
            update = theta.double() - self._theta
            if self._update is not None:
                self._open_angles.append(angle_between(self._update, update))
            self._update = update
            if step - self._start == WINDOW_UPDATES:
                self._close_window()
        if step in self._starts:
            self._start, self._update, self._open_angles = step, None, []
        self._step, self._theta = step, theta.double() if self._start >= 0 else None

    def _close_window(self) -> None:
        defined = [angle for angle in self._open_angles if math.isfinite(angle)]
        self.steps.append(self._start)
        self.angles.append(math.fsum(defined) / len(defined) if defined else math.nan)
        self._start, self._update, self._open_angles = -1, None, []

    def state_dict(self) -> dict[str, Any]:
        """Return the state from which a resumed run continues, within a window too."""
        return {
            "steps": list(self.steps),
            "angles": list(self.angles),
            "step": self._step,
            "start": self._start,
            "theta": self._theta,
            "update": self._update,
            "open_angles": list(self._open_angles),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore a state."""
        self.steps, self.angles = state["steps"], state["angles"]
        self._step, self._start = state["step"], state["start"]
        self._theta, self._update = state["theta"], state["update"]
        self._open_angles = state["open_angles"]
