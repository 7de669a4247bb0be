"""Where trainings end: whether smaller batches end flatter, and whether flatter is better."""

from collections.abc import Mapping, Sequence
from statistics import fmean

import numpy as np

from descent_atlas.landscapes.claims.claim import (
    Answer,
    Check,
    Landscapes,
    MissingEvidenceError,
    Number,
    Question,
)
from descent_atlas.landscapes.claims.curvature.curvature_evidence import (
    MeasuredSharpness,
    collect_paths,
    find_measured,
)
from descent_atlas.landscapes.claims.curvature.curvature_rules import CURVATURE_RULES
from descent_atlas.landscapes.claims.path_measures import judge_measures
from descent_atlas.landscapes.claims.phrases import say_bound, say_count, say_decimal, say_list
from descent_atlas.landscapes.claims.smoothness_claims import BATCHES
from descent_atlas.statistics.association import bootstrap_rank_correlation, rank_correlate
from descent_atlas.statistics.comparison import falling_trend

SEEDS = "path-smoothness"
"""The table with three seeds of every batch size."""

TABLES = ("table-1", "table-2", SEEDS)
"""The tables with every run."""

Groups = Mapping[str, Sequence[float]]
"""The sharpness of several runs of each batch size, the smallest first."""


def answer_batches(landscapes: Landscapes) -> Answer:
    """Compare the sharpness of runs with batches of several sizes, at two rates."""
    paths = collect_paths(landscapes, [SEEDS])
    if not paths:
        raise MissingEvidenceError(f"{SEEDS} has no sharpness along any run that counts")
    at_end: list[Check] = []
    at_loss: list[Check] = []
    numbers: list[Number] = []
    said = []
    for rate, runs in BATCHES.items():
        groups = {
            name: [path for path in paths if path.run.id == id and np.isfinite(path.sharpness[-1])]
            for id, name in runs.items()
        }
        kept = {
            name: group
            for name, group in groups.items()
            if len(group) >= CURVATURE_RULES.batches.least_seeds
        }
        ends = {name: [float(path.sharpness[-1]) for path in group] for name, group in kept.items()}
        matched, loss = match_losses(kept)
        at_end.append(Check(text=f"At {rate}, smaller batches end flatter", passed=rises(ends)))
        at_loss.append(
            Check(
                text=f"At {rate}, smaller batches are flatter at one training loss",
                passed=rises(matched),
            )
        )
        left_out = [name for name in groups if name not in kept]
        numbers += [*count(rate, "at the end", ends), *count(rate, "at one loss", matched)]
        if kept:
            values = [
                f"{say_decimal(fmean(values), 1)} with {name}" for name, values in ends.items()
            ]
            said.append(f"At {rate} runs end at a sharpness of {say_list(values)}")
        if loss is not None:
            numbers.append(Number(label=f"{rate}: the loss compared at", value=loss, unit="loss"))
        if left_out:
            said.append(f"At {rate} too few runs of {say_list(left_out)} count")
    return Answer(
        finding=f"{'. '.join(said)}.",
        checks=[*at_end, *at_loss],
        numbers=numbers,
        verdict=judge_measures(at_end, at_loss),
    )


def match_losses(groups: Mapping[str, Sequence[MeasuredSharpness]]) -> tuple[Groups, float | None]:
    """Return the sharpness where each run reached the lowest loss that all reached, and that loss.

    A group of which too few runs have a value there is left out.
    """
    every = [path for group in groups.values() for path in group]
    if not every:
        return {}, None
    loss = max(float(np.nanmin(path.read("train.loss"))) for path in every)
    found = {
        name: [
            float(path.sharpness[at])
            for path in group
            if (at := find_measured(path, loss)) is not None
        ]
        for name, group in groups.items()
    }
    least = CURVATURE_RULES.batches.least_seeds
    return {name: values for name, values in found.items() if len(values) >= least}, loss


