"""The callback for Lightning's `Trainer`."""

from typing import Any

from torch import Tensor, nn

from descent_atlas.training.callbacks.trainer_recording import (
    TrainerRecording,
    divide_evenly,
    name_class,
)

try:
    from lightning.pytorch import Callback, LightningModule, Trainer
    from lightning.pytorch.strategies import DDPStrategy
except ImportError as error:
    raise ImportError("LightningRecorder needs Lightning: pip install lightning") from error


class LightningRecorder(TrainerRecording, Callback):  # type: ignore[misc]  # Lightning's is untyped
    """Records a run while Lightning trains a module.

        trainer = Trainer(callbacks=[LightningRecorder("runs/mine", data="my_module:batches")])
        trainer.fit(module, loader)

    `network` is the name of the part that is recorded, as "model" for `module.model`; "" is the
    module itself. `factory` and `options` build it again, without gradients or data; the default is
    the part's own class, of a module with the hyperparameters that `save_hyperparameters` kept. See
    `TrainerRecording` for the rest.

    A step is one of the optimizer's: accumulated gradients count once, and steps that a gradient
    scaler skips are marked. At the end of each epoch the numbers are recorded that `self.log` was
    given in it, under the names that they have in `trainer.callback_metrics`.

    Lightning's checkpoints hold the state of the recording. After a kill, `fit(…, ckpt_path=…)`
    goes on with both; what was recorded after that checkpoint is removed. Without a checkpoint,
    both begin anew. Lightning forgets what an epoch logged before a checkpoint within it; of such
    an epoch, these numbers are NaN.

    The run leaves the network after the last step, not the best checkpoint, which Lightning does
    not load. A `WeightAveraging` callback that stands before this one puts the average there.

    With DDP the first process records. A `fast_dev_run` is not recorded. The training begins with
    an error (ValueError, RunError, NetworkError) if it has several optimizers, if other strategies
    spread it over several devices, or if `Recorder` refuses it.
    """

    def __init__(self, *arguments: Any, network: str = "", **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.network = network
        self._state: dict[str, Any] | None = None
        self._seen: dict[str, Tensor] = {}
        self._row: tuple[Trainer, float] | None = None

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Begin to record, or go on."""
        if trainer.fast_dev_run:
            return
        check_strategy(trainer)
        if not trainer.is_global_zero:
            return
        network = find_network(pl_module, self.network)
        planned = trainer.estimated_stepping_batches
        epochs = None if trainer.max_steps > 0 else trainer.max_epochs
        is_whole = not self.network and self.factory is None
        options = dict(pl_module.hparams) if is_whole else {}
        self.begin(
            network,
            trainer.optimizers[0],
            factory=self.factory or name_class(network),
            options=options if self.options is None else self.options,
            scaler=getattr(trainer.precision_plugin, "scaler", None),
            spec={},
            planned_steps=planned,
            steps_per_epoch=divide_evenly(planned, epochs),
            batch_size=find_batch_size(trainer),
            step=trainer.global_step,
            state=self._state,
        )

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Record the numbers of the epoch before, which the module has logged by now."""
        self._record_row()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note where the epoch ended; the module may still log numbers."""
        batches = trainer.num_training_batches
        done = (trainer.fit_loop.batch_idx + 1) / batches if batches else 1.0
        self._row = (trainer, trainer.current_epoch + min(done or 1.0, 1.0))

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """End the run."""
        self._record_row()
        self.end(pl_module)

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """Leave the run unfinished."""
        self.abandon()

    def state_dict(self) -> dict[str, Any]:
        """Return the state of the recording for a checkpoint."""
        self._record_row()
        return {} if self.recorder is None else self.recorder.save_state()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Keep the state of a checkpoint until training begins."""
        self._state = state_dict

    def _record_row(self) -> None:
        """Record what was logged since the last row.

        Lightning keeps a number until it is logged again; then it is another tensor.
        """
        if self._row is None:
            return
        (trainer, epoch), self._row = self._row, None
        logged = dict(trainer.callback_metrics)
        fresh = {name: each for name, each in logged.items() if each is not self._seen.get(name)}
        self._seen = logged
        self.record_metrics(epoch, fresh)


def check_strategy(trainer: Trainer) -> None:
    """Raise ValueError unless one process has all of a network and its one optimizer."""
    if len(trainer.optimizers) != 1:
        raise ValueError(
            f"LightningRecorder records one optimizer; the module has {len(trainer.optimizers)}"
        )
    strategy = trainer.strategy
    if trainer.world_size > 1 and not isinstance(strategy, DDPStrategy):
        raise ValueError(
            f"LightningRecorder records one device, or several with DDP, where each has the whole "
            f"network; the strategy is {type(strategy).__name__} on {trainer.world_size} devices"
        )


def find_batch_size(trainer: Trainer) -> int | None:
    """Return the samples of a step, None if the loader does not tell those of a batch."""
    size = getattr(trainer.train_dataloader, "batch_size", None)
    if not isinstance(size, int):
        return None
    samples: int = size * trainer.accumulate_grad_batches * trainer.world_size
    return samples


def find_network(module: LightningModule, name: str) -> nn.Module:
    """Return a part of a module. Raises ValueError if it has none of this name."""
    try:
        part: nn.Module = module.get_submodule(name)
    except AttributeError as error:
        raise ValueError(f'network="{name}" names no part of the module: {error}') from None
    return part
