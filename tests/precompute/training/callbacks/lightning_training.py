"""A tiny Lightning module, and its training; as a program it is killed after some steps."""

import os
import signal
import sys
import warnings
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, TensorDataset

from descent_atlas.training.callbacks.lightning_callback import LightningRecorder

BATCHES, EPOCHS = 4, 3


class Classifier(LightningModule):  # type: ignore[misc]  # Lightning's classes are untyped here
    """A network of two inputs and three classes, with batch normalization."""

    def __init__(self, width: int = 5) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.layers = nn.Sequential(nn.Linear(2, width), nn.BatchNorm1d(width), nn.Linear(width, 3))

    def forward(self, inputs: Tensor) -> Tensor:
        """Return the logits."""
        logits: Tensor = self.layers(inputs)
        return logits

    def training_step(self, batch: Any, index: int) -> Tensor:
        """Return the loss of a batch, infinite at the first if that is asked for."""
        loss = cross_entropy(self(batch[0]), batch[1])
        self.log("train_loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch: Any, index: int) -> None:
        """Log the loss of a batch."""
        self.log("val_loss", cross_entropy(self(batch[0]), batch[1]))

    def on_train_epoch_end(self) -> None:
        """Log a number after all callbacks have seen the end of the epoch."""
        self.log("epochs_squared", float((self.current_epoch + 1) ** 2))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return Adam."""
        return torch.optim.Adam(self.parameters(), lr=0.05)


class TwoOptimizers(Classifier):
    """A module that Lightning trains with two optimizers."""

    automatic_optimization = False

    def __init__(self) -> None:
        super().__init__()
        self.automatic_optimization = False

    def configure_optimizers(self) -> Any:
        """Return two."""
        return [torch.optim.SGD(self.parameters(), lr=0.1) for _ in range(2)]


class Kill(Callback):  # type: ignore[misc]
    """Kills this process after some steps."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        """Kill it."""
        if trainer.global_step == self.step:
            os.kill(os.getpid(), signal.SIGKILL)


def loss(model: nn.Module, batch: Any) -> Tensor:
    """Return the loss of a batch, by which the run is drawn."""
    return cross_entropy(model(batch[0]), batch[1])


def batches() -> TensorDataset:
    """Return the samples."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn((32, 2), generator=generator)
    return TensorDataset(inputs, torch.randint(3, (32,), generator=generator))


def fit(
    root: Path,
    module: LightningModule | None = None,
    *,
    recorder: dict[str, Any] | None = None,
    callbacks: list[Callback] | None = None,
    resume: bool = False,
    after_validation: bool = False,
    **options: Any,
) -> LightningModule:
    """Train a module for three epochs of four batches, recorded in `root/run`.

    Checkpoints are saved at the end of each epoch, or within it, after a validation.
    """
    warnings.simplefilter("ignore")  # Lightning advises on loaders, loggers and hardware
    torch.manual_seed(0)
    module = Classifier() if module is None else module
    recording = LightningRecorder(
        root / "run",
        loss=f"{Classifier.__module__}:loss",
        data=f"{Classifier.__module__}:batches",
        **(recorder or {}),
    )
    saving = ModelCheckpoint(
        root / "checkpoints",
        save_last=True,
        every_n_epochs=1,
        save_on_train_epoch_end=not after_validation,
    )
    settings = {"max_epochs": EPOCHS, "check_val_every_n_epoch": 2, "accelerator": "cpu"} | options
    trainer = Trainer(
        callbacks=[recording, saving, *(callbacks or [])],
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=root,
        **settings,
    )
    loader = DataLoader(batches(), batch_size=8)
    last = root / "checkpoints" / "last.ckpt"
    trainer.fit(module, loader, DataLoader(batches(), 32), ckpt_path=last if resume else None)
    return module


if __name__ == "__main__":
    from tests.precompute.training.callbacks import lightning_training

    torch.set_num_threads(1)  # as in the tests: how sums are divided decides their last bits
    folder, step, after_validation = sys.argv[1:]
    lightning_training.fit(
        Path(folder),
        callbacks=[lightning_training.Kill(int(step))],
        after_validation=after_validation == "True",
    )
