"""The command `descent-atlas-precompute draw`: landscapes of networks that exist already.

A source is a folder that a `Recorder` has left, or "module:model" with checkpoints. Points are kept
in a hidden file beside the landscapes as they are computed, so that a command which was killed
continues.
"""

import argparse
import functools
import hashlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from torch import nn

from descent_atlas.analysis.array_types import Floats
from descent_atlas.drawing.draw_landscape import Drawing
from descent_atlas.drawing.drawn_landscape import DrawnLandscape
from descent_atlas.drawing.kept_rows import KeptRows
from descent_atlas.drawing.names import make_slug
from descent_atlas.drawing.plane_choices import PlaneChoice, ends, pca, random
from descent_atlas.drawing.recorded_runs import (
    build_recorded,
    describe_recorded,
    is_recorded,
    list_states,
    read_runs,
)
from descent_atlas.evaluation.buffers import Recalibrated, name_statistics
from descent_atlas.evaluation.losses import Loss, Metric
from descent_atlas.evaluation.named_losses import (
    READY_LOSSES,
    READY_METRICS,
    find_loss,
    find_metric,
)
from descent_atlas.evaluation.states import NamedSources, Source, find_files
from descent_atlas.jobs.display import TimeLeft
from descent_atlas.jobs.locks import LockError, hold_lock
from descent_atlas.landscapes.format import ID_LENGTH, check_id
from descent_atlas.storage.durable import hash_file, remove
from descent_atlas.storage.regular_files import DamagedError
from descent_atlas.study.user_code import find_sources
from descent_atlas.training.named.named_objects import find_named
from descent_atlas.training.networks import rename_factory
from descent_atlas.training.recording.generators import fork_generators
from descent_atlas.training.run_manifest import RunError
from descent_atlas.training.runs import TrainingRun

PLANES = ("random", "pca", "ends")

GRID = 51
"""Points along each axis unless a number is given."""

MOST_ENDS = 3
"""Networks that determine a plane at most."""

LOCK = ".drawing.lock"
"""A file in the output folder, which the command that draws there holds locked."""

ROWS = ".drawing-{id}"
"""A file in the output folder: the points of a landscape that is being drawn."""

LOCK_SECONDS = 10.0
"""Time that a command waits for another one in its folder, which may be ending."""

EPILOG = """\
examples:
  draw runs/mine --out landscapes                 a run that a Recorder left: its principal plane
  draw runs/a runs/b runs/c --out landscapes      the plane through the ends of three runs
  draw my_module:model --checkpoint a.pt b.pt --data my_module:batches \\
      --loss my_module:loss --out landscapes      the plane through two checkpoints

Modules are sought in the current folder first. After an interruption of any kind, rerun the same
command to continue.
"""


FAULTS = (ValueError, RunError, DamagedError, LockError, OSError)
"""Errors whose message tells a user what is wrong. Those of `drawing` are ValueErrors."""


Measure = TypeVar("Measure", Loss, Metric)


class DrawingError(ValueError):
    """Arguments that name nothing to draw; the message says what is missing."""


def add_draw_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command's parser to those of `descent-atlas-precompute`."""
    parser = commands.add_parser(
        "draw",
        help="draw the landscape of a recorded run, or of checkpoints",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="folders of recorded runs, or module:model, a function that returns the network",
    )
    parser.add_argument(
        "--checkpoint",
        nargs="+",
        metavar="FILE",
        default=[],
        help="files, folders or patterns of checkpoints (.pt, .ckpt, .safetensors)",
    )
    parser.add_argument(
        "--data", metavar="M:NAME", help="the batches, or a function that returns them"
    )
    parser.add_argument(
        "--loss",
        metavar="M:NAME",
        help=f"a function loss(model, batch), or {', '.join(READY_LOSSES)}",
    )
    parser.add_argument(
        "--metric",
        nargs="+",
        metavar="M:NAME",
        default=[],
        help=f"Metric objects to draw beside the loss, or {', '.join(READY_METRICS)}",
    )
    parser.add_argument("--plane", choices=PLANES, help="the kind of plane")
    parser.add_argument("--seed", type=int, default=0, help="of random directions")
    parser.add_argument(
        "--grid", type=int, default=GRID, metavar="N", help=f"points along each axis ({GRID})"
    )
    parser.add_argument(
        "--reach",
        type=float,
        default=1.0,
        metavar="R",
        help="half the width of a random plane; of others, how much wider than needed (1)",
    )
    parser.add_argument(
        "--parameters", nargs="+", metavar="PATTERN", help="vary only these, as in 'encoder.*'"
    )
    parser.add_argument(
        "--buffers",
        choices=("frozen", "recalibrated"),
        help="running statistics: those of the origin, or computed at each point from the data",
    )
    parser.add_argument("--device", default="cpu", help="where the loss is computed (cpu)")
    parser.add_argument("--id", help="the name of the landscape and of its folder")
    parser.add_argument("--title", help="its title")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", required=True, help="folder of the landscapes"
    )
    parser.set_defaults(command=draw_sources)


