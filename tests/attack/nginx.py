"""A real nginx for the tests, installed on demand."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from socket import socket

from tests.servers import PATIENCE_SECONDS, find_free_port, wait_until

INSTALL = ["apt-get", "install", "--yes", "--no-install-recommends", "nginx-light", "openssl"]

FORBID_SERVICES = "/usr/sbin/policy-rc.d"
"""Debian's hook for starting services of new packages. Exit status 101 forbids the start."""

CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {server}
}}
"""
"""Configuration of a single foreground process that writes only into its own folder."""


CERTIFICATES = "/etc/letsencrypt/live/atlas.example.com"
"""Folder of the certificate in the guide."""

MAKE_CERTIFICATE = [
    *("openssl", "req", "-x509", "-nodes", "-days", "1", "-subj", "/CN=localhost"),
    *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
    *("-keyout", "privkey.pem", "-out", "fullchain.pem"),
]


class NoNginxError(RuntimeError):
    """nginx is not installed and could not be installed."""


def find() -> str | None:
    """Return the path of nginx; None if it or OpenSSL (for the certificate) is missing."""
    if not shutil.which("openssl"):
        return None
    # Debian installs it into /usr/sbin, which is only on root's path.
    return shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")


def find_or_install() -> str:
    """Return the path of nginx; install it first if it is missing.

    Raises:
        NoNginxError: the system's packages gave none.
    """
    if path := find():
        return path
    tried = []
    if os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get"):
        with services_forbidden():
            for command in (["apt-get", "update"], INSTALL):
                print(f"No nginx: {' '.join(command)}", file=sys.stderr, flush=True)
                ended = subprocess.run(command, stdout=sys.stderr, check=False)
                tried.append(f"{' '.join(command)} (exit status {ended.returncode})")
    if path := find():
        return path
    raise NoNginxError(
        f"The proxy tests need nginx and OpenSSL. Install them. Tried: {'; '.join(tried)}."
    )


@contextmanager
def services_forbidden() -> Iterator[None]:
    """Keep Debian from starting newly installed services, unless the system has a policy."""
    policy = Path(FORBID_SERVICES)
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()


@contextmanager
def run_nginx(server: str, upstream: str) -> Iterator[str]:
    """Run nginx on 127.0.0.1 until the context ends; yield its base URL.

    Args:
        server: the `server` block, which listens on port 80 or 443 and passes on to
            127.0.0.1:8000; a free port and `upstream` take their places.
        upstream: the base URL of the server behind.
    """
    nginx = find_or_install()
    port = find_free_port()
    placed, listens_once = re.subn(
        r"listen (?:80|443( ssl));", rf"listen 127.0.0.1:{port}\1;", server
    )
    assert listens_once == 1
    assert "proxy_pass http://127.0.0.1:8000" in placed
    placed = placed.replace("http://127.0.0.1:8000", upstream)
    is_secure = " ssl;" in placed
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as log:
        if is_secure:
            subprocess.run(MAKE_CERTIFICATE, cwd=folder, check=True, capture_output=True)
            placed = placed.replace(CERTIFICATES, folder)
        configuration = Path(folder) / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(folder=folder, server=placed))
        process = subprocess.Popen(
            [nginx, "-p", folder, "-c", configuration, "-e", "stderr"],
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until(lambda: process.poll() is not None or listens(port), PATIENCE_SECONDS)
            if process.poll() is not None:
                log.seek(0)
                raise AssertionError(f"nginx ended: {log.read()}")
            yield f"http{'s' if is_secure else ''}://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait()


def listens(port: int) -> bool:
    """Tell whether a process listens on a port of this machine."""
    with closing(socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
