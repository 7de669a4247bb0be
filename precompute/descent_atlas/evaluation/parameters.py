"""Parameters: which of a model's tensors vary, and points of the space that they span.

A `ParameterSpace` sees the varying parameters as one vector θ. Frozen parameters
(`requires_grad=False`) stay, and so do those whose names match no pattern; tied ones are one. The
model itself is never written to: its forward pass is called with other tensors in place of its own.
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from descent_atlas.evaluation.placing_kernels import place_on_lines
from descent_atlas.training.blocks import split_range
from descent_atlas.training.networks import Layout

Floats = NDArray[np.float64]

Pattern = str | Sequence[str] | None
"""Names of parameters with the wildcards of a shell, such as "encoder.*"; None means all."""

PRECISIONS = (torch.float64, torch.float32, torch.bfloat16)
"""Types in which a network may be evaluated."""

STRETCH = 2**16
"""Numbers of a tensor that are held in float64 at once: 512 kB, which a core's cache holds."""

NAMED = 5
"""Names that a message lists before it says how many more there are."""


class ModelError(ValueError):
    """A model whose loss is no function of real parameters, or not the function asked for."""


class ParameterSpace:
    """The varying parameters of a model as a vector θ, in the order of `layout`.

    `dtypes` are the types in which each is computed with, `fixed` the parameters that stay, by
    name. `pattern` is what chose them.
    """

    def __init__(
        self, model: nn.Module, pattern: Pattern = None, precision: torch.dtype | None = None
    ) -> None:
        if precision is not None and precision not in PRECISIONS:
            raise ModelError(f"the precision {precision} is none of float64, float32, bfloat16")
        self.model, self.pattern, self.precision = model, pattern, precision
        parameters = dict(model.named_parameters())
        if not parameters:
            raise ModelError("the model has no parameters")
        chosen = {name: each for name, each in parameters.items() if matches(name, pattern)}
        if not chosen:
            raise ModelError(
                f"no parameter matches {pattern!r}; there are {list_names(list(parameters))}"
            )
        for name, parameter in chosen.items():
            check_type(name, parameter)
        moving = {name: each for name, each in chosen.items() if each.requires_grad}
        if not moving:
            raise ModelError(
                f"all parameters that were asked for are frozen ({list_names(list(chosen))}): call "
                "requires_grad_(True) on those that should vary"
            )
        self.layout = Layout(tuple(moving), tuple(each.shape for each in moving.values()))
        self.dtypes = {name: precision or each.dtype for name, each in moving.items()}
        self.fixed = {name: each for name, each in parameters.items() if name not in moving}

    @property
    def storage(self) -> torch.dtype:
        """The type that holds θ: float64 if any parameter is computed in it, and else float32."""
        is_double = torch.float64 in self.dtypes.values()
        return torch.float64 if is_double else torch.float32

    @property
    def coarsest(self) -> torch.dtype:
        """The least precise type in which a parameter is computed."""
        return max(self.dtypes.values(), key=lambda dtype: torch.finfo(dtype).eps)

    @property
    def precision_name(self) -> str:
        """The types in which the loss is computed, in words."""
        names = sorted({str(dtype).removeprefix("torch.") for dtype in self.dtypes.values()})
        return ", ".join(names)

    def flatten(self, tensors: Mapping[str, Tensor]) -> Tensor:
        """Return a copy of the varying parameters of a state as θ, float[P]."""
        theta = torch.empty(self.layout.size, dtype=self.storage)
        for name, part in self.layout.split(theta).items():
            part.copy_(tensors[name].detach())
        return theta

    def place(
        self,
        origin: Tensor | Mapping[str, Tensor],
        directions: Tensor | None,
        coordinates: Sequence[float],
        device: torch.device,
        room: Mapping[str, Tensor] | None = None,
    ) -> dict[str, Tensor]:
        """Return the varying parameters at θ* + Σ cᵢ vᵢ, each on a device in its own type.

        `origin` is θ*, float[P] or by name, `directions` float[k, P]. Each number is computed in
        float64 and rounded once; of a tensor, a stretch at a time is held in float64. `room` is an
        earlier point, whose memory the new one takes.
        """
        own = self.layout.split(origin) if isinstance(origin, Tensor) else origin
        lines = self.layout.split(directions) if directions is not None else {}
        moved = [index for index, coordinate in enumerate(coordinates) if coordinate]
        weights = np.array([coordinates[index] for index in moved], dtype=np.float64)
        placed = {}
        for name in self.layout.names:
            tensor = own[name].detach()
            if room is None:
                point = torch.empty(tensor.shape, dtype=self.dtypes[name], device=tensor.device)
            else:
                point = room[name]
            if moved:
                ways = lines[name].view(len(lines[name]), -1)
                ways = ways if len(moved) == len(ways) else ways[moved]
                move_along(tensor.reshape(-1), ways, weights, point.view(-1))
            else:
                point.copy_(tensor)
            placed[name] = point.to(device)
        return placed


def move_along(start: Tensor, lines: Tensor, coordinates: Floats, point: Tensor) -> None:
    """Write start + Σ cᵢ vᵢ to `point`, both float[n]; `lines` are the vᵢ, float[k, n]."""
    if all(each.is_cpu and each.dtype == torch.float32 for each in (start, lines, point)):
        place_on_lines(start.numpy(), lines.numpy(), coordinates, point.numpy())
        return
    scratch = torch.empty(2, min(len(point), STRETCH), dtype=torch.float64, device=start.device)
    for part in split_range(len(point), STRETCH):
        exact, term = scratch[:, : part.stop - part.start]
        exact.copy_(start[part])
        for line, coordinate in zip(lines, coordinates.tolist(), strict=True):
            exact.add_(term.copy_(line[part]).mul_(coordinate))
        point[part] = exact


def matches(name: str, pattern: Pattern) -> bool:
    """Tell whether a name matches a pattern, or one of several; None matches all."""
    if pattern is None:
        return True
    patterns = [pattern] if isinstance(pattern, str) else pattern
    return any(fnmatchcase(name, each) for each in patterns)


def check_type(name: str, parameter: Tensor) -> None:
    """Raise ModelError unless a parameter is a real floating-point number."""
    if parameter.is_complex():
        raise ModelError(
            f"the parameter {name} is complex: a plane of real coordinates is not defined for it"
        )
    if not parameter.is_floating_point():
        raise ModelError(
            f"the parameter {name} is {parameter.dtype}: a loss has no surface over whole numbers "
            "(is the model quantized?)"
        )
    if parameter.dtype not in PRECISIONS:
        raise ModelError(
            f"the parameter {name} is {parameter.dtype}, not float64, float32 or bfloat16: convert "
            "the model, for instance with model.float()"
        )
    if not torch.isfinite(parameter).all():
        raise ModelError(f"the parameter {name} holds numbers that are not finite")


def list_names(names: Sequence[str]) -> str:
    """Return some names, and how many more there are.

    >>> list_names(["a", "b"])
    'a, b'
    """
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
