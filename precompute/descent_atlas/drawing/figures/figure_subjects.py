"""What figures show: landscapes and profiles, just drawn or read from a folder."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from descent_atlas.analysis.array_types import Counts, Floats, Mask


class EndSubject(Protocol):
    """A network at the point (x, y); a loss of None is not finite."""

    @property
    def label(self) -> str: ...
    @property
    def x(self) -> float: ...
    @property
    def y(self) -> float: ...
    @property
    def loss(self) -> float | None: ...
    @property
    def own_loss(self) -> float | None: ...


class PathSubject(Protocol):
    """A trajectory: a number for each of its n snapshots; None where they are not known."""

    @property
    def label(self) -> str: ...
    @property
    def step_unit(self) -> str: ...
    @property
    def steps(self) -> Counts: ...
    @property
    def x(self) -> Floats: ...
    @property
    def y(self) -> Floats: ...
    @property
    def distance(self) -> Floats | None: ...
    @property
    def loss(self) -> Floats | None: ...
    @property
    def loss_in_plane(self) -> Floats | None: ...


class SurfaceModel(NamedTuple):
    """The quadratic model of a loss, float64[ny, nx], and where it fails, bool[ny, nx]."""

    values: Floats
    fails: Mask


class PlaneSubject(Protocol):
    """Values float64[ny, nx] of each metric at the points (x[i], y[j])."""

    @property
    def title(self) -> str: ...
    @property
    def x(self) -> Floats: ...
    @property
    def y(self) -> Floats: ...
    @property
    def values(self) -> Mapping[str, Floats]: ...
    @property
    def metrics(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def ends(self) -> Sequence[EndSubject]: ...
    @property
    def trajectories(self) -> Sequence[PathSubject]: ...
    @property
    def evaluation(self) -> Mapping[str, Any] | None: ...
    @property
    def model(self) -> SurfaceModel | None: ...


class LossBarrier(NamedTuple):
    """How far the loss rises between two networks: the height, and the coordinate of the top.

    Both are NaN if a loss on the segment is not finite.
    """

    height: float
    at: float


class CurveSubject(Protocol):
    """Values float64[n] of each metric at the coordinates t of a segment between two networks."""

    @property
    def title(self) -> str: ...
    @property
    def t(self) -> Floats: ...
    @property
    def values(self) -> Mapping[str, Floats]: ...
    @property
    def loss(self) -> Floats: ...
    @property
    def line(self) -> Floats: ...
    @property
    def barrier(self) -> LossBarrier: ...
    @property
    def note(self) -> str: ...
    @property
    def metrics(self) -> Sequence[Mapping[str, Any]]: ...
    @property
    def ends(self) -> Sequence[EndSubject]: ...
    @property
    def evaluation(self) -> Mapping[str, Any] | None: ...
