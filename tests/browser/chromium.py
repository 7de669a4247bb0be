"""Chromium for the browser tests, installed on demand.

`python -m tests.browser.chromium` prints its path. A missing browser never skips a test: if it
cannot be installed, `find_or_install` raises an error that says what was tried.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

SHELL = "chromium-headless-shell"
"""Chromium without the window's own interface, whose pages take a process for each window."""
COMMANDS = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APPLICATIONS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)


QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
"""Arguments that keep Chromium from connecting to anything except the page's server."""
DRAWING = ("--disable-gpu", "--enable-unsafe-swiftshader")
"""Arguments for WebGL on a machine without a graphics card."""


class NoChromiumError(RuntimeError):
    """Chromium is not installed and could not be installed."""


def find() -> Path | None:
    """Return the path of the Chromium in `$CHROMIUM`, on the system, or of Playwright.

    Raises:
        NoChromiumError: `$CHROMIUM` is set and names no file.
    """
    if named := os.environ.get("CHROMIUM"):
        if not Path(named).is_file():
            raise NoChromiumError(f"$CHROMIUM names {named}, and there is no such file.")
        return Path(named)
    for command in COMMANDS:
        if installed := shutil.which(command):
            return Path(installed)
    for path in (*APPLICATIONS, _playwright_path()):
        if path.is_file():
            return path
    return None


def find_or_install() -> Path:
    """Return the path from `find`; install Chromium first if it is missing.

    Raises:
        NoChromiumError: neither Playwright nor the system's packages gave one.
    """
    if path := find():
        return path
    installers = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if os.name == "posix" and os.geteuid() == 0 and shutil.which("apt-get"):
        packages = [["apt-get", "install", "--yes", name] for name in (SHELL, "chromium")]
        installers += [["apt-get", "update"], *packages]
    tried = []
    for command in installers:
        print(f"No Chromium: {' '.join(command)}", file=sys.stderr, flush=True)
        ended = subprocess.run(command, stdout=sys.stderr, check=False)
        tried.append(f"{' '.join(command)} (exit status {ended.returncode})")
        if path := find():
            return path
    raise NoChromiumError(
        "The browser tests need Chromium. Install it, or name it in $CHROMIUM. "
        f"Tried: {'; '.join(tried)}."
    )


def choose_arguments() -> list[str]:
    """Return the arguments with which tests and benchmarks start a Chromium."""
    # Chromium refuses to run its sandbox as root.
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*QUIET, *DRAWING, *(["--no-sandbox"] if root else [])]


def _playwright_path() -> Path:
    """Return the path of the Chromium that Playwright downloads, whether or not it exists."""
    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


if __name__ == "__main__":
    try:
        print(find_or_install())
    except NoChromiumError as error:
        sys.exit(str(error))
