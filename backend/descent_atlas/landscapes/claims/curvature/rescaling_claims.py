"""Whether sharpness by itself says anything of a network: other parameters, the same outputs."""

from collections.abc import Sequence

from descent_atlas.landscapes.claims.claim import (
    Answer,
    Check,
    Landscapes,
    MissingEvidenceError,
    Number,
    Question,
    some,
)
from descent_atlas.landscapes.claims.curvature.curvature_evidence import run_counts
from descent_atlas.landscapes.claims.curvature.curvature_rules import CURVATURE_RULES
from descent_atlas.landscapes.claims.curvature.edge_claims import TABLE
from descent_atlas.landscapes.claims.evidence import find, find_run
from descent_atlas.landscapes.claims.phrases import (
    say_accuracy,
    say_count,
    say_decimal,
    say_list,
    say_rate,
)
from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.parts.rescaling_parts import RescaledNetwork, Rescaling

OWN = 1
"""The factor of the network as it was trained."""


def list_rescalings(table: Landscape) -> list[Rescaling]:
    """Return the rescaled networks of a table's runs that count.

    Raises MissingEvidenceError if there are none.
    """
    found = [
        rescaling
        for rescaling in table.manifest.results.rescalings
        if run_counts(table, find_run(table, rescaling.run))
    ]
    if not found:
        raise MissingEvidenceError(f"{table.manifest.id} has no rescaled network that counts")
    return found


def find_own(rescaling: Rescaling) -> RescaledNetwork:
    """Return the network as it was trained."""
    missing = f"{rescaling.run} is missing among its rescaled networks"
    return find(rescaling.networks, lambda network: network.factor == OWN, missing)


def multiplies(rescaling: Rescaling) -> bool | None:
    """Return whether some rescaling that changes no output multiplies the sharpness enough.

    None if none does and of one it cannot be told.
    """
    own = find_own(rescaling)
    return some(
        [meets_rule(each, own, rescaling) for each in rescaling.networks if each.factor != OWN]
    )


def meets_rule(network: RescaledNetwork, own: RescaledNetwork, rescaling: Rescaling) -> bool | None:
    """Return whether one rescaling does; None if that cannot be told."""
    same = changes_nothing(network, rescaling)
    if not same:
        return same
    if network.sharpness is None or own.sharpness is None:
        return None
    return network.sharpness >= CURVATURE_RULES.reparametrisation.factor * own.sharpness


def changes_nothing(network: RescaledNetwork, rescaling: Rescaling) -> bool | None:
    """Return whether no output changes by more than rounding; None if that is not known."""
    if network.difference is None or rescaling.rounding is None:
        return None
    return network.difference <= rescaling.rounding


def answer(landscapes: Landscapes) -> Answer:
    """Compare a trained network with the same function of other parameters."""
    table, least = landscapes[TABLE], CURVATURE_RULES.reparametrisation.factor
    rescalings = list_rescalings(table)
    return Answer(
        finding=" ".join(tell_rescaling(table, rescaling) for rescaling in rescalings),
        checks=[
            Check(
                text="A change of the parameters that leaves every output alone multiplies the "
                f"sharpness by {least:g} or more",
                passed=some([multiplies(rescaling) for rescaling in rescalings]),
            )
        ],
        numbers=[number for each in rescalings for number in count_rescaling(table, each)],
    )


def tell_rescaling(table: Landscape, rescaling: Rescaling) -> str:
    """Return in a sentence what the rescaled networks of a run have in common, and what not."""
    name, networks = find_run(table, rescaling.run).label, rescaling.networks
    own = find_own(rescaling)
    factors = say_list([say_rate(each.factor) for each in networks if each.factor != OWN])
    values = [each.sharpness for each in networks if each.sharpness is not None]
    if not values:
        return f"No sharpness of {name}’s rescaled networks has converged."
    sentence = (
        f"With one layer of {name}’s network multiplied by {factors} and the next one’s weights "
        f"divided by it, the sharpness is {say_decimal(min(values), 1)} to "
        f"{say_count(max(values))}"
    )
    if own.sharpness is not None:
        sentence += f" instead of {say_decimal(own.sharpness, 1)}"
    changed = [each for each in networks if changes_nothing(each, rescaling) is not True]
    outputs = "no output changes by more than rounding" if not changed else "some outputs change"
    return f"{sentence}; {outputs}, and the test accuracy is {say_accuracies(networks)}."


def say_accuracies(networks: Sequence[RescaledNetwork]) -> str:
    """Return the test accuracies of some networks: one where they are all the same."""
    known = [100 * each.test_accuracy for each in networks if each.test_accuracy is not None]
    if not known:
        return "not known"
    low, high = say_accuracy(min(known)), say_accuracy(max(known))
    return f"{low} each time" if min(known) == max(known) else f"{low} to {high}"


def count_rescaling(table: Landscape, rescaling: Rescaling) -> list[Number]:
    """Return the numbers of a run's rescaled networks."""
    name, rounding = find_run(table, rescaling.run).label, rescaling.rounding
    numbers: list[Number] = []
    for network in rescaling.networks:
        subject = f"{name}, times {say_rate(network.factor)}"
        accuracy, changed = network.test_accuracy, network.difference
        numbers += [
            Number(label=f"{subject}: sharpness", value=network.sharpness, unit="curvature"),
            Number(
                label=f"{subject}: test accuracy",
                value=None if accuracy is None else 100 * accuracy,
                unit="accuracy",
            ),
            Number(
                label=f"{subject}: largest change of an output, of what rounding changes",
                value=None if changed is None or not rounding else changed / rounding,
                unit="ratio",
            ),
        ]
    return numbers


RESCALING_QUESTIONS = (
    Question(
        id="reparametrisation",
        title="Sharpness by itself decides nothing",
        statement=(
            "A network’s parameters can be changed so that it computes the same function and is "
            "as sharp as one likes: sharp minima can generalise too."
        ),
        figures=("Dinh et al. 2017",),
        link="landscapes?show=full-batch",
        needs=(TABLE,),
        rules=("sharpness", "reparametrisation"),
        answer=answer,
    ),
)
