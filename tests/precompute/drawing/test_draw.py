"""Landscapes of any network: known answers, and the unchanged model."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from descent_atlas.drawing import (
    Drawing,
    Recalibrated,
    accuracy,
    classification,
    draw,
    ends,
    given,
    pca,
)
from descent_atlas.drawing.plane_choices import PlaneError
from tests.precompute.drawing.small_networks import (
    ONE_BATCH,
    Quadratic,
    make_batches,
    make_mlp,
    make_normalized,
    own_loss,
    quadratic_loss,
)

BATCHES = make_batches()


def values_of(values: list[float]) -> dict[str, Tensor]:
    """Return a state of the quadratic network."""
    return dict(Quadratic(values, [1.0, 4.0, 9.0]).state_dict())


@pytest.mark.parametrize("normalization", ["filter", "layer", "none"])
def test_the_centre_of_a_random_plane_is_the_models_own_loss(normalization: Any) -> None:
    model = make_mlp()
    landscape = draw(
        model,
        classification,
        BATCHES,
        metrics={"accuracy": accuracy},
        normalization=normalization,
        grid=3,
    )
    assert (landscape.x[1], landscape.y[1]) == (0.0, 0.0)
    assert landscape.loss[1, 1] == pytest.approx(own_loss(model, BATCHES), rel=1e-6)
    assert landscape.ends[0].loss == landscape.loss[1, 1]
    assert np.ptp(landscape.loss) > 0
    assert 0 <= landscape.values["accuracy"].min() <= landscape.values["accuracy"].max() <= 1
    assert landscape.evaluation["normalization"] == normalization


def test_the_surface_of_a_quadratic_is_its_closed_form() -> None:
    model = Quadratic([1.0, 2.0, -1.0], [1.0, 4.0, 9.0])
    v, eta = torch.tensor([1.0, 0.0, 1.0]), torch.tensor([0.0, 2.0, 0.0])
    landscape = draw(model, quadratic_loss, ONE_BATCH, plane=given(v, eta), grid=5, reach=2.0)
    x, y = np.meshgrid(landscape.x, landscape.y)
    expected = ((1 + x) ** 2 + 4 * (2 + 2 * y) ** 2 + 9 * (x - 1) ** 2) / 2
    np.testing.assert_allclose(landscape.loss, expected, rtol=1e-12)
    np.testing.assert_allclose(landscape.plane["gram"], [[2.0, 0.0], [0.0, 4.0]])


def test_directions_may_be_given_by_name_and_leave_the_rest() -> None:
    model = make_mlp()
    first = {"0.bias": torch.ones(6)}
    plane = given(first, {"2.weight": torch.ones(3, 6), "2.bias": torch.ones(3)})
    landscape = draw(model, classification, BATCHES, plane=plane, grid=3)
    moved = copy.deepcopy(model)
    with torch.no_grad():
        dict(moved.named_parameters())["0.bias"].add_(1.0)
    assert landscape.loss[1, 2] == pytest.approx(own_loss(moved, BATCHES), rel=1e-6)
    for wrong, reason in (
        ({"9.bias": torch.ones(1)}, r"moves 9.bias, which do not vary"),
        ({"0.bias": torch.ones(5)}, r"0.bias of the shape \(5,\) instead of \(6,\)"),
        (torch.ones(4), r"has the shape \(4,\), and 51 parameters vary"),
    ):
        with pytest.raises(PlaneError, match=reason):
            draw(model, classification, BATCHES, plane=given(first, wrong), grid=3)


def test_a_plane_through_three_networks_preserves_distances() -> None:
    points = [[0.0, 0.0, 0.0], [3.0, 0.0, 0.0], [1.0, 2.0, 0.0]]
    plane = ends(*(values_of(each) for each in points))
    model = Quadratic([5.0, 5.0, 5.0], [1.0, 4.0, 9.0])
    landscape = draw(model, quadratic_loss, ONE_BATCH, plane=plane, grid=9)
    places = np.array([(end.x, end.y) for end in landscape.ends])
    np.testing.assert_allclose(places, [[0, 0], [3, 0], [1, 2]], atol=1e-12)
    assert [end.loss for end in landscape.ends] == pytest.approx([0.0, 4.5, 8.5])
    x, y = np.meshgrid(landscape.x, landscape.y)
    np.testing.assert_allclose(landscape.loss, (x**2 + 4 * y**2) / 2, atol=1e-12)
    assert landscape.x[0] < 0 and landscape.x[-1] > 3 and landscape.y[-1] > 2


def test_a_plane_through_two_networks_has_a_random_second_direction() -> None:
    points = [[0.0, 1.0, 0.0], [4.0, 1.0, 0.0]]
    model = Quadratic([5.0, 5.0, 5.0], [1.0, 4.0, 9.0])
    plane = ends(*(values_of(each) for each in points))
    landscape = draw(model, quadratic_loss, ONE_BATCH, plane=plane, grid=5)
    places = [(end.x, end.y) for end in landscape.ends]
    np.testing.assert_allclose(places, [[0, 0], [4, 0]], atol=1e-12)
    np.testing.assert_allclose(landscape.plane["gram"], np.eye(2), atol=1e-12)
    assert landscape.evaluation["normalization"] == "filter"
    assert (landscape.x[0] + landscape.x[-1]) / 2 == pytest.approx(2.0)
    assert landscape.y[2] == 0 and landscape.y[-1] > 2


def test_the_principal_plane_of_a_path_is_its_closed_form(tmp_path: Path) -> None:
    """A path in the plane of u and w, longer along u, that ends at the origin of coordinates."""
    for step, (u, w) in enumerate([(4.0, 1.0), (3.0, -1.0), (2.0, 1.0), (0.0, 0.0)]):
        torch.save(values_of([u, w, 2.0]), tmp_path / f"step{10 * step}.pt")
    model = Quadratic([5.0, 5.0, 5.0], [1.0, 4.0, 9.0])
    landscape = draw(model, quadratic_loss, ONE_BATCH, plane=pca(str(tmp_path / "*.pt")), grid=5)
    (path,) = landscape.trajectories
    moves = np.array([[4.0, 1.0], [3.0, -1.0], [2.0, 1.0], [0.0, 0.0]])
    singular = np.linalg.svd(moves, compute_uv=False)
    np.testing.assert_allclose(
        landscape.plane["spectrum"][:2], singular**2 / (singular**2).sum(), atol=1e-12
    )
    assert path.steps.tolist() == [0, 10, 20, 30]
    np.testing.assert_allclose(path.distance, 0, atol=1e-6)
    np.testing.assert_allclose(np.hypot(path.x, path.y), np.hypot(*moves.T), atol=1e-12)
    expected = (moves**2 @ [1.0, 4.0]) / 2 + 18
    np.testing.assert_allclose(path.loss, expected)
    np.testing.assert_allclose(path.loss_in_plane, expected)
    assert path.judgement.energy == pytest.approx(1.0)
    assert landscape.plane["origin"] == {"run": tmp_path.name, "step": 30}


def test_a_trajectory_is_projected_on_a_given_plane_and_its_distance_told() -> None:
    model = Quadratic([0.0, 0.0, 0.0], [1.0, 4.0, 9.0])
    v, eta = torch.tensor([1.0, 1.0, 0.0]), torch.tensor([0.0, 1.0, 0.0])  # not orthogonal
    path = [values_of([1.0, 3.0, 2.0]), values_of([0.0, 0.0, 0.0])]
    landscape = draw(
        model,
        quadratic_loss,
        ONE_BATCH,
        plane=given(v, eta),
        trajectories={"mine": path},
        grid=3,
    )
    (trajectory,) = landscape.trajectories
    assert (trajectory.label, trajectory.steps.tolist()) == ("mine", [0, 1])
    np.testing.assert_allclose([trajectory.x, trajectory.y], [[1, 0], [2, 0]], atol=1e-12)
    np.testing.assert_allclose(trajectory.distance, [2, 0])
    np.testing.assert_allclose(trajectory.length, [np.sqrt(14), 0])
    assert trajectory.loss.tolist() == pytest.approx([36.5, 0])
    assert trajectory.loss_in_plane.tolist() == pytest.approx([18.5, 0])


def test_tied_weights_move_once_and_frozen_layers_stay() -> None:
    tied = nn.Sequential(nn.Linear(4, 4, bias=False), nn.ReLU(), nn.Linear(4, 4, bias=False))
    tied[2].weight = tied[0].weight
    drawing = Drawing(tied, classification, make_batches(classes=4), grid=3)
    assert drawing.space.layout.size == 16 and drawing.plane.directions.shape == (2, 16)
    frozen = make_mlp()
    frozen[0].requires_grad_(False)
    landscape = draw(frozen, classification, BATCHES, grid=3)
    assert landscape.evaluation["parameters"] == {
        "patterns": None,
        "varying": 21,
        "total": 51,
        "frozen": 30,
    }


class TwoParts(nn.Module):
    """A network whose loss looks at its first part alone."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.seen, self.unseen = nn.Linear(4, 3), nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits."""
        found: Tensor = self.seen(x)
        return found


