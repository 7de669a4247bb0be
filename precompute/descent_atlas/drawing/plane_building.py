"""Planes at any network: an origin θ*, two directions, and the networks that determine them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.planes import MARGIN, PlaneGrid, fit_grid
from descent_atlas.analysis.spectra.eigenplanes import Eigenplane
from descent_atlas.drawing.plane_choices import (
    Direction,
    EndsChoice,
    GivenChoice,
    HessianChoice,
    PcaChoice,
    PlaneError,
    RandomChoice,
    name_sources,
    number_equals,
)
from descent_atlas.drawing.random_directions import (
    Normalization,
    OneDimensional,
    fill_random_directions,
)
from descent_atlas.drawing.snapshot_streams import (
    gram_of_differences,
    gram_of_directions,
    mix_differences,
)
from descent_atlas.evaluation.parameters import ParameterSpace, list_names
from descent_atlas.evaluation.states import (
    Checkpoint,
    NamedSources,
    Source,
    list_checkpoints,
    read_state,
)
from descent_atlas.training.blocks import split_range

BuiltKind = Literal["random", "pca", "shared", "ends", "given", "hessian"]

NEARLY_ONE_LINE = 1e-6
"""The sine of an angle at the origin below which three networks count as on one line."""

NUMBERS_AT_ONCE = 2**20
"""Numbers of two directions that are converted to float64 at once."""


@dataclass(frozen=True)
class Trail:
    """A trajectory: networks in the order of their steps, by its name."""

    label: str
    checkpoints: tuple[Checkpoint, ...]


@dataclass(frozen=True)
class BuiltPlane:
    """The points θ* + αv + βη.

    `origin` is the checkpoint at θ*, `tensors` are its parameters and buffers by name, `directions`
    v and η, float[2, P]. `gram` float64[2, 2] has their products with each other. `through` are the
    networks that the plane goes through, `trails` the trajectories that determine it. `products`
    float64[n, n] are those of the θₜ - θ* of all trails, one after the other, None unless the plane
    is of principal directions. `normalization` and `one_dimensional` are None where nothing was
    drawn at random. `eigenplane` is None unless the directions are eigenvectors.
    """

    kind: BuiltKind
    origin: Checkpoint
    tensors: Mapping[str, Tensor]
    directions: Tensor
    gram: Floats
    seed: int | None = None
    spectrum: tuple[float, ...] = ()
    through: tuple[Checkpoint, ...] = ()
    trails: tuple[Trail, ...] = ()
    products: Floats | None = field(default=None, repr=False)
    normalization: Normalization | None = None
    one_dimensional: OneDimensional | None = None
    eigenplane: Eigenplane | None = field(default=None, repr=False)

    @property
    def cosine(self) -> float:
        """The cosine of the angle between the directions."""
        return float(self.gram[0, 1] / np.sqrt(self.gram[0, 0] * self.gram[1, 1]))


class PlaneBuilder:
    """Builds planes in the space of a model's varying parameters."""

    def __init__(
        self,
        space: ParameterSpace,
        normalization: Normalization = "filter",
        one_dimensional: OneDimensional = "zero",
    ) -> None:
        self.space = space
        self.normalization, self.one_dimensional = normalization, one_dimensional

    def build(self, choice: object) -> BuiltPlane:
        """Return the plane that was chosen, by one of the functions of `plane_choices`.

        Raises PlaneError if there is none, StateError if a checkpoint cannot be read or does not
        fit the model.
        """
        match choice:
            case RandomChoice():
                return self._build_random(choice)
            case EndsChoice():
                return self._build_ends(choice)
            case PcaChoice():
                return self._build_pca(choice)
            case GivenChoice():
                return self._build_given(choice)
            case HessianChoice():
                return self._open_hessian(choice)
        raise PlaneError(
            "a plane is random(…), ends(…), pca(…), hessian(…) or given(…), not a "
            f"{type(choice).__name__}"
        )

    def _build_random(self, choice: RandomChoice) -> BuiltPlane:
        origin, tensors = self._read(choice.origin)
        directions = self._allocate()
        fill_random_directions(
            directions,
            tensors,
            self.space,
            choice.seed,
            normalization=self.normalization,
            one_dimensional=self.one_dimensional,
        )
        return BuiltPlane(
            kind="random",
            origin=origin,
            tensors=tensors,
            directions=directions,
            gram=check_plane(directions),
            seed=choice.seed,
            normalization=self.normalization,
            one_dimensional=self.one_dimensional,
        )

    def _build_ends(self, choice: EndsChoice) -> BuiltPlane:
        names = name_sources(choice.sources)
        through = [
            self._identify(source, name) for source, name in zip(choice.sources, names, strict=True)
        ]
        tensors = through[0].read(self.space.model).tensors
        products = gram_of_differences(tensors, through[1:], self.space)
        check_distinct(products, through)
        directions = self._allocate()
        drawn = len(through) == 2
        mixing = np.zeros((2, len(through) - 1))
        if drawn:
            mixing[0, 0] = 1 / np.sqrt(products[0, 0])
        else:
            mixing[:] = np.linalg.inv(np.linalg.cholesky(products))
        mix_differences(mixing, tensors, through[1:], self.space, directions)
        if drawn:
            self._add_random_direction(directions, tensors, 0)
        return BuiltPlane(
            kind="ends",
            origin=through[0],
            tensors=tensors,
            directions=directions,
            gram=check_plane(directions),
            seed=0 if drawn else None,
            through=tuple(through),
            normalization=self.normalization if drawn else None,
            one_dimensional=self.one_dimensional if drawn else None,
        )

    def _build_pca(self, choice: PcaChoice) -> BuiltPlane:
        labels = number_equals([name_trail(each) for each in choice.trajectories])
        trails = self.read_trails(dict(zip(labels, choice.trajectories, strict=True)))
        if choice.origin is None:
            origin = trails[0].checkpoints[-1]
            tensors = origin.read(self.space.model).tensors
        else:
            origin, tensors = self._read(choice.origin)
        checkpoints = [each for trail in trails for each in trail.checkpoints]
        products = gram_of_differences(tensors, checkpoints, self.space)
        owner = np.repeat(np.arange(len(trails)), [len(trail.checkpoints) for trail in trails])
        mixing, spectrum = find_principal_mixing(products, owner)
        directions = self._allocate()
        mix_differences(mixing, tensors, checkpoints, self.space, directions)
        drawn = not mixing[1].any()
        if drawn:
            self._add_random_direction(directions, tensors, 0)
        return BuiltPlane(
            kind="pca" if len(trails) == 1 else "shared",
            origin=origin,
            tensors=tensors,
            directions=directions,
            gram=check_plane(directions),
            seed=0 if drawn else None,
            spectrum=spectrum,
            trails=trails,
            products=products,
            normalization=self.normalization if drawn else None,
            one_dimensional=self.one_dimensional if drawn else None,
        )

    def _build_given(self, choice: GivenChoice) -> BuiltPlane:
        origin, tensors = self._read(choice.origin)
        directions = self._allocate()
        for row, direction in zip(directions, choice.directions, strict=True):
            self._copy_direction(direction, row)
        return BuiltPlane(
            kind="given",
            origin=origin,
            tensors=tensors,
            directions=directions,
            gram=check_plane(directions),
        )

    def _open_hessian(self, choice: HessianChoice) -> BuiltPlane:
        """Return the origin of a plane of eigenvectors, for `find_eigenvectors` to complete."""
        origin, tensors = self._read(choice.origin)
        return BuiltPlane(
            kind="hessian",
            origin=origin,
            tensors=tensors,
            directions=self._allocate(),
            gram=np.zeros((2, 2)),
            seed=choice.seed,
        )

    def read_trails(
        self, trajectories: Mapping[str, Source | Sequence[Source]]
    ) -> tuple[Trail, ...]:
        """Return trajectories in the order of their steps. Raises StateError for a misfit."""
        return tuple(
            Trail(label, tuple(list_checkpoints(source, self.space.model)))
            for label, source in trajectories.items()
        )

    def _allocate(self) -> Tensor:
        return torch.zeros(2, self.space.layout.size, dtype=self.space.storage)

    def _identify(self, source: Source, name: str) -> Checkpoint:
        """Return a checkpoint with its step, if it knows one."""
        return Checkpoint(name, source, read_state(source, self.space.model).step)

    def _read(self, source: Source | None) -> tuple[Checkpoint, Mapping[str, Tensor]]:
        """Return a checkpoint and its tensors; None stands for the model itself."""
        known = self.space.model if source is None else source
        (name,) = name_sources([known])
        checkpoint = self._identify(known, name)
        return checkpoint, checkpoint.read(self.space.model).tensors

    def _add_random_direction(
        self, directions: Tensor, origin: Mapping[str, Tensor], seed: int
    ) -> None:
        """Fill the second direction with a random one, orthogonal to the first and of length 1."""
        v, eta = directions
        fill_random_directions(
            directions[1:],
            origin,
            self.space,
            seed,
            normalization=self.normalization,
            one_dimensional=self.one_dimensional,
        )
        for _ in range(2):  # the second pass removes rounding errors
            (vv, ve), _ = gram_of_directions(directions)
            for block in split_range(len(v), NUMBERS_AT_ONCE):
                eta[block] = (eta[block].double() - ve / vv * v[block].double()).to(eta.dtype)
            length = float(np.sqrt(gram_of_directions(directions[1:])[0, 0]))
            if not length:
                raise PlaneError("there is no second direction: a single parameter varies")
            eta.div_(length)

    def _copy_direction(self, direction: Direction, row: Tensor) -> None:
        """Copy a given direction to float[P]. Raises PlaneError if it does not fit the model."""
        layout = self.space.layout
        if isinstance(direction, Tensor):
            if direction.shape != row.shape:
                raise PlaneError(
                    f"a direction has the shape {tuple(direction.shape)}, and {layout.size:,} "
                    f"parameters vary: pass a vector ({layout.size},), or tensors by name"
                )
            row.copy_(direction.detach())
            return
        parts = layout.split(row)
        unknown = [name for name in direction if name not in parts]
        if unknown:
            raise PlaneError(f"a direction moves {list_names(unknown)}, which do not vary")
        for name, tensor in direction.items():
            if tensor.shape != parts[name].shape:
                raise PlaneError(
                    f"a direction has {name} of the shape {tuple(tensor.shape)} instead of "
                    f"{tuple(parts[name].shape)}"
                )
            parts[name].copy_(tensor.detach())


