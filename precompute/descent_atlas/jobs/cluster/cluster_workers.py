"""Workers of a cluster as a command knows them: examined or not, free, busy, silent."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from distributed import Future

from descent_atlas.jobs.cluster.dask_connection import DaskConnection
from descent_atlas.jobs.cluster.lease_file import make_token
from descent_atlas.jobs.cluster.worker_examination import Examination
from descent_atlas.jobs.cluster.worker_requirements import Requirements

SILENT_SECONDS = 120.0
"""Time in which a worker loads PyTorch and answers, even on a busy machine."""

AGAIN_SECONDS = 60.0
"""Time after which an unfit worker is examined again: its folder, for instance, may be back."""


@dataclass
class ClusterWorker:
    """A worker. `faults` are None until it was examined; without any it may get jobs.

    `task` is what it was given to do, an examination or a job. While a task is not over, the worker
    gets no other one, even if the task's job was moved to another worker. `capability` are the
    vector instructions of its processor, as PyTorch names them; `gpu` is the GPU that it computes
    on, if any.
    """

    address: str
    resources: dict[str, float]
    task: "Future[Any] | None" = None
    given: float = field(default_factory=time.monotonic)
    faults: Sequence[str] | None = None
    is_examined: bool = False  # right now
    is_silent: bool = False
    capability: str = ""
    gpu: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether it may get jobs."""
        return self.faults is not None and not self.faults and not self.is_examined

    @property
    def is_due(self) -> bool:
        """Whether it is to be examined, or is being."""
        is_unfit = self.faults and time.monotonic() - self.given > AGAIN_SECONDS
        return self.is_examined or self.faults is None or bool(is_unfit)

    @property
    def is_free(self) -> bool:
        """Whether it can be given a job now."""
        return self.is_ready and self.task is None

    def give(self, task: "Future[Any] | None") -> None:
        """Note what the worker was given to do."""
        self.task, self.given = task, time.monotonic()


class ClusterWorkers:
    """All workers of a cluster, those that came later included. Unfit ones get no job.

    `tell` is called with what befalls them, with the faults of new ones only if `tells_faults`.
    `wake` is called when one has answered. `is_at_work` tells whether the worker at an address runs
    a job that it was given over an earlier connection: it could not answer before that is done.
    """

    def __init__(
        self,
        connection: DaskConnection,
        examination: Examination,
        requirements: Requirements,
    ) -> None:
        self.connection, self.examination = connection, examination
        self.requirements = requirements
        self.tell: Callable[[str], None] = lambda text: None
        self.wake: Callable[[], None] = lambda: None
        self.is_at_work: Callable[[str], bool] = lambda address: False
        self.tells_faults = False
        self.by_address: dict[str, ClusterWorker] = {}

    @property
    def ready(self) -> list[ClusterWorker]:
        """The workers that may get jobs."""
        return [worker for worker in self.by_address.values() if worker.is_ready]

    @property
    def faults(self) -> list[str]:
        """Why some workers get no job, a line each, with their addresses."""
        return [
            f"{worker.address}: {fault}"
            for worker in self.by_address.values()
            for fault in worker.faults or ()
        ]

    def refresh(self) -> bool:
        """Find out which workers there are, and examine new ones.

        Return False if the scheduler does not answer.
        """
        present = self.connection.list_workers()
        if present is None:
            self.by_address.clear()
            return False
        for address in self.by_address.keys() - present.keys():
            del self.by_address[address]
        for address, facts in present.items():
            if address not in self.by_address:
                self.by_address[address] = ClusterWorker(address, facts["resources"])
        for worker in self.by_address.values():
            if worker.is_due:
                if worker.is_examined or not self.is_at_work(worker.address):
                    self._examine(worker)
            elif worker.task is not None and worker.task.done():
                worker.task, worker.is_silent = None, False
        return True

    def examine_anew(self, worker: ClusterWorker) -> None:
        """Let a worker that had a fault get jobs only after another examination."""
        worker.task = worker.faults = None
        worker.is_examined = False

    def _examine(self, worker: ClusterWorker) -> None:
        """Ask a worker what it is, or judge its answer."""
        if not worker.is_examined:
            task = self.connection.submit(
                self.examination,
                name="examine worker",
                token=make_token(),
                worker=worker.address,
                resources={},
            )
            if task is not None:
                worker.give(task)
                worker.is_examined = True
                task.add_done_callback(lambda _: self.wake())
        elif worker.task is not None and not worker.task.done():
            if not worker.is_silent and time.monotonic() - worker.given > SILENT_SECONDS:
                worker.is_silent = True
                self.tell(f"{worker.address} does not answer; it gets no job until it does")
        elif worker.task is not None:
            task, former = worker.task, worker.faults
            worker.task, worker.is_examined, worker.is_silent = None, False, False
            if task.status == "cancelled":
                return  # the connection was lost, and the worker is asked again
            worker.faults = self._judge(task, worker)
            if self.tells_faults and worker.faults != former:
                for fault in worker.faults:
                    self.tell(f"{worker.address} gets no job: {fault}")

    def _judge(self, task: "Future[Any]", worker: ClusterWorker) -> Sequence[str]:
        """Return the faults of a worker that has answered, with a report or an error."""
        try:
            report = task.result(timeout=SILENT_SECONDS)
        except Exception as error:  # whatever its environment lacks
            return [f"it cannot run this program: {type(error).__name__}: {error}"]
        worker.capability, worker.gpu = report.get("capability", ""), report.get("gpu", "")
        faults = self.requirements.find_faults(report, worker.resources)
        return [*faults, *self._find_sharing(worker)]

    def _find_sharing(self, worker: ClusterWorker) -> Iterator[str]:
        """Yield a fault if a fit worker has the GPU of another one: both would take its memory."""
        for other in self.ready:
            if worker.gpu and other is not worker and other.gpu == worker.gpu:
                yield (
                    f"it shares {worker.gpu} with {other.address}; start each worker with a "
                    "CUDA_VISIBLE_DEVICES of its own"
                )
