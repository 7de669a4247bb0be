"""The fast run leaves out what is slow, and lets nothing slow in unnoticed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # it runs pytest in processes of its own

PROJECT = Path(__file__).parent.parent

TESTS = """
import time
import pytest

def burn():
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass

@pytest.fixture
def burnt():
    burn()

@pytest.fixture
def chromium():
    raise AssertionError("A fast run opens no browser.")

def test_that_is_quick():
    pass

def test_that_waits():
    time.sleep(0.3)

def test_that_is_slow():
    burn()

def test_whose_fixture_is_slow(burnt):
    pass

@pytest.mark.slow
def test_that_says_so():
    burn()

def test_that_opens_a_browser(chromium):
    pass
"""


def run(folder: Path, *options: str) -> str:
    """Run the tests with some options; return what pytest says of each."""
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    slow\n    long\n")
    (folder / "test_some.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    ran = subprocess.run(
        [*command, "-rA", "--tb=line", "-c", folder / "pytest.ini", *options, folder],
        cwd=PROJECT,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # they take seconds to load
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode in (0, 1), ran.stdout + ran.stderr
    return ran.stdout


def test_a_fast_run_leaves_out_what_is_slow_and_fails_what_is_slow_and_does_not_say_so(
    tmp_path: Path,
) -> None:
    said = run(tmp_path, "--fast", "0.25")
    assert "2 failed, 2 passed, 2 deselected" in said
    assert set(re.findall(r"PASSED \S+::(\w+)", said)) == {"test_that_is_quick", "test_that_waits"}
    failed = set(re.findall(r"FAILED \S+::(\w+)", said))
    assert failed == {"test_that_is_slow", "test_whose_fixture_is_slow"}
    assert said.count("s of CPU time, more than 0.25: shrink it or mark it slow") >= len(failed)


def test_every_other_run_lets_each_test_take_its_time(tmp_path: Path) -> None:
    said = run(tmp_path, "--deselect", "test_some.py::test_that_opens_a_browser")
    assert "5 passed, 1 deselected" in said
