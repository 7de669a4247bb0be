"""Running statistics: frozen, or recalibrated at each point."""

from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from descent_atlas.evaluation.buffers import Recalibrated, find_normalizations, name_statistics
from descent_atlas.evaluation.losses import classification
from descent_atlas.evaluation.parameters import ParameterSpace
from descent_atlas.evaluation.points import Evaluator

CPU = torch.device("cpu")


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Dropout(0.5), nn.ReLU(), nn.Linear(6, 3)
    )


def loader(batch: int = 10) -> DataLoader[Any]:
    generator = torch.Generator().manual_seed(1)
    x = 2 + 3 * torch.randn(40, 4, generator=generator)
    return DataLoader(TensorDataset(x, torch.randint(3, (40,), generator=generator)), batch)


def evaluator(model: nn.Module, buffers: Recalibrated | None) -> Evaluator:
    space = ParameterSpace(model)
    return Evaluator(
        space, classification, loader(), base=dict(model.state_dict()), buffers=buffers
    )


def own(one: Evaluator) -> dict[str, Tensor]:
    theta = one.space.flatten(dict(one.model.named_parameters()))
    return one.space.place(theta, None, (), CPU)


@torch.no_grad()
def evaluate(model: nn.Module) -> float:
    """Return the mean loss with `eval()`, by other means than the program."""
    model.eval()
    batches = list(loader())
    x, y = (torch.cat(parts) for parts in zip(*batches, strict=True))
    return nn.functional.cross_entropy(model(x), y).item()


@torch.no_grad()
def recalibrated(model: nn.Sequential, count: int) -> nn.Sequential:
    """Return a copy of a model whose statistics are the plain means over some batches."""
    copy = network()
    copy.load_state_dict(model.state_dict())
    copy.eval()
    normalization = cast("nn.BatchNorm1d", copy[1])
    assert normalization.running_mean is not None and normalization.running_var is not None
    inputs = [copy[0](x) for x, _ in list(loader())[:count]]
    normalization.running_mean.copy_(torch.stack([z.mean(0) for z in inputs]).mean(0))
    normalization.running_var.copy_(torch.stack([z.var(0) for z in inputs]).mean(0))
    return copy


def test_with_frozen_buffers_the_origin_is_the_models_own_loss() -> None:
    model = network()
    for x, _ in loader():
        model(x)  # in training mode
    one = evaluator(model, None)
    assert one.at(own(one))["loss"].mean == pytest.approx(evaluate(model), rel=1e-6)


@pytest.mark.parametrize("count", [1, 3, 4])
def test_recalibrated_statistics_are_the_means_over_the_named_batches(count: int) -> None:
    model = network()
    one = evaluator(model, Recalibrated(loader(), count))
    expected = evaluate(recalibrated(model, count))
    assert one.at(own(one))["loss"].mean == pytest.approx(expected, rel=1e-6)
    assert one.at(own(one)) == one.at(own(one))  # no dropout


def test_every_point_has_statistics_of_its_own() -> None:
    model, other = network(), network()
    with torch.no_grad():
        cast("nn.Linear", other[0]).weight.mul_(3)
    one = evaluator(model, Recalibrated(loader(), 4))
    theta = one.space.flatten(dict(other.named_parameters()))
    found = one.at(one.space.place(theta, None, (), CPU))["loss"].mean
    assert found == pytest.approx(evaluate(recalibrated(other, 4)), rel=1e-6)


def test_recalibration_leaves_the_model_as_it_was() -> None:
    model = network()
    normalization = cast("nn.BatchNorm1d", model[1])
    normalization.momentum = 0.3
    before = {name: each.clone() for name, each in model.state_dict().items()}
    one = evaluator(model, Recalibrated(loader(), 2))
    one.at(own(one))
    assert all(torch.equal(each, before[name]) for name, each in model.state_dict().items())
    assert normalization.momentum == 0.3 and all(module.training for module in model.modules())


def test_own_buffers_can_be_asked_for() -> None:
    model = network()
    for x, _ in loader():
        model(x)
    one = evaluator(model, Recalibrated(loader(), 1))
    held = dict(model.named_buffers())
    assert one.at(own(one), held)["loss"].mean == pytest.approx(evaluate(model), rel=1e-6)


def test_only_running_statistics_are_recalibrated() -> None:
    model = nn.Sequential(
        nn.BatchNorm1d(3), nn.BatchNorm1d(3, track_running_stats=False), nn.LayerNorm(3)
    )
    model.register_buffer("mean", torch.zeros(3))
    assert list(find_normalizations(model)) == ["0"]
    assert name_statistics(model) == {"0.running_mean", "0.running_var", "0.num_batches_tracked"}
    assert name_statistics(nn.BatchNorm1d(2)) == {
        "running_mean",
        "running_var",
        "num_batches_tracked",
    }


def test_statistics_of_no_batch_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 is needed"):
        Recalibrated(loader(), 0)
