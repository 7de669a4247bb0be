"""What the program is measured by: `python -m tests.benchmarks`, one line a benchmark.

A benchmark is a function that returns a `measuring.Result`; the table in `__main__` names it.
"""
