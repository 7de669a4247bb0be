"""The studies of the paper's design, and by what their landscapes are told from others.

Each is known by its data set and network: a study of the same names on other images, or with
another network, says nothing about the paper, nor about what carries over to other images.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from descent_atlas.landscapes import shipped_studies
from descent_atlas.landscapes.claims.owned_study import OwnedStudy, read_fingerprint
from descent_atlas.landscapes.manifest import Manifest

FACTORIES = ("descent_atlas.training.networks:mlp", "precompute.networks:mlp")
"""The network's factory, and its name in landscapes of earlier versions."""

SHOWN_LANDSCAPE = re.compile(r"(?<=[?&]show=)[^&]+")


@dataclass(frozen=True)
class DesignStudy(OwnedStudy):
    """A study of the paper's design.

    `fingerprint` is that of its images and labels, as the job reads them; `images` is what a
    sentence calls them. `sizes` are the layers of its network. Landscapes of earlier versions name
    no study.
    """

    id: str
    images: str
    fingerprint: str
    sizes: Sequence[int]

    def owns(self, manifest: Manifest) -> bool:
        """Tell whether a landscape or table is of this study, its data set and network."""
        network = manifest.network
        return (
            manifest.study in (None, self.id)
            and read_fingerprint(manifest) == self.fingerprint
            and network.get("factory") in FACTORIES
            and network.get("options") == {"sizes": list(self.sizes)}
        )


PAPER = DesignStudy(
    id=shipped_studies.PAPER,
    images="CIFAR-10",
    fingerprint="fe70cc41d0fc8544b676a6739265856a082b0d3078e9c2d9a9c66889f29d182a",
    sizes=(3072, 64, 64, 32, 10),
)
"""The paper's own study."""

REPEATS = (
    DesignStudy(
        id=shipped_studies.DIGITS,
        images="handwritten digits",
        fingerprint="89df11fcc0da65b37474f783c4961e1cdf009fd1b1c1bd0863ae0ba3e7911ca7",
        sizes=(64, 64, 64, 32, 10),
    ),
)
"""Studies that repeat the paper's design on other images."""


def is_paper(manifest: Manifest) -> bool:
    """Tell whether a landscape or table is of the paper's own study."""
    return PAPER.owns(manifest)


def lead_to(link: str, served: Mapping[str, str]) -> str:
    """Return a link to one of a study's landscapes, by the id under which it is served.

    Example:
        >>> lead_to("landscapes?show=bowl&surface=train", {"bowl": "digits.bowl"})
        'landscapes?show=digits.bowl&surface=train'
    """
    return SHOWN_LANDSCAPE.sub(lambda found: served.get(found[0], found[0]), link)
