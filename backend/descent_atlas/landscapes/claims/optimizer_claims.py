"""GD, SGD and Adam: whether they have arrived, who is best, and what it costs."""

import math
from collections.abc import Mapping
from statistics import fmean

from descent_atlas.landscapes.claims.accuracy_comparison import compare
from descent_atlas.landscapes.claims.claim import (
    Answer,
    Check,
    ClaimVerdict,
    Landscapes,
    Number,
    Question,
    Unit,
    every,
)
from descent_atlas.landscapes.claims.evidence import find_seeds, read_accuracies, read_fall, require
from descent_atlas.landscapes.claims.phrases import (
    say_accuracy,
    say_count,
    say_decimal,
    say_list,
    say_small,
)
from descent_atlas.landscapes.claims.rules import RULES

RUNS = {"gd": "GD", "sgd": "SGD", "adam": "Adam"}
"""The three optimizers that the paper compares, by the ids of their runs."""


def answer_convergence(landscapes: Landscapes) -> Answer:
    """Compare the fall of the true training loss over the last tenth with the whole fall."""
    falls = {run: read_fall(landscapes["optimizers"], run) for run in RUNS}
    thresholds = RULES.convergence.thresholds
    checks = [
        Check(
            text=f"With a threshold of {100 * threshold:g}%, {say_list([*RUNS.values()])} are all "
            "close to convergence",
            passed=all(fall.lately < threshold for fall in falls.values()),
        )
        for threshold in thresholds
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
    worst = max(fall.lately for fall in falls.values())
    if math.isfinite(worst):
        numbers.append(
            Number(label="Lowest threshold at which all are close", value=worst, unit="share")
        )
        sentences.append(
            f"All are close to convergence at every threshold above {say_small(worst)}, and at "
            "none below."
        )
    passed = {check["passed"] for check in checks}
    return Answer(
        finding=" ".join(sentences),
        checks=checks,
        numbers=numbers,
        verdict=ClaimVerdict.CONTESTED if len(passed) > 1 else None,
    )


def answer_ranking(landscapes: Landscapes) -> Answer:
    """Compare accuracies over seeds, the images seen, and the seconds spent."""
    table = landscapes["table-1"]
    mean, low, high = read_accuracies(table, RUNS)
    seeds = {run: find_seeds(table, run) for run in RUNS}
    images = {
        run: fmean(require(seed.images, f"the images seen by {run}") for seed in seeds[run])
        for run in RUNS
    }
    seconds = {
        run: fmean(require(seed.seconds, f"the time of table-1, {run},") for seed in seeds[run])
        for run in RUNS
    }
    over_adam, over_gd, adam_over_gd = (
        compare(table, first, second, comparisons=3)
        for first, second in (("sgd", "adam"), ("sgd", "gd"), ("adam", "gd"))
    )
    columns: tuple[tuple[str, Mapping[str, float], Unit], ...] = (
        ("mean accuracy", mean, "accuracy"),
        ("lowest", low, "accuracy"),
        ("highest", high, "accuracy"),
        ("seeds", {run: len(seeds[run]) for run in RUNS}, "count"),
        ("images seen", images, "images"),
        ("seconds", seconds, "seconds"),
    )
    numbers = [
        Number(label=f"{name}: {label}", value=values[run], unit=unit)
        for run, name in RUNS.items()
        for label, values, unit in columns
    ]
    checks = [
        Check(
            text="SGD is best: its accuracy is higher than Adam’s and GD’s",
            passed=every([over_adam.higher, over_gd.higher]),
        ),
        Check(
            text="Adam’s accuracy is comparable with SGD’s, within "
            f"±{RULES.accuracy.margin:g} points",
            passed=over_adam.comparable,
        ),
        Check(
            text="GD is worst: its accuracy is lower than SGD’s and Adam’s",
            passed=every([over_gd.higher, adam_over_gd.higher]),
        ),
        Check(
            text="GD costs the most, in images seen and in seconds",
            passed=all(cost["gd"] > max(cost["sgd"], cost["adam"]) for cost in (images, seconds)),
        ),
    ]
    accuracies = [
        f"{name} reaches {say_accuracy(mean[run])}"
        + (
            f" ({say_accuracy(low[run])} to {say_accuracy(high[run])} over {len(seeds[run])} seeds)"
            if len(seeds[run]) > 1
            else " with one seed"
        )
        for run, name in RUNS.items()
    ]
    costs = [
        f"{name} {say_count(images[run])} images and {say_count(seconds[run])} seconds"
        for run, name in RUNS.items()
    ]
    finding = (
        f"{say_list(accuracies)}. SGD is above Adam by {over_adam.says}, SGD above GD by "
        f"{over_gd.says}, Adam above GD by {adam_over_gd.says}. That takes {say_list(costs)}."
    )
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
        rules=("convergence",),
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
        rules=("accuracy",),
        answer=answer_ranking,
    ),
)
