"""What the learning rate does: to the accuracies of Table II, and to a path."""

import math
from dataclasses import dataclass
from statistics import fmean

from descent_atlas.landscapes.claims.claim import (
    Answer,
    Check,
    ClaimVerdict,
    Landscapes,
    MissingEvidenceError,
    Number,
    Question,
)
from descent_atlas.landscapes.claims.evidence import (
    find_run,
    find_surface,
    find_trajectory,
    read_array,
    read_batch_size,
    read_fall,
    read_hyperparameter,
    require,
)
from descent_atlas.landscapes.claims.path_measures import (
    TABLE,
    at_chance,
    list_paths,
    measure_smoothness,
)
from descent_atlas.landscapes.claims.phrases import (
    say_accuracy,
    say_angle,
    say_count,
    say_decimal,
    say_list,
    say_rate,
    say_small,
)
from descent_atlas.landscapes.claims.rules import RULES
from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import Run
from descent_atlas.statistics.association import explained_share

FAR = 2 * RULES.accuracy.margin
"""Percentage points above the paper's number that are told of."""

NAMES = {"lr": "the learning rate", "batch_size": "the batch size", "momentum": "momentum"}
"""What people call the hyperparameters of Table II."""


def answer_importance(landscapes: Landscapes) -> Answer:
    """Compare the shares of Table II's variance that the hyperparameters explain, η²."""
    table = landscapes["table-2"]
    explained = table.manifest.results.explained
    if set(explained) != set(NAMES):
        raise MissingEvidenceError(
            "table-2 does not hold every combination of three hyperparameters"
        )
    ours = {name: require(explained[name], f"η² of {NAMES[name]}") for name in NAMES}
    best_rate, low, high = find_spread(table)
    checks, numbers, sentences = [], [], []
    for whose, shares in (("found here", ours), *explain_paper(table).items()):
        others = [share for name, share in shares.items() if name != "lr"]
        checks.append(
            Check(
                text=f"In the accuracies {whose}, the learning rate explains more of the variance, "
                "η², than the batch size or momentum",
                passed=shares["lr"] > max(others),
            )
        )
        rest = 1 - sum(shares.values())
        numbers += [
            *(
                Number(label=f"{NAMES[name]}, accuracies {whose}: η²", value=share, unit="share")
                for name, share in shares.items()
            ),
            Number(label=f"interplay, accuracies {whose}: η²", value=rest, unit="share"),
        ]
        said = [f"{NAMES[name]} explains {say_small(share)}" for name, share in shares.items()]
        sentences.append(
            f"Of the variance of the accuracies {whose}, "
            f"{say_list([*said, f'their interplay {say_small(rest)}'])}."
        )
    rate = f"lr {say_rate(best_rate)}"
    numbers += [
        Number(label=f"{rate}: lowest accuracy", value=low, unit="accuracy"),
        Number(label=f"{rate}: highest accuracy", value=high, unit="accuracy"),
    ]
    sentences.append(
        f"The shares depend on the rates chosen: at {rate} alone, the best of the three, batch "
        f"size and momentum make the difference between {say_accuracy(low)} and "
        f"{say_accuracy(high)}."
    )
    passed = {check["passed"] for check in checks}
    return Answer(
        finding=" ".join(filter(None, [*sentences, tell_differences(table)])),
        checks=checks,
        numbers=numbers,
        verdict=ClaimVerdict.CONTESTED if len(passed) > 1 else None,
    )


def explain_paper(table: Landscape) -> dict[str, dict[str, float]]:
    """Return the shares η² in the accuracies that the paper prints, by hyperparameter.

    They stand under what a sentence calls those accuracies. A table of other images has none.
    """
    cells = table.manifest.results.cells
    if all(cell.paper is None for cell in cells):
        return {}
    paper = [require(cell.paper, f"the paper’s accuracy of {cell.run}") for cell in cells]
    runs = [find_run(table, cell.run) for cell in cells]
    levels = {
        name: [
            read_batch_size(run) if name == "batch_size" else read_hyperparameter(run, name)
            for run in runs
        ]
        for name in NAMES
    }
    shares = {name: explained_share(paper, column) for name, column in levels.items()}
    return {"that the paper prints": shares}


