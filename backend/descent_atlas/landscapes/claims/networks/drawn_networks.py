"""Networks as claims read them from lotteries of random planes, and how two are compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from descent_atlas.landscapes.claims.claim import Landscapes, MissingEvidenceError, Number
from descent_atlas.landscapes.claims.evidence import find, find_run
from descent_atlas.landscapes.claims.networks.network_rules import NETWORK_RULES
from descent_atlas.landscapes.claims.networks.spread_numbers import list_spread
from descent_atlas.landscapes.claims.phrases import say_accuracy, say_count, say_small
from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import Run
from descent_atlas.landscapes.parts.lottery_parts import Lottery
from descent_atlas.statistics.comparison import falling_trend

CONVEX, MINIMA = "convex-half", "minima-inside"
"""The statistics of a lottery that are compared."""


@dataclass(frozen=True)
class DrawnNetwork:
    """A network on many random planes: the measures of each, by direction seed.

    `accuracy` is that at the end on the test images, in percent, None if not finite.
    """

    name: str
    is_trained: bool
    accuracy: float | None
    convex: Sequence[float]
    minima: Sequence[float]

    @property
    def is_chaotic(self) -> bool | None:
        """Whether the surface is chaotic; None of an untrained network."""
        rule = NETWORK_RULES.chaos
        if not self.is_trained:
            return None
        return median(self.convex) <= rule.convex and median(self.minima) >= rule.minima

    @property
    def is_nearly_convex(self) -> bool | None:
        """Whether the surface is nearly convex; None of an untrained network."""
        rule = NETWORK_RULES.convex
        if not self.is_trained:
            return None
        return median(self.convex) >= rule.share and median(self.minima) <= rule.minima

    @property
    def says(self) -> str:
        """The measures in a clause, with their range over seeds."""
        reached = "diverged" if self.accuracy is None else say_accuracy(self.accuracy)
        if not self.is_trained:
            return f"{self.name} is untrained ({reached})"
        middle, low, high = median(self.convex), min(self.convex), max(self.convex)
        least, most = min(self.minima), max(self.minima)
        minima = say_count(least) if least == most else f"{say_count(least)} to {say_count(most)}"
        return (
            f"{self.name} ({reached}) has {say_small(middle)} convex cells "
            f"({say_small(low)} to {say_small(high)}) and {minima} minima inside"
        )

    def list_numbers(self) -> list[Number]:
        """Return the measures' medians and ranges, and the accuracy."""
        return [
            Number(label=f"{self.name}: test accuracy", value=self.accuracy, unit="accuracy"),
            *list_spread(f"{self.name}: convex cells", self.convex, "share", middle="median"),
            *list_spread(f"{self.name}: minima inside", self.minima, "count", middle="median"),
        ]


def read_networks(landscapes: Landscapes, names: Mapping[str, str]) -> dict[str, DrawnNetwork]:
    """Return networks by the ids of their runs, which are given with what a sentence calls them."""
    return {id: read_network(landscapes[name_lottery(id)], id, name) for id, name in names.items()}


def name_lottery(run: str) -> str:
    """Return the id of the lottery of a run."""
    return f"{run}-lottery"


def read_network(landscape: Landscape, id: str, name: str) -> DrawnNetwork:
    """Return the network of a run from its lottery. Raises MissingEvidenceError if parts lack."""
    manifest, run = landscape.manifest, find_run(landscape, id)
    lottery = manifest.lottery
    if lottery is None:
        raise MissingEvidenceError(f"{manifest.id} is no lottery")
    if len(lottery.seeds) < NETWORK_RULES.surfaces.least_seeds:
        raise MissingEvidenceError(f"{manifest.id} has {len(lottery.seeds)} planes")
    return DrawnNetwork(
        name=name,
        is_trained=is_trained(run, len(manifest.dataset.classes)),
        accuracy=None if run.test_accuracy is None else 100 * run.test_accuracy,
        convex=read_statistic(landscape, lottery, CONVEX),
        minima=read_statistic(landscape, lottery, MINIMA),
    )


def is_trained(run: Run, classes: int) -> bool:
    """Return whether a run ended above chance, by the rule for untrained networks."""
    if run.status == "diverged" or run.test_accuracy is None:
        return False
    if not classes:
        raise MissingEvidenceError(f"the classes of {run.id} are not named")
    return 100 * run.test_accuracy >= 100 / classes + NETWORK_RULES.untrained.margin


def read_statistic(landscape: Landscape, lottery: Lottery, id: str) -> list[float]:
    """Return a statistic of every plane."""
    missing = f'{landscape.manifest.id} has no statistic "{id}"'
    found = find(lottery.statistics, lambda each: each.id == id, missing)
    values = [float(value) for value in landscape.arrays[found.array]]
    if any(value != value for value in values):  # NaN
        raise MissingEvidenceError(f'"{id}" of {landscape.manifest.id} is not known everywhere')
    return values


def has_fewer_convex(first: DrawnNetwork, second: DrawnNetwork) -> bool | None:
    """Return whether the first network has fewer convex cells than the second."""
    return falls(first, second, second.convex, first.convex, NETWORK_RULES.comparison.convex)


def has_more_minima(first: DrawnNetwork, second: DrawnNetwork) -> bool | None:
    """Return whether the first network has more minima than the second."""
    return falls(first, second, first.minima, second.minima, NETWORK_RULES.comparison.minima)


def falls(
    first: DrawnNetwork,
    second: DrawnNetwork,
    high: Sequence[float],
    low: Sequence[float],
    least: float,
) -> bool | None:
    """Return whether a measure falls from `high` to `low` by at least `least` in the medians.

    None if that cannot be told, as of networks of which one is untrained.
    """
    if not (first.is_trained and second.is_trained):
        return None
    level = NETWORK_RULES.comparison.level
    if falling_trend([high, low]) <= level and median(high) - median(low) >= least:
        return True
    return False if falling_trend([low, high]) <= level else None
