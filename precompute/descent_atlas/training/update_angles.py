"""How sharply a training turns: the angle between consecutive updates, in the full space."""

import math
from typing import Any

from torch import Tensor

from descent_atlas.training.angles import angle_between

WINDOW_UPDATES = 64
"""How many consecutive updates one turning angle is measured from."""

WINDOW_COUNT = 50
"""How many such windows a run has, where it is long enough: their cost stays below 1 %."""


class Turning:
    """Measures the mean angle between consecutive updates, over windows spread along a run.

    A window of 64 consecutive updates gives the mean of its 63 angles in degrees: 0 where training
    goes straight on, 90 where updates know nothing of each other, 180 where they undo each other.
    `steps` are the windows' first steps, `angles` their means; NaN where nothing moved.
    """

    def __init__(self, planned_steps: int) -> None:
        count = min(WINDOW_COUNT, planned_steps // WINDOW_UPDATES)
        self._starts = {index * planned_steps // count for index in range(count)}
        self.steps: list[float] = []
        self.angles: list[float] = []
        self._step = -1  # of the last parameters seen
        self._start = -1  # of the window that is open; -1: none
        self._theta: Tensor | None = None
        self._update: Tensor | None = None
        self._open_angles: list[float] = []

    def wants(self, step: int) -> bool:
        """Return whether the parameters after this step are needed."""
        return self._start >= 0 or step in self._starts

    def observe(self, step: int, theta: Tensor) -> None:
        """Take the parameters float32[P] after a step; a step already seen is passed over."""
        if step == self._step or not self.wants(step):
            return
        if self._start >= 0 and self._theta is not None:
            update = theta.double() - self._theta
            if self._update is not None:
                self._open_angles.append(angle_between(self._update, update))
            self._update = update
            if step - self._start == WINDOW_UPDATES:
                self._close()
        if step in self._starts:
            self._start, self._update, self._open_angles = step, None, []
        self._step, self._theta = step, theta.double() if self._start >= 0 else None

    def _close(self) -> None:
        defined = [angle for angle in self._open_angles if math.isfinite(angle)]
        self.steps.append(self._start)
        self.angles.append(math.fsum(defined) / len(defined) if defined else math.nan)
        self._start, self._update, self._open_angles = -1, None, []

    def state_dict(self) -> dict[str, Any]:
        """Return all that a resumed run needs to go on, within a window too."""
        return {
            "steps": self.steps,
            "angles": self.angles,
            "step": self._step,
            "start": self._start,
            "theta": self._theta,
            "update": self._update,
            "open_angles": self._open_angles,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take a state back."""
        self.steps, self.angles = state["steps"], state["angles"]
        self._step, self._start = state["step"], state["start"]
        self._theta, self._update = state["theta"], state["update"]
        self._open_angles = state["open_angles"]
