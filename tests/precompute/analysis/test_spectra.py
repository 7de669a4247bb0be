"""Spectra of networks and the sharpness along trainings, from Python."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from descent_atlas import analysis
from descent_atlas.analysis import (
    LossError,
    ModelError,
    classification,
    eigenpairs,
    find_equivalent_scaling,
    find_limit,
    read_optimizer_scaling,
    rescale_relu_stack,
    sharpness_along,
    spectrum,
)
from descent_atlas.analysis.spectra.spectrum_figures import say_pair
from descent_atlas.training.networks import mlp
from tests.precompute.analysis.test_network_curvature import (
    BATCHES,
    dense_cross_entropy,
    make_deep,
    mean_of_batch,
)
from tests.precompute.conftest import DEVICES
from tests.precompute.drawing.small_networks import ONE_BATCH, quadratic_loss

NOTHING_ELSE: dict[str, Any] = {"trace_probes": 0, "density_probes": 0}


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("seed", [4, 28])  # in the second, negative curvature dominates
def test_a_spectrum_of_twenty_parameters_is_that_of_its_dense_hessian(
    seed: int, device: str
) -> None:
    model = make_deep(seed)
    exact = np.linalg.eigvalsh(dense_cross_entropy(model))
    found = spectrum(model, classification, BATCHES, count=2, tolerance=1e-4, device=device)
    assert found.largest is not None and found.smallest is not None and found.trace is not None
    np.testing.assert_allclose(found.largest.values, exact[[-1, -2]], rtol=1e-4)
    np.testing.assert_allclose(found.smallest.values, exact[[0, 1]], rtol=1e-4)
    assert found.sharpness == found.largest.values[0]
    assert found.dominant == pytest.approx(max(exact[[0, -1]], key=abs), rel=1e-4)
    assert abs(found.trace.value - exact.sum()) < 4 * found.trace.standard_error
    assert found.trace.deflated == 4
    assert found.density is not None
    lowest, highest = np.nanmin(found.density.nodes), np.nanmax(found.density.nodes)
    np.testing.assert_allclose([lowest, highest], exact[[0, -1]], rtol=1e-4)
    assert found.density.width == pytest.approx((highest - lowest) / 64)


def test_every_name_of_the_api_is_there() -> None:
    for name in analysis.__all__:
        assert getattr(analysis, name).__doc__


def test_a_spectrum_says_over_what_it_was_found() -> None:
    model = make_deep(4)
    at = dict(model.state_dict())
    counts: list[int] = []
    found = spectrum(model, mean_of_batch, BATCHES, at=at, report=counts.append, **NOTHING_ELSE)
    assert (found.evaluation["samples"], found.evaluation["batches"]) == (24, 2)
    assert (found.trace, found.density) == (None, None)
    assert counts == list(range(found.products))
    assert found.title == "Spectrum of the Hessian of state_dict"


def test_a_checkpoint_has_its_own_spectrum_and_step(tmp_path: Path) -> None:
    model, other = make_deep(4), make_deep(6)
    torch.save(other.state_dict(), tmp_path / "step-30.pt")
    found = spectrum(
        model, classification, BATCHES, at=tmp_path / "step-30.pt", tolerance=1e-4, **NOTHING_ELSE
    )
    exact = np.linalg.eigvalsh(dense_cross_entropy(other))
    assert found.sharpness == pytest.approx(exact[-1], rel=1e-4)
    assert (found.step, found.point) == (30, "step-30.pt")


def test_a_gauss_newton_matrix_has_one_end() -> None:
    found = spectrum(make_deep(6), classification, BATCHES, matrix="gauss-newton")
    assert found.smallest is None
    assert found.dominant == found.sharpness > 0
    with pytest.raises(LossError, match="has no Gauss-Newton matrix"):
        spectrum(make_deep(6), mean_of_batch, BATCHES, matrix="gauss-newton")


def test_what_has_not_converged_is_said_and_has_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eigenpairs, "RESTARTS", 2)
    options = {"tolerance": 1e-12, **NOTHING_ELSE}  # finer than float32
    found = spectrum(make_deep(4), classification, BATCHES, **options)
    assert found.largest is not None
    assert not found.largest.converged[0]
    assert np.isnan(found.sharpness) and np.isnan(found.dominant)
    assert found.describe()["sharpness"] is None
    assert say_pair(found.largest, 0).endswith(("not converged", "not found"))
    path = sharpness_along(make_deep(4), classification, BATCHES, [make_deep(4)], tolerance=1e-12)
    assert np.isnan(path.sharpness[0])
    assert "1 of 1 have not converged" in path.figure().layout.title.text


def test_products_that_are_not_finite_have_no_trace() -> None:
    def steep(model: nn.Module, batch: Any) -> Tensor:
        found: Tensor = model(batch[0]).abs().sum(1).sqrt()  # whose slope at 0 is infinite
        return found

    model = make_deep(4)
    with torch.no_grad():
        for parameter in model[4].parameters():
            parameter.zero_()
    with pytest.raises(ModelError, match="not finite"):
        spectrum(model, steep, BATCHES)


def test_a_file_has_all_numbers_as_json(tmp_path: Path) -> None:
    found = spectrum(make_deep(4), classification, BATCHES, density_probes=1)
    document = json.loads(found.save(tmp_path / "found.json").read_text())
    assert document["largest"]["values"] == [found.sharpness]
    assert document["largest"]["converged"] == [True]
    assert document["trace"]["standard_error"] > 0
    assert document["density"]["errors"][0] is None  # of a single random vector
    assert document["evaluation"]["samples"] == 24


def test_a_figure_shows_the_density_the_ends_and_the_numbers() -> None:
    found = spectrum(make_deep(4), classification, BATCHES)
    figure = found.figure()
    assert [trace.name for trace in figure.data] == [
        "density of the eigenvalues",
        "largest eigenvalues",
        "smallest eigenvalues",
    ]
    assert figure.data[1].x[0] == found.sharpness
    for part in ("residual", "trace", "standard error", "width", "24 samples"):
        assert part in figure.layout.title.text
    bare = spectrum(make_deep(4), classification, BATCHES, **NOTHING_ELSE).figure()
    assert len(bare.data) == 2


def train(model: nn.Module, folder: Path) -> torch.optim.Adam:
    """Train a model for 20 steps with Adam, and leave a checkpoint every five."""
    inputs, labels = (torch.cat(parts) for parts in zip(*BATCHES, strict=True))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for step in range(21):
        if step % 5 == 0:
            torch.save(model.state_dict(), folder / f"step-{step}.pt")
        optimizer.zero_grad()
        functional.cross_entropy(model(inputs), labels).backward()  # type: ignore[no-untyped-call]
        if step < 20:
            optimizer.step()
    return optimizer


def test_the_sharpness_along_a_training_is_that_of_each_checkpoint(tmp_path: Path) -> None:
    model = make_deep(4, scale=1.0)
    train(model, tmp_path)
    path = sharpness_along(model, classification, BATCHES, f"{tmp_path}/*.pt", tolerance=1e-4)
    assert path.steps.tolist() == [0, 5, 10, 15, 20]
    for name, value in zip(path.names, path.sharpness, strict=True):
        model.load_state_dict(torch.load(tmp_path / name))
        exact = np.linalg.eigvalsh(dense_cross_entropy(model))[-1]
        assert value == pytest.approx(exact, rel=1e-4)
    assert path.converged.all()
    limit = find_limit("SGD", {"lr": 0.1, "momentum": 0.9})
    assert limit is not None
    figure = path.figure(limit=limit.value)
    assert [trace.name for trace in figure.data] == ["sharpness", "full-batch limit 38"]
    document = json.loads(path.save(tmp_path / "path.json").read_text())
    assert document["sharpness"] == path.sharpness.tolist()


class Chain(nn.Module):
    """Many parameters whose loss is half the sum of their squares times the given scales."""

    def __init__(self, scales: Tensor) -> None:
        super().__init__()
        self.values = nn.Parameter(torch.zeros(len(scales)))
        self.scales: Tensor
        self.register_buffer("scales", scales)

    def forward(self, x: Tensor) -> Tensor:
        return ((self.scales * self.values.square()).sum() / 2).expand(len(x))


def test_a_search_starts_from_the_vector_of_the_checkpoint_before() -> None:
    scales = torch.randn(2000, generator=torch.Generator().manual_seed(0))
    scales[0] = 1.02 * scales.max()
    model = Chain(scales)
    states = [{"values": torch.full((2000,), value), "scales": scales} for value in (0.0, 1.0)]
    both = sharpness_along(model, quadratic_loss, ONE_BATCH, states, tolerance=1e-3)
    each = [
        sharpness_along(model, quadratic_loss, ONE_BATCH, [state], tolerance=1e-3)
        for state in states
    ]
    np.testing.assert_allclose(both.sharpness, float(scales[0]), rtol=1e-3)
    assert both.products < sum(path.products for path in each)


def test_the_preconditioned_sharpness_is_that_of_the_optimizers_own_scaling(
    tmp_path: Path,
) -> None:
    model = make_deep(4, scale=1.0)
    optimizer = train(model, tmp_path)
    scaling = read_optimizer_scaling(optimizer, model)
    found = spectrum(
        model, classification, BATCHES, scaling=scaling, tolerance=1e-4, **NOTHING_ELSE
    )
    diagonal = torch.cat([part.flatten() for part in scaling.values()]).numpy()
    exact = np.linalg.eigvals(dense_cross_entropy(model) / diagonal[:, None]).real.max()
    assert found.sharpness == pytest.approx(exact, rel=1e-4)
    assert found.title.startswith("Spectrum of the preconditioned Hessian")
    first = next(iter(model.parameters()))
    v = optimizer.state[first]["exp_avg_sq"].double()
    expected = (1 - 0.9**20) * ((v / (1 - 0.999**20)).sqrt() + 1e-8)
    torch.testing.assert_close(scaling["0.weight"], expected)
    path = sharpness_along(model, classification, BATCHES, [model], scalings=[diagonal])
    assert path.sharpness[0] == pytest.approx(found.sharpness, rel=1e-3)


def test_an_optimizers_scaling_that_is_not_known_is_refused(tmp_path: Path) -> None:
    model = make_deep(4)
    for optimizer, fault in (
        (torch.optim.SGD(model.parameters()), "the scaling of SGD is not known"),
        (torch.optim.Adam(model.parameters()), "has made no step"),
    ):
        with pytest.raises(ValueError, match=fault):
            read_optimizer_scaling(optimizer, model)
    decaying = torch.optim.RMSprop(model.parameters(), weight_decay=0.1, centered=True)
    mean_of_batch(model, BATCHES[0]).backward()  # type: ignore[no-untyped-call]
    decaying.step()
    with pytest.raises(ValueError, match="centered"):
        read_optimizer_scaling(decaying, model)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"matrix": "fisher"}, 'neither "hessian" nor "gauss-newton"'),
        ({"count": 20}, "count=20: it should be 1 to 19"),
        ({"parameters": "4.nothing"}, "no parameter matches"),
        ({"scaling": np.ones(3)}, "the scaling has 3 numbers for 20"),
        ({"scaling": np.zeros(20)}, "not positive"),
        ({"scaling": {"0.weight": torch.ones(2, 3)}}, "no numbers for 0.bias"),
        ({"device": "abacus"}, "the device abacus"),
    ],
)
def test_a_spectrum_that_does_not_exist_is_refused(options: Any, fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        spectrum(make_deep(4), classification, BATCHES, **options)


def test_a_rescaled_stack_computes_the_same_and_is_as_sharp_as_predicted() -> None:
    with torch.random.fork_rng():
        torch.random.manual_seed(0)
        model = mlp((3, 4, 4, 2))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(3)
    inputs, _ = (torch.cat(parts) for parts in zip(*BATCHES, strict=True))
    top: dict[str, Any] = {"ends": ("largest",), "tolerance": 1e-4, **NOTHING_ELSE}
    before = copy.deepcopy(model.state_dict())
    plain = spectrum(model, classification, BATCHES, **top)
    found = []
    for alpha in (0.25, 4.0, 1024.0):
        state = rescale_relu_stack(model, 1, alpha)
        other = copy.deepcopy(model)
        other.load_state_dict(state)
        torch.testing.assert_close(other(inputs), model(inputs), rtol=1e-5, atol=1e-6)
        rescaled = spectrum(model, classification, BATCHES, at=state, **top)
        predicted = spectrum(
            model,
            classification,
            BATCHES,
            scaling=find_equivalent_scaling(model, 1, alpha),
            **top,
        )
        assert rescaled.sharpness == pytest.approx(predicted.sharpness, rel=1e-3)
        found.append(rescaled.sharpness)
    # Large α leaves the next layer's block of the Hessian alone, times α².
    block = spectrum(model, classification, BATCHES, parameters="5.weight", **top)
    assert found[2] == pytest.approx(1024.0**2 * block.sharpness, rel=1e-2)
    assert found[2] > 100 * plain.sharpness
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize(
    ("model", "layer", "alpha", "fault"),
    [
        (make_deep(0), 0, 2.0, "Sequential of Flatten"),
        (mlp((3, 4, 2)), 1, 2.0, "layer=1: it should be 0 to 0"),
        (mlp((3, 4, 2)), 0, -2.0, "positive"),
    ],
)
def test_what_cannot_be_rescaled_is_refused(
    model: nn.Module, layer: int, alpha: float, fault: str
) -> None:
    with pytest.raises(ValueError, match=fault):
        rescale_relu_stack(model, layer, alpha)
