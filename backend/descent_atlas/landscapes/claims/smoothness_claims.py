"""How smoothly training moves, by batch size and with momentum: two measures of new seeds."""

from collections.abc import Mapping
from statistics import fmean

from descent_atlas.landscapes.claims.claim import Answer, Check, Landscapes, Number, Question
from descent_atlas.landscapes.claims.evidence import find_seeds, read_hyperparameter
from descent_atlas.landscapes.claims.path_measures import (
    TABLE,
    Smoothness,
    judge_measures,
    measure_smoothness,
)
from descent_atlas.landscapes.claims.phrases import say_angle, say_list
from descent_atlas.landscapes.format import Landscape
from descent_atlas.statistics.turning import angle_of

BATCHES: Mapping[str, Mapping[str, str]] = {
    "lr 0.02": {
        "b1-lr0.02-m0.9": "1 image",
        "b64-lr0.02-m0.9": "64 images",
        "b256-lr0.02-m0.9": "256 images",
    },
    "lr 0.002": {
        "b1-lr0.002-m0.9": "1 image",
        "sgd": "64 images",
        "b256-lr0.002-m0.9": "256 images",
    },
}
"""Figure 5 at the rate of its caption and at that of Table II: runs by growing batches."""

WITHOUT, WITH = "b64-lr0.002-m0", "sgd"
"""Figure 6: batch 64, lr 0.002, without momentum and with 0.9."""

TEN_TIMES, PRINTED = "b64-lr0.02-m0", "b64-lr0.002-m0.9-d0.9"
"""The controls: ten times the rate and no momentum, and the formula that the paper prints."""

MOMENTUM: Mapping[str, Mapping[str, str]] = {
    "With momentum than without": {WITHOUT: "no momentum", WITH: "momentum"},
    "With momentum than with ten times the rate": {
        TEN_TIMES: "ten times the rate",
        WITH: "momentum",
    },
}
"""What momentum is compared with: runs in the order in which they become smoother."""


def answer_batches(landscapes: Landscapes) -> Answer:
    """Compare trainings with batches of several sizes, at two rates."""
    table = landscapes[TABLE]
    found = {
        f"At {rate}, with larger batches": measure_smoothness(table, runs)
        for rate, runs in BATCHES.items()
    }
    return combine(found, say_updates(table, BATCHES["lr 0.002"]))


def answer_momentum(landscapes: Landscapes) -> Answer:
    """Compare training with momentum with that without, and with ten times the rate."""
    table = landscapes[TABLE]
    found = {what: measure_smoothness(table, runs) for what, runs in MOMENTUM.items()}
    names = {
        WITHOUT: "no momentum",
        WITH: "momentum",
        TEN_TIMES: "ten times the rate",
        PRINTED: "the printed formula",
    }
    return combine(found, say_updates(table, names))


def combine(found: Mapping[str, Smoothness], remark: tuple[str, list[Number]]) -> Answer:
    """Return the answer of several comparisons, each by two measures, with a remark."""
    turning: list[Check] = []
    rising: list[Check] = []
    numbers: list[Number] = []
    sentences = []
    for what, smoothness in found.items():
        by_turning, by_rising = smoothness.check(what)
        turning += by_turning
        rising += by_rising
        numbers += smoothness.count(what)
        left_out = (
            f" Left out, as its runs ended at chance or diverged: {say_list(smoothness.excluded)}."
            if smoothness.excluded
            else ""
        )
        sentences.append(f"{what}: {smoothness.says}.{left_out}")
    text, updates = remark
    return Answer(
        finding=" ".join([*sentences, text]),
        checks=[*turning, *rising],
        numbers=[*numbers, *updates],
        verdict=judge_measures(turning, rising),
    )


def say_updates(table: Landscape, runs: Mapping[str, str]) -> tuple[str, list[Number]]:
    """Return the angles between single updates, which decide nothing, and why they do not."""
    angles: dict[str, float] = {}
    momentum = 0.0
    for id, name in runs.items():
        seeds = find_seeds(table, id)
        measured = [run.turning for run in seeds if run.turning is not None]
        momentum = max(momentum, read_hyperparameter(seeds[0], "momentum"))
        if measured:
            angles[name] = fmean(measured)
    # Of v ← μv + g with independent g, the correlation of consecutive v is μ.
    floor = angle_of(momentum)
    said = [f"{say_angle(angle)} with {name}" for name, angle in angles.items()]
    text = (
        f"The angles between single updates, {say_list(said)}, are not judged: momentum "
        f"{momentum:g} alone turns independent gradients, which are 90° apart, into updates "
        f"{say_angle(floor)} apart."
        if said
        else ""
    )
    numbers = [
        Number(label=f"{name}: angle between updates", value=angle, unit="angle")
        for name, angle in angles.items()
    ]
    numbers.append(Number(label="Momentum over pure noise", value=floor, unit="angle"))
    return text, numbers


QUESTIONS = (
    Question(
        id="batch-smoothness",
        title="Larger batches make training smoother",
        statement="The larger the batch, the more stable the training.",
        figures=("5",),
        link="landscapes?show=batch-sizes-caption",
        needs=("batch-sizes-caption", TABLE),
        rules=("seeds", "smoothness", "chance"),
        answer=answer_batches,
    ),
    Question(
        id="momentum-smoothness",
        title="Momentum makes training smoother",
        statement="One visible effect of momentum is smoother training.",
        figures=("6",),
        link="landscapes?show=momentum",
        needs=("momentum", TABLE),
        rules=("seeds", "smoothness", "chance"),
        answer=answer_momentum,
    ),
)
