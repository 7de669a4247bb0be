"""The queue of rate curves, their threads, and the points that are known."""

from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor

from descent_atlas.measured.rate_curves import RatePoint
from descent_atlas.storage.recent_results import RecentResults
from descent_atlas.web.settings import Settings
from descent_atlas.web.turns import Turns

KEPT_POINTS = 10_000
"""Points that are kept: about two hundred curves, in 5 MB."""


class RateService:
    """What computes curves over the learning rate.

    They wait in a queue of their own, but share the threads of the basin maps: however many
    computations there are, they saturate the cores only once.
    """

    def __init__(self, settings: Settings, executor: ThreadPoolExecutor) -> None:
        self.executor = executor
        self.max_evaluations = settings.max_basin_evaluations
        self.turns = Turns(settings.basin_requests, settings.basin_patience)
        self.known = RecentResults[Hashable, RatePoint](KEPT_POINTS)
