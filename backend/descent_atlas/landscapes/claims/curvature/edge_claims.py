"""Whether full-batch trainings come to the edge of stability, and stay there."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from descent_atlas.landscapes.claims.claim import (
    Answer,
    Check,
    Landscapes,
    MissingEvidenceError,
    Number,
    Question,
)
from descent_atlas.landscapes.claims.curvature.curvature_evidence import (
    Floats,
    MeasuredSharpness,
    find_adaptive,
    find_paths,
    spread_of,
    take_limit,
)
from descent_atlas.landscapes.claims.curvature.curvature_rules import (
    CURVATURE_RULES,
    AdaptiveRule,
    EdgeRule,
)
from descent_atlas.landscapes.claims.phrases import say_count, say_decimal, say_list, say_small

TABLE = "full-batch"
"""The table of the trainings with all images in every batch."""

ADAPTIVE: Mapping[str, str] = {"adam-full": "Adam", "rmsprop-full": "RMSProp"}
"""The adaptive optimizers, by the ids of their runs."""


def answer_descent(landscapes: Landscapes) -> Answer:
    """Compare the sharpness along gradient descent with 2/η, seed by seed."""
    rule = CURVATURE_RULES.edge
    paths = find_paths(landscapes[TABLE], "gd")
    numbers: list[Number] = []
    climbed: list[bool] = []
    stayed: list[bool] = []
    said = []
    for path in paths:
        limit = take_limit(path, "sharpness")
        values = finite(path.sharpness, path) / limit
        reached = np.flatnonzero(values >= 1)
        climbed.append(bool(values[0] < rule.start and len(reached)))
        later = values[reached[0] :] if len(reached) else values[:0]
        share = float(((later >= rule.low) & (later <= rule.high)).mean()) if len(later) else 0.0
        stayed.append(bool(len(later)) and share >= rule.most)
        name = f"Seed {path.seed}"
        numbers += [
            Number(
                label=f"{name}: sharpness at the start", value=values[0] * limit, unit="curvature"
            ),
            Number(label=f"{name}: limit 2/η", value=limit, unit="curvature"),
        ]
        if not len(reached):
            said.append(f"with seed {path.seed} up to {say_decimal(values.max() * limit, 1)}")
            continue
        step = int(known_steps(path)[reached[0]])
        low, middle, high = np.quantile(later * limit, [0, 0.5, 1])
        numbers += [
            Number(label=f"{name}: first step at the limit", value=step, unit="count"),
            Number(label=f"{name}: sharpness since then, lowest", value=low, unit="curvature"),
            Number(label=f"{name}: sharpness since then, median", value=middle, unit="curvature"),
            Number(label=f"{name}: sharpness since then, highest", value=high, unit="curvature"),
            Number(label=f"{name}: snapshots within the band", value=share, unit="share"),
        ]
        said.append(
            f"with seed {path.seed} from {say_decimal(values[0] * limit, 1)} to the limit by step "
            f"{say_count(step)}, then {say_decimal(low, 0)} to {say_decimal(high, 0)}"
        )
    spread = spread_of(paths)
    remark = ""
    if spread is not None:
        numbers.append(
            Number(label="Largest ratio between subsets of images", value=spread, unit="ratio")
        )
        remark = (
            f" On disjoint sets of {say_count(paths[0].images)} images the sharpness at one "
            f"snapshot differs by a factor of up to {say_decimal(spread)}. The limit holds for the "
            "sharpness on all images, which is lower on average."
        )
    return Answer(
        finding=f"The sharpness goes {say_list(said)}.{remark}",
        checks=[
            Check(text="With every seed, the sharpness climbs to 2/η", passed=all(climbed)),
            Check(
                text=f"With every seed, it then stays between {rule.low:g} and {rule.high:g} times "
                "2/η",
                passed=all(stayed),
            ),
        ],
        numbers=[*numbers, *count_band(rule)],
    )


def answer_adaptive(landscapes: Landscapes) -> Answer:
    """Compare the preconditioned sharpness of adaptive optimizers with their limits."""
    rule = CURVATURE_RULES.adaptive
    checks: list[Check] = []
    numbers: list[Number] = []
    said = []
    for id, name in ADAPTIVE.items():
        path = find_adaptive(landscapes[TABLE], id)
        limit = take_limit(path, "preconditioned")
        late = path.step >= rule.late * path.step[-1]
        values = path.preconditioned[late & np.isfinite(path.preconditioned)] / limit
        if not len(values):
            raise MissingEvidenceError(f"too few values along {id} have converged")
        share = float(((values >= rule.low) & (values <= rule.high)).mean())
        low, middle, high = np.quantile(values, [0, 0.5, 1])
        checks.append(
            Check(
                text=f"{name} trains at the edge of stability in its own metric",
                passed=share >= rule.most,
            )
        )
        numbers += [
            Number(label=f"{name}: limit", value=limit, unit="curvature"),
            Number(label=f"{name}: of the limit, lowest", value=low, unit="ratio"),
            Number(label=f"{name}: of the limit, median", value=middle, unit="ratio"),
            Number(label=f"{name}: of the limit, highest", value=high, unit="ratio"),
            Number(label=f"{name}: snapshots compared", value=len(values), unit="count"),
            Number(label=f"{name}: snapshots within the band", value=share, unit="share"),
        ]
        said.append(
            f"{name}’s preconditioned sharpness is {say_decimal(low)} to {say_decimal(high)} times "
            f"its limit of {say_count(limit)}, within the band at {say_small(share)} of the "
            "snapshots"
        )
    return Answer(
        finding=f"In the last half of the steps, {say_list(said)}.",
        checks=checks,
        numbers=[
            *numbers,
            *count_band(rule),
            Number(label="Band: from this share of the steps", value=rule.late, unit="share"),
        ],
    )


def count_band(rule: EdgeRule | AdaptiveRule) -> list[Number]:
    """Return the band of a rule as numbers."""
    return [
        Number(label=f"Band, in units of the limit: {part}", value=value, unit="ratio")
        for part, value in (("lowest", rule.low), ("highest", rule.high))
    ]


def finite(values: Floats, path: MeasuredSharpness) -> Floats:
    """Return the values that have converged. Raises MissingEvidenceError without the first."""
    if not len(values) or not np.isfinite(values[0]):
        raise MissingEvidenceError(f"the sharpness at the start of {path.run.id} has not converged")
    return values[np.isfinite(values)]


def known_steps(path: MeasuredSharpness) -> NDArray[np.int64]:
    """Return the steps at which the sharpness has converged."""
    return path.step[np.isfinite(path.sharpness)]


EDGE_QUESTIONS = (
    Question(
        id="edge-of-stability",
        title="Gradient descent trains at the edge of stability",
        statement=(
            "The sharpness of a network trained by gradient descent rises until it reaches 2/η, "
            "and then hovers there."
        ),
        figures=("Cohen et al. 2021",),
        link="landscapes?show=gd-pca",
        needs=(TABLE,),
        rules=("sharpness", "edge"),
        answer=answer_descent,
    ),
    Question(
        id="adaptive-edge",
        title="Full-batch Adam trains at its own edge of stability",
        statement=(
            "The sharpness of a network trained by full-batch Adam, measured in Adam’s own metric, "
            "comes to 38/η and stays near it."
        ),
        figures=("Cohen et al. 2022",),
        link="landscapes?show=full-batch",
        needs=(TABLE,),
        rules=("sharpness", "adaptive"),
        answer=answer_adaptive,
    ),
)
