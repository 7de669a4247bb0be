"""Parts of a manifest on what batches see along the path of a run."""

from typing import Annotated

from pydantic import Field

from descent_atlas.landscapes.parts.manifest_part import ManifestPart


class BatchMoment(ManifestPart):
    """A snapshot of a run around which the losses of batches are drawn.

    `x` and `y` are the coordinates of the nearest point of the run's plane, `distance` is how far
    the snapshot is from it. `epoch` is the number of passes made, None if not known.
    """

    step: int
    epoch: float | None
    x: float
    y: float
    distance: float


class BatchView(ManifestPart):
    """What samples of one size see at each moment.

    `arrays` names for each metric a float32[moments, rows, columns], and with a number for each
    moment the direction of descent on the same samples at the snapshot, projected to the plane
    (`arrow.x`, `arrow.y`), the whole gradient's `norm`, and its `cosine` with the gradient on all
    training samples there.
    """

    surface: str
    images: int
    arrays: dict[str, str]
    lowest: float | None
    highest: float | None
    not_finite: int


class BatchPath(ManifestPart):
    """What batches of several sizes see of the loss at some moments of a run.

    Each surface lies on the plane through its moment's snapshot, parallel to the run's plane: at
    (x, y) its parameters are θ + (x - a)v + (y - b)η, with the snapshot θ at (a, b). `rule` says so
    in words, and which samples a batch consists of.
    """

    run: str
    moments: Annotated[list[BatchMoment], Field(min_length=1)]
    views: Annotated[list[BatchView], Field(min_length=1)]
    rule: str