def name_trail(source: Source | Sequence[Source]) -> str:
    """Return what a picture calls a trajectory: its folder, or "trajectory" for a plain list."""
    if isinstance(source, NamedSources):
        return source.label
    if not isinstance(source, str | Path):
        return "trajectory"
    path = str(source).rstrip("/")
    parts = [part for part in path.split("/") if part and not set(part) & set("*?[")]
    return parts[-1] if parts else "trajectory"


def check_plane(directions: Tensor) -> Floats:
    """Return the Gram matrix of two directions. Raises PlaneError unless they span a plane."""
    gram = gram_of_directions(directions)
    if not np.isfinite(gram).all():
        raise PlaneError("a direction holds numbers that are not finite")
    (vv, ve), (_, ee) = gram
    if not (vv > 0 and ee > 0 and vv * ee - ve**2 > (NEARLY_ONE_LINE**2) * vv * ee):
        raise PlaneError("the two directions lie on one line: they make no plane")
    return gram


def check_distinct(products: Floats, through: Sequence[Checkpoint]) -> None:
    """Raise PlaneError unless networks span a plane with the first of them.

    `products` float64[n - 1, n - 1] are those of the others' differences from the first.
    """
    squares = np.diag(products)
    for square, checkpoint in zip(squares, through[1:], strict=True):
        if not np.isfinite(square):
            raise PlaneError(
                f"{through[0].name} or {checkpoint.name} holds numbers that are not finite"
            )
        if square == 0:
            raise PlaneError(
                f"{through[0].name} and {checkpoint.name} have the same varying parameters"
            )
    if len(squares) == 2:
        rest = squares[0] * squares[1] - products[0, 1] ** 2
        if not rest > NEARLY_ONE_LINE**2 * squares[0] * squares[1]:
            raise PlaneError("the three networks lie on one line: they make no plane")


