"""Types of the arrays that planes, surfaces and trajectories consist of."""

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # `SnapshotRows` loads PyTorch, which statistics of surfaces do not need
    from descent_atlas.training.snapshot_rows import SnapshotRows

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]

Points = Floats32 | Floats
"""Parameter vectors, one a row: float32 or float64[n, P]."""

Rows: TypeAlias = "Points | SnapshotRows"
"""Parameter vectors, one a row, in memory or in a file."""
