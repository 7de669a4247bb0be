"""Descents: joined, drawn, saved and read again."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.torch2d import DescendError, Descents, DescentsFileError, descend
from descent_atlas.torch2d.descents_file import MAX_POINTS
from descent_atlas.torch2d.plane_functions import FLAT_SHARE, open_objective
from tests.precompute.torch2d.own_optimizers import SignDescent


def valley(x: Tensor, y: Tensor) -> Tensor:
    return (1 - x * y) ** 2


def half_plane(x: Tensor, y: Tensor) -> Tensor:
    return torch.log(x) ** 2 + y**2


@pytest.fixture(scope="module")
def on_valley() -> Descents:
    return descend(valley, SignDescent, lr=0.1, starts=[(2, 1), (1, 3)], steps=30)


@pytest.fixture(scope="module")
def on_himmelblau() -> Descents:
    return descend("himmelblau", torch.optim.Adam, lr=0.1, start=(0, 0), steps=400)


def test_the_rule_of_logarithmic_levels_agrees_with_every_objective() -> None:
    for id, objective in OBJECTIVES.items():
        values = open_objective(id, None).grid.values
        heights = values - values.min()
        is_log = bool(np.median(heights) < FLAT_SHARE * heights.max())
        assert is_log == objective.logarithmic, id


def test_labels_differ_by_start_then_by_rate_then_by_number(on_valley: Descents) -> None:
    assert [one.label for one in on_valley] == ["SignDescent (2, 1)", "SignDescent (1, 3)"]

    def run(lr: float) -> Descents:
        return descend(valley, SignDescent, lr=lr, start=(2, 1), steps=2)

    assert [one.label for one in run(0.1) + run(0.2)] == [
        "SignDescent, lr 0.1",
        "SignDescent, lr 0.2",
    ]
    assert [one.label for one in run(0.1) + run(0.1)] == ["SignDescent", "SignDescent 2"]


def test_descents_on_one_function_are_joined(on_valley: Descents) -> None:
    both = on_valley + descend(valley, torch.optim.Adam, lr=0.1, start=(9, 1), steps=3)
    assert [one.optimizer for one in both] == ["SignDescent", "SignDescent", "Adam"]
    assert both.grid.x[0] < min(one.x.min() for one in both)
    assert both.grid.x[-1] > 9


def test_descents_on_different_functions_are_not_joined(on_valley: Descents) -> None:
    on_saddle = descend("saddle", SignDescent, lr=0.1, steps=2)
    with pytest.raises(DescendError, match="different functions"):
        on_valley + on_saddle
    with pytest.raises(DescendError, match="different functions"):
        descend("rosenbrock", SignDescent, lr=0.1, steps=2) + descend(
            "rosenbrock", SignDescent, lr=0.1, steps=2, parameters={"b": 5.0}
        )


def test_no_more_descents_are_joined_than_a_figure_shows(on_valley: Descents) -> None:
    many = descend(valley, SignDescent, lr=0.1, starts=[(2, 1)] * 15, steps=1)
    with pytest.raises(DescendError, match="one to 16 descents"):
        many + on_valley


def test_the_figure_has_the_paths_on_equal_scales(on_himmelblau: Descents) -> None:
    figure = (on_himmelblau + descend("himmelblau", SignDescent, lr=0.01, steps=9)).figure()
    assert figure.layout.yaxis.scaleanchor == "x"
    traces = {trace.name: trace for trace in figure.data if trace.name}
    np.testing.assert_array_equal(traces["Adam"].x, on_himmelblau[0].x)
    assert len(traces["SignDescent"].y) == 10
    stars = traces["global minimum"]
    assert (3.0, 2.0) in zip(stars.x, stars.y, strict=True)
    heat = next(trace for trace in figure.data if trace.type == "heatmap")
    np.testing.assert_array_equal(heat.customdata, on_himmelblau.grid.values)


def test_the_figure_of_a_function_of_ones_own_shows_no_minimum(on_valley: Descents) -> None:
    figure = on_valley.figure()
    assert [trace.name for trace in figure.data if trace.name] == [one.label for one in on_valley]
    assert figure.layout.title.text.startswith("valley")


@pytest.mark.parametrize("name", ["on_valley", "on_himmelblau"])
def test_a_file_is_read_as_it_was_saved(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    saved: Descents = request.getfixturevalue(name)
    read = Descents.load(saved.save(tmp_path / "mine.json"))
    assert repr(read) == repr(saved)
    for one, kept in zip(saved, read, strict=True):
        for field, value in vars(one).items():
            found = getattr(kept, field)
            if isinstance(value, np.ndarray):
                np.testing.assert_array_equal(found, value)
                assert found.dtype == value.dtype
            else:
                assert found == value, field
    np.testing.assert_array_equal(read.grid.values, saved.grid.values)
    assert read.grid.levels == saved.grid.levels
    assert read.minima == saved.minima
    assert len(read + Descents.load(tmp_path / "mine.json")) == 2 * len(saved)


def test_where_a_function_is_not_finite_the_file_has_null(tmp_path: Path) -> None:
    domain = ((-1.0, 1.0), (0.0, 1.0))
    found = descend(half_plane, SignDescent, lr=0.1, start=(1, 1), steps=2, domain=domain)
    path = found.save(tmp_path / "mine.json")
    values = json.loads(path.read_text())["function"]["grid"]["values"]
    assert values[0] is None and values[-1] == pytest.approx(1)
    finite = np.where(np.isfinite(found.grid.values), found.grid.values, np.nan)
    np.testing.assert_array_equal(Descents.load(path).grid.values, finite)


def test_a_flat_function_cannot_be_saved(tmp_path: Path) -> None:
    far = ((-3.0, -2.0), (0.0, 1.0))
    found = descend(half_plane, SignDescent, lr=0.1, start=(1, 1), steps=2, domain=far)
    with pytest.raises(DescendError, match="domain"):
        found.save(tmp_path / "mine.json")


def test_long_paths_are_thinned(tmp_path: Path) -> None:
    found = descend(valley, SignDescent, lr=1e-4, start=(2, 1), steps=MAX_POINTS + 500)
    (one,) = Descents.load(found.save(tmp_path / "mine.json"))
    assert len(one.step) <= MAX_POINTS
    assert (one.step[0], one.step[-1]) == (0, MAX_POINTS + 500)
    np.testing.assert_array_equal(one.x, found[0].x[one.step])
    np.testing.assert_array_equal(one.gradients, one.step)


Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("no file of descents", lambda d: d.pop("format")),
        ("newer than this program", lambda d: d.update(schema=2)),
        ("schema", lambda d: d.update(schema="1")),
        ("colour", lambda d: d.update(colour="red")),
        ("exactly one of them", lambda d: d.pop("objective")),
        ("minima", lambda d: d.pop("minima")),
        ("no objective 'parabola'", lambda d: d["objective"].update(id="parabola")),
        ("descents: List should have at least 1 item", lambda d: d.update(descents=[])),
        ("descents.0.x: 401 values", lambda d: d["descents"][0]["x"].pop()),
        ("descents.0.x.3", lambda d: d["descents"][0]["x"].__setitem__(3, "0.1")),
        ("descents.0.step: it must begin", lambda d: d["descents"][0]["step"].__setitem__(0, 1)),
        ("descents.0.step: it must end", lambda d: d["descents"][0].update(steps=500)),
        ("descents.0.gradients", lambda d: d["descents"][0]["gradients"].__setitem__(0, 9)),
        ("descents.0.minimum: there are", lambda d: d["descents"][0].update(minimum=4)),
        ("descents.0.arrived", lambda d: d["descents"][0].update(arrived=None)),
        ("descents.0.arrival", lambda d: d["descents"][0].update(arrived=False)),
        ("same label", lambda d: d["descents"].append(d["descents"][0])),
        ("descents.0.label", lambda d: d["descents"][0].update(label="a" * 61)),
    ],
)
def test_a_damaged_file_is_refused(
    text: str, change: Change, on_himmelblau: Descents, tmp_path: Path
) -> None:
    path = on_himmelblau.save(tmp_path / "mine.json")
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(DescentsFileError) as caught:
        Descents.load(path)
    assert str(caught.value).startswith("mine.json")
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("it is not JSON", b"\x93NUMPY"),
        ("NaN is not a JSON number", b'{"format": "descent-atlas-descents", "schema": NaN}'),
        ("has 8,388,609 bytes, more than 8,388,608", b" " * (8 * 2**20 + 1)),
    ],
    ids=["binary", "nan", "large"],
)
def test_what_is_no_json_or_too_large_is_refused(text: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_bytes(content)
    with pytest.raises(DescentsFileError) as caught:
        Descents.load(path)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("x: min must be below max", lambda g: g["x"].update(min=9e9)),
        ("values are needed", lambda g: g["values"].pop()),
        ("levels: they must ascend", lambda g: g["levels"].reverse()),
        ("count", lambda g: g["y"].update(count=302)),
    ],
)
def test_a_damaged_grid_is_refused(
    text: str, change: Change, on_valley: Descents, tmp_path: Path
) -> None:
    path = on_valley.save(tmp_path / "mine.json")
    document = json.loads(path.read_text())
    change(document["function"]["grid"])
    path.write_text(json.dumps(document))
    with pytest.raises(DescentsFileError) as caught:
        Descents.load(path)
    assert text in str(caught.value)
