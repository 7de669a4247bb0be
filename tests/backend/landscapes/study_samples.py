"""A small study: landscapes and tables of every kind that the page shows."""

from pathlib import Path
from typing import Literal

from tests.backend.landscapes.landscape_samples import Sample, make_landscape, make_table
from tests.backend.landscapes.run_samples import RUNS


def make_study() -> list[Sample]:
    """Return samples of every kind that the page shows, in the paper's order."""
    gd, sgd, adam, divergent = RUNS.values()
    batches = ("batch-1", "batch-64", "batch-256", "train")
    return [
        make_landscape(
            "batches-end",
            title="Batches of 1, 64 and 256 and the whole set",
            figures=["1"],
            plane="random",
            runs=[sgd],
            surfaces=batches,
            arrows=True,
        ),
        make_landscape(
            "bowl",
            title="One batch and the whole set",
            figures=["2"],
            plane="random",
            runs=[sgd],
            surfaces=["batch-64", "train"],
        ),
        make_landscape(),
        make_landscape(
            "three-minima", title="GD, SGD and Adam on the plane of their ends", plane="minima"
        ),
        *(
            make_landscape(
                f"{run.id}-{plane}",
                title=f"{run.label}: its {plane} plane",
                plane=plane,
                runs=[run],
                origin=run.id,
            )
            for run in (adam, gd, sgd)
            for plane in PLANES_OF_RUNS
        ),
        make_landscape(
            "learning-rates",
            title="SGD with learning rates 0.002 and 2 on one plane",
            figures=["4"],
            runs=[sgd, divergent],
            holes=True,
        ),
        make_table(),
        make_table(
            "controls",
            title="Momentum or a larger step?",
            runs=[sgd, divergent],
            paper=[48.16, None],
        ),
    ]


PLANES_OF_RUNS: tuple[Literal["pca"], Literal["random"]] = ("pca", "random")
"""The planes that a run has of its own."""


def write_study(root: Path) -> list[Sample]:
    """Write samples of every kind to a folder of landscapes, and return them."""
    samples = make_study()
    for sample in samples:
        sample.write(root)
    return samples
