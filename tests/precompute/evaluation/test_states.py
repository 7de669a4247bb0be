"""Checkpoints: files, prefixes, orders, and what does not fit."""

import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from descent_atlas.evaluation.states import (
    State,
    StateError,
    differing,
    find_files,
    order_states,
    read_state,
)


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))


MODEL = network()
TENSORS = dict(MODEL.state_dict())


def prefixed(prefix: str) -> dict[str, Tensor]:
    return {prefix + name: tensor for name, tensor in TENSORS.items()}


@pytest.mark.parametrize(
    "content",
    [
        TENSORS,
        {"state_dict": TENSORS, "epoch": 3},
        {"model_state_dict": TENSORS, "best": np.float64(0.5), "optimizer": {"lr": 0.1}},
        {"model": prefixed("module."), "step": 7},
        prefixed("_orig_mod.module."),
        {"state_dict": {**prefixed("net."), "metric.weight": torch.ones(2)}, "global_step": 7},
    ],
    ids=["plain", "nested", "NumPy's numbers", "DataParallel", "compiled", "Lightning"],
)
def test_files_of_many_programs_are_read(content: dict[str, Any], tmp_path: Path) -> None:
    torch.save(content, tmp_path / "a.pt")
    state = read_state(tmp_path / "a.pt", MODEL)
    assert state.tensors.keys() == TENSORS.keys()
    assert all(torch.equal(state.tensors[name], each) for name, each in TENSORS.items())
    assert state.step == (7 if content.get("step", content.get("global_step")) else None)


def test_modules_and_mappings_are_states_too() -> None:
    for source in (MODEL, nn.DataParallel(MODEL), TENSORS, prefixed("module.")):
        state = read_state(source, MODEL)
        assert all(torch.equal(state.tensors[name], each) for name, each in TENSORS.items())


def test_a_mismatch_names_the_keys(tmp_path: Path) -> None:
    wrong = {
        "0.weight": TENSORS["0.weight"].T.clone(),
        "0.bias": TENSORS["0.bias"],
        "head.weight": torch.zeros(1),
    }
    with pytest.raises(StateError) as error:
        read_state(wrong, MODEL)
    text = str(error.value)
    assert "missing: 1.weight, 1.bias, 1.running_mean" in text and "and 2 more" in text
    assert "surplus: head.weight" in text
    assert "of another shape: 0.weight (2, 3) instead of (3, 2)" in text


def test_a_tied_tensor_may_be_stored_once() -> None:
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    model[1].weight = model[0].weight
    state = read_state({"1.weight": torch.eye(2)}, model)
    assert torch.equal(state.tensors["0.weight"], torch.eye(2))


def test_code_in_a_file_does_not_run(tmp_path: Path) -> None:
    torch.save({"hook": print}, tmp_path / "a.pt")
    with pytest.raises(StateError, match=r"Only tensors and plain values are loaded"):
        read_state(tmp_path / "a.pt", MODEL)


@pytest.mark.parametrize(
    ("content", "reason"),
    [([1, 2], "holds a list"), ({"lr": 0.1}, "also lr"), ({}, "it holds nothing")],
)
def test_other_contents_are_refused(content: Any, reason: str, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "a.pt")
    with pytest.raises(StateError, match=reason):
        read_state(tmp_path / "a.pt", MODEL)


def test_what_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pt").write_bytes(b"damaged")
    with pytest.raises(StateError, match="cannot be read"):
        read_state(tmp_path / "a.pt", MODEL)
    with pytest.raises(StateError, match="there is no checkpoint"):
        read_state(tmp_path / "b.pt", MODEL)
    with pytest.raises(StateError, match="not a int"):
        read_state(3, MODEL)  # type: ignore[arg-type]


def test_safetensors_are_read_by_their_package_or_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model-12.safetensors"
    path.write_bytes(b"")
    monkeypatch.setitem(sys.modules, "safetensors.torch", None)
    with pytest.raises(StateError, match="pip install safetensors"):
        read_state(path, MODEL)
    package = types.ModuleType("safetensors.torch")
    vars(package)["load_file"] = lambda file: TENSORS
    monkeypatch.setitem(sys.modules, "safetensors", types.ModuleType("safetensors"))
    monkeypatch.setitem(sys.modules, "safetensors.torch", package)
    assert read_state(path, MODEL).step == 12


def test_a_folder_or_pattern_is_in_the_order_of_the_steps(tmp_path: Path) -> None:
    for step in (5, 10, 100):
        torch.save(TENSORS, tmp_path / f"step-{step}.pt")
    (tmp_path / "notes.txt").write_text("")
    for source in (tmp_path, str(tmp_path / "*.pt")):
        states = order_states(
            (read_state(each, MODEL) for each in find_files(source)), is_list=False
        )
        assert [state.step for state in states] == [5, 10, 100]
    with pytest.raises(StateError, match="no checkpoint in"):
        find_files(tmp_path / "*.ckpt")


def test_an_unknown_order_is_refused_and_a_list_has_its_own() -> None:
    states = [State("a", TENSORS, 3), State("final", TENSORS), State("b", TENSORS, 3)]
    with pytest.raises(StateError, match="step of final is not known"):
        order_states(states, is_list=False)
    with pytest.raises(StateError, match="a and b have the same step 3"):
        order_states([states[0], states[2]], is_list=False)
    assert [state.step for state in order_states(states, is_list=True)] == [0, 1, 2]
    rising = [State("a", TENSORS, 3), State("b", TENSORS, 9)]
    assert [state.step for state in order_states(rising, is_list=True)] == [3, 9]


def test_tensors_that_differ_between_checkpoints_are_found() -> None:
    other = {**TENSORS, "1.running_mean": torch.ones(3)}
    assert differing([State("a", TENSORS), State("b", other)], TENSORS) == ["1.running_mean"]
