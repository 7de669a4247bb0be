"""The studies of residual networks and of a transformer, and how their landscapes are known."""

from dataclasses import dataclass

from descent_atlas.landscapes import shipped_studies
from descent_atlas.landscapes.claims.owned_study import OwnedStudy, read_fingerprint
from descent_atlas.landscapes.manifest import Manifest


@dataclass(frozen=True)
class NetworkStudy(OwnedStudy):
    """A study that is known by its data set and the factory of its networks.

    `fingerprints` are those of its samples as the job reads them: of text, one for each version of
    Python whose library was measured.
    """

    id: str
    fingerprints: frozenset[str]
    factory: str

    def owns(self, manifest: Manifest) -> bool:
        """Tell whether a landscape or table is of this study, its data set and network."""
        return (
            manifest.study == self.id
            and read_fingerprint(manifest) in self.fingerprints
            and manifest.network.get("factory") == self.factory
        )


SKIPS = NetworkStudy(
    id=shipped_studies.SKIPS,
    fingerprints=frozenset({"1b9149a7c73b56db811a92e79a3dd7c215858534588802660eca3eb271005056"}),
    factory="descent_atlas.training.architectures.residual:residual_network",
)
"""Residual networks on some images of CIFAR-10."""

CHARACTERS = NetworkStudy(
    id=shipped_studies.CHARACTERS,
    fingerprints=frozenset(
        {"3351f5d4cf46c002ae9ef45a6bfeade49af3a1c0f0ea098c39463142a9454313"}  # Python 3.11.7
    ),
    factory="descent_atlas.training.architectures.decoder:decoder",
)
"""A decoder on the source code of Python's standard library."""
