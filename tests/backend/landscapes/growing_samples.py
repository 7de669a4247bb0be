"""Landscapes before they are complete."""

import copy
from dataclasses import replace
from typing import Any

import numpy as np

from tests.backend.landscapes.landscape_samples import Sample

COUNTED = ("lowest", "highest", "not_finite", "minima", "minima_on_border", "correlation")

Choice = tuple[int, int]
"""The first row or column, and the step from one to the next."""


def make_growing(
    sample: Sample, *, rows: Choice = (0, 1), columns: Choice = (0, 1), measured: bool = True
) -> Sample:
    """Return a landscape of which some rows and columns are computed.

    Unless it is `measured`, the losses along its trajectories are not.
    """
    manifest: dict[str, Any] = copy.deepcopy(dict(sample.manifest))
    arrays = dict(sample.arrays)
    mask = np.zeros(manifest["grid"]["shape"], dtype=np.bool_)
    mask[rows[0] :: rows[1], columns[0] :: columns[1]] = True
    for surface in manifest["surfaces"]:
        surface |= dict.fromkeys(COUNTED)
        for key, name in list(surface["arrays"].items()):
            if key.startswith("convexity."):
                del arrays[surface["arrays"].pop(key)]
            else:
                arrays[name] = np.where(mask, arrays[name], np.nan)
        surface["arrays"]["computed"] = f"surface.{surface['id']}.computed"
        arrays[f"surface.{surface['id']}.computed"] = mask
    for trajectory in [] if measured else manifest["trajectories"]:
        for key in ("loss", "loss_in_plane"):
            del arrays[trajectory["arrays"].pop(key)]
    count = len(manifest["surfaces"])
    manifest |= {
        "complete": False,
        "progress": {
            "computed": count * int(mask.sum()),
            "points": count * mask.size,
            "rows": list(rows),
            "columns": list(columns),
        },
    }
    return replace(sample, manifest=manifest, arrays=arrays)
