"""What momentum does to accuracy, and whether it is momentum that does it."""

from collections.abc import Sequence
from dataclasses import dataclass

from descent_atlas.landscapes.claims.accuracy_comparison import Comparison, compare
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
    read_batch_size,
    read_hyperparameter,
    require,
)
from descent_atlas.landscapes.claims.phrases import say_accuracy, say_list, say_points, say_rate
from descent_atlas.landscapes.claims.smoothness_claims import PRINTED, TEN_TIMES, WITH, WITHOUT
from descent_atlas.landscapes.format import Landscape


@dataclass(frozen=True)
class Pair:
    """Two cells of Table II that differ in momentum alone: their mean accuracies in percent.

    `gain` compares the one with momentum with the one without.
    """

    batch: int
    rate: float
    without: float
    with_momentum: float
    gain: Comparison

    @property
    def says(self) -> str:
        """The pair in a sentence."""
        return (
            f"batch {self.batch}, lr {say_rate(self.rate)}: {say_accuracy(self.without)} without, "
            f"{say_accuracy(self.with_momentum)} with"
        )


def list_pairs(table: Landscape) -> list[Pair]:
    """Return the pairs of Table II, by batch size and rate."""
    found: dict[tuple[int, float], dict[bool, tuple[str, float]]] = {}
    for cell in table.manifest.results.cells:
        run = find_run(table, cell.run)
        place = int(read_batch_size(run)), read_hyperparameter(run, "lr")
        has_momentum = read_hyperparameter(run, "momentum") > 0
        mean = require(cell.mean, f"the accuracy of {cell.run} in table-2")
        found.setdefault(place, {})[has_momentum] = cell.run, mean
    complete = {place: values for place, values in sorted(found.items()) if len(values) == 2}
    if not complete:
        raise MissingEvidenceError("table-2 has no two cells that differ in momentum alone")
    return [
        Pair(
            batch,
            rate,
            values[False][1],
            values[True][1],
            compare(table, values[True][0], values[False][0], comparisons=len(complete)),
        )
        for (batch, rate), values in complete.items()
    ]


@dataclass(frozen=True)
class Count:
    """At how many settings momentum raises accuracy, lowers it, or cannot be told to do either."""

    raised: int
    lowered: int
    unknown: int

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> "Count":
        """Count pairs."""
        return cls(
            raised=sum(pair.gain.higher is True for pair in pairs),
            lowered=sum(pair.gain.lower is True for pair in pairs),
            unknown=sum(pair.gain.higher is None for pair in pairs),
        )

    @property
    def mostly_raised(self) -> bool | None:
        """Whether it raises accuracy more often than it lowers it, whatever the unknown are."""
        if self.raised > self.lowered + self.unknown:
            return True
        return None if self.raised + self.unknown > self.lowered else False

    @property
    def ever_lowered(self) -> bool | None:
        """Whether it lowers accuracy anywhere."""
        return True if self.lowered else None if self.unknown else False

    @property
    def says(self) -> str:
        """The counts in a sentence."""
        return (
            f"higher with momentum at {self.raised}, lower at {self.lowered}, not to be told at "
            f"{self.unknown}"
        )


def answer_accuracy(landscapes: Landscapes) -> Answer:
    """Count in Table II where momentum raises and lowers accuracy."""
    pairs = list_pairs(landscapes["table-2"])
    smallest = min(pair.batch for pair in pairs)
    larger = [pair for pair in pairs if pair.batch > smallest]
    small = [pair for pair in pairs if pair.batch == smallest]
    moved = [pair.says for pair in pairs if pair.gain.higher or pair.gain.lower]
    return Answer(
        finding=(
            f"Of {len(larger)} settings with batches larger than {smallest}, accuracy is "
            f"{Count.of(larger).says}. Of {len(small)} with batches of {smallest} it is "
            f"{Count.of(small).says}. "
            + (f"Where it makes a difference: {'; '.join(moved)}." if moved else "")
        ).strip(),
        checks=[
            Check(
                text=f"With batches larger than {smallest} momentum raises accuracy more often "
                "than it lowers it",
                passed=Count.of(larger).mostly_raised,
            ),
            Check(
                text=f"With batches of {smallest} it lowers accuracy at some rate",
                passed=Count.of(small).ever_lowered,
            ),
        ],
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
    gain, of_rate = (say_points(mean[run] - mean[WITHOUT]) for run in (WITH, TEN_TIMES))
    over_rate = compare(table, WITH, TEN_TIMES, comparisons=2)
    over_none = compare(table, PRINTED, WITHOUT, comparisons=2)
    return Answer(
        finding=(
            f"The accuracies are {say_list(accuracies)}. Momentum moves the accuracy by {gain}; "
            f"ten times the rate alone moves it by {of_rate}. Momentum is above ten times the rate "
            f"by {over_rate.says}, the printed formula above no momentum by {over_none.says}. "
            "In PyTorch’s convention each gradient moves the parameters by lr / (1 − 0.9), ten "
            "times as far in the end; in the printed formula, with its factor 1 − β, by lr."
        ),
        checks=[
            Check(
                text="Momentum is more accurate than ten times the rate without it",
                passed=over_rate.higher,
            ),
            Check(
                text="The printed formula is more accurate than no momentum at the same rate",
                passed=over_none.higher,
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
        rules=("accuracy",),
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
        rules=("accuracy",),
        answer=answer_cause,
    ),
)
