"""Whether Adam beats SGD on a transformer, on which tokens, and what warm-up and sharpness say."""

from collections.abc import Sequence
from statistics import fmean

import numpy as np

from descent_atlas.landscapes.claims.claim import (
    Answer,
    Check,
    Landscapes,
    MissingEvidenceError,
    Number,
    Question,
    every,
)
from descent_atlas.landscapes.claims.curvature.curvature_evidence import take_limit
from descent_atlas.landscapes.claims.networks.network_rules import NETWORK_RULES
from descent_atlas.landscapes.claims.networks.rate_groups import (
    RateGroup,
    choose_best,
    find_largest,
    read_groups,
)
from descent_atlas.landscapes.claims.networks.spread_numbers import list_spread
from descent_atlas.landscapes.claims.phrases import (
    say_bound,
    say_decimal,
    say_list,
    say_rate,
    say_small,
)
from descent_atlas.statistics.comparison import falling_trend, welch_interval

TABLE = "losses"
"""The table with every run and seed."""

OPTIMIZERS = ("SGD", "Adam")


def answer_adam(landscapes: Landscapes) -> Answer:
    """Compare the losses of SGD and Adam at the best rate of each."""
    sgd, adam = choose_both(landscapes)
    checks: list[Check] = []
    numbers: list[Number] = []
    said: list[str] = []
    for split, what in (("train", "training"), ("test", "test")):
        theirs, ours = (group.read_ends(f"{split}.loss") for group in (sgd, adam))
        low, high = welch_interval(theirs, ours, NETWORK_RULES.losses.level)
        checks.append(
            Check(text=f"SGD’s {what} loss is above Adam’s", passed=lies_above(low, high))
        )
        numbers += [
            *count_losses(f"SGD, {what}", theirs),
            *count_losses(f"Adam, {what}", ours),
        ]
        said.append(
            f"the {what} loss is {say_decimal(fmean(theirs))} with SGD and "
            f"{say_decimal(fmean(ours))} with Adam, a difference of "
            f"{say_decimal(fmean(theirs) - fmean(ours))} ({say_bound(low)} to {say_bound(high)})"
        )
    return Answer(
        finding=f"With rates of {say_rate(sgd.rate)} and {say_rate(adam.rate)}, {say_list(said)}.",
        checks=checks,
        numbers=numbers,
    )


def answer_rare(landscapes: Landscapes) -> Answer:
    """Divide the gap between the training losses by the frequency of tokens, seed by seed."""
    rule = NETWORK_RULES.rare
    sgd, adam = choose_both(landscapes)
    numbers: list[Number] = []
    gaps: list[float] = []
    shares: list[float] = []
    steeper: list[bool] = []
    for seed in sorted(set(sgd.seeds) & set(adam.seeds)):
        theirs, ours = sgd.read_end(seed), adam.read_end(seed)
        gap, frequent, rare = (theirs[name] - ours[name] for name in ("loss", "frequent", "rare"))
        # The whole loss is the mean of both, weighted by how many tokens are rare.
        weight = (ours["loss"] - ours["frequent"]) / (ours["rare"] - ours["frequent"])
        share = weight * rare / gap if gap > 0 else float("nan")
        gaps.append(gap)
        shares.append(share)
        steeper.append(rare > frequent)
        numbers += [
            Number(label=f"Seed {seed}: gap of all tokens", value=gap, unit="loss"),
            Number(label=f"Seed {seed}: gap of frequent tokens", value=frequent, unit="loss"),
            Number(label=f"Seed {seed}: gap of rare tokens", value=rare, unit="loss"),
            Number(label=f"Seed {seed}: share of tokens that are rare", value=weight, unit="share"),
        ]
        if gap > 0:
            numbers.append(
                Number(label=f"Seed {seed}: share of the gap on rare", value=share, unit="share")
            )
    if len(gaps) < NETWORK_RULES.rates.least_seeds:
        raise MissingEvidenceError("SGD and Adam have too few seeds in common")
    is_there = min(gaps) > 0
    finding = "SGD’s training loss is not above Adam’s with every seed."
    if is_there:
        finding = (
            f"Of the gap between the training losses, {say_decimal(min(gaps))} to "
            f"{say_decimal(max(gaps))} nats a token, {say_small(min(shares))} to "
            f"{say_small(max(shares))} arise on rare tokens."
        )
    return Answer(
        finding=finding,
        checks=[
            Check(
                text="With every seed, the gap is larger on rare tokens than on frequent ones",
                passed=all(steeper) if is_there else None,
            ),
            Check(
                text=f"With every seed, at least {rule.share:.0%} of the gap arises on rare tokens",
                passed=min(shares) >= rule.share if is_there else None,
            ),
        ],
        numbers=numbers,
    )


