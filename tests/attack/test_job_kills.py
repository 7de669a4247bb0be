"""Kills of the offline job: its main process, or its process group."""

import contextlib
import os
import random
import signal
import time
from pathlib import Path
from subprocess import Popen, TimeoutExpired
from typing import Any

import pytest

from descent_atlas import precompute_cli as cli
from descent_atlas.jobs.scheduler import Outcome
from descent_atlas.jobs.termination import SIGNALLED
from tests.attack.studies import (
    OUT,
    hash_outcomes,
    list_arguments,
    list_workers,
    make_study,
    run_command,
    start,
)

pytestmark = pytest.mark.slow  # trains networks in worker processes

PATIENCE = 120.0
"""Seconds after which a process is considered hung, even on a busy machine."""

KILLS = 60

LONGEST = 1200.0
"""Seconds that all of them may take."""

EPOCHS = 100


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study that trains for seconds, and its results without an interruption."""
    folder = tmp_path_factory.mktemp("world")
    make_study(folder, epochs=EPOCHS)
    assert run_command(list_arguments(folder, "run", "undisturbed")) == 0
    return folder


def hash_alike(out: Path) -> dict[str, str]:
    """Return the SHA-256 of the outcomes that equal studies share: all but manifests with times."""
    return {
        name: sha256
        for name, sha256 in hash_outcomes(out).items()
        if not (name.startswith("landscapes") and name.endswith("manifest.json"))
        and not name.startswith("dataset/dataset.json")
    }


def wait_until_it_trains(process: Popen[bytes], out: Path) -> None:
    """Wait until a run has started, or the command has ended."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and not list(out.glob("runs/*/snapshots.f32")):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGTERM, marks=pytest.mark.long),
        pytest.param(signal.SIGHUP, marks=pytest.mark.long),
        signal.SIGKILL,
    ],
)
def test_killing_the_main_process_alone_costs_nothing(
    world: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a slow machine the first command may take longer to end than a second one usually waits.
    monkeypatch.setattr(cli, "COMMAND_SECONDS", PATIENCE)
    monkeypatch.setattr(cli, "WRITERS_SECONDS", PATIENCE)
    out = world / number.name
    writers: list[int] = []
    compute = cli.compute
    with start(list_arguments(world, "run", number.name)) as process:

        def watch(*arguments: Any) -> Outcome:
            writers.extend(list_workers(process.pid))
            return compute(*arguments)

        monkeypatch.setattr(cli, "compute", watch)
        wait_until_it_trains(process, out)
        process.send_signal(number)
        assert run_command(list_arguments(world, "run", number.name)) == 0
        assert writers == []
        _, said = process.communicate(timeout=PATIENCE)
        assert list_workers(process.pid) == []
    if number == signal.SIGKILL:
        assert process.returncode == -number
    else:
        assert process.returncode == SIGNALLED + number
        assert said == b"Interrupted. Rerun the same command to continue.\n"
    assert hash_alike(out) == hash_alike(world / "undisturbed")


def test_ending_the_whole_group_while_many_jobs_wait_ends_the_command(tmp_path: Path) -> None:
    make_study(tmp_path, epochs=EPOCHS)
    study = tmp_path / "study.toml"
    study.write_text(study.read_text().replace("seeds = [3, 4]", f"seeds = {[*range(2, 32)]}"))
    with start(list_arguments(tmp_path, "run")) as process:
        wait_until_it_trains(process, tmp_path / OUT)
        os.killpg(process.pid, signal.SIGTERM)
        _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == SIGNALLED + signal.SIGTERM
    assert said == b"Interrupted. Rerun the same command to continue.\n"


@pytest.mark.long
def test_a_second_command_on_one_folder_is_refused_and_leaves_the_first_alone(
    world: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "COMMAND_SECONDS", 0.1)
    with start(list_arguments(world, "run", "twice")) as process:
        wait_until_it_trains(process, world / "twice")
        assert run_command(list_arguments(world, "run", "twice")) == 1
        assert "another process computes in" in capsys.readouterr().err
        assert process.wait(PATIENCE) == 0
    assert hash_alike(world / "twice") == hash_alike(world / "undisturbed")


def wait_for_an_instant(process: Popen[bytes], out: Path, chance: random.Random) -> bool:
    """Wait for a random time, mostly while jobs run; return whether the command still runs."""
    if chance.random() < 0.75:
        wait_until_it_trains(process, out)
    with contextlib.suppress(TimeoutExpired):
        process.wait(chance.uniform(0, 3))
    return process.poll() is None


@pytest.mark.long
def test_sixty_kills_at_random_instants_cost_nothing(world: Path) -> None:
    expected = hash_alike(world / "undisturbed")
    chance = random.Random(11)
    deadline = time.monotonic() + LONGEST
    kills, out = 0, world / "round-0"
    ended = False
    with contextlib.ExitStack() as groups:
        while kills < KILLS or not ended:
            assert time.monotonic() < deadline
            process = groups.enter_context(start(list_arguments(world, "run", out.name)))
            ended = kills >= KILLS or not wait_for_an_instant(process, out, chance)
            if not ended:
                number = chance.choice([signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
                chance.choice([os.kill, os.killpg])(process.pid, number)
                process.wait(PATIENCE)  # rerun at once: its workers may still be ending
                kills += 1
                continue
            _, said = process.communicate(timeout=PATIENCE)
            assert (process.returncode, said) == (0, b"")
            assert hash_alike(out) == expected
            out = world / f"round-{kills}"
