"""Lessons: texts that lead through views of the playground, read from TOML files."""
