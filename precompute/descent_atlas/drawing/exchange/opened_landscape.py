"""A landscape with its manifest and arrays, as it is read from a folder: figures and exports."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from numpy.typing import NDArray

from descent_atlas.landscapes.format import Landscape, read_checked
from descent_atlas.landscapes.manifest import validate_manifest
from descent_atlas.storage.array_folder import SCHEMA
from descent_atlas.storage.npz import summarize

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

FigureKind = Literal["contour", "surface"]


@dataclass(frozen=True)
class OpenedLandscape(Landscape):
    """A landscape or profile of which figures can be drawn and files written."""

    def figure(
        self, kind: FigureKind = "contour", metric: str = "loss", surface: str | None = None
    ) -> "Figure":
        """Return a Plotly figure, as `DrawnLandscape.figure` and `DrawnProfile.figure` do.

        `surface` is the id of one of the manifest's surfaces: without it, the first. Of a profile
        the curve is drawn, with all metrics.

        Raises:
            ValueError: for an unknown kind, metric or surface, for a table, and while the landscape
                is incomplete.
        """
        from descent_atlas.drawing.exchange.stored_subjects import view_plane, view_segment
        from descent_atlas.drawing.figures.landscape_figures import draw_plane
        from descent_atlas.drawing.figures.profile_figures import draw_curve

        self._check_complete()
        if self.manifest.kind == "profile":
            return draw_curve(view_segment(self))
        return draw_plane(view_plane(self, surface), kind, metric)

    def export(
        self,
        file: Path | str,
        to: str | None = None,
        *,
        kind: FigureKind = "contour",
        metric: str = "loss",
        surface: str | None = None,
    ) -> tuple[Path, ...]:
        """Write the landscape in another program's format; return the files written.

        `to` is "hdf5", "npz", "csv", "png", "svg" or "html"; without it, the file's suffix says it.
        `kind`, `metric` and `surface` choose the figure, as in `figure`.

        Raises:
            ValueError: for an unknown format or choice, where a format cannot hold it, and while
                the landscape is incomplete.
            OSError: if the write fails; what was there before is then unchanged.
        """
        from descent_atlas.drawing.exchange.landscape_export import choose_format, export_landscape

        self._check_complete()
        path = Path(file)
        chosen = choose_format(path, to)
        return export_landscape(self, path, chosen, lambda: self.figure(kind, metric, surface))

    def _check_complete(self) -> None:
        """Raise ValueError while points of the surfaces are missing."""
        progress = self.manifest.progress
        if not self.manifest.complete and progress is not None:
            share = progress.computed / progress.points
            raise ValueError(
                f"{self.manifest.id} is incomplete: {share:.0%} of its points are computed. Wait "
                "until the command that computes it ends, or run it again"
            )


def open_landscape(folder: Path | str) -> OpenedLandscape:
    """Read a landscape's folder. Raises DamagedError."""
    found = read_checked(Path(folder).absolute())
    return OpenedLandscape(found.manifest, found.arrays)


def open_parts(manifest: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> OpenedLandscape:
    """Return a landscape that no folder holds yet, from what `write_landscape` takes."""
    added = {"schema": SCHEMA, "arrays": summarize(arrays), "sha256": ""}
    return OpenedLandscape(validate_manifest({**manifest, **added}), dict(arrays))
