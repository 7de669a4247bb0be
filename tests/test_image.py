"""The image, without Docker: its own steps in an empty virtual environment, then read-only."""

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from tests.servers import START_SECONDS, is_ready, wait_until

PROJECT = Path(__file__).parent.parent
PORT = "8000"
"""The port that the image listens on; in the test, a free one takes its place."""

ISOLATION = (
    ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    if os.geteuid() == 0
    else []
)
"""Without capabilities, as in the container, root too must heed who may write to a file."""


@dataclass
class Image:
    """What the Dockerfile makes, with `root` for the container's `/`.

    Attributes:
        root: a folder of its own, with an empty virtual environment in `python`.
        variables: the environment of the commands.
        folder: the working folder.
        user: the user that the container runs as.
        command: what the container runs.
        health: what tells that it is well.
    """

    root: Path
    variables: dict[str, str] = field(default_factory=dict)
    folder: Path = Path()
    user: str = "root"
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)

    @property
    def temporary(self) -> Path:
        """The one folder that stays writable."""
        return self.root / "tmp"

    def take(self, instruction: str, argument: str) -> None:
        """Follow one instruction of the Dockerfile."""
        match instruction:
            case "FROM":
                venv.create(self.root / "python", with_pip=True)
                self.temporary.mkdir()
                self.variables = {
                    **os.environ,
                    "PATH": f"{self.root / 'python' / 'bin'}:{os.environ['PATH']}",
                    "TMPDIR": str(self.temporary),
                }
            case "WORKDIR":
                self.folder = self.place(argument)
                self.folder.mkdir(parents=True)
            case "COPY":
                *sources, target = argument.split()
                for source in sources:
                    self.copy(PROJECT / source, self.folder / target)
            case "ENV" if argument == "PIP_NO_CACHE_DIR=1":
                pass  # keeps the image small; here it would fetch everything anew
            case "ENV":
                name, _, value = argument.partition("=")
                self.variables[name] = str(self.place(value)) if value.startswith("/") else value
            case "RUN":
                command = ["sh", "-c", argument]
                subprocess.run(command, cwd=self.folder, env=self.variables, check=True)
            case "USER":
                self.user = argument
            case "HEALTHCHECK":
                self.health = json.loads(argument.partition("CMD")[2])
            case "CMD":
                self.command = json.loads(argument)
            case "EXPOSE":
                assert argument == PORT
            case _:
                raise NotImplementedError(instruction)

    def place(self, path: str) -> Path:
        """Return where a path of the container lies here."""
        return self.root / path.removeprefix("/")

    def copy(self, source: Path, target: Path) -> None:
        """Copy as COPY does: a folder's content, or a file into a folder."""
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Let nothing but the temporary folder be written to."""
        folders = [
            Path(folder)
            for folder, _, _ in os.walk(self.root)
            if not Path(folder).is_relative_to(self.temporary)
        ]
        for folder in folders:
            folder.chmod(0o555)
        try:
            yield
        finally:
            for folder in folders:
                folder.chmod(0o755)

    @contextmanager
    def run(self, variables: dict[str, str]) -> Iterator[str]:
        """Run the image's command on a free port; yield its base URL once all is warm."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        url = f"http://127.0.0.1:{port}"
        variables = {**self.variables, **variables, "DESCENT_ATLAS_PORT": port}
        variables["HOME"] = str(self.root)  # no way out to the folders of who runs the test
        health = [word.replace(PORT, port) for word in self.health]

        def is_well() -> bool:
            assert process.poll() is None, "the server ended"
            ended = subprocess.run(health, env=variables, capture_output=True, check=False)
            return ended.returncode == 0

        process = subprocess.Popen([*ISOLATION, *self.command], cwd=self.folder, env=variables)
        try:
            wait_until(is_well, START_SECONDS)
            wait_until(lambda: is_ready(url), START_SECONDS)
            yield url
        finally:
            process.terminate()
            process.wait()


def read_dockerfile() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions, each with its argument."""
    text = re.sub(r"^#.*\n", "", (PROJECT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(line.partition(" ")[0], line.partition(" ")[2].strip()) for line in lines if line]


def list_compiled(folder: Path) -> set[tuple[str, int]]:
    """Return the name of each file of compiled code in a folder, and when it was written."""
    return {(path.name, path.stat().st_mtime_ns) for path in folder.rglob("*.nb?")}


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    with tempfile.TemporaryDirectory(prefix="descent-atlas-image-") as root:
        image = Image(Path(root).resolve())
        for instruction, argument in read_dockerfile():
            image.take(instruction, argument)
        yield image


@pytest.fixture(scope="module")
def web() -> dict[str, Any]:
    """The web service of the compose file."""
    service: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())[
        "services"
    ]["web"]
    return service


def test_the_image_serves_where_nothing_can_be_written_and_compiles_nothing_anew(
    image: Image, web: dict[str, Any]
) -> None:
    compiled = list_compiled(Path(image.variables["DESCENT_ATLAS_CACHE_DIR"]))
    with image.read_only(), image.run(web["environment"]) as url:
        touched = subprocess.run([*ISOLATION, "touch", image.folder / "file"], check=False)
        page = httpx2.get(url)
        tables = {
            name: httpx2.get(f"{url}/api/{name}").json()[name]
            for name in ("objectives", "optimizers")
        }
        descents = httpx2.post(
            f"{url}/api/descents",
            json={
                "objective": {"id": tables["objectives"][-1]["id"]},
                "start": {"x": 0.5, "y": 0.5},
                "optimizers": [{"id": optimizer["id"]} for optimizer in tables["optimizers"]],
                "noise": {"std": 0.1, "all": True},
            },
        )
    assert touched.returncode != 0
    assert page.status_code == 200
    assert len(descents.json()["descents"]) == len(tables["optimizers"])
    assert compiled
    assert list_compiled(image.temporary) == compiled


def test_the_service_can_neither_write_nor_gain_rights_and_only_this_machine_reaches_it(
    image: Image, web: dict[str, Any]
) -> None:
    assert int(image.user.partition(":")[0]) > 0
    assert web["read_only"]
    assert web["tmpfs"] == ["/tmp"]
    assert web["cap_drop"] == ["ALL"]
    assert web["security_opt"] == ["no-new-privileges:true"]
    assert web["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]