def rises(groups: Groups) -> bool | None:
    """Return whether the sharpness rises from group to group; None if that cannot be told."""
    values = list(groups.values())
    if len(values) < 2:
        return None
    level = CURVATURE_RULES.batches.level + 1e-12  # 1 of 20 arrangements is not above 0.05
    if falling_trend(values[::-1]) <= level:
        return True
    return False if falling_trend(values) <= level else None


def count(rate: str, where: str, groups: Groups) -> list[Number]:
    """Return the numbers of some groups."""
    return [
        Number(label=f"{rate}, {name}: sharpness {where}, {part}", value=value, unit="curvature")
        for name, values in groups.items()
        for part, value in (
            ("mean", fmean(values)),
            ("lowest", min(values)),
            ("highest", max(values)),
        )
    ]


def answer_flatness(landscapes: Landscapes) -> Answer:
    """Correlate sharpness with accuracy at one training loss."""
    rule = CURVATURE_RULES.flatness
    rows: list[tuple[MeasuredSharpness, float, float]] = []
    for path in collect_paths(landscapes, TABLES):
        at = find_measured(path, rule.loss)
        if at is None or path.read("train.loss")[at] < rule.loss - rule.range:
            continue
        accuracy = 100 * path.read("test.accuracy")[at]
        rows.append((path, float(path.sharpness[at]), float(accuracy)))
    settings = {path.run.id for path, *_ in rows}
    if not rows:
        raise MissingEvidenceError(f"no run was measured where its loss passes {rule.loss:g}")
    paths, sharpness, accuracies = zip(*rows, strict=True)
    ids = [path.run.id for path in paths]
    enough = len(rows) >= rule.least_runs and len(settings) >= rule.least_settings
    correlation = rank_correlate(sharpness, accuracies)
    low, high = bootstrap_rank_correlation(
        sharpness, accuracies, ids, level=rule.level, resamples=rule.resamples
    )
    passed = None if not enough or not np.isfinite(low) or low <= 0 <= high else high < 0
    numbers = [
        Number(label="Spearman’s correlation", value=correlation, unit="correlation"),
        Number(label="its interval, lower limit", value=low, unit="correlation"),
        Number(label="its interval, upper limit", value=high, unit="correlation"),
        Number(label="runs", value=len(rows), unit="count"),
        Number(label="settings", value=len(settings), unit="count"),
    ]
    for path, value, accuracy in rows:
        who = f"{path.run.label}, seed {path.seed}"
        numbers += [
            Number(label=f"{who}: sharpness", value=value, unit="curvature"),
            Number(label=f"{who}: test accuracy", value=accuracy, unit="accuracy"),
        ]
    return Answer(
        finding=(
            f"Of {say_count(len(rows))} runs of {say_count(len(settings))} settings, where their "
            f"training loss passes {rule.loss:g}, sharpness {say_decimal(min(sharpness), 1)} to "
            f"{say_decimal(max(sharpness), 1)} and test accuracy correlate by "
            f"{say_decimal(correlation)} ({rule.level:.0%}: {say_bound(low)} to {say_bound(high)})."
        ),
        checks=[
            Check(text="At one training loss, flatter runs have better accuracy", passed=passed)
        ],
        numbers=numbers,
    )


FLATNESS_QUESTIONS = (
    Question(
        id="flat-batches",
        title="Smaller batches end flatter",
        statement="Small batches lead to flat minima, large batches to sharp ones.",
        figures=("Keskar et al. 2017",),
        link="landscapes?show=batch-sizes",
        needs=(SEEDS,),
        rules=("sharpness", "batches"),
        answer=answer_batches,
    ),
    Question(
        id="flatness",
        title="Flatter is better",
        statement="Flat minima generalise better than sharp ones.",
        figures=("Hochreiter and Schmidhuber 1997",),
        link="landscapes?show=path-smoothness",
        needs=TABLES,
        rules=("sharpness", "flatness"),
        answer=answer_flatness,
    ),
)
