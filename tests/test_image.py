"""The images, without Docker: their own steps in a virtual environment, then read-only."""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISDIR
from typing import Any

import pytest
import yaml

from descent_atlas.landscapes.shipped_studies import STUDIES
from tests.confinement import become
from tests.precompute.small_studies import STUDY, write_images
from tests.servers import CLIENT, PATIENCE_SECONDS, is_ready, wait_until

PROJECT = Path(__file__).parent.parent
PORT = "8000"
"""The port that the image listens on, unless its environment names another."""

OF_THE_TESTS = ("PYTHON", "DESCENT_ATLAS_", "NUMBA_")
"""What the names of environment variables begin with that no container inherits."""


@dataclass
class Image:
    """What the Dockerfile makes, with `root` for the container's `/`.

    Attributes:
        root: a folder of its own, with a virtual environment in `python`.
        lent: a folder of packages that the virtual environment takes for installed; without it
            there are none.
        variables: the environment of the commands.
        folder: the working folder.
        entry, command: what the container runs.
        health: what tells that it is well.
        user: who runs all that, and the steps that follow.
        log: what the command said.
    """

    root: Path
    lent: Path | None = None
    variables: dict[str, str] = field(default_factory=dict)
    folder: Path = Path()
    entry: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    user: str = "0:0"
    log: str = ""

    @property
    def confined(self) -> list[str]:
        """What is put before a command so that the image's user runs it."""
        if self.user == "0:0":
            return []
        return become(self.user, [Path(sys.base_prefix).resolve(), self.root])

    @property
    def temporary(self) -> Path:
        """The one folder that stays writable."""
        return self.root / "tmp"

    def take(self, instruction: str, argument: str) -> None:
        """Follow one instruction of the Dockerfile."""
        match instruction:
            case "FROM":
                venv.create(self.root / "python", with_pip=True)
                self.lend()
                self.temporary.mkdir()
                self.temporary.chmod(0o1777)
                self.variables = {
                    **{
                        name: value
                        for name, value in os.environ.items()
                        if not name.startswith(OF_THE_TESTS)
                    },
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
            case "ARG" if argument.startswith("PIP_INDEX_URL="):
                pass  # whoever runs the test has an index of their own
            case "ARG":
                name, _, self.variables[name] = argument.partition("=")
            case "ENV" if argument == "PIP_NO_CACHE_DIR=1":
                pass  # keeps the image small; here it would fetch everything anew
            case "ENV":
                name, _, value = argument.partition("=")
                self.variables[name] = str(self.place(value)) if value.startswith("/") else value
            case "RUN":
                command = [*self.confined, "sh", "-c", argument.replace(" /", f" {self.root}/")]
                subprocess.run(
                    command, cwd=self.folder, env=self.variables, check=True, umask=0o022
                )
            case "HEALTHCHECK":
                self.health = json.loads(argument.partition("CMD")[2])
            case "ENTRYPOINT":
                self.entry = json.loads(argument)
            case "CMD":
                self.command = json.loads(argument)
            case "EXPOSE":
                assert argument == PORT
            case "USER":
                self.user = argument
            case _:
                raise AssertionError(f"What would {instruction} do?")

    def lend(self) -> None:
        """Let the virtual environment see the packages that it is lent."""
        if self.lent:
            (site,) = (self.root / "python").glob("lib/python*/site-packages")
            (site / "lent.pth").write_text(f"{self.lent}\n")

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
    def read_only(self, *volumes: Path) -> Iterator[None]:
        """Let nothing but the temporary folder and the volumes be written to."""
        writable = (self.temporary, *volumes)
        folders = [
            Path(folder)
            for folder, _, _ in os.walk(self.root)
            if not any(Path(folder).is_relative_to(path) for path in writable)
        ]
        for folder in folders:
            folder.chmod(0o555)
        try:
            yield
        finally:
            for folder in folders:
                folder.chmod(0o755)

    def call(self, words: list[str]) -> str:
        """Run the image's entry point with words, to its end; return what it says."""
        placed = [str(self.place(word)) if word.startswith("/") else word for word in words]
        return subprocess.run(
            [*self.confined, *self.entry, *placed],
            cwd=self.folder,
            env={**self.variables, "HOME": str(self.root)},
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout

    @contextmanager
    def run(self, variables: dict[str, str]) -> Iterator[str]:
        """Run the image's command on a free port; yield its base URL once all is warm."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        url = f"http://127.0.0.1:{port}"
        variables = {**self.variables, **variables, "DESCENT_ATLAS_PORT": port}
        variables["HOME"] = str(self.root)  # no way out to the folders of who runs the test

        def is_well() -> bool:
            assert process.poll() is None, "the server ended"
            health = [*self.confined, *self.health]
            ended = subprocess.run(
                health, cwd=self.folder, env=variables, capture_output=True, check=False
            )
            return ended.returncode == 0

        with tempfile.TemporaryFile("w+") as log:
            process = subprocess.Popen(
                [*self.confined, *self.command],
                cwd=self.folder,
                env=variables,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
            try:
                wait_until(is_well, PATIENCE_SECONDS)
                assert is_ready(url)
                yield url
            finally:
                process.terminate()
                process.wait()
                log.seek(0)
                self.log = log.read()


def read_dockerfile(target: str) -> list[tuple[str, str]]:
    """Return the instructions that make a target, each with its argument."""
    text = re.sub(r"^#.*\n", "", (PROJECT / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    stages: dict[str, list[tuple[str, str]]] = {}
    for line in filter(None, lines):
        instruction, _, argument = line.partition(" ")
        if instruction == "FROM":
            base, _, name = argument.partition(" AS ")
            stages[name] = list(stages.get(base, [("FROM", base)]))
        else:
            stages[name].append((instruction, argument.strip()))
    assert list(stages)[-1] == "web", "what `docker build` makes when no target is named"
    return stages[target]


def read_service(name: str) -> dict[str, Any]:
    """Return a service of the compose file."""
    compose = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
    service: dict[str, Any] = compose["services"][name]
    return service


@contextmanager
def build(target: str, lent: Path | None = None) -> Iterator[Image]:
    """Follow the steps of a target; yield what they make."""
    with tempfile.TemporaryDirectory(prefix="descent-atlas-image-") as root:
        image = Image(Path(root).resolve(), lent)
        image.root.chmod(0o755)
        for instruction, argument in read_dockerfile(target):
            image.take(instruction, argument)
        yield image


def list_compiled(folder: Path) -> set[tuple[str, int]]:
    """Return the name of each file of compiled code in a folder, and when it was written."""
    return {(path.name, path.stat().st_mtime_ns) for path in folder.glob("*.code")}


def list_unreadable(folder: Path) -> list[Path]:
    """Return what not everybody may read in a folder, or look into."""
    modes = {
        Path(parent, name): Path(parent, name).lstat().st_mode
        for parent, folders, files in os.walk(folder)
        for name in (*folders, *files)
    }
    return [path for path, mode in modes.items() if ~mode & (0o005 if S_ISDIR(mode) else 0o004)]


@pytest.fixture(scope="module")
def web() -> dict[str, Any]:
    return read_service("web")


@pytest.fixture(scope="module")
def image(web: dict[str, Any]) -> Iterator[Image]:
    with build(web["build"]["target"]) as image:
        yield image


@pytest.fixture(scope="module")
def precompute() -> dict[str, Any]:
    return read_service("precompute")


@pytest.fixture(scope="module")
def job(precompute: dict[str, Any]) -> Iterator[Image]:
    """The image of the job, which is lent what is installed here: PyTorch takes minutes."""
    lent = Path(sysconfig.get_path("purelib"))
    with build(precompute["build"]["target"], lent) as image:
        yield image


@pytest.mark.long  # it installs whole images
def test_the_image_serves_where_nothing_can_be_written_and_compiles_nothing_anew(
    image: Image, web: dict[str, Any]
) -> None:
    cache = Path(image.variables["DESCENT_ATLAS_CACHE_DIR"])
    compiled = list_compiled(cache)
    with image.read_only(), image.run(web["environment"]) as url:
        touched = subprocess.run([*image.confined, "touch", image.folder / "file"], check=False)
        page = CLIENT.get(url)
        catalog = CLIENT.get(f"{url}/api/v1/landscapes").json()
        tables = {
            name: CLIENT.get(f"{url}/api/v1/{name}").json()[name]
            for name in ("objectives", "optimizers")
        }
        descents = CLIENT.post(
            f"{url}/api/v1/descents",
            json={
                "objective": {"id": tables["objectives"][-1]["id"]},
                "start": {"x": 0.5, "y": 0.5},
                "optimizers": [{"id": optimizer["id"]} for optimizer in tables["optimizers"]],
                "noise": {"std": 0.1, "all": True},
            },
        )
    assert touched.returncode != 0
    assert page.status_code == 200
    shipped = image.folder / "backend" / "descent_atlas" / "landscapes" / "shipped"
    assert catalog["folders"] == list(STUDIES)
    manifests = sum(1 for _ in shipped.glob("*/*/manifest.json"))
    assert len(catalog["landscapes"]) == manifests
    assert len(descents.json()["descents"]) == len(tables["optimizers"])
    assert compiled
    assert list_compiled(cache) == compiled
    assert list(image.temporary.iterdir()) == []
    assert "cache" not in image.log  # what is compiled anew, and cannot be kept, is told


@pytest.mark.long  # it installs whole images
def test_everybody_may_read_the_images(image: Image, job: Image) -> None:
    # Where root does not run the tests, nobody can become the images' user.
    for made in (image, job):
        assert list_unreadable(made.root) == []


def test_the_base_image_is_named_by_its_digest_and_one_index_has_all_packages() -> None:
    text = (PROJECT / "Dockerfile").read_text()
    bases = re.findall(r"^FROM (\S+) AS", text, re.MULTILINE)
    assert re.fullmatch(r"python:[\w.-]+@sha256:[0-9a-f]{64}", bases[0])
    assert set(bases[1:]) == {"base"}
    for instruction, argument in read_dockerfile("precompute"):
        if instruction == "RUN":
            assert "://" not in argument
            assert "index" not in argument or argument.startswith('test -z "$TORCH_INDEX_URL" ||')


@pytest.mark.long  # it installs whole images
def test_the_job_computes_a_study_where_only_its_volumes_can_be_written(
    job: Image, precompute: dict[str, Any]
) -> None:
    words = shlex.split(precompute["command"])
    volumes = [job.place(volume.rpartition(":")[2]) for volume in precompute["volumes"]]
    assert all(volume.stat().st_mode & 0o1777 == 0o1777 for volume in volumes)
    write_images(volumes[0])
    study = volumes[0] / "study.toml"
    study.write_text(STUDY)
    paper = words[1]
    with job.read_only(*volumes):
        told = job.call(["status", paper, "--out", "/out"])
        job.call([words[0], "/data/study.toml", *words[2:]])
        checked = job.call(["check", "/out"])
    assert "landscape  " in told
    assert checked == "1 data sets, 3 runs, 8 parts, 4 landscapes and tables are undamaged.\n"


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("web", "web"),
        ("precompute", "precompute"),
        ("scheduler", "precompute"),
        ("worker", "precompute"),
        ("study", "precompute"),
    ],
)
def test_a_service_can_neither_write_nor_gain_rights(name: str, target: str) -> None:
    service = read_service(name)
    users = [argument for word, argument in read_dockerfile(target) if word == "USER"]
    assert [int(user.partition(":")[0]) > 0 for user in users] == [True]
    assert service["build"]["target"] == target
    assert service["read_only"]
    assert service["tmpfs"] == ["/tmp"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_only_this_machine_reaches_the_server_and_the_job_waits_to_be_asked_for(
    web: dict[str, Any], precompute: dict[str, Any]
) -> None:
    assert web["ports"] == [f"127.0.0.1:{PORT}:{PORT}"]
    assert "ports" not in precompute
    assert precompute["profiles"] == ["precompute"]


def test_the_cluster_computes_the_same_study_in_one_folder_and_nobody_else_reaches_it(
    precompute: dict[str, Any],
) -> None:
    services = {name: read_service(name) for name in ("scheduler", "worker", "study")}
    address = "tcp://scheduler:8786"
    assert all(service["profiles"] == ["cluster"] for service in services.values())
    assert not any("ports" in service for service in services.values())
    assert services["study"]["command"] == f"{precompute['command']} --scheduler {address}"
    assert services["study"]["volumes"] == precompute["volumes"]
    assert set(services["worker"]["volumes"]) < set(precompute["volumes"])
    assert services["worker"]["command"].startswith(f"{address} --nthreads 1 ")
    for name in ("scheduler", "worker"):
        assert services[name]["entrypoint"] == ["dask", name]
