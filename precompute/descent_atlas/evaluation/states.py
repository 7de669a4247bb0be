"""States of models: the tensors of checkpoints by name, and how they fit a model.

A source of states is a module, a mapping of tensors, a `State`, or a file: a `state_dict` (`.pt`,
`.pth`, `.bin`), a checkpoint of Lightning (`.ckpt`), or `.safetensors`. Files are read without
running code from them.
"""

import json
import math
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from descent_atlas.evaluation.parameters import list_names
from descent_atlas.training.networks import strip_wrappers, unwrap

SUFFIXES = (".pt", ".pth", ".bin", ".ckpt", ".safetensors")

NESTED = ("state_dict", "model_state_dict", "model")
"""Keys under which training programs keep a model's tensors in a larger checkpoint."""

STEPS = ("global_step", "step")
"""Keys under which they keep the step."""

SAFETENSORS_TYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
"""The names of types in a `.safetensors` file."""

HEADER_BYTES = 100_000_000
"""The longest header that the format of `.safetensors` allows."""

SCALAR = np.float64(0).__reduce__()[0]
"""The function by which a scalar of NumPy is unpickled."""

NUMPY_SCALARS: list[Any] = [
    SCALAR,
    (SCALAR, "numpy.core.multiarray.scalar"),  # before NumPy 2
    np.dtype,
    *{type(np.dtype(kind)) for kind in "?bhilqBHILQefd"},
]
"""What a NumPy number in a checkpoint consists of, such as the best loss so far."""


class StateError(ValueError):
    """A checkpoint that cannot be read, or does not fit the model."""


@dataclass(frozen=True)
class State:
    """The tensors of a checkpoint by name, and where it stands in its training.

    `step` is None if not known.
    """

    name: str
    tensors: Mapping[str, Tensor]
    step: int | None = None


Source = nn.Module | Mapping[str, Tensor] | State | str | Path


class NamedSources(tuple[Source, ...]):
    """The networks along a trajectory, with the name that a picture gives it."""

    label: str

    def __new__(cls, label: str, sources: Iterable[Source]) -> Self:
        """Return the networks under a name."""
        made = super().__new__(cls, sources)
        made.label = label
        return made


@dataclass(frozen=True)
class Checkpoint:
    """A source of a state, which is read when it is needed.

    `step` is None if not known.
    """

    name: str
    source: Source
    step: int | None = None

    def read(self, model: nn.Module) -> State:
        """Return the state. Raises StateError if it cannot be read, or does not fit the model."""
        state = read_state(self.source, model)
        return replace(state, name=self.name, step=self.step)


Ordered = TypeVar("Ordered", State, Checkpoint)


def list_checkpoints(source: Source | Sequence[Source], model: nn.Module) -> list[Checkpoint]:
    """Return the checkpoints of a folder, pattern, list or single source, in their order.

    Each is read once. Raises StateError if one cannot be read, does not fit the model, or has no
    place in the order.
    """
    found = []
    for each in find_files(source):
        state = read_state(each, model)
        found.append(Checkpoint(state.name, each, state.step))
    is_list = len(found) == 1 or not isinstance(source, str | Path)
    return order_states(found, is_list=is_list)


def read_state(source: Source, model: nn.Module) -> State:
    """Return a source's state under the names of a model's tensors, on the CPU.

    Raises StateError if the source cannot be read, or does not fit the model.
    """
    if isinstance(source, nn.Module):
        inner = unwrap(source)
        state = State(type(inner).__name__, dict(inner.state_dict()))
    elif isinstance(source, Mapping):
        state = State("state_dict", pick_tensors(source, "the mapping"))
    elif isinstance(source, State):
        state = source
    elif isinstance(source, str | Path):
        state = read_file(Path(source))
    else:
        raise StateError(
            f"a checkpoint is a file, a state_dict or a module, not a {type(source).__name__}"
        )
    tensors = {key: tensor.cpu() for key, tensor in state.tensors.items()}
    return State(state.name, fit(tensors, model, state.name), state.step)


