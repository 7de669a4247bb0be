"""How much of the sharpness random planes show: whether they look flatter than the loss is."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from descent_atlas.landscapes.claims.claim import (
    Answer,
    Check,
    Landscapes,
    MissingEvidenceError,
    Number,
    Question,
)
from descent_atlas.landscapes.claims.curvature.curvature_evidence import Floats, run_counts
from descent_atlas.landscapes.claims.curvature.curvature_rules import CURVATURE_RULES
from descent_atlas.landscapes.claims.evidence import find_run
from descent_atlas.landscapes.claims.phrases import say_count, say_decimal, say_list, say_small
from descent_atlas.landscapes.format import Landscape

LOTTERIES: Mapping[str, str] = {
    "start-lottery": "at the start",
    "gd-lottery": "at GD’s end",
    "adam-lottery": "at Adam’s end",
}
"""Random planes at one origin each, and where that is."""


@dataclass(frozen=True)
class ShownCurvature:
    """The largest curvature in each of many random planes float64[seeds], and the sharpness there.

    `sharpness` is NaN if it has not converged.
    """

    planes: Floats
    sharpness: float

    @property
    def is_known(self) -> bool:
        """Whether every number has been found."""
        return bool(np.isfinite(self.planes).all() and np.isfinite(self.sharpness))

    @property
    def shares(self) -> Floats:
        """The share of the sharpness that each plane shows."""
        return self.planes / self.sharpness


def read_shown(landscape: Landscape) -> ShownCurvature | None:
    """Return what the planes of a lottery show; None if the run at their origin does not count.

    Raises MissingEvidenceError if their curvature was not measured.
    """
    lottery = landscape.manifest.lottery
    if lottery is None or lottery.curvature is None:
        raise MissingEvidenceError(f"{landscape.manifest.id} has no curvature of random planes")
    if not run_counts(landscape, find_run(landscape, lottery.origin.run)):
        return None
    sharpness = lottery.curvature.sharpness
    return ShownCurvature(
        landscape.arrays[lottery.curvature.array], np.nan if sharpness is None else sharpness
    )


def answer(landscapes: Landscapes) -> Answer:
    """Compare the largest curvature in each of many random planes with the sharpness."""
    share = CURVATURE_RULES.planes.share
    checks: list[Check] = []
    numbers: list[Number] = []
    said, unknown, excluded = [], [], []
    for id, where in LOTTERIES.items():
        shown = read_shown(landscapes[id])
        if shown is None:
            excluded.append(where)
            continue
        below = bool((shown.planes < share * shown.sharpness).all()) if shown.is_known else None
        checks.append(
            Check(
                text=f"Every random plane {where} shows less than {share:.0%} of the sharpness",
                passed=below,
            )
        )
        if not shown.is_known:
            unknown.append(where)
            continue
        low, middle, high = np.quantile(shown.shares, [0, 0.5, 1])
        name = f"{where[0].upper()}{where[1:]}"
        numbers += [
            Number(label=f"{name}: share of the sharpness, {part}", value=value, unit="share")
            for part, value in (("lowest", low), ("median", middle), ("highest", high))
        ]
        numbers += [
            Number(label=f"{name}: the sharpness", value=shown.sharpness, unit="curvature"),
            Number(label=f"{name}: random planes", value=len(shown.planes), unit="count"),
        ]
        said.append(
            f"{where} {say_count(len(shown.planes))} planes show {say_small(low)} to "
            f"{say_small(high)} of the sharpness of {say_decimal(shown.sharpness, 1)}"
        )
    if not checks:
        raise MissingEvidenceError("no run with random planes around it counts")
    sentences = []
    if said:
        text = say_list(said)
        sentences.append(f"{text[0].upper()}{text[1:]}.")
    if unknown:
        sentences.append(f"The curvature {say_list(unknown)} has not converged.")
    if excluded:
        sentences.append(f"The planes {say_list(excluded)} are of a run that does not count.")
    return Answer(finding=" ".join(sentences), checks=checks, numbers=numbers)


PLANE_QUESTIONS = (
    Question(
        id="random-planes",
        title="Random planes look flatter than the loss is",
        statement=(
            "The picture of a loss along two random directions underestimates its curvature, "
            "whatever the directions."
        ),
        figures=("Böttcher and Wheeler 2024",),
        link="landscapes?show=gd-lottery",
        needs=tuple(LOTTERIES),
        rules=("sharpness", "planes"),
        answer=answer,
    ),
)
