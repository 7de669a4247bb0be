"""The queue of rate curves, their threads, and the points that are known."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor

from descent_atlas.measured.rate_curves import RatePoint
from descent_atlas.web.settings import Settings
from descent_atlas.web.turns import Turns

KEPT_POINTS = 10_000
"""Points that are kept: about two hundred curves, in 5 MB."""


class PointCache:
    """The points computed last, by what they were computed from."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._points: OrderedDict[Hashable, RatePoint] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: Hashable, compute: Callable[[], RatePoint]) -> RatePoint:
        """Return the point with this key; compute it if it is not known."""
        with self._lock:
            known = self._points.get(key)
            if known is not None:
                self._points.move_to_end(key)
                return known
        point = compute()
        with self._lock:
            self._points[key] = point
            if len(self._points) > self._size:
                self._points.popitem(last=False)
        return point


class RateService:
    """What computes curves over the learning rate.

    They wait in a queue of their own, but share the threads of the basin maps: however many
    computations there are, they saturate the cores only once.
    """

    def __init__(self, settings: Settings, executor: ThreadPoolExecutor) -> None:
        self.executor = executor
        self.max_evaluations = settings.max_basin_evaluations
        self.turns = Turns(settings.basin_requests, settings.basin_patience)
        self.known = PointCache(KEPT_POINTS)
