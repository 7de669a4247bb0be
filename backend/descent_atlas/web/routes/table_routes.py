"""Routes of the tables: objectives, optimizers, the sweep's measurements, stories.

The tables do not change while the server runs; each is encoded once.
"""

from functools import cache
from typing import Literal

from fastapi import APIRouter, Request, Response
from latex2mathml.converter import convert
from pydantic import BaseModel
from pydantic_core import to_json

from descent_atlas.measured.stories import load_stories
from descent_atlas.measured.sweep import Sweep, load_sweep
from descent_atlas.objectives.objective import Domain, Objective, Opening
from descent_atlas.objectives.objective_table import OBJECTIVES
from descent_atlas.optimizers.hyperparameters import Hyperparameter
from descent_atlas.optimizers.optimizer_table import OPTIMIZERS, Optimizer
from descent_atlas.optimizers.schedules.schedule_parameters import ScheduleParameter
from descent_atlas.optimizers.schedules.schedule_table import SCHEDULES, Schedule
from descent_atlas.simulation.arrival import ARRIVAL_DISTANCE
from descent_atlas.simulation.descent import DEFAULT_STEPS
from descent_atlas.simulation.noise import DEFAULT_NOISE, MAX_BATCH_SIZE, MAX_SEED, MAX_STD
from descent_atlas.web.description import optimizer_responses as rules
from descent_atlas.web.description import responses as answers
from descent_atlas.web.description.openapi import Tag
from descent_atlas.web.middleware.prefix import API
from descent_atlas.web.representations import CURRENT, Representation
from descent_atlas.web.settings import DEFAULT_SEEDS, MAX_SEEDS, MAX_STEPS, MIN_SEEDS

router = APIRouter(prefix=API, tags=[Tag.TABLES], responses=CURRENT)


@router.get("/objectives", response_model=answers.ObjectivesResponse, summary="List objectives")
def get_objectives(request: Request) -> Response:
    """List every objective with its formula, its parameters and its source."""
    return represent_objectives().respond(request.headers)


@router.get("/optimizers", response_model=rules.OptimizersResponse, summary="List optimizers")
def get_optimizers(request: Request) -> Response:
    """List every optimizer with its rule, its hyperparameters and its source."""
    return represent_optimizers().respond(request.headers)


@router.get("/sweep", response_model=Sweep, summary="Compare optimizers")
def get_sweep(request: Request) -> Response:
    """Compare all optimizers on all objectives, each at the learning rate that suits it best."""
    return represent_sweep().respond(request.headers)


@router.get("/stories", response_model=answers.StoriesResponse, summary="List stories")
def get_stories(request: Request) -> Response:
    """List the article's statements: where to see each, how often it is true, the verdict."""
    return represent_stories().respond(request.headers)


@cache
def represent_objectives() -> Representation:
    """Return the table of objectives."""
    return represent(
        answers.ObjectivesResponse(
            objectives=[describe_objective(objective) for objective in OBJECTIVES.values()]
        )
    )


@cache
def represent_optimizers() -> Representation:
    """Return the table of optimizers."""
    noise = DEFAULT_NOISE
    return represent(
        rules.OptimizersResponse(
            optimizers=[_describe_optimizer(optimizer) for optimizer in OPTIMIZERS.values()],
            schedules=[_describe_schedule(schedule) for schedule in SCHEDULES.values()],
            steps=answers.DefaultRange(default=DEFAULT_STEPS, min=1, max=MAX_STEPS),
            noise=rules.NoiseRanges(
                std=answers.DefaultRange(default=noise.std, min=0, max=MAX_STD),
                batch_size=answers.DefaultRange(
                    default=noise.batch_size, min=1, max=MAX_BATCH_SIZE
                ),
                seed=answers.DefaultRange(default=noise.seed, min=0, max=MAX_SEED),
            ),
            seeds=answers.DefaultRange(default=DEFAULT_SEEDS, min=MIN_SEEDS, max=MAX_SEEDS),
            arrival_distance=ARRIVAL_DISTANCE,
        )
    )


@cache
def represent_sweep() -> Representation:
    """Return the table of the sweep's measurements."""
    return Representation(to_json(load_sweep()), "application/json")


@cache
def represent_stories() -> Representation:
    """Return the measured stories."""
    return Representation(to_json({"stories": load_stories()}), "application/json")


def typeset(latex: str, display: Literal["block", "inline"] = "inline") -> answers.Formula:
    """Return a formula as LaTeX and as MathML.

    Example:
        >>> typeset("x").mathml.partition("<mrow>")[2]
        '<mi>x</mi></mrow></math>'
    """
    # latex2mathml supports `align*` but not `aligned`, the environment within a formula.
    mathml = convert(latex.replace("{aligned}", "{align*}"), display=display)
    return answers.Formula(latex=latex, mathml=mathml)


