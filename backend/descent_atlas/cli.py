"""Command `descent-atlas`."""

import argparse
import asyncio
import os
import socket
import sys
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import ValidationError

from descent_atlas.landscapes.store import get_public_name, list_once, read_once
from descent_atlas.static_site.site_data import choose_complete, make_data
from descent_atlas.static_site.site_folder import (
    SiteFolderError,
    check_apart,
    check_target,
    write_site,
)
from descent_atlas.static_site.site_pages import PageError, make_pages
from descent_atlas.storage.cache import CACHE
from descent_atlas.storage.regular_files import DamagedError, printable
from descent_atlas.web import server
from descent_atlas.web.app import VERSION, create_app, stop_computing
from descent_atlas.web.page_files import Files
from descent_atlas.web.settings import Settings, describe_fault, describe_faults, describe_unknown
from descent_atlas.web.warm_up import warm_up

SHUTDOWN_SECONDS = 3
"""Time that open requests have to finish on shutdown."""

INVALID = 2
"""Exit status for an invalid option or variable, as in `argparse`."""

INTERRUPTED = 130
"""Exit status after Ctrl-C, as in shells."""

MAX_TITLE = 200
"""Characters of a site's title: more fill a phone's screen."""

OPTIONS = {
    "host": "--host",
    "port": "--port",
    "root_path": "--root-path",
    "landscapes_folder": "--landscapes",
    "lessons_folder": "--lessons",
}
"""Fields of the settings with a command-line option."""

TableT = TypeVar("TableT")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="descent-atlas", description="See how optimizers move.")
    parser.add_argument("--version", action="version", version=VERSION)
    commands = parser.add_subparsers(required=True, metavar="command")

    serve_parser = commands.add_parser("serve", help="serve the page and its API")
    serve_parser.add_argument(
        "--host", help="the address to listen on (default: 127.0.0.1, this machine only)"
    )
    serve_parser.add_argument("--port", help="the port to listen on (default: 8000)")
    serve_parser.add_argument(
        "--root-path",
        metavar="PATH",
        help="the path prefix under which a reverse proxy publishes the server, such as /atlas",
    )
    add_landscapes_option(serve_parser)
    serve_parser.add_argument(
        "--lessons",
        dest="lessons_folder",
        type=existing_folder,
        nargs="+",
        metavar="DIR",
        help="the folders of the lessons (default: those shipped with the program)",
    )
    serve_parser.set_defaults(run=serve)

    site_parser = commands.add_parser(
        "export-site",
        help="write the landscapes as static files for any web host",
        description="Write the gallery, the landscapes and About as static files, which any web "
        "host can publish at any path. The playground needs a server and is left out.",
    )
    site_parser.add_argument(
        "target",
        type=new_folder,
        metavar="DIR",
        help="the folder to write: new, empty, or an earlier export, which is replaced",
    )
    add_landscapes_option(site_parser)
    site_parser.add_argument(
        "--title", type=plain_title, help="the title of the gallery (default: Landscapes)"
    )
    site_parser.set_defaults(run=export_site)

    warm_parser = commands.add_parser("warm", help="compile everything and cache it on disk")
    warm_parser.set_defaults(run=warm)

    sweep_parser = commands.add_parser(
        "sweep",
        help="measure the default learning rates",
        description="Measure the default learning rate of every optimizer on every objective and "
        "write the table that the app reads. The options restrict the tuning: all other rates "
        "stay as they are, and rates that the table lacks are tuned in any case. On every "
        "objective where a rate was tuned, all optimizers are scored and ranked again. Stories "
        "use these rates, so run `descent-atlas stories` afterwards.",
    )
    for option, kind in (("--optimizer", "optimizers"), ("--objective", "objectives")):
        sweep_parser.add_argument(
            option,
            dest=kind,
            action="extend",
            nargs="+",
            default=[],
            metavar="ID",
            help=f"measure these {kind} only (default: all)",
        )
    sweep_parser.set_defaults(run=sweep)

    stories_parser = commands.add_parser(
        "stories",
        help="measure the stories",
        description="Measure the stories and write the table that the app reads. Stories that "
        "are not named stay as they are.",
    )
    stories_parser.add_argument(
        "ids", nargs="*", metavar="ID", help="measure these stories only (default: all)"
    )
    stories_parser.set_defaults(run=stories)

    options = vars(parser.parse_args(arguments))
    options.pop("run")(**options)


