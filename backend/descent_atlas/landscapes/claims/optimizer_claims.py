"""GD, SGD and Adam: whether they have arrived, who is best, and what it costs."""

from collections.abc import Mapping
from statistics import fmean

from descent_atlas.landscapes.claims.claim import Answer, Check, Landscapes, Number, Question, Unit
from descent_atlas.landscapes.claims.evidence import find_seeds, read_accuracies, read_fall, require
from descent_atlas.landscapes.claims.phrases import (
    say_accuracy,
    say_count,
    say_decimal,
    say_list,
    say_small,
)

RUNS = {"gd": "GD", "sgd": "SGD", "adam": "Adam"}
"""The three optimizers that the paper compares, by the ids of their runs."""

SETTLED = 0.01
"""A loss that moved over the last tenth of its training by less than this share of its whole fall
is close to its end: a loss that falls evenly moves ten times as much."""

NOTICEABLE = 1.0
"""Percentage points by which accuracies differ: twice the standard error of one near 50%, measured
on 10,000 images."""


def answer_convergence(landscapes: Landscapes) -> Answer:
    """Compare the fall of the true training loss over the last tenth with the whole fall."""
    falls = {run: read_fall(landscapes["optimizers"], run) for run in RUNS}
    checks = [
        Check(
            text=f"{RUNS[run]}’s training loss moved over the last tenth of its steps by less than "
            f"{SETTLED:.0%} of its whole fall",
            passed=fall.lately < SETTLED,
        )
        for run, fall in falls.items()
    ]
    numbers = []
    sentences = []
    for run, fall in falls.items():
        name = RUNS[run]
        numbers += [
            Number(label=f"{name}: loss before the first step", value=fall.start, unit="loss"),
            Number(label=f"{name}: mean loss, last tenth but one", value=fall.before, unit="loss"),
            Number(label=f"{name}: mean loss, last tenth", value=fall.last, unit="loss"),
        ]
        if fall.whole <= 0:
            sentences.append(
                f"{name}’s loss has not fallen: it began at {say_decimal(fall.start, 3)} and ended "
                f"at {say_decimal(fall.last, 3)}."
            )
            continue
        numbers.append(
            Number(label=f"{name}: moved of the whole fall", value=fall.lately, unit="share")
        )
        verb = "fell" if fall.before > fall.last else "rose"
        sentences.append(
            f"{name}’s training loss still {verb} from {say_decimal(fall.before, 3)} to "
            f"{say_decimal(fall.last, 3)} over the last tenth of its steps, "
            f"{say_small(fall.lately)} of its whole fall from {say_decimal(fall.start, 3)}."
        )
    return Answer(finding=" ".join(sentences), checks=checks, numbers=numbers)


def answer_ranking(landscapes: Landscapes) -> Answer:
    """Compare accuracies over seeds, the images seen, and the seconds spent."""
    table = landscapes["table-1"]
    mean, low, high = read_accuracies(table, RUNS)
    images = {run: fmean(seed.images for seed in find_seeds(table, run)) for run in RUNS}
    seconds = {
        run: fmean(
            require(seed.seconds, f"the time of table-1, {run},") for seed in find_seeds(table, run)
        )
        for run in RUNS
    }
    seeds = {run: len(find_seeds(table, run)) for run in RUNS}
    columns: tuple[tuple[str, Mapping[str, float], Unit], ...] = (
        ("mean accuracy", mean, "accuracy"),
        ("lowest", low, "accuracy"),
        ("highest", high, "accuracy"),
        ("images seen", images, "images"),
        ("seconds", seconds, "seconds"),
    )
    numbers = [
        Number(label=f"{name}: {label}", value=values[run], unit=unit)
        for run, name in RUNS.items()
        for label, values, unit in columns
    ]
    overlap = low["sgd"] <= high["adam"] and low["adam"] <= high["sgd"]
    checks = [
        Check(
            text="SGD’s mean accuracy is the highest",
            passed=mean["sgd"] > max(mean["gd"], mean["adam"]),
        ),
        Check(
            text="Adam’s accuracy is comparable with SGD’s: the means differ by less than "
            f"{NOTICEABLE:g} point, or the ranges over seeds overlap",
            passed=abs(mean["sgd"] - mean["adam"]) < NOTICEABLE or overlap,
        ),
        Check(
            text="GD’s accuracy is the lowest, with its best seed too",
            passed=high["gd"] < min(low["sgd"], low["adam"]),
        ),
        Check(
            text="GD costs the most, in images seen and in seconds",
            passed=all(cost["gd"] > max(cost["sgd"], cost["adam"]) for cost in (images, seconds)),
        ),
    ]
    accuracies = [
        f"{name} reaches {say_accuracy(mean[run])}"
        + (
            f" ({say_accuracy(low[run])} to {say_accuracy(high[run])} over {seeds[run]} seeds)"
            if seeds[run] > 1
            else ""
        )
        for run, name in RUNS.items()
    ]
    costs = [
        f"{name} {say_count(images[run])} images and {say_count(seconds[run])} seconds"
        for run, name in RUNS.items()
    ]
    finding = f"{say_list(accuracies)}. For that it takes {say_list(costs)}."
    return Answer(finding=finding, checks=checks, numbers=numbers)


QUESTIONS = (
    Question(
        id="convergence",
        title="All three trainings are close to convergence",
        statement=(
            "After 20 epochs of SGD and Adam and 1000 steps of GD, all trainings were close to "
            "convergence."
        ),
        figures=("3", "Table I"),
        link="landscapes?show=optimizers",
        needs=("optimizers",),
        answer=answer_convergence,
    ),
    Question(
        id="ranking",
        title="SGD is best, Adam comparable, GD worst and dearest",
        statement=(
            "SGD performed best, Adam comparably; gradient descent performed worst, the more so "
            "for the computation that its 1000 steps cost."
        ),
        figures=("3", "Table I"),
        link="landscapes?show=table-1",
        needs=("table-1",),
        answer=answer_ranking,
    ),
)
