"""Objects that are named "module:name", as studies name a user's functions and classes."""

import importlib
import importlib.util
import sys
from functools import reduce
from pathlib import Path
from typing import Any


class NamedObjectError(ValueError):
    """A name of no object; the message says why."""


def find_named(name: str, what: str) -> Any:
    """Return the object that "module:name" names; a name may have dots, as a method's does.

    `what` says in messages what is sought. A module that runs as the program is not imported a
    second time, which would run it again. Raises NamedObjectError if there is no such object.

    >>> find_named("math:pi", "number")
    3.141592653589793
    """
    module, colon, attribute = name.partition(":")
    if not (module and colon and attribute):
        raise NamedObjectError(f'"{name}" is not of the form "module:name"')
    try:
        found = sys.modules["__main__"] if is_program(module) else importlib.import_module(module)
        return reduce(getattr, attribute.split("."), found)
    except Exception as error:  # a user's module may raise anything
        raise NamedObjectError(f'there is no {what} "{name}": {explain(error)}') from error


def is_program(module_name: str) -> bool:
    """Tell whether a module's file is the one that runs as the program."""
    program = getattr(sys.modules["__main__"], "__file__", None)
    if program is None or module_name in sys.modules:
        return False
    found = importlib.util.find_spec(module_name)
    origin = None if found is None else found.origin
    return origin is not None and Path(origin).resolve() == Path(program).resolve()


def explain(error: BaseException) -> str:
    """Return an exception's message on one line, after its type if the message alone says little.

    >>> explain(KeyError("x"))
    "KeyError: 'x'"
    """
    text = " ".join(str(error).split())
    is_clear = isinstance(error, ImportError | AttributeError | ValueError) and " " in text
    return text if is_clear else f"{type(error).__name__}: {text}".rstrip(": ")
