"""Messages for documents that do not have the expected fields."""

from pydantic import ValidationError


def describe_fault(error: ValidationError) -> str:
    """Return the first invalid field and its fault, as in `snapshots.steps.3: Input should be…`."""
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
