"""Routes of the paper's claims, and of the rules by which they are judged."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from descent_atlas.landscapes.claims.rules import read_text
from descent_atlas.web.claims_cache import ClaimsCache
from descent_atlas.web.dependencies import Reader
from descent_atlas.web.description import responses as answers
from descent_atlas.web.description.openapi import Tag
from descent_atlas.web.middleware.prefix import API
from descent_atlas.web.representations import CURRENT, Representation

router = APIRouter(prefix=API, tags=[Tag.LANDSCAPES], responses=CURRENT)


@router.get("/claims", response_model=answers.ClaimsResponse, summary="List the paper's claims")
async def get_claims(request: Request, reader: Reader) -> Response:
    """Evaluate the paper's claims on the landscapes of this server: numbers, checks, a verdict."""
    return await reader.read(represent_claims, reader.claims, request)


def represent_claims(cache: ClaimsCache, request: Request) -> Response:
    """Return all claims on the current landscapes."""
    return cache.read().respond(request.headers)


RULES_FILE = Representation(read_text().encode(), "text/plain; charset=utf-8")


@router.get("/claims/rules", response_class=PlainTextResponse, summary="Read the claims' rules")
async def get_rules(request: Request) -> Response:
    """Return the dated TOML file of the rules, which were fixed before the runs were trained."""
    return RULES_FILE.respond(request.headers)
