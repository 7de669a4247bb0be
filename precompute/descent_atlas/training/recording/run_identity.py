"""What tells one run from another: the optimizer, the network, and the numbers that are planned."""

import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from descent_atlas.storage.durable import hash_file
from descent_atlas.training.named.named_objects import NamedObjectError, find_named
from descent_atlas.training.networks import NetworkError
from descent_atlas.training.recording.snapshot_precision import EXACT, SNAPSHOT_FILES
from descent_atlas.training.run_manifest import MANIFEST, RunError, read_manifest


def describe_optimizer(optimizer: object) -> dict[str, Any]:
    """Return the class of one of PyTorch's optimizers, and its hyperparameters, for a run's `spec`.

    The hyperparameters are those that differ from the defaults of the class. For other objects the
    result is empty.
    """
    if not isinstance(optimizer, torch.optim.Optimizer):
        return {}
    known = inspect.signature(type(optimizer).__init__).parameters
    values = {
        name: value.item() if isinstance(value, Tensor) and value.numel() == 1 else value
        for name, value in optimizer.defaults.items()
    }
    chosen = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if name in known and (name == "lr" or value != known[name].default)
    }
    return {
        "optimizer": type(optimizer).__name__,
        "hyperparameters": {name: value for name, value in chosen.items() if is_plain(value)},
    }


def complete_spec(spec: Mapping[str, Any], optimizer: object) -> dict[str, Any]:
    """Return what determines a run, with the optimizer's class if none is named."""
    found = {} if "optimizer" in spec else describe_optimizer(optimizer)
    return found | dict(spec)


def describe_precision(precision: str) -> dict[str, str]:
    """Return the entry of an identity for rounded snapshots; none if they are exact.

    Raises ValueError for an unknown precision.
    """
    if precision not in SNAPSHOT_FILES:
        raise ValueError(
            f'snapshot_precision is "{precision}"; it should be one of {", ".join(SNAPSHOT_FILES)}'
        )
    return {} if precision == EXACT else {"snapshot_precision": precision}


def check_functions(functions: Mapping[str, str | None]) -> None:
    """Raise NetworkError, which names its role, if one of the named objects cannot be imported."""
    for role, name in functions.items():
        if name is not None:
            try:
                find_named(name, role)
            except NamedObjectError as error:
                raise NetworkError(str(error)) from error


def describe_files(folder: Path, *names: str) -> dict[str, Any]:
    """Return the manifest's entries of those of some files that are there."""
    paths = [path for path in map(folder.joinpath, names) if path.exists()]
    return {path.name: {"size": path.stat().st_size, "sha256": hash_file(path)} for path in paths}


def is_plain(value: Any) -> bool:
    """Tell whether a value is a number, a string, a truth value, or a list of them."""
    if isinstance(value, list):
        return all(is_plain(each) for each in value)
    return isinstance(value, bool | int | float | str)


def list_frozen(network: nn.Module) -> list[str]:
    """Return the names of the parameters that are not trained."""
    return [name for name, each in network.named_parameters() if not each.requires_grad]


def as_json(identity: dict[str, Any]) -> dict[str, Any]:
    """Return a document as a reader of its JSON sees it: tuples become lists.

    Raises ValueError, which names the entry, if one has no form in JSON.
    """
    seen = {}
    for name, value in identity.items():
        try:
            seen[name] = json.loads(json.dumps(value, allow_nan=False))
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{name} should hold finite numbers, strings, lists and dictionaries: {error}"
            ) from None
    return seen


def check_numbers(**numbers: int | None) -> None:
    """Raise ValueError, which names the number, unless each is a whole number of at least 1.

    None passes.
    """
    for name, number in numbers.items():
        if number is None:
            continue
        if isinstance(number, bool) or not isinstance(number, int):
            raise ValueError(f"{name} is {number!r}; it should be a whole number")
        if number < 1:
            raise ValueError(f"{name} is {number}; it should be at least 1")


def refuse_other(folder: Path, identity: dict[str, Any]) -> None:
    """Raise RunError if a folder holds another run, or one that has ended."""
    if not (folder / MANIFEST).exists():
        return
    manifest = read_manifest(folder)
    differences = [
        f"{name} {json.dumps(manifest.get(name))} there, {json.dumps(value)} here"
        for name, value in ({"snapshot_precision": None} | identity).items()
        if manifest.get(name) != value
    ]
    if differences:
        raise RunError(
            f"{folder} holds another run ({'; '.join(differences)}); "
            "remove that folder, or record elsewhere"
        )
    if manifest.get("status") != "running":
        raise RunError(f"the run in {folder} has ended; remove that folder to train it again")
