"""The guide's recipe for a cluster that speaks TLS, as it stands there."""

import os
import re
import shlex
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.precompute.jobs.cluster.cluster_studies import (
    SHORT,
    compute_quietly,
    hash_results,
    run_here,
    write_command,
    write_study,
)
from tests.servers import PATIENCE_SECONDS, find_free_port, wait_until

GUIDE = Path(__file__).parents[4] / "docs" / "cluster.md"

RECIPE = re.compile(r"^```\n(openssl req.*?)^```$", re.MULTILINE | re.DOTALL)
"""The block that makes certificates, sets variables and starts all, a paragraph each."""


def read_recipe() -> tuple[str, str, list[str]]:
    """Return what makes the certificates, what sets the variables, and the lines that start all."""
    (recipe,) = RECIPE.findall(GUIDE.read_text())
    make, settings, start = recipe.split("\n\n")
    return make, settings, start.splitlines()


def make_certificates(folder: Path, recipe: str) -> None:
    """Make an authority and a certificate in a folder."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["sh", "-ec", recipe], cwd=folder, check=True, capture_output=True)


def read_variables(settings: str) -> dict[str, str]:
    """Return the variables that a shell has after some lines."""
    command = ["env", "-i", "sh", "-ec", f"{settings}\n/usr/bin/env"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = dict(line.split("=", 1) for line in done.stdout.splitlines())
    return {name: value for name, value in found.items() if name.startswith("DASK_")}


@contextmanager
def start(line: str, *options: str, folder: Path, **variables: str) -> Iterator[None]:
    """Run a line of the guide with further options, and all that it starts, in a folder."""
    program, *words = shlex.split(line)
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [Path(sys.executable).with_name(program), *words, *options],
            cwd=folder,
            env={**os.environ, **variables},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def refuse(port: int, authority: Path, certificate: Path | None) -> str:
    """Return why a port refuses a client that trusts its authority and has some certificate."""
    context = ssl.create_default_context(cafile=authority / "ca.pem")
    context.check_hostname = False
    if certificate is not None:
        context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with (
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as plain,
        context.wrap_socket(plain) as wrapped,
        pytest.raises(ssl.SSLError) as raised,
    ):
        wrapped.read()
    return str(raised.value)


@pytest.mark.slow
@pytest.mark.long  # its processes load PyTorch
def test_the_recipe_for_tls_computes_a_study_and_refuses_whoever_has_no_certificate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, settings, (scheduler, worker, command) = read_recipe()
    variables, port = read_variables(settings), find_free_port()
    study, listening = write_study(tmp_path, SHORT), tmp_path / "scheduler.json"
    make_certificates(tmp_path, make)
    make_certificates(tmp_path / "foreign", make)
    strict = ["openssl", "verify", "-x509_strict", "-CAfile", "ca.pem", "cert.pem"]
    subprocess.run(strict, cwd=tmp_path, check=True)  # as Python 3.13 does by default
    local = ["--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
    arguments = write_command(study, "")[1:-2]
    command = command.replace("HOST:8786", f"127.0.0.1:{port}").replace("…", shlex.join(arguments))
    program, *words = shlex.split(command)
    with start(scheduler, *local, "--scheduler-file", str(listening), folder=tmp_path, **variables):
        wait_until(listening.exists, PATIENCE_SECONDS)
        assert "alert certificate required" in refuse(port, tmp_path, None)
        # Of an authority with the same name, the signature is another.
        assert "alert decrypt error" in refuse(port, tmp_path, tmp_path / "foreign")
        assert run_here(words) == 1
        assert "DASK_DISTRIBUTED__COMM__TLS__CA_FILE" in capsys.readouterr().err
        address = worker.replace("HOST:8786", f"127.0.0.1:{port}")
        with start(address, "--no-dashboard", folder=tmp_path, **variables):
            done = subprocess.run(
                [Path(sys.executable).with_name(program), *words],
                cwd=tmp_path,
                env={**os.environ, **variables},
                capture_output=True,
                text=True,
                timeout=PATIENCE_SECONDS,
                check=False,
            )
        assert done.returncode == 0, done.stdout + done.stderr
    assert hash_results(tmp_path / "out") == compute_quietly(study)
