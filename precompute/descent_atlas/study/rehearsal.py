"""A rehearsal of a study: what would fail after hours fails before the first job begins.

Every kind of batch is trained on once, every surface is looked for, and the loss is evaluated twice
at the initial parameters. What a user's network, loss or metric raises becomes a StudyError.
"""

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from descent_atlas.evaluation.batches import BatchesError
from descent_atlas.evaluation.losses import LossError, average, classification, split_pair
from descent_atlas.evaluation.parameters import ModelError, ParameterSpace
from descent_atlas.evaluation.points import Evaluator, NotRepeatableError
from descent_atlas.study.measures import (
    BLOCK_SAMPLES,
    Measures,
    StudyDataset,
    StudySplit,
    choose_samples,
    cut_batches,
)
from descent_atlas.study.schema import Study
from descent_atlas.study.study_files import StudyError
from descent_atlas.training.images.datasets import ImageDataset
from descent_atlas.training.loops.batch_order import epoch_order
from descent_atlas.training.named.named_objects import explain

FEW = 64
"""Samples of a rehearsal: a batch may be too large for one."""

EXPECTED = (BatchesError, LossError, ModelError, NotRepeatableError)
"""Errors whose message says all."""


def rehearse(study: Study, dataset: StudyDataset) -> None:
    """Raise StudyError, with a line for each fault, if a study cannot be computed on its data."""
    device = find_device(study.device)
    faults = [*find_wrong_surfaces(study, dataset), *find_too_few(study, dataset)]
    measures = Measures.of(study)
    try:
        for each in study.list_networks():
            network = each.build().to(device)
            check_classes(network, measures, dataset, device)
            check_composition(network, measures, dataset, device)
            for size in list_batch_sizes(study, dataset):
                train_once(network, measures, dataset, size, device)
    except StudyError as error:
        faults.append(str(error))
    except EXPECTED as error:
        faults.append(str(error))
    except Exception as error:  # a user's network, loss or metric may raise anything
        faults.append(f"the loss cannot be computed on the data: {explain(error)}")
    if faults:
        raise StudyError("\n".join(f"{study.id}: {fault}" for fault in faults))


def find_device(name: str) -> torch.device:
    """Return a device. Raises StudyError if it is not there."""
    device = torch.device(name)
    try:
        torch.zeros(1, device=device)
    except Exception as error:  # each kind of device fails in its own way
        raise StudyError(f"device: there is no {name} on this machine: {explain(error)}") from error
    return device


def find_wrong_surfaces(study: Study, dataset: StudyDataset) -> Iterator[str]:
    """Yield a line for each surface of samples that there are not."""
    for entry in (*study.expand_landscapes(), *study.list_measured()):
        for surface in entry.surfaces:
            size = surface.partition("-")[2]
            if size and int(size) > dataset.train.size:
                yield (
                    f"landscape {entry.id}: the surface {surface} is of more samples than the "
                    f"{dataset.train.size:,} of the training set"
                )
            if surface == "test" and dataset.test is None:
                yield f"landscape {entry.id}: the surface test is of samples that there are not"


def find_too_few(study: Study, dataset: StudyDataset) -> Iterator[str]:
    """Yield a line if curvature or tables need more samples than there are."""
    count = dataset.train.size
    if study.curvature is not None:
        wanted = study.curvature.subsets * study.curvature.images
        if wanted > count:
            yield (
                f"curvature: {study.curvature.subsets} subsets of {study.curvature.images:,} "
                f"images are more than the {count:,} of the training set"
            )
    wanting = {
        entry.id: entry.eigenvectors.images
        for entry in study.expand_landscapes()
        if entry.plane == "hessian"
    }
    wanting |= {
        table.id: table.rescaling.images for table in study.tables if table.rescaling is not None
    }
    wanting |= {
        lottery.id: max([lottery.images or 0, *lottery.batches]) for lottery in study.lotteries
    }
    for id, samples in wanting.items():
        if samples is not None and samples > count:
            yield f"landscape {id}: {samples:,} samples are more than the {count:,} for training"
    if study.tables and dataset.test is None:
        yield "tables show accuracies of test samples, and there are none"


