"""What a batch sees: where its gradient points, and how far its surface is the whole set's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from descent_atlas.landscapes.claims.claim import (
    Answer,
    Check,
    Landscapes,
    MissingEvidenceError,
    Number,
    Question,
)
from descent_atlas.landscapes.claims.evidence import (
    Floats,
    read_array,
    read_plane,
    require,
)
from descent_atlas.landscapes.claims.phrases import (
    say_angle,
    say_count,
    say_decimal,
    say_images,
    say_list,
)
from descent_atlas.landscapes.claims.rules import RULES
from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import Cosines
from descent_atlas.statistics.turning import angle_of

LANDSCAPES = ("batches-end", "batches-early")
"""The two moments of one training at which batches are compared."""


def name_moment(landscape: Landscape) -> str:
    """Return when in a training a landscape's origin was."""
    origin = read_plane(landscape).origin
    if origin is None:
        raise MissingEvidenceError(f"no run passes through the origin of {landscape.manifest.id}")
    return f"after {say_count(origin.step)} steps"


def list_cosines(landscape: Landscape) -> list[Cosines]:
    """Return the cosines of batches with the full gradient, the smallest batch first."""
    found = landscape.manifest.results.cosines
    if not found:
        raise MissingEvidenceError(f"{landscape.manifest.id} has no cosines")
    return sorted(found, key=lambda cosines: cosines.images)


def answer_gradients(landscapes: Landscapes) -> Answer:
    """Compare the gradients of 100 batches of each size with the full one, in all dimensions."""
    checks: list[Check] = []
    numbers: list[Number] = []
    sentences: list[str] = []
    for id in LANDSCAPES:
        landscape = landscapes[id]
        moment = name_moment(landscape)
        said = []
        entries = list_cosines(landscape)
        for entry in entries:
            size = say_images(entry.images)
            median = require(entry.median, f"the median cosine of {id}, {size},")
            low, high = entry.quartiles
            names = ("median", "lower quartile", "upper quartile")
            numbers += [
                Number(label=f"{size}, {moment}: {name}", value=value, unit="cosine")
                for name, value in zip(names, (median, low, high), strict=True)
            ]
            said.append(f"{say_decimal(median)} for {size}")
        smallest = say_images(entries[0].images)
        median = require(entries[0].median, f"the median cosine of {id}")
        checks.append(
            Check(
                text=f"{moment.capitalize()}, the median cosine of batches of {smallest} with the "
                f"full gradient is below {RULES.batches.elsewhere:g}, an angle above 60°",
                passed=median < RULES.batches.elsewhere,
            )
        )
        count = entries[0].batches
        subject = (
            "it"
            if sentences
            else f"the median cosine of {count} batches with the full gradient, in all dimensions,"
        )
        angle = say_angle(angle_of(median))
        sentences.append(
            f"{moment.capitalize()} {subject} is {say_list(said)}; "
            f"the gradient of {smallest} stands {angle} off."
        )
    return Answer(finding=" ".join(sentences), checks=checks, numbers=numbers)


def rises(values: Sequence[float]) -> bool:
    """Return whether each value is above the one before."""
    return all(a < b for a, b in pairwise(values))


@dataclass(frozen=True)
class SizeCorrelations:
    """Correlations of batches of one size with the whole set, on the plane and near the origin."""

    images: int
    plane: Floats
    near: Floats

    @property
    def size(self) -> str:
        """The size in a sentence."""
        return say_images(self.images)


