"""What drawing takes, as it is told before it begins: of networks small and large."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from descent_atlas.drawing import ends, hessian, pca, random
from descent_atlas.drawing.drawing_needs import announce_needs, estimate_needs
from descent_atlas.evaluation.parameters import ParameterSpace
from tests.precompute.drawing.small_networks import make_mlp

SNAPSHOTS = 20

GPT2_PARAMETERS = 124_439_808

WRITE = """
import sys
from pathlib import Path
import torch
from transformers import GPT2Config, GPT2LMHeadModel
torch.set_num_threads(1)
torch.manual_seed(0)
folder = Path(sys.argv[1])
model = GPT2LMHeadModel(GPT2Config())
state = {name: tensor for name, tensor in model.state_dict().items() if name != "lm_head.weight"}
for step in range(int(sys.argv[2])):
    torch.save({name: tensor.bfloat16() for name, tensor in state.items()}, folder / f"{step}.pt")
    for tensor in state.values():
        tensor.add_(torch.randn_like(tensor), alpha=2e-3)
"""
"""A random walk of a network of GPT-2's shape, whose output layer is its embedding."""

DRAW = """
import json
import resource
import sys
import time
from pathlib import Path
import torch
from transformers import GPT2Config, GPT2LMHeadModel
from descent_atlas.drawing import causal_tokens, draw, output_loss, pca, random
from descent_atlas.drawing.drawing_needs import estimate_needs
from descent_atlas.evaluation.parameters import ParameterSpace

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

def held():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

torch.set_num_threads(1)
torch.manual_seed(0)
model = GPT2LMHeadModel(GPT2Config()).eval()
tokens = torch.randint(model.config.vocab_size, (1, 16))
batches = [{"input_ids": tokens, "labels": tokens}]
folder, out = Path(sys.argv[1]), Path(sys.argv[2])
snapshots = [str(folder / f"{step}.pt") for step in range(20)]
plane = pca(snapshots) if sys.argv[3] == "pca" else random()
space = ParameterSpace(model)
needs = estimate_needs(space, plane, grid=3)
with torch.no_grad():
    model(**batches[0])
before, begun = held(), time.monotonic()
landscape = draw(model, output_loss(causal_tokens), batches, plane=plane, grid=3)
path = landscape.save(out)
print(json.dumps({
    "parameters": needs.parameters, "memory": needs.memory, "disk": needs.disk,
    "taken": peak() - before, "before": before, "seconds": time.monotonic() - begun,
    "written": sum(each.stat().st_size for each in path.iterdir()),
    "losses": landscape.loss.ravel().tolist(),
    "trails": [[trail.x.tolist(), trail.loss.tolist()] for trail in landscape.trajectories],
}))
"""


def run(program: str, *arguments: str) -> str:
    """Return what a program prints."""
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("random", marks=pytest.mark.long),
        pytest.param("pca", marks=pytest.mark.huge),
    ],
)
def test_a_network_of_124_million_parameters_takes_no_more_than_was_told(
    tmp_path: Path, kind: str
) -> None:
    if kind == "pca":
        run(WRITE, str(tmp_path), str(SNAPSHOTS))
    found: dict[str, Any] = json.loads(run(DRAW, str(tmp_path), str(tmp_path / "out"), kind))
    for snapshot in tmp_path.glob("*.pt"):
        snapshot.unlink()
    print({name: found[name] for name in list(found)[:7]})  # for whoever runs it with -s
    assert found["parameters"] == GPT2_PARAMETERS
    assert found["taken"] <= found["memory"]
    assert found["written"] <= found["disk"]
    assert all(8 < loss < 14 for loss in found["losses"])  # ln 50,257 is 10.8
    for x, losses in found["trails"]:
        assert len(x) == len(losses) == SNAPSHOTS
        assert abs(x[-1]) < 1e-6 * max(map(abs, x))
    assert len(found["trails"]) == (kind == "pca")


def test_what_is_told_grows_with_parameters_and_not_with_snapshots(tmp_path: Path) -> None:
    paths = []
    for step in range(4):
        torch.save(make_mlp(step).state_dict(), tmp_path / f"{step}.pt")
        paths.append(str(tmp_path / f"{step}.pt"))
    small, large = ParameterSpace(make_mlp(0)), ParameterSpace(nn.Linear(1000, 1000))
    bare = estimate_needs(small, random(), grid=5)
    assert bare.parameters == small.layout.size
    assert bare.on_device == 0
    more = estimate_needs(large, random(), grid=5)
    added = large.layout.size - small.layout.size
    assert 3 * 4 * added <= more.memory - bare.memory <= 5 * 4 * added
    few, many = (estimate_needs(small, pca(paths[:count]), grid=5) for count in (2, 4))
    assert bare.memory < few.memory == many.memory
    assert bare.disk < few.disk < many.disk
    joined = estimate_needs(small, ends(*paths[:2]), grid=5)
    assert joined.memory > bare.memory
    assert estimate_needs(large, hessian(), grid=5).memory > more.memory + 18 * 8 * 10**6


def test_points_on_another_device_are_told_apart() -> None:
    space = ParameterSpace(nn.Linear(1000, 1000))
    here, there = (
        estimate_needs(space, random(), grid=5, device=device) for device in ("cpu", "cuda")
    )
    assert there.memory <= here.memory
    assert there.on_device == 4 * 4 * space.layout.size  # θ*, two directions, a point


def test_the_sentence_says_what_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = estimate_needs(ParameterSpace(make_mlp(0)), random(), grid=5)
    module = "descent_atlas.drawing.drawing_needs.read_available"
    monkeypatch.setattr(module, lambda: 10**12)
    said = announce_needs(needs, tmp_path)
    assert f"{needs.parameters:,} parameters vary. Drawing takes up to" in said
    assert "of 1 TB that are available" in said
    assert "not fit" not in said
    monkeypatch.setattr(module, lambda: 10**6)
    assert announce_needs(needs, tmp_path).endswith("That may not fit.")
    monkeypatch.setattr(module, lambda: None)
    assert "available" not in announce_needs(needs, tmp_path)
