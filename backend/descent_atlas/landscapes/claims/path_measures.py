"""How smoothly a run's path goes: the two measures by which trainings are compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from descent_atlas.landscapes.claims.claim import (
    Check,
    ClaimVerdict,
    MissingEvidenceError,
    Number,
    Unit,
    judge,
)
from descent_atlas.landscapes.claims.evidence import find_seeds, read_array
from descent_atlas.landscapes.claims.phrases import say_angle, say_decimal, say_list
from descent_atlas.landscapes.claims.rules import RULES, is_new
from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import Run
from descent_atlas.statistics.comparison import falling_trend
from descent_atlas.statistics.turning import measure_turning

TABLE = "path-smoothness"
"""The table with the paths of the new seeds."""


@dataclass(frozen=True)
class MeasuredPath:
    """A run's path in its own principal plane: images seen int[n], points [n, 2], losses [n]."""

    images: NDArray[np.int64]
    points: NDArray[np.float64]
    loss: NDArray[np.float64]

    def cut(self, images: int) -> "MeasuredPath":
        """Return the path up to a number of images."""
        kept = self.images <= images
        return MeasuredPath(self.images[kept], self.points[kept], self.loss[kept])

    @property
    def turning(self) -> float | None:
        """The mean angle between consecutive moves in degrees; None if it does not move."""
        return measure_turning(self.points)

    @property
    def rising(self) -> float:
        """The share of snapshots whose true loss is above that of the one before."""
        return float((np.diff(self.loss) > 0).mean())


def at_chance(landscape: Landscape, run: Run) -> bool:
    """Return whether a run ended at chance."""
    classes = len(landscape.manifest.dataset.classes)
    if not classes:
        raise MissingEvidenceError(f"{landscape.manifest.id} does not name its classes")
    if run.test_accuracy is None:
        raise MissingEvidenceError(f"the accuracy of {run.id} is not a finite number")
    return 100 * run.test_accuracy < 100 / classes + RULES.chance.margin


def list_paths(table: Landscape, id: str, *, chance: bool) -> list[MeasuredPath]:
    """Return the paths of a run with the new seeds.

    Left out are those that diverged and, without `chance`, those that ended at chance. Raises
    MissingEvidenceError if a new seed is missing, or was trained before the rules were fixed.
    """
    found = {run.spec.get("seed"): run for run in find_seeds(table, id)}
    missing = [seed for seed in RULES.seeds.new if seed not in found]
    if missing:
        seeds = say_list([*map(str, missing)])
        raise MissingEvidenceError(f"{table.manifest.id} lacks {id} with the seeds {seeds}")
    drawn = {(path.run, path.seed): path.arrays for path in table.manifest.results.paths}
    paths = []
    for seed in RULES.seeds.new:
        run = found[seed]
        if not is_new(run):
            raise MissingEvidenceError(
                f"{id} with the seed {seed} is not known to be trained after the rules were fixed"
            )
        if run.status == "diverged" or (not chance and at_chance(table, run)):
            continue
        if (id, seed) not in drawn:
            raise MissingEvidenceError(
                f"{table.manifest.id} has no path of {id} with the seed {seed}"
            )
        images, x, y, loss = (
            read_array(table, drawn[id, seed], name) for name in ("images", "x", "y", "loss")
        )
        paths.append(MeasuredPath(images, np.stack([x, y], axis=1), loss))
    return paths


