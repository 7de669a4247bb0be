"""The paper's own study: by which data set and network its landscapes are told from others.

A study of the same names on other images, or with another network, says nothing about the paper.
"""

import re
from collections.abc import Mapping

from descent_atlas.landscapes.format import Landscape
from descent_atlas.landscapes.manifest import Manifest

ID = "visual-analysis"
"""The study's id. Landscapes of earlier versions name none."""

TITLE = "A visual analysis of optimization algorithms"

TEXT = (
    "The figures and tables of Andrea Cerutti’s report (EPFL), in its order, each computed anew on "
    "CIFAR-10."
)

DATASET = "fe70cc41d0fc8544b676a6739265856a082b0d3078e9c2d9a9c66889f29d182a"
"""Fingerprint of the images and labels of CIFAR-10, as the job reads them."""

FACTORIES = ("descent_atlas.training.networks:mlp", "precompute.networks:mlp")
"""The network's factory, and its name in landscapes of earlier versions."""

OPTIONS = {"sizes": [3072, 64, 64, 32, 10]}
"""The layers of the paper's network."""

SHOWN_LANDSCAPE = re.compile(r"(?<=[?&]show=)[^&]+")


def is_paper(manifest: Manifest) -> bool:
    """Tell whether a landscape or table is of the paper's study, data set and network."""
    network = manifest.network
    return (
        manifest.study in (None, ID)
        and (manifest.dataset.model_extra or {}).get("fingerprint") == DATASET
        and network.get("factory") in FACTORIES
        and network.get("options") == OPTIONS
    )


def choose_paper(landscapes: Mapping[str, Landscape]) -> dict[str, str]:
    """Return the ids under which the paper's landscapes are served, by their own ids.

    Of several with one own id the first counts.
    """
    chosen: dict[str, str] = {}
    for served, landscape in landscapes.items():
        if is_paper(landscape.manifest):
            chosen.setdefault(landscape.manifest.id, served)
    return chosen


def lead_to(link: str, served: Mapping[str, str]) -> str:
    """Return a link to one of the paper's landscapes, by the id under which it is served.

    Example:
        >>> lead_to("landscapes?show=bowl&surface=train", {"bowl": "bowl.2"})
        'landscapes?show=bowl.2&surface=train'
    """
    return SHOWN_LANDSCAPE.sub(lambda found: served.get(found[0], found[0]), link)
