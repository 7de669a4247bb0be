"""Schema of a study: a TOML file with a data set, a network, training runs and landscapes."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal, Self

import torch
from pydantic import Field, field_validator, model_validator

from descent_atlas.analysis.spectra.relu_rescaling import find_rescaling
from descent_atlas.evaluation.buffers import RECALIBRATION_BATCHES
from descent_atlas.evaluation.named_losses import find_loss
from descent_atlas.study.entries import (
    ACCURACY,
    REFERENCE,
    CurvatureSettings,
    Data,
    HessianSettings,
    Id,
    LandscapeEntry,
    MetricEntry,
    Network,
    OwnPlanes,
    RunEntry,
    StudyTable,
    TableEntry,
    TrainingDefaults,
)
from descent_atlas.study.measured_entries import (
    BatchPathEntry,
    LotteryEntry,
    MeasuredEntry,
    SegmentsEntry,
)
from descent_atlas.training.loops.training_plan import DEFAULT_DEVICE, DEFAULT_LOSS, Training
from descent_atlas.training.networks import NetworkError


class Study(StudyTable):
    """A study: the root of the file.

    `version` names the state of the user's code, in place of the hashes of its files.
    """

    id: Id
    title: str
    reference: str
    version: str | None = None
    data: Data
    network: Network
    loss: str = DEFAULT_LOSS
    metrics: list[MetricEntry] | None = None
    buffers: Literal["recalibrated", "frozen"] = "recalibrated"
    recalibration_batches: Annotated[int, Field(ge=1)] = RECALIBRATION_BATCHES
    device: str = DEFAULT_DEVICE
    training: TrainingDefaults
    planes: OwnPlanes
    curvature: CurvatureSettings | None = None
    runs: Annotated[list[RunEntry], Field(min_length=1)]
    landscapes: list[LandscapeEntry] = Field(default_factory=list)
    segments: list[SegmentsEntry] = Field(default_factory=list)
    lotteries: list[LotteryEntry] = Field(default_factory=list)
    batch_paths: list[BatchPathEntry] = Field(default_factory=list)
    tables: list[TableEntry] = Field(default_factory=list)

    @field_validator("data", mode="before")
    @classmethod
    def expand_function(cls, data: Any) -> Any:
        """Accept `data = "module:function"` in place of a table."""
        return {"name": data, "function": data} if isinstance(data, str) else data

    @field_validator("loss")
    @classmethod
    def check_loss(cls, name: str) -> str:
        """Look the loss up."""
        find_loss(name)
        return name

    @field_validator("device")
    @classmethod
    def check_device(cls, name: str) -> str:
        """Require the name of a device; whether it is there, `study.rehearsal` says."""
        try:
            torch.device(name)
        except RuntimeError as error:
            raise ValueError(f'"{name}" is no device: say cpu, cuda or cuda:1') from error
        return name

    @model_validator(mode="after")
    def check_measures(self) -> Self:
        """Require what arrows, correlations of batches and tables are computed from."""
        ids = [metric.id for metric in self.list_metrics()]
        if len(set(ids)) < len(ids):
            raise ValueError("two of the metrics have one id")
        special = self.name_special()
        for what, is_there in (
            ("rescaling", any(entry.rescaling for entry in self.tables)),
            ("arrows = true", any(entry.arrows for entry in self.landscapes)),
            ("batches", any(entry.batches for entry in self.landscapes)),
        ):
            if is_there and special:
                raise ValueError(
                    f"{what} needs the classification of images by a network without buffers; "
                    f"this study has {special}"
                )
        if self.tables and "accuracy" not in ids:
            raise ValueError('tables show the metric "accuracy", which is not among the metrics')
        for entry in self.landscapes:
            if entry.origin_step is not None and self.buffers == "frozen" and self.has_buffers:
                raise ValueError(
                    f"landscape {entry.id}: frozen buffers are those at a run's end, so that its "
                    'origin has no origin_step; say buffers = "recalibrated"'
                )
        return self

    @property
    def has_buffers(self) -> bool:
        """Whether a network keeps tensors beside its parameters."""
        return any(
            next(network.build().buffers(), None) is not None for network in self.list_networks()
        )

    def find_network(self, run: str) -> Network:
        """Return the network of a run: the study's, with the options that are the run's own."""
        own = self.find_run(run).network
        if not own:
            return self.network
        options = {**self.network.options, **own}
        return Network.model_construct(factory=self.network.factory, options=options)

    def list_networks(self) -> list[Network]:
        """Return the networks of all runs, each once."""
        found: list[Network] = []
        for run in self.runs:
            network = self.find_network(run.id)
            if network not in found:
                found.append(network)
        return found

    def name_special(self) -> str:
        """Return what sets the study apart from classification of images, in words, or nothing."""
        if self.loss != DEFAULT_LOSS:
            return f"the loss {self.loss}"
        if self.data.function is not None:
            return f"data from {self.data.function}"
        return "buffers" if self.has_buffers else ""

    def list_metrics(self) -> list[MetricEntry]:
        """Return the metrics beside the loss: those named, or accuracy for a classification."""
        if self.metrics is not None:
            return self.metrics
        return [ACCURACY] if self.loss == DEFAULT_LOSS else []

    @model_validator(mode="after")
    def check_networks(self) -> Self:
        """Build the network of every run once; require one network in all that shares a space."""
        for run in self.runs:
            if run.network:
                try:
                    self.find_network(run.id).build()
                except NetworkError as error:
                    raise ValueError(f"run {run.id}: {error}") from error
        for entry in (*self.landscapes, *self.list_measured()):
            known = {run.id for run in self.runs}
            options = [self.find_network(id).options for id in entry.runs if id in known]
            if any(other != options[0] for other in options):
                raise ValueError(
                    f"{entry.id}: its runs train different networks, which share no plane"
                )
        return self

    @model_validator(mode="after")
    def check_ids(self) -> Self:
        """Require unique ids, and references to runs of this study."""
        landscapes = [entry.id for entry in self.expand_landscapes()]
        measured = [entry.id for entry in self.list_measured()]
        for kind, ids in (
            ("run", [run.id for run in self.runs]),
            ("landscape or table", [*landscapes, *measured, *(table.id for table in self.tables)]),
        ):
            twice = [id for id, count in Counter(ids).items() if count > 1]
            if twice:
                raise ValueError(f"two of the {kind}s have the id {twice[0]}")
        known = {run.id for run in self.runs}
        for entry in self.landscapes:
            check_known(f"landscape {entry.id}", {entry.origin, *entry.runs}, known)
            if entry.origin not in entry.runs:
                raise ValueError(f"landscape {entry.id}: its origin is not among its runs")
            if entry.plane == "minima" and (len(entry.runs) != 3 or entry.origin_step is not None):
                raise ValueError(f"landscape {entry.id}: the ends of three runs span the plane")
        for measured_entry in self.list_measured():
            check_known(measured_entry.id, measured_entry.runs, known)
            if len(set(measured_entry.runs)) < len(measured_entry.runs):
                raise ValueError(f"{measured_entry.id}: it names a run twice")
        for table in self.tables:
            check_known(f"table {table.id}", {cell.run for cell in table.cells}, known)
            for cell in table.cells:
                lacking = set(table.seeds or []) - set(self.list_seeds(self.find_run(cell.run)))
                if lacking:
                    raise ValueError(
                        f"table {table.id}: the run {cell.run} has no seed {min(lacking)}"
                    )
            if table.rescaling is not None:
                network = self.find_network(table.rescaling.run).build()
                try:
                    find_rescaling(network, table.rescaling.layer, 1.0)
                except ValueError as error:
                    raise ValueError(f"table {table.id}: {error}") from error
        return self

    def list_measured(self) -> list[MeasuredEntry]:
        """Return what is measured around runs: segments, lotteries and paths of batches."""
        return [*self.segments, *self.lotteries, *self.batch_paths]

    def list_code(self) -> dict[str, list[str]]:
        """Return what the study names as "module:function", by the key under which it stands."""
        tables = self.model_dump(mode="json")
        named = {
            key: [text for text in list_texts(table) if REFERENCE.fullmatch(text)]
            for key, table in tables.items()
        }
        return {key: references for key, references in named.items() if references}

    def find_run(self, id: str) -> RunEntry:
        """Return the run of an id."""
        return next(run for run in self.runs if run.id == id)

    def list_seeds(self, run: RunEntry) -> list[int]:
        """Return the seeds of a run."""
        return run.seeds or self.training.seeds

    def expand_runs(self) -> Iterator[Training]:
        """Yield the training of every run with each of its seeds."""
        for _, training in self.list_trainings():
            yield training

    def list_trainings(self) -> Iterator[tuple[str, Training]]:
        """Yield the training of every run with each of its seeds, and the run's id before it."""
        for run in self.runs:
            for seed in self.list_seeds(run):
                yield (
                    run.id,
                    Training(
                        id=name_run(run.id, seed),
                        factory=self.network.factory,
                        options=self.find_network(run.id).options,
                        optimizer=run.optimizer,
                        hyperparameters=run.hyperparameters,
                        batch_size=None if run.batch_size == "all" else run.batch_size,
                        epochs=run.epochs or self.training.epochs,
                        seed=seed,
                        patience=None if run.batch_size == "all" else self.training.patience,
                        snapshots=self.training.snapshots,
                        schedule=None
                        if run.schedule is None
                        else run.schedule.model_dump(exclude_defaults=True),
                        loss=self.loss,
                        metrics=None
                        if self.metrics is None
                        else {metric.id: metric.function for metric in self.metrics},
                        device=self.device,
                        snapshot_precision=self.training.snapshot_precision,
                    ),
                )

    def expand_landscapes(self) -> Iterator[LandscapeEntry]:
        """Yield every landscape: those of the runs' `planes`, and those of the study."""
        own = dict(self.planes)
        hessian = own.pop("hessian") or HessianSettings()
        for run in self.runs:
            for plane in run.planes:
                yield LandscapeEntry(
                    id=f"{run.id}-{plane}",
                    title=f"{run.label}: {PLANE_TITLES[plane]}",
                    shows=PLANE_SENTENCES[plane],
                    figures=[] if plane == "hessian" else run.figures,  # the paper has none
                    plane=plane,
                    origin=run.id,
                    runs=[run.id],
                    hessian=hessian if plane == "hessian" else None,
                    **own,
                )
        yield from self.landscapes

    def name_first(self, run: str) -> str:
        """Return the name of a run with the first of its seeds."""
        return self.name_all(run)[0]

    def name_all(self, run: str, seeds: Sequence[int] | None = None) -> list[str]:
        """Return the names of a run with each of its seeds, or with some of them."""
        return [name_run(run, seed) for seed in seeds or self.list_seeds(self.find_run(run))]

    @property
    def labels(self) -> dict[str, str]:
        """The labels of the runs, by their ids."""
        return {run.id: run.label for run in self.runs}


PLANE_TITLES = {
    "random": "a random plane",
    "pca": "its principal plane",
    "hessian": "the sharpest directions at its end",
}

PLANE_SENTENCES = {
    "random": "The loss along two random directions around the end of the run, and the run's "
    "path true to scale.",
    "pca": "The plane of the two directions in which the run moved most, and its path on it.",
    "hessian": "The loss along two eigenvectors of its Hessian at the end of the run, and where it "
    "leaves its quadratic model.",
}


def list_texts(value: Any) -> Iterator[str]:
    """Yield all strings within a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from list_texts(inner)


def name_run(run: str, seed: int) -> str:
    """Return the name of a run with one of its seeds, which is also the name of its folder."""
    return f"{run}-seed{seed}"


def check_known(what: str, names: Iterable[str], known: set[str]) -> None:
    """Raise ValueError if one of the names is no known run."""
    for name in sorted(set(names) - known):
        raise ValueError(f'{what}: there is no run "{name}"')
