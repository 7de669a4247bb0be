"""One pass of a network for a loss and all metrics that begin with the same output.

Loss and metrics are functions of a model and a batch, each of which calls the model. Within
`sharing_outputs` those that are decorated with `share` compute once for a model and a batch, while
its parameters do not change.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar

from torch import nn

Found = TypeVar("Found")

Function = Callable[[nn.Module, Any], Found]

_kept: ContextVar[dict[tuple[str, int, int], Any] | None] = ContextVar("kept", default=None)
"""What was computed within the innermost context, by function, model and batch."""


@contextmanager
def sharing_outputs() -> Iterator[None]:
    """Compute shared functions once a model and batch, which must not change within this context.

    Parameters must stay as they are, too.
    """
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def share(function: Function[Found]) -> Function[Found]:
    """Return a function of a model and a batch that computes once within `sharing_outputs`."""

    @wraps(function)
    def shared(model: nn.Module, batch: Any) -> Found:
        kept = _kept.get()
        if kept is None:
            return function(model, batch)
        key = (function.__qualname__, id(model), id(batch))
        if key not in kept:
            kept[key] = function(model, batch)
        found: Found = kept[key]
        return found

    return shared
