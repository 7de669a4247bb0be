"""Compiled functions: how they call each other, and where their machine code is kept."""
