"""Models of the requests.

The models of objectives and optimizers are made from their tables, so that the tables alone
say which fields there are and how far each may go; OpenAPI describes them all.
"""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    ValidationInfo,
    create_model,
    field_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from descent_atlas.objectives.objective import Parameter
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.hyperparameters import Hyperparameter
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS
from descent_atlas.optimizers.schedules.rate_factors import list_phase_ends
from descent_atlas.optimizers.schedules.schedule_parameters import (
    MAX_MILESTONES,
    ScheduleParameter,
    Value,
)
from descent_atlas.optimizers.schedules.schedule_table import SCHEDULES, Schedule
from descent_atlas.simulation.descent import DEFAULT_STEPS
from descent_atlas.simulation.noise import DEFAULT_NOISE, MAX_BATCH_SIZE, MAX_SEED, MAX_STD
from descent_atlas.web.description.typed_requests import (
    Interval,
    Strict,
    TypedObjectiveChoice,
)
from descent_atlas.web.problems import TYPED_TAG
from descent_atlas.web.settings import (
    MAX_BASIN_COUNT,
    MAX_COORDINATE,
    MAX_OPTIMIZERS,
    MAX_STATES,
    MAX_STEPS,
    MAX_SURFACE_COUNT,
)


def _take_whole_number(value: object) -> object:
    """Return 5 for 5.0: in JSON they are the same number, and in JSON Schema both integers."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_take_whole_number)
"""Marks integers."""


class ObjectiveChoice(Strict):
    """An objective, and those of its parameters that are not at their defaults."""

    id: str
    parameters: BaseModel


class ScheduleChoice(Strict):
    """A schedule, and those of its parameters that are not at their defaults."""

    id: str

    def list_values(self) -> dict[str, Value]:
        """Return the parameters that were given, by name."""
        given = {name: value for name, value in self if name != "id" and value is not None}
        return {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in given.items()
        }


class OptimizerChoice(Strict):
    """An optimizer, those of its hyperparameters that are not at their defaults, its steps."""

    id: str
    hyperparameters: BaseModel
    steps: int
    schedule: ScheduleChoice

    @field_validator("schedule")
    @classmethod
    def _check_phases(cls, schedule: ScheduleChoice, info: ValidationInfo) -> ScheduleChoice:
        steps = info.data.get("steps")
        if schedule.id == "onecycle" and steps is not None:
            steps = OPTIMIZERS[info.data["id"]].count_scheduled(steps)
            values: Any = SCHEDULES["onecycle"].pack(schedule.list_values(), steps)
            try:
                list_phase_ends(steps, values["pct_start"], values["three_phase"])
            except ValueError as error:
                raise PydanticCustomError(
                    "phase_without_length", "{fault}", {"fault": str(error)}
                ) from None
        return schedule


class OneOf:
    """Annotates a base class: a value is validated as that one of `models` that its id names.

    An object with `expression` is validated as `typed`, if that is given.
    """

    def __init__(
        self, models: dict[str, type[BaseModel]], typed: type[BaseModel] | None = None
    ) -> None:
        self.models = models
        self.typed = typed

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Return the validator: a union tagged by `id`, or by what is there instead of it."""
        schemas = {id: handler.generate_schema(model) for id, model in self.models.items()}
        if self.typed is None:
            return core_schema.tagged_union_schema(schemas, "id")
        schemas[TYPED_TAG] = handler.generate_schema(self.typed)
        return core_schema.tagged_union_schema(schemas, _find_tag)


def _find_tag(value: object) -> object:
    """Return the tag of an objective in a request; None without one."""
    if isinstance(value, dict):
        if "expression" in value:
            return TYPED_TAG
        id = value.get("id")
        return id if isinstance(id, str) or "id" not in value else ""  # a list has no hash
    return getattr(value, "id", TYPED_TAG)


def _make_values_model(
    name: str, doc: str, rows: Iterable[Parameter | Hyperparameter]
) -> type[BaseModel]:
    """Return the model of a set of named numbers and switches, all of them optional."""
    fields: dict[str, Any] = {}
    for row in rows:
        if isinstance(row.default, bool):
            fields[row.id] = bool, Field(default=row.default, description=row.description)
        else:
            fields[row.id] = (
                float,
                Field(
                    default=row.default,
                    ge=row.minimum,
                    le=row.maximum,
                    description=row.description,
                ),
            )
    return create_model(name, __base__=Strict, __doc__=doc, **fields)


