"""The command `descent-atlas-precompute`: trains a study's networks, computes their landscapes."""

import argparse
import contextlib
import math
import os
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor
from pathlib import Path

import torch
from rich.console import Console

from descent_atlas.drawing_command import add_draw_parser
from descent_atlas.exchange_commands import add_exchange_parsers
from descent_atlas.jobs.announcement import announce
from descent_atlas.jobs.cluster.cluster_error import ClusterError
from descent_atlas.jobs.cluster.cluster_status import describe_running
from descent_atlas.jobs.cluster.folder_claim import claim_folder, release_folder
from descent_atlas.jobs.display import Display
from descent_atlas.jobs.locks import Lock, LockError, hold_lock
from descent_atlas.jobs.scheduler import Job, Outcome, open_pool, run_jobs, select_jobs
from descent_atlas.jobs.study_forecast import tell_forecast
from descent_atlas.jobs.study_jobs import find_job_ids, list_jobs
from descent_atlas.jobs.termination import SIGNALLED, SignalError, raise_on_signals
from descent_atlas.jobs.worker_devices import choose_workers
from descent_atlas.landscapes.format import is_incomplete, read_checked
from descent_atlas.output.descriptions import last
from descent_atlas.spectrum_command import add_spectrum_parser
from descent_atlas.storage.array_folder import MANIFEST, read_folder
from descent_atlas.storage.regular_files import DamagedError
from descent_atlas.study.code_record import CodeError, read_record, reconcile
from descent_atlas.study.folder import StudyFolder
from descent_atlas.study.rehearsal import rehearse
from descent_atlas.study.schema import Study
from descent_atlas.study.study_data import (
    explain_missing_data,
    load_study_data,
    read_study_data,
)
from descent_atlas.study.study_files import (
    StudyError,
    find_study,
    list_shipped_studies,
    read_study,
)
from descent_atlas.training.images.datasets import DataError
from descent_atlas.training.loop import StoppedError
from descent_atlas.training.run_manifest import RunError
from descent_atlas.training.runs import TrainingRun

LOCK = ".lock"
"""A file in the output folder, which the command that computes there holds locked."""

WRITERS = ".writers"
"""A file in the output folder, which the command and its workers, who write there, hold locked."""

COMMAND_SECONDS = 10.0
"""Time that a command waits for another one in its folder, which may be saving its state."""

WRITERS_SECONDS = 60.0
"""Time that a command waits for the workers of a killed one. They end at once, unless they are just
starting: a worker first loads PyTorch, slowly on a busy machine."""

INTERRUPTED = SIGNALLED + signal.SIGINT
"""The exit code of a command that Ctrl-C ended."""

SCHEDULER_VARIABLE = "DASK_SCHEDULER_ADDRESS"
"""The environment variable that names a Dask scheduler, unless an option says otherwise."""

MISUSED = 2
"""The exit code of a command that lacks an option, as that of argparse."""

EPILOG = """\
The images are in DIR/train/<class>/ and DIR/test/<class>/, or --download fetches CIFAR-10 to DIR.
After an interruption of any kind, rerun the same command to continue.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    options = vars(build_parser().parse_args(arguments))
    try:
        with raise_on_signals():
            sys.exit(options.pop("command")(**options))
    except (
        StudyError,
        DataError,
        RunError,
        CodeError,
        DamagedError,
        LockError,
        ClusterError,
        OSError,
    ) as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt as error:
        with contextlib.suppress(OSError):  # after SIGHUP there may be no terminal
            print("Interrupted. Rerun the same command to continue.", file=sys.stderr)
        sys.exit(SIGNALLED + error.number if isinstance(error, SignalError) else INTERRUPTED)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    parser = argparse.ArgumentParser(
        prog="descent-atlas-precompute",
        description="Train a study's networks and compute their loss landscapes.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    study_help = f"a TOML file, or a study that ships: {', '.join(list_shipped_studies())}"

    run_parser = commands.add_parser(
        "run", help="compute everything that is missing", epilog=EPILOG
    )
    run_parser.add_argument("study", help=study_help)
    run_parser.add_argument("--data", type=Path, metavar="DIR", help="folder of the images")
    run_parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder of the results (required)"
    )
    where = run_parser.add_mutually_exclusive_group()
    where.add_argument(
        "--workers",
        type=positive_int,
        metavar="N",
        help="number of processes, with one thread each (default: one for each core, or GPU)",
    )
    where.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="compute on the Dask cluster of the scheduler at tcp://HOST:8786 (default without "
        f"--workers: ${SCHEDULER_VARIABLE})",
    )
    run_parser.add_argument(
        "--device",
        type=device_name,
        metavar="NAME",
        help="where networks are trained and evaluated, in place of the study's device: cpu, cuda "
        "for all GPUs, cuda:1 for one",
    )
    run_parser.add_argument(
        "--only", nargs="+", metavar="ID", help="only these runs, landscapes or tables"
    )
    run_parser.add_argument(
        "--download", action="store_true", help="fetch CIFAR-10 to --data if it is missing there"
    )
    choice = run_parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--accept-code",
        action="store_true",
        help="keep all results although the code has changed",
    )
    choice.add_argument(
        "--restart",
        action="store_true",
        help="compute again what the code that has changed determines",
    )
    run_parser.set_defaults(command=run)

    status_parser = commands.add_parser("status", help="list what is done and what is missing")
    status_parser.add_argument("study", help=study_help)
    status_parser.add_argument(
        "--out", type=Path, metavar="DIR", required=True, help="folder of the results"
    )
    status_parser.add_argument(
        "--workers",
        type=positive_int,
        metavar="N",
        help="also compute from measured costs how long N workers like this machine's take",
    )
    status_parser.set_defaults(command=status)

    add_draw_parser(commands)
    add_spectrum_parser(commands)
    add_exchange_parsers(commands)

    check_parser = commands.add_parser("check", help="verify the hash of every file")
    check_parser.add_argument(
        "folder", type=Path, metavar="DIR", help="the folder --out of `run`, or one of landscapes"
    )
    check_parser.set_defaults(command=check)
    return parser


def positive_int(text: str) -> int:
    """Parse a number of at least 1."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


