"""The command `descent-atlas`."""

import argparse
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from backend import server
from backend.api.files import Files
from backend.app import VERSION, create_app, stop_computing
from backend.settings import Settings
from backend.warm_up import warm_up

SHUTDOWN_SECONDS = 3
"""How long a stopping server lets requests finish."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="descent-atlas", description="See how optimizers move.")
    parser.add_argument("--version", action="version", version=VERSION)
    commands = parser.add_subparsers(required=True, metavar="command")

    serve_parser = commands.add_parser("serve", help="serve the page and its API")
    serve_parser.add_argument(
        "--host", help="the address to listen on (default: 127.0.0.1, this machine alone)"
    )
    serve_parser.add_argument("--port", type=int, help="the port to listen on (default: 8000)")
    serve_parser.add_argument(
        "--landscapes",
        type=existing_folder,
        metavar="DIR",
        help="the folder of the landscapes (default: those that ship)",
    )
    serve_parser.set_defaults(run=serve)

    warm_parser = commands.add_parser("warm", help="compile everything, and keep it on disk")
    warm_parser.set_defaults(run=warm)

    options = vars(parser.parse_args(arguments))
    try:
        options.pop("run")(**options)
    except ValidationError as error:  # of the settings, from the command line or environment
        parser.error(str(error))


def existing_folder(path: str) -> Path:
    """Return a folder's path; whoever names one means one that is there."""
    if not Path(path).is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {path}")
    return Path(path)


def serve(host: str | None, port: int | None, landscapes: Path | None) -> None:
    """Serve until interrupted; what is None comes from the environment or is the default."""
    given: dict[str, Any] = {"host": host, "port": port, "landscapes_folder": landscapes}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    app = create_app(settings)
    server.run(
        app,
        settings,
        partial(stop_computing, app),
        host=settings.host,
        port=settings.port,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


def warm() -> None:
    """Compile everything, so that the server's first start is as quick as any other."""
    print("Compiling; where nothing is compiled yet, this takes half a minute.", flush=True)
    began = time.monotonic()
    warm_up(Files(Settings().frontend_folder))
    print(f"Everything is compiled ({time.monotonic() - began:.1f} s).")


if __name__ == "__main__":
    main()