def _make_choice_model(
    base: type[BaseModel],
    id: str,
    name: str,
    values_field: str,
    values: type[BaseModel],
    **fields: Any,
) -> type[BaseModel]:
    definitions: dict[str, Any] = {
        "id": (Literal[id], Field(description=f"Chooses {name}.")),
        values_field: (
            values,
            Field(default=values(), description=f"The {values_field} that are not at default."),
        ),
        **fields,
    }
    return create_model(
        f"{_camel(id)}{base.__name__}",
        __base__=base,
        __doc__=f"{name}, and its settings.",
        **definitions,
    )


def _make_schedule_model(schedule: Schedule) -> type[BaseModel]:
    """Return the model of a schedule: its id beside its parameters, all of them optional."""
    fields: dict[str, Any] = {
        "id": (Literal[schedule.id], Field(description=f"Chooses the schedule: {schedule.name}."))
    }
    for parameter in schedule.parameters:
        fields[parameter.id] = _describe_schedule_parameter(parameter)
    return create_model(
        f"{_camel(schedule.id)}{ScheduleChoice.__name__}",
        __base__=ScheduleChoice,
        __doc__=f"{schedule.name}. {schedule.description}",
        **fields,
    )


def _describe_schedule_parameter(parameter: ScheduleParameter) -> Any:
    """Return type and field of a schedule's parameter."""
    description = parameter.description
    if parameter.shares:
        shares = " and ".join(f"{share:g}" for share in parameter.shares)
        description += f" If it is null: {shares} times the steps of the descent, rounded up."
    default = parameter.default
    limits: dict[str, Any] = {"ge": parameter.minimum, "le": parameter.maximum}
    match parameter.kind:
        case "switch":
            return bool, Field(default=default, description=description)
        case "choice":
            return Literal[parameter.choices], Field(default=default, description=description)
        case "number":
            return float, Field(default=default, description=description, **limits)
    count = Annotated[int, Field(ge=int(parameter.minimum), le=int(parameter.maximum)), WHOLE]
    if parameter.kind == "counts":
        counts = Annotated[list[count], Field(min_length=1, max_length=MAX_MILESTONES)]
        return counts | None, Field(default=None, description=description)
    if default is None:
        return count | None, Field(default=None, description=description)
    return count, Field(default=default, description=description)


def _camel(id: str) -> str:
    return id.title().replace("-", "")


Steps = Annotated[
    int,
    Field(
        ge=1,
        le=MAX_STEPS,
        description="The gradients that the descent may take; where a step takes one, as most "
        "optimizers' do, its steps.",
    ),
    WHOLE,
]

AnyObjective = Annotated[
    ObjectiveChoice | TypedObjectiveChoice,
    OneOf(
        {
            objective.id: _make_choice_model(
                ObjectiveChoice,
                objective.id,
                objective.name,
                "parameters",
                _make_values_model(
                    f"{_camel(objective.id)}Parameters",
                    f"The parameters of {objective.name}.",
                    objective.parameters,
                ),
            )
            for objective in OBJECTIVES.values()
        },
        typed=TypedObjectiveChoice,
    ),
    Field(description="The function to minimize: one of the table, or a typed one."),
]

_SCHEDULE_MODELS = {id: _make_schedule_model(schedule) for id, schedule in SCHEDULES.items()}

AnySchedule = Annotated[
    ScheduleChoice,
    OneOf(_SCHEDULE_MODELS),
    Field(description="What the learning rate is multiplied by at each step."),
]

ConstantRate = Annotated[
    ScheduleChoice,
    OneOf({"constant": _SCHEDULE_MODELS["constant"]}),
    Field(description="The learning rate is constant: this optimizer takes no schedule."),
]

AnyOptimizer = Annotated[
    OptimizerChoice,
    OneOf(
        {
            optimizer.id: _make_choice_model(
                OptimizerChoice,
                optimizer.id,
                optimizer.name,
                "hyperparameters",
                _make_values_model(
                    f"{_camel(optimizer.id)}Hyperparameters",
                    f"The hyperparameters of {optimizer.name}.",
                    optimizer.hyperparameters,
                ),
                steps=(Steps, DEFAULT_STEPS),
                schedule=(
                    AnySchedule if optimizer.takes_schedule else ConstantRate,
                    _SCHEDULE_MODELS["constant"](id="constant"),
                ),
            )
            for optimizer in OPTIMIZERS.values()
        }
    ),
    Field(description="The optimizer to run."),
]