def read_file(path: Path) -> State:
    """Return the state in a file. Raises StateError if it cannot be read."""
    if not path.is_file():
        raise StateError(f"there is no checkpoint {path}")
    if path.suffix == ".safetensors":
        return State(path.name, read_safetensors(path), step_in_name(path))
    try:
        with torch.serialization.safe_globals(NUMPY_SCALARS):
            content = torch.load(
                path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path)
            )
    except Exception as error:  # a damaged file may raise anything
        reason = str(error).strip().partition("\n")[0]
        raise StateError(
            f"{path} cannot be read: {reason} Only tensors and plain values are loaded, as other "
            "objects may run code; save model.state_dict() instead"
        ) from error
    if not isinstance(content, Mapping):
        raise StateError(f"{path} holds a {type(content).__name__}, not a state_dict")
    step = next((content[key] for key in STEPS if isinstance(content.get(key), int)), None)
    inner = next((content[key] for key in NESTED if isinstance(content.get(key), Mapping)), content)
    return State(
        path.name, pick_tensors(inner, str(path)), step if step is not None else step_in_name(path)
    )


def read_safetensors(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a file, whose numbers are read when they are used.

    The file is a length (8 bytes, little-endian), so much JSON, and numbers:
    https://huggingface.co/docs/safetensors. Raises StateError if it is damaged.
    """
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if length > min(size - 8, HEADER_BYTES):
                raise ValueError("its header is longer than the file, or than the format allows")
            header = json.loads(file.read(length))
        if not isinstance(header, dict):
            raise ValueError("its header is no object of JSON")
        header.pop("__metadata__", None)
        data = torch.from_file(str(path), shared=False, size=size, dtype=torch.uint8)
        return {name: view_bytes(data, 8 + length, entry) for name, entry in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise StateError(f"{path} cannot be read: {error}") from error


def view_bytes(data: Tensor, first: int, entry: Mapping[str, Any]) -> Tensor:
    """Return the tensor that an entry of a header describes, from the bytes of its file.

    Numbers begin at the byte `first`. Raises ValueError if its bytes are not those of such a
    tensor.
    """
    kind, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
    if kind not in SAFETENSORS_TYPES:
        raise ValueError(f"it holds numbers of the type {kind}")
    dtype = SAFETENSORS_TYPES[kind]
    fits = 0 <= begin <= end <= len(data) - first
    if not fits or end - begin != dtype.itemsize * math.prod(shape):
        raise ValueError(f"the bytes {begin} to {end} are no tensor of the shape {tuple(shape)}")
    part = data[first + begin : first + end]
    if (first + begin) % dtype.itemsize:
        part = part.clone()
    return part.view(dtype).view(tuple(shape))


def pick_tensors(mapping: Mapping[str, Any], where: str) -> dict[str, Tensor]:
    """Return a mapping of tensors. Raises StateError if it holds anything else."""
    others = [str(key) for key, value in mapping.items() if not isinstance(value, Tensor)]
    if others or not mapping:
        found = f"also {list_names(others)}" if others else "nothing"
        raise StateError(f"{where} should hold the tensors of a state_dict; it holds {found}")
    return dict(mapping)


def step_in_name(path: Path) -> int | None:
    """Return the last whole number in a file's name, or None.

    >>> step_in_name(Path("epoch=3-step=1200.ckpt"))
    1200
    """
    numbers = re.findall(r"\d+", path.name.removesuffix(path.suffix))
    return int(numbers[-1]) if numbers else None


def fit(tensors: Mapping[str, Tensor], model: nn.Module, name: str) -> dict[str, Tensor]:
    """Return tensors under a model's names.

    Prefixes of wrappers are dropped, and so is one prefix that all of the model's tensors share, as
    "model." in a Lightning checkpoint, with whatever lies beside it. Raises StateError, which
    names the keys that are missing, surplus, or of another shape.
    """
    own = dict(model.state_dict())
    found = {strip_wrappers(key): tensor for key, tensor in tensors.items()}
    if not own.keys() <= found.keys():
        found = drop_prefix(found, own)
    tied = name_tied(model)
    missing = [
        key for key in own if key not in found and not any(k in found for k in tied.get(key, ()))
    ]
    surplus = [key for key in found if key not in own]
    shapes = [
        f"{key} {tuple(found[key].shape)} instead of {tuple(own[key].shape)}"
        for key in own
        if key in found and found[key].shape != own[key].shape
    ]
    faults = [
        f"{kind}: {list_names(keys)}"
        for kind, keys in (("missing", missing), ("surplus", surplus), ("of another shape", shapes))
        if keys
    ]
    if faults:
        raise StateError(f"{name} does not fit the model; {'; '.join(faults)}")
    complete = dict(found)
    for key in own:
        if key not in complete:
            complete[key] = next(found[k] for k in tied[key] if k in found)
    return complete


def drop_prefix(found: dict[str, Tensor], own: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors below the prefix under which all of a model's names are found.

    Without such a prefix, return the tensors as they are.
    """
    first = next(iter(own), "")
    prefixes = [key.removesuffix(first) for key in found if key.endswith(f".{first}")]
    for prefix in prefixes:
        if all(prefix + key in found for key in own):
            inner = {
                key.removeprefix(prefix): tensor
                for key, tensor in found.items()
                if key.startswith(prefix)
            }
            return {strip_wrappers(key): tensor for key, tensor in inner.items()}
    return found


def name_tied(model: nn.Module) -> dict[str, list[str]]:
    """Return for each parameter with several names the others; a file may store it once."""
    groups: dict[int, list[str]] = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        groups.setdefault(id(parameter), []).append(name)
    return {
        name: [other for other in names if other != name]
        for names in groups.values()
        if len(names) > 1
        for name in names
    }


def find_files(source: Source | Sequence[Source]) -> list[Source]:
    """Return the sources that a folder, a pattern, a list or a single source stand for.

    A folder stands for all checkpoints in it. Raises StateError if there is none.
    """
    if isinstance(source, nn.Module | Mapping | State):
        return [source]
    if not isinstance(source, str | Path):
        return list(source)
    path = Path(source)
    if path.is_dir():
        files = [each for each in path.iterdir() if each.suffix in SUFFIXES]
    elif not path.exists() and any(letter in str(source) for letter in "*?["):
        root = Path(path.anchor) if path.is_absolute() else Path()
        files = list(root.glob(str(path.relative_to(root)) if path.is_absolute() else str(path)))
    else:
        files = [path]
    if not files:
        raise StateError(f"there is no checkpoint in {source}")
    return [*sorted(files)]


def order_states(states: Iterable[Ordered], *, is_list: bool) -> list[Ordered]:
    """Return states or checkpoints in the order of their steps, each with a step.

    States of a list stay in its order, and are numbered if their steps do not rise along it. Raises
    StateError if the step of another state is not known, or two have the same one.
    """
    found = list(states)
    steps = [state.step for state in found]
    if is_list:
        known = [step for step in steps if step is not None]
        rises = len(known) == len(found) and all(a < b for a, b in pairwise(known))
        return [
            replace(state, step=state.step if rises else index) for index, state in enumerate(found)
        ]
    unknown = [state.name for state in found if state.step is None]
    if unknown:
        raise StateError(
            f"the step of {list_names(unknown)} is not known, neither from the file nor from its "
            "name: pass a list of the files in their order"
        )
    ordered = sorted(found, key=lambda state: state.step or 0)
    for one, other in pairwise(ordered):
        if one.step == other.step:
            raise StateError(
                f"{one.name} and {other.name} have the same step {one.step}: pass a list of the "
                "files in their order"
            )
    return ordered


def differing(states: Sequence[State], names: Iterable[str]) -> list[str]:
    """Return the names of tensors that are not the same in all states."""
    first, *others = states
    return [
        name
        for name in names
        if name in first.tensors
        and any(
            name in other.tensors and not torch.equal(first.tensors[name], other.tensors[name])
            for other in others
        )
    ]


def find_differing_buffers(
    checkpoints: Sequence[Checkpoint], names: Sequence[str], model: nn.Module
) -> list[str]:
    """Return the names of buffers that are not the same in all networks."""
    first = checkpoints[0].read(model)
    found: set[str] = set()
    for checkpoint in checkpoints[1:]:
        found |= set(differing([first, checkpoint.read(model)], names))
    return [name for name in names if name in found]