def answer_warm_up(landscapes: Landscapes) -> Answer:
    """Compare the largest rate of each optimizer with and without warm-up."""
    groups = read_groups(landscapes[TABLE])
    level = 1 - (1 - NETWORK_RULES.warm_up.level) / len(OPTIMIZERS)
    checks: list[Check] = []
    numbers: list[Number] = []
    said: list[str] = []
    for optimizer in OPTIMIZERS:
        without, warmed = find_largest(groups, optimizer)
        passed: bool | None
        if without.diverged or warmed.diverged:
            passed = None if without.diverged and warmed.diverged else without.diverged
            said.append(
                f"at a rate of {say_rate(without.rate)}, {optimizer} diverges "
                f"{say_which(without.diverged, warmed.diverged)}"
            )
        else:
            plain, warm = without.read_ends("train.loss"), warmed.read_ends("train.loss")
            low, high = welch_interval(plain, warm, level)
            passed = lies_above(low, high)
            numbers += [
                *count_losses(f"{optimizer}, without warm-up", plain),
                *count_losses(f"{optimizer}, with warm-up", warm),
            ]
            said.append(
                f"at a rate of {say_rate(without.rate)}, {optimizer} ends at a training loss of "
                f"{say_decimal(fmean(plain))} without and {say_decimal(fmean(warm))} with warm-up, "
                f"a difference of {say_decimal(fmean(plain) - fmean(warm))} ({say_bound(low)} to "
                f"{say_bound(high)})"
            )
        checks.append(Check(text=f"Warm-up allows {optimizer} a larger rate", passed=passed))
    text = say_list(said)
    return Answer(finding=f"{text[0].upper()}{text[1:]}.", checks=checks, numbers=numbers)


def answer_sharpness(landscapes: Landscapes) -> Answer:
    """Compare Adam's preconditioned sharpness with its limit, and its sharpness with SGD's."""
    rule = NETWORK_RULES.sharpness
    sgd, adam = choose_both(landscapes)
    within: list[bool | None] = []
    numbers: list[Number] = []
    for path in adam.paths:
        limit = take_limit(path, "preconditioned")
        late = path.step >= rule.late * path.step[-1]
        values = path.preconditioned[late & np.isfinite(path.preconditioned)] / limit
        within.append(bool((values <= rule.high).all()) if len(values) else None)
        if len(values):
            numbers.append(
                Number(
                    label=f"Adam, seed {path.seed}: of the limit, highest",
                    value=float(values.max()),
                    unit="ratio",
                )
            )
    ends = {group.optimizer: group.read_sharpness() for group in (sgd, adam)}
    sharper: bool | None = None
    if min(map(len, ends.values())) >= NETWORK_RULES.rates.least_seeds:
        ours, theirs = ends["Adam"], ends["SGD"]
        if falling_trend([ours, theirs]) <= rule.level:
            sharper = True
        elif falling_trend([theirs, ours]) <= rule.level:
            sharper = False
    said = []
    for optimizer, values in ends.items():
        if not values:
            said.append(f"none of {optimizer} has converged")
            continue
        said.append(
            f"{optimizer} ends at a sharpness of {say_decimal(fmean(values), 1)} "
            f"({say_decimal(min(values), 1)} to {say_decimal(max(values), 1)})"
        )
        numbers += list_spread(
            f"{optimizer}: sharpness at the end", values, "curvature", middle="mean"
        )
    text = say_list(said)
    return Answer(
        finding=f"{text[0].upper()}{text[1:]}.",
        checks=[
            Check(text="Adam stays within its own limit, with every seed", passed=every(within)),
            Check(text="Adam ends sharper than SGD", passed=sharper),
        ],
        numbers=numbers,
    )


def choose_both(landscapes: Landscapes) -> tuple[RateGroup, RateGroup]:
    """Return the runs of SGD and of Adam at the best rate of each, without warm-up."""
    groups = read_groups(landscapes[TABLE])
    sgd, adam = (choose_best(groups, optimizer) for optimizer in OPTIMIZERS)
    return sgd, adam


def lies_above(low: float, high: float) -> bool | None:
    """Return whether an interval lies above 0: not if below, None if around it."""
    return True if low > 0 else False if high < 0 else None


def say_which(without: bool, warmed: bool) -> str:
    """Return with which of both a training diverges.

    Example:
        >>> say_which(True, False), say_which(True, True)
        ('without warm-up', 'with and without warm-up')
    """
    if without and warmed:
        return "with and without warm-up"
    return "without warm-up" if without else "with warm-up"


def count_losses(name: str, values: Sequence[float]) -> list[Number]:
    """Return the mean and the range of losses over seeds."""
    return list_spread(f"{name}: loss", values, "loss", middle="mean")


LINK = f"landscapes?show={TABLE}"

TRANSFORMER_QUESTIONS = (
    Question(
        id="adam-beats-sgd",
        title="Adam beats SGD on a transformer",
        statement="On language transformers Adam reaches lower losses than SGD with momentum.",
        figures=("Kunstner et al. 2024",),
        link=LINK,
        needs=(TABLE,),
        rules=("rates", "losses"),
        answer=answer_adam,
    ),
    Question(
        id="rare-tokens",
        title="The gap lies in rare tokens",
        statement=(
            "The loss of rare tokens falls more slowly than that of frequent ones with SGD, and "
            "not with Adam."
        ),
        figures=("Kunstner et al. 2024",),
        link=LINK,
        needs=(TABLE,),
        rules=("rates", "rare"),
        answer=answer_rare,
    ),
    Question(
        id="warm-up",
        title="Warm-up allows larger rates",
        statement=(
            "With warm-up, a transformer can be trained at rates that are too large without it."
        ),
        figures=("Gilmer et al. 2022",),
        link=LINK,
        needs=(TABLE,),
        rules=("rates", "warm_up"),
        answer=answer_warm_up,
    ),
    Question(
        id="own-limit",
        title="Adam goes where it is sharp, and stays within its own limit",
        statement=(
            "Adam enters regions of high sharpness: what bounds it is the preconditioned sharpness."
        ),
        figures=("Cohen et al. 2022",),
        link=LINK,
        needs=(TABLE,),
        rules=("rates", "sharpness"),
        answer=answer_sharpness,
    ),
)
"""Every claim about the transformer."""