def add_landscapes_option(parser: argparse.ArgumentParser) -> None:
    """Add the option that names folders of landscapes."""
    parser.add_argument(
        "--landscapes",
        dest="landscapes_folder",
        type=existing_folder,
        nargs="+",
        metavar="DIR",
        help="the folders of the landscapes (default: those shipped with the program)",
    )


def existing_folder(path: str) -> Path:
    """Return the path of a folder, which must exist."""
    if not path.strip():  # `Path("")` is the current folder
        raise argparse.ArgumentTypeError("should be a folder, for example /srv/landscapes")
    if not exists(Path(path).is_dir):
        raise argparse.ArgumentTypeError(f"there is no folder {path}")
    return Path(path)


def new_folder(path: str) -> Path:
    """Return the path of a folder to write, without symbolic links."""
    if not path.strip():
        raise argparse.ArgumentTypeError("should be a folder, for example site")
    try:
        return Path(path).resolve()
    except (OSError, RuntimeError) as error:  # until Python 3.12, a loop of links is no OSError
        raise argparse.ArgumentTypeError(f"{path} cannot be followed: {error}") from None


def plain_title(text: str) -> str:
    """Return a title without the spaces around it."""
    title = text.strip()
    if not title or not title.isprintable() or len(title) > MAX_TITLE:
        raise argparse.ArgumentTypeError(
            f"should be one line of 1 to {MAX_TITLE} printable characters"
        )
    return title


def exists(check: Callable[[], bool]) -> bool:
    """Return the result of a check of a path; False if the check fails."""
    try:
        return check()
    except OSError:  # no permission, or a name that is too long
        return False


