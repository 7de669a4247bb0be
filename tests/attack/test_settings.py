"""Invalid, empty, misspelt and impossible settings, through the real command."""

import json
import socket
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from descent_atlas.web.app import create_app
from descent_atlas.web.page_files import PAGES
from descent_atlas.web.setting_values import OWN_FOLDERS
from descent_atlas.web.settings import MAX_SHOWN, Settings, name_variable
from tests.servers import CLIENT, run_server

COMMANDS = """
import contextlib, io, json, os, sys
from descent_atlas import cli

cli.server.run = lambda *_, **options: print(json.dumps(options))
for words, variables in json.load(sys.stdin):
    os.environ.update(variables)
    out, error, status = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(error):
        try:
            cli.main(words)
        except SystemExit as ended:
            status = ended.code
    print(json.dumps([status, error.getvalue(), out.getvalue() or "null"]))
    for name in variables:
        del os.environ[name]
"""
"""Program that runs the command for each case in one process, up to the start of the server."""


@dataclass
class CommandRun:
    """Exit status, output and resulting settings of a command."""

    status: int
    said: list[str]
    served: dict[str, Any] | None


def run_commands(*cases: tuple[list[str], dict[str, str]]) -> list[CommandRun]:
    """Run the command once for each case of arguments and variables."""
    process = subprocess.run(
        [sys.executable, "-c", COMMANDS],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        CommandRun(status, said.splitlines(), json.loads(served))
        for status, said, served in map(json.loads, process.stdout.splitlines())
    ]


def name(**settings: str) -> dict[str, str]:
    """Return settings as environment variables."""
    return {name_variable(field): value for field, value in settings.items()}


WRONG = [
    ("port", "abc", "a whole number from 0 to 65535, for example 8000"),
    ("port", "-1", "a whole number from 0 to 65535, for example 8000"),
    ("host", "http://localhost", "an IP address or a host name, for example 127.0.0.1"),
    ("host", "localhost:8000", "an IP address or a host name, for example 127.0.0.1"),
    ("host", "256.0.0.1", "an IP address or a host name, for example 127.0.0.1"),
    ("host", "0", "an IP address or a host name, for example 127.0.0.1"),
    ("host", "0x0", "an IP address or a host name, for example 127.0.0.1"),
    ("host", "a\nb", "an IP address or a host name, for example 127.0.0.1"),
    ("threads", "0", "a whole number from 1 to 1024, for example 4"),
    ("threads", "1e99", "a whole number from 1 to 1024, for example 4"),
    ("basin_requests", "2.5", "a whole number from 1, for example 2"),
    ("max_basin_evaluations", "many", "a whole number from 1, for example 1000000000"),
    ("basin_patience", "nan", "a number from 0 to 3600, for example 1.0"),
    ("basin_patience", "inf", "a number from 0 to 3600, for example 1.0"),
    ("frontend_folder", "/nowhere", "a folder that holds the page's index.html"),
    ("frontend_folder", "/" + "a" * 500, "a folder that holds the page's index.html"),
    *(
        ("root_path", path, "a path that begins with /")
        for path in ("atlas", "/", "/atlas/", "/a//b", "/a/../b", "/.a", "/a?b", "/a#b", "/a b")
    ),
    *(("root_path", path, "none of the server's own folders") for path in ("/api", "/about/a")),
]
"""A setting, an invalid value, and the expectation in the error message."""


def test_every_wrong_variable_ends_the_command_with_one_line_and_status_2() -> None:
    runs = run_commands(*((["serve"], name(**{field: value})) for field, value, _ in WRONG))
    for (field, value, wanted), run in zip(WRONG, runs, strict=True):
        assert run.status == 2
        (line,) = run.said
        assert line.startswith(f"{name_variable(field)} should be ")
        assert wanted in line
        assert line.endswith(f"; it is {json.dumps(value[:MAX_SHOWN])}.")


def test_every_fault_of_several_has_a_line_of_its_own_and_options_are_named_as_options() -> None:
    hosts = "atlas.example.com, https://a.example.com,b.example.com:80,*.example.com,c/d,,[::1"
    (run,) = run_commands(
        (
            ["serve", "--port", "65536", "--host", "", "--root-path", "/"],
            name(allowed_hosts=hosts, trusted_proxies="10.0.0.1/8,proxy.example.com,*", port="8"),
        )
    )
    assert run.status == 2
    ends = [(line.split(" should be ")[0], line.rpartition("; ")[2]) for line in run.said]
    assert ends == [
        ("--host", 'it is "".'),
        ("--port", 'it is "65536".'),
        ("--root-path", 'it is "/".'),
        ("DESCENT_ATLAS_ALLOWED_HOSTS", 'number 2 of them is "https://a.example.com".'),
        ("DESCENT_ATLAS_ALLOWED_HOSTS", 'number 3 of them is "b.example.com:80".'),
        ("DESCENT_ATLAS_ALLOWED_HOSTS", 'number 4 of them is "*.example.com".'),
        ("DESCENT_ATLAS_ALLOWED_HOSTS", 'number 5 of them is "c/d".'),
        ("DESCENT_ATLAS_ALLOWED_HOSTS", 'number 6 of them is "".'),
        ("DESCENT_ATLAS_ALLOWED_HOSTS", 'number 7 of them is "[::1".'),
        ("DESCENT_ATLAS_TRUSTED_PROXIES", 'number 1 of them is "10.0.0.1/8".'),
        ("DESCENT_ATLAS_TRUSTED_PROXIES", 'number 2 of them is "proxy.example.com".'),
        ("DESCENT_ATLAS_TRUSTED_PROXIES", 'number 3 of them is "*".'),
    ]


