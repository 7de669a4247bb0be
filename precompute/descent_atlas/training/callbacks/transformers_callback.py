"""The callback for the `Trainer` of Hugging Face's Transformers."""

import json
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from descent_atlas.training.callbacks.trainer_recording import (
    TrainerRecording,
    divide_evenly,
    name_class,
)
from descent_atlas.training.checkpoints import load_checkpoint, write_checkpoint
from descent_atlas.training.named.named_objects import find_named
from descent_atlas.training.networks import NetworkError, unwrap
from descent_atlas.training.recording.final_state import name_tensors

try:
    from accelerate.state import AcceleratorState, DistributedType
    from transformers import (
        PreTrainedModel,
        TrainerCallback,
        TrainerControl,
        TrainerState,
        TrainingArguments,
    )
except ImportError as error:
    raise ImportError(
        "TransformersRecorder needs Transformers and Accelerate: pip install transformers "
        "accelerate"
    ) from error

STATE = "descent-atlas-recording"
"""The file in a checkpoint's folder that holds the state of the recording."""

SUMMARY = "train_runtime"
"""A number that stands in the last log alone, which sums up the whole training."""


class TransformersRecorder(TrainerRecording, TrainerCallback):  # type: ignore[misc]  # untyped
    """Records a run while the `Trainer` of Transformers trains a model.

        recorder = TransformersRecorder("runs/mine", data="my_module:batches")
        trainer = Trainer(model, arguments, train_dataset=texts, callbacks=[recorder])
        trainer.train()

    A model of Transformers is built again from its configuration. For any other one, `factory` and
    `options` name the function that builds it. See `TrainerRecording` for the rest.

    A step is one of the optimizer's: accumulated gradients count once, and steps that a gradient
    scaler skips are marked. What the trainer logs is recorded under the names that it has there,
    one row a step, except the summary of the whole training.

    The trainer's checkpoints hold the state of the recording. After a kill,
    `train(resume_from_checkpoint=True)` goes on with both; what was recorded after that checkpoint
    is removed. A checkpoint is sought in `output_dir`, or where `args.resume_from_checkpoint` says.
    Without one, both begin anew.

    The run leaves the model after its last step, also with `load_best_model_at_end`, as the best
    checkpoint belongs to an earlier step.

    With several processes that each have the whole model, the first records. The training begins
    with an error (ValueError, RunError, NetworkError) if FSDP or DeepSpeed shards the model, or if
    `Recorder` refuses it.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._row: tuple[int, float, dict[str, float]] = (0, 0.0, {})
        self._last: dict[str, Tensor] | None = None

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        *,
        model: nn.Module,
        optimizer: Any,
        **_: Any,
    ) -> None:
        """Begin to record, or go on."""
        check_sharding()
        if not state.is_world_process_zero:
            return
        network = unwrap(model)
        factory, options = self._choose_factory(network)
        step = state.global_step
        epochs = None if args.max_steps > 0 else args.num_train_epochs
        self._row, self._last = (step, 0.0, {}), None
        self.begin(
            network,
            getattr(optimizer, "optimizer", optimizer),  # within that of Accelerate
            factory=factory,
            options=options,
            scaler=getattr(optimizer, "scaler", None),
            spec={"seed": args.seed},
            planned_steps=state.max_steps,
            steps_per_epoch=divide_evenly(state.max_steps, epochs),
            batch_size=args.train_batch_size * args.gradient_accumulation_steps * args.world_size,
            step=step,
            state=load_checkpoint(find_checkpoint(args, step) / STATE) if step else None,
        )

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        *,
        logs: dict[str, float],
        **_: Any,
    ) -> None:
        """Add numbers to the row of this step."""
        if SUMMARY in logs:
            return
        if state.global_step != self._row[0]:
            self._record_row()
        epoch = state.epoch or 0.0
        self._row = (state.global_step, epoch, {**self._row[2], **logs})

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        """Put the state of the recording into the checkpoint."""
        self._record_row()
        if self.recorder is not None:
            path = find_checkpoint(args, state.global_step, saving=True) / STATE
            write_checkpoint(path, self.recorder.save_state())

    def on_epoch_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        *,
        model: nn.Module,
        **_: Any,
    ) -> None:
        """Keep the parameters if the trainer may put those of its best checkpoint in their place.

        No step follows the last end of an epoch, wherever training stops.
        """
        if self.recorder is not None and args.load_best_model_at_end:
            tensors = name_tensors(unwrap(model)).items()
            self._last = {name: tensor.detach().cpu().clone() for name, tensor in tensors}

    def on_train_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        *,
        model: nn.Module,
        **_: Any,
    ) -> None:
        """End the run."""
        self._record_row()
        self.end(model, self._last)
        self._last = None

    def _record_row(self) -> None:
        step, epoch, logged = self._row
        self._row = (step, epoch, {})
        self.record_metrics(epoch, logged)

    def _choose_factory(self, network: nn.Module) -> tuple[str, dict[str, Any]]:
        """Return the factory that is named, or the one from a configuration."""
        if self.factory is not None:
            return self.factory, dict(self.options or {})
        if not isinstance(network, PreTrainedModel):
            raise NetworkError(
                f"the model is a {type(network).__name__}, which has no configuration of "
                'Transformers: name the function that builds it as factory="module:function"'
            )
        if type(network).__module__ == "__main__":
            raise NetworkError(
                f"{type(network).__name__} is defined in the program itself, where readers of the "
                'run cannot import it: name a function as factory="module:function", or put the '
                "class into a module"
            )
        config = network.config
        options = {
            "model": name_class(network),
            "config": name_class(config),
            "values": json.loads(config.to_json_string(use_diff=True)),
        }
        return f"{__name__}:{build_model.__name__}", options


def build_model(model: str, config: str, values: dict[str, Any]) -> nn.Module:
    """Return a new model from its class, that of its configuration, and the configuration's values.

    The classes are named "module:class".
    """
    configuration = find_named(config, "configuration").from_dict(values)
    network: nn.Module = find_named(model, "model class")(configuration)
    return network


def check_sharding() -> None:
    """Raise ValueError if no process has the whole model."""
    kind = AcceleratorState().distributed_type
    if kind in (DistributedType.FSDP, DistributedType.DEEPSPEED, DistributedType.MEGATRON_LM):
        raise ValueError(
            f"TransformersRecorder records whole models; {kind.value} shards this one over devices"
        )


def find_checkpoint(args: TrainingArguments, step: int, *, saving: bool = False) -> Path:
    """Return the folder of the checkpoint that training resumes from, or that is being saved."""
    named = args.resume_from_checkpoint
    if not saving and isinstance(named, str) and Path(named, STATE).exists():
        return Path(named)
    return Path(args.output_dir, f"checkpoint-{step}")