def test_parts_that_do_not_vary_or_do_not_matter_leave_the_plane_flat() -> None:
    model = TwoParts()
    flat = draw(model, classification, BATCHES, parameters="unseen.*", grid=3)
    np.testing.assert_array_equal(flat.loss, np.full((3, 3), flat.loss[1, 1]))
    v = {"seen.weight": torch.ones(3, 4).cumsum(0)}
    landscape = draw(
        model,
        classification,
        BATCHES,
        plane=given(v, {"unseen.weight": torch.ones(3, 4)}),
        grid=3,
    )
    np.testing.assert_array_equal(landscape.loss[0], landscape.loss[2])
    assert landscape.loss[1, 0] != landscape.loss[1, 2]


def test_dropout_is_off() -> None:
    model = make_mlp(0, nn.Dropout(0.9)).train()
    landscape = draw(model, classification, BATCHES, grid=3)
    assert landscape.loss[1, 1] == pytest.approx(own_loss(model, BATCHES), rel=1e-6)


def snapshot(model: nn.Module) -> list[Any]:
    """Return all that must be the same afterwards, to the bit."""
    tensors = [*model.parameters(), *model.buffers()]
    return [
        [(id(each), each._version, each.detach().clone()) for each in tensors],
        [module.training for module in model.modules()],
    ]


