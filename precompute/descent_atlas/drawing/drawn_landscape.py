"""A landscape that was drawn: its arrays, its picture, and the folder that the server reads."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from descent_atlas.analysis.array_types import Counts, Floats
from descent_atlas.analysis.sharding.refinements import Subgrid
from descent_atlas.analysis.spectra.quadratic_models import read_model
from descent_atlas.analysis.surface_statistics import (
    describe_growing,
    describe_progress,
    describe_surface,
)
from descent_atlas.drawing.exchange.opened_landscape import FigureKind, open_parts
from descent_atlas.drawing.figures.figure_subjects import SurfaceModel
from descent_atlas.drawing.names import make_ids, make_slug
from descent_atlas.drawing.trail_fidelity import TrailJudgement
from descent_atlas.evaluation.parameters import list_names
from descent_atlas.landscapes.format import ID_LENGTH, write_landscape
from descent_atlas.output.descriptions import describe_versions, finite_or_none

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

SURFACE = "given"
"""The id of the one surface, which is of the batches that were given."""

SPECTRUM = 10
"""Principal directions whose share of the energy stands in the manifest."""

SCALED = ("filter", "layer")
"""The normalizations that scale parts of a random direction like those of the network."""

KEY_DIGITS = 8
"""Digits of the key in an id, so that another landscape of one network has a folder of its own."""

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class DrawnEnd:
    """A network that a plane goes through.

    `loss` is that at its place (x, y) of the plane, `own_loss` its loss in `eval()` with its own
    buffers, None where the rules of the landscape use them.
    """

    label: str
    step: int | None
    x: float
    y: float
    loss: float
    own_loss: float | None

    def describe(self) -> dict[str, Any]:
        """Return the end as a manifest has it."""
        return {
            "label": self.label,
            "step": self.step,
            "x": self.x,
            "y": self.y,
            "loss": finite_or_none(self.loss),
            "own_loss": None if self.own_loss is None else finite_or_none(self.own_loss),
        }


@dataclass(frozen=True, eq=False)
class DrawnTrajectory:
    """A trajectory on a plane, with a number for each of its n checkpoints.

    `steps` are int64[n], everything else is float64[n]: the coordinates `x` and `y` of the nearest
    points of the plane, the `distance` to them, the `length` ‖θₜ - θ*‖, the `loss` of the
    checkpoint and the `loss_in_plane` at the nearest point. Both losses are empty while they are
    not computed.
    """

    label: str
    steps: Counts
    x: Floats
    y: Floats
    distance: Floats
    length: Floats
    loss: Floats
    loss_in_plane: Floats
    judgement: TrailJudgement

    @property
    def step_unit(self) -> str:
        """What `steps` count."""
        return "step"

    def describe(self, id: str, number: int, arrays: Arrays) -> dict[str, Any]:
        """Add the trajectory to the arrays; return its entry of a manifest."""
        own: Arrays = {
            "step": self.steps,
            "uniform": np.ones(len(self.steps), dtype=np.bool_),
            "x": self.x,
            "y": self.y,
            "distance": self.distance,
            "length": self.length,
        }
        if len(self.loss) == len(self.steps):
            own |= {"loss": self.loss, "loss_in_plane": self.loss_in_plane}
        arrays |= {f"trajectory.{number}.{key}": array for key, array in own.items()}
        return {
            "run": id,
            "arrays": {key: f"trajectory.{number}.{key}" for key in own},
            "energy_about_end": finite_or_none(self.judgement.energy),
            "displacement": finite_or_none(self.judgement.displacement),
            "end_distance": finite_or_none(self.judgement.end_distance),
            "random_walks": self.judgement.random_walks,
        }


@dataclass(frozen=True)
class Growth:
    """How far a landscape is computed: at which points, bool[ny, nx], at least a subgrid's."""

    computed: NDArray[np.bool_]
    subgrid: Subgrid


