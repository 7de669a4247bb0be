"""Evaluation of models at points: exact means, an unchanged model, and refusals."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from descent_atlas.evaluation.batches import BatchesError
from descent_atlas.evaluation.losses import (
    Function,
    Loss,
    Metric,
    accuracy,
    classification,
    regression,
)
from descent_atlas.evaluation.parameters import ModelError, ParameterSpace
from descent_atlas.evaluation.points import Evaluator, NotRepeatableError

CPU = torch.device("cpu")


def data(count: int = 20, seed: int = 0) -> TensorDataset:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(3, (count,), generator=generator)
    return TensorDataset(torch.randn(count, 4, generator=generator), labels)


def network(*inner: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 5), *inner, nn.ReLU(), nn.Linear(5, 3))


def evaluator(model: nn.Module, loss: Any = classification, **options: Any) -> Evaluator:
    batches = options.pop("batches", DataLoader(data(), 8))
    space = ParameterSpace(model, options.pop("parameters", None), options.pop("precision", None))
    loss = loss if isinstance(loss, Loss) else Loss(loss)
    return Evaluator(space, loss, batches, base=dict(model.state_dict()), **options)


def own(one: Evaluator) -> dict[str, Tensor]:
    """Return the model's own point."""
    theta = one.space.flatten(dict(one.model.named_parameters()))
    return one.space.place(theta, None, (), one.device)


def snapshot(model: nn.Module) -> list[Any]:
    """Return all that must be the same afterwards."""
    tensors = [*model.parameters(), *model.buffers()]
    return [
        [(id(each), each._version, each.detach().clone()) for each in tensors],
        [module.training for module in model.modules()],
        [each.requires_grad for each in model.parameters()],
    ]


def assert_unchanged(model: nn.Module, before: list[Any]) -> None:
    tensors, *rest = snapshot(model)
    assert rest == before[1:]
    for (one, version, value), (other, was, old) in zip(tensors, before[0], strict=True):
        assert (one, version) == (other, was) and torch.equal(value, old)


def mean_loss(model: nn.Module, batch: Any) -> Tensor:
    return functional.cross_entropy(model(batch[0]), batch[1])


def sum_and_count(model: nn.Module, batch: Any) -> tuple[Tensor, int]:
    return functional.cross_entropy(model(batch[0]), batch[1], reduction="sum"), len(batch[1])


@pytest.mark.parametrize("loss", [classification, mean_loss, sum_and_count])
def test_the_mean_is_over_samples_and_not_over_batches(loss: Loss | Function) -> None:
    model, whole = network(), data().tensors
    one = evaluator(model, loss, metrics={"accuracy": accuracy})  # 20 samples: 8, 8 and 4
    sums = one.at(own(one))
    expected = functional.cross_entropy(model(whole[0]), whole[1]).item()
    assert sums["loss"].mean == pytest.approx(expected, rel=1e-6)
    right = (model(whole[0]).argmax(1) == whole[1]).double().mean().item()
    assert sums["accuracy"].mean == pytest.approx(right)
    assert sums["loss"].count == 20


def test_a_point_is_that_of_the_model_with_its_parameters() -> None:
    model, other = network(), network()
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.add_(0.1)
    one = evaluator(model)
    theta = one.space.flatten(dict(other.named_parameters()))
    x, y = data().tensors
    expected = functional.cross_entropy(other(x), y).item()
    found = one.at(one.space.place(theta, None, (), CPU))["loss"].mean
    assert found == pytest.approx(expected, rel=1e-6)


