"""Routes of the lessons: their list, and each of them whole.

The folders are looked at for each request, so that who writes a lesson sees it after a reload.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from starlette.exceptions import HTTPException

from descent_atlas.landscapes.store import printable
from descent_atlas.lessons.lesson_store import Lessons
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
def get_lessons(request: Request) -> Response:
    """List the lessons, and the files that are none with their faults."""
    found = read_lessons(request)
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


@router.get(
    "/lessons/{id}",
    response_model=answers.LessonResponse,
    summary="Get a lesson",
    responses=problems.describe(404, 422),
)
def get_lesson(id: LessonId, request: Request) -> Response:
    """Get a lesson with its steps, each a text and the view of the playground that it is about."""
    found = read_lessons(request)
    lesson = found.lessons.get(id)
    if lesson is None:
        for damaged in found.damaged:
            if damaged.id == id:
                reason = printable(damaged.reason)
                return problems.make_problem(404, f"This lesson cannot be read: {reason}.")
        raise HTTPException(404)
    answer = answers.LessonResponse(id=id, **lesson.model_dump())
    return represent(answer).respond(request.headers)


def read_lessons(request: Request) -> Lessons:
    """Return the lessons of the application."""
    lessons: Lessons = request.app.state.lessons.read()
    return lessons
