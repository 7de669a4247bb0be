"""What the models of all parts of a manifest share."""

from pydantic import BaseModel, ConfigDict


class ManifestPart(BaseModel):
    """A part of a manifest: these fields, each of its type, and any others."""

    model_config = ConfigDict(extra="allow", strict=True)


def check_two_by_two(matrix: list[list[float]]) -> list[list[float]]:
    """Return a matrix; raise ValueError unless it has two rows of two numbers."""
    if [len(row) for row in matrix] != [2, 2]:
        raise ValueError("is not a matrix of two rows and two columns")
    return matrix
