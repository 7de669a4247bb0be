"""What a batch sees: where its gradient points, and how far its surface is the whole set's."""

import math
from collections.abc import Sequence
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
    find_surface,
    list_batches,
    read_array,
    read_grid,
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
from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import Cosines
from descent_atlas.statistics.association import correlate
from descent_atlas.statistics.turning import angle_of

LANDSCAPES = ("batches-end", "batches-early")
"""The two moments of one training at which batches are compared."""

ELSEWHERE = 0.5
"""A gradient whose cosine with the full one is below this points elsewhere: it is more than 60°
off, and less than a quarter of its square lies along the full one."""

ALIKE = 0.9
"""Surfaces that correlate at least so are alike: four fifths of their variance is common."""

NEAR = 0.25
"""Grid points within this distance of the model are near it: a random plane's unit is as far as
the model's own weights, and beyond the steep sides of the bowl make any two surfaces correlate."""


def name_moment(landscape: Landscape) -> str:
    """Say when in a training a landscape's origin was."""
    return f"after {say_count(read_plane(landscape).origin.step)} steps"


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
                f"full gradient is below {ELSEWHERE:g}, an angle above 60°",
                passed=median < ELSEWHERE,
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


def correlate_losses(a: Floats, b: Floats) -> float:
    """Return the correlation of two surfaces' losses at the same points."""
    correlation = correlate(a, b)
    if math.isnan(correlation):
        raise MissingEvidenceError("a surface is flat where it is compared")
    return correlation


def rises(values: Sequence[float]) -> bool:
    """Tell whether each value is above the one before."""
    return all(a < b for a, b in pairwise(values))


def answer_surfaces(landscapes: Landscapes) -> Answer:
    """Correlate the surfaces of batches with that of the whole set, on the plane and near θ*."""
    checks: list[Check] = []
    numbers: list[Number] = []
    sentences: list[str] = []
    for id in LANDSCAPES:
        landscape = landscapes[id]
        moment = name_moment(landscape)
        whole = read_array(landscape, find_surface(landscape, "train").arrays, "loss")
        across, up = read_grid(landscape)
        near = np.hypot(across, up) <= NEAR
        batches = list_batches(landscape)
        if len(batches) < 2:
            raise MissingEvidenceError(f"{id} has no batches of several sizes")
        sizes = [say_images(batch.images) for batch in batches]
        on_plane = [
            require(batch.correlation, f"the correlation of {id}, {batch.id},") for batch in batches
        ]
        close_by = [
            correlate_losses(read_array(landscape, batch.arrays, "loss")[near], whole[near])
            for batch in batches
        ]
        for place, values in (("whole plane", on_plane), (f"within {NEAR:g}", close_by)):
            numbers += [
                Number(label=f"{size}, {moment}, {place}", value=value, unit="correlation")
                for size, value in zip(sizes, values, strict=True)
            ]
        largest = sizes[-1]
        checks += [
            Check(
                text=f"{moment.capitalize()}, the correlation rises with each larger batch, on the "
                f"whole plane and within {NEAR:g} of the model",
                passed=rises(on_plane) and rises(close_by),
            ),
            Check(
                text=f"{moment.capitalize()}, the surface of {largest} correlates with the full "
                f"one by at least {ALIKE:g}, on the whole plane and within {NEAR:g} of the model",
                passed=min(on_plane[-1], close_by[-1]) >= ALIKE,
            ),
        ]
        everywhere, nearby = (
            say_list([*map(say_decimal, values)]) for values in (on_plane, close_by)
        )
        sentences.append(
            f"{moment.capitalize()} they are {everywhere}, and {nearby} near it."
            if sentences
            else f"{moment.capitalize()} the surfaces of one batch of {say_list(sizes)} correlate "
            f"with that of the whole training set by {everywhere} on the whole plane, and by "
            f"{nearby} within {NEAR:g} of the model, where the steep sides do not count."
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
        answer=answer_surfaces,
    ),
)
