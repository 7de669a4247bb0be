"""The commands and variables of the deployment guide and of the compose file, through the program.

No Docker daemon is needed: `tests/test_image.py` follows the steps of the images themselves.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from descent_atlas import cli
from descent_atlas.web import server
from descent_atlas.web.settings import Settings, describe_unknown

PROJECT = Path(__file__).parents[2]

GUIDE = (PROJECT / "docs" / "deploy.md").read_text()

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())

COMMANDS = [
    line.partition("  #")[0]
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
    if not language and " descent-atlas " in f" {line}"
]
"""Every command line of the guide."""


def split(line: str) -> tuple[dict[str, str], list[str]]:
    """Return the variables and the words of a command line, without the program's name."""
    words = shlex.split(line)
    at = words.index("descent-atlas")
    return dict(word.split("=", 1) for word in words[:at]), words[at + 1 :]


@pytest.mark.parametrize("line", COMMANDS)
def test_the_guides_command_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    variables, words = split(line)
    (tmp_path / "results" / "landscapes").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    ran: list[str] = []
    monkeypatch.setattr(server, "run", lambda *_, **__: ran.append("serve"))
    monkeypatch.setattr(cli, "export_site", lambda **_: ran.append("export-site"))
    free = ["--port", "0"] if words[0] == "serve" else []
    cli.main([*words, *free])
    assert ran == [words[0]]
    assert list(describe_unknown(variables)) == []


def test_the_guide_has_commands_for_the_root_a_prefix_frames_and_a_site_without_a_server() -> None:
    assert len(COMMANDS) >= 4
    said = " ".join(COMMANDS)
    for part in ("ALLOWED_HOSTS=", "--root-path", "FRAME_ANCESTORS=", "export-site"):
        assert part in said


def list_environments() -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the environments of the compose file's services, and those of the guide."""
    for name, service in COMPOSE["services"].items():
        yield name, service.get("environment", {})
    blocks = re.findall(r"^```yaml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    for number, block in enumerate(blocks):
        for name, service in yaml.safe_load(block)["services"].items():
            assert name in COMPOSE["services"]
            yield f"{name} of the guide's block {number}", service["environment"]
    for name, value in re.findall(r"`(DESCENT_ATLAS_\w+): ([^`]+)`", GUIDE):
        yield f"{name} in the guide's text", {name: value}


ENVIRONMENTS = dict(list_environments())


@pytest.mark.parametrize("place", ENVIRONMENTS)
def test_every_variable_of_a_container_is_a_setting_with_a_valid_value(
    monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    variables = ENVIRONMENTS[place]
    assert list(describe_unknown(variables)) == []
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    Settings()


def test_a_browser_on_this_machine_reaches_the_container_and_no_other_name_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in COMPOSE["services"]["web"]["environment"].items():
        monkeypatch.setenv(name, value)
    # The image's command listens on all addresses, where any name is allowed by default.
    monkeypatch.setenv("DESCENT_ATLAS_HOST", "0.0.0.0")
    assert "*" not in Settings().allowed_hosts


@pytest.mark.long  # it imports PyTorch and Dask
@pytest.mark.parametrize("name", [name for name in COMPOSE["services"] if name != "web"])
def test_every_command_of_a_container_is_accepted(name: str) -> None:
    from distributed.cli import dask_scheduler, dask_worker

    from descent_atlas.precompute_cli import build_parser

    words = shlex.split(COMPOSE["services"][name]["command"])
    programs = {"scheduler": dask_scheduler.main, "worker": dask_worker.main}
    if name in programs:
        programs[name].make_context(name, words)
        return
    options = build_parser().parse_args(words)
    assert (PROJECT / options.study).is_file()
    mounted = [volume.rpartition(":")[2] for volume in COMPOSE["services"][name]["volumes"]]
    assert [str(options.data), str(options.out)] == mounted
