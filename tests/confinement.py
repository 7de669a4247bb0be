"""Commands that run with fewer rights than the tests, which root may run."""

import os
import subprocess
from functools import cache

WITHOUT_CAPABILITIES = (
    ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    if os.geteuid() == 0
    else []
)
"""Put before a command: root too must then heed who may read and write a file."""

MOUNT_PRIVATELY = ["unshare", "--mount", "--propagation", "private"]
"""Put before a command that mounts what nobody else is to see."""


@cache
def may_mount() -> bool:
    """Tell whether this process may mount: root outside of a container, for instance."""
    mount = [*MOUNT_PRIVATELY, "mount", "-t", "tmpfs", "none", "/mnt"]
    return os.geteuid() == 0 and not subprocess.run(mount, check=False).returncode
