"""A profile that was drawn: its arrays, its barrier, its picture, its folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.segments import LOSS_RULE, draw_line, find_barrier, tell_barrier
from descent_atlas.drawing.drawn_landscape import Arrays, DrawnEnd, hash_arrays, name_folder
from descent_atlas.drawing.exchange.opened_landscape import open_parts
from descent_atlas.drawing.figures.figure_subjects import LossBarrier
from descent_atlas.drawing.names import make_ids
from descent_atlas.landscapes.format import write_landscape
from descent_atlas.output.descriptions import describe_versions, finite_or_none

if TYPE_CHECKING:
    from plotly.graph_objects import Figure


@dataclass(frozen=True, eq=False)
class DrawnProfile:
    """The loss and metrics on the straight segment between two networks.

    `t` float64[n] rises from 0 to 1; `values` maps "loss" and each metric to float64[n]. `length`
    is the Euclidean distance of the ends. The other fields are those of `DrawnLandscape`.
    """

    t: Floats
    values: Mapping[str, Floats]
    ends: tuple[DrawnEnd, DrawnEnd]
    length: float
    metrics: tuple[Mapping[str, Any], ...]
    evaluation: Mapping[str, Any]
    network: Mapping[str, Any]

    @property
    def loss(self) -> Floats:
        """The loss, float64[n]."""
        return self.values["loss"]

    @property
    def barrier(self) -> LossBarrier:
        """The largest excess of the loss over the straight line between the losses of the ends.

        It is at least 0.

        Reference: Entezari, Sedghi, Saukh, Neyshabur, "The role of permutation invariance in linear
        mode connectivity of neural networks", ICLR 2022, https://arxiv.org/abs/2110.06296.
        """
        return LossBarrier(*find_barrier(self.t, self.loss))

    @property
    def line(self) -> Floats:
        """The straight line between the losses of the ends, float64[n]."""
        return draw_line(self.t, self.loss)

    @property
    def note(self) -> str:
        """A sentence on what the barrier may mean."""
        return tell_barrier(find_barrier(self.t, self.loss), self.loss)

    @property
    def title(self) -> str:
        """A title: the network, and the ends."""
        first, second = self.ends
        return f"{self.network['factory']} from {first.label} to {second.label}"

    def figure(self) -> "Figure":
        """Return a Plotly figure: the loss, the metrics, and the barrier with its height."""
        from descent_atlas.drawing.figures.profile_figures import draw_curve

        return draw_curve(self)

    def save(
        self,
        folder: Path | str,
        *,
        id: str | None = None,
        title: str | None = None,
        shows: str | None = None,
    ) -> Path:
        """Write the profile below a folder as `DrawnLandscape.save` does; return its own folder."""
        return write_landscape(Path(folder), *self.describe(id=id, title=title, shows=shows))

    def export(self, file: Path | str, to: str | None = None) -> tuple[Path, ...]:
        """Write the profile to a file as `DrawnLandscape.export` does; return what was written."""
        return open_parts(*self.describe()).export(file, to)

    def describe(
        self, *, id: str | None = None, title: str | None = None, shows: str | None = None
    ) -> tuple[dict[str, Any], Arrays]:
        """Return the profile's manifest and its arrays."""
        names = [metric["id"] for metric in self.metrics]
        ids = dict(zip(names, ["loss", *make_ids(names[1:], "metric", {"loss", "t"})], strict=True))
        arrays: Arrays = {"segment.t": self.t}
        arrays |= {f"segment.{ids[name]}": values for name, values in self.values.items()}
        key = hash_arrays(arrays)
        manifest = {
            "id": name_folder(self.title, key) if id is None else id,
            "kind": "profile",
            "title": self.title if title is None else title,
            "shows": "The loss on the straight segment between two networks."
            if shows is None
            else shows,
            "figures": [],
            "dataset": {"name": "the batches given"},
            "network": dict(self.network),
            "runs": [],
            "plane": None,
            "grid": None,
            "segment": {
                "arrays": {"t": "segment.t", **{ids[n]: f"segment.{ids[n]}" for n in self.values}},
                "length": self.length,
                "barrier": {
                    "height": finite_or_none(self.barrier.height),
                    "at": finite_or_none(self.barrier.at),
                    "rule": LOSS_RULE,
                },
                "note": self.note,
            },
            "metrics": [{**metric, "id": ids[metric["id"]]} for metric in self.metrics],
            "evaluation": dict(self.evaluation),
            "ends": [end.describe() for end in self.ends],
            "surfaces": [],
            "trajectories": [],
            "arrows": [],
            "results": {},
            "seeds": {},
            "versions": describe_versions(),
            "key": key,
        }
        return manifest, arrays
