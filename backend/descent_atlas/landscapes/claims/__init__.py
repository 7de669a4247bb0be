"""The paper's claims one by one, put to those of the served landscapes that are the paper's.

The same questions are put, by the same rules, to studies that repeat the paper's design on other
images: what they say stands beside the paper's verdicts and decides none of them.

Every claim is a pure function of the landscapes: its verdict follows from thresholds that are
constants with a reason, its finding is made of the numbers that were found.

The paper is A. Cerutti, A visual analysis of optimization algorithms, EPFL.
"""

from collections.abc import Callable, Iterable, Sequence

from descent_atlas.landscapes.claims import batch_claims as batches
from descent_atlas.landscapes.claims import convexity_claims as convexity
from descent_atlas.landscapes.claims import learning_rate_claims as learning_rates
from descent_atlas.landscapes.claims import momentum_claims as momentum
from descent_atlas.landscapes.claims import optimizer_claims as optimizers
from descent_atlas.landscapes.claims import picture_claims as pictures
from descent_atlas.landscapes.claims import smoothness_claims as smoothness
from descent_atlas.landscapes.claims.claim import Claim, ClaimRepeat, Landscapes, Question, tell
from descent_atlas.landscapes.claims.curvature.curvature_rules import quote_curvature
from descent_atlas.landscapes.claims.curvature.edge_claims import EDGE_QUESTIONS
from descent_atlas.landscapes.claims.curvature.flatness_claims import FLATNESS_QUESTIONS
from descent_atlas.landscapes.claims.curvature.random_plane_claims import PLANE_QUESTIONS
from descent_atlas.landscapes.claims.curvature.rescaling_claims import RESCALING_QUESTIONS
from descent_atlas.landscapes.claims.networks.network_rules import quote_network
from descent_atlas.landscapes.claims.networks.network_studies import CHARACTERS, SKIPS
from descent_atlas.landscapes.claims.networks.skip_claims import SKIP_QUESTIONS
from descent_atlas.landscapes.claims.networks.transformer_claims import TRANSFORMER_QUESTIONS
from descent_atlas.landscapes.claims.owned_study import OwnedStudy
from descent_atlas.landscapes.claims.paper_study import PAPER, REPEATS, lead_to
from descent_atlas.landscapes.claims.rules import quote

QUESTIONS = (
    *batches.QUESTIONS,
    *convexity.QUESTIONS,
    *optimizers.QUESTIONS,
    *learning_rates.QUESTIONS,
    *smoothness.QUESTIONS,
    *momentum.QUESTIONS,
    *pictures.QUESTIONS,
)
"""Every claim, in the order of the paper."""

CURVATURE_QUESTIONS = (
    *EDGE_QUESTIONS,
    *FLATNESS_QUESTIONS,
    *RESCALING_QUESTIONS,
    *PLANE_QUESTIONS,
)
"""Every claim about curvature."""


def tell_claims(landscapes: Landscapes) -> list[Claim]:
    """Put every claim to the paper's among some landscapes, which are given by their served ids.

    Landscapes of other data sets or networks are no evidence, whatever their ids. Studies that
    repeat the paper's design are asked where any of their landscapes is served.
    """
    return compare_studies(landscapes, QUESTIONS, quote)


def tell_curvature_claims(landscapes: Landscapes) -> list[Claim]:
    """Put every claim about curvature, of the literature, to the same studies by its own rules."""
    return compare_studies(landscapes, CURVATURE_QUESTIONS, quote_curvature)


def tell_skip_claims(landscapes: Landscapes) -> list[Claim]:
    """Put every claim about skips to the study of residual networks, by its own rules."""
    return ask(SKIPS, landscapes, SKIP_QUESTIONS, quote_network)


def tell_transformer_claims(landscapes: Landscapes) -> list[Claim]:
    """Put every claim about the transformer to its study, by the same file of rules."""
    return ask(CHARACTERS, landscapes, TRANSFORMER_QUESTIONS, quote_network)


def compare_studies(
    landscapes: Landscapes, questions: Sequence[Question], quote: Callable[[Iterable[str]], str]
) -> list[Claim]:
    """Put questions to the paper's study, and beside it to those that repeat its design."""
    claims = ask(PAPER, landscapes, questions, quote)
    for study in REPEATS:
        if not study.choose(landscapes):
            continue
        for claim, found in zip(claims, ask(study, landscapes, questions, quote), strict=True):
            claim["repeats"].append(
                ClaimRepeat(
                    study=study.id,
                    images=study.images,
                    verdict=found["verdict"],
                    finding=found["finding"],
                    checks=found["checks"],
                    numbers=found["numbers"],
                    link=found["link"],
                )
            )
    return claims


def ask(
    study: OwnedStudy,
    landscapes: Landscapes,
    questions: Sequence[Question],
    quote: Callable[[Iterable[str]], str],
) -> list[Claim]:
    """Put questions to the landscapes of one study."""
    served = study.choose(landscapes)
    evidence = {id: landscapes[name] for id, name in served.items()}
    claims = [tell(question, evidence, quote) for question in questions]
    for claim in claims:
        claim["link"] = lead_to(claim["link"], served)
    return claims
