"""The claims as the landscapes are now, evaluated anew when a landscape changes."""

import threading

from pydantic_core import to_json

from descent_atlas.landscapes.claims import tell_claims
from descent_atlas.landscapes.claims.rules import RULES
from descent_atlas.landscapes.store import LandscapeStore
from descent_atlas.web.representations import Representation


class ClaimsCache:
    """Evaluates the claims on a folder of landscapes, once for each of its versions.

    It may be used from several threads at once.
    """

    def __init__(self, store: LandscapeStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._told: tuple[str, Representation] | None = None

    def read(self) -> Representation:
        """Return the claims as the landscapes are now, as JSON."""
        contents = self._store.read()
        with self._lock:
            if self._told is None or self._told[0] != contents.version:
                stored = contents.landscapes.items()
                claims = tell_claims({id: entry.landscape for id, entry in stored})
                body = to_json({"claims": claims, "rules_fixed": RULES.fixed}, inf_nan_mode="null")
                self._told = contents.version, Representation(body, "application/json")
            return self._told[1]
