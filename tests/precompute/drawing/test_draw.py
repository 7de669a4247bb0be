"""Landscapes of any network: known answers, the unchanged model, and refusals."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from descent_atlas.drawing import (
    BatchesError,
    Drawing,
    Loss,
    LossError,
    Metric,
    ModelError,
    NotRepeatableError,
    Recalibrated,
    StateError,
    accuracy,
    classification,
    draw,
    ends,
    given,
    pca,
    random,
)
from descent_atlas.drawing.plane_choices import PlaneError
from descent_atlas.landscapes.format import read_checked
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


def recalibrate(network: nn.Sequential) -> nn.Sequential:
    """Return a copy whose running statistics are the plain means over the batches."""
    found = copy.deepcopy(network)
    normalization = found[1]
    assert isinstance(normalization, nn.BatchNorm1d)
    assert normalization.running_mean is not None and normalization.running_var is not None
    with torch.no_grad():
        inputs = [found[0](x) for x, _ in BATCHES]
    normalization.running_mean.copy_(torch.stack([each.mean(0) for each in inputs]).mean(0))
    normalization.running_var.copy_(torch.stack([each.var(0) for each in inputs]).mean(0))
    return found


def test_networks_whose_running_statistics_differ_are_recalibrated_by_default() -> None:
    networks = [make_normalized(seed) for seed in range(3)]
    landscape = draw(networks[0], classification, BATCHES, plane=ends(*networks), grid=3)
    buffers = landscape.evaluation["buffers"]
    assert buffers["policy"] == "recalibrated" and "1.running_mean" in buffers["why"]
    for end, network in zip(landscape.ends, networks, strict=True):
        assert end.loss == pytest.approx(own_loss(recalibrate(network), BATCHES), rel=1e-6)
        assert end.own_loss == pytest.approx(own_loss(network, BATCHES), rel=1e-6)
        assert abs(end.loss - (end.own_loss or 0)) > 1e-4


def test_frozen_buffers_are_those_of_the_origin_and_say_so() -> None:
    networks = [make_normalized(seed) for seed in range(2)]
    landscape = draw(
        networks[1], classification, BATCHES, plane=ends(*networks), buffers="frozen", grid=3
    )
    first, second = landscape.ends
    assert first.loss == pytest.approx(own_loss(networks[0], BATCHES), rel=1e-6)
    assert first.own_loss is None
    mixed = copy.deepcopy(networks[1])
    mixed[1].load_state_dict(
        {**networks[0][1].state_dict(), **dict(networks[1][1].named_parameters())}
    )
    assert second.loss == pytest.approx(own_loss(mixed, BATCHES), rel=1e-6)
    assert second.own_loss == pytest.approx(own_loss(networks[1], BATCHES), rel=1e-6)
    assert "only there is the loss the network’s own" in landscape.evaluation["notes"][0]


def test_one_networks_buffers_are_frozen_and_constant_ones_held() -> None:
    one = draw(make_normalized(), classification, BATCHES, grid=3)
    assert one.evaluation["buffers"]["policy"] == "frozen"
    assert one.loss[1, 1] == pytest.approx(own_loss(make_normalized(), BATCHES), rel=1e-6)
    constant = draw(
        Quadratic([1.0, 1.0], [1.0, 2.0]), quadratic_loss, ONE_BATCH, one_dimensional="same", grid=3
    )
    assert constant.evaluation["buffers"]["why"] == "The buffers are constant."
    bare = draw(make_mlp(), classification, BATCHES, grid=3)
    assert bare.evaluation["buffers"]["policy"] == "none"


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


def not_finite(model: nn.Module, batch: Any) -> Tensor:
    return torch.tensor(float("nan"))


def complex_model() -> nn.Module:
    model = make_mlp()
    model.register_parameter("phase", nn.Parameter(torch.ones(2, dtype=torch.complex64)))
    return model


def integer_model() -> nn.Module:
    model = make_mlp()
    whole = nn.Parameter(torch.ones(2, dtype=torch.int8), requires_grad=False)
    model.register_parameter("whole", whole)
    return model


class Shuffled:
    """The first samples of another order each time."""

    def __iter__(self) -> Any:
        order = torch.randperm(24)
        x, y = (torch.cat(parts) for parts in zip(*BATCHES, strict=True))
        yield x[order][:16], y[order][:16]


REFUSALS: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"model": complex_model()}, ModelError, "phase is complex"),
    ({"model": integer_model()}, ModelError, r"whole is torch.int8.*quantized"),
    ({"model": "resnet"}, ModelError, "a model is a torch.nn.Module, not a str"),
    ({"loss": not_finite}, ModelError, "the loss at the origin is nan: it is not finite"),
    ({"loss": nn.CrossEntropyLoss()}, LossError, "is a module, not a function"),
    ({"batches": iter(BATCHES)}, BatchesError, "only once"),
    ({"batches": []}, BatchesError, "there are no batches"),
    ({"parameters": "head.*"}, ModelError, r"no parameter matches 'head.\*'; there are 0.weight"),
    ({"parameters": "*.bias"}, PlaneError, 'pass one_dimensional="same"'),
    ({"metrics": {"accuracy": max}}, LossError, "does not say whether higher is better"),
    ({"metrics": {"t": accuracy}}, ModelError, "a metric cannot be called 't'"),
    ({"buffers": "thawed"}, ModelError, "not 'thawed'"),
    ({"buffers": Recalibrated(BATCHES)}, ModelError, "keeps no running statistics"),
    ({"grid": 2}, PlaneError, "grid=2 points along each axis: they should be 3 to 501"),
    ({"reach": 0.0}, PlaneError, "reach=0.0: it should be positive"),
    ({"vmap": 0}, ModelError, "vmap=0: at least 1 point"),
    ({"normalization": "batch"}, PlaneError, "normalization='batch' is none of"),
    ({"one_dimensional": "drop"}, PlaneError, "one_dimensional='drop' is neither"),
    ({"precision": "float16"}, ModelError, "the precision 'float16' is none of"),
    ({"device": "quantum"}, ModelError, "the device quantum cannot be used"),
    ({"plane": "random"}, PlaneError, "a plane is random.*not a str"),
    ({"plane": random(origin="lost.pt")}, StateError, "there is no checkpoint lost.pt"),
    ({"plane": random(origin={"0.weight": torch.ones(6, 4)})}, StateError, "missing: 0.bias"),
]


@pytest.mark.parametrize(("changes", "error", "reason"), REFUSALS)
def test_what_cannot_be_drawn_is_refused_with_the_reason(
    changes: dict[str, Any], error: type[Exception], reason: str
) -> None:
    arguments = {"model": make_mlp(), "loss": classification, "batches": BATCHES, **changes}
    with pytest.raises(error, match=reason):
        draw(**arguments)


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ([[0, 0], [0, 0]], "have the same varying parameters"),
        ([[0, 0], [1, 1], [2, 2]], "lie on one line"),
        ([[0, 0], [1, float("nan")]], "not finite"),
    ],
)
def test_networks_that_span_no_plane_are_refused(points: Any, reason: str) -> None:
    model = Quadratic([1.0, 1.0], [1.0, 2.0])
    plane = ends(*(dict(Quadratic(each, [1.0, 2.0]).state_dict()) for each in points))
    with pytest.raises(PlaneError, match=reason):
        draw(model, quadratic_loss, ONE_BATCH, plane=plane, one_dimensional="same", grid=3)


def test_choices_without_a_plane_are_refused_at_once() -> None:
    for choose, reason in (
        (lambda: ends("a.pt"), "two or three networks, not 1"),
        (lambda: ends(*"abcd"), "two or three networks, not 4"),
        (lambda: pca(), "at least one trajectory"),
        (lambda: random(-1), "a seed of -1"),
    ):
        with pytest.raises(PlaneError, match=reason):
            choose()


def test_trajectories_have_names_of_their_own() -> None:
    trail = [make_mlp(1), make_mlp(0)]
    landscape = draw(make_mlp(), classification, BATCHES, plane=pca(trail, trail[::-1]), grid=3)
    assert [each.label for each in landscape.trajectories] == ["trajectory 1", "trajectory 2"]
    assert landscape.plane["kind"] == "shared"
    with pytest.raises(PlaneError, match="a trajectory called 'trajectory' already"):
        draw(
            make_mlp(),
            classification,
            BATCHES,
            plane=pca(trail),
            trajectories={"trajectory": trail},
            grid=3,
        )


def test_an_origin_that_changes_while_drawing_is_refused() -> None:
    """The first evaluations agree, a later one does not."""
    calls = 0

    def drifting(model: nn.Module, batch: Any) -> Tensor:
        nonlocal calls
        calls += 1
        return functional.cross_entropy(model(batch[0]), batch[1]) + (calls > 15)

    with pytest.raises(NotRepeatableError, match="the model or the loss is random"):
        draw(make_mlp(), drifting, BATCHES, grid=3)


def test_shuffled_batches_are_found_out() -> None:
    with pytest.raises(NotRepeatableError, match="at the origin is"):
        draw(make_mlp(), classification, Shuffled(), grid=3)


def test_a_saved_landscape_is_what_the_server_reads(tmp_path: Path) -> None:
    def margin(model: nn.Module, batch: Any) -> Tensor:
        logits: Tensor = model(batch[0])
        return logits.topk(2).values.diff(dim=1).abs().squeeze(1)

    model = make_mlp()
    trail = [dict(make_mlp(seed).state_dict()) for seed in (1, 2, 0)]
    landscape = draw(
        model,
        Loss(classification.function, name="cross-entropy", unit="nats"),
        BATCHES,
        plane=pca(trail),
        metrics={"Accuracy": accuracy, "Margin (5%)": Metric(margin, higher_is_better=True)},
        grid=5,
    )
    folder = landscape.save(tmp_path, title="Mine")
    stored = read_checked(folder)
    manifest = stored.manifest
    assert (manifest.kind, manifest.title) == ("landscape", "Mine")
    assert manifest.metrics is not None and manifest.evaluation is not None
    assert [(each.id, each.label, each.unit) for each in manifest.metrics] == [
        ("loss", "loss", "number"),
        ("accuracy", "Accuracy", "share"),
        ("margin-5", "Margin (5%)", "number"),
    ]
    np.testing.assert_array_equal(stored.arrays["surface.given.loss"], landscape.loss)
    (run,) = manifest.runs
    assert (run.id, run.steps, run.batch_size, run.test_accuracy) == ("trajectory", 2, None, None)
    assert manifest.plane is not None and manifest.plane.origin is not None
    assert (manifest.plane.kind, manifest.plane.origin.step) == ("pca", 2)
    assert manifest.trajectories[0].random_walks is not None
    assert landscape.save(tmp_path).name.startswith("sequential-on-the-principal-plane")
    with pytest.raises(ValueError, match="the id 'A B' is invalid"):
        landscape.save(tmp_path, id="A B")


def test_figures_show_surface_trajectories_and_networks() -> None:
    networks = [make_mlp(seed) for seed in range(3)]
    landscape = draw(
        networks[0],
        classification,
        BATCHES,
        plane=ends(*networks),
        metrics={"accuracy": accuracy},
        trajectories={"path": [networks[1], networks[2]]},
        grid=5,
    )
    contour = landscape.figure()
    names = [trace.type for trace in contour.data]
    assert names == ["heatmap", "contour", "contour", "scatter", "scatter", "scatter"]
    assert contour.data[4].name == "path" and contour.data[5].text[2] == "Sequential 3"
    np.testing.assert_array_equal(contour.data[0].customdata, landscape.loss)
    surface = landscape.figure("surface")
    assert [trace.type for trace in surface.data] == ["surface", "scatter3d", "scatter3d"]
    assert surface.data[2].text == contour.data[5].text
    assert np.isfinite(surface.data[2].z).all()
    assert contour.data[0].colorbar.title.text == "loss (nats)"
    assert surface.layout.scene.zaxis.title.text == "loss (nats)"
    shares = landscape.figure(metric="accuracy").data[0].colorbar
    assert shares.title.text == "accuracy"
    assert all(text.endswith(" %") for text in shares.ticktext)
    with pytest.raises(ValueError, match="no metric 'f1'; there are loss, accuracy"):
        landscape.figure(metric="f1")
    with pytest.raises(ValueError, match="neither"):
        landscape.figure("globe")  # type: ignore[arg-type]


def test_many_trajectories_differ_in_colour_or_dash_in_every_figure() -> None:
    networks = [make_mlp(seed) for seed in range(3)]
    landscape = draw(
        networks[0],
        classification,
        BATCHES,
        trajectories={f"run {order}": networks[:2] for order in range(12)},
        grid=3,
    )
    for figure in (landscape.figure(), landscape.figure("surface")):
        named = [trace for trace in figure.data if trace.name]
        assert [trace.name for trace in named] == [f"run {order}" for order in range(12)]
        assert len({(trace.line.color, trace.line.dash) for trace in named}) == 12
        # Below the picture: beside it are the values of the colours.
        assert figure.layout.legend.orientation == "h" and figure.layout.legend.y <= 0