AnyOptimizers = Annotated[
    list[AnyOptimizer],
    Field(min_length=1, max_length=MAX_OPTIMIZERS, description="The optimizers to run."),
]


def _bound(description: str) -> Any:
    return Field(ge=-MAX_COORDINATE, le=MAX_COORDINATE, description=description)


class Start(Strict):
    """A point of the plane: the start of a descent, or the place of a value."""

    x: float = _bound("The first coordinate.")
    y: float = _bound("The second coordinate.")


class GridAxis(Interval):
    """Evenly spaced coordinates, both ends included."""

    count: int


class SurfaceAxis(GridAxis):
    """One axis of a surface's grid."""

    count: Annotated[
        int, Field(ge=2, le=MAX_SURFACE_COUNT, description="How many coordinates."), WHOLE
    ]


class BasinAxis(GridAxis):
    """One axis of a basin map's grid."""

    count: Annotated[
        int, Field(ge=2, le=MAX_BASIN_COUNT, description="How many coordinates."), WHOLE
    ]


class GradientNoise(Strict):
    """The noise in the gradients that optimizers see."""

    std: Annotated[
        float,
        Field(
            ge=0,
            le=MAX_STD,
            description="The standard deviation of one coordinate of a one-sample gradient.",
        ),
    ] = DEFAULT_NOISE.std
    batch_size: Annotated[
        int,
        Field(
            ge=1,
            le=MAX_BATCH_SIZE,
            description="Samples that a gradient averages; the noise is divided by its root.",
        ),
        WHOLE,
    ] = DEFAULT_NOISE.batch_size
    seed: Annotated[
        int, Field(ge=0, le=MAX_SEED, description="The same seed draws the same noise."), WHOLE
    ] = DEFAULT_NOISE.seed
    all: Annotated[
        bool,
        Field(
            description="Whether all optimizers see the noise, not sgd alone; those that are "
            "`is_exact` never do."
        ),
    ] = DEFAULT_NOISE.all


Noisy = Annotated[GradientNoise, Field(description="The noise in the gradients.")]

AxisX = Annotated[SurfaceAxis, Field(description="The grid along x.")]
AxisY = Annotated[SurfaceAxis, Field(description="The grid along y.")]
StartsX = Annotated[BasinAxis, Field(description="The starts along x.")]
StartsY = Annotated[BasinAxis, Field(description="The starts along y.")]
From = Annotated[Start, Field(description="Where every descent begins.")]


class SurfaceRequest(Strict):
    """An objective on a grid."""

    objective: AnyObjective
    x: AxisX
    y: AxisY
    dtype: Annotated[
        Literal["f8", "f4"],
        Field(description="The type of `z`: `f4`, rounded to single precision, is half as long."),
    ] = "f8"


class PointRequest(Strict):
    """An objective at one point."""

    objective: AnyObjective
    point: Annotated[Start, Field(description="The point.")]


class DescentsRequest(Strict):
    """Optimizers to run on an objective from one start."""

    objective: AnyObjective
    start: From
    optimizers: AnyOptimizers
    noise: Noisy = GradientNoise()


class StatesRequest(Strict):
    """Optimizers to run on an objective from one start, and the steps whose states are wanted."""

    objective: AnyObjective
    start: From
    optimizers: AnyOptimizers
    noise: Noisy = GradientNoise()
    first: Annotated[
        int,
        Field(ge=1, le=MAX_STEPS, description="The first of the steps, counted from 1."),
        WHOLE,
    ] = 1
    count: Annotated[
        int, Field(ge=1, le=MAX_STATES, description="How many steps, the first included."), WHOLE
    ] = 1


class BasinsRequest(Strict):
    """Optimizers to run on an objective from every start of a grid."""

    objective: AnyObjective
    x: StartsX
    y: StartsY
    optimizers: AnyOptimizers
    noise: Noisy = GradientNoise()


class ScriptRequest(Strict):
    """One optimizer to run on an objective from one start."""

    objective: AnyObjective
    start: From
    optimizer: AnyOptimizer
    noise: Noisy = GradientNoise()
