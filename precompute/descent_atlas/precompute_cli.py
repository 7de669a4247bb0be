"""The command `descent-atlas-precompute`: trains a study's networks and draws their landscapes."""

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from pathlib import Path

from rich.console import Console

from descent_atlas.jobs.display import Display
from descent_atlas.jobs.endings import SignalError, raise_on_signals
from descent_atlas.jobs.locks import Lock, LockError, hold
from descent_atlas.jobs.scheduler import choose, open_pool, run_jobs
from descent_atlas.jobs.study_jobs import find_ids, list_jobs
from descent_atlas.landscapes.format import read_checked
from descent_atlas.storage.array_folder import MANIFEST, read_folder
from descent_atlas.storage.regular_files import DamagedError
from descent_atlas.study.folder import Place
from descent_atlas.study.schema import Study, StudyError, read_study
from descent_atlas.training.datasets import DataError, load_dataset, read_cache
from descent_atlas.training.loop import Cancelled
from descent_atlas.training.runs import Run, RunError

LOCK = ".lock"
"""The file in the results' folder that the command which computes there holds locked."""

WRITERS = ".writers"
"""The file that every process which may write there holds locked: the command and its workers."""

COMMAND_SECONDS = 10.0
"""How long a command waits for another in its folder: one that was told to end saves its state."""

WRITERS_SECONDS = 60.0
"""How long it waits for the workers of one that was killed. They end at once, but for one that is
just being started: it has to load PyTorch before it can notice, slowly on a busy machine."""

SIGNALLED = 128
"""What shells add to a signal's number for the exit code of a command that it ended."""

INTERRUPTED = SIGNALLED + signal.SIGINT
"""The exit code of a command that Ctrl-C ended."""

WORDS = """\
The images lie in DIR/train/<class>/ and DIR/test/<class>/, or --download fetches CIFAR-10 there.
The same command goes on where it was, whenever and however it was ended.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="descent-atlas-precompute",
        description="Train a study's networks and compute their loss landscapes.",
        epilog=WORDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="command")

    run_parser = commands.add_parser("run", help="compute what is not done yet", epilog=WORDS)
    run_parser.add_argument("study", type=Path, help="the study, a TOML file")
    run_parser.add_argument("--data", type=Path, metavar="DIR", help="where the images are")
    run_parser.add_argument(
        "--out", type=Path, metavar="DIR", required=True, help="where results go"
    )
    run_parser.add_argument(
        "--workers",
        type=positive,
        metavar="N",
        default=count_cores(),
        help="processes, of one thread each (default: one a core)",
    )
    run_parser.add_argument(
        "--only", nargs="+", metavar="ID", help="only these runs, landscapes or tables"
    )
    run_parser.add_argument(
        "--download", action="store_true", help="fetch CIFAR-10 to --data if it is not there"
    )
    run_parser.set_defaults(command=run)

    status_parser = commands.add_parser("status", help="tell what is done and what is left")
    status_parser.add_argument("study", type=Path, help="the study, a TOML file")
    status_parser.add_argument(
        "--out", type=Path, metavar="DIR", required=True, help="where results are"
    )
    status_parser.set_defaults(command=status)

    check_parser = commands.add_parser("check", help="verify every file by its hash")
    check_parser.add_argument(
        "folder", type=Path, metavar="DIR", help="what `run` was given as --out, or landscapes"
    )
    check_parser.set_defaults(command=check)

    options = vars(parser.parse_args(arguments))
    try:
        with raise_on_signals():
            sys.exit(options.pop("command")(**options))
    except (StudyError, DataError, RunError, DamagedError, LockError, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt as error:
        with contextlib.suppress(OSError):  # after SIGHUP there may be no terminal
            print("Interrupted. The same command goes on from here.", file=sys.stderr)
        sys.exit(SIGNALLED + error.number if isinstance(error, SignalError) else INTERRUPTED)


def positive(text: str) -> int:
    """Read a number of processes."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


def count_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(
    study: Path,
    data: Path | None,
    out: Path,
    workers: int,
    only: list[str] | None,
    download: bool,
) -> int:
    """Compute what is not done yet; return the exit code."""
    plan, place = read_study(study), Place(out)
    wanted = list_wanted(plan, only)
    out.mkdir(parents=True, exist_ok=True)
    alone = hold(
        out / LOCK,
        COMMAND_SECONDS,
        f"another process computes in {out}; wait for its end, or end it",
    )
    writing = hold(
        out / WRITERS,
        WRITERS_SECONDS,
        f"workers of a command that was killed still write in {out}; end them",
    )
    with alone, writing as lock:
        return compute(plan, place, data, workers, wanted, download, lock)


