"""What cannot be drawn, and the reason that is given."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from descent_atlas.drawing import (
    BatchesError,
    LossError,
    ModelError,
    NotRepeatableError,
    Recalibrated,
    StateError,
    accuracy,
    classification,
    draw,
    ends,
    pca,
    random,
)
from descent_atlas.drawing.plane_choices import PlaneError
from tests.precompute.drawing.small_networks import (
    ONE_BATCH,
    Quadratic,
    make_batches,
    make_mlp,
    quadratic_loss,
)

BATCHES = make_batches()


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