def find_principal_mixing(
    products: Floats, owner: Iterable[int]
) -> tuple[Floats, tuple[float, ...]]:
    """Return weights float64[2, n] of θₜ - θ* that give principal directions, and the spectrum.

    `products` float64[n, n] are those of all θₜ - θ* with each other, `owner` the index of each
    one's trajectory; every trajectory is scaled to the same Σ‖θₜ - θ*‖². A network that is not
    finite has no weight. The sign of a direction gives the point farthest along it a positive
    coordinate. If all lie on one line, the second row is zero. Raises PlaneError if none differs
    from θ*.
    """
    owners = np.asarray(list(owner))
    finite = np.isfinite(np.diag(products))
    gram = products[np.ix_(finite, finite)]
    energies = np.bincount(owners[finite], np.diag(gram), minlength=owners.max() + 1)
    with np.errstate(divide="ignore"):
        weights = np.where(energies > 0, 1 / np.sqrt(energies), 0.0)[owners[finite]]
    if not weights.any():
        raise PlaneError("no checkpoint differs from the origin: there is no direction to draw")
    values, vectors = np.linalg.eigh(gram * np.outer(weights, weights))
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    rank = min(2, int(np.sum(values > values[0] * len(values) * np.finfo(np.float64).eps)))
    u = vectors[:, :rank]
    u = u * np.sign(u[np.abs(u).argmax(axis=0), range(rank)])
    mixing = np.zeros((2, len(owners)))
    mixing[np.ix_(np.arange(rank), finite)] = (u / np.sqrt(values[:rank])).T * weights
    return mixing, tuple((values / values.sum()).tolist())


