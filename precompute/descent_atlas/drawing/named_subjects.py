"""What the names in a command stand for: a network, its checkpoints or runs, loss and data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import nn

from descent_atlas.analysis.spectra.eigenplanes import Second
from descent_atlas.drawing.plane_choices import PlaneChoice, ends, hessian, pca, random
from descent_atlas.drawing.recorded_runs import (
    build_recorded,
    is_recorded,
    list_states,
    read_runs,
)
from descent_atlas.evaluation.losses import Loss, Metric
from descent_atlas.evaluation.states import NamedSources, Source, find_files
from descent_atlas.training.named.named_objects import find_named
from descent_atlas.training.networks import rename_factory
from descent_atlas.training.recording.generators import fork_generators
from descent_atlas.training.runs import TrainingRun

MOST_ENDS = 3
"""Networks that determine a plane at most."""

Measure = TypeVar("Measure", Loss, Metric)


class DrawingError(ValueError):
    """Arguments that name nothing to draw; the message says what is missing."""


@dataclass(frozen=True)
class Subject:
    """What is drawn: a network, how it is named, the plane, its kind, and what is shown on it.

    `code` is the name "module:name" of the function that makes the network.
    """

    model: nn.Module
    name: str
    kind: str
    plane: PlaneChoice
    trajectories: Mapping[str, Sequence[Source]]
    code: str
    runs: tuple[TrainingRun, ...] = ()


@dataclass(frozen=True)
class SubjectReader:
    """Reads what is drawn from sources: folders of recorded runs, or one "module:model".

    `kind` is the kind of the plane, "" if the number of networks decides. `seed` is that of random
    directions, `second` the second eigenvector of a plane of them. `tell` is called with
    what the user should know.
    """

    sources: Sequence[str]
    checkpoints: Sequence[str]
    kind: str
    seed: int
    tell: Callable[[str], None]
    second: Second = "leading"

    def read(self) -> Subject:
        """Return what the sources name. Raises DrawingError if they name nothing to draw."""
        sources, checkpoints = self.sources, self.checkpoints
        folders = [Path(source) for source in sources]
        if all(is_recorded(folder) for folder in folders):
            if checkpoints:
                raise DrawingError("--checkpoint belongs to module:model, not to a recorded run")
            return self._read_recorded(folders)
        if len(sources) > 1 or ":" not in sources[0]:
            wrong = next(s for s, f in zip(sources, folders, strict=True) if not is_recorded(f))
            raise DrawingError(
                f"{wrong} is neither the folder of a recorded run nor of the form module:model"
            )
        return self._read_model(sources[0], checkpoints)

    def _read_recorded(self, folders: Sequence[Path]) -> Subject:
        """Return recorded runs as what is drawn."""
        runs = read_runs(folders)
        network = build_recorded(runs)
        for run in runs:
            if run.end_distance:
                self.tell(
                    f"{run.folder}: the run's end is not its last snapshot but lies "
                    f"{run.end_distance:.3g} from it; the plane goes through the end.",
                )
        trails = {run.id: list_states(run, network) for run in runs}
        if len(trails) < len(runs):
            raise DrawingError("two of the runs have one id: record them under different ones")
        kind = self.kind or ("ends" if 2 <= len(runs) <= MOST_ENDS else "pca")
        plane: PlaneChoice
        match kind:
            case "random":
                plane = random(self.seed, origin=trails[runs[0].id][-1])
            case "hessian":
                plane = hessian(self.second, seed=self.seed, origin=trails[runs[0].id][-1])
            case "ends":
                plane = ends(*(states[-1] for states in trails.values()))
            case _:
                plane = pca(*(NamedSources(id, states) for id, states in trails.items()))
        return Subject(
            model=network,
            name="-".join(trails),
            kind=kind,
            plane=plane,
            trajectories={} if kind == "pca" else trails,
            code=runs[0].factory,
            runs=tuple(runs),
        )

    def _read_model(self, name: str, checkpoints: Sequence[str]) -> Subject:
        """Return a network with its checkpoints as what is drawn."""
        model = load_model(name)
        files = [file for pattern in checkpoints for file in find_files(pattern)]
        few = "random" if len(files) < 2 else "ends"
        kind = self.kind or (few if len(files) <= MOST_ENDS else "pca")
        plane: PlaneChoice
        match kind:
            case "random" | "hessian":
                if len(files) > 1:
                    raise DrawingError(f"--plane {kind} is around one checkpoint, not {len(files)}")
                origin = files[0] if files else None
                plane = (
                    random(self.seed, origin=origin)
                    if kind == "random"
                    else hessian(self.second, seed=self.seed, origin=origin)
                )
            case "ends":
                plane = ends(*files)
            case _:
                if not files:
                    raise DrawingError("--plane pca needs --checkpoint: a folder or pattern")
                plane = pca(*checkpoints) if len(checkpoints) == 1 else pca(files)
        return Subject(
            model=model,
            name="-".join([name.partition(":")[2], *name_files(files)]),
            kind=kind,
            plane=plane,
            trajectories={},
            code=name,
        )


def name_files(files: Sequence[Source]) -> list[str]:
    """Return the names of checkpoints without their suffixes; of many, the first and the last."""
    stems = [Path(file).stem for file in files if isinstance(file, str | Path)]
    return stems if len(stems) <= MOST_ENDS else [stems[0], "to", stems[-1]]


def load_model(name: str) -> nn.Module:
    """Return the network that "module:name" is, or that this function returns.

    Raises DrawingError if it is none.
    """
    found = find_named(rename_factory(name), "model")
    if not isinstance(found, nn.Module):
        with fork_generators():
            torch.random.manual_seed(0)
            found = call(found, f'the model "{name}"')
    if not isinstance(found, nn.Module):
        raise DrawingError(f'"{name}" made a {type(found).__name__}, not a torch.nn.Module')
    return found


def load_data(name: str) -> Any:
    """Return the batches that "module:name" is, or that this function returns."""
    found = find_named(name, "data")
    return call(found, f'the data "{name}"') if callable(found) else found


class GuardedFunction:
    """A user's function that raises DrawingError in place of its own errors."""

    def __init__(self, function: Any, what: str) -> None:
        self.function, self.what = function, what
        self.__name__ = getattr(function, "__name__", type(function).__name__)

    def __call__(self, *arguments: Any) -> Any:
        """Return what the function returns."""
        return call(self.function, self.what, *arguments)


def guard(measure: Measure, what: str) -> Measure:
    """Return a loss or metric whose functions raise DrawingError in place of their own errors."""
    changes: dict[str, Any] = {"function": GuardedFunction(measure.function, what)}
    parts = getattr(measure, "parts", None)
    if parts is not None:
        changes["parts"] = GuardedFunction(parts, what)
    return replace(measure, **changes)


def call(function: Any, what: str, *arguments: Any) -> Any:
    """Return what a user's function returns. Raises DrawingError if it fails, or is none."""
    if not callable(function):
        raise DrawingError(f"{what} is a {type(function).__name__}, not a function")
    try:
        return function(*arguments)
    except Exception as error:  # a user's function may raise anything
        raise DrawingError(f"{what} failed: {type(error).__name__}: {error}") from error