@dataclass(frozen=True)
class Trend:
    """What one measure says to an order of groups: whether it falls, and its values.

    `falls` is None if that cannot be told. `groups` are the values of the groups that are compared,
    by what a sentence calls them.
    """

    falls: bool | None
    groups: Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Smoothness:
    """Both measures of an order of groups that is to become smoother.

    `excluded` are the groups that are left out; `moves` is the number of moves of each path.
    """

    turning: Trend
    rising: Trend
    moves: int
    excluded: Sequence[str]

    def check(self, what: str) -> tuple[list[Check], list[Check]]:
        """Return the checks of the two measures, for the start of a sentence."""
        return (
            [Check(text=f"{what}: the path as drawn turns less", passed=self.turning.falls)],
            [Check(text=f"{what}: the true loss rises less often", passed=self.rising.falls)],
        )

    def count(self, what: str) -> list[Number]:
        """Return the numbers, with their mean and range over seeds."""
        numbers: list[Number] = []
        measures: tuple[tuple[str, Unit, Trend], ...] = (
            ("angle of the path drawn", "angle", self.turning),
            ("snapshots whose loss rises", "share", self.rising),
        )
        for label, unit, trend in measures:
            for name, values in trend.groups.items():
                for part, value in (
                    ("mean", fmean(values)),
                    ("lowest", min(values)),
                    ("highest", max(values)),
                ):
                    numbers.append(
                        Number(label=f"{what}, {name}: {label}, {part}", value=value, unit=unit)
                    )
        numbers.append(Number(label=f"{what}: moves compared", value=self.moves, unit="count"))
        return numbers

    @property
    def says(self) -> str:
        """The values in a sentence."""
        names = list(self.turning.groups)
        if not names:
            return "too few runs are left to compare"
        angles = [say_angle(fmean(values)) for values in self.turning.groups.values()]
        shares = [say_decimal(fmean(values)) for values in self.rising.groups.values()]
        return (
            f"the path as drawn turns by {say_list(angles)} and the share of snapshots whose loss "
            f"rises is {say_list(shares)}, for {say_list(names)}"
        )


def measure_smoothness(
    table: Landscape, runs: Mapping[str, str], *, chance: bool = False
) -> Smoothness:
    """Measure whether paths become smoother from run to run, by the rule for smoothness.

    `runs` are the ids of runs, the one expected to be roughest first, with what a sentence calls
    them. With `chance`, runs that ended at chance count too.
    """
    rule = RULES.smoothness
    found = {name: list_paths(table, id, chance=chance) for id, name in runs.items()}
    excluded = [name for name, paths in found.items() if len(paths) < rule.least_seeds]
    kept = {name: paths for name, paths in found.items() if name not in excluded}
    if len(kept) < 2:
        nothing = Trend(None, {})
        return Smoothness(nothing, nothing, 0, excluded)
    seen = min(int(path.images[-1]) for paths in kept.values() for path in paths)
    cut = {name: [path.cut(seen) for path in paths] for name, paths in kept.items()}
    moves = min(len(path.images) - 1 for paths in cut.values() for path in paths)
    if moves < rule.least_moves:
        raise MissingEvidenceError(f"the shortest of the runs compared has {moves} moves")
    turned = {name: [path.turning for path in paths] for name, paths in cut.items()}
    if any(angle is None for angles in turned.values() for angle in angles):
        raise MissingEvidenceError("a path does not move")
    turning = {
        name: [angle for angle in angles if angle is not None] for name, angles in turned.items()
    }
    rising = {name: [path.rising for path in paths] for name, paths in cut.items()}
    return Smoothness(
        decide(turning, rule.least_angle), decide(rising, rule.least_rising), moves, excluded
    )


def decide(groups: Mapping[str, Sequence[float]], least: float) -> Trend:
    """Decide whether a measure falls from group to group, by at least `least` in all."""
    values = list(groups.values())
    level = RULES.smoothness.level + 1e-12  # 1 of 20 arrangements is not above 0.05
    if falling_trend(values) <= level and fmean(values[0]) - fmean(values[-1]) >= least:
        return Trend(True, groups)
    if falling_trend(values[::-1]) <= level:
        return Trend(False, groups)
    return Trend(None, groups)


def judge_measures(first: Sequence[Check], second: Sequence[Check]) -> ClaimVerdict:
    """Return the verdict of two measures, each with a check of the same comparisons in one order.

    The claim is contested if one measure holds where the other does not.
    """
    pairs = [(a["passed"], b["passed"]) for a, b in zip(first, second, strict=True)]
    if any(None not in pair and pair[0] != pair[1] for pair in pairs):
        return ClaimVerdict.CONTESTED
    return judge([passed for pair in pairs for passed in pair])