def tell_differences(table: Landscape) -> str:
    """Return a sentence on cells far above the paper's, and when our runs passed its numbers."""
    far = [
        (cell, cell.mean - cell.paper)
        for cell in table.manifest.results.cells
        if cell.mean is not None
        and cell.paper is not None
        and cell.mean - cell.paper > FAR
        and find_run(table, cell.run).batch_size == 1
    ]
    if not far:
        return ""
    differences = say_list([f"{difference:.0f}" for _, difference in far])
    reached = [cell.paper_reached for cell, _ in far if cell.paper_reached is not None]
    begun = (
        f"With batches of 1 the accuracies found here are {differences} points above the "
        "paper’s, which does not say how many steps its runs took. "
    )
    if len(reached) < len(far):
        return begun + "When our runs passed its numbers was not measured."
    return begun + (
        "Ours passed its numbers between steps "
        f"{say_count(min(point.before for point in reached))} and "
        f"{say_count(max(point.step for point in reached))}."
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
    """A run of Figure 4: what its rate did.

    `start` and `end` are its true training losses before the first step and after the last finite
    one; a loss that is not finite counts as infinite. `angle` is that of the paths drawn in their
    own principal planes, the mean over the new seeds; None if all diverged.
    """

    rate: float
    run: Run
    start: float
    end: float
    accuracy: float
    chance: bool
    angle: float | None

    @property
    def says(self) -> str:
        """The rate in a sentence."""
        return f"lr {say_rate(self.rate)}"

    @property
    def fall(self) -> float:
        """How far the loss fell."""
        return self.start - self.end

    @property
    def diverged(self) -> bool:
        """Whether training diverged."""
        return self.run.status == "diverged"

    @property
    def jitters(self) -> bool | None:
        """Whether training jitters around a minimum; None if its path was not measured."""
        if self.chance or self.diverged:
            return False
        return None if self.angle is None else self.angle > RULES.rates.jitter


def read_trial(landscape: Landscape, table: Landscape, run: Run) -> Trial:
    """Return what a rate did."""
    losses = read_array(landscape, find_trajectory(landscape, run.id).arrays, "loss")
    if not len(losses) or not math.isfinite(losses[0]):
        raise MissingEvidenceError(f"the run {run.id} has no loss at its start")
    angles = [path.turning for path in list_paths(table, run.id, chance=True)]
    moved = [angle for angle in angles if angle is not None]
    return Trial(
        rate=read_hyperparameter(run, "lr"),
        run=run,
        start=float(losses[0]),
        end=float(losses[-1]) if math.isfinite(losses[-1]) else math.inf,
        accuracy=100 * require(run.test_accuracy, f"the accuracy of {run.id}"),
        chance=at_chance(landscape, run),
        angle=fmean(moved) if moved else None,
    )


def measure_relief(landscapes: Landscapes, run: Run) -> float:
    """Return by how much the loss varies on a run's random plane, as a share of its lowest."""
    surface = find_surface(landscapes[name_plane(run)], "train")
    lowest = require(surface.lowest, f"the lowest loss on {name_plane(run)}")
    highest = require(surface.highest, f"the highest loss on {name_plane(run)}")
    return (highest - lowest) / lowest if not surface.not_finite else math.inf


def name_plane(run: Run) -> str:
    """Return the id of the random plane around a run's end."""
    return f"{run.id}-random"


def answer_rates(landscapes: Landscapes) -> Answer:
    """Compare the three rates of Figure 4: what became of the loss, and how the paths run."""
    landscape, table, rule = landscapes["learning-rates"], landscapes[TABLE], RULES.rates
    trials = sorted(
        (read_trial(landscape, table, run) for run in landscape.manifest.runs),
        key=lambda trial: -trial.rate,
    )
    if len(trials) != 3 or len({trial.rate for trial in trials}) != 3:
        raise MissingEvidenceError("learning-rates does not hold three rates")
    large, middle, small = trials
    if name_plane(large.run) not in landscapes:
        raise MissingEvidenceError(f"not computed here: {name_plane(large.run)}")
    relief = measure_relief(landscapes, large.run)
    late = read_fall(landscape, small.run.id)
    smoothness = measure_smoothness(
        table, {trial.run.id: trial.says for trial in trials}, chance=True
    )
    checks = [
        Check(
            text=f"With {large.says} training diverges, or jitters around a minimum",
            passed=True if large.diverged else large.jitters,
        ),
        Check(
            text=f"With {small.says} the loss falls by less than {rule.slow:.0%} of what it "
            f"falls by with {middle.says}, and still moves over the last tenth by more than "
            f"{rule.settled:.0%} of its fall",
            passed=small.fall < rule.slow * middle.fall and late.lately > rule.settled,
        ),
        Check(
            text="The oscillations decrease with the rate: the path as drawn turns less",
            passed=smoothness.turning.falls,
        ),
    ]
    numbers = []
    for trial in trials:
        numbers += [
            Number(label=f"{trial.says}: accuracy", value=trial.accuracy, unit="accuracy"),
            Number(label=f"{trial.says}: loss at its start", value=trial.start, unit="loss"),
            Number(
                label=f"{trial.says}: loss at its end",
                value=trial.end if math.isfinite(trial.end) else None,
                unit="loss",
            ),
            Number(label=f"{trial.says}: angle of the path drawn", value=trial.angle, unit="angle"),
        ]
    numbers += [
        Number(
            label=f"{small.says}: moved over the last tenth",
            value=late.lately if math.isfinite(late.lately) else None,
            unit="share",
        ),
        Number(
            label=f"{large.says}: variation of the loss on its random plane",
            value=relief if math.isfinite(relief) else None,
            unit="share",
        ),
    ]
    finding = " ".join([tell_fate(large, relief), *(tell_trial(trial) for trial in trials)])
    return Answer(finding=finding, checks=checks, numbers=numbers)


def tell_fate(trial: Trial, relief: float) -> str:
    """Say what became of training with the largest rate; `relief` is its plane's variation."""
    if trial.diverged:
        return f"With {trial.says} training diverges ({trial.run.stop_reason})."
    if trial.chance and relief < RULES.rates.flat:
        return (
            f"With {trial.says} training neither diverges nor jitters around a minimum: it dies at "
            f"chance. The loss varies by {say_small(relief)} over the run’s own random plane."
        )
    if trial.chance:
        return f"With {trial.says} training ends at chance, on a surface that is not flat."
    if trial.jitters:
        return f"With {trial.says} training jitters around a minimum."
    return f"With {trial.says} training neither diverges nor jitters."


def tell_trial(trial: Trial) -> str:
    """Say what a rate did, in a sentence."""
    went = f"from {say_decimal(trial.start, 3)} to " + (
        say_decimal(trial.end, 3) if abs(trial.end) < 1e4 else f"{trial.end:.1e}"
    )
    turned = (
        "" if trial.angle is None else f", and the path drawn turns by {say_angle(trial.angle)}"
    )
    return (
        f"With {trial.says} the training loss goes {went}, the accuracy is "
        f"{say_accuracy(trial.accuracy)}{turned}."
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
        rules=("importance",),
        answer=answer_importance,
    ),
    Question(
        id="learning-rates",
        title="Too large a rate jitters or diverges, too small is too slow",
        statement=(
            "Too large a learning rate no longer converges: the model jitters around the minimum, "
            "or diverges. Too small a rate makes training too slow; the oscillations decrease with "
            "the rate. (The paper also calls training with a small rate more precise. It does not "
            "define that, and it is not judged.)"
        ),
        figures=("4",),
        link="landscapes?show=b64-lr2-m0-pca",
        needs=("learning-rates", "b64-lr2-m0-pca", "b64-lr2-m0-random", TABLE),
        rules=("rates", "chance", "seeds", "smoothness"),
        answer=answer_rates,
    ),
)
