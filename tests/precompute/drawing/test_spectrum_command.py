"""The command `descent-atlas-precompute spectrum`, from checkpoints to numbers and a figure."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from descent_atlas.precompute_cli import main

OWN = """\
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import TensorDataset


def network():
    return nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2))


def batches():
    points = torch.randn(40, 2, generator=torch.Generator().manual_seed(0))
    return TensorDataset(points, (points.norm(dim=1) < 1).long())


def loss(model, batch):
    points, labels = batch
    return cross_entropy(model(points), labels)


def failing(model, batch):
    raise KeyError("labels")
"""

FUNCTIONS = ("--data", "own_spectra:batches", "--loss", "classification")

FEW = ("--trace-probes", "2", "--density-probes", "1", "--lanczos-steps", "8")


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A user's module in the current folder."""
    (tmp_path / "own_spectra.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield importlib.import_module("own_spectra")
    del sys.modules["own_spectra"]


def find(*arguments: str) -> int:
    """Run the command; return its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(["spectrum", *arguments])
    return int(ended.value.code or 0)


def save(own: Any, *seeds: int) -> None:
    """Save networks as checkpoints of the steps 10, 20 and so on."""
    for number, seed in enumerate(seeds, 1):
        torch.manual_seed(seed)
        torch.save(own.network().state_dict(), f"step-{number}0.pt")


def test_numbers_are_printed_with_their_residuals_and_written(
    own: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    save(own, 0)
    files = ("--out", "found.json", "--html", "found.html")
    options = ("--checkpoint", "step-10.pt", "--count", "2")
    assert find("own_spectra:network", *options, *FUNCTIONS, *FEW, *files) == 0
    told = capsys.readouterr().out
    document = json.loads(Path("found.json").read_text())
    assert f"λ = {document['sharpness']:.6g} (residual " in told
    for part in ("smallest  2", "classification over 40 samples in 1 batches", "standard error"):
        assert part in told
    assert (document["step"], document["point"]) == (10, "step-10.pt")
    page = Path("found.html").read_text()
    assert document["title"] in page
    assert "default-src 'none'" in page


def test_several_checkpoints_have_the_sharpness_along_them(
    own: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    save(own, 0, 1, 2)
    options = ("--checkpoint", "step-*.pt", "--data", "own_spectra:batches")
    loss = ("--loss", "own_spectra:loss", "--out", "path.json", "--html", "path.html")
    assert find("own_spectra:network", *options, *loss) == 0
    document = json.loads(Path("path.json").read_text())
    assert document["steps"] == [10, 20, 30]
    told = capsys.readouterr().out
    for step, value in zip(document["steps"], document["sharpness"], strict=True):
        assert f"step {step:8,}  λ = {value:.6g} (residual " in told
    assert document["title"] in Path("path.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["own_spectra:nothing", *FUNCTIONS], 'there is no model "own_spectra:nothing"'),
        (["own_spectra:network", *FUNCTIONS, "--checkpoint", "no.pt"], "no checkpoint no.pt"),
        (
            ["own_spectra:network", *FUNCTIONS[:2], "--loss", "own_spectra:failing"],
            "the loss \"own_spectra:failing\" failed: KeyError: 'labels'",
        ),
        (
            [
                "own_spectra:network",
                *FUNCTIONS[:2],
                *("--loss", "own_spectra:loss", "--matrix", "gauss-newton"),
            ],
            "has no Gauss-Newton matrix",
        ),
        (["own_spectra:network", *FUNCTIONS, "--count", "22"], "count=22: it should be 1 to 21"),
        (["own_spectra:network", *FUNCTIONS, "--trace-probes", "1"], "at least 2"),
    ],
)
def test_what_cannot_be_found_is_told_in_a_sentence(
    own: Any, capsys: pytest.CaptureFixture[str], arguments: list[str], fault: str
) -> None:
    assert find(*arguments) == 1
    told = capsys.readouterr().err
    assert fault in told
    assert "Traceback" not in told
