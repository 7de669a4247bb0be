"""Landscapes and tables, computed from runs."""
