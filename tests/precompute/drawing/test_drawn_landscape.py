"""What a drawn landscape becomes: a folder that the server reads, and a figure."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import Tensor, nn

from descent_atlas.drawing import (
    Loss,
    Metric,
    accuracy,
    classification,
    draw,
    ends,
    pca,
)
from descent_atlas.landscapes.format import read_checked
from tests.precompute.drawing.small_networks import (
    make_batches,
    make_mlp,
)

BATCHES = make_batches()


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
