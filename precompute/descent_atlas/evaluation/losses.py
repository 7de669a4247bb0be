"""Losses and metrics: functions of a model and a batch, and their means over samples.

A loss is `loss(model, batch)`. It returns one of

- a tensor of no dimension: the batch's mean, weighted by `weight(batch)`, or else by the batch's
  leading dimension;
- a tensor of one dimension: a value for each sample;
- a pair (sum, count).

Means are over samples and summed in float64, never means of batch means. Everything else is
refused, because its meaning is not known.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from descent_atlas.evaluation.batches import count_samples
from descent_atlas.evaluation.shared_outputs import share

Function = Callable[[nn.Module, Any], Any]
"""A function of a model and a batch."""

Parts = Callable[[nn.Module, Any], tuple[Tensor, Any]]
"""A function of a model and a batch: the network's output, and the loss as a function of it alone.

The loss must be computed from that output tensor, so that autograd leads from one to the other.
"""

Weight = Callable[[Any], Any]
"""What a batch's mean counts for: a number, or a tensor of no dimension."""

IGNORED = -100
"""The label that PyTorch's and Hugging Face's losses leave out."""


class LossError(ValueError):
    """A loss or a metric whose value has no known meaning."""


@dataclass(frozen=True)
class Loss:
    """A loss, what its batches' means count for, and what to call it.

    `weight` is used only where the function returns a batch's mean. `unit` is None if not known.
    `parts` returns the network's output beside what `function` returns, of a loss that depends on
    the parameters through that output alone: such a loss has a Gauss-Newton matrix.
    """

    function: Function
    weight: Weight | None = None
    name: str = ""
    unit: str | None = None
    parts: Parts | None = None

    @property
    def label(self) -> str:
        """The name, or else that of the function."""
        return self.name or str(getattr(self.function, "__name__", type(self.function).__name__))


@dataclass(frozen=True)
class Metric:
    """A metric beside the loss, with its direction; a "share" lies between 0 and 1."""

    function: Function
    higher_is_better: bool
    weight: Weight | None = None
    unit: Literal["number", "share"] = "number"


class Total(NamedTuple):
    """A sum over samples, and how many samples (or how much weight) it is over."""

    sum: float
    count: float  # type: ignore[assignment]  # hides the method of tuples

    @property
    def mean(self) -> float:
        """The mean; NaN over nothing."""
        return self.sum / self.count if self.count else math.nan


def as_loss(loss: Loss | Function, weight: Weight | None = None) -> Loss:
    """Return a function as a `Loss`; a `Loss` stays, with the weight that is given.

    Raises LossError if it cannot be called.
    """
    if isinstance(loss, Loss):
        return loss if weight is None else replace(loss, weight=weight)
    if isinstance(loss, nn.Module):
        raise LossError(
            f"{type(loss).__name__} is a module, not a function of a model and a batch: write "
            "`def loss(model, batch): …` that calls it"
        )
    if not callable(loss):
        raise LossError(f"a loss is a function loss(model, batch), not a {type(loss).__name__}")
    return Loss(loss, weight)


def check_metrics(metrics: Mapping[str, Any] | None) -> dict[str, Metric]:
    """Return metrics by name. Raises LossError if one does not say which direction is better."""
    checked = {}
    for name, metric in (metrics or {}).items():
        if not isinstance(metric, Metric):
            raise LossError(
                f"the metric {name!r} does not say whether higher is better: pass "
                "Metric(function, higher_is_better=…)"
            )
        if name == "loss":
            raise LossError('a metric cannot be called "loss"')
        checked[name] = metric
    return checked


def total(function: Function, model: nn.Module, batch: Any, weight: Weight | None = None) -> Total:
    """Return a function's sum over a batch's samples. Raises LossError if it has no known meaning.

    A value that is not finite is kept.
    """
    return interpret(function(model, batch), batch, weight)


