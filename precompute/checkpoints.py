"""The file from which a training that was cut short goes on."""

import hashlib
import io
import logging
import pickle
from pathlib import Path
from typing import Any

import torch

from precompute.durable import write_whole

logger = logging.getLogger(__name__)

DIGEST_BYTES = hashlib.sha256().digest_size


def write_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a state of tensors, numbers, strings, lists and dictionaries, its SHA-256 first."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    content = buffer.getbuffer()
    write_whole(path, hashlib.sha256(content).digest(), content)


def read_checkpoint(path: Path) -> dict[str, Any] | None:
    """Return the state in a file; None if there is none, or a damaged one, which is told."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    content = data[DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != data[:DIGEST_BYTES]:
        logger.warning("%s is damaged; the run begins anew", path)
        return None
    try:
        state: dict[str, Any] = torch.load(io.BytesIO(content), weights_only=True)
    except (RuntimeError, pickle.UnpicklingError) as error:
        logger.warning("%s cannot be read (%s); the run begins anew", path, error)
        return None
    return state
