"""A study whose landscapes are told from those of others that have the same names."""

from abc import ABC, abstractmethod
from collections.abc import Mapping

from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import Manifest


class OwnedStudy(ABC):
    """A study that knows its landscapes by their data set and network."""

    @abstractmethod
    def owns(self, manifest: Manifest) -> bool:
        """Tell whether a landscape or table is of this study, its data set and network."""

    def choose(self, landscapes: Mapping[str, Landscape]) -> dict[str, str]:
        """Return the ids under which this study's landscapes are served, by their own ids.

        Of several with one own id the first counts.
        """
        chosen: dict[str, str] = {}
        for served, landscape in landscapes.items():
            if self.owns(landscape.manifest):
                chosen.setdefault(landscape.manifest.id, served)
        return chosen


def read_fingerprint(manifest: Manifest) -> str | None:
    """Return the fingerprint of a landscape's data set, None if it has none."""
    found = (manifest.dataset.model_extra or {}).get("fingerprint")
    return found if isinstance(found, str) else None