def interpret(value: Any, batch: Any, weight: Weight | None = None) -> Total:
    """Return the sum over a batch's samples that a loss's value stands for.

    Raises LossError if it has no known meaning.
    """
    if isinstance(value, tuple):
        return read_pair(value)
    if not isinstance(value, Tensor):
        raise LossError(
            f"the loss is a {type(value).__name__}; it should be a tensor (the batch's mean, or a "
            "value for each sample) or a pair (sum, count)"
        )
    if value.is_complex():
        raise LossError("the loss is complex; it should be real")
    if value.ndim == 0:
        count = to_count(weight(batch)) if weight is not None else count_samples(batch)
        mean = float(value.detach().double())
        return Total(mean * count if count else 0.0, float(count))
    if value.ndim > 1:
        raise LossError(
            f"the loss has the shape {tuple(value.shape)}; average each sample over its other "
            "dimensions, or return a pair (sum, count)"
        )
    samples = count_samples(batch)
    if len(value) != samples:
        raise LossError(
            f"the loss has {len(value)} values for a batch of {samples} samples; return the "
            "batch's mean without a dimension, a value for each sample, or a pair (sum, count)"
        )
    return Total(float(value.detach().double().sum()), float(samples))


def average(loss: Loss, model: nn.Module, batch: Any) -> tuple[Tensor, float]:
    """Return a batch's mean loss, from which gradients flow, and what it counts for.

    Raises LossError if it has no known meaning, or no gradient.
    """
    value = loss.function(model, batch)
    count = interpret(value, batch, loss.weight).count
    mean = value[0] / (count or 1.0) if isinstance(value, tuple) else value.mean()
    return check_gradient(mean), count


def add_up(value: Any, batch: Any, weight: Weight | None = None) -> tuple[Tensor, float]:
    """Return the sum over a batch's samples that a value stands for, from which gradients flow.

    Beside it stands what the sum counts for; a batch that counts for nothing has the constant 0.
    Raises LossError if the value has no known meaning, or no gradient.
    """
    count = interpret(value, batch, weight).count
    if isinstance(value, tuple):
        return check_gradient(value[0]), count
    if value.ndim == 0 and not count:  # a mean over nothing, which may be NaN
        return torch.zeros_like(value, requires_grad=False), count
    return check_gradient(value).sum() * (1.0 if value.ndim else count), count


def check_gradient(value: Any) -> Tensor:
    """Return a value from which gradients flow. Raises LossError if none do."""
    if not isinstance(value, Tensor) or not value.requires_grad:
        raise LossError(
            "the loss has no gradient: it should be computed with PyTorch from the parameters, "
            "without detach, item or no_grad"
        )
    return value


def read_pair(pair: tuple[Any, ...]) -> Total:
    """Return a pair (sum, count) as numbers. Raises LossError if it is none."""
    if len(pair) != 2:
        raise LossError(f"the loss is a tuple of {len(pair)}; a pair is (sum, count)")
    total, count = pair
    if isinstance(total, Tensor) and (total.ndim or total.is_complex()):
        raise LossError(
            f"the sum of the pair has the shape {tuple(total.shape)} and type {total.dtype}; it "
            "should be one real number"
        )
    if not isinstance(total, Tensor | float | int):
        raise LossError(f"the sum of the pair is a {type(total).__name__}, not a number")
    value = total.detach() if isinstance(total, Tensor) else total
    return Total(float(value), to_count(count))


def to_count(count: Any) -> float:
    """Return a weight or count as a number. Raises LossError unless it is finite and not negative.

    A batch may count for nothing: all of its tokens may be masked.
    """
    if not isinstance(count, Tensor | float | int) or (isinstance(count, Tensor) and count.ndim):
        raise LossError("a weight or count should be one number")
    number = float(count)
    if not 0 <= number < math.inf:
        raise LossError(f"a weight or count of {number:g}: it should be positive")
    return number


@share
def classify(model: nn.Module, batch: Any) -> tuple[Tensor, Tensor]:
    """Return the logits [N, C] and labels [N] of a batch (inputs, labels).

    Raises LossError if they have other shapes or types.
    """
    inputs, labels = split_pair(batch)
    logits = model(inputs)
    check_classification(logits, labels)
    return logits, labels.long()


def check_classification(logits: Any, labels: Tensor) -> None:
    """Raise LossError unless there are logits [N, C] of several classes, and labels [N].

    The values of labels are not looked at.
    """
    if not isinstance(logits, Tensor) or logits.ndim != 2:
        found = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise LossError(
            f"classification needs logits of the shape (samples, classes), not {found}; write a "
            "loss of your own"
        )
    if logits.shape[1] < 2:
        raise LossError(
            "classification needs logits of at least 2 classes, and the network gives 1 number for "
            "each sample, which predicts a class with certainty; is this a regression?"
        )
    if labels.ndim != 1 or labels.is_floating_point() or labels.dtype == torch.bool:
        raise LossError(
            f"classification needs one whole number as the label of each sample, not labels of "
            f"the shape {tuple(labels.shape)} and type {labels.dtype}"
        )


