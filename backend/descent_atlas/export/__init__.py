"""Descents as short PyTorch scripts, for a reader who wants to run one and change it.

A script stands on its own: it needs torch, and numpy where it draws noise. This package writes
text; nothing in it imports torch.
"""

from descent_atlas.export.descents_script import (
    Variant,
    name_descents_script,
    write_descents_script,
)
from descent_atlas.export.script import name_script, write_script

__all__ = [
    "Variant",
    "name_descents_script",
    "name_script",
    "write_descents_script",
    "write_script",
]