def serve(**given: object) -> None:
    """Serve until interrupted. Options that are None come from the environment or the defaults."""
    settings = read_settings(**given)
    for folder in settings.landscapes_folder:
        if not exists(folder.is_dir):
            missing = f"There is no folder {folder} yet"
            print(f"{missing}; landscapes appear once it exists.", file=sys.stderr)
    for folder in settings.lessons_folder:
        if not exists(folder.is_dir):
            missing = f"There is no folder {folder} yet"
            print(f"{missing}; lessons appear once it exists.", file=sys.stderr)
    try:
        asyncio.run(try_address(settings.host, settings.port))
    except OSError as error:
        # asyncio's message repeats the address; that of the resolver does not.
        is_lookup = isinstance(error, socket.gaierror)
        reason = error.strerror if is_lookup else os.strerror(error.errno or 0)
        where = f"{settings.host}, port {settings.port}"
        stop(f"Cannot listen on {where}: {reason}. Choose another with --host or --port.", status=1)
    app = create_app(settings, server.freeze_objects)
    server.run(
        app,
        settings,
        partial(stop_computing, app),
        host=settings.host,
        port=settings.port,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        workers=1,  # ignores $WEB_CONCURRENCY: several workers need an import string
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


def read_settings(**given: object) -> Settings:
    """Return the settings; if any is invalid, print a line for each and exit."""
    for line in describe_unknown(os.environ):
        print(line, file=sys.stderr)
    values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    options = {name: OPTIONS[name] for name in values}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        stop(*describe_faults(error, options), status=INVALID)
    if not exists((settings.frontend_folder / "index.html").is_file):
        fault = describe_fault("frontend_folder", settings.frontend_folder, options)
        stop(fault, status=INVALID)
    return settings


def stop(*lines: str, status: int) -> NoReturn:
    """Print lines to stderr and exit."""
    print(*lines, sep="\n", file=sys.stderr)
    raise SystemExit(status)


def export_site(target: Path, title: str | None, **given: object) -> None:
    """Write the landscapes as a static site.

    Damaged and incomplete landscapes are reported and left out.
    """
    settings = read_settings(**given)
    folders = list_once(settings.landscapes_folder)
    for folder in folders:
        if not exists(folder.is_dir):
            stop(f"There is no folder {folder}.", status=INVALID)
    try:
        check_target(target)
        check_apart(target, folders)
        contents = read_once(folders)
        for damaged in contents.damaged:
            print(f"Left out: {printable(damaged.reason)}", file=sys.stderr)
        contents, incomplete = choose_complete(contents)
        for id in incomplete:
            print(f"Left out: {id} is incomplete, as it is being computed", file=sys.stderr)
        if not contents.landscapes:
            named = ", ".join(map(str, folders))
            stop(f"There are no landscapes in {named}; nothing was written.", status=1)
        names = [printable(get_public_name(folder)) for folder in folders]
        pages = make_pages(settings.frontend_folder, title)
        size = write_site(target, chain(pages, make_data(contents, names)))
    except (PageError, SiteFolderError) as error:
        stop(str(error), status=INVALID)
    except DamagedError as error:
        stop(f"A landscape changed meanwhile: {error}. {target} is unchanged.", status=1)
    except OSError as error:
        stop(f"Cannot write {target}: {error.strerror}.", status=1)
    except KeyboardInterrupt:
        stop(f"Interrupted. {target} is unchanged.", status=INTERRUPTED)
    count = len(contents.landscapes)
    landscapes = "1 landscape" if count == 1 else f"{count:,} landscapes"
    wrote = f"Wrote {printable(str(target))}"
    print(f"{wrote}: {landscapes}, {size.files:,} files, {size.bytes / 1e6:.1f} MB.")


async def try_address(host: str, port: int) -> None:
    """Bind an address and release it, to report an error before the server starts.

    Raises:
        OSError: if the address cannot be bound.
    """
    loop = asyncio.get_running_loop()
    (await loop.create_server(asyncio.Protocol, host, port, start_serving=False)).close()


def warm() -> None:
    """Compile everything into the cache, so that the server's first start is fast.

    Raises:
        SystemExit: if the cache cannot be written.
    """
    print("Compiling. Without a cache this takes half a minute.", flush=True)
    began = time.monotonic()
    warm_up(Files(read_settings().frontend_folder))
    if CACHE.fault is not None:
        raise SystemExit(f"{CACHE.fault}. The compiled code was not saved.")
    print(f"Everything is compiled ({time.monotonic() - began:.1f} s).")


# These two import the measurements when called, so that `serve` starts faster.


def sweep(optimizers: Collection[str], objectives: Collection[str]) -> None:
    """Measure default learning rates and write their table."""
    from descent_atlas.measured import sweep_measures
    from descent_atlas.measured.sweep import TABLE, Sweep, write_sweep
    from descent_atlas.objectives.objective_table import OBJECTIVES
    from descent_atlas.optimizers.optimizer_table import OPTIMIZERS

    optimizers = choose("optimizer", optimizers, OPTIMIZERS)
    objectives = choose("objective", objectives, OBJECTIVES)

    def measure(executor: Executor) -> Sweep:
        return sweep_measures.sweep(executor, optimizers, objectives, report=report)

    write_table(measure, write_sweep, TABLE)


def stories(ids: Collection[str]) -> None:
    """Measure stories and write their table."""
    from descent_atlas.measured.stories import TABLE, story_measures
    from descent_atlas.measured.stories.story import Story

    ids = choose("story", ids, story_measures.MEASURES)

    def measure(executor: Executor) -> list[Story]:
        return story_measures.measure_stories(executor, ids, report=report)

    write_table(measure, story_measures.write_stories, TABLE)


def choose(kind: str, ids: Collection[str], known: Collection[str]) -> Collection[str]:
    """Return the given ids, or all known ones if none is given; exit if an id is unknown."""
    unknown = [id for id in ids if id not in known]
    if unknown:
        names = ", ".join(unknown)
        stop(f"Unknown {kind} {names}. Known are: {', '.join(known)}.", status=INVALID)
    return ids or known


def report(line: str) -> None:
    """Print a line of progress and flush."""
    print(line, flush=True)


def write_table(
    measure: Callable[[Executor], TableT], write: Callable[[TableT, Path], None], path: Path
) -> None:
    """Measure a table on all cores, then write it. An interruption leaves the file unchanged."""
    began = time.monotonic()
    try:
        with ThreadPoolExecutor(os.cpu_count()) as executor:
            table = measure(executor)
    except KeyboardInterrupt:
        stop(f"Interrupted. {path} is unchanged.", status=INTERRUPTED)
    try:
        write(table, path)
    except OSError as error:
        stop(f"Cannot write {path}: {error.strerror}.", status=1)
    print(f"Wrote {path} ({time.monotonic() - began:.1f} s).")


if __name__ == "__main__":
    main()
