"""Drawings in a file, from which other processes take them.

The file has the network, the loss, the batches and the plane by value; its tensors are mapped, so
that workers on one machine share their memory. What cannot be pickled is made anew in each worker
if it has a name, as everything has that a command names. A worker then compares the key of its
drawing: a function that gives other batches each time is found out.

The file is as trusted as the program: it is written to a folder of the user's and read from there.
"""

import pickle
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from descent_atlas.drawing.draw_landscape import Drawing

Make = Callable[[], Mapping[str, Any]]
"""Returns named parts of a drawing: its `model`, `loss`, `batches`, and others."""


class ShardingError(ValueError):
    """A drawing that other processes cannot evaluate; the message says why, and what to do."""


@dataclass(frozen=True)
class NamedParts:
    """Parts of a drawing that have names: what they are here, and how a worker makes them.

    `make` can be pickled, and returns parts of the same names.
    """

    here: Mapping[str, Any]
    make: Make


@dataclass(frozen=True)
class ShippedDrawing:
    """A drawing in a file; `token` tells it from others in the same place.

    `make` and `key` are None unless parts of it are made anew.
    """

    path: str
    token: str
    make: Make | None = None
    key: str | None = None


def ship(
    drawing: "Drawing",
    path: Path,
    *,
    named: NamedParts | None = None,
    arguments: Mapping[str, Any] | None = None,
) -> ShippedDrawing:
    """Write a drawing to a file.

    `arguments` are what was passed for it, by the names that a message has for them. Raises
    ShardingError if it cannot be pickled and has no names, OSError if the write fails.
    """
    try:
        save(drawing, path)
        return ShippedDrawing(str(path), secrets.token_hex())
    except OSError:
        raise
    except Exception as error:  # pickling calls methods of the user's classes
        if named is None:
            raise ShardingError(explain(error, arguments or {})) from error
    try:
        save(drawing, path, list_identities(named.here))
    except OSError:
        raise
    except Exception as error:
        raise ShardingError(explain(error, arguments or {})) from error
    return ShippedDrawing(str(path), secrets.token_hex(), named.make, drawing.compute_key())


def save(drawing: Any, path: Path, named: Mapping[int, str] | None = None) -> None:
    """Write an object with its tensors to a file; of objects that are `named` the name alone.

    `named` maps the ids of objects, as `id` returns them.
    """

    class NamingPickler(pickle.Pickler):
        """Writes the names of objects that have one."""

        def reducer_override(self, found: Any) -> Any:
            name = (named or {}).get(id(found))
            return NotImplemented if name is None else (take_named, (name,))

    module = SimpleNamespace(__name__="pickle", Pickler=NamingPickler)
    torch.save(drawing, path, pickle_module=module)


def list_identities(parts: Mapping[str, Any]) -> dict[int, str]:
    """Return the names of parts by their ids; a list has none, as pickle asks about no lists."""
    return {id(part): name for name, part in parts.items()}


def explain(error: Exception, arguments: Mapping[str, Any]) -> str:
    """Return why a drawing cannot be sent, with the argument that is to blame, and what to do."""
    reason = " ".join(str(error).split())
    for name, value in arguments.items():
        try:
            pickle.dumps(value)
        except Exception as fault:  # pickling calls methods of the user's classes
            reason = " ".join(str(fault).split())
            return (
                f"workers: the argument {name!r} cannot be sent to other processes ({reason}). "
                "Define its functions and classes at the top level of a module, not within "
                "functions or as lambdas; or draw without workers; or name them as module:name to "
                "descent-atlas-precompute draw, whose workers make them anew"
            )
    return (
        f"workers: the drawing cannot be sent to other processes ({reason}); draw without workers"
    )


class _Opened(threading.local):
    """What a thread has opened last: a drawing, and the named parts while it is read."""

    token = ""
    drawing: "Drawing | None" = None
    parts: Mapping[str, Any] = {}


_opened = _Opened()


def take_named(name: str) -> Any:
    """Return a named part of the drawing that is being read."""
    return _opened.parts[name]


def open_shipped(shipped: ShippedDrawing) -> "Drawing":
    """Return a drawing from its file; a thread reads it once.

    Raises ShardingError if what it needs is not there, or parts that were made anew are others.
    """
    if _opened.token == shipped.token and _opened.drawing is not None:
        return _opened.drawing
    _opened.drawing = None
    try:
        _opened.parts = {} if shipped.make is None else shipped.make()
        drawing: Drawing = torch.load(shipped.path, mmap=True, weights_only=False)
    except (AttributeError, ImportError) as error:
        raise ShardingError(
            f"workers: a worker does not find what the drawing consists of ({error}). Define the "
            "model, the loss and the batches in a module that it can import, not in a notebook or "
            "an interactive session"
        ) from error
    finally:
        _opened.parts = {}
    if shipped.key is not None and drawing.compute_key() != shipped.key:
        raise ShardingError(
            "workers: the model, the batches or the checkpoints are others each time that they are "
            "made. Let the functions that are named return the same ones, with fixed seeds; or "
            "draw without --workers"
        )
    _opened.token, _opened.drawing = shipped.token, drawing
    return drawing


def evaluate_shipped(shipped: ShippedDrawing, points: Sequence[int]) -> Any:
    """Return the numbers of some points of a drawing, float64[points, metrics], on one thread."""
    drawing = open_shipped(shipped)
    with one_thread():
        return drawing.evaluate(points)


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread within this context."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