@pytest.mark.parametrize("fails", [False, True], ids=["drawn", "failed"])
def test_the_model_is_the_same_afterwards(fails: bool) -> None:
    model = make_normalized().train()
    model[1].eval()
    before = snapshot(model)
    calls = 0

    def loss(model: nn.Module, batch: Any) -> Tensor:
        nonlocal calls
        calls += 1
        if fails and calls > 12:
            raise RuntimeError("the user's")
        return functional.cross_entropy(model(batch[0]), batch[1])

    if fails:
        with pytest.raises(RuntimeError, match="the user's"):
            draw(model, loss, BATCHES, grid=3, buffers=Recalibrated(BATCHES))
    else:
        draw(model, loss, BATCHES, grid=3, buffers=Recalibrated(BATCHES))
    tensors, modes = snapshot(model)
    assert modes == before[1]
    for (one, version, value), (other, was, old) in zip(tensors, before[0], strict=True):
        assert (one, version) == (other, was) and torch.equal(value, old)


def test_several_points_at_once_have_the_same_losses_or_the_reason_is_told() -> None:
    model = make_mlp()
    one = draw(model, classification, BATCHES, metrics={"accuracy": accuracy}, grid=5)
    many = draw(model, classification, BATCHES, metrics={"accuracy": accuracy}, grid=5, vmap=4)
    assert many.evaluation["points_at_once"] == 4
    np.testing.assert_allclose(many.loss, one.loss, rtol=1e-5)
    np.testing.assert_allclose(many.values["accuracy"], one.values["accuracy"], atol=0.05)

    def branching(model: nn.Module, batch: Any) -> Tensor:
        value = functional.cross_entropy(model(batch[0]), batch[1])
        return value if value > 0 else -value

    alone = draw(model, branching, BATCHES, grid=3, vmap=4)
    assert alone.evaluation["points_at_once"] == 1
    assert "vmap cannot" in alone.evaluation["notes"][0]
    recalibrated = draw(
        make_normalized(), classification, BATCHES, buffers=Recalibrated(BATCHES), grid=3, vmap=4
    )
    assert "computed anew at each point" in recalibrated.evaluation["notes"][0]


