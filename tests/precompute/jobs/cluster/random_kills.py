"""Kills of a study's workers, scheduler and command at random instants, while it is computed."""

import random
import subprocess
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tests.precompute.jobs.cluster.cluster_studies import find_running, start_command
from tests.precompute.jobs.cluster.dask_processes import DaskProcesses
from tests.servers import PATIENCE_SECONDS, wait_until

Victim = Literal["worker", "scheduler", "command"]

AT_WORK = 0.75
"""Part of the kills before which a job runs; the others may meet processes that start."""


@dataclass
class RandomKills:
    """Kills with SIGKILL, of `victims` by their frequencies, up to `longest` seconds apart.

    What was killed starts anew at once. `counts` are the kills so far.
    """

    dask: DaskProcesses
    victims: Mapping[Victim, int]
    longest: float
    workers: int = 2
    patience: float = PATIENCE_SECONDS * 4
    chance: random.Random = field(default_factory=lambda: random.Random(0))
    counts: Counter[str] = field(default_factory=Counter)

    def compute(self, arguments: list[str], root: Path, kills: int) -> None:
        """Run a command on the cluster until it is done, with up to so many kills meanwhile.

        `root` is its study's folder. Raises AssertionError if the command fails.
        """
        with ExitStack() as commands:
            command = commands.enter_context(start_command(arguments))
            for _ in range(kills):
                if not self._wait_for_an_instant(command, root):
                    break
                kinds, weights = zip(*self.victims.items(), strict=True)
                (kind,) = self.chance.choices(kinds, weights)
                self.counts[kind] += 1
                match kind:
                    case "worker":
                        self._kill_worker()
                    case "scheduler":
                        self.dask.kill_scheduler()
                        self.dask.start_scheduler()
                        self.dask.start_workers(self.workers)
                    case "command":
                        command.kill()
                        command.wait()
                        command = commands.enter_context(start_command(arguments))
            said, _ = command.communicate(timeout=self.patience)
        assert command.returncode == 0, said

    def _wait_for_an_instant(self, command: "subprocess.Popen[str]", root: Path) -> bool:
        """Wait for a random time, mostly once a job runs; return whether the command still runs."""

        def is_at_work() -> bool:
            running = {worker.pid for worker in self.dask.running}
            return any(lease.record["pid"] in running for lease in find_running(root))

        if self.chance.random() < AT_WORK:
            wait_until(lambda: command.poll() is not None or is_at_work(), self.patience)
        with suppress(subprocess.TimeoutExpired):
            command.wait(self.chance.uniform(0, self.longest))
        return command.poll() is None

    def _kill_worker(self) -> None:
        self.dask.kill(self.chance.choice(self.dask.running))
        self.dask.start_worker()
