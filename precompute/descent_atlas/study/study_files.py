"""Study files: finding them by path or name, and reading them."""

from pathlib import Path

from pydantic import ValidationError

from descent_atlas.storage.toml_documents import TomlError, parse_toml
from descent_atlas.study.schema import Study
from descent_atlas.study.toml_lines import find_line, locate_fields, name_field

STUDY_BYTES = 2**20
"""Bytes of a study's file. The paper's has 11 kB."""

SHIPPED_STUDIES = Path(__file__).parents[1] / "studies"
"""The folder of the studies that this program ships."""


class StudyError(Exception):
    """A study that cannot be read; the message names file, line and field of every fault."""


def find_study(study: str) -> Path:
    """Return the file of a study: the file at a path, or the shipped study of a name.

    A file of the same name takes precedence over a shipped study. Raises StudyError, which names
    the shipped studies, if there is neither.
    """
    path = Path(study)
    shipped = list_shipped_studies()
    if study in shipped and not path.is_file():
        return shipped[study]
    if not path.exists():
        raise StudyError(
            f'there is no file "{study}", and no study of that name ships; those that do are '
            f"{', '.join(shipped)}"
        )
    return path


def list_shipped_studies() -> dict[str, Path]:
    """Return the files of the studies that this program ships, by their names."""
    return {path.stem: path for path in sorted(SHIPPED_STUDIES.glob("*.toml"))}


def read_study(path: Path) -> Study:
    """Read a study. Raises StudyError, which names line and field of every fault."""
    try:
        with path.open("rb") as file:
            data = file.read(STUDY_BYTES + 1)
        if len(data) > STUDY_BYTES:
            raise StudyError(f"{path} is no study: it has more than {STUDY_BYTES:,} bytes")
        text = data.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"{path} cannot be read: {error}") from error
    try:
        content = parse_toml(text)
    except TomlError as error:
        raise StudyError(f"{path} {error}") from error
    try:
        return Study.model_validate(content)
    except ValidationError as error:
        lines = locate_fields(text)
        faults = [
            f"{path}:{find_line(lines, fault['loc'])}: {name_field(fault['loc'])}{fault['msg']}"
            for fault in error.errors()
        ]
        raise StudyError("\n".join(dict.fromkeys(faults))) from error
