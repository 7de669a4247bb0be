"""Attacks on the server and the offline job.

`make attack` runs all of them and prints a line for each; `make test` omits those marked `long`.
They connect only to 127.0.0.1, have timeouts, and end only processes that they started.
"""
