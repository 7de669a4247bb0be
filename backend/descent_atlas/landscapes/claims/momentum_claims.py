"""What momentum does to accuracy, and whether it is momentum that does it."""

from collections.abc import Sequence
from dataclasses import dataclass

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
    read_accuracies,
    read_hyperparameter,
    require,
)
from descent_atlas.landscapes.claims.optimizer_claims import NOTICEABLE
from descent_atlas.landscapes.claims.phrases import say_accuracy, say_list, say_points, say_rate
from descent_atlas.landscapes.claims.smoothness_claims import PRINTED, TEN_TIMES, WITH, WITHOUT
from descent_atlas.landscapes.format import Landscape


@dataclass(frozen=True)
class Pair:
    """Two cells of Table II that momentum alone tells apart: their mean accuracies in percent."""

    batch: int
    rate: float
    without: float
    with_momentum: float

    @property
    def gain(self) -> float:
        """Percentage points that momentum brings."""
        return self.with_momentum - self.without

    @property
    def says(self) -> str:
        """The pair in a sentence."""
        return (
            f"batch {self.batch}, lr {say_rate(self.rate)}: {say_accuracy(self.without)} without, "
            f"{say_accuracy(self.with_momentum)} with"
        )


def list_pairs(table: Landscape) -> list[Pair]:
    """Return the pairs of Table II, by batch size and rate."""
    found: dict[tuple[int, float], dict[bool, float]] = {}
    for cell in table.manifest.results.cells:
        run = find_run(table, cell.run)
        place = run.batch_size, read_hyperparameter(run, "lr")
        has_momentum = read_hyperparameter(run, "momentum") > 0
        mean = require(cell.mean, f"the accuracy of {cell.run} in table-2")
        found.setdefault(place, {})[has_momentum] = mean
    pairs = [
        Pair(batch, rate, values[False], values[True])
        for (batch, rate), values in sorted(found.items())
        if len(values) == 2
    ]
    if not pairs:
        raise MissingEvidenceError("table-2 has no two cells that momentum alone tells apart")
    return pairs


def answer_accuracy(landscapes: Landscapes) -> Answer:
    """Count in Table II where momentum raises and lowers accuracy."""
    pairs = list_pairs(landscapes["table-2"])
    smallest = min(pair.batch for pair in pairs)
    groups = (
        [pair for pair in pairs if pair.batch > smallest],
        [pair for pair in pairs if pair.batch == smallest],
    )
    larger, small = groups
    helped, harmed = count_gains(larger), count_losses(larger)
    checks = [
        Check(
            text=f"With batches larger than {smallest} momentum raises accuracy, by more than "
            f"{NOTICEABLE:g} point, more often than it lowers it",
            passed=helped > harmed,
        ),
        Check(
            text=f"With batches of {smallest} it lowers accuracy by more than {NOTICEABLE:g} point "
            "at some rate",
            passed=count_losses(small) > 0,
        ),
    ]
    moved = [pair.says for pair in pairs if abs(pair.gain) > NOTICEABLE]
    return Answer(
        finding=(
            f"With batches larger than {smallest} momentum raises accuracy at {helped} and lowers "
            f"it at {harmed} of {len(larger)} settings; with batches of {smallest} it raises it at "
            f"{count_gains(small)} and lowers it at {count_losses(small)} of {len(small)}. "
            + (f"Where it makes a difference: {'; '.join(moved)}." if moved else "")
        ).strip(),
        checks=checks,
        numbers=[
            Number(
                label=f"Batch {pair.batch}, lr {say_rate(pair.rate)}, {name}",
                value=value,
                unit="accuracy",
            )
            for pair in pairs
            for name, value in (("without", pair.without), ("with", pair.with_momentum))
        ],
    )


def count_gains(pairs: Sequence[Pair]) -> int:
    """Return at how many settings momentum raises accuracy noticeably."""
    return sum(pair.gain > NOTICEABLE for pair in pairs)


def count_losses(pairs: Sequence[Pair]) -> int:
    """Return at how many settings momentum lowers accuracy noticeably."""
    return sum(pair.gain < -NOTICEABLE for pair in pairs)


def answer_cause(landscapes: Landscapes) -> Answer:
    """Compare momentum with ten times the rate, and with the formula that the paper prints."""
    table = landscapes["controls"]
    names = {
        WITHOUT: "lr 0.002 without momentum",
        WITH: "lr 0.002 with PyTorch’s momentum 0.9",
        TEN_TIMES: "lr 0.02 without momentum",
        PRINTED: "lr 0.002 with momentum 0.9 as the paper prints it",
    }
    mean, low, high = read_accuracies(table, names)
    accuracies = [
        f"{say_accuracy(mean[run])} ({say_accuracy(low[run])} to {say_accuracy(high[run])}) for "
        f"{name}"
        for run, name in names.items()
    ]
    gain, of_rate, of_printed = (
        say_points(mean[run] - mean[WITHOUT]) for run in (WITH, TEN_TIMES, PRINTED)
    )
    return Answer(
        finding=(
            f"The accuracies are {say_list(accuracies)}. Momentum moves the accuracy by {gain}; "
            f"ten times the rate alone moves it by {of_rate}, the printed formula by {of_printed}. "
            "In PyTorch’s convention each gradient moves the parameters by lr / (1 − 0.9), ten "
            "times as far in the end; in the printed formula, with its factor 1 − β, by lr."
        ),
        checks=[
            Check(
                text="Momentum is more accurate than ten times the rate without it, by more than "
                f"{NOTICEABLE:g} point",
                passed=mean[WITH] - mean[TEN_TIMES] > NOTICEABLE,
            ),
            Check(
                text="The printed formula is more accurate than no momentum at the same rate, by "
                f"more than {NOTICEABLE:g} point",
                passed=mean[PRINTED] - mean[WITHOUT] > NOTICEABLE,
            ),
        ],
        numbers=[
            Number(label=f"{name[:1].upper()}{name[1:]}: {label}", value=value, unit="accuracy")
            for run, name in names.items()
            for label, value in (("mean", mean[run]), ("lowest", low[run]), ("highest", high[run]))
        ],
    )


QUESTIONS = (
    Question(
        id="momentum-accuracy",
        title="Momentum helps, but harms batches of one",
        statement=(
            "Momentum usually helps the training, but may disrupt it where the batch is too small."
        ),
        figures=("Table II",),
        link="landscapes?show=table-2",
        needs=("table-2",),
        answer=answer_accuracy,
    ),
    Question(
        id="momentum-or-rate",
        title="It is momentum that helps, not its longer step",
        statement=(
            "The gain from momentum comes of averaging the updates. (The paper does not separate "
            "this from the step, which PyTorch’s momentum 0.9 makes ten times as long; the two "
            "controls are ours.)"
        ),
        figures=("6", "Table II"),
        link="landscapes?show=controls",
        needs=("controls",),
        answer=answer_cause,
    ),
)
