"""Commands that run with fewer rights than the tests, which root may run."""

import os
import shlex
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

_DROP_CAPABILITIES = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]

WITHOUT_CAPABILITIES = _DROP_CAPABILITIES if os.geteuid() == 0 else []
"""Put before a command: root too must then heed who may read and write a file."""

MOUNT_PRIVATELY = ["unshare", "--mount", "--propagation", "private"]
"""Put before a command that mounts what nobody else is to see."""

STAGE = Path("/mnt")
"""An empty folder of every Linux, on which private mounts are prepared."""


@cache
def may_mount() -> bool:
    """Tell whether this process may mount: root outside of a container, for instance."""
    mount = [*MOUNT_PRIVATELY, "mount", "-t", "tmpfs", "none", str(STAGE)]
    return os.geteuid() == 0 and not subprocess.run(mount, check=False).returncode


def become(user: str, needs: Sequence[Path]) -> list[str]:
    """Return what is put before a command that a user (`uid:gid`) is to run, without capabilities.

    The user reaches the folders that the command needs, even through one that is root's alone:
    for this command, such a folder holds nothing else. Whoever is not root stays who they are,
    and so does root where nothing may be mounted.
    """
    closed = {need: folder for need in needs if (folder := _find_closed(need))}
    if os.geteuid() != 0 or (closed and not may_mount()):
        return WITHOUT_CAPABILITIES
    uid, _, gid = user.partition(":")
    switch = [*_DROP_CAPABILITIES, f"--reuid={uid}", f"--regid={gid}", "--clear-groups"]
    if not closed:
        return switch
    lines = ["set -e"]
    for folder in sorted(set(closed.values())):
        lines.append(f"mount -t tmpfs -o mode=755 none {STAGE}")
        for need in (need for need in needs if closed.get(need) == folder):
            source, target = (
                shlex.quote(str(path)) for path in (need, STAGE / need.relative_to(folder))
            )
            lines += [f"mkdir -p {target}", f"mount --bind {source} {target}"]
        lines.append(f"mount --move {STAGE} {shlex.quote(str(folder))}")
    script = "\n".join([*lines, 'exec "$@"'])
    return [*MOUNT_PRIVATELY, "sh", "-c", script, "sh", *switch]


def _find_closed(path: Path) -> Path | None:
    """Return the uppermost folder above a path through which not everybody may go."""
    return next((up for up in reversed(path.parents) if not up.stat().st_mode & 0o001), None)
