"""Memory that drawing takes: few copies of the parameters, and a stretch of many checkpoints."""

import subprocess
import sys
from pathlib import Path

import pytest

MIB = 2**20

PEAK = """
import resource
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
"""

LARGE_PLANE = (
    PEAK
    + """
import sys
import torch
from torch import nn
from descent_atlas.drawing import draw
torch.set_num_threads(1)
def loss(model, batch):
    return model(batch).square().mean(1)
batches = [torch.ones(2, 100)]
draw(nn.Linear(100, 100), loss, batches, grid=3)  # whatever is loaded on first use
before = peak()
width = int(sys.argv[1])
model = nn.Sequential(nn.Linear(100, 100), nn.Linear(100, width), nn.Linear(width, 100))
model(batches[0])
draw(model, loss, batches, grid=5)
print(peak() - before, sum(each.numel() for each in model.parameters()))
"""
)

MANY_CHECKPOINTS = (
    PEAK
    + """
import sys
from pathlib import Path
import torch
from torch import nn
from descent_atlas.drawing.snapshot_streams import gram_of_differences, project_snapshots
from descent_atlas.evaluation.parameters import ParameterSpace
from descent_atlas.evaluation.states import list_checkpoints
torch.set_num_threads(1)
folder = Path(sys.argv[1])
model = nn.Linear(1000, 2500, bias=False)
for step in range(100):
    torch.save({"weight": torch.randn(2500, 1000)}, folder / f"step-{step}.pt")
before = peak()
checkpoints = list_checkpoints(folder, model)
space = ParameterSpace(model)
origin = checkpoints[-1].read(model).tensors
gram_of_differences(origin, checkpoints, space)
project_snapshots(checkpoints, origin, torch.randn(2, space.layout.size), space)
print(peak() - before, sum(each.stat().st_size for each in folder.iterdir()))
"""
)


def run(program: str, *arguments: str) -> tuple[int, int]:
    """Return the two numbers that a program prints: bytes, and what they are compared with."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], check=True, capture_output=True, text=True
    )
    first, second = done.stdout.split()
    return int(first), int(second)


@pytest.mark.slow
@pytest.mark.parametrize("width", [100_000, pytest.param(500_000, marks=pytest.mark.long)])
def test_drawing_holds_at_most_five_copies_of_the_parameters(width: int) -> None:
    added, parameters = run(LARGE_PLANE, str(width))
    assert added < 5 * 4 * parameters + 48 * MIB  # 48 MiB: stretches in float64, activations


@pytest.mark.long
def test_many_checkpoints_are_never_in_memory_together(tmp_path: Path) -> None:
    added, on_disk = run(MANY_CHECKPOINTS, str(tmp_path))
    assert on_disk > 950 * MIB
    assert added < 500 * MIB
