"""Products with the curvature of any network's loss, compared with dense matrices."""

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.func import functional_call, jacrev
from torch.nn import functional

from descent_atlas.analysis.curvature import MatrixKind
from descent_atlas.analysis.eigenpairs import find_eigenpairs, pick_dominant
from descent_atlas.analysis.spectra import network_curvature
from descent_atlas.analysis.spectra.network_curvature import NetworkCurvature
from descent_atlas.evaluation.buffers import Recalibrated
from descent_atlas.evaluation.evaluation_rules import EvaluationRules, open_space
from descent_atlas.evaluation.losses import (
    Function,
    Loss,
    LossError,
    causal_tokens,
    classification,
    output_loss,
    regression,
)
from descent_atlas.evaluation.parameters import ModelError
from descent_atlas.evaluation.states import Checkpoint, read_state
from tests.precompute.conftest import DEVICES
from tests.precompute.drawing.small_networks import (
    ONE_BATCH,
    Quadratic,
    make_batches,
    make_mlp,
    make_normalized,
    quadratic_loss,
)

Matrix = NDArray[np.float64]

BATCHES = make_batches(features=3, classes=2)


def make_deep(seed: int, scale: float = 2.0) -> nn.Sequential:
    """Return a network of 20 parameters of the standard deviation `scale`.

    With two hidden layers a negative eigenvalue may be the largest in magnitude.
    """
    network = nn.Sequential(nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(scale * torch.randn(parameter.shape, generator=generator))
    return network


def make_curvature(
    model: nn.Module,
    loss: Loss | Function,
    batches: Any,
    *,
    kind: MatrixKind = "hessian",
    parameters: Any = None,
    precision: Any = None,
    **options: Any,
) -> NetworkCurvature:
    """Return the curvature at a model's own parameters."""
    space = open_space(model, parameters, precision)
    base = read_state(model, model).tensors
    rules = EvaluationRules(
        space, loss, batches, base=base, joined=[Checkpoint("model", model)], **options
    )
    placed = space.place(base, None, (), rules.evaluator.device)
    return NetworkCurvature(rules.evaluator, placed, kind=kind)


def tabulate(curvature: NetworkCurvature) -> Matrix:
    """Return a matrix whole, from its products with the unit vectors."""
    return np.stack([curvature.multiply(unit) for unit in np.eye(curvature.size)], axis=1)


def differentiate(
    model: nn.Module, loss: Callable[[Callable[..., Any]], Tensor], names: list[str] | None = None
) -> Matrix:
    """Return the dense Hessian of `loss(call)` in float64, where `call` is the model at a point."""
    own = {name: tensor.detach().double() for name, tensor in model.named_parameters()}
    moving = {name: own[name] for name in (names if names is not None else own)}

    def value(tensors: Mapping[str, Tensor]) -> Tensor:
        return loss(lambda *inputs: functional_call(model, {**own, **tensors}, inputs))

    blocks = jacrev(jacrev(value))(moving)
    rows = [
        torch.cat([blocks[a][b].reshape(moving[a].numel(), -1) for b in moving], dim=1)
        for a in moving
    ]
    found: Matrix = torch.cat(rows).numpy()
    return found


def join(batches: Any) -> tuple[Tensor, Tensor]:
    """Return all samples of batches (inputs, targets), inputs in float64."""
    inputs, targets = (torch.cat(parts) for parts in zip(*batches, strict=True))
    return inputs.double(), targets


def dense_cross_entropy(model: nn.Module, names: list[str] | None = None) -> Matrix:
    inputs, labels = join(BATCHES)
    return differentiate(model, lambda call: functional.cross_entropy(call(inputs), labels), names)


@pytest.mark.parametrize("device", DEVICES)
def test_products_are_those_of_the_dense_hessian(device: str) -> None:
    model = make_deep(0)
    found = tabulate(make_curvature(model, classification, BATCHES, device=device))
    np.testing.assert_allclose(found, dense_cross_entropy(model), atol=1e-5)


def test_the_gauss_newton_matrix_is_the_mean_of_its_definition() -> None:
    model = make_deep(6)
    inputs, _ = join(BATCHES)
    own = {name: tensor.detach().double() for name, tensor in model.named_parameters()}
    blocks = jacrev(lambda tensors: functional_call(model, tensors, (inputs,)))(own)
    slopes = torch.cat([block.flatten(2) for block in blocks.values()], dim=2)
    p = functional_call(model, own, (inputs,)).softmax(1)
    inner = torch.diag_embed(p) - p[:, :, None] * p[:, None, :]
    expected = torch.einsum("nip,nij,njq->pq", slopes, inner, slopes) / len(p)
    found = tabulate(make_curvature(model, classification, BATCHES, kind="gauss-newton"))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.linalg.eigvalsh(found)[0] > -1e-5
    assert np.abs(found - dense_cross_entropy(model)).max() > 1e-3


@pytest.mark.parametrize(("seed", "negative_dominates"), [(4, False), (28, True)])
def test_both_ends_of_the_spectrum_are_those_of_the_dense_hessian(
    seed: int, negative_dominates: bool
) -> None:
    model = make_deep(seed)
    exact = np.linalg.eigvalsh(dense_cross_entropy(model))
    assert (-exact[0] > exact[-1]) == negative_dominates
    multiply = make_curvature(model, classification, BATCHES).multiply
    largest = find_eigenpairs(multiply, 20, count=2, tolerance=1e-4)
    smallest = find_eigenpairs(multiply, 20, end="smallest", count=2, tolerance=1e-4)
    np.testing.assert_allclose(largest.values, exact[[-1, -2]], rtol=1e-4)
    np.testing.assert_allclose(smallest.values, exact[[0, 1]], rtol=1e-4)
    dominant = exact[0] if negative_dominates else exact[-1]
    assert pick_dominant(largest, smallest) == pytest.approx(dominant, rel=1e-4)


def test_a_quadratic_has_its_own_eigenvalues_in_float64() -> None:
    model = Quadratic([1.0, -2.0, 3.0], [1.0, -4.0, 9.0])
    found = tabulate(make_curvature(model, quadratic_loss, ONE_BATCH))
    np.testing.assert_allclose(found, np.diag([1.0, -4.0, 9.0]), rtol=1e-14)


def mean_of_batch(model: nn.Module, batch: Any) -> Tensor:
    return functional.cross_entropy(model(batch[0]), batch[1])


def sum_and_count(model: nn.Module, batch: Any) -> tuple[Tensor, int]:
    return functional.cross_entropy(model(batch[0]), batch[1], reduction="sum"), len(batch[1])


@pytest.mark.parametrize("loss", [mean_of_batch, sum_and_count])
def test_means_and_pairs_count_for_their_samples(loss: Function) -> None:
    model = make_deep(2)
    found = tabulate(make_curvature(model, loss, BATCHES))
    expected = tabulate(make_curvature(model, classification, BATCHES))
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_batches_count_by_their_weight_and_one_without_weight_not_at_all() -> None:
    model = make_deep(2)
    (x, y), (other_x, other_y) = BATCHES
    loss = Loss(mean_of_batch, weight=lambda batch: 3.0 if len(batch[0]) == 16 else 1.0)
    found = tabulate(make_curvature(model, loss, BATCHES))
    expected = (
        3 * tabulate(make_curvature(model, mean_of_batch, [(x, y)]))
        + tabulate(make_curvature(model, mean_of_batch, [(other_x, other_y)]))
    ) / 4
    np.testing.assert_allclose(found, expected, atol=1e-5)
    masked = Loss(
        lambda model, batch: functional.cross_entropy(model(batch[0]), batch[1]),
        weight=lambda batch: (batch[1] >= 0).sum(),
    )
    nothing = (other_x, torch.full_like(other_y, -100))  # whose mean is NaN
    found = tabulate(make_curvature(model, masked, [(x, y), nothing]))
    alone = tabulate(make_curvature(model, mean_of_batch, [(x, y)]))
    np.testing.assert_allclose(found, alone, atol=1e-6)


def test_a_loss_of_the_batchs_composition_is_that_of_the_batches_as_given() -> None:
    def contrast(model: nn.Module, batch: Any) -> Tensor:
        outputs = model(batch[0])
        found: Tensor = (outputs - outputs.mean(0)).square().mean()
        return found

    model = make_deep(3)
    whole = join(BATCHES)[0].float()
    found = tabulate(make_curvature(model, contrast, BATCHES))
    expected = np.zeros((20, 20))
    for x, _ in BATCHES:

        def spread(call: Callable[..., Any], x: Tensor = x) -> Tensor:
            outputs = call(x.double())
            found: Tensor = (outputs - outputs.mean(0)).square().mean()
            return found

        expected += len(x) / len(whole) * differentiate(model, spread)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    together = tabulate(make_curvature(model, contrast, [(whole,)]))
    assert np.abs(together - found).max() > 1e-2


class Tied(nn.Module):
    """Two layers with one weight between them."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(3, 3), nn.Linear(3, 3)
        self.second.weight = self.first.weight
        self.head = nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.head(torch.tanh(self.second(torch.tanh(self.first(x)))))
        return found


def test_tied_parameters_are_one_and_frozen_ones_stay() -> None:
    torch.manual_seed(0)
    model = Tied()
    model.head.bias.requires_grad_(False)
    names = [name for name, each in model.named_parameters() if each.requires_grad]
    found = tabulate(make_curvature(model, classification, BATCHES))
    np.testing.assert_allclose(found, dense_cross_entropy(model, names), atol=1e-6)
    first = tabulate(make_curvature(model, classification, BATCHES, parameters="first.*"))
    expected = dense_cross_entropy(model, ["first.weight", "first.bias"])
    np.testing.assert_allclose(first, expected, atol=1e-6)


def test_a_precision_that_is_asked_for_is_that_of_the_products() -> None:
    model = make_deep(0)
    exact = dense_cross_entropy(model)
    found = tabulate(make_curvature(model, classification, BATCHES, precision="float64"))
    np.testing.assert_allclose(found, exact, rtol=1e-9, atol=1e-12)
    rough = tabulate(make_curvature(model, classification, BATCHES, precision="bfloat16"))
    assert 1e-5 < np.abs(rough - exact).max() / np.abs(exact).max() < 0.1


def test_running_statistics_are_those_of_the_rule() -> None:
    model, batches = make_normalized(), make_batches()
    frozen = tabulate(make_curvature(model, classification, batches))
    rule = Recalibrated(batches)
    fresh = tabulate(make_curvature(model, classification, batches, buffers=rule))
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm1d):
            layer.reset_running_stats()
            layer.momentum = None
    model.train()
    for x, _ in batches:
        model(x)
    model.eval()
    own = tabulate(make_curvature(model, classification, batches))
    np.testing.assert_allclose(fresh, own, rtol=1e-3, atol=1e-5)
    assert np.abs(fresh - frozen).max() > 1e-2


def test_the_model_is_the_same_to_the_bit_afterwards() -> None:
    model = make_normalized().train()
    model.insert(1, nn.Dropout(0.5))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    curvature = make_curvature(model, classification, make_batches())
    first = curvature.multiply(np.ones(curvature.size))
    np.testing.assert_array_equal(curvature.multiply(np.ones(curvature.size)), first)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert all(each.grad is None and each.requires_grad for each in model.parameters())
    assert all(module.training for module in model.modules())


def test_graphs_that_are_not_kept_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    model, vector = make_mlp(), np.random.default_rng(0).standard_normal(51)
    kept = make_curvature(model, classification, make_batches())
    monkeypatch.setattr(network_curvature, "KEPT_BYTES", 0)
    built = make_curvature(model, classification, make_batches())
    assert (len(kept.kept), len(built.kept)) == (2, 0)
    np.testing.assert_array_equal(built.multiply(vector), kept.multiply(vector))


class Attention(nn.Module):
    """One head of fused attention over tokens of three numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.project, self.classify = nn.Linear(3, 6), nn.Linear(2, 2)

    def forward(self, tokens: Tensor) -> Tensor:
        query, key, value = self.project(tokens).chunk(3, dim=-1)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        found: Tensor = self.classify(mixed.mean(1))
        return found


@pytest.mark.parametrize("device", DEVICES)
def test_fused_attention_is_differentiated_twice(device: str) -> None:
    torch.manual_seed(0)
    model = Attention()
    tokens, labels = 3 * torch.randn(12, 5, 3), torch.randint(2, (12,))
    found = tabulate(make_curvature(model, classification, [(tokens, labels)], device=device))
    gradients = []
    for sign in (1, -1):  # H 1 is the central difference of the gradient
        moved = copy.deepcopy(model).double()
        with torch.no_grad():
            for parameter in moved.parameters():
                parameter.add_(sign * 1e-5)
        loss = functional.cross_entropy(moved(tokens.double()), labels)
        slopes = torch.autograd.grad(loss, list(moved.parameters()))
        gradients.append(torch.cat([slope.flatten() for slope in slopes]).numpy())
    expected = (gradients[0] - gradients[1]) / 2e-5
    np.testing.assert_allclose(found @ np.ones(len(found)), expected, atol=1e-5)
    np.testing.assert_allclose(found, found.T, atol=1e-6)
    assert np.abs(expected).max() > 0.01


class Speaker(nn.Module):
    """A causal model that computes its own loss from its logits, with a penalty if wanted."""

    def __init__(self, penalty: float = 0.0) -> None:
        super().__init__()
        self.embed, self.head = nn.Embedding(5, 3), nn.Linear(3, 5)
        self.penalty = penalty

    def forward(self, tokens: Tensor, labels: Tensor) -> dict[str, Tensor]:
        logits = self.head(torch.tanh(self.embed(tokens)))
        loss = functional.cross_entropy(logits[:, :-1].reshape(-1, 5), labels[:, 1:].reshape(-1))
        if self.penalty:
            loss = loss + self.penalty * self.head.weight.square().sum()
        return {"loss": loss, "logits": logits}


def test_the_loss_that_a_model_computes_has_both_matrices() -> None:
    torch.manual_seed(0)
    model, tokens = Speaker(), torch.randint(5, (4, 6))
    batches = [{"tokens": tokens, "labels": tokens}]
    loss = output_loss(causal_tokens)
    linear = ["head.weight", "head.bias"]  # in which the logits are linear: both matrices are one
    one, other = (
        tabulate(make_curvature(model, loss, batches, kind=kind, parameters=linear))
        for kind in ("hessian", "gauss-newton")
    )
    np.testing.assert_allclose(one, other, atol=1e-7)
    assert np.abs(one).max() > 0.01


def test_regressions_gauss_newton_matrix_is_that_of_squares() -> None:
    model = make_deep(5)
    x = torch.cat([x for x, _ in BATCHES])
    batches = [(x, torch.zeros(len(x), 2))]
    own = {name: tensor.detach().double() for name, tensor in model.named_parameters()}
    blocks = jacrev(lambda tensors: functional_call(model, tensors, (x.double(),)))(own)
    slopes = torch.cat([block.flatten(2) for block in blocks.values()], dim=2)
    found = tabulate(make_curvature(model, regression, batches, kind="gauss-newton"))
    expected = torch.einsum("nip,niq->pq", slopes, slopes) / len(x)  # 2/2 dimensions
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


class Squaring(torch.autograd.Function):
    """An operation without a second derivative."""

    @staticmethod
    def forward(context: Any, x: Tensor) -> Tensor:
        context.save_for_backward(x)
        return x * x

    @staticmethod
    @once_differentiable
    def backward(context: Any, slope: Tensor) -> Tensor:
        (x,) = context.saved_tensors
        found: Tensor = 2 * x * slope
        return found


def squares(model: nn.Module, batch: Any) -> Tensor:
    found: Tensor = Squaring.apply(model(batch[0])).square().sum(1)
    return found


@pytest.mark.parametrize(
    ("model", "loss", "batches", "kind", "error", "fault"),
    [
        (make_deep(0), mean_of_batch, BATCHES, "gauss-newton", LossError, "parts"),
        (
            Speaker(penalty=0.1),
            output_loss(causal_tokens),
            [{"tokens": torch.ones(2, 3).long(), "labels": torch.ones(2, 3).long()}],
            "gauss-newton",
            LossError,
            "otherwise than through the network's output",
        ),
        (
            make_deep(0),
            lambda model, batch: mean_of_batch(model, batch).detach(),
            BATCHES,
            "hessian",
            LossError,
            "the loss has no gradient",
        ),
        (make_deep(0), squares, BATCHES, "hessian", ModelError, "differentiate the loss twice"),
    ],
)
def test_a_matrix_that_does_not_exist_is_refused_with_the_reason(
    model: nn.Module, loss: Any, batches: Any, kind: MatrixKind, error: type[Exception], fault: str
) -> None:
    with pytest.raises(error, match=fault):
        tabulate(make_curvature(model, loss, batches, kind=kind))
