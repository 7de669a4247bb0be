"""Losses of causal models: means over tokens, all, frequent or rare."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from descent_atlas.evaluation.losses import LossError, total
from descent_atlas.evaluation.named_losses import find_loss, find_metric
from descent_atlas.evaluation.shared_outputs import sharing_outputs
from descent_atlas.evaluation.token_losses import (
    frequent_tokens,
    next_token,
    next_token_accuracy,
    rare_tokens,
    split_next_token,
)

BATCH = {
    "tokens": torch.tensor([[0, 1, 1, 2], [1, 0, 1, 1]]),
    "frequent": torch.tensor([[True, True, False], [False, True, True]]),
}


class Bigrams(nn.Module):
    """Logits of the next token that depend on the last one alone."""

    def __init__(self, logits: Tensor) -> None:
        super().__init__()
        self.logits = nn.Parameter(logits)
        self.calls = 0

    def forward(self, tokens: Tensor) -> Tensor:
        self.calls += 1
        return self.logits[tokens]


MODEL = Bigrams(torch.tensor([[0.0, 1.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]]))


def test_a_uniform_model_loses_the_logarithm_of_the_vocabulary_at_every_token() -> None:
    model = Bigrams(torch.zeros(3, 3))
    for each in (next_token, frequent_tokens, rare_tokens):
        found = total(each.function, model, BATCH)
        assert found.mean == pytest.approx(math.log(3))
    assert total(next_token.function, model, BATCH).count == 6


def test_frequent_and_rare_tokens_are_all_and_none_twice() -> None:
    whole, frequent, rare = (
        total(each.function, MODEL, BATCH) for each in (next_token, frequent_tokens, rare_tokens)
    )
    assert (frequent.count, rare.count) == (4, 2)
    assert frequent.sum + rare.sum == pytest.approx(whole.sum)
    assert frequent.mean < rare.mean  # the model says 1 everywhere


def test_accuracy_counts_tokens() -> None:
    found = total(next_token_accuracy.function, MODEL, BATCH)
    assert (found.sum, found.count) == (4, 6)


def test_a_batch_without_rare_tokens_counts_for_nothing() -> None:
    batch = {**BATCH, "frequent": torch.ones(2, 3, dtype=torch.bool)}
    found = total(rare_tokens.function, MODEL, batch)
    assert (found.sum, found.count) == (0.0, 0.0)


def test_loss_and_metrics_share_one_pass_and_find_the_same() -> None:
    model = Bigrams(torch.randn(3, 3, generator=torch.Generator().manual_seed(0)))
    each = (next_token, frequent_tokens, rare_tokens, next_token_accuracy)
    apart = [total(one.function, model, BATCH) for one in each]
    assert model.calls == 4
    with sharing_outputs():
        assert [total(one.function, model, BATCH) for one in each] == apart
        assert model.calls == 5
        total(next_token.function, model, dict(BATCH))  # another batch
        assert model.calls == 6
    total(next_token.function, model, BATCH)
    assert model.calls == 7


def test_the_parts_of_the_loss_are_logits_and_the_same_sum() -> None:
    logits, pair = split_next_token(MODEL, BATCH)
    assert logits.shape == (6, 3)
    assert float(pair[0].detach()) == total(next_token.function, MODEL, BATCH).sum


@pytest.mark.parametrize(
    ("batch", "reason"),
    [(torch.zeros(2, 3), "needs batches with"), ({"tokens": BATCH["tokens"]}, "needs logits of")],
)
def test_what_has_no_known_meaning_is_refused(batch: Any, reason: str) -> None:
    with pytest.raises(LossError, match=reason):
        next_token.function(nn.Flatten(), batch)


def test_a_study_names_them() -> None:
    module = "descent_atlas.evaluation.token_losses"
    assert find_loss(f"{module}:next_token").unit == "nats"
    assert find_metric(f"{module}:rare_tokens").higher_is_better is False
