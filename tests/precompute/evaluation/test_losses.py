"""What a loss may return, and that means are over samples."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from descent_atlas.evaluation.batches import BatchesError
from descent_atlas.evaluation.losses import (
    LossError,
    Metric,
    accuracy,
    as_loss,
    causal_tokens,
    check_metrics,
    classification,
    output_loss,
    regression,
    total,
)

MODEL = nn.Linear(2, 3)
BATCH = (torch.arange(8.0).reshape(4, 2), torch.tensor([0, 1, 2, 1]))


def value(result: Any) -> Callable[[nn.Module, Any], Any]:
    return lambda model, batch: result


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (torch.tensor(2.5), (10.0, 4)),
        (torch.tensor([1.0, 2, 3, 4]), (10.0, 4)),
        (torch.tensor([True, False, True, True]), (3.0, 4)),
        ((torch.tensor(10.0), 7), (10.0, 7)),
        ((12.5, torch.tensor(5)), (12.5, 5)),
    ],
    ids=["mean", "samples", "answers", "pair", "pair of a number"],
)
def test_each_form_of_a_loss_is_summed_over_samples(
    result: Any, expected: tuple[float, float]
) -> None:
    assert total(value(result), MODEL, BATCH) == expected


def test_a_batchs_mean_counts_for_the_weight() -> None:
    assert total(value(torch.tensor(2.0)), MODEL, BATCH, lambda batch: 10) == (20.0, 10)


def test_a_batch_may_count_for_nothing() -> None:
    nothing = value(torch.tensor(float("nan")))  # the mean over no token
    assert total(nothing, MODEL, BATCH, lambda batch: torch.tensor(0)) == (0.0, 0)


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (2.5, "is a float"),
        (None, "is a NoneType"),
        (torch.zeros(3), "3 values for a batch of 4"),
        (torch.zeros(1), "1 values for a batch of 4"),
        (torch.zeros(4, 1), r"shape \(4, 1\)"),
        (torch.zeros((), dtype=torch.complex64), "complex"),
        ((1.0, 2, 3), "tuple of 3"),
        ((torch.zeros(4), 4), r"shape \(4,\)"),
        (("1", 4), "is a str"),
        ((1.0, -1), "should be positive"),
        ((1.0, float("nan")), "should be positive"),
        ((1.0, torch.ones(2)), "should be one number"),
    ],
)
def test_every_other_form_is_refused_with_its_reason(result: Any, reason: str) -> None:
    with pytest.raises(LossError, match=reason):
        total(value(result), MODEL, BATCH)


def test_a_mean_over_an_unknown_number_of_samples_is_refused() -> None:
    unclear = {"image": torch.zeros(4, 2), "token": torch.zeros(6)}
    with pytest.raises(BatchesError, match=r"\[4, 6\]"):
        total(value(torch.tensor(1.0)), MODEL, unclear)


def test_a_module_is_no_loss() -> None:
    with pytest.raises(LossError, match="CrossEntropyLoss is a module"):
        as_loss(nn.CrossEntropyLoss())
    with pytest.raises(LossError, match="not a str"):
        as_loss("mse")  # type: ignore[arg-type]


def test_the_loss_of_classification_is_the_cross_entropy() -> None:
    logits = MODEL(BATCH[0])
    expected = nn.functional.cross_entropy(logits, BATCH[1], reduction="sum")
    assert total(classification.function, MODEL, BATCH).sum == pytest.approx(expected.item())
    right = (logits.argmax(1) == BATCH[1]).sum()
    assert total(accuracy.function, MODEL, BATCH) == (right, 4)


def test_an_answer_that_is_not_a_number_is_wrong() -> None:
    broken = nn.Linear(2, 3)
    nn.init.constant_(broken.weight, float("nan"))
    assert total(accuracy.function, broken, BATCH).sum == 0


@pytest.mark.parametrize(
    ("model", "labels", "reason"),
    [
        (nn.Unflatten(1, (2, 1)), BATCH[1], r"not \(4, 2, 1\)"),
        (MODEL, torch.zeros(4), "one whole number"),
        (MODEL, torch.zeros(4, 1, dtype=torch.int64), "one whole number"),
    ],
    ids=["segmentation", "floats", "column"],
)
def test_classification_refuses_what_it_has_no_meaning_for(
    model: nn.Module, labels: Tensor, reason: str
) -> None:
    for function in (classification.function, accuracy.function):
        with pytest.raises(LossError, match=reason):
            total(function, model, (BATCH[0], labels))


def test_the_loss_of_regression_is_averaged_over_a_samples_dimensions() -> None:
    targets = torch.ones(4, 3)
    errors = ((MODEL(BATCH[0]) - 1) ** 2).mean(dim=1).double().sum()
    assert total(regression.function, MODEL, (BATCH[0], targets)).sum == pytest.approx(
        errors.item()
    )


def test_regression_does_not_broadcast() -> None:
    with pytest.raises(LossError, match=r"\(4, 1\) and \(4,\)"):
        total(regression.function, nn.Linear(2, 1), (BATCH[0], torch.zeros(4)))


def test_a_ready_loss_needs_pairs() -> None:
    with pytest.raises(LossError, match="inputs, targets"):
        total(classification.function, MODEL, {"x": BATCH[0]})


class Language(nn.Module):
    """A model that computes its own loss, as Hugging Face's do."""

    def forward(self, labels: Tensor) -> dict[str, Tensor]:
        return {"loss": labels.double().mean()}


def test_the_models_own_loss_is_weighted_by_its_tokens() -> None:
    batch = {"labels": torch.tensor([[5, 1, 1], [5, 1, -100]])}
    assert causal_tokens(batch) == 3
    loss = output_loss(causal_tokens)
    mean = batch["labels"].double().mean().item()
    assert total(loss.function, Language(), batch, loss.weight) == (3 * mean, 3)
    with pytest.raises(LossError, match="without a loss"):
        total(loss.function, MODEL, BATCH[0])


def test_a_metric_says_whether_higher_is_better() -> None:
    assert check_metrics({"accuracy": accuracy}) == {"accuracy": accuracy}
    with pytest.raises(LossError, match="higher is better"):
        check_metrics({"accuracy": accuracy.function})
    with pytest.raises(LossError, match='called "loss"'):
        check_metrics({"loss": Metric(value(0), higher_is_better=False)})
