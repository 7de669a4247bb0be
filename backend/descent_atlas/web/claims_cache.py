"""Cache of the evaluated claims, for one version of the landscapes."""

import threading

from pydantic_core import to_json

from descent_atlas.landscapes.claims import (
    tell_claims,
    tell_curvature_claims,
    tell_skip_claims,
    tell_transformer_claims,
)
from descent_atlas.landscapes.claims.curvature.curvature_rules import CURVATURE_RULES
from descent_atlas.landscapes.claims.networks.network_rules import NETWORK_RULES
from descent_atlas.landscapes.claims.rules import RULES
from descent_atlas.landscapes.store import Contents, LandscapeStore
from descent_atlas.web.representations import Representation


class ClaimsCache:
    """Thread-safe cache of the claims on a folder of landscapes.

    The claims are evaluated once for each version of the folder's contents.
    """

    def __init__(self, store: LandscapeStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._cached: tuple[str, Representation] | None = None  # version, claims

    def read(self) -> Representation:
        """Return the claims on the current landscapes, as JSON.

        Raises DamagedError if files cannot be read now.
        """
        with self._lock:
            return self._store.use(self._read_from)

    def _read_from(self, contents: Contents) -> Representation:
        if self._cached is None or self._cached[0] != contents.version:
            body = encode_claims(contents)
            self._cached = contents.version, Representation(body, "application/json")
        return self._cached[1]


def encode_claims(contents: Contents) -> bytes:
    """Return the claims on some landscapes, as JSON.

    Those of other studies are no evidence, and of several with one own id the first counts: the
    others are not read. Raises DamagedError.
    """
    evidence: dict[tuple[str, str], str] = {}
    for id, entry in contents.landscapes.items():
        if entry.row.chapter is not None:
            evidence.setdefault((entry.row.chapter.name, entry.row.own_id), id)
    landscapes = {id: contents.landscapes[id].landscape for id in evidence.values()}
    answer = {
        "claims": tell_claims(landscapes),
        "rules_fixed": RULES.fixed,
        "curvature": tell_curvature_claims(landscapes),
        "curvature_rules_fixed": CURVATURE_RULES.fixed,
        "skips": tell_skip_claims(landscapes),
        "transformer": tell_transformer_claims(landscapes),
        "network_rules_fixed": NETWORK_RULES.fixed,
    }
    return to_json(answer, inf_nan_mode="null")
