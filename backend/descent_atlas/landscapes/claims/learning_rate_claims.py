"""What the learning rate does: to the accuracies of Table II, and to a path."""

import math
from dataclasses import dataclass
from itertools import pairwise

from descent_atlas.landscapes.claims.claim import (
    Answer,
    Check,
    Landscapes,
    MissingEvidenceError,
    Number,
    Question,
)
from descent_atlas.landscapes.claims.evidence import (
    find_run,
    find_trajectory,
    measure_detour,
    read_array,
    read_fall,
    read_hyperparameter,
    read_path,
    require,
)
from descent_atlas.landscapes.claims.optimizer_claims import NOTICEABLE, SETTLED
from descent_atlas.landscapes.claims.phrases import (
    say_accuracy,
    say_angle,
    say_decimal,
    say_list,
    say_rate,
    say_small,
)
from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import Run

NAMES = {"lr": "the learning rate", "batch_size": "the batch size", "momentum": "momentum"}
"""What people call the hyperparameters of Table II."""

SLOW = 0.1
"""A rate with which the loss falls, in as many steps, by less than this share of what another
makes it fall by is too small."""

NOTICEABLE_ANGLE = 1.0
"""Degrees by which mean turning angles differ: a picture does not show less."""


def answer_importance(landscapes: Landscapes) -> Answer:
    """Compare the shares of Table II's variance that the hyperparameters explain, η²."""
    table = landscapes["table-2"]
    explained = table.manifest.results.explained
    if set(explained) != set(NAMES):
        raise MissingEvidenceError(
            "table-2 does not hold every combination of three hyperparameters"
        )
    shares = {name: require(explained[name], f"η² of {NAMES[name]}") for name in NAMES}
    others = [share for name, share in shares.items() if name != "lr"]
    best_rate, low, high = find_spread(table)
    spread = [
        Number(label=f"lr {say_rate(best_rate)}: lowest accuracy", value=low, unit="accuracy"),
        Number(label=f"lr {say_rate(best_rate)}: highest accuracy", value=high, unit="accuracy"),
    ]
    said = [f"{NAMES[name]} explains {say_small(share)}" for name, share in shares.items()]
    rest = 1 - sum(shares.values())
    return Answer(
        finding=(
            f"Of the variance of Table II’s accuracies {say_list(said)}; {say_small(rest)} is left "
            f"to their interplay. That depends on the rates chosen: at {say_rate(best_rate)} "
            f"alone, the best of the three, batch size and momentum make the difference between "
            f"{say_accuracy(low)} and {say_accuracy(high)}."
        ),
        checks=[
            Check(
                text="The learning rate explains more of the variance of the accuracies, η², than "
                "the batch size or momentum",
                passed=shares["lr"] > max(others),
            )
        ],
        numbers=[
            *(
                Number(label=f"η² of {NAMES[name]}", value=share, unit="share")
                for name, share in shares.items()
            ),
            Number(label="η² of their interplay", value=rest, unit="share"),
            *spread,
        ],
    )


def find_spread(table: Landscape) -> tuple[float, float, float]:
    """Return the rate with the best accuracy, and the range of accuracies at that rate."""
    by_rate: dict[float, list[float]] = {}
    for cell in table.manifest.results.cells:
        rate = read_hyperparameter(find_run(table, cell.run), "lr")
        mean = require(cell.mean, f"the accuracy of {cell.run} in table-2")
        by_rate.setdefault(rate, []).append(mean)
    best = max(by_rate, key=lambda rate: max(by_rate[rate]))
    return best, min(by_rate[best]), max(by_rate[best])


@dataclass(frozen=True)
class Trial:
    """A run of Figure 4: what its rate did. `turning` and `detour` are None where nothing moved.

    `start` and `end` are its true training losses before the first step and after the last finite
    one; a loss that is not finite counts as infinite.
    """

    rate: float
    run: Run
    start: float
    end: float
    turning: float | None
    detour: float | None

    @property
    def says(self) -> str:
        """The rate in a sentence."""
        return f"lr {say_rate(self.rate)}"

    @property
    def fall(self) -> float:
        """How far the loss fell."""
        return self.start - self.end


def read_trial(landscape: Landscape, run: Run) -> Trial:
    """Return what a rate did."""
    path = read_path(landscape, run.id)
    losses = read_array(landscape, find_trajectory(landscape, run.id).arrays, "loss")
    if not len(losses) or not math.isfinite(losses[0]):
        raise MissingEvidenceError(f"the run {run.id} has no loss at its start")
    return Trial(
        rate=read_hyperparameter(run, "lr"),
        run=run,
        start=float(losses[0]),
        end=float(losses[-1]) if math.isfinite(losses[-1]) else math.inf,
        turning=run.turning,
        detour=measure_detour(path.points),
    )


