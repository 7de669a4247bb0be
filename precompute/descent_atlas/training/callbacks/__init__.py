"""Callbacks that record a run within other people's trainers, each in a module of its own.

`lightning_callback` needs Lightning, `transformers_callback` Hugging Face's Transformers.
"""
