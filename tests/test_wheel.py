"""The wheel: what it holds, and that it works without this source tree."""

import re
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_string
from email.message import Message
from pathlib import Path

import httpx2
import pytest

from descent_atlas.landscapes.shipped_studies import STUDIES
from tests.servers import CLIENT, PATIENCE_SECONDS, find_free_port, wait_until

pytestmark = pytest.mark.slow  # it installs the wheel twice

PROJECT = Path(__file__).parent.parent

SOURCES = (PROJECT / "backend" / "descent_atlas", PROJECT / "precompute" / "descent_atlas")
"""The folders from which the Python of the wheel comes."""

VARIABLES = {"PATH": "/usr/bin:/bin", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
"""All that an installed command is told of its surroundings: no PYTHONPATH above all."""

LOADED = re.compile(r'(?:src|href)="([^":]+\.(?:js|css|svg))"')
"""What a page loads."""


class Environment:
    """A virtual environment outside of this source tree."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=True)
        self.folder = folder
        (self.site,) = folder.glob("lib/python*/site-packages")

    def find(self, command: str) -> Path:
        """Return the path of one of its commands."""
        return self.folder / "bin" / command

    def install(self, *arguments: str | Path) -> None:
        """Install with pip, whose settings (an index, say) are those of whoever runs the test."""
        # Compiling every module to byte code would take longer than the rest of the installation.
        pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
        subprocess.run([self.find("python"), *pip, *arguments], check=True)

    def call(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end in an empty folder."""
        with tempfile.TemporaryDirectory() as empty:
            return subprocess.run(
                [self.find(command), *arguments],
                cwd=empty,
                env={**VARIABLES, "HOME": empty},
                capture_output=True,
                text=True,
                check=False,
            )

    @contextmanager
    def serve(self) -> Iterator[str]:
        """Serve from an empty folder; yield the base URL once the server listens."""
        port = find_free_port()
        url = f"http://127.0.0.1:{port}"
        with tempfile.TemporaryDirectory() as empty, tempfile.TemporaryFile("w+") as log:
            process = subprocess.Popen(
                [self.find("descent-atlas"), "serve", "--port", str(port)],
                cwd=empty,
                env={**VARIABLES, "HOME": empty},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

            def is_listening() -> bool:
                if process.poll() is not None:
                    log.seek(0)
                    raise AssertionError(f"The server ended: {log.read()}")
                try:
                    CLIENT.get(f"{url}/api/health")  # not yet ready: it compiles everything anew
                except httpx2.ConnectError:
                    return False
                return True

            try:
                wait_until(is_listening, PATIENCE_SECONDS)
                yield url
            finally:
                process.terminate()
                process.wait()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built in isolation from what is installed here."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-deps", "--wheel-dir", folder, PROJECT], check=True)
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def alone(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the wheel and what it requires."""
    environment = Environment(tmp_path_factory.mktemp("alone"))
    environment.install("--constraint", PROJECT / "constraints.txt", wheel)
    return environment


@pytest.fixture(scope="module")
def lent(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the wheel, lent what is installed here: installing PyTorch takes minutes.

    Of this source tree, which is installed here too, it sees nothing: its `.pth` is not followed.
    """
    environment = Environment(tmp_path_factory.mktemp("lent"))
    environment.install("--no-deps", wheel)
    (environment.site / "lent.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return environment


def read_metadata(wheel: Path) -> Message:
    """Return what the wheel tells about itself."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_string(archive.read(name).decode())


def list_source_files() -> set[str]:
    """Return the files of the Python package, as the wheel names them."""
    return {
        f"descent_atlas/{path.relative_to(source).as_posix()}"
        for source in SOURCES
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_the_package_and_the_page_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    page = {
        f"descent_atlas/page/{path.relative_to(PROJECT / 'frontend').as_posix()}"
        for path in (PROJECT / "frontend").rglob("*")
        if path.is_file()
    }
    assert {name for name in names if ".dist-info/" not in name} == list_source_files() | page
    assert {name.partition("/")[0] for name in names if ".dist-info/" in name} == {
        f"{wheel.name.removesuffix('-py3-none-any.whl')}.dist-info"
    }


def test_every_subpackage_of_the_wheel_is_typed_and_its_studies_are_data(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    packages = {name.removesuffix("__init__.py") for name in names if name.endswith("__init__.py")}
    assert packages
    assert {f"{package}py.typed" for package in packages} <= names
    studies = {path.name for path in (SOURCES[1] / "studies").iterdir()}
    assert studies
    assert {f"descent_atlas/studies/{name}" for name in studies} <= names


def test_the_wheel_says_where_it_runs_under_which_licence_and_that_it_is_typed(
    wheel: Path,
) -> None:
    metadata = read_metadata(wheel)
    assert metadata["License-Expression"] == "MIT AND MPL-2.0"
    vendored = sorted(
        str(path.relative_to(PROJECT)) for path in PROJECT.glob("frontend/vendor/*/LICENSE")
    )
    assert len(vendored) == 3
    assert sorted(metadata.get_all("License-File") or []) == ["LICENSE", *vendored]
    assert metadata["Requires-Python"] == ">=3.11"
    assert {
        "Framework :: FastAPI",
        "Operating System :: POSIX",
        *(f"Programming Language :: Python :: 3.{minor}" for minor in (11, 12, 13)),
        "Typing :: Typed",
    } <= set(metadata.get_all("Classifier") or [])


@pytest.mark.long
def test_an_installed_server_serves_page_scripts_and_landscapes_from_an_empty_folder(
    alone: Environment,
) -> None:
    shipped = sum(1 for _ in (SOURCES[0] / "landscapes" / "shipped").glob("*/*/manifest.json"))
    with alone.serve() as url:
        for page in ("/", "/landscapes", "/about"):
            answer = CLIENT.get(f"{url}{page}")
            assert answer.status_code == 200
            loaded = LOADED.findall(answer.text)
            assert any(path.endswith(".js") for path in loaded)
            assert {CLIENT.get(f"{url}/{path}").status_code for path in loaded} == {200}
        routes = CLIENT.get(f"{url}/openapi.json").json()["paths"]
        (route,) = (path for path in routes if path.endswith("/landscapes"))
        catalog = CLIENT.get(f"{url}{route}").json()
        one = CLIENT.get(f"{url}{route}/bowl")
    assert len(catalog["landscapes"]) == shipped
    assert [study["id"] for study in catalog["studies"]] == list(STUDIES)
    assert one.status_code == 200


def test_an_installed_program_exports_a_site_from_an_empty_folder(
    alone: Environment, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    ran = alone.call("descent-atlas", "export-site", str(site))
    assert (ran.returncode, ran.stderr) == (0, "")
    shipped = sum(1 for _ in (SOURCES[0] / "landscapes" / "shipped").glob("*/*/manifest.json"))
    assert ran.stdout.startswith(f"Wrote {site}: {shipped} landscapes, ")
    assert len([*(site / "data" / "landscapes").iterdir()]) == shipped
    for page in ("index.html", "about.html"):
        loaded = LOADED.findall((site / page).read_text())
        assert any(path.endswith(".js") for path in loaded)
        assert [path for path in loaded if not (site / path).is_file()] == []


def test_an_installation_has_of_ours_the_package_alone_and_no_pytorch(
    wheel: Path, alone: Environment
) -> None:
    info = f"{wheel.name.removesuffix('-py3-none-any.whl')}.dist-info"
    record = (alone.site / info / "RECORD").read_text()
    installed = {line.partition("/")[0] for line in record.splitlines()}
    assert installed - {".."} == {"descent_atlas", info}  # `..` leads to the commands
    ours = {"backend", "frontend", "page", "precompute", "studies", "tests"}
    assert not ours & {path.name for path in alone.site.iterdir()}
    tried = alone.call("python", "-c", "import torch")
    assert tried.stderr.endswith("ModuleNotFoundError: No module named 'torch'\n")


def test_without_its_extra_the_job_says_what_to_install(alone: Environment) -> None:
    for arguments in (["--help"], ["run", "study.toml", "--out", "out"]):
        tried = alone.call("descent-atlas-precompute", *arguments)
        assert tried.returncode == 1
        assert tried.stderr.endswith(": pip install 'descent-atlas[precompute]'\n")
        assert "Traceback" not in tried.stderr


def test_a_program_of_ones_own_uses_the_library_from_the_wheel(lent: Environment) -> None:
    lines = "import descent_atlas.training as t; print(t.__file__, *(n.__name__ for n in (%s)))"
    names = (
        "ImageDataset",
        "Recorder",
        "RunError",
        "Training",
        "TrainingRun",
        "load_dataset",
        "train",
    )
    program = lines % ", ".join(f"t.{name}" for name in names)
    ran = lent.call("python", "-W", "error", "-c", program)
    assert ran.stdout.split() == [
        str(lent.site / "descent_atlas" / "training" / "__init__.py"),
        *names,
    ]
    imported = lent.call(
        "python", "-c", "from descent_atlas.training import Recorder; print(Recorder)"
    )
    assert imported.stdout == "<class 'descent_atlas.training.recorder.Recorder'>\n"


def test_one_module_of_the_training_does_not_import_the_others(lent: Environment) -> None:
    program = (
        "import sys, descent_atlas.training.networks; "
        "print(*sorted(m for m in sys.modules if m.startswith('descent_atlas.')))"
    )
    ran = lent.call("python", "-c", program)
    assert ran.stdout.split() == [
        "descent_atlas.training",
        "descent_atlas.training.named",
        "descent_atlas.training.named.named_objects",
        "descent_atlas.training.networks",
        "descent_atlas.training.recording",
        "descent_atlas.training.recording.generators",
    ]


def test_the_job_of_the_wheel_explains_itself(lent: Environment) -> None:
    ran = lent.call("descent-atlas-precompute", "--help")
    assert ran.returncode == 0
    assert ran.stdout.startswith("usage: descent-atlas-precompute")
