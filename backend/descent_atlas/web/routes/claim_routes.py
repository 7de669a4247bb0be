"""Route of the paper's claims."""

from fastapi import APIRouter, Request, Response

from descent_atlas.web.claims_cache import ClaimsCache
from descent_atlas.web.dependencies import Reader
from descent_atlas.web.description import responses as answers
from descent_atlas.web.description.openapi import Tag
from descent_atlas.web.middleware.prefix import API
from descent_atlas.web.representations import CURRENT

router = APIRouter(prefix=API, tags=[Tag.LANDSCAPES], responses=CURRENT)


@router.get("/claims", response_model=answers.ClaimsResponse, summary="List the paper's claims")
async def get_claims(request: Request, reader: Reader) -> Response:
    """Evaluate the paper's claims on the landscapes of this server: numbers, checks, a verdict."""
    return await reader.read(represent_claims, reader.claims, request)


def represent_claims(cache: ClaimsCache, request: Request) -> Response:
    """Return all claims on the current landscapes."""
    return cache.read().respond(request.headers)
