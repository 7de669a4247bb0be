"""The commands `export` and `import` of `descent-atlas-precompute`, which need no PyTorch."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from descent_atlas.drawing.exchange.landscape_export import FORMATS, SUFFIXES, choose_format
from descent_atlas.drawing.exchange.opened_landscape import open_landscape
from descent_atlas.drawing.names import make_slug
from descent_atlas.landscapes import format as landscape_format
from descent_atlas.landscapes.format import ID_LENGTH, check_id, write_landscape
from descent_atlas.storage.regular_files import DamagedError

NAMES = ("export", "import")
"""The commands' names."""

SHIPPED = Path(landscape_format.__file__).with_name("shipped")
"""The folder of the landscapes that ship."""

LAYOUT = "tomgoldstein/loss-landscape"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one of the commands."""
    parser = argparse.ArgumentParser(prog="descent-atlas-precompute")
    add_exchange_parsers(parser.add_subparsers(required=True, metavar="command"))
    options = vars(parser.parse_args(arguments))
    sys.exit(options.pop("command")(**options))


def add_exchange_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands' parsers to those of `descent-atlas-precompute`."""
    exporting = commands.add_parser(
        "export", help="write a landscape as HDF5, NPZ, CSV, a picture or one page"
    )
    exporting.add_argument("id", metavar="ID", help="the landscape's id")
    exporting.add_argument(
        "--landscapes",
        type=Path,
        metavar="DIR",
        default=SHIPPED,
        help="the folder of landscapes (default: those that ship)",
    )
    exporting.add_argument(
        "--to",
        nargs="+",
        choices=FORMATS,
        metavar="FORMAT",
        help=f"{', '.join(FORMATS)} (default: what the suffix of --out means); hdf5 is in the "
        f"layout of {LAYOUT}",
    )
    exporting.add_argument(
        "--out", type=Path, metavar="FILE", help="the file, of one format (default: ID with suffix)"
    )
    exporting.add_argument(
        "--kind",
        choices=("contour", "surface"),
        default="contour",
        help="the figure of png, svg and html: a contour, or a surface in three dimensions",
    )
    exporting.add_argument("--metric", default="loss", metavar="ID", help="its metric (loss)")
    exporting.add_argument("--surface", metavar="ID", help="its surface (the first)")
    exporting.set_defaults(command=export)

    importing = commands.add_parser("import", help=f"read an HDF5 file of {LAYOUT}")
    importing.add_argument("file", type=Path, metavar="SURFACE.h5", help="the file of a surface")
    importing.add_argument(
        "--trajectory",
        nargs="+",
        type=Path,
        metavar="PROJ.h5",
        default=[],
        help="files of projected trajectories",
    )
    importing.add_argument("--id", help="the landscape's id (default: made of the file's name)")
    importing.add_argument("--title", help="its title (default: the file's name)")
    importing.add_argument(
        "--out", type=Path, metavar="DIR", required=True, help="folder of the landscapes"
    )
    importing.set_defaults(command=import_file)


def export(
    id: str,
    landscapes: Path,
    to: Sequence[str] | None,
    out: Path | None,
    **figure: Any,
) -> int:
    """Write a landscape in each format; print the files; return the exit code."""
    try:
        check_id(id)
        if to is None and out is None:
            raise ValueError("no format is given: add --to FORMAT or --out FILE")
        if to is not None and len(to) > 1 and out is not None:
            raise ValueError("--out names one file; leave it out for several formats")
        if not (landscapes / id).is_dir():
            known = sorted(folder.name for folder in landscapes.glob("[!.]*/"))
            raise ValueError(f"{landscapes} has no landscape {id}; it has {', '.join(known)}")
        landscape = open_landscape(landscapes / id)
        for name in to or [choose_format(Path(out or ""), None)]:
            for path in landscape.export(out or Path(f"{id}{SUFFIXES[name][0]}"), name, **figure):
                print(path)
    except (ValueError, DamagedError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def import_file(
    file: Path, trajectory: Sequence[Path], id: str | None, title: str | None, out: Path
) -> int:
    """Write the landscape of a file below a folder; return the exit code."""
    from descent_atlas.drawing.exchange.loss_landscape_import import (
        as_parts,
        import_landscape,
        list_ignored,
    )

    try:
        chosen = id or make_slug(file.stem, "landscape")[:ID_LENGTH].rstrip("-")
        check_id(chosen)
        found = import_landscape(file, trajectory, id=chosen, title=title)
        ignored = list_ignored(file)
        manifest, arrays = as_parts(found)
        manifest |= {} if id is None else {"id": id}
        manifest |= {} if title is None else {"title": title}
        folder = write_landscape(out, manifest, arrays)
    except (ValueError, DamagedError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    if ignored:
        print(f"No place for: {', '.join(ignored)}.")
    print(f"The landscape is in {folder}.")
    return 0
