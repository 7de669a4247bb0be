"""The command `descent-atlas-precompute draw`: landscapes of networks that exist already.

A source is a folder that a `Recorder` has left, or "module:model" with checkpoints. Points are kept
in a hidden file beside the landscapes as they are computed, so that a command which was killed
continues.
"""

import argparse
import functools
import hashlib
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.spectra.eigenplanes import Second
from descent_atlas.drawing.draw_landscape import Drawing
from descent_atlas.drawing.drawing_needs import announce_needs, estimate_needs
from descent_atlas.drawing.drawn_landscape import DrawnLandscape
from descent_atlas.drawing.kept_rows import KeptRows
from descent_atlas.drawing.named_subjects import (
    DrawingError,
    Subject,
    SubjectReader,
    guard,
    load_data,
)
from descent_atlas.drawing.names import make_slug
from descent_atlas.drawing.recorded_runs import describe_recorded
from descent_atlas.drawing.sharding.growing_landscape import GrowingLandscape
from descent_atlas.drawing.sharding.shipped_drawing import NamedParts
from descent_atlas.drawing.sharding.worker_blocks import Block, check_workers, evaluate_with
from descent_atlas.evaluation.batches import check_batches
from descent_atlas.evaluation.buffers import Recalibrated, name_statistics
from descent_atlas.evaluation.evaluation_rules import check_device, open_space
from descent_atlas.evaluation.losses import Loss, Metric
from descent_atlas.evaluation.named_losses import (
    READY_LOSSES,
    READY_METRICS,
    find_loss,
    find_metric,
)
from descent_atlas.jobs.display import TimeLeft
from descent_atlas.jobs.locks import LockError, hold_lock
from descent_atlas.landscapes.format import ID_LENGTH, check_id
from descent_atlas.storage.durable import hash_file, remove
from descent_atlas.storage.regular_files import DamagedError
from descent_atlas.study.user_code import find_sources
from descent_atlas.training.networks import unwrap
from descent_atlas.training.run_manifest import RunError
from descent_atlas.training.runs import TrainingRun

PLANES = ("random", "pca", "ends", "hessian")

GRID = 51
"""Points along each axis unless a number is given."""

LOCK = ".drawing.lock"
"""A file in the output folder, which the command that draws there holds locked."""

ROWS = ".drawing-{id}"
"""A file in the output folder: the points of a landscape that is being drawn."""

SHIPPED = ".drawing-{id}.shipped"
"""A file in the output folder while workers draw: what they evaluate."""

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
    parser.add_argument(
        "--second",
        choices=get_args(Second),
        default="leading",
        help="the second direction of --plane hessian: of the next eigenvalue (leading), or of the "
        "most negative",
    )
    parser.add_argument("--seed", type=int, default=0, help="of random directions")
    parser.add_argument(
        "--grid", type=int, default=GRID, metavar="N", help=f"points along each axis ({GRID})"
    )
    parser.add_argument(
        "--reach",
        type=float,
        default=1.0,
        metavar="R",
        help="half the width of a plane of random directions or eigenvectors; of others, how much "
        "wider than needed (1)",
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
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="evaluate the points in N processes with one thread each; each has a network of its "
        "own (default: this process, with the threads of PyTorch)",
    )
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
class NamedDrawing:
    """What the arguments name: a subject, and the loss, the batches and the metrics to draw."""

    subject: Subject
    loss: Loss
    batches: Any
    metrics: dict[str, Metric]

    def list_parts(self) -> dict[str, Any]:
        """Return the parts that a worker can make anew, by their names."""
        metrics = {f"metric {name}": metric for name, metric in self.metrics.items()}
        parts = {"model": unwrap(self.subject.model), "loss": self.loss, "batches": self.batches}
        return {**parts, **metrics}


def make_parts(options: argparse.Namespace) -> dict[str, Any]:
    """Return the parts that arguments name, in a worker."""
    return Drawer(options, Console(quiet=True)).read().list_parts()


