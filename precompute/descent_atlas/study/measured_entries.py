"""Tables of a study's TOML file on what is measured around its runs: segments, planes, batches."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from descent_atlas.study.entries import Id, LandscapeEntry, StudyTable, SurfaceName

Sheet = tuple[str, str]
"""Points that are evaluated together: the name of where they lie, and that of the surface."""


WholeSplit = Literal["train", "test"]


class SegmentsEntry(StudyTable):
    """Profiles on the segments between the ends of all pairs of runs, and along each run's way.

    That is the segment from its start to its end. Each run is represented by its first seed. Every
    segment has `points` evenly spaced coordinates, its ends among them.
    """

    id: Id
    title: str
    shows: str
    figures: list[str]
    runs: Annotated[list[str], Field(min_length=1)]
    surfaces: Annotated[list[WholeSplit], Field(min_length=1)] = Field(
        default_factory=lambda: list[WholeSplit](("train", "test"))
    )
    points: Annotated[int, Field(ge=3, le=10_001)] = 51

    @property
    def shape(self) -> tuple[int, int]:
        """The rows and columns of a sheet."""
        return 1, self.points

    def list_ways(self) -> Iterator[tuple[str, str, str]]:
        """Yield each segment's name and the runs at its ends, which are one for its own path."""
        for number, first in enumerate(self.runs):
            for second in self.runs[number + 1 :]:
                yield f"{first}..{second}", first, second
        for run in self.runs:
            yield run, run, run

    def list_sheets(self) -> list[Sheet]:
        """Return all sheets."""
        return [(name, surface) for name, _, _ in self.list_ways() for surface in self.surfaces]

    @property
    def point_settings(self) -> dict[str, Any]:
        """What determines the values at a point, beside the runs."""
        return self.model_dump(include={"points"})


class LotteryEntry(StudyTable):
    """Random planes at one origin, each from a seed of its own: what depends on the draw.

    The origin is the end of the run `origin` or, with `origin_step`, its snapshot nearest to that
    step. The seeds are `seeds` consecutive ones from `seed` on; the first `shown` are shown at
    first. The directions of descent on the first images of the run's first epoch are compared with
    that of the whole set, for each size in `batches`. The curvature in the planes is compared with
    the sharpness on `images` training samples that `images_seed` draws, None for all; its pair has
    converged if its residual is at most `tolerance` times its magnitude.
    """

    id: Id
    title: str
    shows: str
    figures: list[str]
    origin: str
    origin_step: Annotated[int, Field(ge=0)] | None = None
    seeds: Annotated[int, Field(ge=2, le=1000)] = 20
    seed: Annotated[int, Field(ge=0)] = 0
    shown: Annotated[int, Field(ge=1)] = 9
    surface: SurfaceName = "train"
    grid: Annotated[int, Field(ge=3)]
    batches: list[Annotated[int, Field(ge=1)]] = Field(default_factory=lambda: [1, 64, 256])
    images: Annotated[int, Field(ge=1)] | None = None
    images_seed: Annotated[int, Field(ge=0)] = 0
    tolerance: Annotated[float, Field(gt=0, lt=1)] = 0.01

    @property
    def runs(self) -> list[str]:
        """The run at the origin."""
        return [self.origin]

    @property
    def surfaces(self) -> list[SurfaceName]:
        """The one surface."""
        return [self.surface]

    @property
    def shape(self) -> tuple[int, int]:
        """The rows and columns of a sheet."""
        return self.grid, self.grid

    def list_seeds(self) -> list[int]:
        """Return the seeds of the planes."""
        return list(range(self.seed, self.seed + self.seeds))

    def list_sheets(self) -> list[Sheet]:
        """Return all sheets."""
        return [(f"seed-{seed}", self.surface) for seed in self.list_seeds()]

    @property
    def point_settings(self) -> dict[str, Any]:
        """What determines the values at a point, beside the runs."""
        return self.model_dump(include={"origin", "origin_step", "grid"})


class BatchPathEntry(StudyTable):
    """What batches see of the loss at `moments` moments of a run, evenly spaced in its steps.

    The first is its start, the last its end; each is the nearest snapshot. The surfaces lie on
    planes parallel to the run's principal plane, through the moment's snapshot. A batch of N
    consists of the N images that the run sees next.
    """

    id: Id
    title: str
    shows: str
    figures: list[str]
    run: str
    moments: Annotated[int, Field(ge=2, le=100)] = 8
    surfaces: Annotated[list[SurfaceName], Field(min_length=1)] = Field(
        default_factory=lambda: ["batch-1", "batch-64", "batch-256", "train"]
    )
    grid: Annotated[int, Field(ge=3)]

    @property
    def runs(self) -> list[str]:
        """The one run."""
        return [self.run]

    @property
    def landscape(self) -> LandscapeEntry:
        """The landscape of the run's principal plane, on which the path is drawn."""
        return LandscapeEntry(
            id=self.id,
            title=self.title,
            shows=self.shows,
            figures=self.figures,
            plane="pca",
            origin=self.run,
            runs=[self.run],
            surfaces=["train"],
            grid=self.grid,
        )

    @property
    def shape(self) -> tuple[int, int]:
        """The rows and columns of a sheet."""
        return self.grid, self.grid

    def list_sheets(self) -> list[Sheet]:
        """Return all sheets."""
        return [
            (f"moment-{moment}", surface)
            for moment in range(self.moments)
            for surface in self.surfaces
        ]

    @property
    def point_settings(self) -> dict[str, Any]:
        """What determines the values at a point, beside the runs."""
        return self.model_dump(include={"run", "moments", "grid"})


MeasuredEntry = SegmentsEntry | LotteryEntry | BatchPathEntry
"""What is measured around runs."""
