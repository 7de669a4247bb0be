"""Comparison of a network with what its factory makes, before training begins.

Readers of a run build the network anew. A factory that cannot be imported, or makes another
network, is thereby found before the training and not after it.
"""

import ast
import re
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from torch import nn

from descent_atlas.training.named.named_objects import is_program
from descent_atlas.training.networks import (
    NetworkError,
    construct,
    rename_factory,
)

ADDRESS = re.compile(r" at 0x[0-9a-f]+")
"""An address in memory, which a Python function has in its text."""


def check_factory(network: nn.Module, factory: str, seed: int, options: Mapping[str, Any]) -> None:
    """Raise NetworkError unless a factory makes a network like the given one.

    Compared are the names, shapes and types of parameters and buffers, which parameters are tied,
    and the modules with their settings. What `forward` computes without modules is not seen.
    """
    module_name = rename_factory(factory).partition(":")[0]
    if module_name == "__main__":
        raise NetworkError(
            f'the factory "{factory}" lies in the program itself, where readers of the run cannot '
            'import it: name the file\'s module, as in "train:network" for train.py'
        )
    check_guard(module_name)
    built = construct(factory, seed, options)
    for kind, describe in (
        ("parameter", partial(describe_tensors, kind="parameters")),
        ("buffer", partial(describe_tensors, kind="buffers")),
        ("module", describe_modules),
    ):
        ours, theirs = describe(network), describe(built)
        for name in [*ours, *theirs]:
            here, there = ours.get(name, "missing"), theirs.get(name, "missing")
            if here != there:
                raise NetworkError(
                    f'the factory "{factory}" makes another network than the one that is '
                    f"trained: the {kind} {name or 'at the top'} is {here} in the network, "
                    f"{there} in the factory's"
                )


def check_guard(module_name: str) -> None:
    """Raise NetworkError if importing a module would run the present program a second time."""
    try:
        if not is_program(module_name):
            return
    except (ImportError, ValueError):
        return  # `construct` names the fault
    path = Path(str(sys.modules["__main__"].__file__))
    tree = ast.parse(path.read_bytes())
    conditions = [node.test for node in tree.body if isinstance(node, ast.If)]
    if not any("__name__" in ast.unparse(condition) for condition in conditions):
        raise NetworkError(
            f"readers of the run import {path.name} for its network, which would run the program "
            'again: put what trains under `if __name__ == "__main__":`, or the network into a '
            "file of its own"
        )


def describe_tensors(network: nn.Module, kind: str) -> dict[str, str]:
    """Return the shape and type of each parameter or buffer by name, and with what it is tied."""
    first: dict[int, str] = {}
    described = {}
    for name, tensor in getattr(network, f"named_{kind}")(remove_duplicate=False):
        owner = first.setdefault(id(tensor), name)
        tied = f", tied with {owner}" if owner != name else ""
        described[name] = f"{tuple(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}{tied}"
    return described


def describe_modules(network: nn.Module) -> dict[str, str]:
    """Return the class of each module by name, with its settings."""
    return {
        name: ADDRESS.sub("", f"{type(module).__name__}({module.extra_repr()})")
        for name, module in network.named_modules()
    }