def represent(answer: BaseModel) -> Representation:
    """Return an answer, to be sent any number of times."""
    return Representation(answer.model_dump_json(by_alias=True).encode(), "application/json")


def describe_objective(objective: Objective) -> answers.ObjectivePart:
    """Return an objective as the page shows it."""
    return answers.ObjectivePart(
        id=objective.id,
        name=objective.name,
        description=objective.description,
        formula=typeset(objective.latex, "block"),
        parameters=[
            answers.ParameterPart(
                id=parameter.id,
                symbol=typeset(parameter.latex),
                default=parameter.default,
                min=parameter.minimum,
                max=parameter.maximum,
                description=parameter.description,
            )
            for parameter in objective.parameters
        ],
        domain=describe_domain(objective.domain),
        start=_describe_point(objective.start),
        opening=_describe_opening(objective.opening),
        valley=None if objective.valley is None else typeset(objective.valley.latex),
        stories=[
            answers.StoryTitle(id=story["id"], title=story["title"])
            for story in load_stories()
            if story["view"]["objective"] == objective.id
        ],
        scale="log" if objective.logarithmic else "linear",
        reference=answers.Link(text=objective.reference.text, url=objective.reference.url),
    )


def describe_domain(domain: Domain) -> answers.DomainPart:
    """Return a domain as an answer has it."""
    return answers.DomainPart(
        x=answers.Range(min=domain.x[0], max=domain.x[1]),
        y=answers.Range(min=domain.y[0], max=domain.y[1]),
    )


def _describe_opening(opening: Opening | None) -> answers.OpeningPart | None:
    if opening is None:
        return None
    return answers.OpeningPart(
        parameters=dict(opening.parameters),
        start=_describe_point(opening.start),
        preset=opening.preset,
    )


def _describe_point(point: tuple[float, float]) -> answers.PointPart:
    x, y = point
    return answers.PointPart(x=x, y=y)


def _describe_optimizer(optimizer: Optimizer) -> rules.OptimizerPart:
    article = optimizer.article
    return rules.OptimizerPart(
        id=optimizer.id,
        name=optimizer.name,
        description=optimizer.description,
        formula=typeset(optimizer.latex, "block"),
        hyperparameters=[
            _describe_hyperparameter(hyperparameter) for hyperparameter in optimizer.hyperparameters
        ],
        draws_noise=optimizer.draws_noise,
        is_exact=optimizer.is_exact,
        evaluations=optimizer.evaluations,
        draws_average=optimizer.draws_average,
        takes_schedule=optimizer.takes_schedule,
        torch=optimizer.torch,
        reference=answers.Link(text=optimizer.reference.text, url=optimizer.reference.url),
        learning_rates=_find_learning_rates(optimizer),
        no_rate_works=[
            cell["objective"]
            for cell in load_sweep()["cells"]
            if cell["optimizer"] == optimizer.id and not cell["works"]
        ],
        article=None
        if article is None
        else rules.ArticleSettings(
            hyperparameters=article.hyperparameters._asdict(), steps=article.steps
        ),
    )


def _describe_hyperparameter(
    hyperparameter: Hyperparameter,
) -> rules.HyperparameterPart:
    return rules.HyperparameterPart(
        id=hyperparameter.id,
        name=hyperparameter.name,
        symbol=typeset(hyperparameter.latex),
        default=hyperparameter.default,
        min=hyperparameter.minimum,
        max=hyperparameter.maximum,
        scale=hyperparameter.scale,
        description=hyperparameter.description,
    )


def _describe_schedule(schedule: Schedule) -> rules.SchedulePart:
    reference = schedule.reference
    return rules.SchedulePart(
        id=schedule.id,
        name=schedule.name,
        description=schedule.description,
        formula=typeset(schedule.latex, "block"),
        parameters=[_describe_schedule_parameter(one) for one in schedule.parameters],
        torch=schedule.torch,
        reference=None
        if reference is None
        else answers.Link(text=reference.text, url=reference.url),
    )


def _describe_schedule_parameter(
    parameter: ScheduleParameter,
) -> rules.ScheduleParameterPart:
    return rules.ScheduleParameterPart(
        id=parameter.id,
        name=parameter.name,
        symbol=typeset(parameter.latex),
        kind=parameter.kind,
        default=parameter.default,
        shares=list(parameter.shares),
        min=parameter.minimum,
        max=parameter.maximum,
        scale=parameter.scale,
        choices=list(parameter.choices),
        description=parameter.description,
    )


def _find_learning_rates(optimizer: Optimizer) -> dict[str, float]:
    """Return an optimizer's measured rate on each objective; the default without one."""
    rates = dict.fromkeys(OBJECTIVES, optimizer.pack({}).lr)
    for cell in load_sweep()["cells"]:
        if cell["optimizer"] == optimizer.id:
            rates[cell["objective"]] = cell["lr"]
    return rates
