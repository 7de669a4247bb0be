"""Checkpoint files, from which an interrupted training resumes."""

import hashlib
import io
import logging
import pickle
from pathlib import Path
from typing import Any

import torch

from descent_atlas.storage.durable import write_whole

logger = logging.getLogger(__name__)

DIGEST_BYTES = hashlib.sha256().digest_size
"""Length of the SHA-256 with which a checkpoint begins."""


class CheckpointError(Exception):
    """A damaged or unreadable checkpoint; the message names the file."""


def write_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a state of tensors, numbers, strings, lists and dictionaries after its SHA-256."""
    buffer = io.BytesIO()
    torch.save(state, buffer)
    content = buffer.getbuffer()
    write_whole(path, hashlib.sha256(content).digest(), content)


def read_checkpoint(path: Path) -> dict[str, Any] | None:
    """Return the state in a file; None if the file is missing, or damaged, which is logged."""
    try:
        return load_checkpoint(path)
    except CheckpointError as error:
        logger.warning("%s; the run restarts", error)
        return None


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """Return the state in a file; None if it is missing. Raises CheckpointError if damaged."""
    if path.exists() and not path.is_file():
        raise CheckpointError(f"{path} is damaged: it is no regular file")
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror}") from error
    content = data[DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != data[:DIGEST_BYTES]:
        raise CheckpointError(f"{path} is damaged")
    try:
        state: dict[str, Any] = torch.load(
            io.BytesIO(content), map_location="cpu", weights_only=True
        )
    except (RuntimeError, pickle.UnpicklingError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}") from error
    return state
