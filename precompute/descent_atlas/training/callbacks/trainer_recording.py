"""Recording within a trainer that makes the steps, writes checkpoints and resumes from them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.amp.grad_scaler import GradScaler
from torch.optim import Optimizer

from descent_atlas.training.networks import rename_factory
from descent_atlas.training.recorder import Recorder
from descent_atlas.training.recording.run_identity import check_numbers
from descent_atlas.training.recording.snapshot_precision import EXACT, Precision
from descent_atlas.training.run_manifest import RunError
from descent_atlas.training.snapshot_plan import SNAPSHOT_COUNT

Final = Tensor | nn.Module | Mapping[str, Tensor]
"""What a run leaves, see `Recorder.finish`."""


class TrainerRecording:
    """The part of a trainer's callback that is the same for every trainer.

    `folder`, `id`, `snapshots`, `snapshot_precision`, `loss` and `data` are those of `Recorder`,
    and so are `factory`, `options` and `spec` where the callback does not know better. `steps` are
    the optimizer's steps that are planned, if the trainer cannot tell. `final` is called when the
    training ends, with the trainer's model, and returns what the run leaves if that is not the
    network after its last step: `lambda model: model.ema`, for instance.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        factory: str | None = None,
        options: Mapping[str, Any] | None = None,
        id: str | None = None,
        spec: Mapping[str, Any] | None = None,
        steps: int | None = None,
        snapshots: int = SNAPSHOT_COUNT,
        snapshot_precision: Precision = EXACT,
        loss: str | None = None,
        data: str | None = None,
        final: Callable[[Any], Final] | None = None,
    ) -> None:
        check_numbers(steps=steps, snapshots=snapshots)
        self.folder = Path(folder)
        self.factory, self.options = factory, options
        self.spec = dict(spec or {})
        self.steps, self.final = steps, final
        self.recorder: Recorder | None = None
        self._kept: dict[str, Any] = {
            "id": id,
            "snapshots": snapshots,
            "snapshot_precision": snapshot_precision,
            "loss": loss,
            "data": data,
        }

    def begin(
        self,
        network: nn.Module,
        optimizer: object,
        *,
        factory: str,
        options: Mapping[str, Any],
        scaler: GradScaler | None,
        spec: Mapping[str, Any],
        planned_steps: float,
        steps_per_epoch: int | None,
        batch_size: int | None,
        step: int,
        state: Mapping[str, Any] | None,
    ) -> None:
        """Begin to record, or go on after `step` steps with the `state` that a checkpoint had.

        Raises what `Recorder` does; ValueError for a trainer whose steps cannot be counted or
        planned; RunError if the steps before this one are not recorded.
        """
        self.abandon()  # a training before this one that an error ended
        if not isinstance(optimizer, Optimizer):
            raise ValueError(
                f"the optimizer is a {type(optimizer).__name__}, whose steps cannot be counted; "
                "only those of torch.optim.Optimizer can"
            )
        if any(hasattr(parameter, "device_mesh") for parameter in network.parameters()):
            raise ValueError(
                "the network's parameters are sharded over devices, so that no process has them "
                "all; record a training with whole ones (a single device, or DDP)"
            )
        if self.steps is None and planned_steps in (-1, float("inf")):
            raise ValueError(
                "the trainer does not tell how many steps it plans; name them as steps=…"
            )
        if step > 0 and (state is None or state["step"] != step):
            raise RunError(
                f"training resumes after step {step}, and its checkpoint has no recording of "
                "these steps; resume from a checkpoint that was made with this callback, or train "
                "from the start"
            )
        self.recorder = Recorder(
            self.folder,
            network=network,
            optimizer=optimizer,
            scaler=scaler,
            factory=factory,
            options=options,
            spec={**spec, **self.spec},
            steps=int(planned_steps) if self.steps is None else self.steps,
            steps_per_epoch=steps_per_epoch,
            batch_size=batch_size,
            resume_from=state if step > 0 else None,
            **self._kept,
        )
        self.recorder.__enter__()

    def record_metrics(self, epoch: float, metrics: Mapping[str, Any]) -> None:
        """Record a row of numbers by the names that the trainer has for them, if there are some.

        What is logged beside numbers, as a text, is left out.
        """
        numbers = {
            name: value
            for name, value in metrics.items()
            if name != "epoch"
            and isinstance(value, int | float | Tensor)
            and not isinstance(value, bool)
        }
        if self.recorder is not None and numbers:
            self.recorder.metrics.append(epoch, numbers)

    def end(self, model: nn.Module, last: Final | None = None) -> None:
        """End the run with `final`, or else `last`, or else the network as it is."""
        if self.recorder is not None:
            self.recorder.finish(final=last if self.final is None else self.final(model))
            self.recorder = None

    def abandon(self) -> None:
        """Stop recording and leave the run unfinished, as a checkpoint may resume it."""
        if self.recorder is not None:
            self.recorder.close()
            self.recorder = None


def name_class(instance: object) -> str:
    """Return the name "module:class" of an object's class.

    >>> name_class(nn.Linear(1, 1))
    'torch.nn.modules.linear:Linear'
    """
    found = type(instance)
    return rename_factory(f"{found.__module__}:{found.__qualname__}")


def divide_evenly(steps: float, epochs: float | None) -> int | None:
    """Return the steps of an epoch; None unless a whole number of steps makes each.

    >>> divide_evenly(120, 3), divide_evenly(100, 3), divide_evenly(100, None)
    (40, None, None)
    """
    if not epochs or epochs < 1 or steps % epochs:
        return None
    return int(steps // epochs)
