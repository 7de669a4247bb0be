"""Tables with a made-up sharpness along their runs."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.parts.curvature_parts import Curvature

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