def test_what_cannot_be_listened_on_is_said_in_one_line_and_what_is_strange_is_noted(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        in_use, foreign, misspelt, later, endless, nameless, proxied, busy = run_commands(
            (["serve", "--port", port], {}),
            (["serve", "--host", "192.0.2.1", "--port", "0"], {}),  # TEST-NET: RFC 5737
            (["serve", "--port", "0"], name(prot="9000", cache_dir="", zebra="1")),
            (["serve", "--port", "0"], name(landscapes_folder=str(tmp_path / "later"))),
            (["serve", "--port", "0"], name(landscapes_folder="a" * 500)),
            (["serve", "--port", "0", "--landscapes", ""], {}),
            (["serve", "--port", "0"], name(trusted_proxies="10.0.0.0/8, ::1")),
            (["serve", "--port", "0"], {"WEB_CONCURRENCY": "3", "FORWARDED_ALLOW_IPS": "*"}),
        )
    for run, where in ((in_use, f"127.0.0.1, port {port}"), (foreign, "192.0.2.1, port 0")):
        assert run.status == 1
        (line,) = run.said
        assert line.startswith(f"Cannot listen on {where}: ")
    assert misspelt.served
    assert misspelt.said == [
        "DESCENT_ATLAS_PROT is not a setting and has no effect; did you mean DESCENT_ATLAS_PORT?",
        "DESCENT_ATLAS_ZEBRA is not a setting and has no effect; docs/deploy.md lists all.",
    ]
    assert later.served
    assert later.said == [
        f"There is no folder {tmp_path / 'later'} yet; landscapes appear once it exists."
    ]
    assert endless.served
    assert endless.said == [
        f"There is no folder {'a' * 500} yet; landscapes appear once it exists."
    ]
    assert nameless.status == 2
    assert nameless.said[-1].endswith(
        "--landscapes: should be a folder, for example /srv/landscapes"
    )
    assert proxied.served and busy.served
    assert proxied.served["proxy_headers"]
    assert proxied.served["forwarded_allow_ips"] == ["10.0.0.0/8", "::1"]
    assert not busy.served["proxy_headers"]
    assert busy.served["workers"] == 1


@pytest.mark.parametrize("blank", ["", " \t"], ids=["empty", "blank"])
def test_a_variable_that_is_empty_or_blank_counts_as_unset(
    monkeypatch: pytest.MonkeyPatch, blank: str
) -> None:
    unset = Settings()
    for field in Settings.model_fields:
        monkeypatch.setenv(name_variable(field), blank)
    assert Settings() == unset


def test_an_empty_host_listens_on_this_machine_alone_with_the_host_check_on() -> None:
    with run_server(host=" ", allowed_hosts="") as url:
        elsewhere = {"Host": "elsewhere.example.com"}
        assert CLIENT.get(f"{url}/api/health", headers=elsewhere).status_code == 421
        # Another loopback address, on which a server on 0.0.0.0 would respond.
        with closing(socket.socket()) as other:
            assert other.connect_ex(("127.0.0.2", int(url.rpartition(":")[2])))


def test_lists_are_read_with_commas_and_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    for listed in ("a.example.com, b.example.com", '["a.example.com", "b.example.com"]'):
        monkeypatch.setenv(name_variable("allowed_hosts"), listed)
        assert Settings().allowed_hosts[:2] == ("a.example.com", "b.example.com")
    monkeypatch.setenv(name_variable("allowed_hosts"), "[" * 50_000)
    with pytest.raises(ValidationError, match="allowed_hosts"):
        Settings()


def test_no_prefix_can_be_taken_for_an_address_of_the_servers_own() -> None:
    settings = Settings()
    folders = {path.name for path in settings.frontend_folder.iterdir() if path.is_dir()}
    pages = {page.strip("/") for page in PAGES} - {""}
    routes = {path.split("/")[1] for path in create_app(settings).openapi()["paths"]}
    assert {*OWN_FOLDERS} == folders | pages | routes


def test_the_guide_lists_every_setting_as_it_is() -> None:
    guide = Path(__file__).parents[2] / "docs" / "deploy.md"
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in guide.read_text().splitlines()
        if line.startswith("| `DESCENT_ATLAS_")
    ]
    listed = {cells[0].strip("`"): cells for cells in rows}
    cache = listed.pop("DESCENT_ATLAS_CACHE_DIR")
    assert len(cache) == 5
    assert list(listed) == [name_variable(field) for field in Settings.model_fields]
    for (_, option, wanted, default, meaning), (field, about) in zip(
        listed.values(), Settings.model_fields.items(), strict=True
    ):
        options = {"host": "`--host`", "port": "`--port`", "root_path": "`--root-path`"}
        options |= {"landscapes_folder": "`--landscapes`", "lessons_folder": "`--lessons`"}
        assert option == options.get(field, "")
        assert wanted == about.description
        assert meaning.endswith(".")
        if isinstance(about.default, int | float | str) and default != "one a core":
            assert default == (f"`{about.default}`" if about.default != "" else "none")
