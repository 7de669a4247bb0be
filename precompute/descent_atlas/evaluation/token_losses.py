"""The loss of a causal model of tokens, over all of them and over those that are frequent or rare.

A batch is a dictionary of `tokens` int64[N, T + 1] and `frequent` bool[N, T]: a model sees the
first T tokens of a window and predicts the last T, and `frequent` tells which of those are.
`training.text` makes such batches. Each function returns a pair (sum, count) over predicted tokens,
so that means weigh every token alike, whatever its window or batch.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from descent_atlas.evaluation.losses import Loss, LossError, Metric
from descent_atlas.evaluation.shared_outputs import share

Pair = tuple[Tensor, Tensor]
"""A sum over tokens, and their number."""


@share
def predict(model: nn.Module, batch: Any) -> tuple[Tensor, Tensor]:
    """Return the logits [N·T, V] and the tokens [N·T] that they are to predict.

    Raises LossError if a batch has no tokens, or the model gives no logits for each place.
    """
    if not isinstance(batch, Mapping) or not isinstance(batch.get("tokens"), Tensor):
        raise LossError('a causal loss needs batches with "tokens", int64[N, T + 1]')
    tokens = batch["tokens"].long()
    logits = model(tokens[:, :-1])
    wanted = (len(tokens), tokens.shape[1] - 1)
    if not isinstance(logits, Tensor) or logits.ndim != 3 or logits.shape[:2] != wanted:
        found = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise LossError(
            f"a causal loss needs logits of the shape (samples, places, tokens), not {found}"
        )
    return logits.flatten(0, 1), tokens[:, 1:].flatten()


def count_tokens(batch: Mapping[str, Tensor]) -> Tensor:
    """Return how many tokens a batch predicts."""
    return torch.tensor(float(batch["tokens"][:, 1:].numel()))


def split_next_token(model: nn.Module, batch: Any) -> tuple[Tensor, Pair]:
    """Return the logits, and the sum of the cross-entropies of all tokens with their number."""
    logits, targets = predict(model, batch)
    summed = functional.cross_entropy(logits, targets, reduction="sum")
    return logits, (summed, torch.tensor(float(len(targets))))


def lose_next_token(model: nn.Module, batch: Any) -> Pair:
    """Return the sum of the cross-entropies of all tokens, in nats, and their number."""
    return split_next_token(model, batch)[1]


def lose_frequent(model: nn.Module, batch: Any) -> Pair:
    """Return the sum of the cross-entropies of frequent tokens, and their number."""
    return lose_chosen(model, batch, batch["frequent"])


def lose_rare(model: nn.Module, batch: Any) -> Pair:
    """Return the sum of the cross-entropies of rare tokens, and their number."""
    return lose_chosen(model, batch, ~batch["frequent"])


def lose_chosen(model: nn.Module, batch: Any, chosen: Tensor) -> Pair:
    """Return the sum of the cross-entropies of some tokens bool[N, T], and their number."""
    logits, targets = predict(model, batch)
    mask = chosen.flatten()
    summed = functional.cross_entropy(logits[mask], targets[mask], reduction="sum")
    return summed, mask.sum().float()


def hit_next_token(model: nn.Module, batch: Any) -> Pair:
    """Return how many tokens have the largest logit, and how many tokens there are.

    None is hit beside a NaN.
    """
    logits, targets = predict(model, batch)
    hit = (logits.argmax(1) == targets) & ~logits.isnan().any(1)
    return hit.sum().float(), torch.tensor(float(len(targets)))


next_token = Loss(lose_next_token, count_tokens, "next token", unit="nats", parts=split_next_token)
"""The cross-entropy of a causal model's logits with the tokens that follow."""

frequent_tokens = Metric(lose_frequent, higher_is_better=False)
"""The loss over frequent tokens."""

rare_tokens = Metric(lose_rare, higher_is_better=False)
"""The loss over rare tokens."""

next_token_accuracy = Metric(hit_next_token, higher_is_better=True, unit="share")
"""The share of tokens that have the largest logit."""