def compute(
    plan: Study,
    place: Place,
    data: Path | None,
    workers: int,
    wanted: list[str] | None,
    download: bool,
    lock: Lock,
) -> int:
    """Compute what is not done yet, as the only command that writes there; return the exit code."""
    console = Console()
    load_dataset(
        data, place.dataset, name=plan.data.name, source=plan.data.source, download=download
    )
    jobs = list_jobs(plan, place)
    if wanted is not None:
        jobs = choose(jobs, wanted)
    pool, line = open_pool(workers, lock)
    try:
        with pool, Display(jobs, console) as display:
            outcome = run_jobs(jobs, pool, display, line)
    except BrokenExecutor as broken:
        print(
            f"A worker was killed, perhaps for want of memory ({broken}); the same command goes "
            "on, with fewer --workers if need be.",
            file=sys.stderr,
        )
        return 1
    failed = {id: error for id, error in outcome.failed.items() if not isinstance(error, Cancelled)}
    if failed:
        for id, error in failed.items():
            print(f"{id} failed: {error}", file=sys.stderr)
        print(
            f"{len(failed)} failed, {len(outcome.blocked)} need what failed; mend the cause, and "
            "the same command does what is left.",
            file=sys.stderr,
        )
        return 1
    console.print(f"All is done: {place.landscapes}", markup=False, highlight=False)
    return 0


def list_wanted(study: Study, only: list[str] | None) -> list[str] | None:
    """Return the ids of the jobs that `--only` names. Raises StudyError if there is none such."""
    if only is None:
        return None
    try:
        return find_ids(study, only)
    except KeyError as error:
        raise StudyError(
            f"{study.id} has no run, landscape or table with the id {error}"
        ) from error


def status(study: Path, out: Path) -> int:
    """Tell what is done and what is left; return the exit code."""
    plan, place = read_study(study), Place(out)
    for training in plan.expand_runs():
        print(f"run        {training.id}: {tell_run(place.run(training.id))}")
    for kind, ids in (
        ("landscape", [entry.id for entry in plan.expand_landscapes()]),
        ("table", [table.id for table in plan.tables]),
    ):
        for id in ids:
            there = (place.landscapes / id / MANIFEST).exists()
            print(f"{kind:10} {id}: {'done' if there else 'to do'}")
    return 0


def tell_run(folder: Path) -> str:
    """Return how far a run is, and what came of it."""
    if not folder.exists():
        return "to do"
    try:
        found = Run.load(folder, verify=False)
    except RunError as error:
        return str(error)
    if found.status == "running":
        return f"begun, {found.steps:,} of {found.planned_steps:,} steps at its last checkpoint"
    told = f"{found.status} after {found.steps:,} steps ({found.stop_reason})"
    accuracies = found.metrics["test_accuracy"]  # which a loop of one's own may leave out
    return f"{told}, {100 * accuracies[-1]:.2f} %" if accuracies else told


def check(folder: Path) -> int:
    """Verify every file by its hash; tell what is wrong with which; return the exit code."""
    faults: list[str] = []
    if not folder.is_dir():
        raise DataError(f"there is no folder {folder}")
    place = Place(folder)
    counts = {"data sets": 0, "runs": 0, "parts": 0, "landscapes and tables": 0}
    if place.dataset.exists():
        counts["data sets"] += verify(read_cache, place.dataset, faults)
    for run_folder in list_folders(place.runs):
        counts["runs"] += verify(Run.load, run_folder, faults)
    for group in list_folders(place.parts):
        for path in list_folders(group):
            counts["parts"] += verify(read_folder, path, faults)
    root = place.landscapes if place.landscapes.is_dir() else folder
    if root != folder or not place.runs.is_dir():
        for path in list_folders(root):
            counts["landscapes and tables"] += verify(read_checked, path, faults)
    for fault in faults:
        print(fault, file=sys.stderr)
    if not any(counts.values()) and not faults:
        print(f"There is nothing to check in {folder}.", file=sys.stderr)
        return 1
    print(", ".join(f"{count} {name}" for name, count in counts.items()) + " are whole.")
    return 1 if faults else 0


def list_folders(folder: Path) -> list[Path]:
    """Return the folders in a folder that are not hidden."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")


def verify(read: Callable[[Path], object], folder: Path, faults: list[str]) -> int:
    """Read a folder; return 1, or add what is wrong with it to the faults and return 0."""
    try:
        read(folder)
    except (RunError, DamagedError, DataError, OSError) as error:
        faults.append(str(error))
        return 0
    return 1


if __name__ == "__main__":
    main()