def make_axis(reach: float, count: int) -> Floats:
    """Return evenly spaced coordinates from -`reach` to `reach`, exactly 0 in the middle.

    >>> make_axis(1.0, 3)
    array([-1.,  0.,  1.])
    """
    axis: Floats = reach * np.arange(1 - count, count, 2) / (count - 1)
    return axis


def choose_grid(plane: BuiltPlane, points: Floats, count: int, reach: float) -> PlaneGrid:
    """Return a grid with `count` points along each axis.

    On planes of random or given directions or eigenvectors it reaches from -`reach` to `reach`. On
    others it contains all `points`, float64[m, 2], with a margin, and is then stretched by `reach`
    about its middle.
    """
    if plane.kind in ("random", "given", "hessian"):
        axis = make_axis(reach, count)
        return PlaneGrid(axis, axis)
    if len(plane.through) == 2:
        half = (0.5 + MARGIN) * points[1, 0]
        axis = make_axis(reach * half, count)
        return PlaneGrid(points[1, 0] / 2 + axis, axis)
    fitted = fit_grid(points, count)
    return PlaneGrid(stretch_axis(fitted.x, reach), stretch_axis(fitted.y, reach))


def stretch_axis(axis: Floats, factor: float) -> Floats:
    """Return an axis stretched about its middle."""
    middle = (axis[0] + axis[-1]) / 2
    stretched: Floats = middle + factor * (axis - middle)
    return stretched
