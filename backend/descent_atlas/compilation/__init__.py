"""Compiled functions, calls between them, and the cache of their machine code."""
