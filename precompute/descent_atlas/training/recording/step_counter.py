"""Count of an optimizer's steps, whatever the loop around it looks like.

PyTorch calls a hook after each `optimizer.step`. A step over several accumulated gradients is
therefore one, and so is a step of L-BFGS, however often it evaluates its closure. A gradient scaler
that finds infinite gradients skips the step: such a step counts and is marked.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import torch
from torch.amp.grad_scaler import GradScaler


class StepCounter:
    """Calls `count(skipped)` after each step of an optimizer, until it is closed.

    `skipped` is whether `scaler` left the parameters as they were. Without the scaler, a step that
    it skips is not seen, unless the optimizer skips it itself, as fused ones do.
    """

    def __init__(
        self,
        optimizer: torch.optim.Optimizer,
        scaler: GradScaler | None,
        count: Callable[[bool], None],
    ) -> None:
        self.optimizer, self.scaler, self.count = optimizer, scaler, count
        self.steps = 0
        self._open: FrameType | None = None  # the step that is being made
        self._hooks = [
            optimizer.register_step_pre_hook(self._begin),
            optimizer.register_step_post_hook(self._end),
        ]
        if scaler is not None:
            self._scaler_step = scaler.step
            scaler.step = self._step_with_scaler  # type: ignore[method-assign]  # it has no hooks

    def close(self) -> None:
        """Stop counting, and leave optimizer and scaler as they were; do nothing a second time."""
        for hook in self._hooks:
            hook.remove()
        if self.scaler is not None:
            vars(self.scaler).pop("step", None)

    def _begin(self, *_: Any) -> None:
        """Note the step that begins, unless it is made within another one.

        A class of one's own may call the step of its base class, which has hooks too. A step that
        was begun and then raised an exception is no longer among the callers.
        """
        caller = sys._getframe(1)
        if self._open is None or not is_within(caller, self._open):
            self._open = caller

    def _end(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        """Count the step that ends, unless it was made within another one."""
        if self._open is sys._getframe(1):
            self._open = None
            self.steps += 1
            found = getattr(optimizer, "found_inf", None)  # a scaler sets it on fused optimizers
            self.count(found is not None and bool(found))

    def _step_with_scaler(
        self, optimizer: torch.optim.Optimizer, *args: Any, **kwargs: Any
    ) -> float | None:
        """Make a step with the scaler; count it if the scaler skips it."""
        before = self.steps
        result = self._scaler_step(optimizer, *args, **kwargs)
        if optimizer is self.optimizer and self.steps == before:
            self.steps += 1
            self.count(True)
        return result


def is_within(frame: FrameType | None, outer: FrameType) -> bool:
    """Tell whether a frame was called, directly or not, from another one."""
    while frame is not None and frame is not outer:
        frame = frame.f_back
    return frame is not None
