"""Runs that differ in their seed alone: one group for each optimizer, rate and warm-up."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from descent_atlas.landscapes.claims.claim import MissingEvidenceError
from descent_atlas.landscapes.claims.curvature.curvature_evidence import (
    MeasuredSharpness,
    list_paths,
)
from descent_atlas.landscapes.claims.evidence import read_hyperparameter
from descent_atlas.landscapes.claims.networks.network_rules import NETWORK_RULES
from descent_atlas.landscapes.format import Landscape

COLUMNS = ("loss", "frequent", "rare")
"""The training losses that are compared, by their names beside the sharpness."""


@dataclass(frozen=True)
class RateGroup:
    """The runs of one optimizer at one rate, with or without warm-up, seed by seed."""

    optimizer: str
    rate: float
    is_warmed: bool
    paths: Sequence[MeasuredSharpness]

    @property
    def seeds(self) -> list[int]:
        """The seeds."""
        return [path.seed for path in self.paths]

    @property
    def diverged(self) -> bool:
        """Whether a run diverged."""
        return any(path.run.status == "diverged" for path in self.paths)

    def read_ends(self, name: str) -> list[float]:
        """Return a loss at the end of each run. Raises MissingEvidenceError if not finite."""
        values = [float(path.read(name)[-1]) for path in self.paths]
        if not np.isfinite(values).all():
            raise MissingEvidenceError(f'"{name}" of {self.paths[0].run.id} is not finite')
        return values

    def read_end(self, seed: int) -> dict[str, float]:
        """Return the training losses at the end of the run with a seed, by `COLUMNS`."""
        index = self.seeds.index(seed)
        return {name: self.read_ends(f"train.{name}")[index] for name in COLUMNS}

    def read_sharpness(self) -> list[float]:
        """Return the sharpness at the end of each run, where it has converged."""
        ends = [float(path.sharpness[-1]) for path in self.paths]
        return [value for value in ends if np.isfinite(value)]


def read_groups(table: Landscape) -> list[RateGroup]:
    """Return the groups of a table of which at least the least number of seeds was measured."""
    found: dict[tuple[str, float, bool], list[MeasuredSharpness]] = {}
    for path in list_paths(table):
        spec = path.run.spec
        rate = read_hyperparameter(path.run, "lr")
        key = str(spec.get("optimizer")), rate, "schedule" in spec
        found.setdefault(key, []).append(path)
    return [
        RateGroup(*key, paths)
        for key, paths in found.items()
        if len(paths) >= NETWORK_RULES.rates.least_seeds
    ]


def choose_best(groups: Sequence[RateGroup], optimizer: str) -> RateGroup:
    """Return an optimizer's group without warm-up whose mean training loss is lowest.

    Raises MissingEvidenceError if there is none that did not diverge.
    """
    kept = [
        group
        for group in groups
        if group.optimizer == optimizer and not group.is_warmed and not group.diverged
    ]
    if not kept:
        raise MissingEvidenceError(f"no rate of {optimizer} has enough runs that did not diverge")
    return min(kept, key=lambda group: fmean(group.read_ends("train.loss")))


def find_largest(groups: Sequence[RateGroup], optimizer: str) -> tuple[RateGroup, RateGroup]:
    """Return an optimizer's groups at the largest rate that has both, that without warm-up first.

    Raises MissingEvidenceError if no rate has both.
    """
    both = {
        (group.rate, group.is_warmed): group for group in groups if group.optimizer == optimizer
    }
    rates = [rate for rate, is_warmed in both if is_warmed and (rate, False) in both]
    if not rates:
        raise MissingEvidenceError(f"no rate of {optimizer} has runs with and without warm-up")
    return both[max(rates), False], both[max(rates), True]
