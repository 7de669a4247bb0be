"""Memory that a spectrum takes: few vectors of as many numbers as the network has."""

import subprocess
import sys

import pytest

GIB = 2**30

LARGE_SPECTRUM = """
import resource
import torch
from torch import nn
from descent_atlas.analysis import regression, spectrum
torch.set_num_threads(1)
model = nn.Sequential(nn.Linear(1000, 5000), nn.Tanh(), nn.Linear(5000, 1000))
batches = [(torch.randn(64, 1000), torch.randn(64, 1000)) for _ in range(2)]
found = spectrum(model, regression, batches, tolerance=0.1, trace_probes=2, density_probes=1,
                 lanczos_steps=8)
print(sum(each.numel() for each in model.parameters()))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


@pytest.mark.long
def test_a_spectrum_of_ten_million_parameters_takes_less_than_three_gigabytes() -> None:
    """The whole process, PyTorch included."""
    done = subprocess.run(
        [sys.executable, "-c", LARGE_SPECTRUM], check=True, capture_output=True, text=True
    )
    parameters, peak = map(int, done.stdout.split())
    assert parameters > 10_000_000
    assert peak < 3 * GIB