@dataclass(frozen=True, eq=False)
class DrawnLandscape:
    """The loss and metrics of a network on a plane.

    `values` maps "loss" and each metric to float64[ny, nx]: row j has y[j], column i x[i]. `x`
    float64[nx] and `y` float64[ny] are coordinates along the plane's directions. `plane`,
    `metrics`, `evaluation` and `network` are parts of a manifest, and so is what is known of the
    `runs` along trajectories, by the trajectories' labels. `growth` is None once all points are
    computed.
    """

    x: Floats
    y: Floats
    values: Mapping[str, Floats]
    ends: tuple[DrawnEnd, ...]
    trajectories: tuple[DrawnTrajectory, ...]
    plane: Mapping[str, Any]
    metrics: tuple[Mapping[str, Any], ...]
    evaluation: Mapping[str, Any]
    network: Mapping[str, Any]
    runs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    growth: Growth | None = None

    @property
    def loss(self) -> Floats:
        """The loss, float64[ny, nx]."""
        return self.values["loss"]

    @property
    def model(self) -> SurfaceModel | None:
        """The quadratic model of the loss; None unless the plane is of eigenvectors."""
        curvature = self.plane.get("curvature")
        found = curvature and read_model(curvature, SURFACE, self.loss, self.x, self.y)
        return SurfaceModel(*found) if found else None

    @property
    def title(self) -> str:
        """A title: the network, and the plane."""
        labels = [trail.label for trail in self.trajectories]
        planes = {
            "random": "on a random plane",
            "ends": f"through {list_names([end.label for end in self.ends])}",
            "pca": f"on the principal plane of {list_names(labels[:1])}",
            "shared": f"on the principal plane of {list_names(self.plane['makers'])}",
            "given": "on a given plane",
            "hessian": "along two eigenvectors of its Hessian",
        }
        return f"{self.network['factory']} {planes[self.plane['kind']]}"

    def figure(self, kind: FigureKind = "contour", metric: str = "loss") -> "Figure":
        """Return a Plotly figure: a contour, or a surface in three dimensions.

        Levels are logarithmic where the values span more than a factor of four. Raises ValueError
        for an unknown kind or metric.
        """
        from descent_atlas.drawing.figures.landscape_figures import draw_plane

        return draw_plane(self, kind, metric)

    def save(
        self,
        folder: Path | str,
        *,
        id: str | None = None,
        title: str | None = None,
        shows: str | None = None,
    ) -> Path:
        """Write the landscape below a folder, and return its own folder.

        `descent-atlas serve --landscapes FOLDER` serves it as it is. `id` names its folder: lower
        case letters and digits, separated by single . _ or -; without one, it is made of the title.
        `shows` is a sentence on what to see.

        Raises:
            ValueError: if the id is not valid.
            OSError: if the write fails; what was there before is then unchanged.
        """
        return write_landscape(Path(folder), *self._name(id, title, shows))

    def export(
        self,
        file: Path | str,
        to: str | None = None,
        *,
        kind: FigureKind = "contour",
        metric: str = "loss",
    ) -> tuple[Path, ...]:
        """Write the landscape in another program's format; return the files written.

        `to` is "hdf5", "npz", "csv", "png", "svg" or "html"; without it, the file's suffix says it.
        `kind` and `metric` choose the figure of a picture or page, as in `figure`.

        Raises:
            ValueError: for an unknown format, kind or metric, and where a format cannot hold it.
            OSError: if the write fails; what was there before is then unchanged.
        """
        opened = open_parts(*self._name())
        return opened.export(file, to, kind=kind, metric=self._metric_ids.get(metric, metric))

    def _name(
        self, id: str | None = None, title: str | None = None, shows: str | None = None
    ) -> tuple[dict[str, Any], Arrays]:
        """Return the whole manifest, and the arrays."""
        arrays: Arrays = {}
        manifest = self.describe(arrays)
        manifest["title"] = self.title if title is None else title
        manifest["shows"] = self._tell_what_it_shows() if shows is None else shows
        manifest["key"] = key = hash_arrays(arrays)
        manifest["id"] = name_folder(self.title, key) if id is None else id
        return manifest, arrays

    @property
    def _metric_ids(self) -> dict[str, str]:
        """The ids of the metrics in a manifest, by their names."""
        names = [metric["id"] for metric in self.metrics]
        return dict(zip(names, ["loss", *make_ids(names[1:], "metric", {"loss"})], strict=True))

    def describe(self, arrays: Arrays) -> dict[str, Any]:
        """Add the landscape to the arrays; return its manifest without id, title, shows and key."""
        labels = [trajectory.label for trajectory in self.trajectories]
        runs = dict(zip(labels, make_ids(labels, "run"), strict=True))
        plane, origin = self.plane, self.plane["origin"]
        arrays |= {"grid.x": self.x, "grid.y": self.y}
        ids = self._metric_ids
        return {
            **self._describe_growth(),
            "kind": "landscape",
            "figures": [],
            "dataset": {"name": "the batches given"},
            "network": dict(self.network),
            "runs": [
                {
                    **describe_checkpoints(runs[each.label], each.label, int(each.steps[-1])),
                    **self.runs.get(each.label, {}),
                    "id": runs[each.label],
                }
                for each in self.trajectories
            ],
            "plane": {
                **plane,
                "origin": None if origin is None else {**origin, "run": runs[origin["run"]]},
                "makers": [runs[label] for label in plane["makers"]],
                "spectrum": plane["spectrum"][:SPECTRUM],
            },
            "grid": {"x": "grid.x", "y": "grid.y", "shape": [len(self.y), len(self.x)]},
            "metrics": [{**metric, "id": ids[metric["id"]]} for metric in self.metrics],
            "evaluation": dict(self.evaluation),
            "ends": [end.describe() for end in self.ends],
            "surfaces": [self._describe_surface(ids, arrays)],
            "trajectories": [
                each.describe(runs[each.label], number, arrays)
                for number, each in enumerate(self.trajectories)
            ],
            "arrows": [],
            "results": {},
            "seeds": {"plane": plane["seed"]},
            "versions": describe_versions(),
        }

    def _describe_growth(self) -> dict[str, Any]:
        """Return what an incomplete landscape says of itself."""
        if self.growth is None:
            return {}
        progress = describe_progress([self.growth.computed], self.growth.subgrid)
        return {"complete": False, "progress": progress}

    def _describe_surface(self, ids: Mapping[str, str], arrays: Arrays) -> dict[str, Any]:
        """Add the values to the arrays; return their entry of the manifest with statistics."""
        values = {ids[name]: array for name, array in self.values.items()}
        described = (
            describe_surface(SURFACE, values, self.x, self.y, arrays)
            if self.growth is None
            else describe_growing(SURFACE, values, self.growth.computed, arrays)
        )
        return described | {
            "label": "the batches given",
            "split": SURFACE,
            "images": round(self.evaluation["samples"]),
            "correlation": None,
        }

    def _tell_what_it_shows(self) -> str:
        """Return a sentence on what to see."""
        around = self.ends[0].label
        normalization = self.plane["kind"] == "random" and self.evaluation["normalization"]
        scaled = f", scaled like its {normalization}s" if normalization in SCALED else ""
        sentences = {
            "random": f"The loss around {around} along two random directions{scaled}.",
            "ends": "The loss on the plane through these networks.",
            "pca": "The loss on the plane that holds most of the trajectory’s movement.",
            "shared": "The loss on the plane that holds most of the trajectories’ movement.",
            "given": f"The loss around {around} along two given directions.",
            "hessian": f"The loss around {around} along two eigenvectors of its Hessian, and its "
            "quadratic model.",
        }
        return sentences[self.plane["kind"]]


def describe_checkpoints(id: str, label: str, steps: int) -> dict[str, Any]:
    """Return a trajectory of checkpoints as a manifest has a run of which little is known."""
    unknown = ("status", "batch_size", "steps_per_epoch", "images", "seconds")
    results = ("train_loss", "test_accuracy", "turning")
    return {
        "id": id,
        "label": label,
        "spec": {},
        "steps": steps,
        **dict.fromkeys((*unknown, *results)),
    }


def hash_arrays(arrays: Mapping[str, NDArray[Any]]) -> str:
    """Return a SHA-256 of the numbers of all arrays and their names."""
    found = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        found.update(name.encode() + np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def name_folder(title: str, key: str) -> str:
    """Return an id made of a title and the beginning of a key.

    >>> name_folder("MLP through a.pt, b.pt", "0123456789")
    'mlp-through-a-pt-b-pt-01234567'
    """
    short = key[:KEY_DIGITS]
    return f"{make_slug(title, 'landscape')[: ID_LENGTH - len(short) - 1].rstrip('-')}-{short}"