class Drawer:
    """Draws what the command's arguments name."""

    def __init__(self, options: argparse.Namespace, console: Console) -> None:
        self.options, self.console = options, console

    def draw(self) -> Path:
        """Write the landscape and return its folder.

        Raises one of `FAULTS`, with a message for the user.
        """
        options = self.options
        if options.id is not None:
            check_id(options.id)
        if options.workers is not None:
            check_workers(options.workers)
        named = self.read()
        subject = named.subject
        slug = make_slug(f"{subject.name}-{subject.kind}", "landscape")
        id = options.id or slug[:ID_LENGTH].rstrip("-")
        options.out.mkdir(parents=True, exist_ok=True)
        fault = f"another process draws in {options.out}; wait until it ends, or end it"
        with hold_lock(options.out / LOCK, LOCK_SECONDS, fault):
            self.announce(subject, len(named.metrics))
            drawing = Drawing(
                subject.model,
                named.loss,
                named.batches,
                plane=subject.plane,
                trajectories=subject.trajectories,
                metrics=named.metrics,
                parameters=options.parameters,
                buffers=self.choose_buffers(subject, named.batches),
                grid=options.grid,
                reach=options.reach,
                device=options.device,
                vmap="auto",
            )
            landscape = drawing.finish(self.evaluate(drawing, id, named))
            folder = self.save(landscape, id, subject)
            remove(options.out / ROWS.format(id=id))
        return folder

    def read(self) -> NamedDrawing:
        """Return what the arguments name. Raises one of `FAULTS` if that is nothing to draw."""
        options = self.options
        subject = SubjectReader(
            sources=options.sources,
            checkpoints=options.checkpoint,
            kind=options.plane or "",
            seed=options.seed,
            tell=functools.partial(tell, self.console),
            second=options.second,
        ).read()
        loss, batches, metrics = self.read_functions(subject.runs)
        return NamedDrawing(subject, loss, check_batches(batches), metrics)

    def save(self, landscape: DrawnLandscape, id: str, subject: Subject) -> Path:
        """Write a landscape, which may be incomplete, and return its folder."""
        whole = add_runs(landscape, subject.runs)
        return whole.save(self.options.out, id=id, title=self.options.title)

    def announce(self, subject: Subject, metrics: int) -> None:
        """Tell what the drawing will take of memory and disk."""
        options = self.options
        needs = estimate_needs(
            open_space(subject.model, options.parameters, None),
            subject.plane,
            subject.trajectories,
            grid=options.grid,
            metrics=metrics,
            device=check_device(options.device),
        )
        tell(self.console, announce_needs(needs, options.out))

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

    def evaluate(self, drawing: Drawing, id: str, named: NamedDrawing) -> Floats:
        """Return the numbers of all points, of which some may be kept already.

        Until they are complete, the landscape's folder shows what there is of them.
        """
        options = self.options
        threads = torch.get_num_threads() if options.workers is None else 1
        code = hash_code(self.name_code(named.subject))
        key = hash_parts(drawing.compute_key(), str(torch.__version__), str(threads), *code)
        count, names = len(drawing.points), drawing.rules.names
        growing = GrowingLandscape(
            drawing, options.out / id, lambda landscape: self.save(landscape, id, named.subject)
        )
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
        rows = options.out / ROWS.format(id=id)
        with KeptRows(rows, key=key, width=len(names)) as kept, progress:
            if kept.found:
                tell(self.console, f"{kept.found} of {count} points are there already.")
            bar = progress.add_task("points", total=count, completed=kept.found)
            missing = [index for index in drawing.order.points.tolist() if index not in kept.rows]
            told = False
            for points, values in self.compute(drawing, missing, id, named):
                for index, numbers in zip(points, values.tolist(), strict=True):
                    kept.keep(index, numbers)
                progress.advance(bar, len(points))
                if growing.update(kept.rows) and not told:
                    tell(self.console, f"{options.out / id} shows what is computed so far.")
                    told = True
            return np.array([kept.rows[index] for index in range(count)]).reshape(count, -1)

    def compute(
        self, drawing: Drawing, points: Sequence[int], id: str, named: NamedDrawing
    ) -> Iterator[Block]:
        """Yield the numbers of some points, in this process one by one, or from workers."""
        if self.options.workers is None:
            yield from (((index,), drawing.evaluate((index,))) for index in points)
            return
        parts = named.list_parts()
        yield from evaluate_with(
            drawing,
            self.options.workers,
            points,
            file=self.options.out / SHIPPED.format(id=id),
            named=NamedParts(parts, functools.partial(make_parts, self.options)),
        )


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


def hash_code(names: Iterable[str]) -> list[str]:
    """Return the hashes of the user's files on which named functions depend."""
    files = {path for name in names for path in find_sources(name).values()}
    return sorted(hash_file(path) for path in files)


def hash_parts(*parts: str) -> str:
    """Return a SHA-256 of strings."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
