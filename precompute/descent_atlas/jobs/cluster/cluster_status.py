"""Jobs that a cluster computes right now, as any machine that shares the folder sees them."""

from collections.abc import Iterator
from pathlib import Path

from descent_atlas.jobs.cluster.lease_file import FOLDER, is_beating, list_job_leases, read_clock


def describe_running(root: Path) -> Iterator[str]:
    """Yield a line for each job in a folder that a cluster's worker computes."""
    if not (root / FOLDER).is_dir():
        return
    now = read_clock(root / FOLDER)
    for lease in list_job_leases(root).values():
        record = lease.record
        if record["state"] == "running" and is_beating(lease, now):
            yield (
                f"{record['job']}: {record['fraction']:.0%} on {record['worker']}, process "
                f"{record['pid']} on {record['host']}"
            )
