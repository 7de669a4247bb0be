"""A study computed twice: undisturbed, and on a cluster whose processes are killed meanwhile.

    python -m tests.precompute.jobs.cluster.disturbed_study digits

Both take as many workers. While the second is computed, workers, the scheduler and the command are
killed at random instants and started anew. The exit status is 1 unless all arrays, snapshots and
final states have the same hashes.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.precompute.jobs.cluster.cluster_studies import hash_results
from tests.precompute.jobs.cluster.dask_processes import run_dask
from tests.precompute.jobs.cluster.random_kills import RandomKills, Victim

VICTIMS: Mapping[Victim, int] = {"worker": 3, "scheduler": 1, "command": 1}
"""How often which process is killed."""

DAY_SECONDS = 24 * 3600.0
"""How long a study may take without a kill."""


def main() -> int:
    """Compute a study twice; return 0 if the results are the same."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.precompute.jobs.cluster.disturbed_study",
        description=__doc__.partition("\n")[0] if __doc__ else None,
    )
    parser.add_argument("study", nargs="?", default="digits", help="a file, or one that ships")
    parser.add_argument("--data", type=Path, metavar="DIR", help="folder of the images")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of both results")
    parser.add_argument("--only", nargs="+", metavar="ID", help="these, and what they need")
    parser.add_argument("--workers", type=int, default=2, metavar="N")
    parser.add_argument("--kills", type=int, default=50, metavar="N", help="at most so many")
    parser.add_argument(
        "--pause", type=float, default=30.0, metavar="SECONDS", help="at most, between two kills"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the random instants")
    options = parser.parse_args()
    if options.out is not None:
        return compare(options, options.out.absolute())
    with tempfile.TemporaryDirectory() as folder:
        return compare(options, Path(folder))


def compare(options: argparse.Namespace, out: Path) -> int:
    """Compute a study undisturbed, then with kills; print what happened."""
    begun = time.monotonic()
    command = [sys.executable, "-m", "descent_atlas.precompute_cli"]
    arguments = list_arguments(options, out / "undisturbed")
    subprocess.run([*command, *arguments, "--workers", str(options.workers)], check=True)
    print(f"undisturbed: {time.monotonic() - begun:.0f} s", flush=True)

    begun = time.monotonic()
    with run_dask() as dask:
        dask.start_workers(options.workers)
        attack = RandomKills(
            dask,
            VICTIMS,
            options.pause,
            workers=options.workers,
            patience=DAY_SECONDS,
            chance=random.Random(options.seed),
        )
        arguments = [*list_arguments(options, out / "disturbed"), "--scheduler", dask.address]
        attack.compute(arguments, out / "disturbed", options.kills)
    seconds = time.monotonic() - begun
    kills = ", ".join(f"{count} of a {victim}" for victim, count in attack.counts.items())
    print(f"disturbed: {seconds:.0f} s, {attack.counts.total()} kills ({kills})")

    first, second = hash_results(out / "undisturbed"), hash_results(out / "disturbed")
    differing = sorted(
        name for name in first.keys() | second.keys() if first.get(name) != second.get(name)
    )
    for name in differing:
        print(f"differs: {name}")
    print(f"{len(first) - len(differing)} of {len(first)} files have the same hash")
    return 1 if differing else 0


def list_arguments(options: argparse.Namespace, out: Path) -> list[str]:
    """Return the arguments that compute the study into a folder."""
    data = [] if options.data is None else ["--data", str(options.data)]
    only = [] if options.only is None else ["--only", *options.only]
    return ["run", options.study, *data, "--out", str(out), *only]


if __name__ == "__main__":
    sys.exit(main())