@pytest.mark.parametrize("vmap", [1, 4])
def test_a_points_numbers_do_not_depend_on_its_block(vmap: int) -> None:
    drawing = Drawing(make_mlp(), classification, BATCHES, grid=3, vmap=vmap)
    whole = drawing.evaluate()
    parts = [drawing.evaluate(range(i, min(i + 3, len(whole)))) for i in range(0, len(whole), 3)]
    np.testing.assert_array_equal(np.vstack(parts), whole)
    assert (
        drawing.compute_key()
        == Drawing(make_mlp(), classification, BATCHES, grid=3, vmap=vmap).compute_key()
    )
    assert (
        drawing.compute_key() != Drawing(make_mlp(), classification, BATCHES, grid=4).compute_key()
    )


def test_wrappers_are_seen_through_and_the_rest_of_a_model_is_known() -> None:
    model = make_mlp()
    wrapped = draw(nn.DataParallel(model), classification, BATCHES, grid=3)
    np.testing.assert_array_equal(wrapped.loss, draw(model, classification, BATCHES, grid=3).loss)
    assert wrapped.network["factory"] == "Sequential"
    assert wrapped.network["parameters"] == 51


def test_the_loss_is_computed_in_the_stated_precision() -> None:
    model, exact = make_mlp(), make_mlp().double()
    landscape = draw(model, classification, BATCHES, precision="float64", grid=3)
    doubled = [(x.double(), y) for x, y in BATCHES]
    assert landscape.loss[1, 1] == pytest.approx(own_loss(exact, doubled), rel=1e-12)
    assert landscape.evaluation["precision"] == "float64"
    coarse = draw(
        make_mlp().bfloat16(), classification, [(x.bfloat16(), y) for x, y in BATCHES], grid=3
    )
    assert coarse.loss[1, 1] == pytest.approx(landscape.loss[1, 1], rel=0.05)


def test_a_loss_that_depends_on_the_composition_of_batches_is_labelled() -> None:
    model = make_mlp(0, nn.BatchNorm1d(6, track_running_stats=False))
    landscape = draw(model, classification, BATCHES, grid=3)
    assert landscape.evaluation["composition"] == "as given"
    assert draw(make_mlp(), classification, BATCHES, grid=3).evaluation["composition"] == (
        "independent"
    )


def count_tokens(batch: Any) -> Tensor:
    counted: Tensor = (batch[1] > 0).sum()
    return counted


def test_what_a_mean_counts_is_told() -> None:
    def mean(model: nn.Module, batch: Any) -> Tensor:
        return functional.cross_entropy(model(batch[0]), batch[1])

    def pair(model: nn.Module, batch: Any) -> Any:
        return mean(model, batch) * 5, 5

    model = make_mlp()
    assert draw(model, mean, BATCHES, grid=3).evaluation["weight"] == "samples"
    weighted = draw(model, mean, BATCHES, weight=count_tokens, grid=3).evaluation
    assert weighted["weight"] == "count_tokens"
    assert weighted["samples"] == sum(int((y > 0).sum()) for _, y in BATCHES)
    assert draw(model, pair, BATCHES, grid=3).evaluation["weight"] == "the loss’s own counts"
