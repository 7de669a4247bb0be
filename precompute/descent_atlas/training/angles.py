"""Cosines and angles between vectors in parameter space."""

import math

import torch
from torch import Tensor

from descent_atlas.statistics.turning import angle_of


def cosine_between(first: Tensor, second: Tensor) -> float:
    """Return the cosine of the angle between two vectors, each float[P].

    Return NaN if one is zero or not finite.
    """
    lengths = float(torch.linalg.vector_norm(first) * torch.linalg.vector_norm(second))
    return float(first @ second) / lengths if 0 < lengths < math.inf else math.nan


def angle_between(first: Tensor, second: Tensor) -> float:
    """Return the angle between two vectors, each float[P], in degrees.

    Return NaN if one is zero or not finite.
    """
    return angle_of(cosine_between(first, second))