class Encoder(nn.Module):
    """A model whose loss calls another method than `forward`."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 3)

    def encode(self, x: Tensor) -> Tensor:
        found: Tensor = self.layer(x)
        return found


def test_a_loss_may_call_any_method_or_part_of_the_model() -> None:
    model = Encoder()
    for function in (
        lambda m, batch: functional.cross_entropy(m.encode(batch[0]), batch[1]),
        lambda m, batch: functional.cross_entropy(m.layer(batch[0]), batch[1]),
        lambda m, batch: m.layer.weight.square().sum(),
    ):
        one = evaluator(model, function)
        zero = one.space.place(torch.zeros(15), None, (), CPU)
        at_zero, at_own = one.at(zero)["loss"].mean, one.at(own(one))["loss"].mean
        assert at_zero != at_own
        assert at_zero == pytest.approx(0 if at_zero < 1 else torch.tensor(3.0).log().item())


def test_the_model_is_the_same_afterwards_also_after_an_exception() -> None:
    model = network(nn.BatchNorm1d(5), nn.Dropout(0.5))
    model[0].eval()
    before = snapshot(model)
    one = evaluator(model)
    point = {name: tensor + 1 for name, tensor in own(one).items()}
    one.at(point)
    assert_unchanged(model, before)

    def fail(model: nn.Module, batch: Any) -> Tensor:
        raise RuntimeError("the user's")

    with pytest.raises(RuntimeError, match="the user's"):
        evaluator(model, fail).at(point)
    assert_unchanged(model, before)


@pytest.mark.parametrize("is_allowed", [True, False])
def test_no_product_is_rounded_to_tf32_and_the_switches_stay(
    is_allowed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    products, convolutions = torch.backends.cuda.matmul, torch.backends.cudnn
    monkeypatch.setattr(products, "allow_tf32", is_allowed)
    monkeypatch.setattr(convolutions, "allow_tf32", is_allowed)
    seen: set[bool] = set()

    def look(model: nn.Module, batch: Any) -> Any:
        seen.update((products.allow_tf32, convolutions.allow_tf32))
        return classification.function(model, batch)

    found = evaluator(network(), look)
    found.at(dict(network().named_parameters()))
    assert seen == {False}
    assert (products.allow_tf32, convolutions.allow_tf32) == (is_allowed, is_allowed)


def test_dropout_is_off() -> None:
    one = evaluator(network(nn.Dropout(0.9)))
    assert one.at(own(one)) == one.at(own(one))


def test_tied_parameters_move_together() -> None:
    model = nn.Sequential(nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False))
    model[1].weight = model[0].weight
    one = evaluator(model, lambda m, batch: m(batch[0]).square().mean(1))
    assert one.space.layout.size == 16
    x = data().tensors[0]
    found = one.at(one.space.place(2 * torch.eye(4).flatten(), None, (), CPU))["loss"].mean
    assert found == pytest.approx((4 * x).square().mean().item(), rel=1e-6)


def test_frozen_layers_leave_the_loss_to_the_others() -> None:
    model = network()
    model[0].requires_grad_(False)
    one = evaluator(model)
    zero = one.at(one.space.place(torch.zeros(one.space.layout.size), None, (), CPU))
    assert zero["loss"].mean == pytest.approx(torch.tensor(3.0).log().item(), rel=1e-6)


def test_a_line_through_a_quadratic_is_its_closed_form() -> None:
    model = nn.Linear(1, 1, bias=False)
    batches = [(torch.tensor([[1.0], [2.0]]), torch.tensor([[1.0], [1.0]]))]
    one = evaluator(model, regression, batches=batches)
    means = one.evaluate_line(torch.tensor([1.0]), torch.tensor([[2.0]]), [(0.0,), (0.5,), (-1.0,)])
    # L(w) = ((w - 1)² + (2w - 1)²) / 2 at w = 1, 2, -1
    assert means["loss"] == pytest.approx([0.5, 5.0, 6.5])


@pytest.mark.parametrize(
    ("own_type", "precision", "relative"),
    [
        (torch.float64, None, 1e-12),
        (torch.float32, torch.float64, 1e-12),
        (torch.bfloat16, None, 0.05),
    ],
)
def test_the_loss_is_computed_in_the_stated_precision(
    own_type: torch.dtype, precision: torch.dtype | None, relative: float
) -> None:
    model = network().to(own_type)
    x, y = data().tensors
    batches = [(x.to(own_type), y)]
    one = evaluator(model, batches=batches, precision=precision)
    found = one.at(own(one))["loss"].mean
    exact = functional.cross_entropy(network().to(own_type).double()(x.to(own_type).double()), y)
    assert found == pytest.approx(exact.item(), rel=relative)
    assert {each.dtype for each in model.parameters()} == {own_type}


def test_a_model_that_changes_its_buffers_in_evaluation_mode_is_refused() -> None:
    class Counter(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = nn.Linear(4, 3)
            self.calls: Tensor
            self.register_buffer("calls", torch.zeros(()))

        def forward(self, x: Tensor) -> Tensor:
            self.calls = self.calls + 1
            found: Tensor = self.inner(x)
            return found

    model = Counter()
    before = snapshot(model)
    one = evaluator(model)
    with pytest.raises(ModelError, match=r"changes itself in evaluation mode \(the buffer calls\)"):
        one.at(own(one))
    assert_unchanged(model, before)


def test_a_loss_that_is_not_finite_at_the_origin_is_refused() -> None:
    one = evaluator(network(), lambda m, batch: torch.tensor(float("inf")))
    with pytest.raises(ModelError, match="is inf: it is not finite"):
        one.check_origin(own(one))


class Always(nn.Module):
    """A layer that drops in evaluation mode too, as `functional.dropout` does by default."""

    def forward(self, x: Tensor) -> Tensor:
        return functional.dropout(x, 0.5)


class Augmented:
    """Batches with new noise each time."""

    def __iter__(self) -> Iterator[Any]:
        x, y = data().tensors
        yield x + torch.randn_like(x), y


@pytest.mark.parametrize(
    ("model", "batches", "reason"),
    [
        (network(Always()), DataLoader(data(), 8), "the batches are the same.*dropout"),
        (network(nn.Dropout(0.5), Always()), DataLoader(data(), 8), r"dropout \(1\)"),
        (network(), Augmented(), "turn random augmentation off"),
        (network(), DataLoader(data(), 8, shuffle=True, drop_last=True), "samples differ|shuffl"),
    ],
    ids=["dropout", "known dropout", "augmentation", "shuffling"],
)
def test_a_difference_at_the_origin_names_its_probable_cause(
    model: nn.Module, batches: Any, reason: str
) -> None:
    one = evaluator(model, batches=batches)
    with pytest.raises(NotRepeatableError, match=reason):
        one.check_origin(own(one))


class Exhausted:
    """A collection that gives its batches once, and does not look like it."""

    def __init__(self) -> None:
        self.left = [data().tensors]

    def __iter__(self) -> Iterator[Any]:
        while self.left:
            yield self.left.pop()


def test_batches_that_are_exhausted_after_one_pass_are_refused() -> None:
    one = evaluator(network(), batches=Exhausted())
    with pytest.raises(BatchesError, match="exhausted after one pass"):
        one.check_origin(own(one))
    empty = evaluator(network(), batches=[])
    with pytest.raises(BatchesError, match="there are no batches"):
        empty.check_origin(own(empty))


def test_a_loss_that_depends_on_the_composition_of_batches_is_found() -> None:
    statistics = nn.BatchNorm1d(5, track_running_stats=False)
    composed = evaluator(network(statistics))
    assert composed.depends_on_composition(own(composed)) is True
    plain = evaluator(network(nn.BatchNorm1d(5)))
    assert plain.depends_on_composition(own(plain)) is False
    nested = evaluator(
        network(),
        lambda m, batch: functional.cross_entropy(m(batch[0][0]), batch[0][1]),
        batches=[[data().tensors]],
    )
    assert nested.depends_on_composition(own(nested)) is False


def test_whether_batches_that_cannot_be_cut_depend_on_their_composition_is_not_known() -> None:
    x, y = data().tensors
    one = evaluator(
        network(),
        lambda m, batch: (functional.cross_entropy(m(batch["x"]), batch["y"]) * 20, 20),
        batches=[{"x": x, "y": y, "weights": torch.ones(3)}],
    )
    assert one.depends_on_composition(own(one)) is None


def test_a_metric_of_ones_own_is_averaged_too() -> None:
    def margin(model: nn.Module, batch: Any) -> Tensor:
        logits: Tensor = model(batch[0])
        return logits.topk(2).values.diff(dim=1).abs().squeeze(1)

    one = evaluator(network(), metrics={"margin": Metric(margin, higher_is_better=True)})
    x = data().tensors[0]
    expected = network()(x).topk(2).values.diff(dim=1).abs().mean().item()
    assert one.at(own(one))["margin"].mean == pytest.approx(expected, rel=1e-6)


def test_points_at_once_have_the_losses_of_single_points() -> None:
    one = evaluator(network(), sum_and_count, metrics={"accuracy": accuracy})
    points = [own(one), {name: 2 * tensor for name, tensor in own(one).items()}]
    together = one.at_many(points)
    for point, sums in zip(points, together, strict=True):
        alone = one.at(point)
        assert sums["loss"].count == alone["loss"].count == 20
        for name in ("loss", "accuracy"):
            assert sums[name].mean == pytest.approx(alone[name].mean, rel=1e-5)
    assert one.find_obstacle(points[0]) is None
    reading = evaluator(network(), lambda m, batch: torch.tensor(m(batch[0]).sum().item()))
    assert reading.find_obstacle(points[0]) is not None


def test_reports_tell_the_fraction_done_and_may_stop() -> None:
    one = evaluator(network())
    theta = one.space.flatten(dict(one.model.named_parameters()))
    told: list[float] = []
    one.evaluate_line(theta, torch.zeros(1, len(theta)), [(0.0,)] * 4, told.append)
    assert told == [0, 0.25, 0.5, 0.75]

    def stop(fraction: float) -> None:
        raise InterruptedError

    before = snapshot(one.model)
    with pytest.raises(InterruptedError):
        one.evaluate_line(theta, torch.zeros(1, len(theta)), [(0.0,)], stop)
    assert_unchanged(one.model, before)