def answer_rates(landscapes: Landscapes) -> Answer:
    """Compare the three rates of Figure 4: what became of the loss, and how the paths run."""
    landscape = landscapes["learning-rates"]
    trials = sorted(
        (read_trial(landscape, run) for run in landscape.manifest.runs),
        key=lambda trial: -trial.rate,
    )
    if len(trials) != 3 or len({trial.rate for trial in trials}) != 3:
        raise MissingEvidenceError("learning-rates does not hold three rates")
    large, middle, small = trials
    chance = 100 / max(len(landscape.manifest.dataset.classes), 1)
    accuracy = {
        trial.rate: 100 * require(trial.run.test_accuracy, f"the accuracy of {trial.run.id}")
        for trial in trials
    }
    failed = large.run.status == "diverged" or (
        accuracy[large.rate] < chance + NOTICEABLE and large.fall < SLOW * middle.fall
    )
    late = read_fall(landscape, small.run.id)
    measured = [trial for trial in trials if trial.turning is not None]
    calmer = all(
        before.turning is not None
        and after.turning is not None
        and before.turning - after.turning >= NOTICEABLE_ANGLE
        for before, after in pairwise(measured)
    )
    checks = [
        Check(
            text=f"With {large.says} training diverges, or ends within {NOTICEABLE:g} point of "
            f"chance with its loss fallen by less than {SLOW:.0%} of what {middle.says} "
            "makes it fall by",
            passed=failed,
        ),
        Check(
            text=f"With {small.says} the loss falls by less than {SLOW:.0%} of what it "
            f"falls by with {middle.says}, and still moves over the last tenth by more than "
            f"{SETTLED:.0%} of its fall",
            passed=small.fall < SLOW * middle.fall and late.lately > SETTLED,
        ),
    ]
    if len(measured) > 1:
        checks.append(
            Check(
                text="Each smaller rate turns less from update to update, by at least "
                f"{NOTICEABLE_ANGLE:g}° on average",
                passed=calmer,
            )
        )
    numbers = []
    for trial in trials:
        numbers += [
            Number(label=f"{trial.says}: accuracy", value=accuracy[trial.rate], unit="accuracy"),
            Number(label=f"{trial.says}: loss at its start", value=trial.start, unit="loss"),
            Number(
                label=f"{trial.says}: loss at its end",
                value=trial.end if math.isfinite(trial.end) else None,
                unit="loss",
            ),
            Number(label=f"{trial.says}: mean turning angle", value=trial.turning, unit="angle"),
            Number(
                label=f"{trial.says}: length of the path drawn, by the way covered",
                value=trial.detour,
                unit="ratio",
            ),
        ]
    numbers.append(
        Number(
            label=f"{small.says}: moved over the last tenth",
            value=late.lately if math.isfinite(late.lately) else None,
            unit="share",
        )
    )
    finding = " ".join(tell_trial(trial, accuracy[trial.rate]) for trial in trials)
    return Answer(finding=finding, checks=checks, numbers=numbers)


def tell_trial(trial: Trial, accuracy: float) -> str:
    """Say what a rate did, in a sentence."""
    begun = f"With {trial.says} the training loss "
    if trial.run.status == "diverged":
        begun = f"With {trial.says} training diverged ({trial.run.stop_reason}); its loss "
    went = f"went from {say_decimal(trial.start, 3)} to " + (
        say_decimal(trial.end, 3) if abs(trial.end) < 1e4 else f"{trial.end:.1e}"
    )
    turned = []
    if trial.turning is not None:
        turned.append(f"updates turn by {say_angle(trial.turning)} on average")
    if trial.detour is not None:
        turned.append(
            f"the path drawn is {say_decimal(trial.detour, 1)} times as long as the way it covers"
        )
    return f"{begun}{went} and the accuracy is {say_accuracy(accuracy)}" + (
        f"; {say_list(turned)}." if turned else "."
    )


QUESTIONS = (
    Question(
        id="learning-rate-matters",
        title="The learning rate matters most",
        statement=(
            "Of learning rate, batch size and momentum, the learning rate has the most impact."
        ),
        figures=("Table II",),
        link="landscapes?show=table-2",
        needs=("table-2",),
        answer=answer_importance,
    ),
    Question(
        id="learning-rates",
        title="Too large a rate jitters or diverges, too small is too slow",
        statement=(
            "Too large a learning rate no longer converges: the model jitters around the minimum, "
            "or diverges. Too small a rate makes training more precise but too slow; the "
            "oscillations decrease with the rate."
        ),
        figures=("4",),
        link="landscapes?show=learning-rates",
        needs=("learning-rates",),
        answer=answer_rates,
    ),
)