def device_name(text: str) -> str:
    """Parse the name of a device; whether the machine has it, the rehearsal of a study says."""
    try:
        return str(torch.device(text))
    except RuntimeError as error:
        message = f'"{text}" is no device: say cpu, cuda or cuda:1'
        raise argparse.ArgumentTypeError(message) from error


def count_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def run(
    study: str,
    data: Path | None,
    out: Path | None,
    workers: int | None,
    device: str | None,
    scheduler: str | None,
    only: list[str] | None,
    download: bool,
    accept_code: bool,
    restart: bool,
) -> int:
    """Compute everything that is missing; return the exit code.

    `workers` are processes of this machine, `scheduler` is the address of a cluster's. Without
    either, the environment names a cluster, or as many processes run as there are cores.
    """
    if workers is None and scheduler is None:
        scheduler = os.environ.get(SCHEDULER_VARIABLE) or None
    plan = read_study(find_study(study))
    if device is not None:
        plan = plan.model_copy(update={"device": device})
    wanted = None if only is None else find_wanted_ids(plan, only)
    if out is None:
        print("No --out folder is given. Add --out DIR for the results.", file=sys.stderr)
        missing = explain_missing_data(plan.data, None) if data is None else ""
        if missing:
            print(missing, file=sys.stderr)
        return MISUSED
    out.mkdir(parents=True, exist_ok=True)
    command_lock = hold_lock(
        out / LOCK,
        COMMAND_SECONDS,
        f"another process computes in {out}; wait until it ends, or end it",
    )
    writers_lock = hold_lock(
        out / WRITERS,
        WRITERS_SECONDS,
        f"workers of a killed command still write in {out}; end them",
    )
    with command_lock, writers_lock as lock:
        folder = StudyFolder(out.absolute() if scheduler else out)

        def prepare() -> list[Job]:
            rehearse(plan, load_study_data(plan.data, data, folder.dataset, download=download))
            told = reconcile(plan, folder, accept=accept_code, restart=restart)
            if told:
                print(told)
            sharing = 1 if scheduler else workers or count_cores()
            jobs = list_jobs(plan, folder, sharing)
            return jobs if wanted is None else select_jobs(jobs, wanted)

        if scheduler is None:
            release_folder(out)
            count = workers or choose_workers(plan.device, count_cores())
            outcome = compute(plan, folder, prepare(), count, lock)
        else:
            outcome = compute_on_cluster(plan, folder, prepare, scheduler)
    return tell_outcome(outcome, folder)


def find_wanted_ids(study: Study, only: list[str]) -> list[str]:
    """Return the ids of the jobs that `--only` names. Raises StudyError for an unknown id."""
    try:
        return find_job_ids(study, only)
    except KeyError as error:
        raise StudyError(
            f"{study.id} has no run, landscape or table with the id {error}"
        ) from error


def compute(
    plan: Study, folder: StudyFolder, jobs: Sequence[Job], workers: int, lock: Lock
) -> Outcome:
    """Run jobs in processes of this machine, which share the lock."""
    console = Console()
    announced = announce(plan, folder, jobs, workers)
    if announced:
        console.print(announced, markup=False, highlight=False, soft_wrap=True)
    pool, channel = open_pool(workers, lock, plan.device)
    try:
        with pool, Display(jobs, console, workers) as display:
            return run_jobs(jobs, pool, display, channel)
    except BrokenExecutor as broken:
        raise ClusterError(
            f"A worker was killed, perhaps for lack of memory ({broken}). Rerun the same command "
            "to continue, if need be with fewer --workers."
        ) from broken


