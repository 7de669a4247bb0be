"""Checkpoints: files, prefixes, orders, and what does not fit."""

import json
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
    list_checkpoints,
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
    copy = network()
    copy.load_state_dict(TENSORS)
    wrapped = nn.DataParallel(copy)  # which moves it to a GPU, if there is one
    for source in (MODEL, wrapped, TENSORS, prefixed("module.")):
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


def write_safetensors(path: Path, tensors: dict[str, Tensor], **changes: Any) -> None:
    """Write a file as the format's documentation says."""
    names = {torch.float32: "F32", torch.int64: "I64", torch.bfloat16: "BF16"}
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    data = b""
    for name, tensor in tensors.items():
        own = tensor.contiguous().view(-1).view(torch.uint8).numpy().tobytes()
        header[name] = {
            "dtype": names[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [len(data), len(data) + len(own)],
            **changes,
        }
        data += own
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


@pytest.mark.parametrize("padding", ["", " ", "       "], ids=["even", "odd", "seven"])
def test_safetensors_are_read_wherever_their_numbers_lie(tmp_path: Path, padding: str) -> None:
    path = tmp_path / "model-12.safetensors"
    tensors = {**TENSORS, "2.bias": TENSORS["2.bias"].bfloat16()}
    write_safetensors(path, {f"{key}": each for key, each in tensors.items()}, note=padding)
    state = read_state(path, MODEL)
    assert state.step == 12
    assert all(torch.equal(state.tensors[name], each) for name, each in tensors.items())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"dtype": "F4"}, "numbers of the type F4"),
        ({"shape": [7]}, r"no tensor of the shape \(7,\)"),
        ({"data_offsets": [0, 10**6]}, "the bytes 0 to 1000000 are no tensor"),
    ],
)
def test_damaged_safetensors_are_refused(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    path = tmp_path / "model.safetensors"
    write_safetensors(path, TENSORS, **changes)
    with pytest.raises(StateError, match=reason):
        read_state(path, MODEL)
    for content in (b"", b"\xff" * 20, (3).to_bytes(8, "little") + b"[1]"):
        path.write_bytes(content)
        with pytest.raises(StateError, match="cannot be read"):
            read_state(path, MODEL)


def test_checkpoints_are_listed_in_their_order_and_read_again(tmp_path: Path) -> None:
    for step in (10, 5):
        torch.save({**TENSORS, "0.bias": torch.full((3,), float(step))}, tmp_path / f"s{step}.pt")
    found = list_checkpoints(tmp_path, MODEL)
    assert [(each.name, each.step) for each in found] == [("s5.pt", 5), ("s10.pt", 10)]
    assert found[1].read(MODEL).tensors["0.bias"].tolist() == [10.0] * 3
    (only,) = list_checkpoints(MODEL, MODEL)
    assert (only.name, only.step) == ("Sequential", 0)


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