def draw_sources(**options: Any) -> int:
    """Draw what the arguments name; return the exit code."""
    sys.path.insert(0, str(Path.cwd()))  # where a user's modules are, as for `python -m`
    console = Console()
    try:
        folder = Drawer(argparse.Namespace(**options), console).draw()
    except FAULTS as error:
        tell(Console(stderr=True), str(error))
        return 1
    tell(console, f"The landscape is in {folder}.")
    return 0


def tell(console: Console, text: str) -> None:
    """Print a text as it is."""
    console.print(text, markup=False, highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class Subject:
    """What is drawn: a network, how it is named, the plane, and what is shown on it.

    `code` is the name "module:name" of the function that makes the network.
    """

    model: nn.Module
    name: str
    plane: PlaneChoice
    trajectories: Mapping[str, Sequence[Source]]
    code: str
    runs: tuple[TrainingRun, ...] = ()


class Drawer:
    """Draws what the command's arguments name."""

    def __init__(self, options: argparse.Namespace, console: Console) -> None:
        self.options, self.console = options, console
        self.kind: str = options.plane or ""

    def draw(self) -> Path:
        """Write the landscape and return its folder.

        Raises one of `FAULTS`, with a message for the user.
        """
        options = self.options
        if options.id is not None:
            check_id(options.id)
        subject = self.read_subject()
        loss, batches, metrics = self.read_functions(subject.runs)
        named = make_slug(f"{subject.name}-{self.kind}", "landscape")
        id = options.id or named[:ID_LENGTH].rstrip("-")
        options.out.mkdir(parents=True, exist_ok=True)
        fault = f"another process draws in {options.out}; wait until it ends, or end it"
        with hold_lock(options.out / LOCK, LOCK_SECONDS, fault):
            drawing = Drawing(
                subject.model,
                loss,
                batches,
                plane=subject.plane,
                trajectories=subject.trajectories,
                metrics=metrics,
                parameters=options.parameters,
                buffers=self.choose_buffers(subject, batches),
                grid=options.grid,
                reach=options.reach,
                device=options.device,
            )
            rows = options.out / ROWS.format(id=id)
            landscape = drawing.finish(self.evaluate(drawing, rows, self.name_code(subject)))
            folder = add_runs(landscape, subject.runs).save(options.out, id=id, title=options.title)
            remove(rows)
        return folder

    def read_subject(self) -> Subject:
        """Return what the sources name. Raises DrawingError if they name nothing to draw."""
        sources, checkpoints = self.options.sources, self.options.checkpoint
        folders = [Path(source) for source in sources]
        if all(is_recorded(folder) for folder in folders):
            if checkpoints:
                raise DrawingError("--checkpoint belongs to module:model, not to a recorded run")
            return self.read_recorded(folders)
        if len(sources) > 1 or ":" not in sources[0]:
            wrong = next(s for s, f in zip(sources, folders, strict=True) if not is_recorded(f))
            raise DrawingError(
                f"{wrong} is neither the folder of a recorded run nor of the form module:model"
            )
        return self.read_model(sources[0], checkpoints)

    def read_recorded(self, folders: Sequence[Path]) -> Subject:
        """Return recorded runs as what is drawn."""
        runs = read_runs(folders)
        network = build_recorded(runs)
        for run in runs:
            if run.end_distance:
                tell(
                    self.console,
                    f"{run.folder}: the run's end is not its last snapshot but lies "
                    f"{run.end_distance:.3g} from it; the plane goes through the end.",
                )
        trails = {run.id: list_states(run, network) for run in runs}
        if len(trails) < len(runs):
            raise DrawingError("two of the runs have one id: record them under different ones")
        self.kind = self.kind or ("ends" if 2 <= len(runs) <= MOST_ENDS else "pca")
        plane: PlaneChoice
        match self.kind:
            case "random":
                plane = random(self.options.seed, origin=trails[runs[0].id][-1])
            case "ends":
                plane = ends(*(states[-1] for states in trails.values()))
            case _:
                plane = pca(*(NamedSources(id, states) for id, states in trails.items()))
        return Subject(
            model=network,
            name="-".join(trails),
            plane=plane,
            trajectories={} if self.kind == "pca" else trails,
            code=runs[0].factory,
            runs=tuple(runs),
        )

    def read_model(self, name: str, checkpoints: Sequence[str]) -> Subject:
        """Return a network with its checkpoints as what is drawn."""
        model = load_model(name)
        files = [file for pattern in checkpoints for file in find_files(pattern)]
        few = "random" if len(files) < 2 else "ends"
        self.kind = self.kind or (few if len(files) <= MOST_ENDS else "pca")
        plane: PlaneChoice
        match self.kind:
            case "random":
                if len(files) > 1:
                    raise DrawingError(f"--plane random is around one checkpoint, not {len(files)}")
                plane = random(self.options.seed, origin=files[0] if files else None)
            case "ends":
                plane = ends(*files)
            case _:
                if not files:
                    raise DrawingError("--plane pca needs --checkpoint: a folder or pattern")
                plane = pca(*checkpoints) if len(checkpoints) == 1 else pca(files)
        return Subject(
            model=model,
            name="-".join([name.partition(":")[2], *name_files(files)]),
            plane=plane,
            trajectories={},
            code=name,
        )

    def read_functions(self, runs: Sequence[TrainingRun]) -> tuple[Loss, Any, dict[str, Metric]]:
        """Return the loss, the batches and the metrics.

        Raises DrawingError if the arguments and the runs name no loss or data.
        """
        names = self.name_functions(runs)
        missing = [f"--{role}" for role, name in names.items() if name is None]
        if missing:
            raise DrawingError(
                f"{' and '.join(missing)} must be named, as module:name"
                + (": the run does not say" if runs else "")
            )
        loss = guard(find_loss(names["loss"] or ""), f'the loss "{names["loss"]}"')
        metrics = {
            name.rpartition(":")[2]: guard(find_metric(name), f'the metric "{name}"')
            for name in self.options.metric
        }
        return loss, load_data(names["data"] or ""), metrics

    def name_functions(self, runs: Sequence[TrainingRun]) -> dict[str, str | None]:
        """Return the names of loss and data, from the arguments or else from the first run."""
        known = runs[0].functions if runs else {}
        return {role: getattr(self.options, role) or known.get(role) for role in ("loss", "data")}

    def choose_buffers(self, subject: Subject, batches: Any) -> Any:
        """Return the rule for buffers.

        A recorded run keeps the running statistics of its end alone, so that they are computed anew
        elsewhere, unless the arguments say otherwise.
        """
        has_statistics = bool(name_statistics(subject.model))
        wanted = self.options.buffers
        if wanted == "frozen" or (wanted is None and not (subject.runs and has_statistics)):
            return wanted
        return Recalibrated(batches)

    def name_code(self, subject: Subject) -> list[str]:
        """Return the names "module:name" on whose code the numbers depend."""
        functions = self.name_functions(subject.runs).values()
        names = [subject.code, *functions, *self.options.metric]
        return [name for name in names if name is not None and ":" in name]

    def evaluate(self, drawing: Drawing, path: Path, code: Sequence[str]) -> Floats:
        """Return the numbers of all points, of which some may be kept already."""
        key = hash_parts(drawing.compute_key(), str(torch.__version__), *hash_code(code))
        count, names = len(drawing.points), drawing.rules.names
        progress = Progress(
            TextColumn("points"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TimeLeft(),
            console=self.console,
            disable=not self.console.is_terminal,
            transient=True,
        )
        with KeptRows(path, key=key, width=len(names)) as kept, progress:
            if kept.found:
                tell(self.console, f"{kept.found} of {count} points are there already.")
            bar = progress.add_task("points", total=count, completed=kept.found)
            for index in range(count):
                if index not in kept.rows:
                    (numbers,) = drawing.evaluate(range(index, index + 1))
                    kept.keep(index, numbers.tolist())
                    progress.advance(bar)
            return np.array([kept.rows[index] for index in range(count)]).reshape(count, -1)


def add_runs(landscape: DrawnLandscape, runs: Sequence[TrainingRun]) -> DrawnLandscape:
    """Return a landscape that knows the runs whose trajectories it shows.

    An end that is not the run's last snapshot is among its notes.
    """
    notes = [
        f"The end of {run.id} is not its last snapshot but lies {run.end_distance:.3g} from it, as "
        "an average of the parameters does."
        for run in runs
        if run.end_distance
    ]
    evaluation = dict(landscape.evaluation)
    evaluation["notes"] = [*evaluation["notes"], *notes]
    return replace(landscape, runs=describe_recorded(runs), evaluation=evaluation)


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


def guard(measure: Measure, what: str) -> Measure:
    """Return a loss or metric whose function raises DrawingError in place of its own errors."""

    @functools.wraps(measure.function)
    def work(*arguments: Any) -> Any:
        return call(measure.function, what, *arguments)

    return replace(measure, function=work)


def call(function: Any, what: str, *arguments: Any) -> Any:
    """Return what a user's function returns. Raises DrawingError if it fails, or is none."""
    if not callable(function):
        raise DrawingError(f"{what} is a {type(function).__name__}, not a function")
    try:
        return function(*arguments)
    except Exception as error:  # a user's function may raise anything
        raise DrawingError(f"{what} failed: {type(error).__name__}: {error}") from error


def hash_code(names: Iterable[str]) -> list[str]:
    """Return the hashes of the user's files on which named functions depend."""
    files = {path for name in names for path in find_sources(name).values()}
    return sorted(hash_file(path) for path in files)


def hash_parts(*parts: str) -> str:
    """Return a SHA-256 of strings."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