def compute_on_cluster(
    plan: Study, folder: StudyFolder, prepare: Callable[[], Sequence[Job]], scheduler: str
) -> Outcome:
    """Run the jobs that `prepare` lists on the Dask cluster of a scheduler."""
    # Dask is an optional package, and takes a second to load.
    from descent_atlas.jobs.cluster.cluster_run import run_on_cluster
    from descent_atlas.jobs.cluster.dask_connection import DaskConnection

    with (
        contextlib.closing(DaskConnection(scheduler)) as connection,
        claim_folder(folder.root, scheduler, COMMAND_SECONDS, WRITERS_SECONDS) as claim,
    ):
        return run_on_cluster(
            plan, folder, prepare(), connection=connection, claim=claim, console=Console()
        )


def tell_outcome(outcome: Outcome, folder: StudyFolder) -> int:
    """Print what became of the jobs; return the exit code."""
    failed = {
        id: error for id, error in outcome.failed.items() if not isinstance(error, StoppedError)
    }
    if failed:
        for id, error in failed.items():
            print(f"{id} failed: {error}", file=sys.stderr)
        print(
            f"{len(failed)} failed, {len(outcome.blocked)} need their output. Fix the cause and "
            "rerun; finished jobs are skipped.",
            file=sys.stderr,
        )
        return 1
    print(f"All jobs are done: {folder.landscapes}")
    return 0


def status(study: str, out: Path, workers: int | None = None) -> int:
    """Print what is done and what is missing; return the exit code.

    With `workers`, print how long so many take for all of it, and for what is left.
    """
    plan, folder = read_study(find_study(study)), StudyFolder(out)
    for training in plan.expand_runs():
        print(f"run        {training.id}: {summarize_run(folder.run(training.id))}")
    for training in plan.expand_runs() if plan.curvature else ():
        exists = (folder.curvature(training.id) / MANIFEST).exists()
        print(f"curvature  {training.id}: {'done' if exists else 'to do'}")
    for kind, ids in (
        ("landscape", [one.id for one in (*plan.expand_landscapes(), *plan.list_measured())]),
        ("table", [table.id for table in plan.tables]),
    ):
        for id in ids:
            exists = (folder.landscapes / id / MANIFEST).exists()
            state = "incomplete" if is_incomplete(folder.landscapes / id) else "done"
            print(f"{kind:10} {id}: {state if exists else 'to do'}")
    for line in describe_running(out):
        print(f"running    {line}")
    if workers is not None:
        print(tell_forecast(plan, folder, workers))
    return 0


def summarize_run(folder: Path) -> str:
    """Return the progress and the result of a run in words."""
    if not folder.exists():
        return "to do"
    try:
        found = TrainingRun.load(folder, verify=False)
    except RunError as error:
        return str(error)
    if found.status == "running":
        return f"started, {found.steps:,} of {found.planned_steps:,} steps at its last checkpoint"
    summary = f"{found.status} after {found.steps:,} steps ({found.stop_reason})"
    if found.end_distance:
        summary += f", its end {found.end_distance:.3g} from its last snapshot"
    accuracy = last(found.metric("test_accuracy"))  # NaN if a loop of one's own records none
    return f"{summary}, {100 * accuracy:.2f} %" if math.isfinite(accuracy) else summary


def check(folder: Path) -> int:
    """Verify the hash of every file; print every fault; return the exit code."""
    faults: list[str] = []
    if not folder.is_dir():
        raise DataError(f"there is no folder {folder}")
    study_folder = StudyFolder(folder)
    verify(lambda _: read_record(study_folder), folder, faults)
    counts = {"data sets": 0, "runs": 0, "parts": 0, "landscapes and tables": 0}
    if study_folder.dataset.exists():
        counts["data sets"] += verify(read_study_data, study_folder.dataset, faults)
    for run_folder in list_folders(study_folder.runs):
        counts["runs"] += verify(TrainingRun.load, run_folder, faults)
    for path in list_parts(study_folder.parts):
        counts["parts"] += verify(read_folder, path, faults)
    root = study_folder.landscapes if study_folder.landscapes.is_dir() else folder
    if root != folder or not study_folder.runs.is_dir():
        for path in list_folders(root):
            counts["landscapes and tables"] += verify(read_checked, path, faults)
    for fault in faults:
        print(fault, file=sys.stderr)
    if not any(counts.values()) and not faults:
        print(f"There is nothing to check in {folder}.", file=sys.stderr)
        return 1
    print(", ".join(f"{count} {name}" for name, count in counts.items()) + " are undamaged.")
    return 1 if faults else 0


def list_folders(folder: Path) -> list[Path]:
    """Return the folders in a folder that are not hidden, sorted."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")


def list_parts(folder: Path) -> list[Path]:
    """Return the folders in a folder that hold no further ones, at any depth, sorted."""
    return [
        part
        for inner in list_folders(folder)
        for part in (list_parts(inner) if list_folders(inner) else [inner])
    ]


def verify(read: Callable[[Path], object], folder: Path, faults: list[str]) -> int:
    """Read a folder; return 1, or append its fault to `faults` and return 0."""
    try:
        read(folder)
    except (RunError, CodeError, DamagedError, DataError, OSError) as error:
        faults.append(str(error))
        return 0
    return 1


if __name__ == "__main__":
    main()
