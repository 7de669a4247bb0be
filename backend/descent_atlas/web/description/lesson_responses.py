"""Models of the responses about lessons."""

from pydantic import Field

from descent_atlas.web.description.responses import ResponsePart


class LessonTitle(ResponsePart):
    """A lesson without its steps."""

    id: str = Field(description="The lesson's name in links and addresses: that of its file.")
    title: str = Field(description="What the lesson is about.")
    description: str = Field(description="What one learns from the lesson.")
    author: str = Field(description="Who wrote the lesson.")
    language: str = Field(description="The language of the texts (BCP 47).")
    steps: int = Field(description="How many steps the lesson has.")


class UnavailableLesson(ResponsePart):
    """A file in a folder of lessons that is no lesson."""

    id: str = Field(description="The name of the file, without its ending.")
    reason: str = Field(description="The file, its faulty fields and their faults.")


class LessonsResponse(ResponsePart):
    """The lessons."""

    lessons: list[LessonTitle] = Field(description="The lessons, in the order of their files.")
    unavailable: list[UnavailableLesson] = Field(
        description="The files that are no lessons, with the reasons."
    )


class LessonStepPart(ResponsePart, title="LessonStep"):
    """A step of a lesson."""

    title: str = Field(description="What the step is about.")
    text: str = Field(
        description="Paragraphs, parted by empty lines. A text between two asterisks is "
        "emphasized, one between two grave accents is code; there is no other markup."
    )
    view: str = Field(
        description="What the page shows beside the text: the query of a link to the playground, "
        "without the question mark."
    )


class LessonResponse(ResponsePart):
    """One lesson whole."""

    id: str = Field(description="The lesson's name in links and addresses: that of its file.")
    title: str = Field(description="What the lesson is about.")
    description: str = Field(description="What one learns from the lesson.")
    author: str = Field(description="Who wrote the lesson.")
    language: str = Field(description="The language of the texts (BCP 47).")
    steps: list[LessonStepPart] = Field(description="The steps, in their order.")