def split_pair(batch: Any) -> tuple[Any, Tensor]:
    """Return inputs and targets. Raises LossError if a batch is no such pair."""
    if not isinstance(batch, tuple | list) or len(batch) != 2 or not isinstance(batch[1], Tensor):
        raise LossError(
            "the ready losses need batches (inputs, targets); write a loss of your own for others"
        )
    return batch[0], batch[1]


def split_cross_entropy(model: nn.Module, batch: Any) -> tuple[Tensor, Tensor]:
    """Return the logits [N, C] and the cross-entropy of each sample, in nats, [N]."""
    logits, labels = classify(model, batch)
    return logits, functional.cross_entropy(logits, labels, reduction="none")


def cross_entropy(model: nn.Module, batch: Any) -> Tensor:
    """Return the cross-entropy of each sample, in nats, [N]."""
    return split_cross_entropy(model, batch)[1]


def split_squared_error(model: nn.Module, batch: Any) -> tuple[Tensor, Tensor]:
    """Return the predictions [N, …] and each sample's mean squared error, [N].

    Raises LossError if predictions and targets differ in shape: PyTorch would broadcast them.
    """
    inputs, targets = split_pair(batch)
    predictions = model(inputs)
    if not isinstance(predictions, Tensor):
        raise LossError(f"regression needs a tensor, and the model gave a {type(predictions)}")
    if predictions.shape != targets.shape or not targets.ndim:
        raise LossError(
            f"regression needs predictions and targets of one shape, not "
            f"{tuple(predictions.shape)} and {tuple(targets.shape)}"
        )
    errors: Tensor = (predictions - targets) ** 2
    return predictions, errors.flatten(1).mean(dim=1) if errors.ndim > 1 else errors


def squared_error(model: nn.Module, batch: Any) -> Tensor:
    """Return each sample's mean squared error over its other dimensions, [N]."""
    return split_squared_error(model, batch)[1]


def is_correct(model: nn.Module, batch: Any) -> Tensor:
    """Return whether each sample's largest logit is its label's, bool[N]; false beside a NaN."""
    logits, labels = classify(model, batch)
    return (logits.argmax(1) == labels) & ~logits.isnan().any(1)


def read_output_loss(model: nn.Module, batch: Any) -> Tensor:
    """Return `model(**batch).loss`, or the entry "loss" of what the model returns.

    Raises LossError if there is none.
    """
    return read_entry(call(model, batch), "loss", "; are labels in the batch?")


def split_output_loss(model: nn.Module, batch: Any) -> tuple[Tensor, Tensor]:
    """Return the entries "logits" and "loss" of what the model returns.

    Raises LossError if one is missing.
    """
    output = call(model, batch)
    return read_entry(output, "logits", ""), read_entry(output, "loss", "")


def call(model: nn.Module, batch: Any) -> Any:
    """Return what a model returns for a batch, whose entries are its arguments if it has names."""
    return model(**batch) if isinstance(batch, Mapping) else model(batch)


def read_entry(output: Any, name: str, hint: str) -> Tensor:
    """Return a tensor of a model's output by its name. Raises LossError if there is none."""
    found = output.get(name) if isinstance(output, Mapping) else getattr(output, name, None)
    if not isinstance(found, Tensor):
        raise LossError(f"the model gave a {type(output).__name__} without a {name}{hint}")
    return found


def output_loss(weight: Weight) -> Loss:
    """Return the loss that the model itself computes, as Hugging Face's models do.

    Such a loss is a mean over whatever the model counts, so it needs the weight of a batch:
    `causal_tokens` for a causal language model, `count_samples` for one that classifies sequences.
    """
    return Loss(read_output_loss, weight, "output_loss", parts=split_output_loss)


def causal_tokens(batch: Mapping[str, Tensor]) -> Tensor:
    """Return how many tokens the loss of a causal language model is over.

    Labels are shifted by one, so the first of each sequence is predicted from nothing and does not
    count; masked ones (-100) do not either.
    """
    return (batch["labels"][..., 1:] != IGNORED).sum()


classification = Loss(cross_entropy, name="classification", unit="nats", parts=split_cross_entropy)
"""The cross-entropy of logits [N, C] with labels [N]."""

regression = Loss(squared_error, name="regression", parts=split_squared_error)
"""The squared error, averaged over the dimensions of a sample."""

accuracy = Metric(is_correct, higher_is_better=True, unit="share")
"""The share of samples whose largest logit is their label's."""
