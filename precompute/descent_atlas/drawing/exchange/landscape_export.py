"""One landscape to files of one format, each written whole or not at all."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from descent_atlas.drawing.exchange.array_exports import make_csv, make_npz
from descent_atlas.landscapes.format import Landscape
from descent_atlas.storage.durable import write_whole

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SUFFIXES = {
    "hdf5": (".h5", ".hdf5"),
    "npz": (".npz",),
    "csv": (".csv",),
    "png": (".png",),
    "svg": (".svg",),
    "html": (".html",),
}
"""The formats, each with the suffixes that mean it, its usual one first."""

FORMATS = tuple(SUFFIXES)

OF_TABLES = ("npz",)
"""The formats that hold what has neither a plane of surfaces nor one curve, as a table."""

DRAWN = ("landscape", "profile")
"""The kinds with one plane of surfaces, or one curve."""


def choose_format(file: Path, to: str | None) -> str:
    """Return the format that is named, or that a file's suffix means. Raises ValueError."""
    if to is not None:
        if to not in SUFFIXES:
            raise ValueError(f"to={to!r} is no format; there are {', '.join(FORMATS)}")
        return to
    suffix = file.suffix.lower()
    for name, suffixes in SUFFIXES.items():
        if suffix in suffixes:
            return name
    known = ", ".join(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)
    raise ValueError(f"the suffix {suffix!r} of {file} means no format; these do: {known}")


def export_landscape(
    landscape: Landscape, file: Path, to: str, draw: Callable[[], "Figure"]
) -> tuple[Path, ...]:
    """Write a landscape to a file, and what the format keeps beside it; return their paths.

    `draw` returns the figure of a picture or page.

    Raises:
        ValueError: if the format cannot hold this landscape.
        OSError: if the write fails.
    """
    kind = landscape.manifest.kind
    if kind == "table" and to not in OF_TABLES:
        raise ValueError(
            f"{landscape.manifest.id} is a table, which {to} cannot hold; npz can, and the page "
            "exports tables as CSV, Markdown and LaTeX"
        )
    if kind not in (*DRAWN, "table") and to not in OF_TABLES:
        raise ValueError(
            f"{landscape.manifest.id} is of the kind {kind}, which {to} cannot hold; npz can"
        )
    contents = make_files(landscape, file, to, draw)
    for path, data in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
    return tuple(contents)


def make_files(
    landscape: Landscape, file: Path, to: str, draw: Callable[[], "Figure"]
) -> dict[Path, bytes]:
    """Return the bytes of each file."""
    if to == "hdf5":
        from descent_atlas.drawing.exchange.loss_landscape_files import make_hdf5

        return make_hdf5(landscape, file)
    if to == "npz":
        return {file: make_npz(landscape)}
    if to == "csv":
        return make_csv(landscape, file)
    from descent_atlas.drawing.exchange.figure_files import make_figure_file

    return {file: make_figure_file(draw(), to, landscape.manifest)}
