"""What an exported file says of where its numbers come from."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from descent_atlas.analysis.figure_style import describe_evaluation
from descent_atlas.drawing.exchange.stored_subjects import describe_rules
from descent_atlas.landscapes.manifest import Manifest, Run

UNKNOWN = "unknown"
"""What stands in place of what a manifest does not tell."""


def describe_provenance(manifest: Manifest) -> dict[str, str]:
    """Return pairs of a name and a text, one line each: study, data, runs, seeds, versions, …."""
    plane = manifest.plane
    told = {
        "Landscape": f"{manifest.id}: {manifest.title}",
        "Study": manifest.study or "not recorded",
        "Data": describe_data(manifest),
        "Network": describe_network(manifest),
        "Runs": "; ".join(map(describe_run, manifest.runs)) or "none",
        "Plane": "" if plane is None else plane.kind,
        "Surfaces": "; ".join(
            f"{surface.id}: {surface.split}, {count(surface.images)} samples"
            for surface in manifest.surfaces
        ),
        "Evaluated": describe_evaluation(describe_rules(manifest)) or "not recorded",
        "Seeds": describe_seeds(manifest.seeds) or UNKNOWN,
        "Computed with": ", ".join(f"{name} {v}" for name, v in manifest.versions.items())
        or UNKNOWN,
        "Key": manifest.key,
        "Exported by": f"Descent Atlas {version('descent-atlas')}",
    }
    return {name: " ".join(text.split()) for name, text in told.items() if text}


def describe_data(manifest: Manifest) -> str:
    """Return the name of the data and the numbers of samples."""
    dataset = manifest.dataset
    return f"{dataset.name}; training samples: {count(dataset.train)}, test: {count(dataset.test)}"


def describe_network(manifest: Manifest) -> str:
    """Return the function that makes the network, and how many parameters it has."""
    factory, parameters = (manifest.network.get(key) for key in ("factory", "parameters"))
    number = parameters if isinstance(parameters, int) else None
    return f"{factory or UNKNOWN}, {count(number)} parameters"


def describe_seeds(seeds: Mapping[str, Any]) -> str:
    """Return what was drawn with which seed; what was drawn with none is left out."""
    told = []
    for name, seed in seeds.items():
        if isinstance(seed, Mapping):
            told += [f"{name}: {', '.join(f'{run} {own}' for run, own in seed.items())}"]
        elif seed is not None:
            told += [f"{name} {seed}"]
    return "; ".join(told)


def describe_run(run: Run) -> str:
    """Return a run's label and seed."""
    return f"{run.label} (seed {run.spec.get('seed', UNKNOWN)})"


def count(number: int | None) -> str:
    """Return a number in words."""
    return UNKNOWN if number is None else f"{number:,}"
