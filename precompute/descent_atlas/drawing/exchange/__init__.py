"""Landscapes in other programs' formats, written and read. Nothing here imports torch."""