def check_classes(
    network: nn.Module, measures: Measures, dataset: StudyDataset, device: torch.device
) -> None:
    """Raise StudyError unless a network that classifies gives a number for each class."""
    if measures.find_loss() is not classification:
        return
    inputs, _ = split_pair(take_few(dataset, FEW, device))
    network.eval()
    with torch.no_grad():
        logits = network(inputs)
    if not isinstance(logits, Tensor) or logits.ndim != 2:
        return  # the loss says why not
    outputs = logits.shape[1]
    if isinstance(dataset, ImageDataset):
        classes = len(dataset.classes)
        if outputs != classes:
            raise StudyError(
                f"network: it gives {outputs} numbers for each image, and {dataset.name} has "
                f"{classes} classes"
            )
        return
    for part in (dataset.train, dataset.test):
        labels = torch.zeros(1).long() if part is None else split_pair(part.tree)[1]
        largest = 0 if labels.is_floating_point() else int(labels.max())
        if largest >= outputs:
            raise StudyError(
                f"network: it gives {outputs} numbers for each sample, and there is the label "
                f"{largest}"
            )


def check_composition(
    network: nn.Module, measures: Measures, dataset: StudyDataset, device: torch.device
) -> None:
    """Evaluate the loss twice, and find out whether a sample's loss depends on its batch.

    Samples of a user's function are evaluated in their own batches; images, of which a class
    follows on another, are refused if it depends.
    """
    space = ParameterSpace(network)
    few = shuffle_few(dataset, FEW)
    own = {**dict(network.named_parameters()), **dict(network.named_buffers())}
    evaluator = Evaluator(
        space,
        measures.find_loss(),
        cut_batches(few.to(device)),
        base=own,
        metrics=measures.find_metrics(),
        device=device,
    )
    parameters = {name: each for name, each in own.items() if name in space.dtypes}
    evaluator.check_origin(parameters)
    if not isinstance(dataset, ImageDataset):
        return
    depends = evaluator.depends_on_composition(parameters)
    without = [
        name
        for name, module in network.named_modules()
        if isinstance(module, _BatchNorm) and module.running_mean is None
    ]
    if depends or without:
        cause = f" (the batch normalization {without[0]} keeps no running statistics)"
        raise StudyError(
            f"the loss of an image depends on the others of its batch{cause if without else ''}, "
            "and images in class folders have no batches of their own; give the data as a function "
            "of batches, and the loss is evaluated in these"
        )


def list_batch_sizes(study: Study, dataset: StudyDataset) -> list[int]:
    """Return the sizes of the batches that training meets, at most `FEW` each.

    The last batch of an epoch is among them: a single sample has no variance.
    """
    sizes = set()
    for run in study.runs:
        count = dataset.train.size
        size = count if run.batch_size == "all" else min(run.batch_size, count)
        sizes |= {size, count % size or size}
    return sorted({min(size, FEW) for size in sizes})


def train_once(
    network: nn.Module, measures: Measures, dataset: StudyDataset, size: int, device: torch.device
) -> None:
    """Differentiate the loss of one batch. Raises StudyError if that fails or is not finite."""
    network.train()
    network.zero_grad()
    batch = take_few(dataset, size, device)
    try:
        mean, weight = average(measures.find_loss(), network, batch)
        if weight and math.isfinite(mean.item()):
            mean.backward()  # type: ignore[no-untyped-call]  # PyTorch gives it no types
    except EXPECTED as error:
        raise StudyError(str(error)) from error
    except Exception as error:  # a user's network or loss may raise anything
        raise StudyError(
            f"the network cannot be trained on a batch of {size:,}: {explain(error)}"
        ) from error
    if not math.isfinite(mean.item()):
        raise StudyError(f"the loss is {mean.item()} at the initial parameters: it is not finite")


def shuffle_few(dataset: StudyDataset, size: int) -> StudySplit:
    """Return up to `size` training samples of all kinds."""
    order = epoch_order(0, 0, dataset.train.size)
    return choose_samples(dataset.train, order[: min(size, BLOCK_SAMPLES)])


def take_few(dataset: StudyDataset, size: int, device: torch.device) -> Any:
    """Return up to `size` training samples of all kinds as a batch on a device."""
    few = shuffle_few(dataset, size).to(device)
    return few.take(slice(None))
