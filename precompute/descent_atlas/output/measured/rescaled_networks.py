"""A trained network under other parameters that compute the same: its sharpness and its outputs.

`analysis.spectra.relu_rescaling` says how. The factors are powers of two, with which floating-point
numbers are multiplied without rounding, so that every output stays as it was to the last bit,
unless a product leaves the range of the numbers. What rounding alone does to an output is measured
too, on the same images: how far the network's own outputs are from those in double precision.
"""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.curvature import CurvatureMatrix
from descent_atlas.analysis.eigenpairs import find_eigenpairs
from descent_atlas.analysis.progress import Report, ignore
from descent_atlas.analysis.spectra.relu_rescaling import find_rescaling
from descent_atlas.analysis.surfaces import evaluate_points, report_progress
from descent_atlas.output.curvature_paths import join_leading
from descent_atlas.output.descriptions import finite_or_none
from descent_atlas.output.landscape_parts import digest
from descent_atlas.output.origin_derivatives import draw_samples
from descent_atlas.storage.array_folder import read_folder, write_folder
from descent_atlas.storage.durable import hash_file
from descent_atlas.study.entries import RescalingSettings
from descent_atlas.study.measures import BLOCK_SAMPLES, StudyDataset
from descent_atlas.training.blocks import split_range
from descent_atlas.training.images.datasets import ImageDataset
from descent_atlas.training.networks import Layout
from descent_atlas.training.run_manifest import MANIFEST
from descent_atlas.training.runs import TrainingRun

VALUES = ("train.loss", "train.accuracy", "test.loss", "test.accuracy")
"""What is measured on all images of a set."""

RESCALING_RULE = (
    "The weights and biases of one linear layer are multiplied by the factor, and the next layer’s "
    "weights divided by it. The sharpness is the largest eigenvalue of the Hessian of the mean "
    "loss on the same images. A change of an output is one of rounding if it is at most the "
    "largest difference between the network’s own outputs and those in double precision."
)


def key_rescaling(run: TrainingRun, dataset: StudyDataset, settings: RescalingSettings) -> str:
    """Return the SHA-256 of all that determines the rescaled networks of a run."""
    return digest(
        "rescaling",
        hash_file(run.folder / MANIFEST),
        dataset.fingerprint,
        settings.model_dump(),
    )


def measure_rescaling(
    output: Path,
    *,
    key: str,
    run: TrainingRun,
    dataset: StudyDataset,
    settings: RescalingSettings,
    report: Report = ignore,
) -> None:
    """Measure a run's network at its end, rescaled by each factor, and write it to a folder.

    The network itself, the factor 1, is measured with the others. `report` is called with the
    fraction done; an exception that it raises ends the computation, and nothing is written. Raises
    ValueError if the training set has too few images.
    """
    assert isinstance(dataset, ImageDataset)  # the study's schema asks it of no other data
    network, layout = run.build_network(), run.layout
    batch = draw_samples(dataset.train, settings.images, settings.seed)
    own = run.final
    outputs = list(read_outputs(network, layout, own, dataset))
    rounding = measure_difference(
        outputs, read_outputs(copy.deepcopy(network).double(), layout, own.double(), dataset)
    )
    factors = sorted({1.0, *settings.factors})
    pairs, differences = [], []
    values: dict[str, list[Floats]] = {name: [] for name in VALUES}
    for number in report_progress(range(len(factors)), report):
        theta = rescale(network, layout, own, settings.layer, factors[number])
        matrix = CurvatureMatrix(network, layout, theta, dataset.train, batch=batch)
        pairs.append(
            find_eigenpairs(
                matrix.multiply, layout.size, tolerance=settings.tolerance, seed=settings.seed
            )
        )
        differences.append(
            measure_difference(outputs, read_outputs(network, layout, theta, dataset))
        )
        for name, split in (("train", dataset.train), ("test", dataset.test)):
            found = evaluate_points(network, [theta], split)
            values[f"{name}.loss"].append(found.loss[0])
            values[f"{name}.accuracy"].append(found.accuracy[0])
    sharpness, residual = join_leading(pairs)
    write_folder(
        output,
        {"key": key, "run": run.id, "products": sum(pair.products for pair in pairs)},
        {
            "factor": np.array(factors),
            "sharpness": sharpness,
            "residual": residual,
            "difference": np.array(differences),
            "rounding": np.array([rounding]),
            **{name: np.array(column, dtype=np.float64) for name, column in values.items()},
        },
    )


def rescale(network: nn.Module, layout: Layout, theta: Tensor, layer: int, factor: float) -> Tensor:
    """Return the parameters float32[P] of the rescaled network."""
    rescaled = theta.clone()
    parts = layout.split(rescaled)
    for name, each in find_rescaling(network, layer, factor).items():
        parts[name].mul_(each)
    return rescaled


@torch.inference_mode()
def read_outputs(
    network: nn.Module, layout: Layout, theta: Tensor, dataset: ImageDataset
) -> Iterator[Tensor]:
    """Yield the outputs of a network for all images of both sets, block by block."""
    tensors = layout.split(theta)
    for split in (dataset.train, dataset.test):
        for block in split_range(split.size, BLOCK_SAMPLES):
            yield functional_call(network, tensors, (split.inputs(block).to(theta.dtype),))


def measure_difference(first: list[Tensor], second: Iterator[Tensor]) -> float:
    """Return the largest difference of two networks' outputs; NaN if one is not finite."""
    pairs = zip(first, second, strict=True)
    largest = [(own.double() - other.double()).abs().max() for own, other in pairs]
    return float(torch.stack(largest).max())  # of PyTorch, NaN is the largest


def describe_rescaling(
    id: str, run: TrainingRun, measured: Path, settings: RescalingSettings
) -> dict[str, Any]:
    """Return the entry of a manifest for what `measure_rescaling` wrote of a run.

    `id` is the study's.
    """
    header, arrays = read_folder(measured)
    columns = ["factor", "sharpness", "residual", "difference", *VALUES]
    rows = zip(*(arrays[name].tolist() for name in columns), strict=True)
    names = [name.replace(".", "_") for name in columns]
    return {
        "run": id,
        "seed": run.spec.get("seed"),
        "layer": settings.layer,
        "images": settings.images,
        "images_seed": settings.seed,
        "tolerance": settings.tolerance,
        "products": header["products"],
        "rounding": finite_or_none(float(arrays["rounding"][0])),
        "networks": [
            {name: finite_or_none(value) for name, value in zip(names, row, strict=True)}
            for row in rows
        ],
        "rule": RESCALING_RULE,
    }
