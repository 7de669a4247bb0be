"""Planes along eigenvectors of the Hessian: known pairs, the quadratic model, and refusals."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from descent_atlas.analysis.eigenpairs import find_eigenpairs
from descent_atlas.analysis.spectra import eigenplanes
from descent_atlas.drawing import classification, draw, hessian, open_landscape
from descent_atlas.drawing.plane_choices import PlaneError
from descent_atlas.landscapes.format import read_checked
from tests.precompute.drawing.small_networks import (
    ONE_BATCH,
    Quadratic,
    make_batches,
    make_mlp,
    quadratic_loss,
)

SCALES = [1.0, 9.0, 4.0, -2.0]

AT = [1.0, 0.5, -1.0, 0.0]
"""A point at which the quadratic's loss is 1/2 (1 + 9/4 + 4) = 3.625."""


@pytest.mark.parametrize(
    ("second", "values", "moved"), [("leading", [9.0, 4.0], 2), ("negative", [9.0, -2.0], 3)]
)
def test_the_directions_are_the_eigenvectors_in_units_of_their_parabolas(
    second: eigenplanes.Second, values: list[float], moved: int
) -> None:
    landscape = draw(
        Quadratic(AT, SCALES), quadratic_loss, ONE_BATCH, plane=hessian(second), grid=5, reach=2
    )
    curvature = landscape.plane["curvature"]
    assert curvature["rise"] == pytest.approx(3.625)
    assert [pair["value"] for pair in curvature["pairs"]] == pytest.approx(values)
    assert all(pair["residual"] <= 0.01 * abs(pair["value"]) for pair in curvature["pairs"])
    lengths = [float(np.sqrt(2 * 3.625 / abs(value))) for value in values]
    assert [pair["length"] for pair in curvature["pairs"]] == pytest.approx(lengths)
    np.testing.assert_allclose(landscape.plane["gram"], np.diag(np.square(lengths)), atol=1e-9)
    assert (landscape.x[0], landscape.x[-1]) == (-2.0, 2.0)
    (model,) = curvature["models"]
    assert model["loss"] == pytest.approx(3.625)
    # Along an eigenvector the gradient is that of the parabola at the origin's own coordinate.
    gradient = [values[0] * AT[1] * lengths[0], values[1] * AT[moved] * lengths[1]]
    np.testing.assert_allclose(np.abs(model["gradient"]), np.abs(gradient), atol=1e-9)
    signs = np.sign(values)
    np.testing.assert_allclose(model["hessian"], np.diag(2 * 3.625 * signs), atol=1e-9)
    assert model["failing"] == 0 and model["nearest_failure"] is None


class Quartic(nn.Module):
    """A network whose loss is 1 + x² + y² + z² / 2 + x⁴ / 4."""

    def __init__(self) -> None:
        super().__init__()
        self.place = nn.Parameter(torch.zeros(3, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        """Return the loss of each sample, the same for all."""
        a, b, c = self.place
        loss: Tensor = 1 + a**2 + 1.5 * b**2 + c**2 / 2 + b**4 / 4
        return loss.expand(len(x))


def test_the_model_fails_where_the_loss_leaves_it_by_a_tenth_of_the_parabolas() -> None:
    landscape = draw(
        Quartic(), quadratic_loss, ONE_BATCH, plane=hessian(rise=1.5), grid=41, reach=1
    )
    (model,) = landscape.plane["curvature"]["models"]
    x, y = np.meshgrid(landscape.x, landscape.y)
    # Eigenvalues 3 and 2: at the coordinate 1, b is 1 and a is √1.5; the model lacks x⁴ / 4.
    fails = x**4 / 4 > 0.1 * 1.5 * (x**2 + y**2) + 1e-9
    assert model["failing"] == fails.sum() > 0
    assert model["nearest_failure"] == pytest.approx(np.hypot(x, y)[fails].min())
    assert model["share"] == 0.1 and "parabolas" in model["rule"]


def test_a_saved_plane_of_eigenvectors_is_read_with_its_model(tmp_path: Path) -> None:
    landscape = draw(make_mlp(), classification, make_batches(), plane=hessian(), grid=5)
    found = read_checked(landscape.save(tmp_path)).manifest
    assert found.plane is not None and found.plane.kind == "hessian"
    curvature = found.plane.curvature
    assert curvature is not None and curvature.images == 24 and curvature.images_seed is None
    assert [model.surface for model in curvature.models] == [s.id for s in found.surfaces]
    assert curvature.models[0].loss == pytest.approx(landscape.loss[2, 2], rel=1e-6)
    assert "eigenvectors" in landscape.title
    stored = open_landscape(tmp_path / found.id)
    for figure in (landscape.figure(), stored.figure()):
        names = [trace.name for trace in figure.data]
        assert "quadratic model" in names
        assert ("where it fails" in names) is bool(curvature.models[0].failing)


def test_two_eigenpairs_of_a_network_are_those_of_its_dense_hessian() -> None:
    model, batches = make_mlp(), make_batches()
    x, y = (torch.cat(parts) for parts in zip(*batches, strict=True))
    names = [name for name, _ in model.named_parameters()]
    sizes = [parameter.numel() for parameter in model.parameters()]

    def loss(theta: Tensor) -> Tensor:
        parts = torch.split(theta, sizes)
        tensors = {
            name: part.view(parameter.shape)
            for (name, parameter), part in zip(model.named_parameters(), parts, strict=True)
        }
        logits = torch.func.functional_call(model.double(), tensors, (x.double(),))
        return nn.functional.cross_entropy(logits, y)

    theta = torch.cat([parameter.detach().double().ravel() for parameter in model.parameters()])
    dense: Tensor = torch.autograd.functional.hessian(loss, theta)  # type: ignore[no-untyped-call]
    exact = np.linalg.eigvalsh(dense.numpy())
    plane = hessian("negative", tolerance=1e-4)
    landscape = draw(make_mlp(), classification, batches, plane=plane, grid=3)
    found = [pair["value"] for pair in landscape.plane["curvature"]["pairs"]]
    assert names and found == pytest.approx([exact[-1], exact[0]], rel=1e-3)


def test_planes_without_the_eigenvectors_asked_for_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(PlaneError, match="no negative curvature"):
        draw(Quartic(), quadratic_loss, ONE_BATCH, plane=hessian("negative"), grid=3)
    at_zero = Quadratic([0.0] * 3, [1.0, 2.0, 3.0])
    with pytest.raises(PlaneError, match="say by how much"):
        draw(at_zero, quadratic_loss, ONE_BATCH, plane=hessian(), grid=3)
    with pytest.raises(PlaneError, match="should be positive"):
        hessian(rise=0.0)
    with pytest.raises(PlaneError, match='"leading" or "negative"'):
        hessian("next")  # type: ignore[arg-type]

    def fail(*arguments: object, **options: object) -> object:
        pairs = find_eigenpairs(*arguments, **options)  # type: ignore[arg-type]
        pairs.converged[-1] = False
        return pairs

    monkeypatch.setattr(eigenplanes, "find_eigenpairs", fail)
    with pytest.raises(PlaneError, match="eigenpair 2 from the largest has not converged"):
        draw(Quadratic(AT, SCALES), quadratic_loss, ONE_BATCH, plane=hessian(), grid=3)
