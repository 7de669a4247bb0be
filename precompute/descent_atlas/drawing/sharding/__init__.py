"""Drawings whose points several processes evaluate, and that are served while they grow."""
