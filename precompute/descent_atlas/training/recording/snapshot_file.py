"""The file of a run's snapshots while the run is recorded."""

import logging
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from descent_atlas.training.recording.row_file import RowFile
from descent_atlas.training.recording.snapshot_precision import (
    EXACT,
    SNAPSHOT_FILES,
    STORED,
    Precision,
    decode,
    encode,
    measure_rounding,
)
from descent_atlas.training.run_manifest import RunError

logger = logging.getLogger(__name__)


class SnapshotFile(RowFile):
    """Parameters θ float32[P], a row each, in the precision in which a run keeps them.

    `rounding` are the distances of the rows from the parameters that they were; none if they are
    exact.
    """

    def __init__(self, folder: Path, size: int, precision: Precision) -> None:
        super().__init__(folder / SNAPSHOT_FILES[precision], size * STORED[precision].itemsize)
        self.size, self.precision = size, precision
        self.rounding: list[float] = []

    def keep(self, step: int, theta: Tensor) -> None:
        """Append the parameters at a step.

        Raises RunError if one of them is beyond the largest number of the precision.
        """
        try:
            stored = encode(theta, self.precision)
        except OverflowError as error:
            raise RunError(f"{self.path.parent}: {error}") from error
        if self.precision != EXACT:
            self.rounding.append(measure_rounding(theta, stored, self.precision))
        self.append(step, stored.data)

    def read_last(self) -> NDArray[np.float32]:
        """Return the last row, which must have been flushed, as float32[P]."""
        start = (len(self.steps) - 1) * self.row_bytes
        stored = np.fromfile(self.path, dtype=STORED[self.precision], count=self.size, offset=start)
        return decode(stored, self.precision)

    def tell_distance(self, step: int, theta: Tensor) -> None:
        """Log the distance of the run's end from the snapshot at its step, if there is one."""
        if self.steps[-1:] != [step]:
            return
        if distance := self.measure_distance(theta):
            logger.warning(
                "%s: the run's end is not its last snapshot but lies %.3g from it, as an average "
                "of the parameters does; planes have their origin at the end",
                self.path.parent,
                distance,
            )

    def measure_distance(self, theta: Tensor) -> float:
        """Return the distance of parameters from the last row; 0 if it is at most its rounding."""
        distance = float((theta.double() - torch.from_numpy(self.read_last())).norm())
        return distance if distance > sum(self.rounding[-1:]) else 0.0
