"""Compilation with Numba: calls by address, and a cache of machine code."""
