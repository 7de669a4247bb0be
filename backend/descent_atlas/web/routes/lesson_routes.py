"""Routes of the lessons: their list, and each of them whole.

The folders are looked at for each request, so that who writes a lesson sees it after a reload. That
is done on a thread of their own: a folder whose disk hangs keeps no other route waiting.
"""

from collections.abc import Callable
from functools import partial
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Path, Request, Response
from starlette.exceptions import HTTPException

from descent_atlas.lessons.lesson_store import Lessons
from descent_atlas.storage.regular_files import printable
from descent_atlas.web import problems
from descent_atlas.web.description import lesson_responses as answers
from descent_atlas.web.description.openapi import Tag
from descent_atlas.web.middleware.prefix import API
from descent_atlas.web.representations import CURRENT
from descent_atlas.web.routes.table_routes import represent

router = APIRouter(prefix=API, tags=[Tag.TABLES], responses=CURRENT)

LessonId = Annotated[
    str,
    Path(description="The lesson's id, as the list has it.", examples=["momentum-and-damping"]),
]


@router.get("/lessons", response_model=answers.LessonsResponse, summary="List lessons")
async def get_lessons(request: Request) -> Response:
    """List the lessons, and the files that are none with their faults."""
    return await respond_with(request, represent_list)


@router.get(
    "/lessons/{id}",
    response_model=answers.LessonResponse,
    summary="Get a lesson",
    responses=problems.describe(404, 422),
)
async def get_lesson(id: LessonId, request: Request) -> Response:
    """Get a lesson with its steps, each a text and the view of the playground that it is about."""
    return await respond_with(request, partial(represent_lesson, id))


async def respond_with(
    request: Request, respond: Callable[[Lessons, Request], Response]
) -> Response:
    """Return the response that is made of the application's lessons, on their thread."""
    state = request.app.state

    def read_and_respond() -> Response:
        return respond(state.lessons.read(), request)

    return await anyio.to_thread.run_sync(read_and_respond, limiter=state.lesson_threads)


def represent_list(found: Lessons, request: Request) -> Response:
    """Return the list of the lessons."""
    answer = answers.LessonsResponse(
        lessons=[
            answers.LessonTitle(
                id=id,
                title=lesson.title,
                description=lesson.description,
                author=lesson.author,
                language=lesson.language,
                steps=len(lesson.steps),
            )
            for id, lesson in found.lessons.items()
        ],
        unavailable=[
            answers.UnavailableLesson(id=printable(damaged.id), reason=printable(damaged.reason))
            for damaged in found.damaged
        ],
    )
    return represent(answer).respond(request.headers)


def represent_lesson(id: str, found: Lessons, request: Request) -> Response:
    """Return one lesson, or a 404 with the reason for a damaged one.

    Raises:
        HTTPException: 404 if no file has this id.
    """
    lesson = found.lessons.get(id)
    if lesson is not None:
        answer = answers.LessonResponse(id=id, **lesson.model_dump())
        return represent(answer).respond(request.headers)
    for damaged in found.damaged:
        if damaged.id == id:
            reason = printable(damaged.reason)
            return problems.make_problem(404, f"This lesson cannot be read: {reason}.")
    raise HTTPException(404)
