"""What drawing a landscape takes of memory and disk, told before it begins.

All of it grows with the numbers of a network's varying parameters, which are known, and not with
the number of points. What one evaluation of the loss takes for its own activations is the user's
function's, and is not known.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from descent_atlas.analysis.eigenpairs import BASIS
from descent_atlas.drawing.plane_choices import (
    EndsChoice,
    GivenChoice,
    HessianChoice,
    PcaChoice,
    PlaneChoice,
    RandomChoice,
    is_path,
)
from descent_atlas.drawing.snapshot_streams import NUMBERS_AT_ONCE, STRETCH_BYTES
from descent_atlas.evaluation.parameters import ParameterSpace
from descent_atlas.evaluation.states import Source, State, StateError, find_files
from descent_atlas.storage.byte_sizes import format_bytes

DIRECTIONS = 2

MAPPED_IN_BUILDING, MAPPED_IN_EVALUATING = 4, 2
"""Files of networks that are mapped at once. While networks are projected: the origin, one network,
the one before it and the last of its path. While points are evaluated: the origin and one."""

DOUBLES = 8
"""Bytes of a number in float64."""

BLOCKS = 6
"""Blocks of `NUMBERS_AT_ONCE` numbers in float64 that are held at once."""

SMALL_BYTES = 64 * 2**20
"""What does not grow with the network: compiled code, stretches in float64, batches."""

EIGENVECTORS = BASIS + 8
"""Vectors in float64 that are held while eigenvectors are sought: those of Lanczos and of ARPACK,
both pairs that were found, and a product."""

ROW_BYTES = 64
"""Bytes beside its numbers that a point takes in the files."""

MEMINFO = Path("/proc/meminfo")


@dataclass(frozen=True)
class DrawingNeeds:
    """Bytes that a drawing takes at most.

    `memory` is beside the network itself and one evaluation of the loss. `on_device` is on another
    device than the processor, 0 without one; `disk` is what the landscape's folder and the file of
    its points take together.
    """

    parameters: int
    memory: int
    on_device: int
    disk: int


def estimate_needs(
    space: ParameterSpace,
    plane: PlaneChoice,
    trajectories: Mapping[str, Source | Sequence[Source]] | None = None,
    *,
    grid: int,
    metrics: int = 0,
    device: torch.device | str = "cpu",
    at_once: int = 1,
) -> DrawingNeeds:
    """Return what a drawing takes at most, with the arguments of `draw`.

    `metrics` are their number, `at_once` the points that are evaluated at once. Raises StateError
    if there is no checkpoint where one is named.
    """
    networks = list_networks(plane, trajectories or {})
    file = max(map(size_of, networks), default=0)
    point = sum(
        dtype.itemsize * shape.numel()
        for dtype, shape in zip(space.dtypes.values(), space.layout.shapes, strict=True)
    )
    size, item = space.layout.size, space.storage.itemsize
    # A network of a path is placed beside the point whose memory the next point takes.
    points = point * ((2 if networks else 1) if at_once == 1 else 2 * at_once + 1)
    held = DIRECTIONS * item * size
    largest = max(shape.numel() for shape in space.layout.shapes)
    building = BLOCKS * DOUBLES * NUMBERS_AT_ONCE + DOUBLES * largest
    if networks:
        building += STRETCH_BYTES + MAPPED_IN_BUILDING * file
    if isinstance(plane, HessianChoice):
        building += EIGENVECTORS * DOUBLES * size
    is_elsewhere = torch.device(device).type != "cpu"
    # The allocator may keep what the first point took, beside the next one.
    evaluating = MAPPED_IN_EVALUATING * file + (0 if is_elsewhere else points + point)
    numbers = 2 * DOUBLES * (metrics + 1)
    return DrawingNeeds(
        parameters=size,
        memory=held + max(building, evaluating) + SMALL_BYTES,
        on_device=held + point + points if is_elsewhere else 0,
        disk=(grid**2 + 2 * len(networks) + 3) * (numbers + ROW_BYTES) + 2**16,
    )


def list_networks(
    plane: PlaneChoice, trajectories: Mapping[str, Source | Sequence[Source]]
) -> list[Source]:
    """Return the networks that a plane joins and that trajectories consist of."""
    found: list[Source] = []
    match plane:
        case PcaChoice():
            found = [each for path in plane.trajectories for each in find_files(path)]
        case EndsChoice():
            found = list(plane.sources)
        case RandomChoice() | GivenChoice() | HessianChoice():
            pass
    return [*found, *(each for path in trajectories.values() for each in find_files(path))]


def size_of(source: Source) -> int:
    """Return the bytes of a file, or of a recorded snapshot, which are mapped; else 0."""
    if isinstance(source, State):
        return sum(tensor.nbytes for tensor in source.tensors.values())
    if not is_path(source):
        return 0
    try:
        return Path(str(source)).stat().st_size
    except OSError as error:
        raise StateError(f"{source} cannot be read: {error.strerror}") from error


def announce_needs(needs: DrawingNeeds, folder: Path) -> str:
    """Return in a sentence or two what a drawing takes and what is free."""
    room = read_available()
    free = shutil.disk_usage(folder).free
    known = "" if room is None else f", of {format_bytes(room)} that are available"
    taken = f"Drawing takes up to {format_bytes(needs.memory)} of memory{known}"
    parts = [
        f"{needs.parameters:,} parameters vary. {taken}, beside the network and one evaluation of "
        "its loss",
        f"up to {format_bytes(needs.on_device)} on the device" if needs.on_device else "",
        f"up to {format_bytes(needs.disk)} in {folder}, where {format_bytes(free)} are free",
    ]
    short = (room is not None and needs.memory > room) or needs.disk > free
    return f"{'; '.join(filter(None, parts))}.{' That may not fit.' if short else ''}"


def read_available() -> int | None:
    """Return the bytes of memory that a program can take without swapping; None if not known."""
    try:
        lines = MEMINFO.read_text().splitlines()
    except OSError:  # only Linux has the file
        return None
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None
