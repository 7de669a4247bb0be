"""What a study's jobs require of a worker, and why a worker may not get them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from descent_atlas.jobs.cluster.lease_file import FOLDER
from descent_atlas.jobs.cluster.worker_examination import list_versions
from descent_atlas.storage.byte_sizes import format_bytes
from descent_atlas.study.folder import StudyFolder
from descent_atlas.study.schema import Study
from descent_atlas.training.networks import layout
from descent_atlas.training.recording.snapshot_precision import EXACT, STORED

GPU = "GPU"
"""The resource that a worker with a GPU announces, one for each."""

PARAMETER_VECTORS = 8
"""Vectors of all parameters that a training holds at least: with their gradient, an optimizer's
state, and a copy of these to return to when it diverges."""


@dataclass(frozen=True, kw_only=True)
class Requirements:
    """What a worker must have: the command's versions and folder, memory, a device."""

    root: Path
    command: str
    memory: int
    device: str

    @classmethod
    def of(cls, study: Study, folder: StudyFolder, command: str) -> "Requirements":
        """Return what the jobs of a study whose data are cached need at least."""
        data = sum(path.stat().st_size for path in folder.dataset.rglob("*") if path.is_file())
        parameters = max(layout(network.build()).size for network in study.list_networks())
        vector = STORED[EXACT].itemsize * parameters
        memory = data + PARAMETER_VECTORS * vector
        return cls(root=folder.root, command=command, memory=memory, device=study.device)

    @property
    def resources(self) -> dict[str, float]:
        """What a job takes of a worker's resources."""
        return {GPU: 1} if self.device.startswith("cuda") else {}

    def find_faults(self, report: dict[str, Any], resources: dict[str, float]) -> Sequence[str]:
        """Return why a worker with a report and resources gets no job; nothing if it does."""
        return list(self._find_faults(report, resources))

    def _find_faults(self, report: dict[str, Any], resources: dict[str, float]) -> Iterator[str]:
        own = list_versions()
        if report["versions"] != own:
            for name, there in report["versions"].items():
                if there != own.get(name):
                    yield f"it has {name} {there}, this command {own.get(name)}"
            return
        if not self._reads(report["mark"]):
            yield (
                f"it does not see the folder {self.root} of this command; mount the same folder at "
                "the same path on every machine"
            )
        if report["memory"] < self.memory:
            yield (
                f"it has {format_bytes(max(0, report['memory']))} of memory left, a job takes at "
                f"least {format_bytes(self.memory)}"
            )
        if report["device"]:
            yield report["device"]
        for name, amount in self.resources.items():
            if resources.get(name, 0) < amount:
                yield f"it announces no {name}; start it with --resources {name}={amount}"

    def _reads(self, mark: str | None) -> bool:
        """Return whether a worker's mark is here, and remove it."""
        if mark is None or "/" in mark:
            return False
        path = self.root / FOLDER / mark
        try:
            return path.read_text() == self.command
        except OSError:
            return False
        finally:
            path.unlink(missing_ok=True)
