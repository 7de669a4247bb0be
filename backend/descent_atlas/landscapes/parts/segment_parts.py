"""Parts of a manifest on straight segments: between two networks, or between points of runs."""

from typing import Literal

from descent_atlas.landscapes.parts.manifest_part import ManifestPart


class End(ManifestPart):
    """A network through which a plane or segment passes.

    `x` and `y` are its coordinates (of a segment: 0 or 1, and 0), `loss` its loss under the
    landscape's own rules. `own_loss` is the loss with its own buffers, None where the rules use
    them.
    """

    label: str
    step: int | None
    x: float
    y: float
    loss: float | None
    own_loss: float | None


class Barrier(ManifestPart):
    """How far the loss rises between two networks.

    `height` is the largest excess over the straight line between the losses of the ends, at the
    coordinate `at`; None if a loss is not finite. `rule` says so in words. Of a metric of which
    higher values are better it is the largest shortfall.
    """

    height: float | None
    at: float | None
    rule: str


class Segment(ManifestPart):
    """The straight segment between two networks.

    `arrays` has for each coordinate `t`, 0 to 1, a number of each metric. `length` is the Euclidean
    distance of the ends. `note` is a sentence on what a barrier may mean.
    """

    arrays: dict[str, str]
    length: float
    barrier: Barrier
    note: str


class SegmentEnd(ManifestPart):
    """The point of a run at which a segment begins or ends."""

    run: str
    step: int


class SegmentCurve(ManifestPart):
    """The loss and metrics on some samples along a segment.

    `arrays` has a number of each metric for each coordinate, `barriers` the barrier of each.
    `climb` is how far the loss rises at most from one coordinate to a later one, None if a loss is
    not finite: 0 where it never rises on the way.
    """

    surface: str
    split: str
    images: int | None
    arrays: dict[str, str]
    barriers: dict[str, Barrier]
    climb: float | None


class RunProfile(ManifestPart):
    """The profile of a segment between the ends of two runs, or from a run's start to its end.

    `length` is the Euclidean distance of the two points, None if not finite. `connected` tells
    whether the ends of two runs are linearly connected by the rule of the `RunSegments`; None where
    it does not apply. `note` is a sentence on what the barrier may mean.
    """

    id: str
    label: str
    kind: Literal["ends", "path"]
    first: SegmentEnd
    second: SegmentEnd
    length: float | None
    curves: list[SegmentCurve]
    connected: bool | None
    note: str


class RunSegments(ManifestPart):
    """Profiles along segments between the ends of runs, and from each run's start to its end.

    `t` names the array of coordinates, 0 to 1, which all share; `resolution` is their distance: a
    barrier that is narrower may be missed. Two ends are linearly connected if the barrier of the
    training error is below `connected_below`; `connected_rule` says so in words.
    """

    t: str
    resolution: float
    connected_below: float
    connected_rule: str
    profiles: list[RunProfile]
