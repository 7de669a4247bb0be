"""Planes to choose from: random directions, through networks, principal directions, eigenvectors.

A choice names what determines a plane. `plane_building` computes the plane itself.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from descent_atlas.analysis.spectra.eigenplanes import Second
from descent_atlas.evaluation.states import Source, State

Direction = Tensor | Mapping[str, Tensor]
"""A direction in parameter space: one vector float[P], or tensors by name."""


class PlaneError(ValueError):
    """A plane that cannot be constructed from what was chosen."""


@dataclass(frozen=True)
class RandomChoice:
    """Two random directions at a network; `origin` is None for the network that is drawn."""

    seed: int
    origin: Source | None


@dataclass(frozen=True)
class EndsChoice:
    """A plane through two or three networks."""

    sources: tuple[Source, ...]


@dataclass(frozen=True)
class PcaChoice:
    """The two principal directions of one or several trajectories.

    `origin` is None for the end of the first.
    """

    trajectories: tuple[Source | Sequence[Source], ...]
    origin: Source | None


@dataclass(frozen=True)
class GivenChoice:
    """Two directions as they are; `origin` is None for the network that is drawn."""

    directions: tuple[Direction, Direction]
    origin: Source | None


@dataclass(frozen=True)
class HessianChoice:
    """Two eigenvectors of the Hessian at a network; `origin` is None for the network that is drawn.

    `rise` is None for the loss at the origin.
    """

    second: Second
    rise: float | None
    tolerance: float
    seed: int
    origin: Source | None


PlaneChoice = RandomChoice | EndsChoice | PcaChoice | GivenChoice | HessianChoice


def random(seed: int = 0, *, origin: Source | None = None) -> RandomChoice:
    """Choose two random directions at a network, the same ones for the same seed.

    `origin` is a checkpoint (file, state or module); without it, the plane is at the network that
    is drawn. `draw` has the options of the directions. Raises PlaneError for a seed below 0.

    Reference: Li, Xu, Taylor, Studer, Goldstein, "Visualizing the loss landscape of neural nets",
    NeurIPS 2018, https://arxiv.org/abs/1712.09913.

    >>> random(1).seed
    1
    """
    if seed < 0:
        raise PlaneError(f"a seed of {seed}: it should be 0 or more")
    return RandomChoice(seed, origin)


def ends(*sources: Source) -> EndsChoice:
    """Choose the plane through two or three networks; the first is its origin.

    Coordinates are distances: the first direction points from the first to the second network. With
    two networks, the second direction is a random one, orthogonal to the first. Raises PlaneError
    for any other number of networks.

    >>> ends("a.pt", "b.pt", "c.safetensors").sources
    ('a.pt', 'b.pt', 'c.safetensors')
    """
    if len(sources) not in (2, 3):
        raise PlaneError(f"a plane goes through two or three networks, not {len(sources)}")
    return EndsChoice(sources)


def pca(*trajectories: Source | Sequence[Source], origin: Source | None = None) -> PcaChoice:
    """Choose the two principal directions of trajectories, each of the same weight.

    A trajectory is a folder or pattern of checkpoints, in the order of their steps, or a list of
    them in its own order. The directions have the largest share of Σ‖θₜ - θ*‖². The origin θ* is
    the end of the first trajectory, unless another is given. Coordinates are distances. Raises
    PlaneError without a trajectory.

    >>> pca("run/checkpoints/*.pt").trajectories
    ('run/checkpoints/*.pt',)
    """
    if not trajectories:
        raise PlaneError("principal directions need at least one trajectory")
    return PcaChoice(trajectories, origin)


def given(first: Direction, second: Direction, *, origin: Source | None = None) -> GivenChoice:
    """Choose two directions as they are: vectors float[P], or tensors by the parameters' names.

    Coordinates count in their lengths. Parameters that a mapping leaves out stay.
    """
    return GivenChoice((first, second), origin)


def hessian(
    second: Second = "leading",
    *,
    rise: float | None = None,
    tolerance: float = 0.01,
    seed: int = 0,
    origin: Source | None = None,
) -> HessianChoice:
    """Choose two eigenvectors of the Hessian of the mean loss at a network.

    The first is that of the largest eigenvalue, the second that of the next one ("leading") or of
    the most negative one ("negative"). Coordinates count in units of the parabola that each
    eigenvalue λ leads to expect: at 1, √(2·rise/|λ|) from the origin, it has risen, or fallen, by
    `rise`; None is the loss at the origin, so that it has doubled. An eigenpair has converged if
    its residual ‖Hv - λv‖ is at most `tolerance`·|λ|; if one does not, `draw` raises PlaneError.
    The search starts from a vector that `seed` draws. `origin` is as in `random`.

    Products with the Hessian are exact (Pearlmutter 1994, https://doi.org/10.1162/neco.1994.6.1.147)
    and over all batches of the loss.

    >>> hessian("negative", rise=0.5).rise
    0.5
    """
    if second not in ("leading", "negative"):
        raise PlaneError(f'the second direction is "leading" or "negative", not {second!r}')
    if rise is not None and not 0 < rise < math.inf:
        raise PlaneError(f"a rise of {rise}: it should be positive and finite")
    if not 0 < tolerance < 1:
        raise PlaneError(f"a tolerance of {tolerance}: it should be between 0 and 1")
    if seed < 0:
        raise PlaneError(f"a seed of {seed}: it should be 0 or more")
    return HessianChoice(second, rise, tolerance, seed, origin)


def name_sources(sources: Sequence[Source]) -> list[str]:
    """Return what a picture calls networks: files by name, with as many folders as tell them apart.

    >>> name_sources(["runs/a/end.pt", "runs/b/end.pt", "c.pt"])
    ['a/end.pt', 'b/end.pt', 'c.pt']
    """
    names = [name_source(source, 1) for source in sources]
    deepest = max((len(Path(str(each)).parts) for each in sources if is_path(each)), default=0)
    for depth in range(2, deepest + 1):
        names = [
            name_source(source, depth) if names.count(name) > 1 else name
            for source, name in zip(sources, names, strict=True)
        ]
    return number_equals(names)


def number_equals(names: Sequence[str]) -> list[str]:
    """Return names, with a number after each that there is more than once.

    >>> number_equals(["MLP", "ViT", "MLP"])
    ['MLP 1', 'ViT', 'MLP 2']
    """
    return [
        f"{name} {names[: index + 1].count(name)}" if names.count(name) > 1 else name
        for index, name in enumerate(names)
    ]


def name_source(source: Source, depth: int) -> str:
    """Return what a picture calls a network: of a file, the last parts of its path."""
    if isinstance(source, State):
        return source.name
    if is_path(source):
        return "/".join(Path(str(source)).parts[-depth:])
    return type(source).__name__ if isinstance(source, nn.Module) else "state"


def is_path(source: Source) -> bool:
    """Tell whether a source is a file."""
    return isinstance(source, str | Path)
