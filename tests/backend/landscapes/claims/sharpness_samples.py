"""Landscapes with a made-up sharpness: along runs, in random planes, of rescaled networks."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import Dataset, Manifest, Run
from descent_atlas.landscapes.parts.curvature_parts import Curvature
from descent_atlas.landscapes.parts.lottery_parts import Lottery, LotteryCurvature
from descent_atlas.landscapes.parts.plane_parts import Origin
from descent_atlas.landscapes.parts.rescaling_parts import RescaledNetwork, Rescaling
from tests.backend.landscapes.claims.claim_samples import CLASSES, run

Measured = Mapping[str, ArrayLike]
"""Values at the measured snapshots of one run, by their names in the manifest."""


def add_curvature(
    landscape: Landscape,
    measured: Mapping[tuple[str, int], Measured],
    limits: Mapping[str, tuple[float, str]] | None = None,
    spread: Sequence[Sequence[float]] = ((20.0, 22.0), (24.0, 26.0)),
) -> Landscape:
    """Return a table with what was measured along runs, by run and seed; `limits` are by run.

    Without `step`, snapshots are 10 steps apart.
    """
    arrays = dict(landscape.arrays)
    described = []
    for number, ((id, seed), values) in enumerate(measured.items()):
        count = len(np.asarray(next(iter(values.values()))))
        own: dict[str, Any] = {
            "step": 10 * np.arange(count),
            "sharpness": np.full(count, np.nan),
            "preconditioned": np.full(count, np.nan),
            "spread.sharpness": spread,
            **values,
        }
        names = {key: f"curvature.{number}.{key}" for key in own}
        arrays |= {names[key]: np.asarray(each) for key, each in own.items()}
        limit, of = (limits or {}).get(id, (None, None))
        described.append(
            Curvature.model_construct(
                run=id, seed=seed, images=2000, subsets=2, limit=limit, limit_of=of, arrays=names
            )
        )
    results = landscape.manifest.results.model_copy(update={"curvature": described})
    return Landscape(landscape.manifest.model_copy(update={"results": results}), arrays)


def lottery(
    id: str, planes: ArrayLike, sharpness: float | None = 50.0, *, of: str = "sgd", **results: Any
) -> Landscape:
    """Return random planes with the largest curvature in each, around the run `of`."""
    curvature = LotteryCurvature.model_construct(
        sharpness=sharpness, converged=sharpness is not None, array="lottery.curvature"
    )
    manifest = Manifest.model_construct(
        id=id,
        kind="lottery",
        dataset=Dataset.model_construct(name="made up", classes=CLASSES),
        runs=[Run.model_construct(**run(of, **results))],
        lottery=Lottery.model_construct(origin=Origin(run=of, step=100), curvature=curvature),
    )
    return Landscape(manifest, {"lottery.curvature": np.asarray(planes, dtype=float)})


def add_rescaling(
    landscape: Landscape,
    networks: Mapping[float, tuple[float | None, float | None]],
    *,
    of: str = "gd",
    rounding: float | None = 1e-6,
    accuracy: float = 0.45,
) -> Landscape:
    """Return a table with rescaled networks of a run: sharpness and change of outputs by factor."""
    rescaling = Rescaling.model_construct(
        run=of,
        seed=0,
        layer=0,
        rounding=rounding,
        networks=[
            RescaledNetwork.model_construct(
                factor=factor, sharpness=sharpness, difference=difference, test_accuracy=accuracy
            )
            for factor, (sharpness, difference) in networks.items()
        ],
    )
    results = landscape.manifest.results.model_copy(update={"rescalings": [rescaling]})
    return Landscape(landscape.manifest.model_copy(update={"results": results}), landscape.arrays)
