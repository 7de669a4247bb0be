"""How smoothly training moves, by batch size and with momentum: the angles between updates."""

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
    read_hyperparameter,
    read_path,
    require,
)
from descent_atlas.landscapes.claims.learning_rate_claims import NOTICEABLE_ANGLE
from descent_atlas.landscapes.claims.phrases import (
    say_accuracy,
    say_angle,
    say_images,
    say_list,
    say_rate,
)
from descent_atlas.landscapes.format import Landscape
from descent_atlas.statistics.turning import angle_of, measure_turning

BATCHES = ("batch-sizes-caption", "batch-sizes")
"""Figure 5 at the rate of its caption and at that of Table II."""

WITHOUT, WITH = "b64-lr0.002-m0", "sgd"
"""Figure 6: batch 64, lr 0.002, without momentum and with 0.9."""

TEN_TIMES, PRINTED = "b64-lr0.02-m0", "b64-lr0.002-m0.9-d0.9"
"""The controls: ten times the rate and no momentum, and the formula that the paper prints."""


def answer_batches(landscapes: Landscapes) -> Answer:
    """Compare the mean turning angles of trainings with batches of several sizes."""
    checks: list[Check] = []
    numbers: list[Number] = []
    sentences = []
    for id in BATCHES:
        landscape = landscapes[id]
        runs = sorted(landscape.manifest.runs, key=lambda run: run.batch_size)
        if len(runs) < 2:
            raise MissingEvidenceError(f"{id} does not hold runs with several batch sizes")
        rate = say_rate(read_hyperparameter(runs[0], "lr"))
        sizes = [say_images(run.batch_size) for run in runs]
        angles = [run.turning for run in runs]
        numbers += [
            Number(
                label=f"lr {rate}, batches of {size}: mean turning angle", value=angle, unit="angle"
            )
            for size, angle in zip(sizes, angles, strict=True)
        ]
        measured = [angle for angle in angles if angle is not None]
        if len(measured) < 2:
            raise MissingEvidenceError(
                f"fewer than two runs of {id} were long enough to measure an angle"
            )
        checks.append(
            Check(
                text=f"At lr {rate} each larger batch turns less from update to update, by at "
                f"least {NOTICEABLE_ANGLE:g}° on average",
                passed=all(
                    before - after >= NOTICEABLE_ANGLE for before, after in pairwise(measured)
                ),
            )
        )
        said = []
        for run, size, angle in zip(runs, sizes, angles, strict=True):
            accuracy = say_accuracy(100 * require(run.test_accuracy, f"the accuracy of {run.id}"))
            turned = "an angle that was not measured" if angle is None else say_angle(angle)
            ended = "diverged" if run.status == "diverged" else f"accuracy {accuracy}"
            said.append(f"{turned} with {size} ({ended})")
        sentences.append(f"At lr {rate} consecutive updates differ by {say_list(said)}.")
    return Answer(finding=" ".join(sentences), checks=checks, numbers=numbers)


def read_turning(landscape: Landscape, run: str) -> float:
    """Return a run's mean angle between consecutive updates, in all dimensions."""
    return require(find_run(landscape, run).turning, f"the turning angle of {run}")


def read_drawn_turning(landscape: Landscape, run: str) -> float:
    """Return the mean angle between consecutive moves of a path as the plane shows it."""
    angle = measure_turning(read_path(landscape, run).points)
    if angle is None:
        raise MissingEvidenceError(f"the path of {run} does not move")
    return angle


def answer_momentum(landscapes: Landscapes) -> Answer:
    """Compare turning angles with and without momentum, in all dimensions and as drawn."""
    landscape = landscapes["momentum"]
    names = {
        WITHOUT: "without momentum",
        WITH: "with momentum",
        TEN_TIMES: "with ten times the rate and no momentum",
        PRINTED: "with the printed formula",
    }
    updates = {run: read_turning(landscape, run) for run in names}
    drawn = {run: read_drawn_turning(landscape, run) for run in names}
    momentum = read_hyperparameter(find_run(landscape, WITH), "momentum")
    # Of v ← μv + g with independent g, the correlation of consecutive v is μ.
    of_noise = angle_of(momentum)
    checks = [
        Check(
            text="From update to update, training turns less with momentum than without, by at "
            f"least {NOTICEABLE_ANGLE:g}°",
            passed=updates[WITHOUT] - updates[WITH] >= NOTICEABLE_ANGLE,
        ),
        Check(
            text="The path as drawn, from snapshot to snapshot, turns less with momentum than "
            f"without, by at least {NOTICEABLE_ANGLE:g}°",
            passed=drawn[WITHOUT] - drawn[WITH] >= NOTICEABLE_ANGLE,
        ),
        Check(
            text="The path as drawn turns less with momentum than with ten times the rate and no "
            f"momentum, by at least {NOTICEABLE_ANGLE:g}°",
            passed=drawn[TEN_TIMES] - drawn[WITH] >= NOTICEABLE_ANGLE,
        ),
    ]
    numbers = [
        Number(label=f"{names[run].capitalize()}: {label}", value=values[run], unit="angle")
        for run in names
        for label, values in (("updates", updates), ("path drawn", drawn))
    ]
    numbers.append(Number(label="Momentum over pure noise", value=of_noise, unit="angle"))
    return Answer(
        finding=(
            "Consecutive updates differ by "
            f"{say_list([f'{say_angle(updates[run])} {name}' for run, name in names.items()])}. "
            f"But momentum {momentum:g} adds each gradient to many updates: over gradients that "
            f"know nothing of each other it would leave {say_angle(of_noise)} of 90°, wherever "
            "training goes. The path as drawn, whose moves are many updates long, turns by "
            f"{say_list([f'{say_angle(drawn[run])} {name}' for run, name in names.items()])}."
        ),
        checks=checks,
        numbers=numbers,
    )


QUESTIONS = (
    Question(
        id="batch-smoothness",
        title="Larger batches make training smoother",
        statement="The larger the batch, the more stable the training.",
        figures=("5",),
        link="landscapes?show=batch-sizes-caption",
        needs=BATCHES,
        answer=answer_batches,
    ),
    Question(
        id="momentum-smoothness",
        title="Momentum makes training smoother",
        statement="One visible effect of momentum is smoother training.",
        figures=("6",),
        link="landscapes?show=momentum",
        needs=("momentum",),
        answer=answer_momentum,
    ),
)