def read_correlations(landscape: Landscape) -> list[SizeCorrelations]:
    """Return the correlations of each batch size, the smallest first."""
    id, rule = landscape.manifest.id, RULES.batches
    entries = sorted(landscape.manifest.results.correlations, key=lambda entry: entry.images)
    if len(entries) < 2:
        raise MissingEvidenceError(f"{id} correlates the surface of one batch of each size")
    found = []
    for entry in entries:
        if entry.batches < rule.least_batches:
            raise MissingEvidenceError(f"{id} has fewer than {rule.least_batches} batches a size")
        if entry.within != rule.near:
            raise MissingEvidenceError(f"{id} compares surfaces within {entry.within:g}")
        plane, near = (read_array(landscape, entry.arrays, place) for place in ("plane", "near"))
        if not (np.isfinite(plane).all() and np.isfinite(near).all()):
            raise MissingEvidenceError(f"a surface of {id} is flat where it is compared")
        found.append(SizeCorrelations(entry.images, plane, near))
    return found


def say_correlations(found: Iterable[tuple[str, Floats]]) -> str:
    """Return the median and the range of correlations, by what a sentence calls them."""
    return say_list(
        [
            f"{say_decimal(float(np.median(values)))} ({say_decimal(float(values.min()))} to "
            f"{say_decimal(float(values.max()))}) for {name}"
            for name, values in found
        ]
    )


def answer_surfaces(landscapes: Landscapes) -> Answer:
    """Correlate the surfaces of batches with the whole set's, on the plane and near θ*."""
    rule = RULES.batches
    checks: list[Check] = []
    numbers: list[Number] = []
    sentences: list[str] = []
    for id in LANDSCAPES:
        landscape = landscapes[id]
        moment = name_moment(landscape)
        found = read_correlations(landscape)
        on_plane = [(each.size, each.plane) for each in found]
        close_by = [(each.size, each.near) for each in found]
        parts = ("lowest", "lower quartile", "median", "upper quartile", "highest")
        numbers += [
            Number(
                label=f"{size}, {moment}, {place}: {part}", value=float(value), unit="correlation"
            )
            for place, sizes in (("whole plane", on_plane), (f"within {rule.near:g}", close_by))
            for size, values in sizes
            for part, value in zip(parts, np.quantile(values, [0, 0.25, 0.5, 0.75, 1]), strict=True)
        ]
        medians = [
            [float(np.median(values)) for _, values in sizes] for sizes in (on_plane, close_by)
        ]
        checks += [
            Check(
                text=f"{moment.capitalize()}, the median correlation rises with each larger batch, "
                f"on the whole plane and within {rule.near:g} of the model",
                passed=all(map(rises, medians)),
            ),
            Check(
                text=f"{moment.capitalize()}, the median correlation of {found[-1].size} is at "
                f"least {rule.alike:g}, on the whole plane and within {rule.near:g} of the model",
                passed=min(each[-1] for each in medians) >= rule.alike,
            ),
        ]
        subject = (
            "they correlate by"
            if sentences
            else f"the surfaces of {len(found[0].plane)} batches of each size correlate with that "
            "of the whole training set by, in the median (lowest to highest),"
        )
        sentences.append(
            f"{moment.capitalize()} {subject} {say_correlations(on_plane)} on the whole plane, and "
            f"by {say_correlations(close_by)} within {rule.near:g} of the model."
        )
    return Answer(finding=" ".join(sentences), checks=checks, numbers=numbers)


QUESTIONS = (
    Question(
        id="batch-gradients",
        title="A small batch’s gradient points elsewhere",
        statement=(
            "When a batch is small, its gradient may point in quite another direction than that "
            "of the whole training set. In the paper’s picture one image pulls to the right, "
            "where the whole set pulls upward."
        ),
        figures=("1",),
        link="landscapes?show=batches-end&surface=batch-1",
        needs=LANDSCAPES,
        rules=("batches",),
        answer=answer_gradients,
    ),
    Question(
        id="batch-surfaces",
        title="A batch’s surface approaches the full one as the batch grows",
        statement=(
            "The loss around a model depends on the batch it is computed on, and quickly becomes "
            "like the loss on the whole set as the batch grows."
        ),
        figures=("1", "2"),
        link="landscapes?show=batches-end",
        needs=LANDSCAPES,
        rules=("batches",),
        answer=answer_surfaces,
    ),
)
