"""Whether skips keep the loss surface of a deep network nearly convex."""

from collections.abc import Mapping, Sequence

from descent_atlas.landscapes.claims.claim import (
    Answer,
    Check,
    ClaimVerdict,
    Landscapes,
    Question,
    judge,
)
from descent_atlas.landscapes.claims.networks.drawn_networks import (
    DrawnNetwork,
    has_fewer_convex,
    has_more_minima,
    name_lottery,
    read_networks,
)
from descent_atlas.landscapes.claims.path_measures import judge_measures

SHALLOW, DEEP = 20, 56
"""The depths of the two networks that are compared."""

NORMALIZED: Mapping[str, str] = {
    f"{kind}{depth}": f"{name}-{depth}"
    for kind, name in (("resnet", "ResNet"), ("plain", "Plain"))
    for depth in (SHALLOW, DEEP)
}
"""Networks with batch normalization by the ids of their runs; plain ones have no skips."""

BARE: Mapping[str, str] = {
    f"{id}-bare": f"{name} without normalisation" for id, name in NORMALIZED.items()
}
"""The same without normalization."""


def answer_depth(landscapes: Landscapes) -> Answer:
    """Compare the deep network without skips with the shallow one."""
    found = read_networks(landscapes, NORMALIZED)
    shallow, deep = found[f"plain{SHALLOW}"], found[f"plain{DEEP}"]
    convex = compare_convex(deep, shallow)
    minima = compare_minima(deep, shallow)
    chaotic = Check(text=f"{deep.name} has a chaotic surface", passed=deep.is_chaotic)
    checks = [convex, minima, chaotic]
    return Answer(
        finding=tell([shallow, deep]),
        checks=checks,
        numbers=[number for each in (shallow, deep) for number in each.list_numbers()],
        verdict=settle([convex], [minima], checks),
    )


def answer_skips(landscapes: Landscapes) -> Answer:
    """Ask whether the surfaces with skips are nearly convex, and more so than those without."""
    found = read_networks(landscapes, NORMALIZED)
    with_skips = [found[f"resnet{depth}"] for depth in (SHALLOW, DEEP)]
    plain = found[f"plain{DEEP}"]
    convex = compare_convex(plain, with_skips[-1])
    minima = compare_minima(plain, with_skips[-1])
    checks = [
        *(
            Check(text=f"{each.name} has a nearly convex surface", passed=each.is_nearly_convex)
            for each in with_skips
        ),
        convex,
        minima,
    ]
    shown = [*with_skips, plain]
    return Answer(
        finding=tell(shown),
        checks=checks,
        numbers=[number for each in shown for number in each.list_numbers()],
        verdict=settle([convex], [minima], checks),
    )


def answer_bare(landscapes: Landscapes) -> Answer:
    """Compare networks without normalization, with and without skips, at both depths."""
    found = read_networks(landscapes, BARE)
    pairs = [(found[f"plain{d}-bare"], found[f"resnet{d}-bare"]) for d in (SHALLOW, DEEP)]
    convex = [compare_convex(*pair) for pair in pairs]
    minima = [compare_minima(*pair) for pair in pairs]
    checks = [*convex, *minima]
    return Answer(
        finding=tell([*found.values()]),
        checks=checks,
        numbers=[number for each in found.values() for number in each.list_numbers()],
        verdict=settle(convex, minima, checks),
    )


def compare_convex(first: DrawnNetwork, second: DrawnNetwork) -> Check:
    """Ask whether the first network has fewer convex cells."""
    text = f"{first.name} has fewer convex cells than {second.name}"
    return Check(text=text, passed=has_fewer_convex(first, second))


def compare_minima(first: DrawnNetwork, second: DrawnNetwork) -> Check:
    """Ask whether the first network has more minima."""
    text = f"{first.name} has more minima than {second.name}"
    return Check(text=text, passed=has_more_minima(first, second))


def settle(
    convex: Sequence[Check], minima: Sequence[Check], checks: Sequence[Check]
) -> ClaimVerdict:
    """Return the verdict of all checks: contested if the two measures decide differently."""
    if judge_measures(convex, minima) == ClaimVerdict.CONTESTED:
        return ClaimVerdict.CONTESTED
    return judge([check["passed"] for check in checks])


def tell(networks: Sequence[DrawnNetwork]) -> str:
    """Return the measures of networks in a sentence."""
    return f"{'; '.join(network.says for network in networks)}."


RULES_OF_SURFACES = ("untrained", "surfaces", "comparison")

SKIP_QUESTIONS = (
    Question(
        id="depth-without-skips",
        title="Without skips, depth makes the surface chaotic",
        statement=(
            "As a network without skip connections grows deeper, its loss surface turns from "
            "nearly convex to chaotic."
        ),
        figures=("Li et al. 2018",),
        link=f"landscapes?show={name_lottery(f'plain{DEEP}')}",
        needs=tuple(map(name_lottery, NORMALIZED)),
        rules=(*RULES_OF_SURFACES, "chaos"),
        answer=answer_depth,
    ),
    Question(
        id="skips-convex",
        title="Skips keep the surface nearly convex",
        statement="Skip connections prevent the transition to chaos as depth increases.",
        figures=("Li et al. 2018",),
        link=f"landscapes?show={name_lottery(f'resnet{DEEP}')}",
        needs=tuple(map(name_lottery, NORMALIZED)),
        rules=(*RULES_OF_SURFACES, "convex"),
        answer=answer_skips,
    ),
    Question(
        id="skips-bare",
        title="Skips do so without normalisation too",
        statement=(
            "It is the skips, not batch normalisation, that make the surface of a deep network "
            "convex."
        ),
        figures=("Li et al. 2018",),
        link=f"landscapes?show={name_lottery(f'resnet{DEEP}-bare')}",
        needs=tuple(map(name_lottery, BARE)),
        rules=RULES_OF_SURFACES,
        answer=answer_bare,
    ),
)
"""Every claim about skips."""
