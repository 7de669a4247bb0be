"""The commands `export` and `import` of `descent-atlas-precompute`, which need no PyTorch."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from descent_atlas.drawing.exchange.landscape_export import FORMATS, SUFFIXES, choose_format
from descent_atlas.drawing.exchange.opened_landscape import open_landscape
from descent_atlas.drawing.names import make_slug
from descent_atlas.landscapes import shipped_studies
from descent_atlas.landscapes.format import ID_LENGTH, check_id, write_landscape
from descent_atlas.storage.regular_files import DamagedError

NAMES = ("export", "import")
"""The commands' names."""

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
    exporting.add_argument(
        "id", metavar="ID", help="the landscape's id; of one that ships, its study's may precede it"
    )
    exporting.add_argument(
        "--landscapes",
        type=Path,
        metavar="DIR",
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
    landscapes: Path | None,
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
        landscape = open_landscape(
            find_shipped(id) if landscapes is None else find_below(landscapes, id)
        )
        for name in to or [choose_format(Path(out or ""), None)]:
            for path in landscape.export(out or Path(f"{id}{SUFFIXES[name][0]}"), name, **figure):
                print(path)
    except (ValueError, DamagedError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def find_below(folder: Path, id: str) -> Path:
    """Return the folder of a landscape. Raises ValueError if there is none of this id."""
    if not (folder / id).is_dir():
        known = sorted(each.name for each in folder.glob("[!.]*/"))
        raise ValueError(f"{folder} has no landscape {id}; it has {', '.join(known) or 'none'}")
    return folder / id


def find_shipped(id: str) -> Path:
    """Return the folder of a landscape that ships, by its id or "study.id".

    An id without a study is that of the first study that has it. Raises ValueError if none has.
    """
    studies = {study: shipped_studies.find_folder(study) for study in shipped_studies.STUDIES}
    for study, folder in studies.items():
        for name in (id, id.removeprefix(f"{study}.")):
            if (folder / name).is_dir():
                return folder / name
    known = [
        f"{study}.{each.name}" for study, folder in studies.items() for each in folder.iterdir()
    ]
    raise ValueError(f"no landscape {id} ships; there are {', '.join(sorted(known))}")


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
