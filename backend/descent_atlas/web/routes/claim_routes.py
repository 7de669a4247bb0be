"""Routes of the claims, and of the rules by which they are judged."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from descent_atlas.landscapes.claims.curvature.curvature_rules import read_curvature_rules
from descent_atlas.landscapes.claims.networks.network_rules import read_network_rules
from descent_atlas.landscapes.claims.rules import read_text
from descent_atlas.web import problems
from descent_atlas.web.claims_cache import ClaimsCache
from descent_atlas.web.dependencies import Reader
from descent_atlas.web.description import responses as answers
from descent_atlas.web.description.openapi import Tag
from descent_atlas.web.middleware.prefix import API
from descent_atlas.web.representations import CURRENT, Representation

router = APIRouter(prefix=API, tags=[Tag.LANDSCAPES], responses=CURRENT)


@router.get(
    "/claims",
    response_model=answers.ClaimsResponse,
    summary="List the claims",
    responses=problems.describe(503),
)
async def get_claims(request: Request, reader: Reader) -> Response:
    """Evaluate the claims on the landscapes of this server: numbers, checks, a verdict.

    They are those of the paper, and those of the literature about curvature, skips and
    transformers.
    """
    return await reader.read(represent_claims, reader.claims, request)


def represent_claims(cache: ClaimsCache, request: Request) -> Response:
    """Return all claims on the current landscapes."""
    return cache.read().respond(request.headers)


TEXT = "text/plain; charset=utf-8"

RULES_FILE = Representation(read_text().encode(), TEXT)

CURVATURE_RULES_FILE = Representation(read_curvature_rules().encode(), TEXT)

NETWORK_RULES_FILE = Representation(read_network_rules().encode(), TEXT)


@router.get("/claims/rules", response_class=PlainTextResponse, summary="Read the claims' rules")
async def get_rules(request: Request) -> Response:
    """Return the dated TOML file of the rules, which were fixed before the runs were trained."""
    return RULES_FILE.respond(request.headers)


@router.get(
    "/claims/curvature-rules",
    response_class=PlainTextResponse,
    summary="Read the rules for claims about curvature",
)
async def get_curvature_rules(request: Request) -> Response:
    """Return the dated TOML file of the rules, fixed before the paper's sharpness was measured."""
    return CURVATURE_RULES_FILE.respond(request.headers)


@router.get(
    "/claims/network-rules",
    response_class=PlainTextResponse,
    summary="Read the rules for claims about skips and the transformer",
)
async def get_network_rules(request: Request) -> Response:
    """Return the dated TOML file of the rules, fixed before a network of theirs was trained."""
    return NETWORK_RULES_FILE.respond(request.headers)
