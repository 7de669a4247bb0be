"""Landscapes and tables made from runs."""
