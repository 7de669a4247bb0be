"""The paper's claims one by one, put to the landscapes that the server has.

Every claim is a pure function of the landscapes: its verdict follows from thresholds that are
constants with a reason, its finding is made of the numbers that were found.

The paper is A. Cerutti, A visual analysis of optimization algorithms, EPFL.
"""

from backend.claims import (
    batches,
    convexity,
    learning_rates,
    momentum,
    optimizers,
    pictures,
    smoothness,
)
from backend.claims.claim import Claim, Landscapes, tell

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


def tell_claims(landscapes: Landscapes) -> list[Claim]:
    """Put every claim to landscapes."""
    return [tell(question, landscapes) for question in QUESTIONS]
