"""Lotteries and tables made up for the claims about skips and the transformer."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from descent_atlas.landscapes.claims.networks.drawn_networks import CONVEX, MINIMA, name_lottery
from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import Dataset, Manifest, Results, Run
from descent_atlas.landscapes.parts.lottery_parts import Lottery, SeedStatistic
from tests.backend.landscapes.claims.claim_samples import CLASSES, run, table
from tests.backend.landscapes.claims.sharpness_samples import Measured, add_curvature

SEEDS = 9


def lottery(
    id: str,
    convex: float,
    minima: float,
    *,
    accuracy: float = 60.0,
    status: str = "completed",
    seeds: int = SEEDS,
) -> dict[str, Landscape]:
    """The lottery of a run, by its id: the medians of its two measures, and the final accuracy."""
    spread = np.linspace(-0.02, 0.02, seeds)
    values = {CONVEX: convex + spread, MINIMA: np.full(seeds, minima)}
    arrays = {f"lottery.{name}": column for name, column in values.items()}
    given: dict[str, Any] = run(id, status=status, test_accuracy=accuracy / 100)
    manifest = Manifest.model_construct(
        id=name_lottery(id),
        kind="lottery",
        dataset=Dataset.model_construct(name="made up", classes=CLASSES),
        runs=[Run.model_construct(**given)],
        results=Results(),
        lottery=Lottery.model_construct(
            seeds=list(range(seeds)),
            statistics=[
                SeedStatistic.model_construct(id=name, array=f"lottery.{name}") for name in values
            ],
        ),
    )
    return {name_lottery(id): Landscape(manifest, arrays)}


Losses = Mapping[str, Sequence[float]]
"""Losses at the end by seed: of all training tokens, frequent and rare ones, and of the test."""


def losses(
    runs: Mapping[str, Losses],
    *,
    diverged: Sequence[str] = (),
    preconditioned: Mapping[str, Sequence[float]] | None = None,
    sharpness: Mapping[str, Sequence[float]] | None = None,
) -> dict[str, Landscape]:
    """The table of a transformer's trainings.

    The id of a run is its optimizer, its rate, and perhaps `warm`, joined by `-`. `preconditioned`
    are the values in the last half of the steps, in units of the limit, `sharpness` those at the
    end, by run, the latter by seed.
    """
    settings = {}
    for id in runs:
        optimizer, rate, *warm = id.split("-")
        spec = {"optimizer": optimizer, "hyperparameters": {"lr": float(rate)}}
        settings[id] = (spec | ({"schedule": {"name": "LinearLR"}} if warm else {}), warm)
    count = len(next(iter(next(iter(runs.values())).values())))
    found = table("losses", {id: [40.0] * count for id in runs})
    for one in found.manifest.runs:
        one.spec |= settings[one.id][0]
        if one.id in diverged:
            one.status = "diverged"
    measured: dict[tuple[str, int], Measured] = {}
    limits: dict[str, tuple[float, str]] = {}
    for id, own in runs.items():
        late = (preconditioned or {}).get(id, [0.9, 1.0])
        limits[id] = (38_000.0, "preconditioned") if id.startswith("Adam") else (38.0, "sharpness")
        for seed in range(count):
            end = (sharpness or {}).get(id, [10.0 + k for k in range(count)])[seed]
            measured[id, seed] = {
                "sharpness": [1.0, 5.0, end],
                "preconditioned": 38_000.0 * np.array([9.0, *late]),
                "train.loss": [4.5, 3.0, own["loss"][seed]],
                "train.frequent": [4.5, 3.0, own["frequent"][seed]],
                "train.rare": [4.5, 3.0, own["rare"][seed]],
                "test.loss": [4.5, 3.0, own.get("test", own["loss"])[seed]],
            }
    return {"losses": add_curvature(found, measured, limits)}


def mix(frequent: Sequence[float], rare: Sequence[float], weight: float = 0.45) -> Losses:
    """Losses of which a share of the tokens is rare."""
    whole = [(1 - weight) * a + weight * b for a, b in zip(frequent, rare, strict=True)]
    return {"loss": whole, "frequent": frequent, "rare": rare}
