"""A tiny language model, and its training by Transformers; as a program it is killed."""

import os
import signal
import sys
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)

from descent_atlas.evaluation.losses import causal_tokens, output_loss
from descent_atlas.training.callbacks.transformers_callback import TransformersRecorder

VOCABULARY, LENGTH, TEXTS = 13, 6, 32

loss = output_loss(causal_tokens)
"""The loss by which the run is drawn."""


def make_model() -> GPT2LMHeadModel:
    """Return a model of one layer, whose embeddings are tied, with dropout."""
    set_seed(0)
    config = GPT2Config(
        vocab_size=VOCABULARY, n_positions=LENGTH, n_embd=8, n_layer=1, n_head=2, bos_token_id=0
    )
    return GPT2LMHeadModel(config)


def make_texts() -> list[dict[str, torch.Tensor]]:
    """Return texts of random tokens."""
    generator = torch.Generator().manual_seed(0)
    tokens = torch.randint(VOCABULARY, (TEXTS, LENGTH), generator=generator)
    return [{"input_ids": text, "labels": text} for text in tokens]


def batches() -> list[dict[str, torch.Tensor]]:
    """Return the texts as one batch."""
    tokens = torch.stack([text["input_ids"] for text in make_texts()])
    return [{"input_ids": tokens, "labels": tokens}]


class Kill(TrainerCallback):  # type: ignore[misc]  # Transformers' classes are untyped here
    """Kills this process after some steps."""

    def __init__(self, step: int) -> None:
        self.step = step

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Kill it."""
        if state.global_step == self.step:
            os.kill(os.getpid(), signal.SIGKILL)


def train(
    root: Path,
    model: nn.Module | None = None,
    *,
    recorder: dict[str, Any] | None = None,
    callbacks: list[TrainerCallback] | None = None,
    resume: bool | str = False,
    **options: Any,
) -> Trainer:
    """Train a model for three epochs of four batches, recorded in `root/run`."""
    warnings.simplefilter("ignore")
    model = make_model() if model is None else model
    names = {"loss": f"{make_model.__module__}:loss", "data": f"{make_model.__module__}:batches"}
    settings: dict[str, Any] = {
        "num_train_epochs": 3,
        "per_device_train_batch_size": 8,
        "logging_steps": 2,
        "eval_strategy": "epoch",
        "save_strategy": "epoch",
        "report_to": "none",
        "use_cpu": True,
        "seed": 3,
        "disable_tqdm": True,
    }
    trainer = Trainer(
        model,
        TrainingArguments(str(root / "output"), **(settings | options)),
        train_dataset=make_texts(),
        eval_dataset=make_texts(),
        callbacks=[
            TransformersRecorder(root / "run", **(names | (recorder or {}))),
            *(callbacks or []),
        ],
    )
    trainer.train(resume_from_checkpoint=resume)
    return trainer


if __name__ == "__main__":
    from tests.precompute.training.callbacks import transformers_training

    torch.set_num_threads(1)  # as in the tests: how sums are divided decides their last bits
    kill = transformers_training.Kill(int(sys.argv[2]))
    transformers_training.train(Path(sys.argv[1]), callbacks=[kill])
